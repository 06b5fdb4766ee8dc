"""Characters → lines of items that are as wide as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple

from inkmerge.text.characters import Characters
from inkmerge.text.items import Item, Measured, measured_items, measured_whole, shaped_items
from inkmerge.text.segmentation import is_dictionary_script, line_break_opportunities, may_split
from inkmerge.text.text_frame import Span

SLACK: Final = 0.01
"""Rounding in user units that is no overflow."""


class Line(NamedTuple):
    """One line of a text.

    Attributes:
        start: Its first item.
        end: One past its last item; spaces at the end are not in it, but for one of a line of nothing else.
        width: Without spaces at its end.
        is_forced: Whether it ends where it must, and so is not justified.
    """

    start: int
    end: int
    width: float
    is_forced: bool


class Breakable:
    """A text that is measured once and broken into lines at one size and another: everything in it is proportional.

    Args:
        characters: The text.
        is_drawn: Whether it will be shaped as well.
    """

    def __init__(self, characters: Characters, *, is_drawn: bool = True) -> None:
        self.characters = characters
        self._text = characters.text
        self._is_drawn = is_drawn
        whole = measured_whole(characters, is_drawn=is_drawn)
        self._whole = whole if whole is not None and whole.is_one else None

    @cached_property
    def items(self) -> list[Item]:
        """Its items one by one."""
        return shaped_items(self.characters, may_join=False)

    @cached_property
    def whole(self) -> list[Item]:
        """The one item that it is where `line` gives a line."""
        return shaped_items(self.characters)

    @cached_property
    def is_plain(self) -> bool:
        """Whether there is a glyph for everything, and none has colours of its own."""
        return self._measured.is_plain if self._whole is None else not self._whole.font.face.is_color

    @property
    def ends(self) -> list[int]:
        """Where its items end: one past their last code points."""
        return [*self._measured.starts[1:], len(self._text)]

    @cached_property
    def _measured(self) -> Measured:
        found = measured_items(self.characters, is_drawn=self._is_drawn)
        if found is not None:
            return found
        clusters = [item.cluster for item in self.items]
        is_plain = not any(
            one.is_missing or _is_color(item) for one, item in zip(clusters, self.items, strict=True)
        )
        advances = [item.advance for item in self.items]
        return Measured([one.start for one in clusters], advances, is_plain)

    @cached_property
    def _spaces(self) -> list[bool]:
        return [self._text[start].isspace() for start in self._measured.starts]

    @cached_property
    def _breaks(self) -> list[bool | None]:
        """Whether a line must end before each item, or may; None where it cannot."""
        found = {one.index: one.is_mandatory for one in line_break_opportunities(self._text)}
        return list(map(found.get, self._measured.starts))

    def line(self, width: float | None, scale: float) -> Line | None:
        """Return it, at a share of its size, as one item on one line; None where it is none, or wider than allowed."""
        if self._whole is None or len(self._text.splitlines()) > 1:
            return None
        used = self._whole.width * scale
        if width is not None and used > width + SLACK:
            return None
        return Line(0, 1, used, is_forced=True)

    def lines(self, width: float | None, scale: float) -> tuple[list[Line], bool]:
        """Break it, at a share of its size, into lines as wide as `width` allows; tell whether a word had to be cut."""
        starts, advances = self._measured.starts, self._measured.advances
        if scale != 1:
            advances = [one * scale for one in advances]
        room = float("inf") if width is None else width + SLACK
        if sum(advances) <= room and len(self._text.splitlines()) == 1:
            return [self._line(0, len(advances), advances, is_forced=True)], False
        lines: list[Line] = []
        splits_word = False
        first = last_break = 0
        used = 0.0
        steps = zip(advances, self._spaces, self._breaks, strict=True)
        for index, (advance, is_space, must_break) in enumerate(steps):
            if must_break is not None and index > first:
                if must_break:
                    lines.append(self._line(first, index, advances, is_forced=True))
                    first, used = index, 0.0
                last_break = index
            if used + advance > room and index > first and not is_space:
                if last_break <= first:
                    last_break = self._emergency(first, index)
                    splits_word |= not is_dictionary_script(self._text[starts[index]])
                lines.append(self._line(first, last_break, advances, is_forced=False))
                first, used = last_break, sum(advances[last_break:index])
            used += advance
        lines.append(self._line(first, len(advances), advances, is_forced=True))
        return lines, splits_word

    def spans_of(self, line: Line) -> set[Span]:
        """Return the spans of which a line has items."""
        runs = self.characters.runs()
        if len(runs) == 1:
            return {runs[0][2]}
        return {item.span for item in self.items[line.start : line.end]}

    def text_of(self, line: Line) -> str:
        """Return what is written on a line, without the spaces around it."""
        starts = self._measured.starts
        end = starts[line.end] if line.end < len(starts) else len(self._text)
        return self._text[starts[line.start] : end].strip()

    def _line(self, start: int, end: int, advances: Sequence[float], *, is_forced: bool) -> Line:
        text, starts = self._text, self._measured.starts
        while end > start and text[starts[end - 1]].isspace():
            end -= 1
        return Line(start, max(end, start + 1), sum(advances[start:end]), is_forced)

    def _emergency(self, first: int, index: int) -> int:
        """Return which item begins the next line when a word has to be cut before one."""
        for at in range(index, first, -1):
            if may_split(self._text, self._measured.starts[at]):
                return at
        return index


def width_of(items: Sequence[Item], text: str) -> tuple[float, int]:
    """Return the width of a line without the spaces at its end, and how many items stand before these, at least one."""
    end = len(items)
    while end and text[items[end - 1].cluster.start].isspace():
        end -= 1
    return sum(item.advance for item in items[:end]), max(end, 1)


def _is_color(item: Item) -> bool:
    return any(glyph.font.face.is_color for glyph in item.cluster.glyphs)
