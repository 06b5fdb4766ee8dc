"""Each `NAME.svg` here is filled with its examples and compared with `NAME.flat.svg` and `NAME.png` beside it.

`make golden` writes both anew; look at every picture before you commit it.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image, ImageChops

from inkmerge import Template

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.rglob("*.svg") if not path.name.endswith(".flat.svg"))
LARGEST = 20 * 1024
TOLERANCE = 24
"""Levels by which a pixel may differ: versions of cairo and HarfBuzz round edges differently."""
OUTLIERS = 0.002
_NUMBER = re.compile(r"-?\d+\.\d+")
_PICTURE = re.compile(r"data:image/png;base64,[^\"]*")


def plain(svg: bytes) -> str:
    """Return flat SVG in a form for people: an element a line, numbers to a tenth, pictures left out."""
    text = _PICTURE.sub("data:…", svg.decode()).replace("><", ">\n<")
    return _NUMBER.sub(lambda match: f"{float(match[0]):.1f}", text) + "\n"


def examples(template: Template) -> dict[str, object]:
    return {field.name: field.example for field in template.fields}


def drawn(template: Template, path: Path) -> bytes:
    """Return a PNG of twice the size; filters are drawn by resvg, from the flat SVG."""
    if path.parent.name != "filters":
        return template.render(examples(template), 192, "png", on_error="raise").data
    resvg = pytest.importorskip("svg2png_py")
    root = etree.fromstring(template.flat_svg(examples(template)))
    for side in ("width", "height"):
        root.set(side, str(2 * float(root.get(side, "0"))))
    rgba, width, height = resvg.svg_to_rgba(etree.tostring(root).decode(), resvg.FontDatabase())
    png = io.BytesIO()
    Image.frombuffer("RGBa", (width, height), rgba, "raw", "RGBa", 0, 1).convert("RGBA").save(png, "PNG")
    return png.getvalue()


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_template_becomes_this_flat_svg(path: Path, update_golden: bool) -> None:
    template = Template.load(path)
    found = plain(template.flat_svg(examples(template)))
    golden = path.with_suffix(".flat.svg")
    if update_golden:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_template_becomes_this_picture(path: Path, update_golden: bool, tmp_path: Path) -> None:
    data = drawn(Template.load(path), path)
    golden = path.with_suffix(".png")
    if update_golden:
        golden.write_bytes(data)
    assert golden.stat().st_size <= LARGEST
    found, wanted = (Image.open(io.BytesIO(one)).convert("RGBA") for one in (data, golden.read_bytes()))
    difference = ImageChops.difference(found, wanted).convert("RGB").convert("L")
    off = sum(difference.histogram()[TOLERANCE:]) / (found.width * found.height)
    if off > OUTLIERS:
        (tmp_path / path.name).with_suffix(".png").write_bytes(data)
    assert off <= OUTLIERS, f"{off:.2%} of the pixels differ; ours is in {tmp_path}"
