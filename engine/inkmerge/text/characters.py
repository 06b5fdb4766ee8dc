"""`TextFrame` + the text in the element → its characters after white-space handling, with span and position of each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from lxml import etree

from inkmerge.text.text_frame import KEEPS_BREAKS, Span, TextFrame

_DOTTED: Final = frozenset(("tr", "az"))
_GREEK_ACCENTS: Final = "\u0301\u0300\u0342\u0313\u0314\u0345"
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_BREAKS: Final = re.compile("[\n\r]")
_GAPS: Final = re.compile("  +")
_WHITE_SPACE: Final = str.maketrans("\n\r\t", "   ")
LINE_BREAK: Final = "\n"
_SPACES: Final = (" ", LINE_BREAK)


@dataclass(slots=True)
class Position:
    """What x, y, dx, dy and rotate say of one character, in user units and degrees."""

    x: float | None = None
    y: float | None = None
    dx: float = 0.0
    dy: float = 0.0
    rotate: float | None = None


@dataclass(slots=True)
class Characters:
    """The text of one element.

    Attributes:
        frame: What is the same whatever the text.
        text: What is drawn; a line feed is a forced line break, which only text boxes have.
        spans: The span of each character.
        positions: Positions by character, where there are any.
        extents: First and one past the last character of each element, inner ones before those around them.
        levels: The embedding level of each character, once it is known.
    """

    frame: TextFrame
    text: str
    spans: list[Span]
    positions: dict[int, Position]
    extents: dict[Span, tuple[int, int]]
    levels: list[int] | None = field(init=False, default=None)
    _runs: list[tuple[int, int, Span]] | None = field(default=None, init=False)

    @property
    def root_style(self) -> Mapping[str, str]:
        """The computed style of the text element."""
        return self.frame.root.style if self.frame.root else {}

    def chunk_starts(self) -> list[int]:
        """Return where text chunks start, ascending: at absolute positions, and where a path starts or ends.

        On a path, x is a distance along it and y means nothing.
        """
        starts = {
            index
            for index, position in self.positions.items()
            if position.x is not None or (position.y is not None and self.spans[index].path is None)
        }
        for start, _, span in self.runs():
            if start and span.path is not self.spans[start - 1].path:
                starts.add(start)
        return sorted(starts)

    def runs(self) -> Sequence[tuple[int, int, Span]]:
        """Return (start, end, span) of the stretches of one span."""
        if self._runs is None:
            self._runs = list(self._found_runs())
        return self._runs

    def _found_runs(self) -> Iterator[tuple[int, int, Span]]:
        spans = self.spans
        if spans and spans.count(spans[0]) == len(spans):
            yield 0, len(spans), spans[0]
            return
        start = 0
        for _, members in groupby(spans, id):
            stretch = list(members)
            end = start + len(stretch)
            yield start, end, stretch[0]
            start = end


def collect(element: etree._Element, frame: TextFrame) -> Characters:
    """Read the text of an element.

    In a text box, positions inside the text are the designer's own line breaks, and are left out: lines of tspans
    that Inkscape marks as lines stay lines, others flow.
    https://www.w3.org/TR/SVG2/text.html#TextLayoutAlgorithm, https://www.w3.org/TR/css-text-3/#white-space-rules
    """
    if len(element) == 0 and frame.is_flat:
        return collect_flat(element.text or "", frame)
    nodes = list(element.iter()) if len(element) else [element]
    reader = _Reader(in_box=frame.box is not None)
    for kind, span, number in frame.pieces:
        reader.read(kind, span, nodes[number])
    reader.trim()
    characters = Characters(frame, "".join(reader.characters), reader.spans, {}, reader.extents)
    for span in frame.spans:
        if span.places or span.angles:
            _position(span, characters)
    return characters


def collect_flat(source: str, frame: TextFrame) -> Characters:
    """Read the text of an element with nothing in it but text, whose white space collapses: what most texts are.

    Args:
        source: The text.
        frame: A flat one; see `TextFrame.is_flat`.
    """
    span = frame.spans[0]
    text = transformed(source, span.style, span.language)
    if not text.isprintable():
        text = text.translate(_WHITE_SPACE)
    if "  " in text:
        text = _GAPS.sub(" ", text)
    text = text.strip(" ")
    length = len(text)
    characters = Characters(frame, text, [span] * length, {}, {span: (0, length)})
    if span.places or span.angles:
        _position(span, characters)
    return characters


class _Reader:
    """Gathers characters in document order."""

    def __init__(self, *, in_box: bool) -> None:
        self._in_box = in_box
        self.characters: list[str] = []
        self.spans: list[Span] = []
        self.extents: dict[Span, tuple[int, int]] = {}
        self._collapses: list[bool] = []
        self._is_after_gap = False
        self._has_lines = False
        self._is_broken = False

    def read(self, kind: str, span: Span, node: etree._Element) -> None:
        """Take one step."""
        if kind == "text":
            self._add(node.text, span)
        elif kind == "tail":
            self._add(node.tail, span)
        elif kind == "begin":
            self.extents[span] = (len(self.characters), 0)
        elif kind == "end":
            start, _ = self.extents.pop(span)
            self.extents[span] = (start, len(self.characters))
        elif kind == "line":
            self._start_line(span)
        else:
            self._is_after_gap = True

    def _start_line(self, span: Span) -> None:
        """Begin a block's line: an empty block before it is an empty line, unless its own break ended it."""
        if self._has_lines and not self._is_broken:
            self._break(span)
        self._has_lines = True
        self._is_broken = False

    def _break(self, span: Span) -> None:
        while self._collapses and self._collapses[-1] and self.characters[-1] == " ":
            self._pop()
        self.characters.append(LINE_BREAK)
        self.spans.append(span)
        self._collapses.append(False)
        self._is_after_gap = False

    def _add(self, text: str | None, span: Span) -> None:
        if not text:
            return
        keeps_breaks = self._in_box and span.style.get("white-space", "normal") in KEEPS_BREAKS
        source = transformed(text, span.style, span.language)
        for number, line in enumerate(_BREAKS.split(source) if keeps_breaks else (source,)):
            if number:
                self._break(span)
                self._has_lines = self._is_broken = True
            plain = line if line.isprintable() else line.translate(_WHITE_SPACE)
            self._add_line(plain, span, is_kept=span.keeps_spaces)

    def _add_line(self, line: str, span: Span, *, is_kept: bool) -> None:
        if not is_kept:
            if "  " in line:
                line = _GAPS.sub(" ", line)
            if line.startswith(" ") and (not self.characters or self._is_after_space()):
                line = line[1:]
        if not line:
            return
        self.characters.extend(line)
        self.spans.extend([span] * len(line))
        self._collapses.extend([False] * len(line) if is_kept else [one == " " for one in line])
        self._is_after_gap = self._is_broken = False
        self._has_lines = True

    def _is_after_space(self) -> bool:
        return not self._is_after_gap and self.characters[-1] in _SPACES

    def _pop(self) -> None:
        self.characters.pop()
        self.spans.pop()
        self._collapses.pop()

    def trim(self) -> None:
        """Drop the collapsible space at the end."""
        while self._collapses and (self._collapses[-1] or self.characters[-1] == LINE_BREAK):
            self._pop()
        length = len(self.characters)
        self.extents = {one: (min(a, length), min(b, length)) for one, (a, b) in self.extents.items()}


def transformed(text: str, style: Mapping[str, str], language: str = "") -> str:
    """Carry out `text-transform`: https://www.w3.org/TR/css-text-3/#text-transform.

    Turkish and Azerbaijani keep the dot of i, and Greek capitals lose their accents.
    """
    transform = style.get("text-transform", "none")
    if transform == "none":
        return text
    tongue = language.partition("-")[0].lower()
    if transform == "uppercase":
        return _upper(text, tongue)
    if transform == "lowercase":
        return (text.replace("I", "ı").replace("İ", "i") if tongue in _DOTTED else text).lower()
    if transform == "capitalize":
        return _WORD.sub(
            lambda word: (
                (_upper(word[0][0], tongue) if tongue in _DOTTED else word[0][0].title()) + word[0][1:]
            ),
            text,
        )
    return text


def _upper(text: str, tongue: str) -> str:
    if tongue in _DOTTED:
        text = text.replace("i", "İ")
    if tongue == "el":
        bare = "".join(one for one in unicodedata.normalize("NFD", text) if one not in _GREEK_ACCENTS)
        text = unicodedata.normalize("NFC", bare)
    return text.upper()


def _position(span: Span, characters: Characters) -> None:
    """Hand out x, y, dx, dy and rotate; those of an inner element override those of an outer one."""
    start, end = characters.extents.get(span, (0, 0))
    positions = characters.positions
    for name, lengths in span.places:
        for index, length in enumerate(lengths[: end - start], start):
            if index not in positions:
                positions[index] = Position()
            setattr(positions[index], name, length)
    if span.angles:
        for place, index in enumerate(range(start, end)):
            angle = span.angles[min(place, len(span.angles) - 1)]
            positions.setdefault(index, Position()).rotate = angle
