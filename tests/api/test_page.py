"""The page as a person meets it: a real browser in front of the running service."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from playwright.async_api import Page, Route, async_playwright, expect

from browsers import FLAGS, chromium
from clips import clip
from pictures import drawn_face, encoded
from pictures import portrait as astronaut

pytestmark = pytest.mark.browser

VERDICT = re.compile("^(Likely real|Likely fake|Uncertain)$")
WORD = ":is(.word.real, .word.fake, .word.uncertain):visible"
ANSWER_MS = 20_000
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

# What the event comes to: whether the field was left to take it.
TRANSFER = """([selector, event, kind, text, file]) => {
    const transfer = new DataTransfer();
    transfer.setData(kind, text);
    if (file) transfer.items.add(new File(["picture"], file, { type: "image/png" }));
    const options = { bubbles: true, cancelable: true };
    const made = event === "paste"
        ? new ClipboardEvent(event, { ...options, clipboardData: transfer })
        : new DragEvent(event, { ...options, dataTransfer: transfer });
    return document.querySelector(selector).dispatchEvent(made);
}"""


# Whether a map is clear outside an area, and strong somewhere in it.
ONLY_WITHIN = """(map, area) => {
    const { data, width } = map.getContext("2d").getImageData(0, 0, map.width, map.height);
    let inside = 0, outside = 0;
    for (let at = 3; at < data.length; at += 4) {
        const [x, y] = [((at - 3) / 4) % width, Math.floor((at - 3) / 4 / width)];
        const within = x >= area.left - 1 && x <= area.left + area.width + 1
            && y >= area.top - 1 && y <= area.top + area.height + 1;
        if (within) inside = Math.max(inside, data[at]);
        else outside = Math.max(outside, data[at]);
    }
    return inside > 100 && outside === 0;
}"""


def drawn() -> bytes:
    picture = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(picture).ellipse((60, 40, 260, 200), fill="navy")
    return encoded(picture)


def portrait() -> bytes:
    return encoded(astronaut())


def carried(name: str, content: bytes) -> list[str]:
    return [name, "image/png", base64.b64encode(content).decode()]


async def same_place(page: Page, one: str, other: str) -> bool:
    first = await page.locator(one).bounding_box()
    return first is not None and first == await page.locator(other).bounding_box()


async def picked(page: Page, name: str, content: bytes, kind: str = "image/png") -> None:
    await page.locator("#file").set_input_files({"name": name, "mimeType": kind, "buffer": content})


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
    await expect(page.locator(".claim")).to_have_text(re.compile("^Unsigned. .*<img src=x"))
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


async def test_a_mistyped_key_is_told_and_never_kept(page: Page, complaints: list[str]) -> None:
    sent: list[str | None] = []

    async def keyed(route: Route) -> None:
        sent.append(route.request.headers.get("authorization"))
        await route.fulfill(status=401, json={"detail": f"Key {len(sent)} is not known."})

    await page.evaluate("localStorage.setItem('candor-key', 'candor_키')")
    await page.reload()
    await page.route("**/v1/checks", keyed)
    await picked(page, "drawn.png", drawn())
    await page.get_by_label("Your key").fill("캔도르")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.get_by_role("alert")).to_have_text(re.compile("letters, digits"))
    await expect(page.get_by_label("Your key")).to_be_focused()
    await page.get_by_label("Your key").fill("candor_\u200bgood\ufeff ")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.get_by_text("Key 2 is not known.")).to_be_visible()
    assert sent == [None, "Bearer candor_good"]
    complaints.clear()


async def test_a_key_that_is_kept_can_be_forgotten(page: Page, complaints: list[str]) -> None:
    forgetting = page.get_by_role("button", name="Forget the key")
    await expect(forgetting).to_be_hidden()

    async def keyed(route: Route) -> None:
        await route.fulfill(status=401, json={"detail": "This needs a key."})

    await page.route("**/v1/checks", keyed)
    await picked(page, "drawn.png", drawn())
    await page.get_by_label("Your key").fill("candor_bad")
    await page.get_by_role("button", name="Use it").click()
    await forgetting.click()
    await expect(page.get_by_text("The key is forgotten.")).to_be_focused()
    assert await page.evaluate("localStorage.getItem('candor-key')") is None
    await page.reload()
    await expect(forgetting).to_be_hidden()
    complaints.clear()


async def test_a_wrong_verdict_is_reported(page: Page) -> None:
    await picked(page, "drawn.png", drawn())
    await page.get_by_text("Report as wrong").press("Enter")
    await page.get_by_label("What is it?").press("Tab")
    await page.get_by_label("How do you know?").fill("I drew it <b>myself</b>.")
    async with page.expect_response("**/reports") as sent:
        await page.get_by_role("button", name="Send").click()
    kept = await (await sent.value).json()
    assert (kept["kind"], kept["label"]) == ("report", None)
    assert kept["note"] == "I drew it <b>myself</b>."
    await expect(page.get_by_text("Reported. A person will look at it.")).to_be_focused()


async def test_what_is_pasted_or_dropped_into_the_note_of_a_report_stays_there(page: Page) -> None:
    await picked(page, "drawn.png", drawn())
    await page.get_by_text("Report as wrong").click()
    note = page.get_by_label("How do you know?")
    await note.fill("The original is here:")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    link = "https://example.org/original.jpg"
    for event, kind in (
        ("paste", "text/plain"),
        ("dragover", "text/uri-list"),
        ("drop", "text/uri-list"),
    ):
        assert await page.evaluate(TRANSFER, ["#note", event, kind, link, None])
    for event in ("paste", "drop"):
        await page.evaluate(TRANSFER, ["#note", event, "text/plain", "", "original.png"])
    await expect(note).to_have_value("The original is here:")
    assert sent == []


async def test_what_is_dropped_on_another_view_is_shown(page: Page) -> None:
    await page.get_by_role("link", name="History").click()
    await expect(page.get_by_text("Nothing yet.")).to_be_visible()
    await page.evaluate(DROP, carried("portrait.png", portrait()))
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    await expect(page.locator("#plate img")).to_be_visible()
    await expect(page.locator("candor-history")).to_be_hidden()


async def test_a_report_that_fails_says_why_and_can_be_sent_again(
    page: Page, complaints: list[str]
) -> None:
    await picked(page, "drawn.png", drawn())

    async def away(route: Route) -> None:
        await route.abort()

    await page.route("**/reports", away)
    await page.get_by_text("Report as wrong").click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".report [role=status]")).to_have_text(re.compile("No answer came"))
    await page.unroute("**/reports")
    await page.get_by_role("button", name="Send").click()
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


@pytest.mark.parametrize(
    ("name", "kind"), [("one.json", "application/json"), ("one.txt", "text/plain")]
)
async def test_a_file_is_sent_as_bytes_whatever_it_is_called(
    page: Page, complaints: list[str], name: str, kind: str
) -> None:
    async with page.expect_request("**/v1/checks") as sent:
        await picked(page, name, b'{"url": "https://example.org/portrait.jpg"}', kind)
    assert (await sent.value).headers["content-type"] == "application/octet-stream"
    await expect(page.locator(".word")).to_have_text("No verdict", timeout=ANSWER_MS)
    await expect(page.locator(".reason")).not_to_contain_text("example.org")
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


async def test_many_are_checked_and_each_answer_stays_to_be_looked_at(page: Page) -> None:
    files = [("portrait.png", portrait()), ("drawn.png", drawn())]
    await page.locator("#file").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
    )
    await expect(page.locator("#items .quiet").first).to_have_text("2 of 2 done", timeout=ANSWER_MS)
    await expect(page.locator("rect.face")).to_have_count(1)
    await page.locator("#items button", has_text="drawn.png").click()
    await expect(page.locator("rect.face")).to_have_count(0)
    await expect(page.locator('#items [aria-current="true"]')).to_contain_text("drawn.png")
    await expect(page.locator(WORD)).to_have_text(VERDICT)


async def many_picked(page: Page, count: int) -> None:
    await page.locator("#file").set_input_files(
        [
            {"name": f"{at}.png", "mimeType": "image/png", "buffer": encoded(drawn_face(at))}
            for at in range(count)
        ]
    )


async def test_a_key_that_is_given_serves_all_that_were_refused_without(
    page: Page, complaints: list[str]
) -> None:
    async def keyed(route: Route) -> None:
        headers = {**route.request.headers}
        if headers.pop("authorization", None):
            await route.continue_(headers=headers)
        else:
            await route.fulfill(status=401, json={"detail": "This needs a key."})

    await page.route("**/v1/checks", keyed)
    await many_picked(page, 3)
    await expect(page.locator("#items").get_by_text("no verdict")).to_have_count(3)
    await page.get_by_label("Your key").fill("candor_good")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.locator("#items .quiet").first).to_have_text("3 of 3 done", timeout=ANSWER_MS)
    await expect(page.locator("#items").get_by_text("no verdict")).to_have_count(0)
    complaints.clear()


@pytest.mark.parametrize("status", [429, 503])
async def test_many_wait_for_a_busy_service_and_go_on_by_themselves(
    page: Page, complaints: list[str], status: int
) -> None:
    asked: list[float] = []

    async def busy(route: Route) -> None:
        asked.append(time.monotonic())
        if len(asked) <= 2:
            problem = {"detail": "Come back in 2 s."}
            await route.fulfill(status=status, json=problem, headers={"Retry-After": "2"})
        else:
            await route.continue_()

    await page.route("**/v1/checks", busy)
    await many_picked(page, 4)
    await expect(page.get_by_text("Come back in 2 s.")).to_be_visible()
    await expect(page.get_by_text("It goes on by itself within 2 s.")).to_be_visible()
    await expect(page.locator("#items").get_by_text("waiting")).to_have_count(4)
    await expect(page.locator("#items .quiet").first).to_have_text("4 of 4 done", timeout=ANSWER_MS)
    await expect(page.locator("#items").get_by_text("no verdict")).to_have_count(0)
    assert len(asked) == 6
    assert asked[2] - asked[1] > 1.5
    complaints.clear()


async def test_a_service_that_is_busy_for_a_day_is_not_waited_for(
    page: Page, complaints: list[str]
) -> None:
    async def busy(route: Route) -> None:
        problem = {"detail": "Come back tomorrow."}
        await route.fulfill(status=429, json=problem, headers={"Retry-After": "86400"})

    await page.route("**/v1/checks", busy)
    await picked(page, "drawn.png", drawn())
    await expect(page.get_by_text("Come back tomorrow.")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    complaints.clear()


async def test_many_that_were_not_reached_are_tried_again_at_once(
    page: Page, complaints: list[str]
) -> None:
    await page.route("**/v1/checks", lambda route: route.abort("connectionrefused"))
    await many_picked(page, 3)
    await expect(page.locator("#items").get_by_text("no verdict")).to_have_count(3)
    await page.unroute("**/v1/checks")
    await page.get_by_role("button", name="Try all again").click()
    await expect(page.locator("#items").get_by_text("no verdict")).to_have_count(0)
    await expect(page.locator("#items .quiet").first).to_have_text("3 of 3 done", timeout=ANSWER_MS)
    await expect(page.get_by_role("button", name="Try all again")).to_have_count(0)
    complaints.clear()


async def test_the_keyboard_reaches_everything_in_order(page: Page) -> None:
    reached = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        reached.append(
            await page.evaluate(
                "document.activeElement.hash || document.activeElement.id"
                " || document.activeElement.type"
            )
        )
    views = ["#check", "#history", "#review", "#figures"]
    assert reached == [*views, "language", "file", "address", "submit"]


async def test_a_narrow_page_in_the_dark_does_not_scroll_sideways(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await picked(page, "portrait.png", portrait())
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await expect(page.locator(WORD)).to_be_in_viewport()


async def test_one_of_two_maps_lies_over_the_picture_or_none(page: Page) -> None:
    await picked(page, "portrait.png", portrait())
    edges = page.get_by_role("button", name="Where it sees a blended edge")
    gradient = page.get_by_role("button", name="What spoke for a fake")
    shown = page.locator("canvas.map")
    await edges.click()
    await expect(shown).to_have_attribute("aria-label", re.compile("expects a blended edge"))
    assert await shown.evaluate("map => map.width") == 512

    async with page.expect_response("**/v1/checks?explain=true") as asked:
        await gradient.click()
    await expect(shown).to_have_attribute("aria-label", re.compile("spoke for a fake"))
    await expect(edges).to_have_attribute("aria-pressed", "false")
    assert await same_place(page, "canvas.map", "#plate img")
    [face] = (await (await asked.value).json())["faces"]
    assert await shown.evaluate(ONLY_WITHIN, face["look"]["area"])

    await gradient.click()
    await expect(shown).to_have_count(0)
    await gradient.click()
    await expect(shown).to_have_count(1)


async def test_a_map_that_cannot_be_made_is_told(page: Page, complaints: list[str]) -> None:
    await picked(page, "portrait.png", portrait())
    gradient = page.get_by_role("button", name="What spoke for a fake")
    await page.route("**/v1/checks?explain=true", lambda route: route.abort())
    await gradient.click()
    await expect(page.locator(".heat [role=status]")).to_have_text(re.compile("No answer came"))
    await expect(page.locator("canvas.map")).to_have_count(0)
    await expect(gradient).to_be_enabled()
    complaints.clear()


async def test_of_a_picture_that_is_only_remembered_one_map_is_there(page: Page) -> None:
    await picked(page, "portrait.png", portrait())
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    await page.get_by_role("link", name="History").click()
    await page.get_by_role("link", name="portrait.png").click()
    await page.get_by_role("button", name="Where it sees a blended edge").click()
    await expect(page.locator("canvas.map")).to_be_visible()
    await expect(page.get_by_role("button", name="What spoke for a fake")).to_have_count(0)


async def test_a_clip_has_a_timeline_that_leads_into_it(page: Page) -> None:
    await picked(page, "clip.webm", clip([astronaut()] * 12, "webm", "libvpx-vp9"), "video/webm")
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    bars = page.locator(".timeline button")
    assert await bars.count() >= 3
    await bars.first.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    assert await page.locator("#plate video").evaluate("video => video.currentTime") > 0
    await expect(page.locator("rect.face")).to_have_count(1)
    await expect(page.locator("ol.scores li")).to_have_count(1)


async def test_what_is_no_clip_is_told_though_it_is_called_one(
    page: Page, complaints: list[str]
) -> None:
    await picked(page, "holiday.mp4", b"Dear diary, this is no clip at all.", "video/mp4")
    await expect(page.locator(".reason")).to_have_text(re.compile("no clip of a kind"))
    assert [said for said in complaints if "status of 4" not in said] == []
    complaints.clear()


async def test_what_was_checked_is_found_again_and_can_be_forgotten(page: Page) -> None:
    await picked(page, "<b>drawn</b>.png", drawn())
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    await page.get_by_role("link", name="History").click()
    await page.get_by_role("link", name="<b>drawn</b>.png").click()
    await expect(page.get_by_text("Not shown: pictures are not kept.")).to_be_visible()
    await expect(page.locator(WORD)).to_have_text(VERDICT)
    await page.get_by_role("link", name="History").click()
    await page.get_by_role("button", name="Forget all").click()
    await expect(page.get_by_text("Nothing yet.")).to_be_visible()


async def test_what_came_of_a_clip_is_found_again_too(page: Page) -> None:
    film = clip([astronaut()] * 12, "webm", "libvpx-vp9")
    await picked(page, "clip.webm", film, "video/webm")
    await expect(page.locator(".timeline")).to_be_visible(timeout=ANSWER_MS)
    told = await page.locator(".answer").inner_text()
    await page.reload()
    await page.get_by_role("link", name="History").click()
    await page.get_by_role("link", name="clip.webm").click()
    await expect(page.locator(".timeline")).to_be_visible()
    assert await page.locator(".answer").inner_text() == told
    await page.locator(".timeline button").last.click()
    await expect(page.locator("rect.face")).to_have_count(1)


async def test_a_line_that_is_cut_is_taken_up_again_without_sending_the_clip_anew(
    page: Page,
) -> None:
    clips = []
    page.on("request", lambda one: clips.append(one) if one.url.endswith("/v1/videos") else None)

    async def cut(route: Route) -> None:
        clip_id = route.request.url.split("/")[-2]
        check = {"id": clip_id, "state": "running", "progress": 0.1, "frames": 1}
        news = json.dumps({"check": check | {"created_at": "2026-03-29T12:00:00Z"}, "moments": []})
        await route.fulfill(body=f"data: {news}\n\n", content_type="text/event-stream")

    await page.route("**/events", cut, times=1)
    await picked(page, "clip.webm", clip([astronaut()] * 12, "webm", "libvpx-vp9"), "video/webm")
    await expect(page.locator(".timeline")).to_be_visible(timeout=ANSWER_MS)
    assert len(clips) == 1


async def test_a_reviewer_decides_by_keyboard(page: Page) -> None:
    await picked(page, "reported.png", encoded(drawn_face(7)))
    await page.get_by_text("Report as wrong").click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Reported.")).to_be_visible()
    await page.get_by_role("link", name="Review").click()
    await expect(page.locator("candor-review .conflict").first).to_contain_text("reported")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    async with page.expect_response("**/reviews") as sent:
        await page.keyboard.press("u")
    assert (await (await sent.value).json())["label"] == "uncertain"
    await expect(page.get_by_text("Kept: Uncertain.")).to_be_visible()


# Breaks the first line in which the service tells of a clip, after one event.
BREAKING = """() => {
    const given = window.fetch;
    let broken = false;
    window.fetch = async (place, options) => {
        const id = /videos\\/(\\w+)\\/events/.exec(place)?.[1];
        if (!id || broken) return given(place, options);
        broken = true;
        const check = { id, state: "running", progress: 0.1, frames: 1, created_at: new Date() };
        const news = `data: ${JSON.stringify({ check, moments: [] })}\\n\\n`;
        let told = false;
        return new Response(new ReadableStream({
            pull(stream) {
                if (told) stream.error(new TypeError("network error"));
                else stream.enqueue(new TextEncoder().encode(news));
                told = true;
            },
        }));
    };
}"""


async def test_a_line_that_breaks_is_followed_up_without_sending_the_clip_anew(
    page: Page, complaints: list[str]
) -> None:
    clips = []
    page.on("request", lambda one: clips.append(one) if one.url.endswith("/v1/videos") else None)
    await page.evaluate(BREAKING)
    # The service is away for the first time that it is asked, too.
    away = re.compile(r"/v1/videos/\w+$")
    await page.route(away, lambda route: route.abort("connectionrefused"), times=1)
    await picked(page, "clip.webm", clip([astronaut()] * 12, "webm", "libvpx-vp9"), "video/webm")
    await expect(page.locator(".timeline")).to_be_visible(timeout=ANSWER_MS)
    assert len(clips) == 1
    complaints.clear()


async def test_a_clip_that_the_service_lost_can_be_sent_anew(
    page: Page, complaints: list[str]
) -> None:
    await page.evaluate(BREAKING)
    lost = re.compile(r"/v1/videos/\w+$")
    await page.route(
        lost, lambda route: route.fulfill(status=404, json={"detail": "There is no such clip."})
    )
    await picked(page, "clip.webm", clip([astronaut()] * 12, "webm", "libvpx-vp9"), "video/webm")
    await expect(page.locator(".reason")).to_have_text(re.compile("lost on the way"))
    await page.unroute(lost)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".timeline")).to_be_visible(timeout=ANSWER_MS)
    complaints.clear()


async def test_of_two_clips_the_one_that_is_looked_at_is_cancelled(page: Page) -> None:
    await page.route("**/v1/videos", lambda route: asyncio.sleep(0))
    await page.locator("#file").set_input_files(
        [{"name": f"{at}.mp4", "mimeType": "video/mp4", "buffer": b"clip"} for at in range(2)]
    )
    await page.locator("#items button", has_text="1.mp4").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("#items button", has_text="1.mp4")).to_contain_text("no verdict")
    await expect(page.locator("#items button", has_text="0.mp4")).to_contain_text("checking")


async def test_a_key_held_down_or_pressed_too_soon_decides_on_nothing(
    page: Page, service: str
) -> None:
    checked = await page.request.post(f"{service}/v1/checks", data=drawn())
    verdict = await checked.json()
    items = [
        {"verdict": verdict | {"id": str(at) * 32}, "reasons": ["reported"], "history": {}}
        for at in range(1, 4)
    ]
    said: list[tuple[str, str]] = []
    kept = asyncio.Event()

    async def slow(route: Route) -> None:
        said.append((route.request.url.split("/")[-2][0], route.request.post_data_json["label"]))
        await kept.wait()
        await route.fulfill(json={})

    await page.route(
        "**/reviews/queue**", lambda route: route.fulfill(json={"items": items, "next": None})
    )
    await page.route("**/reviews", slow)
    await page.get_by_role("link", name="Review").click()
    await expect(page.get_by_text("1 of 3")).to_be_visible()
    await page.keyboard.press("r")
    await page.keyboard.press("f")
    await page.keyboard.press("j")
    await expect(page.get_by_role("button", name="Fake F")).to_be_disabled()
    kept.set()
    await expect(page.get_by_text("1 of 2")).to_be_visible()
    await expect(page.get_by_role("button", name="Fake F")).to_be_enabled()
    await page.keyboard.down("u")
    await expect(page.get_by_text("1 of 1")).to_be_visible()
    await page.keyboard.down("u")
    await page.keyboard.down("u")
    await page.keyboard.up("u")
    await page.keyboard.press("f")
    await expect(page.get_by_text("Nothing waits.")).to_be_visible()
    assert said == [("1", "real"), ("2", "uncertain"), ("3", "fake")]


async def test_figures_are_drawn_from_the_services_own(page: Page) -> None:
    await picked(page, "drawn.png", drawn())
    await expect(page.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    await page.get_by_role("link", name="Figures").click()
    sections = page.locator("candor-figures section")
    await expect(sections).to_have_count(4)
    counted = sections.nth(0).locator("b")
    assert int((await counted.first.inner_text()).replace(",", "")) >= 1
    await expect(sections.nth(2).get_by_role("rowheader", name="decode")).to_be_visible()


async def test_the_page_reads_in_korean(page: Page) -> None:
    await page.get_by_role("button", name="한국어").click()
    await expect(page.locator("h1").first).to_have_text("이 사진은 진짜일까요?")
    assert await page.evaluate("document.documentElement.lang") == "ko"
    await picked(page, "portrait.png", portrait())
    await expect(page.locator(WORD)).to_have_text(
        re.compile("진짜로 보임|가짜로 보임|판단하기 어려움"), timeout=ANSWER_MS
    )
    told = await page.locator("candor-check").inner_text()
    model = await page.locator("code").inner_text()
    told = told.replace(model, "").replace("https://example.org/portrait.jpg", "")
    assert set(re.findall(r"[A-Za-z]+", told)) <= {"PNG", "px", "s", "ms"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(page: Page, scheme: str) -> None:
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await axe_is_content(page)
    film = clip([astronaut()] * 3, "webm", "libvpx-vp9")
    await page.locator("#file").set_input_files(
        [
            {"name": "clip.webm", "mimeType": "video/webm", "buffer": film},
            {"name": "portrait.png", "mimeType": "image/png", "buffer": portrait()},
        ]
    )
    await expect(page.locator("#items .quiet").first).to_have_text("2 of 2 done", timeout=ANSWER_MS)
    await expect(page.locator(".timeline")).to_be_visible()
    await axe_is_content(page)
    await page.locator("#items button", has_text="portrait.png").click()
    await page.locator(".heat button").first.click()
    await expect(page.locator("canvas.map")).to_be_visible()
    await axe_is_content(page)
    for view in ("history", "review", "figures"):
        await page.evaluate(f"location.hash = '{view}'")
        await expect(page.locator(f"candor-{view} h1")).to_be_visible()
        await axe_is_content(page)


async def axe_is_content(page: Page) -> None:
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


@pytest.fixture
async def filmed(service: str) -> AsyncIterator[Page]:
    """The page in a browser with a camera that may be used."""
    async with async_playwright() as playwright:
        flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=[*FLAGS, *flags]
        )
        page = await browser.new_page()
        page.set_default_timeout(ANSWER_MS)
        await page.add_init_script(CAMERA)
        await page.goto(service)
        yield page
        await browser.close()


# Keeps every camera that was given out, and gives none while `hold` is set.
CAMERA = """window.cameras = [];
const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
    await window.hold;
    const camera = await given(wanted);
    cameras.push(...camera.getTracks());
    return camera;
};"""
LIVE = "() => cameras.map((camera) => camera.readyState)"


async def test_the_camera_has_a_running_verdict_and_tells_its_frames_a_second(
    filmed: Page,
) -> None:
    await filmed.get_by_role("button", name="Use the camera").click()
    await expect(filmed.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    rate = filmed.locator("#live .quiet")
    await expect(rate).to_have_text(re.compile(r"^\d+\.\d frames a second$"), timeout=ANSWER_MS)
    await filmed.get_by_role("link", name="History").click()
    assert await filmed.evaluate(LIVE) == ["ended"]
    await filmed.get_by_role("link", name="Check").click()
    await expect(filmed.get_by_role("button", name="Use the camera")).to_be_visible()


async def test_a_camera_that_comes_after_it_was_given_up_goes_off(filmed: Page) -> None:
    await filmed.evaluate(
        "void (window.hold = new Promise((resolve) => { window.release = resolve; }))"
    )
    await filmed.get_by_role("button", name="Use the camera").click()
    await filmed.get_by_role("button", name="Stop the camera").click()
    await filmed.evaluate("window.release()")
    await filmed.wait_for_function("() => cameras.length === 1")
    assert await filmed.evaluate(LIVE) == ["ended"]
    await expect(filmed.locator("#plate video")).to_have_count(0)
    await expect(filmed.get_by_role("button", name="Use the camera")).to_be_visible()


async def test_a_camera_that_is_pulled_out_is_let_go_of(filmed: Page) -> None:
    await filmed.get_by_role("button", name="Use the camera").click()
    await expect(filmed.locator(WORD)).to_have_text(VERDICT, timeout=ANSWER_MS)
    asked = []
    filmed.on("request", lambda request: asked.append(request.url))
    await filmed.evaluate("document.querySelector('#plate video').srcObject = null")
    await expect(filmed.get_by_role("button", name="Use the camera")).to_be_visible()
    asked.clear()
    await filmed.wait_for_timeout(1500)
    assert asked == []
    assert await filmed.evaluate(LIVE) == ["ended"]
