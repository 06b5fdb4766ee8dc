"""Items → placed items: chunks, anchors, rotation and text on a path."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.svg.references import href
from inkmerge.text.bidi import visual_order
from inkmerge.text.characters import Characters, LengthOf, Position
from inkmerge.text.items import Item
from inkmerge.text.text_path import MeasuredPath, measure


@dataclass(frozen=True, slots=True)
class Placed:
    """An item in its place.

    Attributes:
        item: The item.
        x: Left edge of the cluster, on the baseline.
        y: The baseline.
        angle: By which it is turned around x, y, in radians.
        line: Number of its line or chunk: decorations run on within one.
    """

    item: Item
    x: float
    y: float
    angle: float
    line: int


PathOf = Callable[[str], tuple[str, Transform] | None]
_NOWHERE = Position()


def place(characters: Characters, items: Sequence[Item], paths: PathSource, *, is_rtl: bool) -> list[Placed]:
    """Place a text without a box: https://www.w3.org/TR/SVG2/text.html#TextLayoutAlgorithm, steps on positions."""
    placed: list[Placed] = []
    pen_x = pen_y = 0.0
    for number, chunk in enumerate(_chunks(characters, items)):
        first = characters.positions.get(chunk[0].cluster.start, _NOWHERE)
        if chunk[0].span.path is not None:
            path = paths.measured(chunk[0].span.path)
            if path is not None:
                found = _on_path(
                    characters, chunk, path, paths.offset(chunk[0].span.path, path, first), number
                )
                placed.extend(found)
                if found:
                    last = found[-1]
                    pen_x = last.x + math.cos(last.angle) * last.item.advance
                    pen_y = last.y + math.sin(last.angle) * last.item.advance
            continue
        x = pen_x if first.x is None else first.x
        y = pen_y if first.y is None else first.y
        offsets, low, high = _advance(characters, chunk)
        shift = x + first.dx - _anchor(chunk, low, high, is_rtl=is_rtl)
        sink = 0.0
        drops = {}
        for item in chunk:
            sink += characters.positions.get(item.cluster.start, _NOWHERE).dy
            drops[item.cluster.start] = sink
        for item, offset in offsets:
            turn = characters.positions.get(item.cluster.start, _NOWHERE).rotate or 0.0
            angle = math.radians(turn)
            drop = item.drop
            baseline = y + drops[item.cluster.start]
            placed.append(
                Placed(
                    item,
                    shift + offset - math.sin(angle) * drop,
                    baseline + math.cos(angle) * drop,
                    angle,
                    number,
                )
            )
        pen_x, pen_y = shift + high, y + sink
    return placed


class PathSource:
    """The paths that texts of one element run along."""

    def __init__(self, path_of: PathOf, length: LengthOf) -> None:
        self._path_of = path_of
        self._length = length
        self._known: dict[etree._Element, MeasuredPath | None] = {}

    def measured(self, element: etree._Element) -> MeasuredPath | None:
        """Return the path of a `textPath`, or None when there is none: its text is not drawn."""
        if element not in self._known:
            self._known[element] = self._measure(element)
        return self._known[element]

    def _measure(self, element: etree._Element) -> MeasuredPath | None:
        link = (href(element) or "").strip()
        found = self._path_of(link[1:]) if link.startswith("#") else None
        if found is None or not found[0]:
            return None
        path = measure(*found)
        return path.reversed() if element.get("side") == "right" else path

    def offset(self, element: etree._Element, path: MeasuredPath, first: Position) -> float:
        """Return the distance at which the text starts."""
        value = element.get("startOffset", "0").strip()
        if value.endswith("%"):
            try:
                start = float(value[:-1]) / 100 * path.length
            except ValueError:
                start = 0.0
        else:
            start = self._length(value, element, "other")
        return start + (first.x or 0.0)


def _chunks(characters: Characters, items: Sequence[Item]) -> list[list[Item]]:
    """Cut where an absolute position starts a new chunk, or where the path changes."""
    chunks: list[list[Item]] = []
    for item in items:
        position = characters.positions.get(item.cluster.start)
        is_new = not chunks or item.span.path is not chunks[-1][-1].span.path
        if (
            item.span.path is None
            and position is not None
            and (position.x is not None or position.y is not None)
        ):
            is_new = True
        if is_new:
            chunks.append([item])
        else:
            chunks[-1].append(item)
    return chunks


def _advance(characters: Characters, chunk: Sequence[Item]) -> tuple[list[tuple[Item, float]], float, float]:
    """Return the items in visual order with their offsets from the chunk's start, and the extent."""
    pen = 0.0
    offsets = []
    low, high = math.inf, -math.inf
    first = chunk[0]
    for index in visual_order([item.cluster.level for item in chunk]):
        item = chunk[index]
        if item is not first:
            pen += characters.positions.get(item.cluster.start, _NOWHERE).dx
        offsets.append((item, pen))
        low, high = min(low, pen, pen + item.advance), max(high, pen, pen + item.advance)
        pen += item.advance
    return offsets, low, high


def _anchor(chunk: Sequence[Item], low: float, high: float, *, is_rtl: bool) -> float:
    """Return the point of the chunk that stands at its position."""
    anchor = chunk[0].span.style.get("text-anchor", "start")
    if anchor == "middle":
        return (low + high) / 2
    return high if (anchor == "end") != is_rtl else low


def _on_path(
    characters: Characters, chunk: Sequence[Item], path: MeasuredPath, start: float, number: int
) -> list[Placed]:
    """Place the middle of each cluster on the path: https://www.w3.org/TR/SVG2/text.html#TextpathLayoutRules."""
    offsets, low, high = _advance(characters, chunk)
    shift = start + characters.positions.get(chunk[0].cluster.start, _NOWHERE).dx
    shift -= _anchor(chunk, low, high, is_rtl=False)
    sink = 0.0
    drops = {}
    for item in chunk:
        sink += characters.positions.get(item.cluster.start, _NOWHERE).dy
        drops[item.cluster.start] = sink
    placed = []
    for item, offset in offsets:
        found = path.at(shift + offset + item.advance / 2)
        if found is None:
            continue
        x, y, direction = found
        drop = item.drop + drops[item.cluster.start]
        half = item.advance / 2
        x += -math.cos(direction) * half - math.sin(direction) * drop
        y += -math.sin(direction) * half + math.cos(direction) * drop
        turn = math.radians(characters.positions.get(item.cluster.start, _NOWHERE).rotate or 0.0)
        placed.append(Placed(item, x, y, direction + turn, number))
    return placed
