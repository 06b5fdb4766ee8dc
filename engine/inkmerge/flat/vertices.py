"""Path data → its vertices with the directions in which markers stand on them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path

Point = tuple[float, float]
_COUNTS: Final[dict[str, int]] = {
    "M": 2,
    "L": 2,
    "H": 1,
    "V": 1,
    "C": 6,
    "S": 4,
    "Q": 4,
    "T": 2,
    "A": 7,
    "Z": 0,
}
_SMALL: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Vertex:
    """A point at which a marker may stand.

    Attributes:
        x: In user units.
        y: In user units.
        angle: Direction in radians, for ``orient="auto"``.
    """

    x: float
    y: float
    angle: float


@dataclass(slots=True)
class _Segment:
    """One segment: where it starts and ends, and its directions there, or None where it has no length."""

    start: Point
    end: Point
    leaving: Point | None
    arriving: Point | None
    opens: bool = False
    """Whether it is a moveto."""
    closes: bool = False
    """Whether it is a closepath."""


@dataclass(slots=True)
class _Reader:
    at: Point = (0.0, 0.0)
    first: Point = (0.0, 0.0)
    control: tuple[str, Point] | None = None
    segments: list[_Segment] = field(default_factory=list)

    def absolute(self, x: float, y: float, *, is_relative: bool) -> Point:
        return (self.at[0] + x, self.at[1] + y) if is_relative else (x, y)

    def add(self, end: Point, controls: tuple[Point, ...] = ()) -> None:
        points = [self.at, *controls, end]
        leaving = next((p for p in (_minus(b, self.at) for b in points[1:]) if p), None)
        arriving = next((p for p in (_minus(end, a) for a in reversed(points[:-1])) if p), None)
        self.segments.append(_Segment(self.at, end, leaving, arriving))
        self.at = end


def vertices(data: str) -> list[Vertex]:
    """Return the vertices of checked path data, each subpath's moveto included.

    https://www.w3.org/TR/SVG2/painting.html#RenderingMarkers and, for directions,
    https://www.w3.org/TR/SVG2/paths.html#PathDirection
    """
    reader = _Reader()
    for command, numbers in _commands(data):
        _read(reader, command, numbers)
    return list(_with_angles(reader.segments))


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    words = data.split()
    place = 0
    while place < len(words):
        command = words[place]
        count = _COUNTS[command.upper()]
        yield command, [float(word) for word in words[place + 1 : place + 1 + count]]
        place += 1 + count
        while (
            place < len(words) and words[place].upper() not in _COUNTS
        ):  # further arguments of the same command
            following = {"M": "L", "m": "l"}.get(command, command)
            yield following, [float(word) for word in words[place : place + count]]
            place += count


def _read(reader: _Reader, command: str, a: list[float]) -> None:
    relative = command.islower()
    control: tuple[str, Point] | None = None
    match command.upper():
        case "M":
            reader.at = reader.first = reader.absolute(a[0], a[1], is_relative=relative)
            reader.segments.append(_Segment(reader.at, reader.at, None, None, opens=True))
        case "L":
            reader.add(reader.absolute(a[0], a[1], is_relative=relative))
        case "H":
            reader.add((a[0] + (reader.at[0] if relative else 0), reader.at[1]))
        case "V":
            reader.add((reader.at[0], a[0] + (reader.at[1] if relative else 0)))
        case "C":
            points = _points(reader, a, relative=relative)
            control = ("C", points[1])
            reader.add(points[2], points[:2])
        case "S":
            points = _points(reader, a, relative=relative)
            control, first = ("C", points[0]), _reflected(reader, "C")
            reader.add(points[1], (first, points[0]))
        case "Q":
            points = _points(reader, a, relative=relative)
            control = ("Q", points[0])
            reader.add(points[1], points[:1])
        case "T":
            middle = _reflected(reader, "Q")
            control = ("Q", middle)
            reader.add(reader.absolute(a[0], a[1], is_relative=relative), (middle,))
        case "A":
            end = reader.absolute(a[5], a[6], is_relative=relative)
            reader.add(end, _arc_controls(reader.at, a[:5], end))
        case "Z":
            if not reader.segments or not reader.segments[-1].closes:
                reader.add(reader.first)
                reader.segments[-1].closes = True
    reader.control = control


def _points(reader: _Reader, a: list[float], *, relative: bool) -> tuple[Point, ...]:
    return tuple(reader.absolute(x, y, is_relative=relative) for x, y in zip(a[::2], a[1::2], strict=True))


def _reflected(reader: _Reader, kind: str) -> Point:
    if reader.control is None or reader.control[0] != kind:
        return reader.at
    (x, y), (cx, cy) = reader.at, reader.control[1]
    return 2 * x - cx, 2 * y - cy


def _arc_controls(start: Point, arc: list[float], end: Point) -> tuple[Point, ...]:
    """Return control points at which an elliptical arc leaves its start and arrives at its end."""
    pen: Any = RecordingPen()
    rx, ry, turn, large, sweep = arc
    parse_path(
        f"M {start[0]!r} {start[1]!r} A {rx!r} {ry!r} {turn!r} {int(large)} {int(sweep)} {end[0]!r} {end[1]!r}",
        pen,
    )
    curves = [points for name, points in pen.value if name == "curveTo"]
    return (curves[0][0], curves[-1][-2]) if curves else ()


def _minus(a: Point, b: Point) -> Point | None:
    x, y = a[0] - b[0], a[1] - b[1]
    return (x, y) if math.hypot(x, y) > _SMALL else None


def _with_angles(segments: list[_Segment]) -> Iterator[Vertex]:
    """Put together what arrives at each vertex and what leaves it."""
    _fill_directions(segments)
    opened = 0
    for place, segment in enumerate(segments):
        if segment.opens:
            opened = place
        following = segments[place + 1] if place + 1 < len(segments) else None
        arriving = None if segment.opens else segment.arriving
        leaving = None if following is None or following.opens else following.leaving
        if segment.closes and leaving is None:
            leaving = segments[opened + 1].leaving
        if segment.opens and (last := _closed_at(segments, place)) is not None:
            arriving = segments[last].arriving
        yield Vertex(*segment.end, _bisector(arriving, leaving))


def _fill_directions(segments: list[_Segment]) -> None:
    """Give segments without a length the direction of those before them, else of those after."""
    previous: Point | None = None
    for segment in segments:
        if segment.opens:
            previous = None
        elif segment.arriving is None:
            segment.arriving = segment.leaving = previous
        previous = segment.arriving
    following: Point | None = None
    for segment in reversed(segments):
        if segment.opens:
            following = None
        elif segment.arriving is None:
            segment.arriving = segment.leaving = following
        following = segment.leaving


def _closed_at(segments: list[_Segment], opened: int) -> int | None:
    """Return the closepath of the subpath that a moveto opens, or None."""
    last = opened
    while last + 1 < len(segments) and not segments[last + 1].opens:
        last += 1
    return last if segments[last].closes else None


def _bisector(arriving: Point | None, leaving: Point | None) -> float:
    if arriving is None or leaving is None:
        found = arriving or leaving
        return 0.0 if found is None else math.atan2(found[1], found[0])
    before, after = math.atan2(arriving[1], arriving[0]), math.atan2(leaving[1], leaving[0])
    middle = (before + after) / 2
    return middle + math.pi if abs(after - before) > math.pi else middle
