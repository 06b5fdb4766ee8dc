"""Glyph runs → pixels, from masks that are filled once for each glyph, size and quarter of a pixel."""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import cairocffi as cairo

from inkmerge.fonts import FontInstance
from inkmerge.text.glyph_runs import GlyphRun
from inkmerge.text.outlines import glyph_outline

_STEPS: Final = 4
"""Places within a pixel, along each axis, that a glyph may have: a quarter is what browsers take."""
_CACHED_MASKS: Final = 4096


class Mask(NamedTuple):
    """Coverage of one glyph: an A8 surface, or None for a space, and its corner from the pixel of the origin."""

    surface: Any
    left: int
    top: int


def paint_run(context: Any, run: GlyphRun, matrix: Sequence[float]) -> None:
    """Paint glyphs with the context's source and clip, under a matrix that suits them.

    The context's own is that of pixels. It raises at its next call what has failed.
    """
    scale, _, _, _, left, top = matrix
    # The functions that cairocffi's methods call, which take a third of their time:
    # https://doc.courtbouillon.org/cairocffi/stable/cffi_api.html
    mask_surface, pointer = cairo.cairo.cairo_mask_surface, context._pointer  # noqa: SLF001
    for start, baseline, glyphs in run.stretches:
        font = glyphs[0].font
        em = glyphs[0].size * scale / font.upem
        for glyph_id, _, _, x_offset, y_offset, _ in glyphs:
            x = round(((start + x_offset) * scale + left) * _STEPS)
            y = round(((baseline + y_offset) * scale + top) * _STEPS)
            surface, column, row = mask_of(font, glyph_id, em, (x % _STEPS, y % _STEPS))
            if surface is not None:
                mask_surface(pointer, surface._pointer, x // _STEPS + column, y // _STEPS + row)  # noqa: SLF001


@lru_cache(maxsize=_CACHED_MASKS)
def mask_of(font: FontInstance, glyph_id: int, scale: float, step: tuple[int, int]) -> Mask:
    """Return the mask of a glyph; `scale` is pixels per font unit, `step` its place within the pixel."""
    shape = _shape_of(font, glyph_id)
    if shape is None:
        return Mask(None, 0, 0)
    dx, dy = step[0] / _STEPS, step[1] / _STEPS
    left, right = math.floor(shape.left * scale + dx), math.ceil(shape.right * scale + dx)
    top, bottom = math.floor(-shape.top * scale + dy), math.ceil(-shape.bottom * scale + dy)
    surface = cairo.ImageSurface(cairo.FORMAT_A8, max(1, right - left), max(1, bottom - top))
    context = cairo.Context(surface)
    context.translate(dx - left, dy - top)
    context.scale(scale, -scale)
    cairo.cairo.cairo_append_path(context._pointer, shape.path)  # noqa: SLF001  its method makes the path anew
    context.fill()
    return Mask(surface, left, top)


class Shape(NamedTuple):
    """The outline of a glyph in font units, y up.

    Attributes:
        path: A `cairo_path_t`.
        numbers: What that points to.
        left: The least x of its points; the others alike.
        bottom: The least y.
        right: The largest x.
        top: The largest y.
    """

    path: Any
    numbers: Any
    left: float
    bottom: float
    right: float
    top: float


@lru_cache(maxsize=_CACHED_MASKS)
def _shape_of(font: FontInstance, glyph_id: int) -> Shape | None:
    """Return the outline of a glyph, which all its masks have in common; None for a space."""
    outline = glyph_outline(font, glyph_id)
    xs = [x for _, points in outline for x in points[::2]]
    ys = [y for _, points in outline for y in points[1::2]]
    if not xs:
        return None
    numbers: list[float] = []
    for command, points in outline:
        drawn = _cubic(numbers[-2:], points) if command == "Q" else points
        numbers += (_HEADERS[command], 0.0, *drawn)
    data = cairo.ffi.from_buffer("cairo_path_data_t[]", array("d", numbers))
    path = cairo.ffi.new("cairo_path_t *", (cairo.STATUS_SUCCESS, data, len(data)))
    return Shape(path, data, min(xs), min(ys), max(xs), max(ys))


def _cubic(start: Sequence[float], points: tuple[float, ...]) -> tuple[float, ...]:
    """Raise a quadratic curve's degree, since cairo has cubic ones only."""
    (x0, y0), (x1, y1, x2, y2) = start, points
    return (
        x0 + 2 / 3 * (x1 - x0),
        y0 + 2 / 3 * (y1 - y0),
        x2 + 2 / 3 * (x1 - x2),
        y2 + 2 / 3 * (y1 - y2),
        x2,
        y2,
    )


def _header(kind: int, points: int) -> float:
    """Return the number that has the bits of a `cairo_path_data_t` before so many points."""
    number: float
    (number,) = struct.unpack("d", struct.pack("ii", kind, 1 + points))
    return number


# https://www.cairographics.org/manual/cairo-Paths.html#cairo-path-data-t
_HEADERS: Final = {
    "M": _header(cairo.PATH_MOVE_TO, 1),
    "L": _header(cairo.PATH_LINE_TO, 1),
    "Q": _header(cairo.PATH_CURVE_TO, 3),
    "C": _header(cairo.PATH_CURVE_TO, 3),
    "Z": _header(cairo.PATH_CLOSE_PATH, 0),
}
