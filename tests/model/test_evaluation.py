"""What `candor evaluate` counts, and what it leaves behind."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from shipped import shipped_weights

from api.cli import main
from model.decision import Fusion, Thresholds
from model.ensemble import FaceScore, Scores, fused
from model.evaluation import clips, figures, robustness, scoring
from model.evaluation.scoring import Record, chosen, scored_of
from model.train.manifest import Entry, ManifestError

from clips import lying
from pictures import cup, encoded, noise, portrait

COLUMNS = ("path", "domain", "split", "label", "kind", "group")
LIMITS = Thresholds(real_below=0.3, fake_from=0.9)


def record(
    label: str, probability: float, kind: str = "k", group: str = "g", folder: str = "", n: int = 0
) -> Record:
    entry = Entry(Path(f"{folder or kind}/{n}.png"), "face", "val", label, kind, group, "unstated")
    return Record(entry, Scores(probability, (), {"whole": probability}))


def values(rows: tuple[figures.Figure, ...]) -> dict[str, float]:
    return {figure.name: figure.value for figure in rows}


def test_verdicts_of_a_label_share_it_out_between_three_words() -> None:
    labels = ["real", "real", "fake", "fake", "hardneg"]
    scores = [0.1, 0.5, 0.9, 0.95, 0.1]
    records = [record(label, p) for label, p in zip(labels, scores, strict=True)]

    found = values(figures.verdicts(records, LIMITS))

    assert found["real called real"] == found["real uncertain"] == 0.5
    assert found["fake called fake"] == found["hardneg called real"] == 1
    for label in ("real", "fake", "hardneg"):
        assert sum(value for name, value in found.items() if name.startswith(label)) == 1


def test_fakes_of_kinds_that_training_never_saw_are_ranked_apart() -> None:
    records = [record("real", 0.2), record("fake", 0.9, "known"), record("fake", 0.1, "new")]

    found = values(figures.overall(scored_of(records), frozenset({"known"})))

    assert found["AUC, fakes of kinds never trained on"] == 0
    assert found["AUC"] == 0.5


def test_who_disagrees_too_much_for_an_answer_is_no_false_alarm() -> None:
    sure, torn = record("real", 0.95, n=1), record("real", 0.95, n=2)
    torn = replace(torn, scores=replace(torn.scores, doubt=3.0))

    found = figures.sections([sure, torn, record("fake", 0.95, "f")], LIMITS)

    [alarms] = [f for f in found["face, at the shipped threshold"] if "false alarms" in f.name]
    assert alarms.value == 0.5
    assert values(found["face"])["balanced accuracy at the shipped threshold"] == 0.75


def test_a_kind_of_fakes_stands_against_the_reals_it_was_made_from() -> None:
    easy = [record("real", 0.0, "others", f"o{n}") for n in range(20)]
    own = [record("real", 0.6, "originals", f"g{n}") for n in range(20)]
    swaps = [record("fake", 0.5, "swaps", f"g{n}") for n in range(20)]

    [figure] = figures.own_reals(scored_of([*easy, *own, *swaps]))

    assert figure.name == "AUC, swaps against its own reals"
    assert figure.value == 0


def test_frames_of_a_video_count_once() -> None:
    reals = [record("real", p, "real", "v", f"real/{v}") for v in (1, 2) for p in (0.0, 0.8)]
    fakes = [record("fake", p, "fake", "v", f"fake/{v}") for v in (1, 2) for p in (0.3, 0.7)]

    records = [*reals, *fakes]
    [figure] = figures.videos(scored_of(records), [r.video for r in records])

    assert figure.value == 1
    assert figure.pictures == 4


def test_single_pictures_are_no_videos() -> None:
    records = [record("fake" if n % 2 else "real", 0.5, f"k{n % 2}", f"g{n}") for n in range(8)]

    assert figures.videos(scored_of(records), [r.video for r in records]) == ()


def test_the_risk_of_the_surest_answers_comes_first() -> None:
    sure = [record("fake", 0.99), record("real", 0.01)]
    unsure = [record("real", 0.8), record("fake", 0.5)]

    points = figures.risk_coverage(scored_of([*unsure, *sure]), LIMITS)

    assert points.coverage == [0.25, 0.5, 0.75, 1]
    assert points.risk[:2] == [0, 0]
    assert points.risk[-1] > 0
    assert (points.answered, points.wrong) == (0.5, 0)


def test_suggested_thresholds_hold_false_alarms_on_the_worst_source() -> None:
    rng = np.random.default_rng(0)
    records = []
    for number, probability in enumerate(1 / (1 + np.exp(-rng.normal(0, 2, 1000)))):
        label = "fake" if rng.random() < probability else "real"
        records.append(record(label, probability, label, f"g{number}"))
    bad = rng.uniform(0.3, 0.9, 100)
    worst = [record("real", p, "bad", f"b{number}") for number, p in enumerate(bad)]
    records += worst

    suggestion = figures.suggest(records, Fusion())

    assert suggestion is not None
    limits = suggestion.thresholds
    assert limits.real_below <= limits.fake_from
    said = np.array([figures.fused_again(each.scores, suggestion.fusion) for each in worst])
    assert 0 < (said >= limits.fake_from).mean() <= 0.05


def test_a_suggested_calibration_makes_two_fused_experts_honest() -> None:
    rng = np.random.default_rng(1)
    records = []
    for number, odds in enumerate(rng.normal(0, 1, 3000)):
        fake = rng.random() < 1 / (1 + np.exp(-3 * odds))
        faces = (FaceScore(0, 0, 9, 9, 1.0, 1 / (1 + np.exp(-odds))),)
        scores = fused(faces, 0.1)
        entry = record("fake" if fake else "real", 0.5, str(fake), f"g{number}").entry
        records.append(Record(entry, scores))

    suggestion = figures.suggest(records, Fusion(temperature=2.0, bias=1.0))

    assert suggestion is not None
    assert suggestion.fusion.temperature == pytest.approx(1 / 3, rel=0.15)
    assert suggestion.fusion.bias == pytest.approx(0, abs=0.25)


def test_clips_suggest_nothing() -> None:
    """Their faces are those of the worst frame, and the service takes the mean of all."""
    rng = np.random.default_rng(0)
    pictures = [
        record(label, p, label, f"g{number}")
        for number, p in enumerate(rng.uniform(0.1, 0.9, 200))
        for label in ["fake" if rng.random() < p else "real"]
    ]
    clips_of_reals = [
        replace(record("real", 0.2, "clips", f"c{number}"), scores=worst, frames=(0.1, 0.95))
        for number, worst in enumerate([Scores(0.2, (), {"whole": 0.95})] * 50)
    ]

    assert figures.suggest([*pictures, *clips_of_reals], Fusion()) == figures.suggest(
        pictures, Fusion()
    )


def test_calibrating_sees_the_pictures_of_one_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        (f"{split}-{label}.png", "general", split, label, label, f"{split}-{label}")
        for split in ("train", "val", "test")
        for label in ("real", "fake")
    ]
    for name, *_ in rows:
        pixels = cup()[:64, :64] if "real" in name else noise(64, 64)
        (tmp_path / name).write_bytes(encoded(pixels))
    filmed(tmp_path / "clip.mp4", 3)
    written(tmp_path, [*rows, ("clip.mp4", "video", "val", "real", "clips", "c")])
    seen: list[str] = []

    def pixels_of(entry: Entry) -> list[np.ndarray]:
        seen.append(entry.path.name)
        return clips.frames(entry.path) if clips.is_clip(entry.path) else [entry.pixels()]

    monkeypatch.setattr(scoring, "pixels_of", pixels_of)
    folder = shipped_weights(tmp_path)

    def calibrated(*more: str) -> Counter[str]:
        seen.clear()
        arguments = ["calibrate", str(tmp_path), "--weights", str(folder), *more]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return Counter(seen)

    assert calibrated() == {"val-real.png": 2, "val-fake.png": 2}
    assert calibrated("--split", "test") == {"test-real.png": 2, "test-fake.png": 2}


def test_a_suggested_calibration_of_faceless_pictures_is_their_own() -> None:
    rng = np.random.default_rng(2)
    records = []
    for number, odds in enumerate(rng.normal(0, 2, 3000)):
        fake = rng.random() < 1 / (1 + np.exp(1 - odds / 2))
        entry = record("fake" if fake else "real", 0.5, str(fake), f"g{number}").entry
        records.append(Record(entry, fused((), 1 / (1 + np.exp(-odds)))))

    suggestion = figures.suggest(records, Fusion(temperature=2.0))

    assert suggestion is not None
    assert suggestion.fusion.temperature == 2.0
    assert suggestion.fusion.faceless is not None
    assert suggestion.fusion.faceless.temperature == pytest.approx(2, rel=0.15)


def test_a_handful_of_faceless_pictures_calibrates_nothing() -> None:
    few = [record("fake" if n % 2 else "real", 0.4 + n / 100, "k", f"g{n}") for n in range(20)]

    suggestion = figures.suggest(few, Fusion())

    assert suggestion is not None
    assert suggestion.fusion.faceless is None


def test_the_sample_for_robustness_hears_every_kind() -> None:
    many = [record("real", 0.1, "many", n=n).entry for n in range(50)]
    few = [record("real", 0.1, "few", n=n).entry for n in range(3)]
    fakes = [record("fake", 0.9, "fakes", n=n).entry for n in range(5)]
    entries = [*many, *few, *fakes]

    taken = [entries[n].kind for n in robustness.sample(entries, each=10)]

    assert taken.count("few") == 3
    assert taken.count("many") == 7
    assert taken.count("fakes") == 5


def test_changing_one_class_alone_leaves_the_other_as_it_was() -> None:
    plain = [record("real", 0.2, n=1), record("fake", 0.8, n=2)]
    turned = [record("real", 0.9, n=1), record("fake", 0.85, n=2)]

    _, row, *_ = robustness.grid(plain, lambda *_: turned, 0.9)

    assert (row.auc.value, row.auc_reals_only, row.auc_fakes_only) == (0, 0, 1)
    assert row.real_shift > 3 > row.fake_shift > 0
    assert (row.false_alarms.value, row.recall.value) == (1, 0)


@pytest.mark.parametrize("name", list(robustness.CHANGES))
def test_a_change_is_one_and_is_the_same_at_every_run(name: str) -> None:
    picture = np.kron(noise(60, 80), np.ones((5, 5, 1), np.uint8))

    changed = robustness.CHANGES[name](picture, 3)

    assert changed.dtype == np.uint8
    assert changed.shape != picture.shape or not np.array_equal(changed, picture)
    assert np.array_equal(changed, robustness.CHANGES[name](picture, 3))


def written(folder: Path, rows: list[tuple[str, ...]]) -> Path:
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return folder


def test_pictures_that_training_saw_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    written(tmp_path, [(f"{s}.png", "face", s, "real", "k", s) for s in ("train", "val", "exam")])

    assert [e.split for e in chosen([tmp_path], None)] == ["val", "exam"]
    assert [e.split for e in chosen([tmp_path], "train")] == ["train"]
    with pytest.raises(ManifestError, match="'nowhere'"):
        chosen([tmp_path], "nowhere")


def test_one_group_may_stand_in_several_splits_where_nothing_is_learned(tmp_path: Path) -> None:
    written(tmp_path, [(f"{s}.png", "face", s, "real", "k", "one") for s in ("val", "exam")])

    assert len(chosen([tmp_path], None)) == 2


def filmed(path: Path, frames: int) -> Path:
    """A clip whose frames grow brighter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            pixels = np.full((48, 64, 3), 8 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_frames_are_spread_over_the_whole_clip(tmp_path: Path) -> None:
    found = clips.frames(filmed(tmp_path / "clip.mp4", 24), 4)

    brightness = [frame.mean() for frame in found]
    assert brightness == sorted(brightness)
    assert brightness[0] < 8 * 6
    assert brightness[-1] > 8 * 17


def test_frames_of_a_clip_are_measured_as_the_service_sees_them(tmp_path: Path) -> None:
    """Pixels half as wide again as high, filmed lying on their side."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(lying(Fraction(3, 2)))

    [frame] = clips.frames(path, 1)

    assert frame.shape == (192, 96, 3)
    assert frame[10, 48].min() > 200
    assert frame[180, 48].max() < 50


def test_what_is_no_clip_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"not a film")

    for name in ("a.mp4", "missing.mp4"):
        with pytest.raises(ManifestError, match=name):
            clips.frames(tmp_path / name)


@pytest.mark.slow
def test_a_folder_of_a_kind_never_heard_of_is_measured_and_reported(tmp_path: Path) -> None:
    rows = []
    for number, (label, pixels) in enumerate(
        [("real", portrait()), ("real", cup()), ("fake", noise(240, 240)), ("hardneg", cup()[:200])]
    ):
        name = f"pictures/{number}.png"
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(encoded(pixels))
        rows.append((name, "street", "exam", label, f"kind-{number}", f"g{number}"))
    filmed(tmp_path / "clip.mp4", 6)
    rows.append(("clip.mp4", "video", "exam", "real", "clips", "c"))
    rows.append(("gone.png", "street", "exam", "real", "kind-0", "gone"))
    written(tmp_path, rows)
    out, report = tmp_path / "new" / "all.json", tmp_path / "report"

    arguments = ["evaluate", str(tmp_path), "--json", str(out), "--report", str(report)]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 0, result.output
    assert "gone.png" in result.output
    found = json.loads(out.read_text())
    assert [row["path"] for row in found["scores"]] == [row[0] for row in rows[:5]]
    assert {row["split"] for row in found["scores"]} == {"exam"}
    first, second, *_, clip = found["scores"]
    [face] = first["faces"]
    assert len(face["box"]) == 4
    assert 0 < face["fake_probability"] < 1
    assert first["verdict"] in ("real", "uncertain", "fake")
    assert second["faces"] == []
    assert list(second["experts"]) == ["whole"]
    assert clip["fake_probability"] == pytest.approx(np.mean(clip["frames"]))
    assert [row["path"] for row in found["unreadable"]] == ["gone.png"]
    assert len(found["robustness"]) == 1 + len(robustness.CHANGES)
    assert "AUC" in {figure["name"] for figure in found["figures"]["street"]}
    page = (report / "report.html").read_text()
    assert page.count("<svg") == 2
    assert page.count("data:image/jpeg;base64,") == 5
    assert "hard: 512 px, JPEG 40" in page


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_scored(
    tmp_path: Path,
) -> None:
    written(tmp_path, [("a.png", "face", "val", "real", "k", "g")])
    (tmp_path / "file").write_text("")

    arguments = ["evaluate", str(tmp_path), "--report", str(tmp_path / "file" / "report")]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert "file" in result.output
    assert "Passed over" not in result.output
