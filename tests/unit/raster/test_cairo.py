from __future__ import annotations

import io
import re
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from inkmerge.alt import TextAlternative
from inkmerge.errors import RasterizerUnavailable, RenderError
from inkmerge.flat.document import IMAGE_SCHEME, FlatDocument
from inkmerge.images import ImageFolders, ImageSource, open_image
from inkmerge.limits import Limits
from inkmerge.raster import cairo as cairo_module
from inkmerge.raster import libcairo_version, rasterize, to_pdf, unavailable

NAMES = {
    b"\xff\xff\xff\xff": "W",
    b"\x00\x00\xff\xff": "R",
    b"\x00\x00\x00\x00": "_",
    b"\xff\x00\x00\xff": "B",
}


def flat(
    body: str, width: int = 8, height: int = 4, images: dict[str, ImageSource] | None = None
) -> FlatDocument:
    source = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{body}</svg>'
    return FlatDocument(etree.fromstring(source), width, height, images or {})


def art(document: FlatDocument, scale: float = 1) -> list[str]:
    width, height = round(document.width * scale), round(document.height * scale)
    canvas = rasterize(document, width, height, 96 * scale)
    rows = [canvas.data[canvas.stride * row :][: 4 * width] for row in range(height)]
    return ["".join(NAMES.get(bytes(row[at : at + 4]), "?") for at in range(0, 4 * width, 4)) for row in rows]


RED = 'fill="#ff0000"'


def test_a_path_covers_its_pixels() -> None:
    assert art(flat(f'<path d="M 2 1 H 6 V 3 H 2 Z" {RED}/>')) == [
        "________",
        "__RRRR__",
        "__RRRR__",
        "________",
    ]


def test_pixels_double_with_the_density() -> None:
    assert art(flat(f'<path d="M 1 0 H 2 V 1 H 1 Z" {RED}/>', 3, 1), 2) == ["__RR__", "__RR__"]


def test_a_group_is_clipped_and_moved() -> None:
    body = (
        '<defs><clipPath id="c"><path d="M 0 0 H 2 V 2 H 0 Z" fill="#000000"/></clipPath></defs>'
        f'<g transform="translate(3 1)"><g clip-path="url(#c)"><path d="M 0 0 H 9 V 9 H 0 Z" {RED}/></g></g>'
    )
    assert art(flat(body)) == ["________", "___RR___", "___RR___", "________"]


def picture(tmp_path: Path, image: Image.Image) -> tuple[str, dict[str, ImageSource]]:
    image.save(tmp_path / "p.png")
    source = open_image("p.png", ImageFolders(tmp_path), Limits(), None)  # type: ignore[arg-type]  # no place needed
    return IMAGE_SCHEME + source.digest, {source.digest: source}


def test_a_picture_fills_its_frame(tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 100), "red")
    image.paste("blue", (200, 0, 400, 100))
    href, images = picture(tmp_path, image)
    body = f'<image href="{href}" x="0" y="0" width="8" height="4" preserveAspectRatio="none"/>'
    assert art(flat(body, 8, 4, images)) == ["RRRRBBBB"] * 4


def objects(pdf: bytes) -> bytes:
    """Return a PDF with its streams inflated: from cairo 1.18 on, most objects are in one."""
    found = [pdf]
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return b"\n".join(found)


def test_a_pdf_has_its_physical_size_its_title_and_the_same_bytes() -> None:
    document = flat(f'<path d="M 0 0 H 9 V 9 H 0 Z" {RED}/>', 96, 48)
    data = to_pdf(document, TextAlternative("Hello"))
    assert data.startswith(b"%PDF")
    said = objects(data)
    assert re.search(rb"/MediaBox \[ ?0 0 72 36 ?\]", said)
    assert b"(Hello)" in said
    assert data == to_pdf(document, TextAlternative("Hello"))


def test_what_cairosvg_cannot_draw_is_a_render_error() -> None:
    with pytest.raises(RenderError):
        rasterize(flat('<path d="M 0 0 H 9" fill="rgb(x)"/>'), 8, 4, 96)


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        (OSError("no library called cairo-2 was found"), "apt-get install libcairo2"),
        (
            MemoryError("Cannot allocate write+execute memory for ffi.callback()"),
            "pip install --upgrade cffi",
        ),
    ],
)
def test_without_libcairo_resvg_draws_and_a_finding_has_the_command(
    fault: Exception, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    def fail() -> None:
        raise fault

    cairo_module._library.cache_clear()
    monkeypatch.setitem(sys.modules, "inkmerge.raster.cairo_surfaces", None)
    monkeypatch.setattr(cairo_module, "_import_surfaces", fail)
    with pytest.raises(RasterizerUnavailable) as caught:
        rasterize(flat(""), 8, 4, 96, "cairo")
    assert cure in str(caught.value.hint)
    assert libcairo_version() is None
    assert art(flat(f'<path d="M 0 0 H 8 V 4 H 0 Z" {RED}/>')) == ["RRRRRRRR"] * 4
    finding = unavailable("auto", "t.svg")
    assert finding is not None
    assert cure in str(finding.hint)
    cairo_module._library.cache_clear()


def test_libcairo_says_its_version() -> None:
    cairo_module._library.cache_clear()
    assert libcairo_version()


def test_a_png_of_the_canvas_reads_back() -> None:
    canvas = rasterize(flat(f'<path d="M 0 0 H 8 V 4 H 0 Z" {RED}/>'), 8, 4, 96)
    out = io.BytesIO()
    Image.frombuffer("RGBa", (8, 4), canvas.data, "raw", "BGRa", canvas.stride).convert("RGBA").save(
        out, "PNG"
    )
    assert Image.open(out).getpixel((3, 2)) == (255, 0, 0, 255)
