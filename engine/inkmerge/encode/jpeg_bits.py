"""The entropy-coded bits of a strip of a JPEG, with some of its MCUs exchanged.

The bits of an MCU follow from its pixels and, because of the DC coefficients, from the MCU before it; from nothing
else (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, F.1.1.5.1 and F.1.2). So a piece of the strip is encoded on its own
that begins and ends with an MCU that has not changed: behind the first and before what follows the last, each bit is
what it would be had the strip been encoded as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from bitarray import bitarray

_LONGEST_CODE = 16
_CLASS_AC = 1
_END_OF_BLOCK = 0
_COEFFICIENTS = 64
_FILLING = bitarray("1111111")


class Piece(NamedTuple):
    """Some neighbouring MCUs of a strip, encoded on their own.

    Attributes:
        first: Its first MCU, unchanged; 0 may have changed.
        last: Its last MCU, unchanged.
        data: Its entropy-coded bytes, without the marker behind them.
    """

    first: int
    last: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CodeTable:
    """What 16 bits mean that begin with a Huffman code, by their number.

    Attributes:
        bits: Length of the code and of the number that follows it.
        coefficients: How many coefficients they say, all that may be left at the end of a block.
    """

    bits: bytes
    coefficients: bytes


BlockTables = Sequence[tuple[CodeTable, CodeTable]]
"""The tables for DC and AC of each block of an MCU."""


@lru_cache(maxsize=8)
def block_tables(definitions: bytes, components: tuple[int, ...]) -> BlockTables:
    """Return the tables of an MCU's blocks.

    Args:
        definitions: What stands in the DHT segments: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.2.4.2.
        components: For each block the number of its tables.
    """
    tables: dict[int, CodeTable] = {}
    place = 0
    while place < len(definitions):
        symbols = place + 1 + _LONGEST_CODE
        counts = definitions[place + 1 : symbols]
        end = symbols + sum(counts)
        tables[definitions[place]] = _code_table(
            counts, definitions[symbols:end], is_ac=definitions[place] >> 4 == _CLASS_AC
        )
        place = end
    return tuple((tables[number], tables[_CLASS_AC << 4 | number]) for number in components)


def _code_table(counts: bytes, symbols: bytes, *, is_ac: bool) -> CodeTable:
    """Return the table of the codes that have `counts` symbols of each length: in their order, from 0 up (annex C)."""
    bits, coefficients = bytearray(), bytearray()
    lengths = [length for length, count in enumerate(counts, start=1) for _ in range(count)]
    for length, symbol in zip(lengths, symbols, strict=True):
        zeros, size = divmod(symbol, 16) if is_ac else (0, symbol)
        said = _COEFFICIENTS if is_ac and symbol == _END_OF_BLOCK else zeros + 1
        times = 1 << _LONGEST_CODE - length
        bits += bytes((length + size,)) * times
        coefficients += bytes((said,)) * times
    return CodeTable(bytes(bits), bytes(coefficients))


class StripBits:
    """The bits of a static strip, and where each of its MCUs starts.

    Args:
        data: The entropy-coded bytes, without the marker behind them.
        mcus: How many MCUs there are.
        tables: The Huffman tables.
    """

    def __init__(self, data: bytes, mcus: int, tables: BlockTables) -> None:
        plain = _unstuffed(data)
        self._tables = tables
        self._starts = _starts(plain, mcus, tables)
        self._bits = bitarray(buffer=plain)[: self._starts[-1]]
        self._lengths_as_first: dict[int, int] = {}

    def with_pieces(self, pieces: Iterable[Piece]) -> bytes:
        """Return the entropy-coded bytes of the strip with pieces, which are in order, in the places of its own MCUs."""
        bits = bitarray()
        place = 0
        for piece in pieces:
            # What stands before the first MCU of a piece is that MCU itself, but at the start of the strip.
            bits += self._bits[place : self._starts[piece.first + 1] if piece.first else 0]
            bits += self._changed(piece)
            place = self._starts[piece.last + 1]
        bits += self._bits[place:]
        bits += _FILLING[: -len(bits) % 8]
        return bits.tobytes().replace(b"\xff", b"\xff\0")

    def _changed(self, piece: Piece) -> bitarray:
        """Return the bits of a piece, but for its first MCU and the ones that fill its last byte."""
        data = _unstuffed(piece.data)
        start = 0
        if piece.first:
            if piece.first not in self._lengths_as_first:
                self._lengths_as_first[piece.first] = _starts(data, 1, self._tables)[-1]
            start = self._lengths_as_first[piece.first]
        bits = bitarray(buffer=data)
        # The last MCU may end with ones, too: behind the last 0, it has as many as in the static strip.
        end = self._starts[piece.last + 1]
        ones = end - self._bits.find(0, 0, end, right=True)
        return bits[start : bits.find(0, right=True) + ones]


def _starts(data: bytes, mcus: int, tables: BlockTables) -> list[int]:
    """Return where each MCU starts, in bits, and where the last one ends."""
    around = np.frombuffer(data + b"\xff\xff", np.uint8).astype(np.uint32)
    words = (around[:-2] << 16 | around[1:-1] << 8 | around[2:]).tolist()  # 24 bits from each byte on
    blocks = [(dc.bits, ac.bits, ac.coefficients) for dc, ac in tables]
    starts = [place := 0]
    for _ in range(mcus):
        for dc_bits, ac_bits, ac_coefficients in blocks:
            place += dc_bits[words[place >> 3] >> 8 - (place & 7) & 0xFFFF]
            said = 1
            while said < _COEFFICIENTS:
                code = words[place >> 3] >> 8 - (place & 7) & 0xFFFF
                place += ac_bits[code]
                said += ac_coefficients[code]
        starts.append(place)
    return starts


def _unstuffed(data: bytes) -> bytes:
    """Return bytes without the zero that follows each 255 so that it is no marker."""
    return b"\xff".join(data.split(b"\xff\0"))  # in two thirds of the time of `replace`
