"""Glyphs that cairo paints from our outlines."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cairocffi as cairo
import pytest

from inkmerge.fonts import FontCatalog, FontInstance, FontQuery
from inkmerge.raster import glyph_fonts
from inkmerge.raster.glyph_fonts import paint_run
from inkmerge.text.glyph_runs import GlyphRun, Stretch
from inkmerge.text.outlines import glyph_outline
from inkmerge.text.shaping import Glyph


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


def painted(
    font: FontInstance, glyph_ids: Sequence[int], size: tuple[int, int], places: Sequence[Any]
) -> Any:
    """Paint glyphs of 40 px at places on a surface of coverage."""
    surface = cairo.ImageSurface(cairo.FORMAT_A8, *size)
    glyphs = tuple(
        Glyph(glyph_id, font, 10, x / 4, y / 4, 0) for glyph_id, (x, y) in zip(glyph_ids, places, strict=True)
    )
    paint_run(cairo.Context(surface), GlyphRun((Stretch(0, 0, glyphs),), (0, 0, 0, 0)), (4, 0, 0, 4, 0, 0))
    surface.flush()
    return bytes(surface.get_data())


FACES = [("Inter", "g"), ("Inter", "Å"), ("Noto Sans CJK JP", "漢"), ("Caveat", "&")]


@pytest.mark.parametrize(("family", "character"), FACES)
@pytest.mark.parametrize("at", [(20.0, 60.0), (20.25, 60.75), (20.5, 60.0), (7.75, 40.5)])
def test_a_glyph_is_its_outline_filled_at_a_quarter_of_a_pixel(
    family: str, character: str, at: tuple[float, float]
):
    font = font_of(family)
    glyph_id, size = glyph_of(font, character), (80, 80)
    found = painted(font, [glyph_id], size, [at])
    expected = filled(font, glyph_id, 40 / font.upem, size, at)
    expected.flush()
    assert found == bytes(expected.get_data())
    assert set(found) > {0, 255}


@pytest.mark.parametrize(("family", "character"), FACES)
def test_a_glyph_is_put_at_the_nearest_quarter(family: str, character: str):
    font, size = font_of(family), (80, 80)
    glyph_id = glyph_of(font, character)
    near = painted(font, [glyph_id] * 2, size, [(10.12, 40.13), (40.9, 60.6)])
    exact = painted(font, [glyph_id] * 2, size, [(10.0, 40.25), (41.0, 60.5)])
    assert near == exact


def test_a_space_paints_nothing():
    font = font_of("Inter")
    assert not any(painted(font, [glyph_of(font, " ")], (40, 40), [(20, 20)]))


def test_threads_paint_with_fonts_that_are_new_to_all_of_them():
    face = font_of("Caveat").face
    ways = [FontInstance(face, (), 0.01 * n, synthetic_bold=False) for n in range(20)]
    expected = [painted(way, [40, 41], (80, 80), [(10, 40), (30, 40)]) for way in ways]
    again = [FontInstance(face, (), 0.01 * n, synthetic_bold=False) for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda way: painted(way, [40, 41], (80, 80), [(10, 40), (30, 40)]), again * 8))
    assert found == expected * 8
    assert len(set(expected)) > len(ways) / 2  # slanted more and more


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_glyph_that_cannot_be_had_is_an_error(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ValueError("no outline")

    font = FontInstance(font_of("Caveat").face, (), 0.3, synthetic_bold=False)
    monkeypatch.setattr(glyph_fonts, "_shape_of", fail)
    surface = cairo.ImageSurface(cairo.FORMAT_A8, 40, 40)
    run = GlyphRun((Stretch(0, 0, (Glyph(40, font, 10, 5, 5, 0),)),), (0, 0, 0, 0))
    context = cairo.Context(surface)
    paint_run(context, run, (4, 0, 0, 4, 0, 0))
    with pytest.raises(cairo.CairoError):
        context.restore()
