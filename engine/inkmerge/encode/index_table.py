"""The colours of a picture become numbers of a palette, exactly or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inkmerge.encode.rows import Bytes, Words, rgba_of

MOST_COLOURS = 256
"""https://www.w3.org/TR/png-3/#11PLTE."""

_SHIFT = np.uint32(16)
_GOLDEN = 0x9E37_79B1  # Knuth's multiplier for hashing 32 bits
_TRIES = 64
_SAMPLE_PX = 4_096


@dataclass(frozen=True, slots=True)
class IndexTable:
    """A palette and the way to a colour's place in it.

    A colour is found in one multiplication and two look-ups: the multiplier is one that sends no two colours
    of the palette to the same of 65,536 slots.

    Attributes:
        colours: The pixels of the palette as words, in its order.
        multiplier: See above.
        slots: The number of the colour in each slot; 0 in slots that have none.
    """

    colours: Words
    multiplier: np.uint32
    slots: Bytes

    def indices(self, words: Words) -> tuple[Bytes, Words]:
        """Return the number of each pixel's colour, and the colours that the palette lacks, with repetitions."""
        pixels = words.ravel()
        # Pictures of few colours have long runs of one: each is looked up once.
        starts = np.flatnonzero(np.concatenate([[True], pixels[1:] != pixels[:-1]]))
        colours = pixels[starts]
        numbers = self.slots[(colours * self.multiplier) >> _SHIFT]
        lacking = colours[self.colours[numbers] != colours]
        return np.repeat(numbers, np.diff(starts, append=pixels.size)).reshape(words.shape), lacking

    def with_colours(self, more: Words) -> IndexTable | None:
        """Return the palette with more colours at its end, or None when they are too many."""
        if len(self.colours) + len(more) > MOST_COLOURS:
            return None
        return _table(np.concatenate([self.colours, more]))

    def palette(self) -> tuple[bytes, bytes]:
        """Return the contents of PLTE, and of tRNS, which is empty when all colours are opaque."""
        straight = rgba_of(self.colours.view("u1").reshape(1, -1, 4)).reshape(-1, 4)
        # https://www.w3.org/TR/png-3/#11tRNS: colours beyond the chunk's end are opaque
        return straight[:, :3].tobytes(), straight[:, 3].tobytes().rstrip(b"\xff")


def index_table(words: Words) -> IndexTable | None:
    """Return the palette of these pixels, or None when they have more than 256 colours.

    Transparent colours come first, so that `tRNS`, which ends with the last of them, is short.
    """
    colours = distinct(words)  # sorted: alpha is the highest byte
    return None if colours is None else _table(colours)


def distinct(words: Words) -> Words | None:
    """Return the colours in these pixels, sorted, or None when they are more than 256."""
    # Most pictures that have too many show it at once.
    for some in (words.ravel()[:_SAMPLE_PX], words):
        colours = np.unique(some)
        if len(colours) > MOST_COLOURS:
            return None
    return colours


def _table(colours: Words) -> IndexTable | None:
    for n in range(_TRIES):
        multiplier = np.uint32(_GOLDEN * (2 * n + 1) & 0xFFFF_FFFF)
        places = (colours * multiplier) >> _SHIFT
        if len(np.unique(places)) == len(colours):
            slots = np.zeros(1 << 16, np.uint8)
            slots[places] = np.arange(len(colours), dtype=np.uint8)
            return IndexTable(colours, multiplier, slots)
    return None
