"""Path data → points and directions along it, by distance."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from fontTools.misc.transform import Transform
from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path import parse_path

_STEPS = 128
"""Straight pieces for each curve; at a radius of 100 user units they stray by less than 0.001."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MeasuredPath:
    """A path as straight pieces with their distances from the start; gaps between subpaths have no length.

    Attributes:
        starts: Distance at which each piece starts.
        pieces: Start and end of each piece.
        length: Of the whole path.
        is_closed: Whether it ends where it starts.
    """

    starts: tuple[float, ...]
    pieces: tuple[tuple[Point, Point], ...]
    length: float
    is_closed: bool

    def reversed(self) -> MeasuredPath:
        """Return the same path from its other end, as `side="right"` asks."""
        pieces = tuple((b, a) for a, b in reversed(self.pieces))
        return _measured(pieces, is_closed=self.is_closed)

    def at(self, distance: float) -> tuple[float, float, float] | None:
        """Return x, y and the direction in radians at a distance, or None when it is off the path."""
        if not self.pieces or distance < 0 or distance > self.length:
            return None
        index = max(0, bisect_right(self.starts, distance) - 1)
        (x0, y0), (x1, y1) = self.pieces[index]
        piece = math.hypot(x1 - x0, y1 - y0)
        share = (distance - self.starts[index]) / piece if piece else 0.0
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, math.atan2(y1 - y0, x1 - x0)


class _PiecesPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Gathers a path as straight pieces."""

    def __init__(self) -> None:
        super().__init__(None)
        self.pieces: list[tuple[Point, Point]] = []
        self.is_closed = False
        self._at: Point = (0.0, 0.0)
        self._from: Point = (0.0, 0.0)

    def _moveTo(self, pt: Point) -> None:  # noqa: N802  fontTools' protocol
        self._at = self._from = pt

    def _lineTo(self, pt: Point) -> None:  # noqa: N802  fontTools' protocol
        if pt != self._at:
            self.pieces.append((self._at, pt))
        self._at = pt

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802  fontTools' protocol
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = self._at, pt1, pt2, pt3
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            self._lineTo((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))

    def _closePath(self) -> None:  # noqa: N802  fontTools' protocol
        self._lineTo(self._from)
        self.is_closed = True

    def _endPath(self) -> None:  # noqa: N802  fontTools' protocol
        pass


def measure(data: str, matrix: Transform) -> MeasuredPath:
    """Measure path data after a transform."""
    pen: Any = _PiecesPen()
    parse_path(data, pen)
    pieces = [(matrix.transformPoint(a), matrix.transformPoint(b)) for a, b in pen.pieces]
    return _measured(tuple(pieces), is_closed=pen.is_closed)


def _measured(pieces: tuple[tuple[Point, Point], ...], *, is_closed: bool) -> MeasuredPath:
    starts, distance = [], 0.0
    for (x0, y0), (x1, y1) in pieces:
        starts.append(distance)
        distance += math.hypot(x1 - x0, y1 - y0)
    return MeasuredPath(tuple(starts), pieces, distance, is_closed)
