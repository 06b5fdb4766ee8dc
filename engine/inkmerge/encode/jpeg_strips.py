"""Strips of a JPEG: rows of MCUs encoded on their own, and joined with restart markers.

A restart marker ends what the entropy coder remembers (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1.1.2,
E.1.4 and E.2.4), so that the pixels are those of an encode of the whole.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import simplejpeg
from PIL import Image

from inkmerge.encode.metadata import exif_of, jfif_density
from inkmerge.encode.options import EncodeOptions
from inkmerge.encode.rows import Bytes, is_opaque, over_colour

MCU_PX = {"4:2:0": 16, "4:4:4": 8}
"""Rows and columns of an MCU."""

# Below 96, TurboJPEG takes the fast DCT. At 85 that adds 2 % to the squared error of a photo, at 90 3 %, at 95 24 %:
# whoever asks for that much quality gets Pillow, which takes the accurate one and is half as fast on strips.
_FAST_DCT_QUALITIES = range(91, 96)
_HIGHEST_PX = 65_500  # libjpeg's JPEG_MAX_DIMENSION
_XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_START, _FRAME, _SCAN, _END = b"\xff\xd8", b"\xff\xc0", b"\xff\xda", b"\xff\xd9"
_RESTARTS = 8  # RST0 to RST7, in turn


class JpegStrips:
    """The strips of one static picture, and the parts of the file that are the same for everyone.

    Attributes:
        height: Rows of a strip.
        byte_count: Bytes that are held.
    """

    def __init__(self, rows: Bytes, options: EncodeOptions, dpi: float) -> None:
        """Encode every strip of the picture.

        Raises:
            ValueError: JPEG cannot hold a picture of this size.
        """
        if rows.shape[0] > _HIGHEST_PX:
            raise ValueError(f"JPEG holds {_HIGHEST_PX:,} rows at most")
        self.height = MCU_PX[options.subsampling]
        self._options = options
        first = encode_rows(rows[: self.height], options)
        self._opening = _opening(dpi)
        self._tables, self._header_bytes = _tables(first, rows.shape[0], -(-rows.shape[1] // self.height))
        places = range(0, rows.shape[0], self.height)
        self._count = len(places)
        self._static = [self._entropy(n, rows[at : at + self.height]) for n, at in enumerate(places)]
        self.byte_count = sum(map(len, self._static))

    def encode(self, rows: Bytes, dirty: Sequence[int], xmp: bytes) -> bytes:
        """Return the file of a picture that differs from the static one in these strips only."""
        parts = self._static.copy()
        for n in dirty:
            parts[n] = self._entropy(n, rows[n * self.height : (n + 1) * self.height])
        return b"".join([self._opening, _xmp_segment(xmp), self._tables, *parts])

    def _entropy(self, n: int, rows: Bytes) -> bytes:
        """Return the entropy-coded pixels of strip `n` with the marker that stands after them."""
        marker = _END if n == self._count - 1 else bytes((0xFF, 0xD0 + n % _RESTARTS))
        return encode_rows(rows, self._options)[self._header_bytes : -len(_END)] + marker


def encode_rows(rows: Bytes, options: EncodeOptions) -> bytes:
    """Return a JPEG file without metadata, with the default Huffman tables."""
    if options.quality in _FAST_DCT_QUALITIES:
        file = BytesIO()
        picture = Image.fromarray(over_colour(rows, options.background_rgb))
        picture.save(file, "JPEG", quality=options.quality, subsampling=options.subsampling)
        return file.getvalue()
    chroma, is_dct_fast = options.subsampling.replace(":", ""), False
    if is_opaque(rows):
        dense = np.ascontiguousarray(rows)
        return bytes(simplejpeg.encode_jpeg(dense, options.quality, "BGRX", chroma, is_dct_fast))
    laid = over_colour(rows, options.background_rgb)
    return bytes(simplejpeg.encode_jpeg(laid, options.quality, "RGB", chroma, is_dct_fast))


def _opening(dpi: float) -> bytes:
    """Return what stands before the XMP: the start, JFIF and EXIF with the density."""
    density = jfif_density(dpi)
    per_inch = 1
    jfif = b"JFIF\0" + struct.pack(">HBHHBB", 0x0101, per_inch, density, density, 0, 0)
    return _START + _segment(0xE0, jfif) + _segment(0xE1, exif_of(density))


def _xmp_segment(xmp: bytes) -> bytes:
    return _segment(0xE1, _XMP_NAME + xmp) if xmp else b""


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _tables(file: bytes, height: int, mcus: int) -> tuple[bytes, int]:
    """Return what stands between the metadata and the pixels, and where the pixels of a strip's file start.

    Args:
        file: The first strip's file.
        height: Rows of the whole picture, written into the frame header.
        mcus: MCUs in a row, the restart interval.
    """
    kept = []
    place = len(_START)
    marker = b""
    while marker != _SCAN:
        marker = file[place : place + 2]
        end = place + 2 + int.from_bytes(file[place + 2 : place + 4], "big")
        segment = file[place:end]
        if marker == _FRAME:  # length and precision stand before the height
            segment = segment[:5] + struct.pack(">H", height) + segment[7:]
        elif marker == _SCAN:
            kept.append(_segment(0xDD, struct.pack(">H", mcus)))  # DRI
        if marker != b"\xff\xe0":  # the strip's own JFIF
            kept.append(segment)
        place = end
    return b"".join(kept), place
