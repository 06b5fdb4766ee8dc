"""Glyphs of one paint, upright and in their places: what may be painted from masks instead of outlines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from fontTools.misc.transform import Transform

from inkmerge.fonts import FontInstance
from inkmerge.text.outlines import glyph_path
from inkmerge.text.shaping import Glyph

GLYPHS: Final = "glyphs"
"""Attribute of a path of a `FlatDocument`, never written out: the key of the `GlyphRun` that it draws.

Such a path has no `d` until someone needs outlines: see `FlatDocument.outline`.
"""
INK: Final = "ink"
"""Attribute beside it: left, top, right and bottom of what the glyphs cover, in user units."""


_LARGEST_PX: Final = 200.0
"""Font size above which outlines are filled: such masks would take more memory than they save time."""
_SMALLEST_PX: Final = 0.1


class Stretch(NamedTuple):
    """Glyphs of one face and size that hang together, and the point from which they are measured, in user units."""

    x: float
    y: float
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class GlyphRun:
    """Glyphs that one path shows.

    Attributes:
        stretches: In paint order; upright, not stretched, none empty.
        ink: Left, top, right and bottom of what they cover, in user units.
    """

    stretches: tuple[Stretch, ...]
    ink: tuple[float, float, float, float]

    @property
    def largest_unit(self) -> float:
        """The largest font unit of its faces, in user units."""
        return max([glyphs[0].size / glyphs[0].font.upem for _, _, glyphs in self.stretches])

    def suits_masks(self, matrix: Sequence[float]) -> bool:
        """Tell whether masks may paint it: under a matrix (a, b, c, d, e, f) that only moves and enlarges evenly, in usual sizes."""
        scale, b, c, d, _, _ = matrix
        if not (b == c == 0 and scale == d):
            return False
        return all(_SMALLEST_PX < stretch.glyphs[0].size * scale < _LARGEST_PX for stretch in self.stretches)

    def outline(self) -> str:
        """Return the glyphs as path data."""
        data = []
        for left, baseline, glyphs in self.stretches:
            for glyph_id, font, size, x, y, _ in glyphs:
                em = size / font.upem
                data.append(glyph_path(font, glyph_id, Transform(em, 0, 0, -em, left + x, baseline + y)))
        return " ".join(filter(None, data))


def ink_of(stretches: Sequence[Stretch]) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom of what glyphs cover, in user units, or None for nothing but spaces."""
    left = top = math.inf
    right = bottom = -math.inf
    for start, baseline, glyphs in stretches:
        font = glyphs[0].font
        em, boxes = glyphs[0].size / font.upem, _boxes(font)
        low, high = math.inf, -math.inf  # in font units above the baseline
        for glyph_id, _, _, x_offset, y_offset, _ in glyphs:
            if glyph_id not in boxes:
                boxes[glyph_id] = _box(font, glyph_id)
            if (box := boxes[glyph_id]) is None:
                continue
            first, below, last, above = box
            x = start + x_offset
            if (edge := x + first * em) < left:
                left = edge
            if (edge := x + last * em) > right:
                right = edge
            lowered = y_offset / em if y_offset else 0
            if (edge := below - lowered) < low:
                low = edge
            if (edge := above - lowered) > high:
                high = edge
        top, bottom = min(top, baseline - high * em), max(bottom, baseline - low * em)
    return (left, top, right, bottom) if left < math.inf else None


@lru_cache(maxsize=256)
def _boxes(_: FontInstance) -> dict[int, tuple[float, float, float, float] | None]:
    """Return the boxes of a font's glyphs that are known, to which others are added."""
    return {}


def _box(font: FontInstance, glyph_id: int) -> tuple[float, float, float, float] | None:
    """Return left, bottom, right and top of a glyph in font units, or None for a space."""
    found = font.hb_font.get_glyph_extents(glyph_id)
    if found is None or not found.width:
        return None
    return (
        found.x_bearing,
        found.y_bearing + found.height,
        found.x_bearing + found.width,
        found.y_bearing,
    )
