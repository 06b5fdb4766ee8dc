"""Shapes that text flows in → the stretch of each line that lies inside of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

Polygon = tuple[tuple[float, float], ...]
Runs = list[tuple[float, float]]
"""Stretches of one scan line, from left to right, that do not touch."""

_EDGE: Final = 1e-3
"""Share of a line's height by which it may touch the edge of a shape."""
_GRID: Final = 1024
"""Scan lines of an outline that are told apart: a thousandth of its height."""
_SAMPLES: Final = 7
"""Scan lines looked at over the height of a line, and over the reach of a padding."""


class Outline:
    """An outline whose curves are polygons; what is inside follows the non-zero rule.

    Scan lines are looked up on a grid, so that a text that is tried at many places costs no more than its shape.

    Attributes:
        polygons: The polygons.
        top: The least y.
        bottom: The greatest y.
    """

    def __init__(self, polygons: tuple[Polygon, ...]) -> None:
        self.polygons = polygons
        self.top = min(y for polygon in polygons for _, y in polygon)
        self.bottom = max(y for polygon in polygons for _, y in polygon)
        self._step = max(self.bottom - self.top, 1e-9) / _GRID
        self._scans: dict[int, Runs] = {}

    def scan(self, y: float) -> Runs:
        """Return the stretches that are inside on one scan line."""
        if not self.top <= y <= self.bottom:
            return []
        row = min(int((y - self.top) / self._step), _GRID - 1)
        if row not in self._scans:
            self._scans[row] = _scan(self.polygons, self.top + (row + 0.5) * self._step)
        return self._scans[row]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A shape in which text flows, in the user space of the text.

    Attributes:
        outline: Its outline.
        padding: By how much text keeps away from it.
        holes: Outlines around which text flows, each with the margin that text keeps to it.
    """

    outline: Outline
    padding: float = 0.0
    holes: tuple[tuple[Outline, float], ...] = ()
    _runs: dict[tuple[float, float], tuple[float, float] | None] = field(default_factory=dict, repr=False)

    @property
    def top(self) -> float:
        """Where the first line may begin."""
        return self.outline.top + self.padding

    @property
    def bottom(self) -> float:
        """Where the last line must end."""
        return self.outline.bottom - self.padding

    def run(self, top: float, bottom: float) -> tuple[float, float] | None:
        """Return the widest stretch that is inside all the way from `top` to `bottom`, or None."""
        key = (round(top, 3), round(bottom, 3))
        if key not in self._runs:
            self._runs[key] = _widest(self, *key)
        return self._runs[key]


def _widest(region: Region, top: float, bottom: float) -> tuple[float, float] | None:
    inside: Runs = [(-math.inf, math.inf)]
    edge = (bottom - top) * _EDGE
    for y in _between(top + edge, bottom - edge):
        inside = _intersected(inside, _eroded(region.outline, y, region.padding))
        for outline, margin in region.holes:
            if inside and outline.top - margin <= y <= outline.bottom + margin:
                inside = _subtracted(inside, _dilated(outline, y, margin))
        if not inside:
            return None
    return max(inside, key=lambda run: run[1] - run[0])


def _between(start: float, end: float) -> Iterable[float]:
    return (start + (end - start) * index / (_SAMPLES - 1) for index in range(_SAMPLES))


def _eroded(outline: Outline, y: float, distance: float) -> Runs:
    """Return the runs of a scan line whose points are no nearer to the outline than `distance`."""
    if distance <= 0:
        return outline.scan(y)
    runs: Runs = [(-math.inf, math.inf)]
    for step in _between(-distance, distance):
        inset = math.sqrt(max(0.0, distance * distance - step * step))
        runs = _intersected(
            runs, [(a + inset, b - inset) for a, b in outline.scan(y + step) if b - a > 2 * inset]
        )
    return runs


def _dilated(outline: Outline, y: float, distance: float) -> Runs:
    """Return the runs of a scan line whose points are nearer to the shape than `distance`."""
    runs: Runs = []
    for step in _between(-distance, distance) if distance > 0 else (0.0,):
        reach = math.sqrt(max(0.0, distance * distance - step * step))
        runs += [(a - reach, b + reach) for a, b in outline.scan(y + step)]
    return runs


def _scan(polygons: Sequence[Polygon], y: float) -> Runs:
    """Return the inside of polygons on one scan line, by the non-zero rule."""
    crossings: list[tuple[float, int]] = []
    for polygon in polygons:
        x0, y0 = polygon[-1]
        for x1, y1 in polygon:
            if (y0 <= y) != (y1 <= y):
                crossings.append((x0 + (y - y0) * (x1 - x0) / (y1 - y0), 1 if y1 > y0 else -1))
            x0, y0 = x1, y1
    runs: Runs = []
    winding, start = 0, 0.0
    for x, turn in sorted(crossings):
        if winding == 0:
            start = x
        winding += turn
        if winding == 0 and x > start:
            runs.append((start, x))
    return runs


def _intersected(one: Runs, other: Runs) -> Runs:
    return sorted((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d))


def _subtracted(runs: Runs, holes: Runs) -> Runs:
    for c, d in holes:
        runs = [part for a, b in runs for part in ((a, min(b, c)), (max(a, d), b)) if part[1] > part[0]]
    return runs
