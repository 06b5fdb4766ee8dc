"""Strips of a JPEG: rows of MCUs encoded on their own, and joined with restart markers.

A restart marker ends what the entropy coder remembers (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1.1.2,
E.1.4 and E.2.4), so that the pixels are those of an encode of the whole. Of a dirty strip, only the dirty columns are
encoded anew, where that is less work; the bytes are those of the whole strip.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from io import BytesIO

import numpy as np
import simplejpeg
from PIL import Image

from inkmerge.encode.jpeg_bits import Piece, StripBits, blocks_of
from inkmerge.encode.jpeg_pieces import PieceEncoder, Place
from inkmerge.encode.metadata import exif_of, jfif_density
from inkmerge.encode.options import EncodeOptions
from inkmerge.encode.rows import Bytes, Columns, is_opaque, over_colour

MCU_PX = {"4:2:0": 16, "4:4:4": 8}
"""Rows and columns of an MCU."""
_CHROMA = {"4:2:0": "420", "4:4:4": "444"}
COMPONENTS = {"4:2:0": (0, 0, 0, 0, 1, 2), "4:4:4": (0, 1, 2)}
"""The components of an MCU's blocks."""
_PIECE_PX = 128
"""Columns that are encoded in the time that one more piece takes."""
_SPLICE_PX = 256
"""Columns that are encoded in the time that putting pieces into a strip takes, above encoding it as a whole."""
_CALL_MCUS = 400
"""MCUs of pieces that are encoded in one call: as many as fit into a processor's cache with all the rest."""

# Below 96, TurboJPEG takes the fast DCT. At 85 that adds 2 % to the squared error of a photo, at 90 3 %, at 95 24 %:
# whoever asks for that much quality gets Pillow, which takes the accurate one and is half as fast on strips.
_FAST_DCT_QUALITIES = range(91, 96)
_HIGHEST_PX = 65_500  # libjpeg's JPEG_MAX_DIMENSION
_XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_START, _FRAME, _SCAN, _END = b"\xff\xd8", b"\xff\xc0", b"\xff\xda", b"\xff\xd9"
_CODES = b"\xff\xc4"
_RESTARTS = 8  # RST0 to RST7, in turn


class JpegStrips:
    """The strips of one static picture, and the parts of the file that are the same for everyone.

    Attributes:
        height: Rows of a strip.
        byte_count: Bytes that are held.
        pieces: Encodes what of strips is dirty.
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
        self._mcus = -(-rows.shape[1] // self.height)
        self._tables, codes, self._header_bytes = _tables(first, rows.shape[0], self._mcus)
        self._blocks = blocks_of(codes, COMPONENTS[options.subsampling])
        self.pieces = PieceEncoder(self.height, self._entropy, self._blocks)
        places = range(0, rows.shape[0], self.height)
        self._markers = [bytes((0xFF, 0xD0 + n % _RESTARTS)) for n in range(len(places) - 1)] + [_END]
        self._static = [
            self._entropy(rows[at : at + self.height]) + marker
            for at, marker in zip(places, self._markers, strict=True)
        ]
        self._bits: dict[int, StripBits] = {}  # of strips that were dirty
        self._is_opaque = is_opaque(rows)
        self.byte_count = sum(map(len, self._static))

    def encode(
        self, rows: Bytes, dirty: Mapping[int, Sequence[Columns]], xmp: bytes, *, is_painted_over: bool
    ) -> bytes:
        """Return the file of a picture that differs from the static one in some columns of some strips only."""
        px = self.height
        entropy = partial(self._entropy, stays_opaque=self._is_opaque and is_painted_over)
        places: list[Place] = []
        whole: list[int] = []
        for n, columns in dirty.items():
            is_cut_off = (n + 1) * px > len(rows)
            found = None if is_cut_off else _places(tuple(columns), px, rows.shape[1])
            if found is None:
                whole.append(n)
            else:
                places += [Place(n, first, last) for first, last in found]
        pieces: dict[int, list[Piece]] = {}
        bits = {place.strip: self._bits_of(place.strip) for place in places}
        for some in _calls(places):
            encoded = self.pieces.encode(rows, some, bits, entropy)
            if encoded is None:
                whole += {place.strip for place in some}
                continue
            for place, piece in zip(some, encoded, strict=True):
                pieces.setdefault(place.strip, []).append(piece)
        strips = self._static.copy()
        for n, spliced in pieces.items():
            strips[n] = bits[n].with_pieces(spliced) + self._markers[n]
        for n in whole:
            strips[n] = entropy(rows[n * px : (n + 1) * px]) + self._markers[n]
        return b"".join([self._opening, _xmp_segment(xmp), self._tables, *strips])

    def _bits_of(self, n: int) -> StripBits:
        """Return the bits of a static strip, which are read when it is first dirty."""
        if n not in self._bits:
            self._bits[n] = StripBits(self._static[n][: -len(self._markers[n])], self._mcus, self._blocks)
        return self._bits[n]

    def _entropy(self, rows: Bytes, *, stays_opaque: bool = False) -> bytes:
        """Return the entropy-coded pixels of MCUs, without the marker that stands behind them."""
        file = encode_rows(rows, self._options, stays_opaque=stays_opaque)
        return file[self._header_bytes : -len(_END)]


@lru_cache(maxsize=1024)
def _places(dirty: tuple[Columns, ...], px: int, width: int) -> list[tuple[int, int]] | None:
    """Return the first and the last MCU of each piece of a strip; None where the whole strip is encoded sooner.

    A piece has an MCU that is not dirty on either side, and what lies near together is one piece.

    Args:
        dirty: Columns of pixels.
        px: Columns of an MCU.
        width: Columns of the strip.
    """
    found: list[tuple[int, int]] = []
    for left, right in sorted(dirty):
        first, last = max(left // px - 1, 0), (right - 1) // px + 1
        if found and first - found[-1][1] <= _PIECE_PX // px:
            first, last = found[-1][0], max(found.pop()[1], last)
        found.append((first, last))
    encoded = _SPLICE_PX + sum((last - first + 1) * px + _PIECE_PX for first, last in found)
    # Of a last MCU that is dirty, nothing behind it tells where it ends; one that is cut off can only be the last.
    return None if encoded > width or found[-1][1] >= width // px else found


def _calls(places: Sequence[Place]) -> Iterator[list[Place]]:
    """Yield places as many at a time as are encoded in one call."""
    some: list[Place] = []
    mcus = 0
    for place in places:
        count = place.last - place.first + 1
        if some and mcus + count > _CALL_MCUS:
            yield some
            some, mcus = [], 0
        some.append(place)
        mcus += count
    if some:
        yield some


def encode_rows(rows: Bytes, options: EncodeOptions, *, stays_opaque: bool = False) -> bytes:
    """Return a JPEG file without metadata, with the default Huffman tables.

    Args:
        rows: The pixels.
        options: Quality, subsampling and background.
        stays_opaque: Whether all pixels are known to be opaque.
    """
    if options.quality in _FAST_DCT_QUALITIES:
        file = BytesIO()
        picture = Image.fromarray(over_colour(rows, options.background_rgb))
        picture.save(file, "JPEG", quality=options.quality, subsampling=options.subsampling)
        return file.getvalue()
    chroma, is_dct_fast = _CHROMA[options.subsampling], False
    rows = np.ascontiguousarray(rows)
    if stays_opaque or is_opaque(rows):
        return bytes(simplejpeg.encode_jpeg(rows, options.quality, "BGRX", chroma, is_dct_fast))
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


def _tables(file: bytes, height: int, mcus: int) -> tuple[bytes, bytes, int]:
    """Return what stands between the metadata and the pixels, what of it defines Huffman codes, and where pixels start.

    Args:
        file: The first strip's file.
        height: Rows of the whole picture, written into the frame header.
        mcus: MCUs in a row, the restart interval.
    """
    kept, codes = [], []
    place = len(_START)
    marker = b""
    while marker != _SCAN:
        marker = file[place : place + 2]
        end = place + 2 + int.from_bytes(file[place + 2 : place + 4], "big")
        segment = file[place:end]
        if marker == _FRAME:  # length and precision stand before the height
            segment = segment[:5] + struct.pack(">H", height) + segment[7:]
        elif marker == _CODES:
            codes.append(segment[4:])
        elif marker == _SCAN:
            kept.append(_segment(0xDD, struct.pack(">H", mcus)))  # DRI
        if marker != b"\xff\xe0":  # the strip's own JFIF
            kept.append(segment)
        place = end
    return b"".join(kept), b"".join(codes), place
