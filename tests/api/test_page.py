"""The page as a person meets it: a real browser in front of the running service."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from playwright.async_api import Page, Route, async_playwright, expect

from browsers import FLAGS, chromium
from pictures import encoded
from pictures import portrait as astronaut

pytestmark = pytest.mark.browser

VERDICT = re.compile("^(Likely real|Likely fake|Uncertain)$")
WORD = ".word.real, .word.fake, .word.uncertain"
ANSWER_MS = 60_000
"""The first answer waits for the model to load."""

DROP = """([name, type, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, { type }));
    const target = document.querySelector("main");
    target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""

PASTE = """([name, type, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], name, { type }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""


def drawn() -> bytes:
    picture = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(picture).ellipse((60, 40, 260, 200), fill="navy")
    return encoded(picture)


def portrait() -> bytes:
    return encoded(astronaut())


def carried(name: str, content: bytes) -> list[str]:
    return [name, "image/png", base64.b64encode(content).decode()]


async def picked(page: Page, name: str, content: bytes, kind: str = "image/png") -> None:
    await page.get_by_label("Choose a").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of. A test that provokes a complaint takes it out."""
    return []


@pytest.fixture
async def page(service: str, complaints: list[str]) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = await browser.new_page()
        page.set_default_timeout(ANSWER_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        await page.goto(service)
        yield page
        await browser.close()
    assert complaints == []


async def test_a_picked_picture_gets_a_verdict(page: Page) -> None:
    await picked(page, "drawn.png", drawn())
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    await expect(page.locator(".chance b")).to_have_text(re.compile(r"^[1-9]\d?\s%$"))
    await expect(page.locator(".scale")).to_be_visible()
    assert await page.locator("#plate img").evaluate("image => image.naturalWidth") == 320


async def test_a_dropped_portrait_has_its_face_outlined(page: Page) -> None:
    await page.evaluate(DROP, carried("portrait.png", portrait()))
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    await expect(page.locator("rect.face")).to_have_count(1)
    await expect(page.locator(".outlines text")).to_have_text(re.compile(r"^1 · [1-9]\d?\s% fake$"))
    face = await page.locator("rect.face").bounding_box()
    picture = await page.locator("#plate img").bounding_box()
    assert face is not None
    assert picture is not None
    # The astronaut's face, as shares of the picture.
    middle = (face["x"] + face["width"] / 2 - picture["x"]) / picture["width"]
    height = (face["y"] + face["height"] / 2 - picture["y"]) / picture["height"]
    assert 0.38 < middle < 0.50
    assert 0.15 < height < 0.35


async def test_a_pasted_picture_gets_a_verdict(page: Page) -> None:
    await page.evaluate(PASTE, carried("pasted.png", drawn()))
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)


async def test_what_a_file_says_of_itself_stands_apart_from_the_score(page: Page) -> None:
    info = PngInfo()
    info.add_text("Software", "<img src=x onerror=alert(1)>")
    file = BytesIO()
    Image.new("RGB", (320, 240), "teal").save(file, "PNG", pnginfo=info)
    await picked(page, "labelled.png", file.getvalue())
    await expect(page.locator(".claims li")).to_have_text(re.compile("^Unsigned. .*<img src=x"))
    await expect(page.get_by_text("not part of the score")).to_be_visible()


async def test_a_page_without_a_key_asks_for_one_and_goes_on_with_it(
    page: Page, complaints: list[str]
) -> None:
    sent: list[str | None] = []

    async def keyed(route: Route) -> None:
        key = route.request.headers.get("authorization")
        sent.append(key)
        if key == "Bearer candor_good":
            headers = {**route.request.headers}
            del headers["authorization"]
            await route.continue_(headers=headers)
        else:
            problem = {"title": "A key is needed", "status": 401, "detail": "This needs a key."}
            await route.fulfill(status=401, json=problem)

    await page.route("**/v1/checks", keyed)
    await picked(page, "drawn.png", drawn())
    field = page.get_by_label("Your key")
    await expect(page.get_by_text("This needs a key.")).to_be_visible()
    await field.fill("candor_bad")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.get_by_text("This needs a key.")).to_be_visible()
    await page.get_by_label("Your key").fill(" candor_good ")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    assert sent == [None, "Bearer candor_bad", "Bearer candor_good"]
    await expect(page.get_by_label("Your key")).to_have_count(0)
    complaints.clear()


async def test_a_wrong_verdict_is_reported(page: Page) -> None:
    await picked(page, "drawn.png", drawn())
    await page.get_by_role("button", name="This is wrong").click()
    await expect(page.get_by_label("What it should say")).to_be_focused()
    await page.get_by_label("What makes you sure").fill("I drew it <b>myself</b>.")
    async with page.expect_response("**/reports") as sent:
        await page.get_by_role("button", name="Send the report").click()
    kept = await (await sent.value).json()
    assert (kept["kind"], kept["label"]) == ("report", None)
    assert kept["note"] == "I drew it <b>myself</b>."
    await expect(page.get_by_text("Reported. A person will look at it.")).to_be_focused()


async def test_a_report_that_fails_says_why_and_can_be_sent_again(
    page: Page, complaints: list[str]
) -> None:
    await picked(page, "drawn.png", drawn())

    async def away(route: Route) -> None:
        await route.abort()

    await page.route("**/reports", away)
    await page.get_by_role("button", name="This is wrong").click()
    await page.get_by_role("button", name="Send the report").click()
    await expect(page.get_by_role("alert")).to_have_text(re.compile("No answer came"))
    await page.unroute("**/reports")
    await page.get_by_role("button", name="Send the report").click()
    await expect(page.get_by_text("Reported. A person will look at it.")).to_be_visible()
    assert [said for said in complaints if "ERR_FAILED" not in said] == []
    complaints.clear()


async def test_a_text_file_is_refused_in_a_sentence(page: Page, complaints: list[str]) -> None:
    await picked(page, "holiday.jpg", b"Dear diary, this is no picture.", "image/jpeg")
    await expect(page.locator(".word")).to_have_text("No verdict", timeout=ANSWER_MS)
    await expect(page.locator(".reason")).to_have_text(re.compile(r"\w+ \w+.*\.$"))
    await expect(page.locator(WORD)).to_have_count(0)
    assert [said for said in complaints if "status of 4" not in said] == []
    complaints.clear()


async def test_an_address_that_cannot_be_fetched_is_told(page: Page, complaints: list[str]) -> None:
    await page.get_by_label("address").fill("http://127.0.0.1/portrait.jpg")
    async with page.expect_response("**/v1/checks") as asked:
        await page.keyboard.press("Enter")
    # The service understood, and either would not or could not.
    assert (await asked.value).status in {403, 502}
    await expect(page.locator(".word")).to_have_text("No verdict")
    assert [said for said in complaints if "status of" not in said] == []
    complaints.clear()


async def test_a_service_that_is_gone_is_told_and_can_be_asked_again(
    page: Page, complaints: list[str]
) -> None:
    await page.route("**/v1/checks", lambda route: route.abort("connectionrefused"))
    await picked(page, "drawn.png", drawn())
    await expect(page.locator(".reason")).to_have_text(re.compile("service is running"))
    await expect(page.locator(WORD)).to_have_count(0)
    await page.unroute("**/v1/checks")
    await page.get_by_role("button", name="Try again").press("Enter")
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    assert [said for said in complaints if "ERR_CONNECTION_REFUSED" not in said] == []
    complaints.clear()


async def test_a_new_picture_ends_the_wait_for_the_one_before(page: Page) -> None:
    held: list[Route] = []
    ended: list[str | None] = []
    page.on("requestfailed", lambda request: ended.append(request.failure))
    await page.route("**/v1/checks", lambda route: held.append(route), times=1)
    await picked(page, "first.png", portrait())
    await expect(page.locator(".waiting")).to_have_text("Looking at first.png…")
    await picked(page, "second.png", drawn())
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    await expect(page.locator("rect.face")).to_have_count(0)
    assert len(held) == 1
    assert ended == ["net::ERR_ABORTED"]


async def test_the_keyboard_reaches_everything_in_order(page: Page) -> None:
    reached = []
    for _ in range(3):
        await page.keyboard.press("Tab")
        reached.append(
            await page.evaluate("document.activeElement.id || document.activeElement.type")
        )
    assert reached == ["file", "address", "submit"]


async def test_a_narrow_page_in_the_dark_does_not_scroll_sideways(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await picked(page, "portrait.png", portrait())
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await expect(page.locator(WORD)).to_be_in_viewport()
