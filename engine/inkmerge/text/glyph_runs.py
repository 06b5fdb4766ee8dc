"""Glyphs of one paint, upright and in their places: what may be painted from masks instead of outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from fontTools.misc.transform import Transform

from inkmerge.fonts import FontInstance
from inkmerge.text.outlines import glyph_path

GLYPHS: Final = "glyphs"
"""Attribute of a path of a `FlatDocument`, never written out: the key of the `GlyphRun` that it draws.

Such a path has no `d` until someone needs outlines: see `FlatDocument.outline`.
"""
INK: Final = "ink"
"""Attribute beside it: left, top, right and bottom of what the glyphs cover, in user units."""


class PlacedGlyph(NamedTuple):
    """One glyph: its face, number, font size, and its origin in user units."""

    font: FontInstance
    glyph_id: int
    size: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class GlyphRun:
    """Glyphs that one path shows.

    Attributes:
        glyphs: In paint order; upright, not stretched.
        ink: Left, top, right and bottom of what they cover, in user units.
    """

    glyphs: tuple[PlacedGlyph, ...]
    ink: tuple[float, float, float, float]

    def outline(self) -> str:
        """Return the glyphs as path data."""
        data = []
        for font, glyph_id, size, x, y in self.glyphs:
            em = size / font.upem
            data.append(glyph_path(font, glyph_id, Transform(em, 0, 0, -em, x, y)))
        return " ".join(filter(None, data))


def ink_of(glyphs: Sequence[PlacedGlyph]) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom of what glyphs cover, in user units, or None for nothing but spaces."""
    xs: list[float] = []
    ys: list[float] = []
    for font, glyph_id, size, x, y in glyphs:
        box = _box(font, glyph_id)
        if box is not None:
            em = size / font.upem
            xs += (x + box[0] * em, x + box[2] * em)
            ys += (y - box[3] * em, y - box[1] * em)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


@lru_cache(maxsize=8192)
def _box(font: FontInstance, glyph_id: int) -> tuple[int, int, int, int] | None:
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
