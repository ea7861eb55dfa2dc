"""A small newspaper on two local ports: the page that the extension is tried on.

Its pictures come to the page in every way that matters. Photographs are those that scikit-image
ships; the rest is drawn here.
"""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import skimage
from PIL import ExifTags, Image, ImageDraw, ImageFilter

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"
PAGE = Path(__file__).with_name("newspaper.html")

# As strict as a page with a script of its own can be; Candor must work under it.
POLICY = (
    "default-src 'none'; img-src * data: blob:; frame-src *; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; trusted-types 'none'; "
    "require-trusted-types-for 'script'"
)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a picture in the format `kind`."""
    body = io.BytesIO()
    picture.save(body, kind, **options)
    return body.getvalue()


def photograph(name: str, width: int = 640) -> Image.Image:
    """A photograph of scikit-image, no wider than `width`."""
    picture = Image.open(PHOTOGRAPHS / name).convert("RGB")
    picture.thumbnail((width, width))
    return picture


def landscape(sky: str, hills: tuple[str, ...]) -> Image.Image:
    """A drawn evening: a sun over ranges of hills."""
    picture = Image.new("RGB", (640, 420), sky)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((400, 90, 500, 190), fill="#ffe9b8")
    for range_, colour in enumerate(hills):
        base = 200 + range_ * 55
        ridge = [(x * 80, base + (37 * (x + 3 * range_) ** 2) % 70) for x in range(9)]
        pen.polygon([(0, 420), *ridge, (640, 420)], fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(1.2))


def turned(picture: Image.Image) -> bytes:
    """A JPEG that lies on its side, and says in its EXIF data how to set it upright."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return encoded(picture.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)


def emblem() -> Image.Image:
    """The mark of the newspaper, a lens: too small for a badge."""
    mark = Image.new("RGB", (160, 160), "#fbfaf7")
    pen = ImageDraw.Draw(mark)
    pen.ellipse((10, 10, 150, 150), outline="#1b1b1a", width=14)
    pen.ellipse((50, 50, 110, 110), fill="#b4231a")
    return mark.resize((40, 40))


def animation() -> bytes:
    """A GIF of a dot that wanders."""
    frames = []
    for step in range(6):
        frame = Image.new("RGB", (320, 214), "#183a4a")
        x = 30 + step * 45
        ImageDraw.Draw(frame).ellipse((x, 85, x + 44, 129), fill="#f2b35d")
        frames.append(frame)
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=250, loop=0)


@cache
def pictures() -> dict[str, tuple[str, bytes]]:
    """Every path of the newspaper with its content type and bytes."""
    dusk = landscape("#e8926f", ("#a85d63", "#6d4560", "#3a2c4a"))
    dawn = landscape("#9cc4dd", ("#7b9fb0", "#4d7a83", "#2c4f57"))
    return {
        "/astronaut.png": ("image/png", encoded(photograph("astronaut.png"), "PNG")),
        "/coffee.webp": ("image/webp", encoded(photograph("coffee.png"), "WEBP", quality=90)),
        "/cat-320.jpg": ("image/jpeg", encoded(photograph("chelsea.png", 320), "JPEG")),
        "/cat-640.jpg": ("image/jpeg", encoded(photograph("chelsea.png", 640), "JPEG")),
        "/rocket.jpg": ("image/jpeg", turned(photograph("rocket.jpg"))),
        "/rocket.webp": ("image/webp", encoded(photograph("rocket.jpg"), "WEBP", quality=85)),
        "/galaxies.jpg": ("image/jpeg", encoded(photograph("hubble_deep_field.jpg"), "JPEG")),
        "/motorcycle.jpg": ("image/jpeg", encoded(photograph("motorcycle_left.png"), "JPEG")),
        "/cameraman.png": ("image/png", encoded(photograph("camera.png", 400), "PNG")),
        "/coins.png": ("image/png", encoded(photograph("coins.png"), "PNG")),
        "/moon.jpg": ("image/jpeg", encoded(photograph("moon.png"), "JPEG")),
        "/grass.jpg": ("image/jpeg", encoded(photograph("grass.png", 320), "JPEG")),
        "/gravel.jpg": ("image/jpeg", encoded(photograph("gravel.png", 320), "JPEG")),
        "/dusk.png": ("image/png", encoded(dusk, "PNG")),
        "/dawn.jpg": ("image/jpeg", encoded(dawn, "JPEG")),
        "/wanderer.gif": ("image/gif", animation()),
        "/icon.png": ("image/png", encoded(emblem(), "PNG")),
        "/broken.png": ("image/png", b"this is no picture"),
    }


class Handler(BaseHTTPRequestHandler):
    """Serves what its server holds."""

    server: Press

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.headers["Cookie"]:
            self.server.identified.append(self.path)
        kind, body = self.server.printed.get(self.path, ("text/plain", b""))
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", self.server.policy)
        if self.path in self.server.shared:
            self.send_header("Access-Control-Allow-Origin", "*")
        if self.path in self.server.caching:
            self.send_header("Cache-Control", self.server.caching[self.path])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the test report is for the tests."""


class Press(ThreadingHTTPServer):
    """A web server on a free port, with `printed` at hand by path.

    `asked` are the paths that it heard, and `identified` those that came with a cookie.

    Browsers are told what `caching` has of a path, and that pages of other sites may read what is
    in `shared`.
    """

    policy = POLICY

    def __init__(self, printed: dict[str, tuple[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.printed = printed
        self.asked: list[str] = []
        self.identified: list[str] = []
        self.caching: dict[str, str] = {}
        self.shared: set[str] = set()

    def pin(self, body: str, head: str = "", html: str = '<html lang="en">') -> str:
        """Publish a page, and tell its address."""
        path = f"/pinned-{len(self.printed)}"
        page = f'<!doctype html>{html}<meta charset="utf-8"><title>.</title>{head}<body>{body}'
        self.printed[path] = ("text/html; charset=utf-8", page.encode())
        return self.url + path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def wall() -> Iterator[Press]:
    """A site with all pictures and no page; tests pin up their own."""
    with Press(dict(pictures())) as press:
        threading.Thread(target=press.serve_forever, daemon=True).start()
        yield press
        press.shutdown()


@contextmanager
def published() -> Iterator[str]:
    """The newspaper's address, while it is served; a second port stands for a picture host."""
    printed = pictures()
    with Press(printed) as elsewhere, Press(dict(printed)) as here:
        data = base64.b64encode(printed["/dawn.jpg"][1]).decode()
        page = PAGE.read_text(encoding="utf-8")
        page = page.replace("{elsewhere}", elsewhere.url).replace("{data}", data)
        here.printed["/"] = ("text/html; charset=utf-8", page.encode())
        for press in (elsewhere, here):
            threading.Thread(target=press.serve_forever, daemon=True).start()
        yield here.url
        elsewhere.shutdown()
        here.shutdown()
