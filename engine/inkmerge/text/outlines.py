"""Glyphs → outlines in font units, and outlines → path data."""

from __future__ import annotations

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


@lru_cache(maxsize=_CACHED_GLYPHS)
def glyph_outline(font: FontInstance, glyph_id: int) -> Outline:
    """Return the outline of a glyph, slanted and emboldened where the face has no such style; empty for a space."""
    segments: list[Segment] = []
    font.hb_font.draw_glyph(glyph_id, _FUNCTIONS, segments)
    return tuple(segments)


def path_data(outline: Outline, matrix: Transform) -> str:
    """Write an outline as path data, moved by a matrix that also turns y down."""
    a, b, c, d, e, f = matrix
    words: list[str] = []
    for command, points in outline:
        words.append(command)
        for index in range(0, len(points), 2):
            x, y = points[index], points[index + 1]
            words.append(f"{round(a * x + c * y + e, 3):.10g} {round(b * x + d * y + f, 3):.10g}")
    return " ".join(words)
