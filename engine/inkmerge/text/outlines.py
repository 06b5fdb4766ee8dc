"""Glyphs → outlines in font units, and outlines → path data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import uharfbuzz as hb
from fontTools.misc.transform import Transform

from inkmerge.fonts import FontInstance

Segment = tuple[str, tuple[float, ...]]
Outline = tuple[Segment, ...]
"""Commands M, L, Q, C with their coordinates in font units, y up, and Z without any."""

_CACHED_GLYPHS: Final = 8192


def _draw_functions() -> Any:
    functions = hb.DrawFuncs()
    functions.set_move_to_func(lambda x, y, into: into.append(("M", (x, y))))
    functions.set_line_to_func(lambda x, y, into: into.append(("L", (x, y))))
    functions.set_quadratic_to_func(lambda *a: a[4].append(("Q", a[:4])))
    functions.set_cubic_to_func(lambda *a: a[6].append(("C", a[:6])))
    functions.set_close_path_func(lambda into: into.append(("Z", ())))
    return functions


_FUNCTIONS: Final = _draw_functions()


def glyph_outline(font: FontInstance, glyph_id: int) -> Outline:
    """Return the outline of a glyph, slanted and emboldened where the face has no such style; empty for a space.

    It is not cached: who asks keeps what they make of it.
    """
    segments: list[Segment] = []
    font.hb_font.draw_glyph(glyph_id, _FUNCTIONS, segments)
    return tuple(segments)


@dataclass(frozen=True, slots=True)
class _Template:
    """An outline as path data without its numbers.

    Attributes:
        text: Commands, with `%.7g` for each number.
        xs: In font units.
        ys: In font units, y up.
    """

    text: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@lru_cache(maxsize=_CACHED_GLYPHS)
def _template(font: FontInstance, glyph_id: int) -> _Template:
    outline = glyph_outline(font, glyph_id)
    words = [" ".join((command, *("%.7g" for _ in points))) for command, points in outline]
    numbers = [number for _, points in outline for number in points]
    return _Template(" ".join(words), tuple(numbers[::2]), tuple(numbers[1::2]))


def glyph_path(font: FontInstance, glyph_id: int, matrix: Transform) -> str:
    """Return the outline of a glyph as path data, moved by a matrix that also turns y down; empty for a space."""
    template = _template(font, glyph_id)
    a, b, c, d, e, f = matrix
    numbers = [0.0] * (2 * len(template.xs))
    if b or c:
        points = tuple(zip(template.xs, template.ys, strict=True))
        numbers[::2] = [a * x + c * y + e for x, y in points]
        numbers[1::2] = [b * x + d * y + f for x, y in points]
    else:
        numbers[::2] = [a * x + e for x in template.xs]
        numbers[1::2] = [d * y + f for y in template.ys]
    data = template.text % tuple(numbers)
    if "e" in data:  # numbers too small or too large to be written plainly
        data = template.text.replace("%.7g", "%.3f") % tuple(numbers)
    return data
