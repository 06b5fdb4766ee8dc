"""Rows of bytes become filtered rows as PNG has them, without looking across the upper edge of a strip.

https://www.w3.org/TR/png-3/#9Filters. The original bytes are all known here, so that a filter is a few
operations on whole strips.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from inkmerge.encode.rows import Bytes


class Filter(IntEnum):
    """What is written of a byte: its difference to a prediction from its neighbours."""

    NONE = 0
    SUB = 1
    UP = 2
    AVERAGE = 3
    PAETH = 4


def filtered(rows: Bytes, step: int, kind: Filter) -> Bytes:
    """Return each row with the number of its filter before it.

    The first row of a strip has no row above that it may look at: it gets `SUB`, or `NONE` with the others.

    Args:
        rows: One row of bytes for each row of pixels.
        step: Bytes of a pixel.
        kind: The filter of all rows but the first.
    """
    height, length = rows.shape
    written = np.empty((height, length + 1), np.uint8)
    written[:, 0] = kind
    differences = written[:, 1:]
    if kind is Filter.NONE:
        differences[:] = rows
        return written
    if kind is Filter.SUB:
        _sub(rows, step, differences)
        return written
    written[0, 0] = Filter.SUB
    _sub(rows[:1], step, differences[:1])
    if height > 1:
        above, here = rows[:-1], rows[1:]
        if kind is Filter.UP:
            prediction = above
        elif kind is Filter.AVERAGE:
            prediction = _averages(_moved(here, step), above)
        else:
            prediction = _nearest(_moved(here, step), above, _moved(above, step))
        np.subtract(here, prediction, out=differences[1:])
    return written


def _sub(rows: Bytes, step: int, differences: Bytes) -> None:
    differences[:, :step] = rows[:, :step]
    np.subtract(rows[:, step:], rows[:, :-step], out=differences[:, step:])


def _moved(rows: Bytes, step: int) -> Bytes:
    """Return what stands one pixel to the left of each byte: 0 at the left edge."""
    moved = np.empty_like(rows)
    moved[:, :step] = 0
    moved[:, step:] = rows[:, :-step]
    return moved


def _averages(left: Bytes, above: Bytes) -> Bytes:
    """Return half of each sum, rounded down, without leaving bytes: the common bits and half of the others."""
    return ((left ^ above) >> 1) + (left & above)


def _nearest(left: Bytes, above: Bytes, corner: Bytes) -> Bytes:
    """Return Paeth's prediction: which of the three is nearest to `left` plus `above` less `corner`.

    In bytes alone, which is three times faster than the 16-bit sums of the specification. The distances of
    `left` and `above` are those of `above` and `left` from `corner`. That of `corner` is the difference of these
    two where it lies between `left` and `above`; elsewhere it is their sum, so that it never wins.
    """
    to_left = _distances(above, corner)
    to_above = _distances(left, corner)
    smaller = np.minimum(to_left, to_above)
    to_corner = np.maximum(to_left, to_above)
    to_corner -= smaller
    is_corner = to_corner < smaller
    is_corner &= (left <= corner) == (corner <= above)
    nearest = _chosen(to_left <= to_above, left, above)
    return _chosen(is_corner, corner, nearest)


def _distances(first: Bytes, second: Bytes) -> Bytes:
    distances = np.maximum(first, second)
    distances -= np.minimum(first, second)
    return distances


def _chosen(is_first: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], first: Bytes, second: Bytes) -> Bytes:
    """Return `np.where(is_first, first, second)`, by masks of bits, which is several times faster."""
    mask = is_first.view(np.uint8)
    np.negative(mask, out=mask)
    chosen = first ^ second
    chosen &= mask
    chosen ^= second
    return chosen
