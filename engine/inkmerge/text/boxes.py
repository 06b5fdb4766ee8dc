"""Text boxes: lines that wrap, shrink or end in an ellipsis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from inkmerge.text.bidi import visual_order
from inkmerge.text.characters import LINE_BREAK, Characters
from inkmerge.text.flowing import FlowedLine, LineMetrics, flow
from inkmerge.text.items import Item, shaped_items
from inkmerge.text.placing import Placed
from inkmerge.text.regions import Region
from inkmerge.text.segmentation import is_dictionary_script, line_break_opportunities, may_split

Fit = Literal["shrink", "wrap", "ellipsis", "error"]
Align = Literal["start", "middle", "center", "end", "left", "right", "justify"]
Valign = Literal["top", "middle", "bottom"]

ELLIPSIS: Final = "…"
_NORMAL_LINE: Final = 1.2
"""`line-height: normal`, as browsers and drawing tools have it for most faces."""
_STEPS: Final = 8
"""Halvings of the span between the smallest size and the whole: a 256th of it is not seen."""
_SLACK: Final = 0.01
"""Rounding in user units that is no overflow."""


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


@dataclass(slots=True)
class _Line:
    items: list[Item]
    is_forced: bool
    """Whether it ends where it must, and so is not justified."""
    stretch: FlowedLine | None = None
    """Where it is, in a box of regions."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    lines: list[_Line]
    scale: float
    width: float
    height: float
    splits_word: bool
    is_full: bool = False
    """Whether regions had no room left."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text in its box.

    Attributes:
        placed: The items in their places.
        characters: The text as drawn, which an ellipsis may have cut.
        lines: The text of each line.
        overflow: By how much it is too large, in words, or None.
    """

    placed: list[Placed]
    characters: Characters
    lines: tuple[str, ...]
    overflow: str | None


def fit_text(characters: Characters, box: TextBox) -> Fitted:
    """Set a text into its box.

    Args:
        characters: The text.
        box: The box.
    """
    attempt = _attempt(characters, box, 1.0)
    if _overflow(attempt, box) is not None:
        if box.fit == "shrink":
            attempt = _shrunk(characters, box, attempt)
        elif box.fit == "ellipsis":
            characters, attempt = _cut(characters, box)
    placed = _place(attempt, characters, box, characters.frame.origin)
    lines = tuple(
        "".join(characters.text[item.cluster.start : item.cluster.end] for item in line.items).strip()
        for line in attempt.lines
    )
    return Fitted(placed, characters, lines, _overflow(attempt, box))


def _most_lines(box: TextBox) -> int | None:
    if box.max_lines is not None:
        return box.max_lines
    return 1 if box.fit != "wrap" and box.height is None and not box.regions else None


def _wraps(box: TextBox) -> bool:
    return bool(box.regions) or (box.width is not None and _most_lines(box) != 1)


def _attempt(characters: Characters, box: TextBox, scale: float, *, may_join: bool = True) -> _Attempt:
    items = shaped_items(characters, scale, may_join=may_join and not box.regions)
    width = box.width if _wraps(box) else None
    if len(items) == 1 and not _is_one_line(items[0], characters.text, width):
        items = shaped_items(characters, scale, may_join=False)
    if box.regions:
        flowed, is_full = flow(
            characters.text, items, box.regions, lambda item: _line_metrics(item, box, scale)
        )
        lines = [_Line(_without_spaces(one.items, characters.text), one.is_forced, one) for one in flowed]
        return _Attempt(lines, scale, 0.0, 0.0, splits_word=False, is_full=is_full)
    lines, splits_word = _break(characters.text, items, width)
    height = sum(_line_height(line, box, scale) for line in lines)
    widest = max((_width(line.items, characters.text) for line in lines), default=0.0)
    return _Attempt(lines, scale, widest, height, splits_word)


def _is_one_line(item: Item, text: str, width: float | None) -> bool:
    """Tell whether a whole text in one item has no line break in it and needs none."""
    return (width is None or item.advance <= width + _SLACK) and len(text.splitlines()) == 1


def _overflow(attempt: _Attempt, box: TextBox) -> str | None:
    if attempt.is_full:
        return "more lines than its shape holds"
    most = _most_lines(box)
    if most is not None and len(attempt.lines) > most:
        return f"{len(attempt.lines)} lines where {most} fit"
    if box.width is not None and attempt.width > box.width + _SLACK:
        return f"{attempt.width:.1f} wide where {box.width:g} fit"
    if box.height is not None and attempt.height > box.height + _SLACK:
        return f"{attempt.height:.1f} high where {box.height:g} fit"
    return None


def _shrunk(characters: Characters, box: TextBox, whole: _Attempt) -> _Attempt:
    """Return the largest attempt that fits without cutting a word, else the largest that fits, else the smallest."""
    if not _wraps(box) and box.width is not None and whole.width > 0 and box.height is None:
        # one line: its width is proportional to its size
        return _attempt(characters, box, max(box.min_size, min(1.0, box.width / whole.width)))
    smallest = _attempt(characters, box, box.min_size)
    may_cut = smallest.splits_word
    best, low, high = smallest, box.min_size, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        attempt = _attempt(characters, box, middle)
        if _overflow(attempt, box) is None and (may_cut or not attempt.splits_word):
            best, low = attempt, middle
        else:
            high = middle
    return best


def _cut(characters: Characters, box: TextBox) -> tuple[Characters, _Attempt]:
    """Cut the text so that it and an ellipsis fit; the longest such text, found by halving."""
    whole = _attempt(characters, box, 1.0, may_join=False)
    ends = [item.cluster.end for line in whole.lines for item in line.items]
    low, high = 0, len(ends)
    best = _truncated(characters, 0)
    best_attempt = _attempt(best, box, 1.0)
    while low < high:
        middle = (low + high + 1) // 2
        candidate = _truncated(characters, ends[middle - 1])
        attempt = _attempt(candidate, box, 1.0)
        if _overflow(attempt, box) is None:
            best, best_attempt, low = candidate, attempt, middle
        else:
            high = middle - 1
    return best, best_attempt


def _truncated(characters: Characters, end: int) -> Characters:
    kept = characters.text[:end].rstrip(" \n,;:-–—.·")
    spans = characters.spans[: len(kept)]
    return replace(
        characters, text=kept + ELLIPSIS, spans=[*spans, spans[-1] if spans else characters.spans[0]]
    )


def _break(text: str, items: list[Item], width: float | None) -> tuple[list[_Line], bool]:
    """Break into lines as wide as `width` allows; and tell whether a word had to be cut."""
    if len(items) == 1:
        return [_Line(items, is_forced=True)], False
    mandatory: set[int] = set()
    optional: set[int] = set()
    for opportunity in line_break_opportunities(text):
        (mandatory if opportunity.is_mandatory else optional).add(opportunity.index)
    lines: list[_Line] = []
    current: list[Item] = []
    splits_word = False
    last_break = 0
    for item in items:
        start = item.cluster.start
        if start in mandatory and current:
            lines.append(_Line(current, is_forced=True))
            current, last_break = [], 0
        elif start in optional:
            last_break = len(current)
        is_space = text[start].isspace()
        if width is not None and current and not is_space and _width([*current, item], text) > width + _SLACK:
            if not last_break:
                last_break = _emergency(text, current, item)
                splits_word |= not is_dictionary_script(text[start])
            head, current = current[:last_break], current[last_break:]
            if head:
                lines.append(_Line(head, is_forced=False))
            last_break = 0
        current.append(item)
    lines.append(_Line(current, is_forced=True))
    for line in lines:
        line.items = _without_spaces(line.items, text)
    return lines, splits_word


def _without_spaces(items: list[Item], text: str) -> list[Item]:
    """Return a line without the spaces at its end, but never empty: an empty line has its height."""
    end = len(items)
    while end > 1 and text[items[end - 1].cluster.start].isspace():
        end -= 1
    return items[:end]


def _line_metrics(item: Item, box: TextBox, scale: float) -> LineMetrics:
    ascent, descent = _ascent(_Line([item], is_forced=False))
    size = float(item.span.style.get("font-size", "16")) * scale
    share = ascent / (ascent + descent) if ascent + descent > 0 else 0.8
    return LineMetrics(_item_line_height(item, box, scale), size * share, size * (1 - share))


def _emergency(text: str, current: list[Item], item: Item) -> int:
    """Return how many items stay on the line when a word has to be cut before `item`."""
    starts = [one.cluster.start for one in current] + [item.cluster.start]
    for count in range(len(current), 0, -1):
        if may_split(text, starts[count]):
            return count
    return len(current)


def _width(items: list[Item], text: str) -> float:
    """Return the width of a line without the spaces at its end."""
    end = len(items)
    while end and text[items[end - 1].cluster.start].isspace():
        end -= 1
    return sum(item.advance for item in items[:end])


def _line_height(line: _Line, box: TextBox, scale: float) -> float:
    heights = [_item_line_height(item, box, scale) for item in line.items]
    return max(heights, default=0.0)


def _item_line_height(item: Item, box: TextBox, scale: float) -> float:
    size = float(item.span.style.get("font-size", "16"))
    if box.line_height is not None:
        return box.line_height * size * scale
    value = item.span.style.get("line-height", "normal")
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
    return max(0.0, height) * scale


def _ascent(line: _Line) -> tuple[float, float]:
    ascent = descent = 0.0
    for item in line.items:
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
            baseline += _line_height(line, box, attempt.scale)
        used = _width(line.items, characters.text)
        items = line.items
        if line.stretch is not None:
            left, width, baseline = line.stretch.left, line.stretch.width, line.stretch.baseline
        spare = width - used
        if align == "justify" and not line.is_forced and spare > 0:
            items = _justified(items, characters.text, spare)
            spare = 0.0
        share = {"right": 1.0, "center": 0.5}.get(align, 0.0)
        if align == "justify":
            share = 1.0 if is_rtl else 0.0
        is_bounded = box.width is not None or line.stretch is not None
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
    ascent, descent = _ascent(attempt.lines[0]) if attempt.lines else (0.0, 0.0)
    first = _line_height(attempt.lines[0], box, attempt.scale) if attempt.lines else 0.0
    if box.y is None and box.valign is None:
        return y
    if box.y is None:  # the box hangs at the designer's line
        top = y - ascent / attempt.scale
        height = (ascent + descent) / attempt.scale if box.height is None else box.height
    else:
        top, height = box.y, attempt.height if box.height is None else box.height
    spare = height - attempt.height
    share = {"middle": 0.5, "bottom": 1.0}.get(box.valign or "top", 0.0)
    if box.is_em_box and attempt.lines and attempt.lines[0].items:
        return top + spare * share + _line_metrics(attempt.lines[0].items[0], box, attempt.scale).rise
    return top + spare * share + (first - ascent - descent) / 2 + ascent


def _justified(items: list[Item], text: str, spare: float) -> list[Item]:
    gaps = [index for index, item in enumerate(items[:-1]) if text[item.cluster.start].isspace()]
    if not gaps:
        return items
    widened = list(items)
    for index in gaps:
        widened[index] = replace(items[index], advance=items[index].advance + spare / len(gaps))
    return widened
