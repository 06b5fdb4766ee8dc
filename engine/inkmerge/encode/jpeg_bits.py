"""The entropy-coded bits of a strip of a JPEG, with some of its MCUs exchanged.

The bits of an MCU follow from its pixels and, because of the DC coefficients, from the MCU before it; from nothing
else (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, F.1.1.5.1 and F.1.2). So a piece of the strip is encoded apart from
it that begins and ends with an MCU that has not changed: behind the first and before what follows the last, each bit
is what it would be had the strip been encoded as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from bitarray import bitarray

_LONGEST_CODE = 16
_CLASS_AC = 1
_END_OF_BLOCK = 0
_COEFFICIENTS = 64
_FILLING = bitarray("1111111")
_STUFFED = re.compile(b"\xff\0")


class CodeTable(NamedTuple):
    """What 16 bits mean that begin with a Huffman code, by their number.

    Attributes:
        bits: Length of the code and of the number that follows it.
        said: For DC, the length of that number; for AC, how many coefficients they say, all that may be left at the
            end of a block.
    """

    bits: bytes
    said: bytes


class Block(NamedTuple):
    """How one of an MCU's blocks is coded.

    Attributes:
        component: The number of its component, 0 for luminance.
        dc: The codes of its first coefficient.
        ac: Those of the others.
        costs: The bits that a difference of first coefficients takes, by the length of its number.
    """

    component: int
    dc: CodeTable
    ac: CodeTable
    costs: tuple[int, ...]

    def cost(self, difference: int) -> int:
        """Return the bits that it takes to say a difference between first coefficients."""
        return self.costs[difference.bit_length()]


@lru_cache(maxsize=8)
def blocks_of(definitions: bytes, components: tuple[int, ...]) -> tuple[Block, ...]:
    """Return how an MCU's blocks are coded.

    Args:
        definitions: What stands in the DHT segments: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.2.4.2.
        components: The component of each block. That of luminance, 0, has tables of its own.
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
    found = []
    for component in components:
        number = min(component, 1)
        dc = tables[number]
        costs = dict(sorted(set(zip(dc.said, dc.bits, strict=True))))
        found.append(Block(component, dc, tables[_CLASS_AC << 4 | number], tuple(costs.values())))
    return tuple(found)


def _code_table(counts: bytes, symbols: bytes, *, is_ac: bool) -> CodeTable:
    """Return the table of the codes that have `counts` symbols of each length: in their order, from 0 up (annex C)."""
    bits, said = bytearray(), bytearray()
    lengths = [length for length, count in enumerate(counts, start=1) for _ in range(count)]
    for length, symbol in zip(lengths, symbols, strict=True):
        zeros, size = divmod(symbol, 16) if is_ac else (0, symbol)
        coefficients = _COEFFICIENTS if symbol == _END_OF_BLOCK else zeros + 1
        times = 1 << _LONGEST_CODE - length
        bits += bytes((length + size,)) * times
        said += bytes((coefficients if is_ac else size,)) * times
    return CodeTable(bytes(bits), bytes(said))


class McuBits(NamedTuple):
    """Where the bits of an MCU are, and what those of its neighbours have to do with it.

    Attributes:
        first_block: Where its first block ends.
        end: The bit after its last.
        alone: How many bits it takes where nothing stands before it.
        levels: By component, the DC coefficient from which what follows tells the difference of its own.
    """

    first_block: int
    end: int
    alone: int
    levels: tuple[int, ...]


def read_mcus(data: bytes, count: int, blocks: Sequence[Block]) -> list[McuBits]:
    """Read the first MCUs of entropy-coded bytes without stuffing."""
    around = np.frombuffer(data + b"\xff" * 3, np.uint8).astype(np.uint32)
    # 32 bits from each byte on: up to 7 of what is before, a code of 16 at most, and of DC, a number of 11.
    words = (around[:-3] << 24 | around[1:-2] << 16 | around[2:-1] << 8 | around[3:]).tolist()
    levels = [0] * (1 + blocks[-1].component)
    found: list[McuBits] = []
    place = 0
    for _ in range(count):
        start, first_block, more = place, 0, 0
        before = -1
        for block in blocks:
            component, (dc_bits, sizes), (ac_bits, coefficients), _ = block
            word, at = words[place >> 3], place & 7
            code = word >> 16 - at & 0xFFFF
            bits, size = dc_bits[code], sizes[code]
            difference = word >> 32 - at - bits & (1 << size) - 1
            if size and not difference >> size - 1:  # table F.1: a number that begins with 0 is below 0
                difference -= (1 << size) - 1
            levels[component] += difference
            if component != before:
                more += block.cost(levels[component]) - bits
                before = component
            place += bits
            said = 1
            while said < _COEFFICIENTS:
                code = words[place >> 3] >> 16 - (place & 7) & 0xFFFF
                place += ac_bits[code]
                said += coefficients[code]
            first_block = first_block or place
        found.append(McuBits(first_block, place, place - start + more, tuple(levels)))
    return found


class Piece(NamedTuple):
    """Some neighbouring MCUs of a strip that take the places of its own.

    Attributes:
        first: Its first MCU, unchanged; 0 may have changed.
        last: Its last MCU, unchanged.
        bits: Those of its MCUs, but not of the first unless that is 0.
    """

    first: int
    last: int
    bits: bitarray


class StripBits:
    """The bits of a static strip, and where each of its MCUs is.

    Args:
        data: The entropy-coded bytes, without the marker behind them.
        count: How many MCUs there are.
        blocks: How they are coded.
    """

    def __init__(self, data: bytes, count: int, blocks: Sequence[Block]) -> None:
        plain = unstuffed(data)
        self.mcus = read_mcus(plain, count, blocks)
        self._bits = bitarray(buffer=plain)[: self.mcus[-1].end]

    def with_pieces(self, pieces: Iterable[Piece]) -> bytes:
        """Return the entropy-coded bytes of the strip with pieces, which are in order, in the places of its own MCUs."""
        bits = bitarray()
        place = 0
        for first, last, some in pieces:
            # What stands before the first MCU of a piece is that MCU itself, but at the start of the strip.
            bits += self._bits[place : self.mcus[first].end if first else 0]
            bits += some
            place = self.mcus[last].end
        # What follows is moved once, to where it begins within a byte, and not to the start of a byte first.
        begun = len(bits) % 8
        rest = self._bits[place - begun :]
        rest[:begun] = bits[len(bits) - begun :]
        rest += _FILLING[: -len(rest) % 8]
        return (bits.tobytes()[: len(bits) // 8] + rest.tobytes()).replace(b"\xff", b"\xff\0")


def unstuffed(data: bytes) -> bytes:
    """Return bytes without the zero that follows each 255 so that it is no marker."""
    return _STUFFED.sub(b"\xff", data)  # in half of the time of `replace`
