"""The decoded picture between the rasterizer and the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Canvas:
    """Pixels of one picture.

    Attributes:
        data: A buffer (bytes, or bytearray where it is drawn on): rows from top to bottom, each `stride` bytes; a pixel is four bytes, B G R A in sRGB, with
            the colours multiplied by alpha (cairo's ARGB32 on a little-endian machine).
        width: Pixels in a row.
        height: Rows.
        stride: Bytes from one row to the next, at least 4 × width.
        dpi: Pixels per inch; 96 is one device pixel per CSS pixel.
    """

    data: Any
    width: int
    height: int
    stride: int
    dpi: float
