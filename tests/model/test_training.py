"""Training: pairs that differ in the forgery alone, runs that resume, weights with a card."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from shipped import shipped_weights

from api.cli import main
from api.settings import Settings
from model import weights
from model.detector import Detector
from model.faces import FaceFinder
from model.network import HybridAttentionNet
from model.train import manifest
from model.train.augment import Recipe, lit
from model.train.autoencoder import Autoencoder
from model.train.batches import BatchByStep, Pair, WeighedKinds
from model.train.config import LOCATED_WEIGHT, ConfigError, RunConfig, load
from model.train.h264 import through_h264
from model.train.landmarks import FIVE, MEAN_FACE, fit
from model.train.loop import Run, rate_at
from model.train.manifest import ManifestError
from model.train.materials import Places, gathered
from model.train.self_blend import self_blend

from pictures import noise, portrait

CONFIG = """
name = "tiny"
steps = 4
phases = [{ until = 0.5, side = 64 }, { until = 1.0, side = 96 }]
validate_every = 2
workers = 0

[mix]
expert = "face"
self_blended = 1
swapped = 1
generated = 1
"""
COLUMNS = ("path", "domain", "split", "label", "kind", "group")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def face() -> tuple[np.ndarray, np.ndarray]:
    """The astronaut's face, and its five points."""
    cut = portrait()[20:220, 120:320]
    [found] = FaceFinder().find(cut)
    return cut, found.landmarks


def written(folder: Path, rows: list[tuple[str, ...]]) -> Path:
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A manifest of portraits of every sort a face run needs, all of one astronaut.

    Fakes are of half the detail, so that there is something to learn.
    """
    whole = Image.fromarray(portrait()[20:220, 120:320])
    rows = []
    for split in ("train", "val"):
        for number in range(3):
            group = f"{split}-{number}"
            for label, kind in (("real", "photo"), ("fake", "swap"), ("fake", "drawn")):
                name = f"{group}-{kind}.png"
                turned = whole.rotate(5 * number)
                if label == "fake":
                    turned = turned.resize((100, 100)).resize(turned.size)
                turned.save(tmp_path / name)
                own = group if kind != "drawn" else f"{group}-alone"
                rows.append((name, "face", split, label, kind, own))
    return written(tmp_path, rows)


def test_a_self_blend_changes_the_face_and_nothing_else() -> None:
    pixels, five = face()

    blend = self_blend(pixels, five, rng(3))

    changed = np.abs(blend.fake.astype(int) - blend.real).max(2)
    assert changed[blend.mask > 0.5].mean() > 0.5
    assert changed[blend.mask == 0].max() == 0
    assert 0 <= blend.mask.min() <= blend.mask.max() <= 1


def test_the_boundary_is_where_both_halves_mix() -> None:
    pixels, five = face()

    blend = self_blend(pixels, five, rng(1))

    assert blend.boundary[blend.mask == 0].max() == 0
    assert blend.boundary.max() == pytest.approx(4 * 0.25, abs=0.3)
    where = np.unravel_index(blend.boundary.argmax(), blend.boundary.shape)
    assert 0.2 < blend.mask[where] < 0.8


def test_the_same_seed_gives_the_same_self_blend_and_another_seed_another() -> None:
    pixels, five = face()

    first, again, other = (self_blend(pixels, five, rng(seed)).fake for seed in (5, 5, 6))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_masks_vary_in_extent() -> None:
    pixels, five = face()

    areas = [(self_blend(pixels, five, rng(seed)).mask > 0.05).mean() for seed in range(24)]

    assert max(areas) > 3 * min(areas)


def test_landmarks_fitted_to_the_mean_points_are_the_mean_face() -> None:
    np.testing.assert_allclose(fit(FIVE), MEAN_FACE, atol=1e-9)
    np.testing.assert_allclose(fit(FIVE * 7 + 3), MEAN_FACE * 7 + 3, atol=1e-9)


def test_both_pictures_of_a_pair_go_through_the_same_changes() -> None:
    picture = noise(120, 120)

    for seed in range(12):
        recipe = Recipe.draw(rng(seed), 120)
        assert np.array_equal(recipe.apply(picture, 64), recipe.apply(picture.copy(), 64))


def test_a_flip_moves_the_boundary_along() -> None:
    recipe = next(r for r in (Recipe.draw(rng(s), 64) for s in range(20)) if r.flip)
    left = np.zeros((64, 64), np.float32)
    left[:, :16] = 1

    moved = recipe.apply_to_map(left, 4)

    assert moved[:, 3].min() == 1
    assert moved[:, 0].max() == 0


def test_small_kinds_are_heard_beside_large_ones() -> None:
    kinds = WeighedKinds({"many": ["m"] * 400, "few": ["f"] * 4, "none": []}, "letters")
    source = rng()

    drawn = [kinds.draw(source) for _ in range(400)]

    assert 0.05 < drawn.count("f") / 400 < 0.2


def test_the_autoencoder_keeps_a_picture_s_size_to_multiples_of_eight() -> None:
    assert Autoencoder().eval().reconstruct(noise(45, 64)).shape == (40, 64, 3)


def test_latents_are_disturbed_alike_for_one_seed() -> None:
    torch.manual_seed(0)
    network = Autoencoder().eval()
    pixels = noise(24, 32)

    plain, first, again = (network.reconstruct(pixels, rough, 7) for rough in (0, 0.3, 0.3))

    assert np.array_equal(first, again)
    assert not np.array_equal(plain, first)


def test_a_group_in_two_splits_is_refused(tmp_path: Path) -> None:
    rows = [
        ("a.png", "face", "train", "real", "k", "g"),
        ("b.png", "face", "val", "real", "k", "g"),
    ]

    with pytest.raises(ManifestError, match="'g' stands in more than one split"):
        manifest.to_learn_from(written(tmp_path, rows))


def test_an_unknown_label_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="line 2: label 'maybe'"):
        manifest.read(written(tmp_path, [("a.png", "face", "train", "maybe", "k", "g")]))


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"manifest\.csv"):
        manifest.read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "named"),
    [(("steps = 4", "steps = 0"), "steps"), (("steps = 4", "stepz = 4"), "steps"),
     (('"face"', '"hand"'), "mix"), (("side = 64", "side = 65"), "phases.0.side"),
     (("steps", "[["), "TOML")],
)  # fmt: skip
def test_a_wrong_training_file_names_its_field(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(CONFIG.replace(*change))

    with pytest.raises(ConfigError, match=named):
        load(path)


class Stripes:
    """Composer of pairs that anybody can tell apart, for a loop that must learn something."""

    def pairs(self, rng: np.random.Generator, side: int):
        for _ in range(4):
            real = rng.integers(90, 110, (side, side, 3), np.uint8)
            fake = real.copy()
            fake[::8, : side // 2] = 255
            forged = np.zeros((side // 16, side // 16), np.float32)
            forged[:, : side // 32] = 1
            yield Pair(real, fake, forged=forged)


def tiny(tmp_path: Path, **changes: object) -> RunConfig:
    path = tmp_path / "run.toml"
    path.write_text(CONFIG)
    return load(path).model_copy(update=changes)


def started(config: RunConfig) -> HybridAttentionNet:
    torch.manual_seed(0)
    return HybridAttentionNet(dropout=0, locates=config.located_weight > 0)


def go(config: RunConfig, folder: Path) -> tuple[Run, list[float]]:
    run = Run(started(config), config, folder, torch.device("cpu"))
    losses: list[float] = []
    run.go(BatchByStep(Stripes(), config), lambda *_: None, lambda p: losses.append(p.loss))
    return run, losses


def test_a_run_learns(tmp_path: Path) -> None:
    _, losses = go(tiny(tmp_path, steps=25, warm_up=0.0), tmp_path / "run")

    assert losses[-1] < 0.7 * losses[0]


def test_a_run_learns_where_pictures_were_forged(tmp_path: Path) -> None:
    config = tiny(tmp_path, steps=25, warm_up=0.0, located_weight=1.0)
    run, _ = go(config, tmp_path / "run")
    batch = BatchByStep(Stripes(), config)[0]

    with torch.no_grad():
        network = run.network.eval()
        places = network.opinions(network.features(batch.pixels)).places

    fakes = places[4:]
    assert fakes[:, :, :2].mean() > fakes[:, :, 2:].mean() + 0.2
    assert places[:4].mean() < fakes[:, :, :2].mean()


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, weight: float) -> None:
    config = tiny(tmp_path, steps=6, located_weight=weight)
    straight, losses = go(config, tmp_path / "straight")

    class KilledError(Exception):
        pass

    def kill(progress) -> None:
        if progress.step == 3:
            broken._save()
            raise KilledError

    broken = Run(started(config), config, tmp_path / "broken", torch.device("cpu"))
    with pytest.raises(KilledError):
        broken.go(BatchByStep(Stripes(), config), lambda *_: None, kill)
    resumed, rest = go(config, tmp_path / "broken")

    assert rest == pytest.approx(losses[3:], rel=1e-4)
    for a, b in zip(resumed.average.parameters(), straight.average.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


def test_a_checkpoint_of_a_network_of_other_parts_is_named(tmp_path: Path) -> None:
    Run(started(tiny(tmp_path)), tiny(tmp_path), tmp_path / "run", torch.device("cpu"))._save()
    config = tiny(tmp_path, located_weight=1.0)

    with pytest.raises(ConfigError, match="holds a network of other parts"):
        Run(started(config), config, tmp_path / "run", torch.device("cpu"))


def test_the_rate_warms_up_and_falls_to_nothing(tmp_path: Path) -> None:
    config = tiny(tmp_path, steps=100)

    rates = [rate_at(step, config) for step in range(100)]

    assert rates[0] < rates[4] == pytest.approx(1)
    assert rates[-1] < 0.01
    assert rates[5:] == sorted(rates[5:], reverse=True)


@pytest.mark.slow
def test_the_command_writes_weights_that_serve(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "tiny.toml"
    config.write_text(CONFIG.replace("steps = 4", "steps = 4000"))
    out = tmp_path / "out"

    arguments = ["train", str(config), "--quick", "--data", str(folder)]
    arguments += ["--work", str(tmp_path / "work"), "--out", str(out)]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 0, result.output
    assert "other fake against all reals" in " ".join(result.output.split())
    network, card = weights.read(out / "tiny-quick.safetensors")
    assert network(torch.zeros(1, 3, 224, 224)).logit.shape == (1,)
    assert card.manifest_sha256 == manifest.digest(folder)
    assert sum(source.pictures for source in card.sources) == 9
    assert {source.licence for source in card.sources} == {"unstated"}
    assert 0 <= card.thresholds.real_below <= card.thresholds.fake_from
    text = (out / "tiny-quick.md").read_text()
    assert "research material" in text
    assert "false alarms, other real" in text
    assert "AUC, JPEG 40" in text


def test_weights_that_are_pinned_are_not_overwritten(tmp_path: Path) -> None:
    out = shipped_weights(tmp_path)
    before = (out / "face.safetensors").read_bytes()
    config = tmp_path / "face.toml"
    config.write_text(CONFIG.replace('name = "tiny"', 'name = "face"'))

    arguments = ["train", str(config), "--data", str(tmp_path), "--work", str(tmp_path / "work")]
    result = CliRunner().invoke(main, [*arguments, "--out", str(out)])

    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "another name, or write it elsewhere with --out" in said
    assert not (tmp_path / "work").exists(), "nothing was trained"
    assert (out / "face.safetensors").read_bytes() == before
    weights.check(out)


@pytest.mark.slow
def test_a_network_over_frequencies_is_trained_and_serves(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "tiny.toml"
    spectral = 'input = "frequency"\nboundary_weight = 0\n'
    config.write_text(spectral + CONFIG.replace("steps = 4", "steps = 4000"))
    out = tmp_path / "out"
    arguments = ["train", str(config), "--quick", "--data", str(folder)]

    result = CliRunner().invoke(
        main, [*arguments, "--work", str(tmp_path / "work"), "--out", str(out)]
    )

    assert result.exit_code == 0, result.output
    network, card = weights.read(out / "tiny-quick.safetensors")
    assert card.input == "frequency"
    assert network.backbone.conv_stem.in_channels == 1
    assert "frequencies" in (out / "tiny-quick.md").read_text()
    limits = "[thresholds]\nreal_below = 0.3\nfake_from = 0.9\n"
    (out / "registry.toml").write_text(f'[experts]\nface = "tiny-quick"\n{limits}')
    [scores] = Detector.load(out).score([portrait()])
    assert scores.faces[0].look is None, "a spectrum has no places"


def test_a_spectrum_has_no_boundary_to_learn(tmp_path: Path) -> None:
    config = tmp_path / "tiny.toml"
    config.write_text('input = "frequency"\n' + CONFIG)

    with pytest.raises(ConfigError, match="boundary_weight = 0"):
        load(config)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('input = "frequency"\nboundary_weight = 0\n', "start from weights of the same input"),
        ('backbone = "tf_efficientnet_lite2"\n', "leave the line 'backbone' out"),
    ],
)
def test_weights_of_another_kind_are_no_start(
    folder: Path, tmp_path: Path, lines: str, told: str
) -> None:
    shutil.copy(Settings().weights_dir / "face.safetensors", tmp_path / "face.safetensors")
    config = tmp_path / "tiny.toml"
    config.write_text(f'{lines}start_from = "face"\n{CONFIG}')
    arguments = ["train", str(config), "--data", str(folder), "--work", str(tmp_path / "work")]

    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert told in " ".join(result.output.split())


def test_what_a_run_leaves_out_is_as_the_weights_that_it_starts_from_are(tmp_path: Path) -> None:
    shipped = weights.read_card(Settings().weights_dir / "face.safetensors")
    start = shipped.model_copy(update={
        "backbone": "tf_efficientnet_lite2", "side": 160, "mirrored": True, "locates": True,
    })  # fmt: skip
    path = tmp_path / "run.toml"

    path.write_text(CONFIG)
    silent = load(path).going_on(start)
    path.write_text(f"side = 192\nmirrored = false\nlocated_weight = 0.2\n{CONFIG}")
    said = load(path).going_on(start)

    assert silent.backbone == "tf_efficientnet_lite2"
    assert (silent.side, silent.mirrored, silent.located_weight) == (160, True, LOCATED_WEIGHT)
    assert (said.side, said.mirrored, said.located_weight) == (192, False, 0.2)


def test_a_run_may_not_unlearn_what_its_start_says_of_places(folder: Path, tmp_path: Path) -> None:
    network, card = weights.read(Settings().weights_dir / "face.safetensors")
    network.locate()
    weights.write(tmp_path / "face.safetensors", network, card.model_copy(update={"locates": True}))
    config = tmp_path / "tiny.toml"
    config.write_text(f'start_from = "face"\nlocated_weight = 0\n{CONFIG}')
    arguments = ["train", str(config), "--data", str(folder), "--work", str(tmp_path / "work")]

    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert "leave that line out" in " ".join(result.output.split())


def test_kinds_that_are_held_out_are_validated_on_and_not_learned_from(
    folder: Path, tmp_path: Path
) -> None:
    places = Places(folder, tmp_path / "work", tmp_path, tmp_path)
    config = tiny(tmp_path, held_out=("drawn",))
    without = config.mix.model_copy(update={"generated": 0})

    materials = gathered(
        config.model_copy(update={"mix": without}),
        manifest.to_learn_from(folder), places, lambda items, _: items,
    )  # fmt: skip

    assert {entry.kind for entry in materials.training} == {"photo", "swap"}
    assert {entry.kind for entry in materials.validation} == {"photo", "swap", "drawn"}


def test_what_cannot_be_held_out_is_named(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "tiny.toml"
    config.write_text(f'held_out = ["stylegan-140k-256"]\n{CONFIG}')
    arguments = ["train", str(config), "--data", str(folder), "--work", str(tmp_path / "work")]

    missing = CliRunner().invoke(main, arguments)

    assert missing.exit_code == 1
    assert "no such kind" in " ".join(missing.output.split())

    shutil.copy(Settings().weights_dir / "face.safetensors", tmp_path / "face.safetensors")
    written(folder, [("a.png", "face", "train", "fake", "stylegan-140k-256", "g")])
    config.write_text(f'start_from = "face"\nheld_out = ["stylegan-140k-256"]\n{CONFIG}')

    learned = CliRunner().invoke(main, arguments)

    assert learned.exit_code == 1
    assert "was trained on" in " ".join(learned.output.split())


def test_a_few_of_each_kind_keep_their_partners(folder: Path) -> None:
    few = manifest.few(manifest.to_learn_from(folder), 2)

    photos, swaps = ([e.group for e in few if e.kind == kind] for kind in ("photo", "swap"))
    assert len(photos) == 4
    assert sorted(photos) == sorted(swaps)


def test_a_quick_run_is_the_same_run_on_next_to_nothing(tmp_path: Path) -> None:
    quick = tiny(tmp_path, steps=4000).quick()

    assert quick.steps < 100
    assert quick.name == "tiny-quick"
    assert quick.mix.expert == "face"
    assert RunConfig.model_validate(quick.model_dump()) == quick


def test_a_frame_of_a_video_is_coarser_the_higher_its_rate_factor() -> None:
    pixels = portrait()[20:221, 120:321]

    losses = [np.abs(through_h264(pixels, factor).astype(int) - pixels) for factor in (18, 23, 35)]

    assert 0 < losses[0].mean() < losses[1].mean() < losses[2].mean() < 12
    assert losses[2][-1].max() == 0, "an odd last line comes back as it was"


def test_unequal_light_falls_smoothly_and_alike_on_both_of_a_pair() -> None:
    grey = np.full((96, 96, 3), 100, np.uint8)

    first, again = (lit(grey, 0.4, rng(2)) for _ in range(2))

    assert np.array_equal(first, again)
    assert np.ptp(first) > 30
    assert np.abs(np.diff(first[..., 0].astype(int), axis=0)).max() <= 8
