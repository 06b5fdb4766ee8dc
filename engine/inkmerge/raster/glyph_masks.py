"""Glyph runs → pixels, from masks that are filled once for each glyph, size and quarter of a pixel."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

import cairocffi as cairo

from inkmerge.fonts import FontInstance
from inkmerge.text.glyph_runs import GlyphRun
from inkmerge.text.outlines import glyph_outline

_STEPS: Final = 4
"""Places within a pixel, along each axis, that a glyph may have: a quarter is what browsers take."""
_LARGEST_PX: Final = 200.0
"""Font size above which outlines are filled: such masks would take more memory than they save time."""
_SMALLEST_PX: Final = 0.1
_CACHED_MASKS: Final = 4096


class Mask(NamedTuple):
    """Coverage of one glyph: an A8 surface, or None for a space, and its corner from the pixel of the origin."""

    surface: Any
    left: int
    top: int


def may_paint(run: GlyphRun, matrix: Any) -> bool:
    """Tell whether masks serve: under a cairo matrix that only moves and enlarges evenly, and for usual sizes."""
    scale = matrix.xx
    if not (matrix.xy == 0 and matrix.yx == 0 and scale == matrix.yy):
        return False
    sizes = [stretch.glyphs[0].size * scale for stretch in run.stretches]
    return bool(min(sizes) > _SMALLEST_PX and max(sizes) < _LARGEST_PX)


def paint_run(context: Any, run: GlyphRun, matrix: Any) -> None:
    """Paint glyphs with the context's source and clip, under a matrix that `may_paint` allows."""
    scale, left, top = matrix.xx, matrix.x0, matrix.y0
    # The functions that cairocffi's methods call, which take a third of their time:
    # https://doc.courtbouillon.org/cairocffi/stable/cffi_api.html
    mask_surface, pointer = cairo.cairo.cairo_mask_surface, context._pointer  # noqa: SLF001
    context.save()
    context.identity_matrix()
    for start, baseline, glyphs in run.stretches:
        for glyph_id, font, size, x_offset, y_offset, _ in glyphs:
            column, x_step = _placed((start + x_offset) * scale + left)
            row, y_step = _placed((baseline + y_offset) * scale + top)
            mask = mask_of(font, glyph_id, size * scale / font.upem, (x_step, y_step))
            if mask.surface is not None:
                mask_surface(pointer, mask.surface._pointer, column + mask.left, row + mask.top)  # noqa: SLF001
    context.restore()  # raises what has failed


def _placed(position: float) -> tuple[int, int]:
    """Return the pixel and the step within it that are nearest to a position."""
    steps = round(position * _STEPS)
    return steps // _STEPS, steps % _STEPS


@lru_cache(maxsize=_CACHED_MASKS)
def mask_of(font: FontInstance, glyph_id: int, scale: float, step: tuple[int, int]) -> Mask:
    """Return the mask of a glyph; `scale` is pixels per font unit, `step` its place within the pixel."""
    outline = glyph_outline(font, glyph_id)
    points = [point for _, numbers in outline for point in zip(numbers[::2], numbers[1::2], strict=True)]
    if not points:
        return Mask(None, 0, 0)
    dx, dy = step[0] / _STEPS, step[1] / _STEPS
    left = math.floor(min(x for x, _ in points) * scale + dx)
    right = math.ceil(max(x for x, _ in points) * scale + dx)
    top = math.floor(-max(y for _, y in points) * scale + dy)
    bottom = math.ceil(-min(y for _, y in points) * scale + dy)
    surface = cairo.ImageSurface(cairo.FORMAT_A8, max(1, right - left), max(1, bottom - top))
    context = cairo.Context(surface)
    context.translate(dx - left, dy - top)
    context.scale(scale, -scale)
    at = (0.0, 0.0)
    for command, numbers in outline:
        at = _COMMANDS[command](context, numbers, at)
    context.fill()
    return Mask(surface, left, top)


Point = tuple[float, float]


def _move(context: Any, numbers: tuple[float, ...], _: Point) -> Point:
    context.move_to(*numbers)
    return numbers[0], numbers[1]


def _line(context: Any, numbers: tuple[float, ...], _: Point) -> Point:
    context.line_to(*numbers)
    return numbers[0], numbers[1]


def _quadratic(context: Any, numbers: tuple[float, ...], at: Point) -> Point:
    """Raise a quadratic curve's degree, since cairo has cubic ones only."""
    (x0, y0), (x1, y1, x2, y2) = at, numbers
    context.curve_to(
        x0 + 2 / 3 * (x1 - x0),
        y0 + 2 / 3 * (y1 - y0),
        x2 + 2 / 3 * (x1 - x2),
        y2 + 2 / 3 * (y1 - y2),
        x2,
        y2,
    )
    return x2, y2


def _cubic(context: Any, numbers: tuple[float, ...], _: Point) -> Point:
    context.curve_to(*numbers)
    return numbers[4], numbers[5]


def _close(context: Any, _: tuple[float, ...], at: Point) -> Point:
    context.close_path()
    return at


_COMMANDS: Final[dict[str, Callable[[Any, tuple[float, ...], Point], Point]]] = {
    "M": _move,
    "L": _line,
    "Q": _quadratic,
    "C": _cubic,
    "Z": _close,
}
