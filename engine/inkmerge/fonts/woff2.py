"""WOFF2 → the TrueType or OpenType file inside, never more bytes than allowed."""

from __future__ import annotations

import io
import struct
from typing import Final

from fontTools.ttLib import TTFont, TTLibError, woff2

from inkmerge.errors import FontNotFound
from inkmerge.fonts.web_fonts import too_large

_HEADER: Final = 48
_WRITTEN_OUT: Final = 0x3F
"""Flag value of a table whose tag is written out: https://www.w3.org/TR/WOFF2/#table_dir_format"""
_DAMAGE: Final = (AssertionError, TypeError, AttributeError, OverflowError, struct.error)
"""What fontTools raises on tables that are cut off or contradict each other."""
_TRANSFORMED: Final = frozenset((10, 11))
"""Numbers of `glyf` and `loca` among the known tags: these are transformed by version 0, others by none."""


def from_woff2(data: bytes, largest: int) -> bytes:
    """Return the sfnt file.

    Raises:
        FontNotFound: It is too large once unpacked, or brotli is not installed.
        ValueError: It is damaged.
    """
    if not woff2.haveBrotli:
        raise FontNotFound(
            "WOFF2 needs the package brotli", code="font-broken", hint="pip install brotli, or embed WOFF"
        )
    _check(data, largest)
    written = io.BytesIO()
    try:
        opened = TTFont(io.BytesIO(data), lazy=False, recalcTimestamp=False, recalcBBoxes=False)
        opened.flavor = None
        opened.save(written, reorderTables=None)
    except (woff2.brotli.error, TTLibError, LookupError, *_DAMAGE) as fault:
        raise ValueError(str(fault)) from None
    return written.getvalue()


def _check(data: bytes, largest: int) -> None:
    """Refuse a stream that grows beyond what is allowed, before anything unpacks it whole."""
    count, packed = struct.unpack_from(">H", data, 12)[0], struct.unpack_from(">L", data, 20)[0]
    position, total = _HEADER, 0
    for _ in range(count):
        flags = data[position]
        position += 1
        tag = flags & _WRITTEN_OUT
        if tag == _WRITTEN_OUT:
            position += 4
        length, position = _base128(data, position)
        version = flags >> 6
        if (tag in _TRANSFORMED and version == 0) or (tag not in _TRANSFORMED and version != 0):
            length, position = _base128(data, position)
        total += length
    if total > largest:
        raise too_large(largest)
    stream = woff2.brotli.Decompressor()
    try:
        grown = len(stream.process(data[position : position + packed], output_buffer_limit=largest + 1))
    except woff2.brotli.error as fault:
        raise ValueError(str(fault)) from None
    if grown > largest:
        raise too_large(largest)


def _base128(data: bytes, position: int) -> tuple[int, int]:
    """Read a UIntBase128, and return it and where it ends: https://www.w3.org/TR/WOFF2/#DataTypes."""
    value = 0
    for index in range(position, position + 5):
        value = value << 7 | data[index] & 0x7F
        if not data[index] & 0x80:
            return value, index + 1
    raise ValueError("a length is not one")
