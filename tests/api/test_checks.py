"""Checks over HTTP: what comes in, what goes out, and that nothing that comes in breaks it.

The model is a fake here, since everything around it is what is tested; `test_service.py` has the
real one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from peers import called_from
from PIL import Image

from api.app import create_app
from api.engine import Engine
from api.errors import Overloaded
from api.imaging import Picture
from api.settings import Settings
from api.verdict import ModelFacts, Thresholds, Verdict
from model import FaceScore, Scores

from pictures import encoded, noise

Client = AsyncTestClient[Litestar]
MAX_BYTES = 300_000


class FakeEngine:
    """Says what it is told to, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[Picture] = []
        self.answer: Scores | Exception = Scores(
            0.9, (FaceScore(1, 2, 30, 40, 1.0, 0.9),), {"face": 0.9}
        )
        self.waiting = 0
        self.model = ModelFacts(id="fake", thresholds=Thresholds(real_below=0.3, fake_from=0.8))

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def score(self, picture: Picture) -> Scores:
        self.asked.append(picture)
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def client(tmp_path: Path, engine: FakeEngine) -> AsyncIterator[Client]:
    settings = Settings(data_dir=tmp_path, max_bytes=MAX_BYTES, max_pixels=1_000_000)
    app = called_from(create_app(settings, engine))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        yield client


def test_the_fake_engine_keeps_the_protocol(engine: FakeEngine) -> None:
    typed: Engine = engine
    assert typed.model.id == "fake"


def png(seed: int = 0) -> bytes:
    return encoded(noise(60, 80, seed))


async def sent(client: Client, body: bytes, kind: str = "image/png", **headers: str):
    return await client.post("/v1/checks", content=body, headers={"Content-Type": kind, **headers})


def problem(response) -> dict[str, object]:
    """The problem document of an answer: always of one shape."""
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert set(content) == {"type", "title", "status", "detail", "request_id"}
    assert content["status"] == response.status_code
    assert content["detail"].endswith((".", "!"))
    return content


async def test_raw_bytes_get_a_verdict(client: Client) -> None:
    response = await sent(client, png())

    assert response.status_code == 200
    verdict = Verdict.model_validate(response.json())
    assert verdict.label == "fake"
    assert verdict.fake_probability == 0.9
    assert verdict.faces[0].box.width == 30
    assert verdict.picture.width == 80
    assert verdict.provenance.origin == "upload"
    assert verdict.timings.score_ms is not None


async def test_a_form_and_json_are_read_too(client: Client) -> None:
    form = await client.post("/v1/checks", files={"image": ("a.png", png(), "image/png")})
    assert form.status_code == 200

    response = await client.post("/v1/checks", json={"url": "ftp://example.org/a.png"})
    assert problem(response)["status"] == 422


async def test_the_second_check_of_the_same_bytes_does_not_run_the_model(
    client: Client, engine: FakeEngine
) -> None:
    first = (await sent(client, png())).json()
    second = (await sent(client, png())).json()

    assert len(engine.asked) == 1
    assert (first["cache"], second["cache"]) == ("miss", "bytes")
    assert first["id"] == second["id"]
    assert second["timings"]["score_ms"] is None


async def test_the_same_pixels_in_another_file_do_not_run_the_model(
    client: Client, engine: FakeEngine
) -> None:
    first = (await sent(client, png())).json()
    other = encoded(noise(60, 80), "WEBP", lossless=True)

    second = (await sent(client, other, "image/webp")).json()
    third = (await sent(client, other, "image/webp")).json()

    assert len(engine.asked) == 1
    assert (second["cache"], third["cache"]) == ("pixels", "bytes")
    assert first["id"] == second["id"] == third["id"]


async def test_equal_pictures_at_once_are_scored_once(client: Client, engine: FakeEngine) -> None:
    answers = await asyncio.gather(*(sent(client, png()) for _ in range(6)))

    assert len(engine.asked) == 1
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_remembered_verdict_describes_the_file_that_was_sent(client: Client) -> None:
    other = encoded(noise(60, 80), "WEBP", lossless=True)
    await sent(client, png())

    for _ in range(2):
        facts = (await sent(client, other, "image/webp")).json()["picture"]
        assert facts["format"] == "WEBP"
        assert facts["sha256"] == hashlib.sha256(other).hexdigest()


async def test_a_new_model_is_asked_anew(client: Client, engine: FakeEngine) -> None:
    await sent(client, png())
    engine.model = engine.model.model_copy(update={"id": "newer"})

    again = (await sent(client, png())).json()

    assert again["cache"] == "miss"
    assert again["model"]["id"] == "newer"
    assert len(engine.asked) == 2


async def test_a_verdict_can_be_read_again_and_tells_nobody_where_it_came_from(
    client: Client,
) -> None:
    given = (await sent(client, png())).json()

    read = (await client.get(f"/v1/verdicts/{given['id']}")).json()

    answered_only = {"cache": None, "provenance": None, "timings": None}
    assert read == given | answered_only


async def test_an_unknown_verdict_is_not_found(client: Client) -> None:
    assert problem(await client.get("/v1/verdicts/nothing"))["status"] == 404


async def test_a_failure_is_not_remembered(client: Client, engine: FakeEngine) -> None:
    good = engine.answer
    engine.answer = Overloaded("Too many pictures wait. Come back.")
    refused = await sent(client, png())
    engine.answer = good

    assert problem(refused)["status"] == 503
    assert refused.headers["retry-after"]
    assert (await sent(client, png())).json()["cache"] == "miss"


async def test_a_mistake_of_ours_is_a_plain_500_without_its_insides(
    client: Client, engine: FakeEngine
) -> None:
    engine.answer = ZeroDivisionError("secret")

    response = await sent(client, png())

    assert problem(response)["status"] == 500
    assert "secret" not in response.text


def bomb() -> bytes:
    """A PNG of a few kilobytes that claims 30,000 x 30,000 pixels."""
    return encoded(Image.new("1", (30_000, 30_000)), optimize=True)


BAD_BODIES: dict[str, tuple[Callable[[], bytes], int]] = {
    "nothing": (lambda: b"", 400),
    "text": (lambda: b"I am not a picture at all.", 400),
    "half a JPEG": (lambda: encoded(noise(200, 200), "JPEG")[:9000], 400),
    "a bomb": (bomb, 413),
    "too many bytes": (lambda: b"\x89PNG" + bytes(MAX_BYTES), 413),
    "far too many bytes": (lambda: bytes(MAX_BYTES + 200_000), 413),
    "one pixel": (lambda: encoded(noise(1, 1)), 422),
    "a TIFF": (lambda: encoded(noise(64, 64), "TIFF"), 415),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
}


@pytest.mark.parametrize("name", BAD_BODIES)
async def test_bad_pictures_are_refused_in_words(
    client: Client, engine: FakeEngine, name: str
) -> None:
    body, status = BAD_BODIES[name]

    for response in (
        await sent(client, body(), "image/jpeg"),
        await client.post("/v1/checks", files={"image": ("x.jpg", body(), "image/jpeg")}),
    ):
        assert problem(response)["status"] == status
    assert engine.asked == []


def animated() -> bytes:
    first, *others = (Image.fromarray(noise(64, 64, seed)) for seed in range(3))
    return encoded(first, "GIF", save_all=True, append_images=others)


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(noise(64, 90), "JPEG", exif=exif)


def sixteen_bit() -> bytes:
    return encoded(noise(64, 64)[..., 0].astype("uint16") * 257)


def cmyk() -> bytes:
    return encoded(Image.fromarray(noise(64, 64)).convert("CMYK"), "JPEG")


ODD_PICTURES = {
    "an animation": (animated, (64, 64, 3)),
    "a picture lying on its side": (turned, (64, 90, 1)),
    "sixteen bits": (sixteen_bit, (64, 64, 1)),
    "four inks": (cmyk, (64, 64, 1)),
}


@pytest.mark.parametrize("name", ODD_PICTURES)
async def test_odd_pictures_are_read(client: Client, name: str) -> None:
    body, (width, height, frames) = ODD_PICTURES[name]

    facts = (await sent(client, body(), "image/*")).json()["picture"]

    assert (facts["width"], facts["height"], facts["frames"]) == (width, height, frames)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("", b"x", 415),
        ("text/plain", b"x", 415),
        ("application/x-www-form-urlencoded", b"image=x", 415),
        ("application/json", b"", 422),
        ("application/json", b"[", 422),
        ("application/json", b'{"url": 3}', 422),
        ("application/json", b'{"url": "http://example.org/a", "more": 1}', 422),
        ("application/json", b"\xff\xfe", 422),
        ("application/json", b"[" * 20_000, 422),
        ("application/json", b'{"url": ""}', 422),
        ("multipart/form-data", b"x", 422),
        ("multipart/form-data; boundary=a", b"x", 422),
        ("multipart/form-data; boundary=a", b"--a--", 422),
        ('multipart/form-data; boundary="', b"--a", 422),
        ("multipart/form-data; boundary=\xe9", b"--a", 422),
        (
            "multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="image"\r\n\r\ntext\r\n--a--\r\n',
            422,
        ),
    ],
)
async def test_bodies_that_are_no_check_are_refused_in_words(
    client: Client, kind: str, body: bytes, status: int
) -> None:
    headers = {"Content-Type": kind.encode("latin-1")} if kind else {}

    response = await client.post("/v1/checks", content=body, headers=headers)

    assert problem(response)["status"] == status


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.png", "http://169.254.169.254/latest", "http://[::1]/", "http://0/"]
)
async def test_addresses_inside_are_not_fetched(
    client: Client, url: str, dialled: list[str]
) -> None:
    response = await client.post("/v1/checks", json={"url": url})

    assert problem(response)["status"] in (422, 502)
    assert dialled == []


async def test_a_route_that_is_not_there_says_where_to_look(client: Client) -> None:
    assert "/schema" in str(problem(await client.get("/v2/checks"))["detail"])
    assert problem(await client.put("/v1/checks"))["status"] == 405


async def test_the_service_says_that_it_lives_and_is_ready(client: Client) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    assert (await client.get("/health/ready")).json()["model"]["id"] == "fake"


async def test_the_schema_names_every_way_to_send_a_picture(client: Client) -> None:
    schema = json.loads((await client.get("/schema")).text)

    bodies = schema["paths"]["/v1/checks"]["post"]["requestBody"]["content"]
    assert set(bodies) == {"application/json", "multipart/form-data", "image/*"}
    problems = schema["paths"]["/v1/checks"]["post"]["responses"]["413"]["content"]
    assert set(problems) == {"application/problem+json"}


async def test_the_page_is_served_under_a_strict_policy(client: Client) -> None:
    page = await client.get("/")

    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("main.js", "style.css", "favicon.svg"):
        assert (await client.get(f"/web/{name}")).status_code == 200
    for name in ("%2e%2e/app.py", "%00", "a" * 300):
        assert problem(await client.get(f"/web/{name}"))["status"] == 404


async def test_a_picture_that_is_not_to_be_kept_is_scored_and_forgotten(
    client: Client, engine: FakeEngine
) -> None:
    answers = [
        await client.post(
            "/v1/checks?keep=false", content=png(), headers={"Content-Type": "image/png"}
        )
        for _ in range(2)
    ]
    kept = await sent(client, png())

    assert [answer.json()["fake_probability"] for answer in answers] == [0.9, 0.9]
    assert [answer.json()["cache"] for answer in answers] == [None, None]
    assert kept.json()["cache"] == "miss"
    assert len(engine.asked) == 3
    forgotten = await client.get(f"/v1/verdicts/{answers[0].json()['id']}")
    assert forgotten.status_code == 404


async def test_only_a_picture_that_is_sent_without_a_name_is_not_kept(client: Client) -> None:
    named = await client.post(
        "/v1/checks?keep=false&external_id=post-1",
        content=png(),
        headers={"Content-Type": "image/png"},
    )
    fetched = await client.post("/v1/checks?keep=false", json={"url": "https://example.org/a.png"})

    assert (named.status_code, fetched.status_code) == (422, 422)
    assert "send the picture itself" in problem(fetched)["detail"]
