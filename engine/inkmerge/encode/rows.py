"""A canvas becomes rows of pixels in an array, without a copy, and rows become the colours of a file."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from inkmerge.encode.picture import over_background
from inkmerge.errors import RenderError
from inkmerge.raster.canvas import Canvas

Bytes: TypeAlias = npt.NDArray[np.uint8]
Words: TypeAlias = npt.NDArray[np.uint32]
Columns: TypeAlias = tuple[int, int]
"""The first column, and the column after the last."""

_OPAQUE = np.uint32(0xFF00_0000)


def rows_of(canvas: Canvas) -> Bytes:
    """Return a view of the canvas: rows, columns, and B G R A multiplied by alpha.

    Raises:
        RenderError: The canvas has no pixels, or fewer bytes than its size says.
    """
    if canvas.width < 1 or canvas.height < 1:
        raise RenderError(f"a canvas of {canvas.width} × {canvas.height} pixels holds no picture")
    shape, strides = (canvas.height, canvas.width, 4), (canvas.stride, 4, 1)
    try:
        if canvas.stride >= 4 * canvas.width:
            return np.ndarray(shape, np.uint8, canvas.data, strides=strides)
        reason = "rows overlap"
    except (ValueError, TypeError) as error:
        reason = str(error)
    raise RenderError(
        f"a canvas of {canvas.width} × {canvas.height} pixels with a stride of {canvas.stride} bytes"
        f" does not match its {len(canvas.data):,} bytes: {reason}"
    )


def words_of(rows: Bytes) -> Words:
    """Return one number for each pixel, A R G B from its highest byte down: a view where rows are dense."""
    return np.ascontiguousarray(rows).view("<u4")[..., 0]


def is_opaque(rows: Bytes) -> bool:
    """Tell whether every pixel is opaque."""
    return bool(np.ascontiguousarray(rows).view("<u4").min() >= _OPAQUE)  # alpha stands highest in a word


def rgb_of(rows: Bytes) -> Bytes:
    """Return R G B of opaque pixels, one row of bytes for each row."""
    height, width, _ = rows.shape
    rgb = np.empty((height, width, 3), np.uint8)
    # A copy for each colour is five times faster than one with its last axis reversed.
    for place in range(3):
        rgb[..., place] = rows[..., 2 - place]
    return rgb.reshape(height, -1)


def rgba_of(rows: Bytes) -> Bytes:
    """Return straight R G B A, one row of bytes for each row: what the whole encoder writes."""
    return np.asarray(_straight(rows)).reshape(rows.shape[0], -1)


def over_colour(rows: Bytes, colour: tuple[int, int, int]) -> Bytes:
    """Return rows, columns, and R G B of pixels laid over one colour, as the whole encoder lays them."""
    return np.asarray(over_background(_straight(rows), colour))


def _straight(rows: Bytes) -> Image.Image:
    height, width, _ = rows.shape
    dense: Any = np.ascontiguousarray(rows)  # Pillow takes any buffer; its annotation lists only some
    return Image.frombuffer("RGBA", (width, height), dense, "raw", "BGRa", 0, 1)
