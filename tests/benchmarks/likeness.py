"""Whether a picture is the picture: its difference against Chromium's, so that nobody wins by drawing less."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from benchmarks.peers.svg_libraries import jpeg
from benchmarks.way import Format

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
MEAN_BOUND: Final = 1.0
WORST_BOUND: Final = 10.0
"""Without its shadow, the card of the photo scene comes to 15; without a text, a scene comes to 40 and more."""
_SQUARE: Final = 10
"""Side of a square, in pixels of half the size."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two pictures lie apart.

    Two by two pixels are averaged, which evens out anti-aliasing. Then a pixel counts by as much as it lies outside of
    what the other picture has there and in the eight pixels around, in whichever direction is worse: a letter that
    stands half a pixel beside its place costs next to nothing, one that is missing costs all of it.

    Attributes:
        mean: Mean of a channel over the picture, of 255.
        worst: The same in that square of 20 × 20 pixels where it is largest, which tells a missing word or shadow.
    """

    mean: float
    worst: float

    @property
    def is_same_picture(self) -> bool:
        """Whether both are below their bound."""
        return self.mean <= MEAN_BOUND and self.worst <= WORST_BOUND

    @classmethod
    def between(cls, image: bytes, reference: bytes, to: Format) -> Difference:
        """Compare an image with a reference PNG, which passes through the same JPEG where the image is one."""
        expected = Image.open(io.BytesIO(reference))
        if to == "jpeg":
            expected = Image.open(io.BytesIO(jpeg(expected)))
        actual = Image.open(io.BytesIO(image))
        if actual.size != expected.size:
            return cls(255.0, 255.0)
        one, other = _halved(actual), _halved(expected)
        apart = np.maximum(_outside(one, other), _outside(other, one)).mean(axis=-1)
        rows, columns = (side // _SQUARE for side in apart.shape)
        squares = apart[: rows * _SQUARE, : columns * _SQUARE].reshape(rows, _SQUARE, columns, _SQUARE)
        return cls(float(apart.mean()), float(squares.mean(axis=(1, 3)).max()))

    @classmethod
    def largest(cls, found: list[Difference]) -> Difference:
        """Return the larger of each figure."""
        return cls(max(one.mean for one in found), max(one.worst for one in found))


def _halved(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("RGB").reduce(2), dtype=float)


def _outside(one: Pixels, other: Pixels) -> Pixels:
    """Return by how much each value of a picture lies outside of what another has around the same place."""
    around = sliding_window_view(np.pad(other, ((1, 1), (1, 1), (0, 0)), mode="edge"), (3, 3), axis=(0, 1))
    lowest, highest = around.min(axis=(-2, -1)), around.max(axis=(-2, -1))
    return np.asarray(np.maximum(0, np.maximum(lowest - one, one - highest)))
