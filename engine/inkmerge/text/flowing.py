"""Words + regions → lines that follow the shapes, in region after region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from inkmerge.text.items import Item
from inkmerge.text.regions import Region
from inkmerge.text.segmentation import line_break_opportunities

_STEP: Final = 0.125
"""By how much of a line to go down where a shape is too narrow for the next word."""


@dataclass(frozen=True, slots=True)
class LineMetrics:
    """The heights of a line, in user units.

    Attributes:
        height: From line to line.
        ascent: Of the em box, which has to lie inside of the shape.
        descent: The same below the baseline.
    """

    height: float
    ascent: float
    descent: float

    @property
    def rise(self) -> float:
        """From the top of the line to its baseline: the em box is in the middle."""
        return (self.height - self.ascent - self.descent) / 2 + self.ascent


@dataclass(slots=True)
class FlowedLine:
    """One line in its stretch of a region."""

    items: list[Item]
    left: float
    width: float
    baseline: float
    is_forced: bool = False


@dataclass(slots=True)
class _Word:
    """Items between two places where a line may break."""

    items: list[Item]
    width: float
    """Without the spaces at its end."""
    advance: float
    is_last: bool
    """Whether a line has to end behind it."""


@dataclass(slots=True)
class _Place:
    """The next line's place: in which region, and how far down."""

    region: int
    top: float


def flow(
    text: str, items: Sequence[Item], regions: Sequence[Region], metrics_of: Callable[[Item], LineMetrics]
) -> tuple[list[FlowedLine], int]:
    """Set words into regions; the number is of the items that have room in them."""
    lines: list[FlowedLine] = []
    place = _Place(0, regions[0].top)
    line: FlowedLine | None = None
    used = 0.0
    held = 0
    is_full = False
    for word in _words(text, items):
        if line is not None and used + word.width > line.width:
            lines.append(line)
            line = None
        if line is None:
            metrics = metrics_of(word.items[0])
            found = None if is_full else _room(word.width, regions, place, metrics)
            if found is None:  # what has no room stands below, and is reported
                is_full = True
                found = (regions[-1].run(*_middle(regions[-1])) or (0.0, word.width), place.top)
            (left, right), top = found
            place.top = top + metrics.height
            line, used = FlowedLine([], left, right - left, top + metrics.rise), 0.0
        line.items.extend(word.items)
        held += 0 if is_full else len(word.items)
        used += word.advance
        if word.is_last:
            line.is_forced = True
            lines.append(line)
            line = None
    if line is not None:
        line.is_forced = True
        lines.append(line)
    return lines, held


def _middle(region: Region) -> tuple[float, float]:
    middle = (region.top + region.bottom) / 2
    return middle, middle


def _room(
    width: float, regions: Sequence[Region], place: _Place, metrics: LineMetrics
) -> tuple[tuple[float, float], float] | None:
    """Return the next stretch that is wide enough and the top of its line, and go to its region."""
    while True:
        region = regions[place.region]
        top = place.top
        leading = metrics.rise - metrics.ascent
        em = metrics.ascent + metrics.descent
        while top + leading + em <= region.bottom + 1e-6:
            run = region.run(top + leading, top + leading + em)
            if run is not None and run[1] - run[0] >= width:
                return run, top
            top += max(metrics.height * _STEP, 1e-3)
        if place.region + 1 == len(regions):
            return None
        place.region += 1
        place.top = regions[place.region].top


def _words(text: str, items: Sequence[Item]) -> Iterator[_Word]:
    breaks = {one.index: one.is_mandatory for one in line_break_opportunities(text)}
    current: list[Item] = []
    for item in items:
        start = item.cluster.start
        if current and start in breaks:
            yield _word(text, current, is_last=breaks[start])
            current = []
        current.append(item)
    if current:
        yield _word(text, current, is_last=True)


def _word(text: str, items: list[Item], *, is_last: bool) -> _Word:
    end = len(items)
    while end and text[items[end - 1].cluster.start].isspace():
        end -= 1
    advance = sum(item.advance for item in items)
    return _Word(items, sum(item.advance for item in items[:end]), advance, is_last)
