"""The forgery lab: what comes out, that it comes out the same again, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from api.cli import main
from api.lab_commands import FORGERIES
from model.faces import FaceFinder
from model.network import HybridAttentionNet, NetworkOutput
from model.preparation import SIDE, Square, network_input, resized
from model.train import face_table, manifest
from model.train.autoencoder import Autoencoder
from model.train.config import FaceMix
from model.train.face_pairs import FacePairs
from model.train.forgery import upsampling
from model.train.forgery.adversarial import Attack, Target, prepared
from model.train.forgery.alignment import aligned, inverse, layout, warped
from model.train.forgery.blending import seamlessly, whole_face
from model.train.forgery.gan import GanFaces
from model.train.forgery.kinds import KINDS
from model.train.reconstructions import Reconstructions

from pictures import drawn_face, encoded, noise, portrait

COLUMNS = (
    "path", "domain", "split", "label", "kind", "group", "source_repo", "licence",
)  # fmt: skip
FACES = (2, 3, 4, 7, 8, 10, 11)
"""Seeds of drawn faces that the face finder sees."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Drawn faces: reals of two kinds as JPEG, and a fake."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = []
    for number, seed in enumerate(FACES):
        name = f"{seed}.jpg"
        (folder / name).write_bytes(encoded(drawn_face(seed), "JPEG", quality=80))
        split, kind = ("val" if number > 4 else "train"), ("web", "film")[number % 2]
        row = (name, "face", split, "real", kind, f"g{seed}", f"repo-{kind}", f"licence-{kind}")
        rows.append(row)
    (folder / "made.png").write_bytes(encoded(drawn_face(FACES[0])))
    rows.append(("made.png", "face", "train", "fake", "swap", "g2", "r", "l"))
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return folder


def forge(kind: str, data: Path, out: Path, *more: str) -> Result:
    command = ["forge", kind, "--data", str(data), "--out", str(out)]
    return CliRunner().invoke(main, [*command, "--work", str(data / "work"), *more])


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def contents(out: Path) -> dict[str, bytes]:
    return {row["path"]: (out / row["path"]).read_bytes() for row in rows_of(out)}


def test_the_command_offers_what_the_lab_makes() -> None:
    assert list(FORGERIES) == list(KINDS)


def test_a_swap_keeps_group_split_and_format_of_its_target(data: Path, tmp_path: Path) -> None:
    result = forge("swap", data, tmp_path / "out")

    assert result.exit_code == 0, result.output
    reals = {e.path.name: e for e in manifest.read(data)}
    rows = rows_of(tmp_path / "out")
    assert len(rows) == len(FACES)
    for row in rows:
        source = reals[row["made_from"]]
        assert (row["label"], row["kind"]) == ("fake", "forged-swap")
        assert (row["group"], row["split"]) == (source.group, source.split)
        assert source.licence in row["licence"].split(" + ")
        with Image.open(source.path) as old, Image.open(tmp_path / "out" / row["path"]) as new:
            assert new.size == old.size
            assert new.quantization == old.quantization


def test_a_swap_changes_the_face_and_leaves_the_rest(data: Path, tmp_path: Path) -> None:
    forge("swap", data, tmp_path / "out", "--count", "3")

    for row in rows_of(tmp_path / "out"):
        real = np.asarray(Image.open(data / row["made_from"])).astype(int)
        fake = np.asarray(Image.open(tmp_path / "out" / row["path"])).astype(int)
        [face] = FaceFinder().find(real.astype(np.uint8))
        inside = whole_face(face.landmarks, real.shape) > 0
        apart = np.abs(fake - real).mean(2)
        assert apart[inside].mean() > 4 * apart[:40].mean()
        assert apart[:40].mean() < 2, "only the second save shows there"


def test_the_same_order_gives_the_same_files_and_another_seed_others(
    data: Path, tmp_path: Path
) -> None:
    for name, seed in (("one", "5"), ("again", "5"), ("other", "6")):
        assert forge("swap", data, tmp_path / name, "--seed", seed).exit_code == 0

    assert contents(tmp_path / "one") == contents(tmp_path / "again")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_an_interrupted_order_goes_on_and_ends_as_if_it_had_not_been(
    data: Path, tmp_path: Path
) -> None:
    forge("swap", data, tmp_path / "straight")
    broken = tmp_path / "broken"
    forge("swap", data, broken, "--count", "3")
    # The power went while the fourth was listed, and a picture was lost.
    with (broken / "forged-swap" / "rows.csv").open("a") as file:
        file.write("forged-swap/pictures/2.jpg,face,tr")
    lost = rows_of(broken)[0]["path"]
    (broken / lost).unlink()
    untouched = rows_of(broken)[1]["path"]
    before = (broken / untouched).stat().st_mtime_ns

    result = forge("swap", data, broken)

    assert result.exit_code == 0, result.output
    assert contents(broken) == contents(tmp_path / "straight")
    assert (broken / untouched).stat().st_mtime_ns == before


def test_another_order_into_the_same_folder_is_refused(data: Path, tmp_path: Path) -> None:
    forge("upsampling", data, tmp_path / "out", "--count", "1")

    result = forge("upsampling", data, tmp_path / "out", "--seed", "1")

    assert result.exit_code == 1
    assert "another order" in " ".join(result.output.split())
    assert "--out" in result.output


def test_the_manifest_of_the_sources_is_never_overwritten(data: Path) -> None:
    before = (data / "manifest.csv").read_bytes()

    result = forge("upsampling", data, data, "--count", "1")

    assert result.exit_code == 1
    assert "a folder of its own" in " ".join(result.output.split())
    assert (data / "manifest.csv").read_bytes() == before


def test_sources_that_differ_in_their_suffix_alone_are_not_mixed_up(
    data: Path, tmp_path: Path
) -> None:
    for seed in FACES:
        (data / f"{seed}.png").write_bytes((data / f"{seed}.jpg").read_bytes())
    lines = (data / "manifest.csv").read_text().splitlines()
    twins = [line.replace(".jpg", ".png", 1) for line in lines if ".jpg" in line]
    (data / "manifest.csv").write_text("\n".join([*lines, *twins]))

    first = forge("upsampling", data, tmp_path / "out")
    again = forge("upsampling", data, tmp_path / "out")

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    rows = rows_of(tmp_path / "out")
    assert len({row["path"] for row in rows}) == len(rows) == 2 * len(FACES)
    assert len({row["made_from"] for row in rows}) == 2 * len(FACES)


def test_a_folder_holds_several_kinds(data: Path, tmp_path: Path) -> None:
    forge("upsampling", data, tmp_path / "out", "--count", "2")
    forge("swap", data, tmp_path / "out", "--count", "2")

    assert sorted(row["kind"] for row in rows_of(tmp_path / "out")) == [
        "forged-swap", "forged-swap", "forged-upsampling", "forged-upsampling",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("swap", ("--epsilon", "4"), "--epsilon means nothing to swap; it is for fgsm, pgd"),
        ("swap", ("--from", "nowhere"), "no kind 'nowhere'"),
        ("swap", ("--split", "exam"), "no picture that swap can start from in the split 'exam'"),
        ("vae", (), "taef2.safetensors is missing"),
        ("autoencoder", ("--from", "web"), "two kinds, and --from names 1"),
        ("gan", ("--from", "swap"), "0 real faces in the split 'train'"),
    ],
)
def test_what_cannot_be_made_is_said(
    data: Path, tmp_path: Path, kind: str, more: tuple[str, ...], said: str
) -> None:
    result = forge(kind, data, tmp_path / "out", *more)

    assert result.exit_code == 1
    assert said in " ".join(result.output.split())


def test_forged_swaps_stand_beside_their_own_real_in_training(data: Path, tmp_path: Path) -> None:
    forge("swap", data, tmp_path / "out")
    entries = [e for e in manifest.to_learn_from(data, tmp_path / "out") if e.path.name == "3.jpg"]
    table = face_table.faces_of(entries, tmp_path / "cache")
    mix = FaceMix(expert="face", self_blended=0, swapped=4, generated=0)

    pairs = list(
        FacePairs(entries, table, mix, Reconstructions()).pairs(np.random.default_rng(0), 96)
    )

    assert {e.kind for e in entries} == {"film", "forged-swap"}
    for pair in pairs:
        apart = np.abs(pair.real.astype(int) - pair.fake).mean(2)
        assert apart.mean() > 1
        assert apart[:6].mean() < apart.mean(), "the same frame, but for the face"


@pytest.mark.slow
def test_an_autoencoder_is_fitted_killed_and_goes_on(data: Path, tmp_path: Path) -> None:
    first = forge("autoencoder", data, tmp_path / "one", "--steps", "3")
    [checkpoint] = (data / "work" / "forgery").iterdir()
    fitted = checkpoint.stat().st_mtime_ns
    again = forge("autoencoder", data, tmp_path / "two", "--steps", "3")

    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert checkpoint.stat().st_mtime_ns == fitted, "what was fitted serves the next order"
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.slow
def test_a_gan_that_draws_no_faces_yet_says_that_it_needs_more_steps(
    data: Path, tmp_path: Path
) -> None:
    result = forge("gan", data, tmp_path / "out", "--steps", "2")

    assert result.exit_code == 1
    assert "more --steps" in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()


def test_an_aligned_face_goes_back_where_it_was() -> None:
    pixels = portrait()[20:220, 120:320]
    [face] = FaceFinder().find(pixels)

    square, matrix = aligned(pixels, face.landmarks, 160)
    back, covered = warped(square, inverse(matrix), pixels.shape)

    inside = whole_face(face.landmarks, pixels.shape) * covered > 0
    assert np.abs(back.astype(int) - pixels)[inside].mean() < 6
    [found] = FaceFinder().find(square)
    assert np.abs(found.landmarks - layout(160)).max() < 12


def test_a_seamless_blend_meets_the_target_and_keeps_the_source_s_gradients() -> None:
    target = np.full((60, 60, 3), 90, np.uint8)
    source = np.full((60, 60, 3), 200, np.uint8)
    source[:, 30:] = 220
    inside = np.zeros((60, 60), bool)
    inside[15:45, 15:45] = True

    blend = seamlessly(source, target, inside).astype(int)

    assert np.array_equal(blend[~inside], target[~inside])
    assert np.abs(blend[inside] - 90).max() < 25, "the source's own level is gone"
    assert (blend[25:35, 30] - blend[25:35, 29]).min() > 10, "its edge is still there"


def test_phases_of_interpolation_are_bilinear() -> None:
    small = np.random.default_rng(0).uniform(0, 255, (6, 5, 3)).astype(np.float32)

    ours = upsampling.enlarged(small, upsampling.bilinear())

    picture = torch.from_numpy(small).permute(2, 0, 1)[None]
    theirs = torch.nn.functional.interpolate(picture, scale_factor=2.0, mode="bilinear")[0]
    np.testing.assert_allclose(ours, theirs.permute(1, 2, 0).numpy(), atol=1e-3)


@pytest.mark.parametrize("kernels", upsampling.KERNELS)
def test_what_an_up_sampler_leaves_repeats_with_its_stride(
    kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upsampling, "KERNELS", (kernels,))
    pixels = portrait()[20:221, 120:321]

    trip = upsampling.round_trip(pixels, np.random.default_rng(3))

    assert trip.shape == pixels.shape
    assert np.array_equal(trip[-1], pixels[-1])
    apart = np.abs(trip.astype(int) - pixels).mean()
    assert 0.3 < apart < 12


def test_a_network_reads_what_the_attack_differentiates() -> None:
    pixels = portrait()
    for square in (Square(100, 20, 300), Square(150, 40, 130), Square(10, 20, SIDE)):
        seen = network_input(np.stack([resized(square.cut(pixels), SIDE)]))
        batch = prepared(
            torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float(), [square], SIDE
        )

        # Pillow rounds to whole levels once between both directions and once behind them.
        assert float((batch - seen).abs().max()) < 1.6 / 255 / 0.502


def test_what_a_gan_draws_is_nobody_s(data: Path) -> None:
    """A generator that has learned its picture by heart stands in for one that had hours."""

    class Learned(torch.nn.Module):
        def forward(self, noise: torch.Tensor) -> torch.Tensor:
            face = torch.from_numpy(drawn_face(3, 128).copy()).permute(2, 0, 1).float() / 127.5 - 1
            return face.expand(len(noise), *face.shape)

    entries = manifest.read(data)
    made = GanFaces(Learned(), tuple(entries[:1])).forge(entries[0], np.random.default_rng(0))

    assert made is not None
    assert made.alone
    assert np.array_equal(made.pixels, drawn_face(3, 128))


class Brightness(torch.nn.Module):
    """Says that what is bright is fake, a little more so at the left."""

    def forward(self, pixels: torch.Tensor) -> NetworkOutput:
        weight = torch.linspace(2, 1, pixels.shape[-1])
        return NetworkOutput((pixels * weight).mean((1, 2, 3)), pixels[:, :1])


@pytest.mark.parametrize("method", ["fgsm", "pgd"])
@pytest.mark.parametrize("wanted", [-1, 1])
def test_an_attack_moves_every_pixel_that_counts_as_far_as_it_may_and_no_further(
    method, wanted: int
) -> None:
    pixels = noise(80, 90)
    square = Square(10, 5, 60)
    rng = np.random.default_rng(0)

    turned = Attack(method, 4).against(Target(Brightness()), pixels, [square], wanted, rng)

    moved = turned.astype(int) - pixels
    assert np.abs(moved).max() == 4
    inside = square.cut(moved)
    room = (square.cut(pixels) >= 8) & (square.cut(pixels) <= 247)
    assert (wanted * inside[room] >= 3).mean() > 0.99


def test_an_attack_turns_a_network_s_opinion() -> None:
    torch.manual_seed(0)
    network = HybridAttentionNet().eval().requires_grad_(False)
    torch.nn.init.normal_(network.head.weight)
    pixels = portrait()[20:220, 120:320]
    square = Square(0, 0, 200)

    def said(picture: np.ndarray) -> float:
        return float(network(network_input(np.stack([resized(square.cut(picture), SIDE)]))).logit)

    before = said(pixels)
    after = {
        method: said(
            Attack(method, 2).against(
                Target(network), pixels, [square], -1, np.random.default_rng(0)
            )
        )
        for method in ("fgsm", "pgd")
    }

    assert after["pgd"] < after["fgsm"] < before


@pytest.mark.slow
def test_adversarial_fakes_are_kept_without_loss(data: Path, tmp_path: Path) -> None:
    result = forge("pgd", data, tmp_path / "out", "--epsilon", "2")

    assert result.exit_code == 0, result.output
    [row] = rows_of(tmp_path / "out")
    fake = np.asarray(Image.open(tmp_path / "out" / row["path"])).astype(int)
    real = np.asarray(Image.open(data / "made.png")).astype(int)
    assert row["label"] == "fake"
    assert 0 < np.abs(fake - real).max() <= 2


def test_a_round_trip_keeps_the_size(data: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    (data / "autoencoder").mkdir()
    save_file(Autoencoder().state_dict(), data / "autoencoder" / "taef2.safetensors")
    for seed in FACES:
        Image.fromarray(drawn_face(seed)[:101, :75]).save(data / f"{seed}.jpg", quality=80)

    result = forge("vae", data, tmp_path / "out", "--from", "film")

    assert result.exit_code == 0, result.output
    sizes = {row["made_from"]: (row["width"], row["height"]) for row in rows_of(tmp_path / "out")}
    assert sizes["3.jpg"] == ("75", "101")
