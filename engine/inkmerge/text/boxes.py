"""Text boxes: lines that wrap, shrink or end in an ellipsis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from inkmerge.text.bidi import visual_order
from inkmerge.text.breaking import SLACK, Breakable, Line, width_of
from inkmerge.text.characters import LINE_BREAK, Characters
from inkmerge.text.flowing import FlowedLine, LineMetrics, flow
from inkmerge.text.items import Item
from inkmerge.text.placing import Placed
from inkmerge.text.regions import Region
from inkmerge.text.text_frame import Span

Fit = Literal["shrink", "wrap", "ellipsis", "error"]
Align = Literal["start", "middle", "center", "end", "left", "right", "justify"]
Valign = Literal["top", "middle", "bottom"]

ELLIPSIS: Final = "…"
_NORMAL_LINE: Final = 1.2
"""`line-height: normal`, as browsers and drawing tools have it for most faces."""
_STEPS: Final = 8
"""Halvings of the span between the smallest size and the whole: a 256th of it is not seen."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """The space that a text may take, in user units.

    Attributes:
        x: Left edge; None hangs the box at the text's own x by its anchor.
        y: Top edge; None keeps the first baseline where the designer put it.
        width: Width; None is unbounded.
        height: Height; None is unbounded.
        fit: What happens with a text that is too long.
        max_lines: The most lines; None is one for `shrink`, `ellipsis` and `error` without a height, else any number.
        align: Along the line; None follows `text-align` or `text-anchor`.
        valign: Across the lines; None starts at the top, or at the designer's baseline.
        min_size: The smallest size that `shrink` may choose, as a share of the font size.
        line_height: Distance of baselines as a multiple of the font size; None follows `line-height`.
        regions: Shapes that the lines follow, one after the other, instead of x, y, width and height.
        is_em_box: Whether the em box is in the middle of a line, as Inkscape has it, and not ascent and descent.
    """

    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    fit: Fit = "shrink"
    max_lines: int | None = None
    align: Align | None = None
    valign: Valign | None = None
    min_size: float = 0.5
    line_height: float | None = None
    regions: tuple[Region, ...] = ()
    is_em_box: bool = False


class Overflow(NamedTuple):
    """By how much a text is too large for its box.

    Attributes:
        words: In words.
        share: As a share of the box: 0.25 is a quarter too much.
    """

    words: str
    share: float


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A text broken into lines at a share of its size.

    Attributes:
        text: The text.
        lines: Its lines.
        scale: The share.
        width: That of the widest line.
        height: That of all lines.
        is_whole: Whether it is one item on one line.
        splits_word: Whether a word is cut.
        stretches: Where each line is, in a box of regions.
        excess: How many items had no room in regions, for each that had.
    """

    text: Breakable
    lines: list[Line]
    scale: float
    width: float
    height: float
    is_whole: bool = False
    splits_word: bool = False
    stretches: Sequence[FlowedLine] = ()
    excess: float = 0.0

    def items_of(self, line: Line) -> list[Item]:
        """Return the items of a line."""
        items = self.text.whole if self.is_whole else self.text.items[line.start : line.end]
        return [item.at(self.scale) for item in items]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text in its box.

    Attributes:
        characters: The text as drawn, which an ellipsis may have cut.
        overflow: By how much it is too large, or None.
    """

    characters: Characters
    overflow: Overflow | None
    _text: Breakable
    _attempt: _Attempt
    _box: TextBox

    @property
    def is_plain(self) -> bool:
        """Whether there is a glyph for everything, what is cut off too, and none has colours of its own."""
        return self._text.is_plain and self._attempt.text.is_plain

    @property
    def lines(self) -> tuple[str, ...]:
        """The text of each line."""
        if self._attempt.is_whole:
            return (self.characters.text.strip(),)
        return tuple(map(self._attempt.text.text_of, self._attempt.lines))

    def placed(self) -> list[Placed]:
        """Return the items in their places."""
        return _place(self._attempt, self.characters, self._box, self.characters.frame.origin)


def fit_text(characters: Characters, box: TextBox, *, is_drawn: bool = True) -> Fitted:
    """Set a text into its box.

    Args:
        characters: The text.
        box: The box.
        is_drawn: Whether it is to be as large as it can be; else it is enough that it fits.
    """
    text = Breakable(characters, is_drawn=is_drawn)
    if not is_drawn and box.fit == "shrink":
        smallest = _attempt(text, box, box.min_size)
        if _overflow(smallest, box) is None:
            return Fitted(characters, None, text, smallest, box)
    attempt = _attempt(text, box, 1.0)
    if _overflow(attempt, box) is not None:
        if box.fit == "shrink":
            attempt = _shrunk(text, box, attempt)
        elif box.fit == "ellipsis":
            attempt = _cut(text, box)
    return Fitted(attempt.text.characters, _overflow(attempt, box), text, attempt, box)


def widest_line(box: TextBox, span: Span) -> float:
    """Return up to which width at full size a text of one style fits as one line; -1 where it is not that simple.

    Args:
        box: The box.
        span: The text's style.
    """
    scale = box.min_size if box.fit == "shrink" else 1.0
    if box.regions or (box.height is not None and _span_line_height(span, box) * scale > box.height + SLACK):
        return -1.0
    return math.inf if box.width is None or scale == 0 else (box.width + SLACK) / scale


def _most_lines(box: TextBox) -> int | None:
    if box.max_lines is not None:
        return box.max_lines
    return 1 if box.fit != "wrap" and box.height is None and not box.regions else None


def _wraps(box: TextBox) -> bool:
    return bool(box.regions) or (box.width is not None and _most_lines(box) != 1)


def _attempt(text: Breakable, box: TextBox, scale: float) -> _Attempt:
    if box.regions:
        return _flowed(text, box, scale)
    width = box.width if _wraps(box) else None
    line = text.line(width, scale)
    lines, splits_word = text.lines(width, scale) if line is None else ([line], False)
    height = sum(_line_height(text, one, box) * scale for one in lines)
    widest = max(one.width for one in lines)
    return _Attempt(text, lines, scale, widest, height, line is not None, splits_word)


def _flowed(text: Breakable, box: TextBox, scale: float) -> _Attempt:
    """Let a text flow through regions."""
    source = text.characters.text
    items = [item.at(scale) for item in text.items]
    flowed, held = flow(source, items, box.regions, lambda item: _line_metrics(item, box, scale))
    lines = []
    start = 0
    for one in flowed:
        width, count = width_of(one.items, source)
        lines.append(Line(start, start + count, width, one.is_forced))
        start += len(one.items)
    excess = (len(items) - held) / max(held, 1)
    return _Attempt(text, lines, scale, 0.0, 0.0, stretches=flowed, excess=excess)


def _overflow(attempt: _Attempt, box: TextBox) -> Overflow | None:
    if attempt.excess:
        return Overflow("more lines than its shape holds", attempt.excess)
    most = _most_lines(box)
    if most is not None and len(attempt.lines) > most:
        return Overflow(f"{len(attempt.lines)} lines where {most} fit", len(attempt.lines) / most - 1)
    if box.width is not None and attempt.width > box.width + SLACK:
        return Overflow(f"{attempt.width:.1f} wide where {box.width:g} fit", attempt.width / box.width - 1)
    if box.height is not None and attempt.height > box.height + SLACK:
        return Overflow(
            f"{attempt.height:.1f} high where {box.height:g} fit", attempt.height / box.height - 1
        )
    return None


def _shrunk(text: Breakable, box: TextBox, whole: _Attempt) -> _Attempt:
    """Return the largest attempt that fits without cutting a word, else the largest that fits, else the smallest."""
    if not _wraps(box) and box.width is not None and whole.width > 0 and box.height is None:
        # one line: its width is proportional to its size
        return _attempt(text, box, max(box.min_size, min(1.0, box.width / whole.width)))
    smallest = _attempt(text, box, box.min_size)
    may_cut = smallest.splits_word
    best, low, high = smallest, box.min_size, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        attempt = _attempt(text, box, middle)
        if _overflow(attempt, box) is None and (may_cut or not attempt.splits_word):
            best, low = attempt, middle
        else:
            high = middle
    return best


def _cut(text: Breakable, box: TextBox) -> _Attempt:
    """Cut the text so that it and an ellipsis fit; the longest such text, found by halving."""
    ends = text.ends
    low, high = 0, len(ends)
    best = _attempt(_truncated(text.characters, 0), box, 1.0)
    while low < high:
        middle = (low + high + 1) // 2
        attempt = _attempt(_truncated(text.characters, ends[middle - 1]), box, 1.0)
        if _overflow(attempt, box) is None:
            best, low = attempt, middle
        else:
            high = middle - 1
    return best


def _truncated(characters: Characters, end: int) -> Breakable:
    kept = characters.text[:end].rstrip(" \n,;:-–—.·")
    spans = characters.spans[: len(kept)]
    spans.append(spans[-1] if spans else characters.spans[0])
    return Breakable(replace(characters, text=kept + ELLIPSIS, spans=spans))


def _line_metrics(item: Item, box: TextBox, scale: float) -> LineMetrics:
    ascent, descent = _ascent([item])
    size = float(item.span.style.get("font-size", "16")) * scale
    share = ascent / (ascent + descent) if ascent + descent > 0 else 0.8
    return LineMetrics(_span_line_height(item.span, box) * scale, size * share, size * (1 - share))


def _line_height(text: Breakable, line: Line, box: TextBox) -> float:
    """Return the height of a line at full size."""
    return max(_span_line_height(span, box) for span in text.spans_of(line))


def _span_line_height(span: Span, box: TextBox) -> float:
    size = float(span.style.get("font-size", "16"))
    if box.line_height is not None:
        return box.line_height * size
    value = span.style.get("line-height", "normal")
    try:
        if value == "normal":
            height = _NORMAL_LINE * size
        elif value.endswith("%"):
            height = float(value[:-1]) / 100 * size
        elif value.endswith("px"):
            height = float(value[:-2])
        elif value.endswith("em"):
            height = float(value[:-2]) * size
        else:
            height = float(value) * size
    except ValueError:
        height = _NORMAL_LINE * size
    return max(0.0, height)


def _ascent(items: Sequence[Item]) -> tuple[float, float]:
    ascent = descent = 0.0
    for item in items:
        for glyph in item.cluster.glyphs[:1]:
            em = glyph.size / glyph.font.upem
            ascent, descent = max(ascent, glyph.font.ascent * em), max(descent, glyph.font.descent * em)
    return ascent, descent


def _place(
    attempt: _Attempt, characters: Characters, box: TextBox, origin: tuple[float, float]
) -> list[Placed]:
    root = characters.root_style
    is_rtl = characters.frame.direction == "rtl"
    anchor = root.get("text-anchor", "start")
    left = _left(box, origin[0], attempt.width, _anchored(anchor, is_rtl=is_rtl))
    width = attempt.width if box.width is None else box.width
    align = _resolved_align(box, root, anchor, is_rtl=is_rtl)
    baseline = _first_baseline(attempt, box, origin[1])
    placed: list[Placed] = []
    for number, line in enumerate(attempt.lines):
        if number:
            baseline += _line_height(attempt.text, line, box) * attempt.scale
        items = attempt.items_of(line)
        if attempt.stretches:
            stretch = attempt.stretches[number]
            left, width, baseline = stretch.left, stretch.width, stretch.baseline
        spare = width - line.width
        if align == "justify" and not line.is_forced and spare > 0:
            items = _justified(items, characters.text, spare)
            spare = 0.0
        share = {"right": 1.0, "center": 0.5}.get(align, 0.0)
        if align == "justify":
            share = 1.0 if is_rtl else 0.0
        is_bounded = box.width is not None or bool(attempt.stretches)
        pen = left + max(spare, 0.0) * share if is_bounded else left + spare * share
        for index in visual_order([item.cluster.level for item in items]):
            item = items[index]
            if characters.text[item.cluster.start] != LINE_BREAK:
                placed.append(Placed(item, pen, baseline + item.drop, 0.0, number))
                pen += item.advance
    return placed


def _anchored(anchor: str, *, is_rtl: bool) -> str:
    if anchor == "middle":
        return "center"
    return "right" if (anchor == "end") != is_rtl else "left"


def _left(box: TextBox, x: float, used: float, anchored: str) -> float:
    if box.x is not None:
        return box.x
    width = used if box.width is None else box.width
    return x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[anchored]


def _resolved_align(box: TextBox, style: Mapping[str, str], anchor: str, *, is_rtl: bool) -> str:
    chosen: str | None = box.align
    if chosen is None:
        text_align = style.get("text-align", "start")
        if text_align == "start":
            return _anchored(anchor, is_rtl=is_rtl)
        chosen = text_align
    if chosen in {"middle", "center"}:
        return "center"
    if chosen in {"start", "end"}:
        return "right" if (chosen == "end") != is_rtl else "left"
    return chosen


def _first_baseline(attempt: _Attempt, box: TextBox, y: float) -> float:
    """Return the baseline of the first line; half of a line's leading is above it."""
    if box.y is None and box.valign is None:
        return y
    line, scale = attempt.lines[0], attempt.scale
    items = attempt.items_of(line)
    ascent, descent = _ascent(items)
    if box.y is None:  # the box hangs at the designer's line
        top = y - ascent / scale
        height = (ascent + descent) / scale if box.height is None else box.height
    else:
        top, height = box.y, attempt.height if box.height is None else box.height
    spare = height - attempt.height
    share = {"middle": 0.5, "bottom": 1.0}.get(box.valign or "top", 0.0)
    if box.is_em_box:
        return top + spare * share + _line_metrics(items[0], box, scale).rise
    leading = _line_height(attempt.text, line, box) * scale - ascent - descent
    return top + spare * share + leading / 2 + ascent


def _justified(items: list[Item], text: str, spare: float) -> list[Item]:
    gaps = [index for index, item in enumerate(items[:-1]) if text[item.cluster.start].isspace()]
    if not gaps:
        return items
    widened = list(items)
    for index in gaps:
        widened[index] = replace(items[index], advance=items[index].advance + spare / len(gaps))
    return widened
