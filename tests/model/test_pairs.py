"""What the experts are shown: who stands beside whom, and that only a forgery tells them apart."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from model.faces import FaceFinder, FoundFace
from model.train import manifest
from model.train.augment import Recipe
from model.train.autoencoder import Autoencoder
from model.train.batches import BatchByStep, Pair
from model.train.config import FaceMix, Phase, RunConfig, WholeMix
from model.train.face_pairs import FacePairs
from model.train.manifest import Entry, ManifestError
from model.train.reconstructions import Reconstructions, saved_like
from model.train.whole_pairs import WholePairs

from pictures import encoded, noise, portrait

COLUMNS = ("path", "domain", "split", "label", "kind", "group")


def entry(folder: Path, name: str, label: str, group: str, kind: str = "k") -> Entry:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(portrait()[20:220, 120:320]))
    return Entry(path, "face", "train", label, kind, group, "unstated")


def table(entries: list[Entry]) -> dict[Path, FoundFace]:
    [face] = FaceFinder().find(portrait()[20:220, 120:320])
    return {e.path: face for e in entries}


def face_pairs(entries: list[Entry], **mix: object) -> FacePairs:
    counts = {"self_blended": 0, "swapped": 0, "generated": 0} | mix
    return FacePairs(entries, table(entries), FaceMix(expert="face", **counts), Reconstructions())


def perfect(real: Entry, cache: Path) -> Reconstructions:
    """As an autoencoder that changes nothing would have made it."""
    kept = Reconstructions([real], cache)
    kept.place(real).parent.mkdir(parents=True)
    kept.place(real).write_bytes(real.path.read_bytes())
    return kept


def test_a_swap_stands_beside_the_same_frame_of_its_original(tmp_path: Path) -> None:
    frames = [entry(tmp_path, f"real/033/{n}.png", "real", "g") for n in ("0001", "0002")]
    frames[1].path.write_bytes(encoded(255 - portrait()[20:220, 120:320]))
    swap = entry(tmp_path, "fake/033_097/0002.png", "fake", "g")
    swap.path.write_bytes(frames[1].path.read_bytes())

    pairs = face_pairs([*frames, swap], swapped=6).pairs(np.random.default_rng(0), 64)

    # The second frame and its swap hold the same pixels here: the right partner leaves no trace.
    for pair in pairs:
        assert np.array_equal(pair.real, pair.fake)


def test_a_generated_face_often_stands_beside_what_its_generator_learned_from(
    tmp_path: Path,
) -> None:
    entries = [entry(tmp_path, f"{n}.png", "real", f"g{n}", kind="others") for n in range(9)]
    entries.append(entry(tmp_path, "source.png", "real", "s", kind="source"))
    entries[-1].path.write_bytes(encoded(np.zeros((200, 200, 3), np.uint8)))
    entries.append(entry(tmp_path, "drawn.png", "fake", "d", kind="drawn"))

    pairs = face_pairs(entries, generated=40, counterparts={"drawn": "source"})

    black = [p.real.max() < 100 for p in pairs.pairs(np.random.default_rng(0), 64)]
    assert 0.4 < np.mean(black) < 0.9


def test_a_fake_without_an_original_is_a_generated_one(tmp_path: Path) -> None:
    entries = [entry(tmp_path, "a.png", "real", "g1"), entry(tmp_path, "b.png", "fake", "g2")]

    assert len(list(face_pairs(entries, generated=2).pairs(np.random.default_rng(0), 64))) == 2
    with pytest.raises(ManifestError, match="no swaps"):
        face_pairs(entries, swapped=1)


def test_a_pair_of_unequal_sizes_passes_the_codecs_at_one_size() -> None:
    for seed in range(30):
        recipe = Recipe.draw(np.random.default_rng(seed), 100, enlarge=False)
        assert recipe.through is not None
        assert recipe.through <= 100


def test_a_self_blend_teaches_where_its_seam_is(tmp_path: Path) -> None:
    entries = [entry(tmp_path, "a.png", "real", "g")]

    [pair] = face_pairs(entries, self_blended=1).pairs(np.random.default_rng(2), 64)

    assert pair.boundary is not None
    assert pair.boundary.shape == (4, 4)
    assert pair.boundary.max() > 0.1
    assert pair.forged is not None
    assert pair.forged.max() > pair.boundary.max(), "what lies inside a seam is forged, too"


def test_a_swap_teaches_what_it_changed_of_its_frame(tmp_path: Path) -> None:
    frame = entry(tmp_path, "real/033/0001.png", "real", "g")
    swap = entry(tmp_path, "fake/033_097/0001.png", "fake", "g")
    pixels = portrait()[20:220, 120:320].copy()
    pixels[80:120, 80:120] = 255 - pixels[80:120, 80:120]
    swap.path.write_bytes(encoded(pixels))

    [pair] = face_pairs([frame, swap], swapped=1).pairs(np.random.default_rng(0), 64)

    assert pair.forged is not None
    assert 0 < pair.forged.mean() < 0.5
    # Of a frame of another moment nobody knows.
    swap.path.write_bytes(encoded(np.roll(portrait()[20:220, 120:320], 20, axis=1)))
    [pair] = face_pairs([frame, swap], swapped=1).pairs(np.random.default_rng(0), 64)
    assert pair.forged is None


def test_what_a_generator_drew_is_forged_everywhere(tmp_path: Path) -> None:
    entries = [entry(tmp_path, "a.png", "real", "g1"), entry(tmp_path, "b.png", "fake", "g2")]

    [pair] = face_pairs(entries, generated=1).pairs(np.random.default_rng(0), 64)

    assert pair.forged is not None
    assert pair.forged.min() == 1


class Given:
    """A composer of these pairs."""

    def __init__(self, *pairs: Pair) -> None:
        self._pairs = pairs

    def pairs(self, rng: np.random.Generator, side: int):
        return iter(self._pairs)


def config() -> RunConfig:
    mix = FaceMix(expert="face")
    return RunConfig(name="x", steps=1, phases=(Phase(until=1, side=64),), mix=mix)


def test_a_pair_without_a_known_seam_teaches_nothing_of_seams() -> None:
    square = noise(64, 64)
    seam = np.ones((4, 4), np.float32)

    batch = BatchByStep(Given(Pair(square, square, seam), Pair(square, square)), config())[0]

    assert batch.labels.tolist() == [0, 0, 1, 1]
    assert batch.boundary.known.tolist() == [1, 0, 1, 0]
    assert batch.boundary.target[0].max() == 0
    assert batch.boundary.target[2].min() == 1
    assert batch.forged.known.tolist() == [0, 0, 0, 0]


def test_a_reconstruction_is_saved_with_the_tables_of_its_source(tmp_path: Path) -> None:
    for quality in (60, 92):
        source = tmp_path / f"{quality}.jpg"
        source.write_bytes(encoded(noise(64, 64), "JPEG", quality=quality))

        saved = saved_like(source, noise(64, 64, 1))

        buffer = io.BytesIO()
        Image.fromarray(noise(64, 64, 1)).save(buffer, "JPEG", quality=quality)
        assert np.array_equal(saved, np.asarray(Image.open(buffer)))


def test_reconstructing_without_an_autoencoder_says_what_is_missing(tmp_path: Path) -> None:
    kept = Reconstructions([entry(tmp_path, "a.png", "real", "g")], tmp_path)

    with pytest.raises(ManifestError, match=r"taef2\.safetensors is missing"):
        kept.make(tmp_path / "taef2.safetensors", lambda items, _: items)


def test_each_picture_has_one_of_the_decoders_and_keeps_it(tmp_path: Path) -> None:
    published = tmp_path / "taef2.safetensors"
    save_file(Autoencoder().state_dict(), published)
    reals = [entry(tmp_path, f"{n}.png", "real", f"g{n}") for n in range(6)]
    made = []
    for cache in ("first", "again"):
        kept = Reconstructions(reals, tmp_path / cache, ("nearest", "shuffled"))
        kept.make(published, lambda items, _: items)
        made.append([np.asarray(Image.open(kept.place(real)), np.int16) for real in reals])
        assert {kept.place(real).stem.partition("-")[2] for real in reals} == {"", "shuffled"}

    # The sums of a convolution come in another order where more threads share them.
    for first, again in zip(*made, strict=True):
        assert np.abs(first - again).max() <= 1


def test_what_was_no_jpeg_is_not_made_one(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(encoded(noise(64, 64)))

    assert np.array_equal(saved_like(source, noise(64, 64, 1)), noise(64, 64, 1))


def test_a_real_and_its_reconstruction_are_cut_at_the_same_place(tmp_path: Path) -> None:
    real = entry(tmp_path, "a.png", "real", "g")
    kept = perfect(real, tmp_path / "cache")
    mix = WholeMix(expert="whole", reconstructed=4, generated=0)

    pairs = WholePairs([real], kept, mix)

    # The reconstruction is a perfect one here, so nothing may tell the two apart.
    for pair in pairs.pairs(np.random.default_rng(0), 96):
        assert np.array_equal(pair.real, pair.fake)


def test_a_whole_forgery_stands_beside_the_real_that_it_was_made_from(tmp_path: Path) -> None:
    real, fake = (entry(tmp_path, f"{label}/g/a.png", label, "g") for label in ("real", "fake"))
    others = [entry(tmp_path, f"real/{n}/a.png", "real", f"g{n}") for n in range(9)]
    for other in others:
        other.path.write_bytes(encoded(noise(200, 200)))
    # There is no hard negative, and none is asked for.
    mix = WholeMix(expert="whole", reconstructed=0, generated=4, hard_negatives=0)

    pairs = WholePairs([*others, real, fake], Reconstructions(), mix)

    for pair in pairs.pairs(np.random.default_rng(0), 96):
        assert np.array_equal(pair.real, pair.fake)


def test_a_face_and_its_reconstruction_are_cut_at_the_same_place(tmp_path: Path) -> None:
    real = entry(tmp_path, "a.png", "real", "g")
    kept = perfect(real, tmp_path / "cache")
    mix = FaceMix(expert="face", self_blended=0, swapped=0, generated=0, reconstructed=4)

    pairs = FacePairs([real], table([real]), mix, kept)

    for pair in pairs.pairs(np.random.default_rng(0), 96):
        assert np.array_equal(pair.real, pair.fake)


def test_a_manifest_is_read_with_paths_beside_it(tmp_path: Path) -> None:
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, ("a/b.png", "face", "val", "hardneg", "logo", "g")])

    [row] = manifest.read(tmp_path)

    assert row.path == tmp_path / "a/b.png"
    assert not row.is_fake


def test_a_picture_that_is_broken_or_far_too_large_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = entry(tmp_path, "a.png", "real", "g")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ManifestError, match=r"a\.png cannot be read as a picture"):
        real.pixels()
