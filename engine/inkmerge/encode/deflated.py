"""Rows of bytes become strips of a deflate stream, and strips become the one IDAT chunk of a PNG.

A deflate stream may be cut where a full flush stands: what follows refers to nothing before it
(https://www.rfc-editor.org/rfc/rfc1951#section-2 has blocks, https://www.zlib.net/manual.html `Z_FULL_FLUSH`).
The checksums of the whole come from those of the strips.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from isal import isal_zlib
from zlib_ng import zlib_ng

from inkmerge.encode.png_filters import Filter, filtered
from inkmerge.encode.rows import Bytes

_RAW = -15  # deflate alone, in a window of 32 kB
_ZLIB_HEADER = b"\x78\x9c"  # https://www.rfc-editor.org/rfc/rfc1950#section-2.2
_LAST_BLOCK = b"\x03\0"  # a final block with nothing in it
_ADLER_BASE = 65_521  # https://www.rfc-editor.org/rfc/rfc1950#section-9

# Measured on strips of a photo and of flat shapes, 1200 × 600. isal's level 1 takes a third of the time of zlib-ng's
# level 2, of the same size; on flat shapes zlib-ng's level 5 is 11 % smaller in five times the time, which is worth
# it only where most strips are deflated fast. isal's level 0 is a quarter larger and hardly faster, 2 and 3 are not
# smaller.
_ISAL_LEVEL = 1
_SHORTEST_MATCH = 4  # of isal
_WINDOW = 1 << 15  # how far back a match may lie
_DICTIONARIES = tuple(bytes((n,)) for n in (0xA5, *range(256)))
_FLAT_LEVEL = 5
_BEST_LEVEL = 9  # of zlib-ng: 1 % smaller than zlib's in less time
_FINALISTS = 2  # filters that are tried at the best level
_FAST_FILTERS = (Filter.NONE, Filter.SUB, Filter.UP, Filter.AVERAGE)
_PAETH_GAIN = 0.97  # Paeth takes a third as long again as a fast filter with its deflate: it has to save 3 %
_FLAT_SHARE = 0.75  # of bytes that are those of the pixel on the left,
_FLAT_SAMPLE = 4  # in each fourth row


@dataclass(frozen=True, slots=True)
class Strip:
    """A band of rows, deflated.

    Attributes:
        data: Deflate blocks that end at a byte's border and refer to nothing outside.
        length: Bytes before they were deflated.
        adler: Adler-32 of these.
        crc: CRC-32 of `data`.
    """

    data: bytes
    length: int
    adler: int
    crc: int


@dataclass(frozen=True, slots=True)
class FastWay:
    """How rows that are like those of a static strip become small fast.

    Attributes:
        kind: The filter.
        is_flat: Whether the strip has mostly flat colours.
    """

    kind: Filter
    is_flat: bool

    def to_deflate(self, rows: Bytes, step: int, *, is_one_of_many: bool) -> Strip:
        """Deflate rows fast, in another way where they are not like the static ones.

        Args:
            rows: What is deflated.
            step: Bytes of a pixel.
            is_one_of_many: Whether most strips of the picture are deflated so: then their size matters more.
        """
        flat = is_flat(rows, step)
        kind = self.kind if flat == self.is_flat else Filter.UP if flat else Filter.PAETH
        lines = filtered(rows, step, kind)
        is_small = flat and is_one_of_many
        return _strip_of(lines, _deflated(lines, _FLAT_LEVEL) if is_small else _deflated_fast(lines))


def best_strip(rows: Bytes, step: int) -> tuple[Strip, FastWay]:
    """Deflate rows as small as may be, and say how rows like these become small fast.

    Args:
        rows: One row of bytes for each row of pixels.
        step: Bytes of a pixel.
    """
    tried = {kind: filtered(rows, step, kind) for kind in Filter}
    sizes = {kind: len(_deflated_fast(lines)) for kind, lines in tried.items()}
    fast = min(_FAST_FILTERS, key=sizes.__getitem__)
    if sizes[Filter.PAETH] < _PAETH_GAIN * sizes[fast]:
        fast = Filter.PAETH
    finalists = sorted(Filter, key=sizes.__getitem__)[:_FINALISTS]
    strips = [_strip_of(tried[kind], _deflated(tried[kind], _BEST_LEVEL)) for kind in finalists]
    return min(strips, key=lambda strip: len(strip.data)), FastWay(fast, is_flat(rows, step))


def is_flat(rows: Bytes, step: int) -> bool:
    """Tell whether most pixels are like the one on their left."""
    some = rows[::_FLAT_SAMPLE]
    return bool(np.count_nonzero(some[:, step:] == some[:, :-step]) >= _FLAT_SHARE * some.size)


def image_data(strips: Iterable[Strip]) -> list[bytes]:
    """Return the parts of one IDAT chunk that holds the strips."""
    parts = [b"", b"IDAT", _ZLIB_HEADER]
    length = len(_ZLIB_HEADER)
    adler = 1
    crc = isal_zlib.crc32(_ZLIB_HEADER, isal_zlib.crc32(b"IDAT"))
    for strip in strips:
        parts.append(strip.data)
        length += len(strip.data)
        adler = adler32_combine(adler, strip.adler, strip.length)
        crc = isal_zlib.crc32_combine(crc, strip.crc, len(strip.data))
    end = _LAST_BLOCK + struct.pack(">I", adler)
    parts[0] = struct.pack(">I", length + len(end))
    return parts + [end, struct.pack(">I", isal_zlib.crc32(end, crc))]


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk: https://www.w3.org/TR/png-3/#5Chunk-layout."""
    crc = isal_zlib.crc32(content, isal_zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def adler32_combine(first: int, second: int, second_length: int) -> int:
    """Return the Adler-32 of two byte strings, one after the other, from that of each.

    The low half is 1 + the sum of the bytes, the high half the sum of all low halves on the way.
    """
    low = first & 0xFFFF
    total = low + (second & 0xFFFF) - 1
    totals = (first >> 16) + (second >> 16) + second_length * (low - 1)
    return totals % _ADLER_BASE << 16 | total % _ADLER_BASE


def _deflated_fast(lines: Bytes) -> bytes:
    """Deflate in a way that depends on the lines alone.

    isal clears its table of earlier positions only where it is given a dictionary: without one, what lay in the
    memory before chose now and then among matches of equal length. The dictionary is one byte, which no match may
    use, since a decoder does not have it: one that does not stand before the first three bytes anywhere else.
    """
    data = lines.tobytes()
    taken = _before_opening(np.frombuffer(data, np.uint8)[: _WINDOW + _SHORTEST_MATCH - 1])
    before = next((byte for byte in _DICTIONARIES if byte not in taken), b"")
    deflating = isal_zlib.compressobj(
        _ISAL_LEVEL, isal_zlib.DEFLATED, _RAW, isal_zlib.DEF_MEM_LEVEL, isal_zlib.Z_DEFAULT_STRATEGY, before
    )
    return deflating.compress(data) + deflating.flush(isal_zlib.Z_FULL_FLUSH)


def _before_opening(data: Bytes) -> bytes:
    """Return the bytes before which the first three stand once more."""
    if data.size < _SHORTEST_MATCH:
        return b""
    # Looking for the third byte alone, in numpy, takes a fifth of the time of looking for all in bytes.
    places = np.flatnonzero(data[_SHORTEST_MATCH - 1 :] == data[_SHORTEST_MATCH - 2])
    is_opening = (data[places + 1] == data[0]) & (data[places + 2] == data[1])
    return bytes(data[places[is_opening]])


def _deflated(lines: Bytes, level: int) -> bytes:
    deflating = zlib_ng.compressobj(level, zlib_ng.DEFLATED, _RAW)
    return deflating.compress(lines) + deflating.flush(zlib_ng.Z_FULL_FLUSH)


def _strip_of(lines: Bytes, data: bytes) -> Strip:
    return Strip(data, lines.size, isal_zlib.adler32(lines), isal_zlib.crc32(data))
