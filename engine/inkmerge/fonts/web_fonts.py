"""WOFF and WOFF2 → the TrueType or OpenType file inside, never more bytes than allowed."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from inkmerge.errors import FontNotFound

_WOFF_HEADER: Final = struct.Struct(">4s4sLHHLHHLLLLL")
_WOFF_ENTRY: Final = struct.Struct(">4sLLLL")


def unpacked(data: bytes, largest: int) -> bytes:
    """Return an sfnt file; what is neither WOFF nor WOFF2 comes back as it is.

    Raises:
        FontNotFound: With the code `font-broken`: damaged, or larger than `largest` bytes once unpacked.
    """
    try:
        if data[:4] == b"wOFF":
            return _from_woff(data, largest)
        if data[:4] == b"wOF2":
            from inkmerge.fonts.woff2 import from_woff2  # noqa: PLC0415  a tenth of a second that few templates need

            return from_woff2(data, largest)
    except (struct.error, zlib.error, IndexError, ValueError) as fault:
        raise broken(f"the web font is damaged: {fault or type(fault).__name__}") from None
    return data


def broken(message: str) -> FontNotFound:
    """Return the error for a web font that is damaged."""
    return FontNotFound(message, code="font-broken", hint="embed the font again, as TTF, OTF, WOFF or WOFF2")


def too_large(largest: int) -> FontNotFound:
    """Return the error for a web font that grows too large."""
    return broken(f"the web font has more than {largest:,} bytes once unpacked")


def _from_woff(data: bytes, largest: int) -> bytes:
    """Inflate table by table: https://www.w3.org/TR/WOFF/#OverallStructure."""
    _, flavor, _, count, _, _, *_ = _WOFF_HEADER.unpack_from(data)
    entries = [
        _WOFF_ENTRY.unpack_from(data, _WOFF_HEADER.size + index * _WOFF_ENTRY.size) for index in range(count)
    ]
    tables: list[tuple[bytes, int, bytes]] = []
    room = largest
    for tag, offset, packed, length, checksum in entries:
        room -= length
        if room < 0:
            raise too_large(largest)
        table = data[offset : offset + packed]
        if packed < length:
            table = zlib.decompressobj().decompress(table, length)
        if len(table) != length:
            raise ValueError(f"table {tag!r} is cut off")
        tables.append((tag, checksum, table))
    return _sfnt(flavor, tables)


def _sfnt(flavor: bytes, tables: list[tuple[bytes, int, bytes]]) -> bytes:
    """https://learn.microsoft.com/typography/opentype/spec/otff#table-directory."""
    count = len(tables)
    power = 1 << (max(1, count).bit_length() - 1)
    header = flavor + struct.pack(">HHHH", count, power * 16, power.bit_length() - 1, count * 16 - power * 16)
    offset = len(header) + 16 * count
    directory, body = b"", b""
    for tag, checksum, table in sorted(tables):
        directory += tag + struct.pack(">LLL", checksum, offset + len(body), len(table))
        body += table + b"\0" * (-len(table) % 4)
    return header + directory + body
