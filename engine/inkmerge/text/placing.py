"""Items → placed items: chunks, anchors, rotation and text on a path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from fontTools.misc.transform import Identity, Transform

from inkmerge.text.bidi import visual_order
from inkmerge.text.characters import Characters, Position
from inkmerge.text.items import Item
from inkmerge.text.text_path import MeasuredPath


class Placed(NamedTuple):
    """An item in its place.

    Attributes:
        item: The item.
        x: Left edge of the cluster, on the baseline; for an upright one in vertical text, the middle of its upper edge.
        y: The baseline, or that upper edge.
        angle: By which it is turned around x, y, in radians.
        line: Number of its line or chunk: decorations run on within one.
    """

    item: Item
    x: float
    y: float
    angle: float
    line: int

    @property
    def frame(self) -> Transform:
        """From the cluster's own axes to the text's."""
        frame = Identity.translate(self.x, self.y)
        if self.angle:
            frame = frame.rotate(self.angle)
        if self.item.stretch != 1:
            stretch = self.item.stretch
            frame = frame.scale(1, stretch) if self.item.cluster.is_upright else frame.scale(stretch, 1)
        return frame

    @property
    def track(self) -> Transform:
        """The line the cluster is on: along the x axis from its start, the alphabetic baseline at y = 0."""
        track = Identity.translate(self.x, self.y)
        if self.item.cluster.is_upright:
            return track.rotate(self.angle + math.pi / 2).translate(0, self.item.central)
        return track.rotate(self.angle) if self.angle else track


@dataclass(frozen=True, slots=True)
class _Laid:
    """A chunk along a line that starts at 0, in visual order.

    Attributes:
        first: Position attributes of its first character.
        items: Item, offset along the line, offset across it (down, or to the right in vertical text) and turn in radians.
        low: Where it starts.
        high: Where it ends.
        lead: What `dx` (or `dy`, in vertical text) of the first character adds to all.
        sink: Offset across the line of what follows.
    """

    first: Position
    items: tuple[tuple[Item, float, float, float], ...]
    low: float
    high: float
    lead: float
    sink: float


_NOWHERE = Position()


def place(characters: Characters, items: Sequence[Item], *, is_rtl: bool) -> list[Placed]:
    """Place a text without a box: https://www.w3.org/TR/SVG2/text.html#TextLayoutAlgorithm, steps on positions."""
    placed: list[Placed] = []
    pen = (0.0, 0.0)
    is_vertical = characters.frame.is_vertical
    for number, chunk in enumerate(_chunks(characters, items)):
        laid = _laid_out(characters, chunk, is_vertical=is_vertical)
        along_path = chunk[0].span.path
        if along_path is not None:
            if along_path.path is None:
                continue
            start = along_path.start + (laid.first.x or 0.0) + laid.lead - _anchor(chunk, laid, is_rtl=False)
            found = _on_path(laid, along_path.path, start, number)
            placed.extend(found)
            if found:
                pen = found[-1].track.transformPoint((found[-1].item.advance, 0.0))
            continue
        x = pen[0] if laid.first.x is None else laid.first.x
        y = pen[1] if laid.first.y is None else laid.first.y
        along, across = (y, x) if is_vertical else (x, y)
        along += laid.lead - _anchor(chunk, laid, is_rtl=is_rtl)
        for item, offset, sink, turn in laid.items:
            if is_vertical:
                placed.append(_in_column(item, across + sink, along + offset, turn, number))
            else:
                placed.append(Placed(item, along + offset, across + sink + item.drop, turn, number))
        along, across = along + laid.high, across + laid.sink
        pen = (across, along) if is_vertical else (along, across)
    return placed


def _in_column(item: Item, x: float, y: float, turn: float, number: int) -> Placed:
    """Place an item in a vertical line, in which "down" is to the left."""
    if item.cluster.is_upright:
        return Placed(item, x - item.drop + item.central, y, turn, number)
    return Placed(item, x - item.drop, y, turn + math.pi / 2, number)


def _chunks(characters: Characters, items: Sequence[Item]) -> list[list[Item]]:
    """Cut where a new text chunk starts."""
    if len(items) == 1:
        return [list(items)]
    starts = set(characters.chunk_starts())
    if items and starts <= {items[0].cluster.start}:
        return [list(items)]
    chunks: list[list[Item]] = []
    for item in items:
        if not chunks or item.cluster.start in starts:
            chunks.append([item])
        else:
            chunks[-1].append(item)
    return chunks


def _laid_out(characters: Characters, chunk: Sequence[Item], *, is_vertical: bool) -> _Laid:
    """Put the items of a chunk side by side in visual order, then move them by dx and dy in logical order."""
    positions = characters.positions
    order = visual_order([item.cluster.level for item in chunk])
    last = chunk[
        order[-1]
    ]  # no space behind the last: https://www.w3.org/TR/css-text-3/#letter-spacing-property
    last.advance, last.spacing = last.advance - last.spacing, 0.0
    first = positions.get(chunk[0].cluster.start, _NOWHERE)
    is_alone = len(positions) == (first is not _NOWHERE)
    if is_alone and not (first.dx or first.dy or first.rotate):
        return _plain(chunk, order, first)
    shifts: list[tuple[float, float, float]] = []
    along = across = lead = 0.0
    for item in chunk:
        position = positions.get(item.cluster.start, _NOWHERE)
        step, drop = (position.dy, position.dx) if is_vertical else (position.dx, position.dy)
        if item is chunk[0]:
            lead, step = step, 0.0
        along, across = along + step, across + drop
        shifts.append((along, across, math.radians(position.rotate or 0.0)))
    pen, low, high = 0.0, math.inf, -math.inf
    laid = []
    for index in order:
        item = chunk[index]
        shift, sink, turn = shifts[index]
        start = pen + shift
        laid.append((item, start, sink, turn))
        low, high = min(low, start, start + item.advance), max(high, start, start + item.advance)
        pen += item.advance
    return _Laid(first, tuple(laid), low, high, lead, across)


def _plain(chunk: Sequence[Item], order: Sequence[int], first: Position) -> _Laid:
    """Put items side by side that no position attribute moves."""
    items = [chunk[index] for index in order]
    pens = [0.0, *accumulate(item.advance for item in items)]
    laid = tuple((item, pen, 0.0, 0.0) for item, pen in zip(items, pens, strict=False))
    return _Laid(first, laid, min(pens), max(pens), 0.0, 0.0)


def _anchor(chunk: Sequence[Item], laid: _Laid, *, is_rtl: bool) -> float:
    """Return the point of the chunk that stands at its position."""
    anchor = chunk[0].span.style.get("text-anchor", "start")
    if anchor == "middle":
        return (laid.low + laid.high) / 2
    return laid.high if (anchor == "end") != is_rtl else laid.low


def _on_path(laid: _Laid, path: MeasuredPath, start: float, number: int) -> list[Placed]:
    """Place the middle of each cluster on the path: https://www.w3.org/TR/SVG2/text.html#TextpathLayoutRules."""
    placed = []
    for item, offset, sink, turn in laid.items:
        half = (item.advance - item.spacing) / 2
        found = path.at(start + offset + half)
        if found is None:
            continue
        x, y, direction = found
        drop = item.drop + sink
        x += -math.cos(direction) * half - math.sin(direction) * drop
        y += -math.sin(direction) * half + math.cos(direction) * drop
        placed.append(Placed(item, x, y, direction + turn, number))
    return placed
