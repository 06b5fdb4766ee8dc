"""Masks of glyphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cairocffi as cairo
import pytest

from inkmerge.fonts import FontCatalog, FontInstance, FontQuery
from inkmerge.raster.glyph_masks import mask_of
from inkmerge.text.outlines import glyph_outline


def font_of(family: str) -> FontInstance:
    return FontCatalog.open().match(FontQuery((family,)))


def glyph_of(font: FontInstance, character: str) -> int:
    return int(font.hb_font.get_nominal_glyph(ord(character)))


def filled(
    font: FontInstance, glyph_id: int, scale: float, size: tuple[int, int], at: Sequence[float]
) -> Any:
    """Fill an outline command by command, with its origin somewhere in a surface of coverage."""
    surface = cairo.ImageSurface(cairo.FORMAT_A8, *size)
    context = cairo.Context(surface)
    context.translate(*at)
    context.scale(scale, -scale)
    x = y = 0.0
    for command, numbers in glyph_outline(font, glyph_id):
        if command == "Q":
            x1, y1, x2, y2 = numbers
            first = x + 2 / 3 * (x1 - x), y + 2 / 3 * (y1 - y)
            context.curve_to(*first, x2 + 2 / 3 * (x1 - x2), y2 + 2 / 3 * (y1 - y2), x2, y2)
        else:
            draw = {
                "M": context.move_to,
                "L": context.line_to,
                "C": context.curve_to,
                "Z": context.close_path,
            }
            draw[command](*numbers)
        x, y = numbers[-2:] or (x, y)
    context.fill()
    return surface


@pytest.mark.parametrize(
    ("family", "character"), [("Inter", "g"), ("Inter", "Å"), ("Noto Sans CJK JP", "漢"), ("Caveat", "&")]
)
@pytest.mark.parametrize("step", [(0, 0), (1, 3), (2, 0)])
def test_a_mask_is_the_outline_filled_at_a_quarter_of_a_pixel(
    family: str, character: str, step: tuple[int, int]
):
    font = font_of(family)
    glyph_id, scale = glyph_of(font, character), 40 / font.upem
    surface, left, top = mask_of(font, glyph_id, scale, step)
    size = surface.get_width(), surface.get_height()
    expected = filled(font, glyph_id, scale, size, (step[0] / 4 - left, step[1] / 4 - top))
    surface.flush()
    expected.flush()
    assert bytes(surface.get_data()) == bytes(expected.get_data())
    assert set(bytes(surface.get_data())) > {0, 255}
    wide = filled(
        font, glyph_id, scale, (size[0] + 8, size[1] + 8), (4 + step[0] / 4 - left, 4 + step[1] / 4 - top)
    )
    wide.flush()
    rows = [bytes(wide.get_data())[wide.get_stride() * n :][: size[0] + 8] for n in range(size[1] + 8)]
    assert not any(rows[0] + rows[3] + rows[-4] + rows[-1])  # nothing lies outside
    assert not any(row[3] or row[-4] for row in rows)


def test_a_space_has_no_mask():
    font = font_of("Inter")
    assert mask_of(font, glyph_of(font, " "), 0.01, (0, 0)).surface is None
