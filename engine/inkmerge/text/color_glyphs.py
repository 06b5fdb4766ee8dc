"""Colour glyphs (COLR, CBDT, sbix) → PNG pictures and where they go."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import uharfbuzz as hb
from PIL import Image

from inkmerge.fonts import FontInstance

_LARGEST_PX: Final = 1024


@dataclass(frozen=True, slots=True)
class ColorGlyph:
    """A picture of a glyph.

    Attributes:
        png: The encoded picture.
        columns: Pixels across.
        rows: Pixels down.
        x: Left edge from the origin, in ems.
        y: Top edge from the origin, in ems, y down.
        width: In ems.
        height: In ems.
    """

    png: bytes
    columns: int
    rows: int
    x: float
    y: float
    width: float
    height: float


@lru_cache(maxsize=512)
def color_glyph(font: FontInstance, glyph_id: int, size_px: int) -> ColorGlyph | None:
    """Draw a colour glyph at a font size in pixels; None when it has no colours.

    Bitmap glyphs come in the size that the font has; vector ones are drawn at the size asked for.
    """
    size_px = max(1, min(size_px, _LARGEST_PX))
    face = font.face.hb_face
    if face.has_color_paint or face.has_color_layers:
        return _painted(font, glyph_id, size_px)
    if face.has_color_png:
        return _bitmap(font, glyph_id)
    return None


def _painted(font: FontInstance, glyph_id: int, size_px: int) -> ColorGlyph | None:
    extents = font.hb_font.get_glyph_extents(glyph_id)
    if extents is None or not extents.width:
        return None
    scale = size_px / font.upem
    paint = hb.RasterPaint()
    paint.transform = (scale, 0, 0, scale, 0, 0)
    paint.set_glyph_extents(extents)
    if not paint.paint_glyph_or_fail(font.hb_font, glyph_id):
        return None
    image = paint.render()
    if image is None or not image.extents.width or not image.extents.height:
        return None
    box = image.extents
    pixels = Image.frombuffer("RGBa", (box.width, box.height), image.buffer, "raw", "BGRa", box.stride, -1)
    png = _png(pixels.convert("RGBA"))
    top = -(box.y_origin + box.height)
    return ColorGlyph(
        png,
        box.width,
        box.height,
        box.x_origin / size_px,
        top / size_px,
        box.width / size_px,
        box.height / size_px,
    )


def _bitmap(font: FontInstance, glyph_id: int) -> ColorGlyph | None:
    blob = font.hb_font.get_glyph_color_png(glyph_id)
    data = bytes(blob.data or b"") if blob is not None else b""
    extents = font.hb_font.get_glyph_extents(glyph_id)
    if not data or extents is None or not extents.width:
        return None
    with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
        columns, rows = opened.size
    upem = font.upem
    return ColorGlyph(
        data,
        columns,
        rows,
        extents.x_bearing / upem,
        -extents.y_bearing / upem,
        extents.width / upem,
        math.fabs(extents.height) / upem,
    )


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
