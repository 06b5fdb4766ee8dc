"""Glyph runs → pixels, by cairo fonts whose glyphs are filled once for each size and quarter of a pixel.

They are cairo's user fonts (https://www.cairographics.org/manual/cairo-User-Fonts.html): cairo asks for the outline of
a glyph, keeps its mask, and paints all glyphs of a text in one call. A glyph's number says where it is within the
pixel, too, and all are put at whole ones: only from 1.17.4 on does cairo have places in between.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import cairocffi as cairo

from inkmerge.fonts import FontInstance
from inkmerge.text.glyph_runs import GlyphRun
from inkmerge.text.outlines import glyph_outline

_STEP_BITS: Final = 2
_STEPS: Final = 1 << _STEP_BITS
"""Places within a pixel, along each axis, that a glyph may have: a quarter is what browsers take."""
_STEP: Final = _STEPS - 1
"""The bits of a number that say a place."""
_CACHED_SHAPES: Final = 4096
_CACHED_SIZES: Final = 256
_faces: Final[WeakKeyDictionary[FontInstance, Any]] = WeakKeyDictionary()
"""The cairo font faces of fonts."""
_fonts: Final[WeakValueDictionary[int, FontInstance]] = WeakValueDictionary()
"""The fonts by the addresses of these."""
_library: Final = cairo.cairo
"""The functions that cairocffi's methods call: https://doc.courtbouillon.org/cairocffi/stable/cffi_api.html"""
_ffi: Final = cairo.ffi


def paint_run(context: Any, run: GlyphRun, matrix: Sequence[float]) -> None:
    """Paint glyphs with the context's source and clip, under a matrix that suits them.

    The context's own is that of pixels. It raises at its next call what has failed.
    """
    scale, _, _, _, left, top = matrix
    pointer = context._pointer  # noqa: SLF001
    for start, baseline, glyphs in run.stretches:
        font = _scaled_font(glyphs[0].font, glyphs[0].size * scale)
        steps = scale * _STEPS
        column, row = (start * scale + left) * _STEPS, (baseline * scale + top) * _STEPS
        on_baseline = round(row)
        placed = []
        for glyph_id, _, _, x_offset, y_offset, _ in glyphs:
            x = round(column + x_offset * steps)
            y = round(row + y_offset * steps) if y_offset else on_baseline
            number = (glyph_id << _STEP_BITS | y & _STEP) << _STEP_BITS | x & _STEP
            placed.append((number, x >> _STEP_BITS, y >> _STEP_BITS))
        _library.cairo_set_scaled_font(pointer, font._pointer)  # noqa: SLF001
        _library.cairo_show_glyphs(pointer, _ffi.new("cairo_glyph_t[]", placed), len(placed))


@lru_cache(maxsize=_CACHED_SIZES)
def _scaled_font(font: FontInstance, em: float) -> Any:
    """Return a font at a size of `em` pixels."""
    if font not in _faces:
        pointer = _library.cairo_user_font_face_create()
        _library.cairo_user_font_face_set_render_glyph_func(pointer, _render_glyph)
        _fonts[_address(pointer)] = font
        _faces[font] = cairo.FontFace(pointer)
    return cairo.ScaledFont(_faces[font], cairo.Matrix(xx=em, yy=em))


def _address(pointer: Any) -> int:
    return int(_ffi.cast("uintptr_t", pointer))


@_ffi.callback("cairo_user_scaled_font_render_glyph_func_t", error=cairo.STATUS_USER_FONT_ERROR)  # type: ignore[untyped-decorator]
def _render_glyph(scaled_font: Any, number: int, context: Any, extents: Any) -> int:
    """Fill a glyph at its place within the pixel; cairo puts it at whole ones."""
    del extents  # of what `show_glyphs` does not ask
    font = _fonts[_address(_library.cairo_scaled_font_get_font_face(scaled_font))]
    shape = _shape_of(font, number >> 2 * _STEP_BITS)
    if shape is not None:
        size = cairo.Matrix()
        _library.cairo_scaled_font_get_scale_matrix(scaled_font, size._pointer)  # noqa: SLF001
        scale = size.xx / font.upem
        x, y = number & _STEP, number >> _STEP_BITS & _STEP
        _library.cairo_identity_matrix(context)
        _library.cairo_translate(context, x / _STEPS, y / _STEPS)
        _library.cairo_scale(context, scale, -scale)
        _library.cairo_append_path(context, shape.path)
        _library.cairo_fill(context)
    return int(cairo.STATUS_SUCCESS)


class _Shape(NamedTuple):
    """The outline of a glyph in font units, y up: a `cairo_path_t`, and the numbers that it points to."""

    path: Any
    numbers: Any


@lru_cache(maxsize=_CACHED_SHAPES)
def _shape_of(font: FontInstance, glyph_id: int) -> _Shape | None:
    """Return the outline of a glyph, which all its masks have in common; None for a space."""
    numbers: list[float] = []
    for command, points in glyph_outline(font, glyph_id):
        drawn = _cubic(numbers[-2:], points) if command == "Q" else points
        numbers += (_HEADERS[command], 0.0, *drawn)
    if not numbers:
        return None
    data = _ffi.from_buffer("cairo_path_data_t[]", array("d", numbers))
    path = _ffi.new("cairo_path_t *", (cairo.STATUS_SUCCESS, data, len(data)))
    return _Shape(path, data)


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
