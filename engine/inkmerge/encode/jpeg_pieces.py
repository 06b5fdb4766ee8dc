"""Pieces of JPEG strips are encoded side by side, and their bits told apart.

Between any two stands an MCU of black and white noise whose bits are searched for: its DC coefficients are 0, so that
what stands behind it is coded as at the start of a strip. Where they are found exactly as often as they were put in,
they are where they were put in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from bitarray import bitarray

from inkmerge.encode.jpeg_bits import Block, Piece, StripBits, read_mcus, unstuffed
from inkmerge.encode.rows import Bytes

_BLOCK_PX = 8
_DARK, _LIGHT = 1, 255
"""Levels of luminance whose mean is 128: a block of them has the DC coefficient 0."""
_MIDDLE = 128
_NOISE = 0x0218_A392_CD3D_5DBF
"""Half ones, half zeros: each six of them in a row, in a ring, are others (a de Bruijn sequence)."""
_OPAQUE = 255


class Place(NamedTuple):
    """MCUs of a strip that are encoded as a piece: its number, the first and the last, which are unchanged."""

    strip: int
    first: int
    last: int


class PieceEncoder:
    """Encodes pieces of strips.

    Args:
        px: Rows and columns of an MCU.
        entropy: Encodes rows of pixels, and returns their entropy-coded bytes.
        blocks: How an MCU's blocks are coded.

    Attributes:
        separator: The pixels of what stands between pieces.
    """

    def __init__(self, px: int, entropy: Callable[[Bytes], bytes], blocks: Sequence[Block]) -> None:
        self._px = px
        self._luminance, self._chrominance = blocks[0], blocks[-1]
        self.separator = _noise(px)
        data = unstuffed(entropy(self.separator))
        (mcu,) = read_mcus(data, 1, blocks)
        # How many bits the DC coefficients take depends on what stands before: what is between them is searched for.
        start = self._luminance.cost(0)
        self._rest = mcu.end - start - 2 * self._chrominance.cost(0)
        length = mcu.first_block - start - 7 & -8
        bits = bitarray(buffer=data)[start:]
        self._searched = [bits[n : n + length].tobytes() for n in range(8)]

    def encode(
        self,
        rows: Bytes,
        places: Sequence[Place],
        strips: Mapping[int, StripBits],
        entropy: Callable[[Bytes], bytes],
    ) -> list[Piece] | None:
        """Encode pieces; return None where they cannot be told apart, since a picture shows the noise.

        Args:
            rows: The picture.
            places: Where they are; no MCU of theirs is cut off by the picture's edge.
            strips: The static strips, by number.
            entropy: As that of the class, for these rows.
        """
        px = self._px
        row = np.empty((px, px * (1 + sum(2 + last - first for _, first, last in places)), 4), np.uint8)
        at = 0
        for strip, first, last in places:
            row[:, at : at + px] = self.separator
            end = at + (last - first + 2) * px
            row[:, at + px : end] = rows[strip * px : (strip + 1) * px, first * px : (last + 1) * px]
            at = end
        row[:, at:] = self.separator
        data = unstuffed(entropy(row))
        noise = self._found(data)
        if len(noise) != len(places) + 1:
            return None
        bits = bitarray(buffer=data)
        found = []
        blue = red = 0
        luminance, chrominance = self._luminance, self._chrominance
        for n, (strip, first, last) in enumerate(places):
            mcus = strips[strip].mcus
            start = noise[n] + self._rest + chrominance.cost(blue) + chrominance.cost(red)
            light, blue, red = mcus[last].levels
            end = noise[n + 1] - luminance.cost(light)
            found.append(Piece(first, last, bits[start + (mcus[first].alone if first else 0) : end]))
        return found

    def _found(self, data: bytes) -> list[int]:
        """Return the bits where the noise starts."""
        found = []
        for n, some in enumerate(self._searched):
            at = data.find(some)
            while at >= 0:
                found.append(8 * at - n)
                at = data.find(some, at + 1)
        return sorted(found)


def _noise(px: int) -> Bytes:
    """Return the pixels of an MCU whose first block is noise; what else it has is grey."""
    pixels = np.full((px, px, 4), _MIDDLE, np.uint8)
    pixels[..., 3] = _OPAQUE
    pixels[:_BLOCK_PX, :_BLOCK_PX, :3] = np.array(
        [_LIGHT if _NOISE >> n & 1 else _DARK for n in range(_BLOCK_PX**2)], np.uint8
    ).reshape(_BLOCK_PX, _BLOCK_PX, 1)
    return pixels
