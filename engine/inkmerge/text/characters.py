"""A `<text>` element → its characters after white-space handling, with the span and position attributes of each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from lxml import etree

from inkmerge.svg.names import SODIPODI_ROLE, XML_LANG, XML_SPACE, local_name
from inkmerge.svg.units import Axis, numbers

StyleOf = Callable[[etree._Element], Mapping[str, str]]
LengthOf = Callable[[str, etree._Element, Axis], float]

_SPANS: Final = frozenset(("tspan", "a", "textPath", "tref", "flowSpan"))
_BLOCKS: Final = frozenset(("flowPara", "flowDiv", "flowRegionBreak"))
_KEEPS_BREAKS: Final = frozenset(("pre", "pre-wrap", "pre-line", "break-spaces"))
_KEEPS_SPACES: Final = frozenset(("pre", "pre-wrap", "nowrap-preserve", "break-spaces"))
_LIST_WORDS: Final = re.compile(r"\s*,\s*|\s+")
_LENGTH: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?:%|[a-zA-Z]*)")
_DOTTED: Final = frozenset(("tr", "az"))
_GREEK_ACCENTS: Final = "\u0301\u0300\u0342\u0313\u0314\u0345"
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VERTICAL_MODES: Final = frozenset(
    ("tb", "tb-rl", "vertical-rl", "vertical-lr", "sideways-rl", "sideways-lr")
)
_BREAKS: Final = re.compile("[\n\r]")
_GAPS: Final = re.compile("  +")
_WHITE_SPACE: Final = str.maketrans("\n\r\t", "   ")
LINE_BREAK: Final = "\n"
_SPACES: Final = (" ", LINE_BREAK)


@dataclass(slots=True)
class Span:
    """A stretch of text of one element.

    Attributes:
        element: The element whose own text this is.
        style: Its computed style.
        parent: The span of the element around it, or None for the text itself.
        path: The `textPath` it is on, or None.
        language: BCP 47 language tag that it or an element around it inside the text declares; empty for none.
    """

    element: etree._Element
    style: Mapping[str, str]
    parent: Span | None
    path: etree._Element | None
    language: str = ""

    def lineage(self) -> Iterator[Span]:
        """Yield this span and those around it, the innermost first."""
        current: Span | None = self
        while current is not None:
            yield current
            current = current.parent


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
        text: What is drawn; a line feed is a forced line break, which only text boxes have.
        spans: The span of each character.
        positions: Positions by character, where there are any.
        extents: First and one past the last character of each element.
        is_boxed: Whether a text box lays it out, whose lines are horizontal.
    """

    text: str = ""
    spans: list[Span] = field(default_factory=list)
    positions: dict[int, Position] = field(default_factory=dict)
    extents: dict[etree._Element, tuple[int, int]] = field(default_factory=dict)
    is_boxed: bool = False

    @property
    def root_style(self) -> Mapping[str, str]:
        """The computed style of the text element."""
        return list(self.spans[0].lineage())[-1].style if self.spans else {}

    @property
    def is_vertical(self) -> bool:
        """Whether lines run down the page: https://www.w3.org/TR/SVG2/text.html#WritingModeProperty."""
        return not self.is_boxed and self.root_style.get("writing-mode") in _VERTICAL_MODES

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

    def runs(self) -> Iterator[tuple[int, int, Span]]:
        """Yield (start, end, span) for stretches of one span."""
        start = 0
        for _, members in groupby(self.spans, id):
            stretch = list(members)
            end = start + len(stretch)
            yield start, end, stretch[0]
            start = end


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reading a text needs beside its element.

    Attributes:
        style_of: Computed style of an element.
        length: Lengths in user units.
        has_path: Whether there is a path for a `textPath`; without one it is not drawn.
        language: BCP 47 language tag of the text.
        in_box: Whether a text box lays it out.
    """

    style_of: StyleOf
    length: LengthOf
    has_path: Callable[[etree._Element], bool]
    language: str
    in_box: bool


def collect(element: etree._Element, around: Surroundings) -> Characters:
    """Read a text element.

    In a text box, positions inside the text are the designer's own line breaks, and are left out: lines of tspans
    that Inkscape marks as lines stay lines, others flow.
    https://www.w3.org/TR/SVG2/text.html#TextLayoutAlgorithm, https://www.w3.org/TR/css-text-3/#white-space-rules
    """
    reader = _Reader(around)
    reader.read(element, None, None)
    reader.trim()
    characters = Characters("".join(reader.characters), reader.spans, {}, reader.extents, around.in_box)
    if not around.in_box:
        _position(element, characters, around.length)
    return characters


class _Reader:
    """Walks a text element in document order."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self.characters: list[str] = []
        self.spans: list[Span] = []
        self.extents: dict[etree._Element, tuple[int, int]] = {}
        self._collapses: list[bool] = []
        self._is_after_gap = False
        self._has_lines = False
        self._is_broken = False

    def read(self, element: etree._Element, parent: Span | None, path: etree._Element | None) -> None:
        style = self._around.style_of(element)
        if style.get("display") == "none":
            return
        if local_name(element) == "textPath":
            is_inside = parent is not None and local_name(parent.element) in {"text", "a"}
            # https://www.w3.org/TR/SVG2/text.html#TextPathElement: otherwise it is not drawn
            if not is_inside or not self._around.has_path(element):
                self._is_after_gap = True
                return
            path = element
        language = (
            element.get(XML_LANG)
            or element.get("lang")
            or (parent.language if parent else self._around.language)
        )
        span = Span(element, style, parent, path, language)
        start = len(self.characters)
        self._add(element.text, span)
        for child in element:
            local = local_name(child)
            if local in _SPANS or local in _BLOCKS:
                if self._starts_line(child, local):
                    self._start_line(span)
                self.read(child, span, path)
            self._add(child.tail, span)
        self.extents[element] = (start, len(self.characters))

    def _starts_line(self, child: etree._Element, local: str) -> bool:
        if not self._around.in_box:
            return False
        return local in _BLOCKS or child.get(SODIPODI_ROLE) == "line"

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
        mode = span.style.get("white-space", "normal")
        is_kept = mode in _KEEPS_SPACES or (mode == "normal" and _space(span.element) == "preserve")
        keeps_breaks = self._around.in_box and mode in _KEEPS_BREAKS
        source = transformed(text, span.style, span.language)
        for number, line in enumerate(_BREAKS.split(source) if keeps_breaks else (source,)):
            if number:
                self._break(span)
                self._has_lines = self._is_broken = True
            self._add_line(line.translate(_WHITE_SPACE), span, is_kept=is_kept)

    def _add_line(self, line: str, span: Span, *, is_kept: bool) -> None:
        if not is_kept:
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


def _space(element: etree._Element) -> str:
    current: etree._Element | None = element
    while current is not None:
        found = current.get(XML_SPACE)
        if found is not None:
            return str(found)
        current = current.getparent()
    return "default"


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


def _position(element: etree._Element, characters: Characters, length: LengthOf) -> None:
    """Hand out x, y, dx, dy and rotate; those of an inner element override those of an outer one."""
    order = [one for one in element.iter(etree.Element) if one in characters.extents]
    for one in order:
        start, end = characters.extents[one]
        if local_name(one) == "textPath":
            continue
        for name, axis in (("x", "x"), ("y", "y"), ("dx", "x"), ("dy", "y")):
            value = one.get(name)
            if not value:
                continue
            words = _LIST_WORDS.split(value.strip())
            for index, word in zip(range(start, end), words, strict=False):
                if not _LENGTH.fullmatch(word):  # what stands before the error counts
                    break
                position = characters.positions.setdefault(index, Position())
                setattr(position, name, length(word, one, "x" if axis == "x" else "y"))
        if one.get("rotate"):
            angles = numbers(one.get("rotate", "")) or []
            for place, index in enumerate(range(start, end)):
                if angles:
                    characters.positions.setdefault(index, Position()).rotate = angles[
                        min(place, len(angles) - 1)
                    ]
