"""Heat maps over HTTP: kept with the verdict, drawn for whoever may look it up."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from litestar.testing import AsyncTestClient
from peers import called_from
from PIL import Image
from remembered import Client, Scoring, verdict

from api import heat
from api.app import create_app
from api.judging import decisive_sentence, edges_sentence
from api.keys import Scope
from api.settings import Settings
from api.verdict import Box, Face, Verdict
from model import FaceScore, Scores
from model.explain import Look as Looked
from model.explain import Place
from model.preparation import Square

from keyed import keyed
from pictures import cup, encoded, portrait

PNG = {"Content-Type": "image/png"}
THRESHOLDS = Scoring.model.thresholds


def looked(level: int = 200, edge: Place | None = Place.JAW) -> Looked:
    grid = np.zeros((14, 14), np.uint8)
    grid[12, 6] = level
    return Looked(Square(100, 50, 140), grid, edge)


def scored(probability: float = 0.9, look: Looked | None = None) -> FaceScore:
    return FaceScore(110, 60, 100, 120, 1.0, probability, look)


class Looking(Scoring):
    """Calls everything fake, and says where it looked."""

    async def score(self, picture: object) -> Scores:
        return Scores(0.9, (scored(look=looked()),), {"face": 0.9})


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    app = called_from(create_app(Settings(data_dir=tmp_path, near_rescored=0), Looking()))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        yield client


async def checked(client: Client, query: str = "") -> Verdict:
    answer = await client.post(f"/v1/checks{query}", content=encoded(portrait()), headers=PNG)
    assert answer.status_code == 200, answer.text
    return Verdict.model_validate(answer.json())


def alpha(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))[..., 3]


async def test_a_verdict_names_its_heat_map_and_so_does_the_memory_of_it(client: Client) -> None:
    first, second = await checked(client), await checked(client)

    assert second.cache == "bytes"
    assert first.explanation == second.explanation == f"/v1/verdicts/{first.id}/explanation.png"
    assert first.faces[0].look == second.faces[0].look
    assert "A blending edge stands out along the jaw of the face." in second.reason


async def test_the_heat_map_is_clear_where_no_face_is_and_dense_where_it_was_looked(
    client: Client,
) -> None:
    answer = await client.get((await checked(client)).explanation or "")

    assert answer.headers["content-type"] == "image/png"
    dense = alpha(answer.content)
    assert dense.shape == (512, 512)
    row, column = np.unravel_index(dense.argmax(), dense.shape)
    assert abs(row - (50 + 12.5 * 10)) <= 6
    assert abs(column - (100 + 6.5 * 10)) <= 6
    dense = dense.copy()
    dense[50:190, 100:240] = 0
    assert not dense.any()


@pytest.mark.parametrize(("width", "height"), [(9000, 300), (40, 12_000), (640, 480)])
def test_a_heat_map_has_the_proportions_of_the_picture_and_a_bounded_size(
    width: int, height: int
) -> None:
    face = Face(
        box=Box(left=0, top=0, width=30, height=30), fake_probability=0.9, detection_confidence=1,
        look=heat.look_in(looked()).model_copy(
            update={"area": Box(left=0, top=0, width=32, height=32)}
        ),
    )  # fmt: skip
    one = verdict("one")
    sized = one.picture.model_copy(update={"width": width, "height": height})

    drawn = heat.drawn(one.model_copy(update={"picture": sized, "faces": (face,)}))

    tall, wide = alpha(drawn).shape
    assert max(tall, wide) <= heat.LONGEST_SIDE
    assert abs(wide - width * max(tall, wide) / max(width, height)) < 1


async def test_without_a_face_there_is_no_heat_map(tmp_path: Path) -> None:
    app = called_from(create_app(Settings(data_dir=tmp_path), Scoring()))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        one = await checked(client)
        answer = await client.get(f"/v1/verdicts/{one.id}/explanation.png")
        unknown = await client.get("/v1/verdicts/nobody/explanation.png")

    assert one.explanation is None
    assert (answer.status_code, unknown.status_code) == (404, 404)
    assert "no heat map" in answer.json()["detail"]


async def test_a_heat_map_needs_the_key_that_its_verdict_needs(tmp_path: Path) -> None:
    async with keyed(tmp_path, Looking(), (Scope.CHECK, Scope.LOOKUP)) as client:
        one = await checked(client)
        client.headers.pop("Authorization")

        assert (await client.get(one.explanation or "")).status_code == 401


async def test_other_weights_than_those_that_scored_explain_nothing(client: Client) -> None:
    one = await checked(client, "?explain=true")

    assert one.faces[0].look is not None
    assert one.faces[0].look.gradient is None
    assert one.timings is not None
    assert one.timings.explain_ms is not None


@pytest.mark.slow
async def test_an_explanation_is_added_for_who_asks_and_never_kept(tmp_path: Path) -> None:
    app = called_from(create_app(Settings(data_dir=tmp_path)))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        plain = await checked(client)
        explained = await checked(client, "?explain=true")
        after = await checked(client)
        answer = await client.post("/v1/checks?explain=true", content=encoded(cup()), headers=PNG)

    assert plain.faces[0].look is not None
    assert explained.faces[0].look is not None
    assert explained.faces[0].look.attention == plain.faces[0].look.attention
    assert explained.faces[0].look.gradient is not None
    assert explained.cache == "bytes"
    assert after.faces == plain.faces
    assert (answer.status_code, answer.json()["faces"]) == (200, [])


def test_only_what_was_measured_is_said() -> None:
    nowhere = scored(0.9, looked(edge=None))
    faces = (scored(0.9, looked()), nowhere, scored(0.1, looked()), scored())

    said = "A blending edge stands out along the jaw of face 1."
    assert edges_sentence(faces, THRESHOLDS) == said


def test_what_spoke_for_a_fake_is_said_of_the_most_suspicious_face_alone() -> None:
    def face(probability: float, decisive: str | None) -> Face:
        look = heat.look_in(looked()).model_copy(update={"decisive": decisive})
        box = Box(left=1, top=1, width=9, height=9)
        return Face(box=box, fake_probability=probability, detection_confidence=1, look=look)

    both = (face(0.5, "eyes"), face(0.9, "mouth"))
    said = "What spoke most for a fake lies around the mouth of face 2."
    assert decisive_sentence(both, THRESHOLDS) == said
    assert decisive_sentence((face(0.1, "mouth"),), THRESHOLDS) == ""
    assert decisive_sentence((face(0.9, None),), THRESHOLDS) == ""


async def test_a_copy_is_told_where_the_original_was_looked_at_in_its_own_pixels(
    client: Client,
) -> None:
    first = await checked(client)
    smaller = Image.fromarray(portrait()).resize((400, 400), Image.Resampling.LANCZOS)

    answer = await client.post(
        "/v1/checks", content=encoded(smaller, "JPEG", quality=92), headers=PNG
    )

    copy = Verdict.model_validate(answer.json())
    assert copy.cache == "near", copy.cache
    assert copy.explanation == first.explanation
    look = copy.faces[0].look
    assert look is not None
    assert look.area == Box(left=78, top=39, width=109, height=109)
