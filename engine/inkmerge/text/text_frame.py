"""A `<text>` element → `TextFrame`: all that is the same whatever text stands in it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.errors import Location
from inkmerge.fonts import FontCatalog
from inkmerge.limits import Limits
from inkmerge.svg.names import SODIPODI_ROLE, XML_LANG, XML_SPACE, local_name
from inkmerge.svg.units import Axis, numbers
from inkmerge.text.bidi import Direction
from inkmerge.text.looks import Look, read_look
from inkmerge.text.text_path import MeasuredPath, measure

if TYPE_CHECKING:
    from inkmerge.text.boxes import TextBox
    from inkmerge.text.context import TextContext

StyleOf = Callable[[etree._Element], Mapping[str, str]]
LengthOf = Callable[[str, etree._Element, Axis], float]
PathOf = Callable[[etree._Element], tuple[str, Transform] | None]

_SPANS: Final = frozenset(("tspan", "a", "textPath", "tref", "flowSpan"))
_BLOCKS: Final = frozenset(("flowPara", "flowDiv", "flowRegionBreak"))
_KEEPS_SPACES: Final = frozenset(("pre", "pre-wrap", "nowrap-preserve", "break-spaces"))
KEEPS_BREAKS: Final = frozenset(("pre", "pre-wrap", "pre-line", "break-spaces"))
"""Values of `white-space` with which line feeds are line breaks, in a text box."""
_LIST_WORDS: Final = re.compile(r"\s*,\s*|\s+")
_LENGTH: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?:%|[a-zA-Z]*)")
_FLAT_PIECES: Final = 3
"""It begins, its text, it ends."""
_VERTICAL_MODES: Final = frozenset(
    ("tb", "tb-rl", "vertical-rl", "vertical-lr", "sideways-rl", "sideways-lr")
)


@dataclass(frozen=True, slots=True, eq=False)
class TextPath:
    """What a `textPath` runs along.

    Attributes:
        path: The path; None in a text box, which lays the text out itself.
        start: The distance at which the text starts.
    """

    path: MeasuredPath | None
    start: float = 0.0


@dataclass(slots=True, eq=False)
class Span:
    """One element of a text, for the stretches of text that are its own.

    Attributes:
        style: Its computed style.
        parent: The span of the element around it, or None for the text itself.
        path: The `textPath` it is on, or None.
        language: BCP 47 language tag that it or an element around it inside the text declares; empty for none.
        keeps_spaces: Whether its white space is not collapsed.
        places: `x`, `y`, `dx` and `dy` with their lengths, for its characters one after the other.
        angles: The same of `rotate`, in degrees; the last one holds for all that follow.
        text_length: The length that `textLength` asks for, or None.
        stretches_glyphs: Whether glyphs are widened to reach it, and not only moved apart.
        missing_family: The family asked for, where neither it nor a stand-in is at hand, or None.
        size: The font size.
        lines: The decoration lines that it declares.
        look: What shaping and placing need.
        is_still: Whether nothing moves its letters against each other.
    """

    style: Mapping[str, str]
    parent: Span | None
    path: TextPath | None
    language: str
    keeps_spaces: bool
    places: tuple[tuple[str, tuple[float, ...]], ...]
    angles: tuple[float, ...]
    text_length: float | None
    stretches_glyphs: bool
    missing_family: str | None
    size: float
    lines: frozenset[str]
    look: Look = field(init=False)
    is_still: bool = field(init=False)

    @property
    def is_spread(self) -> bool:
        """Whether `textLength` moves letters apart: they are no ligatures then, or these would stay together."""
        return self.text_length is not None and not self.stretches_glyphs

    def lineage(self) -> Iterator[Span]:
        """Yield this span and those around it, the innermost first."""
        current: Span | None = self
        while current is not None:
            yield current
            current = current.parent


class Piece(NamedTuple):
    """One step of reading a text.

    Attributes:
        kind: Where an element begins or ends, where its own text stands, or that behind a child (`tail`); that a line
            begins; or that something is left out, so that spaces around it do not collapse.
        span: The element's.
        node: The number of the node in which the text stands, in document order.
    """

    kind: Literal["begin", "end", "text", "tail", "line", "gap"]
    span: Span
    node: int = 0


@dataclass(frozen=True, slots=True)
class TextFrame:
    """A text element as far as its text does not matter; it holds no element.

    Attributes:
        pieces: How its text is read.
        root: The span of the element itself.
        spans: All spans, in document order.
        direction: That of the paragraph.
        is_vertical: Whether lines run down the page: https://www.w3.org/TR/SVG2/text.html#WritingModeProperty.
        origin: In a text box, where the designer put the text: its own first position, else that of its first line.
        catalog: The faces.
        scale: Device pixels per user unit, for the resolution of colour glyphs.
        box: The text box, or None.
        limits: How much text there may be.
        location: The place of the text in the template.
        is_flat: Whether there is nothing in it but text, whose white space collapses.
    """

    pieces: tuple[Piece, ...]
    root: Span | None
    spans: tuple[Span, ...]
    direction: Direction
    is_vertical: bool
    origin: tuple[float, float]
    catalog: FontCatalog
    scale: float
    box: TextBox | None
    limits: Limits
    location: Location
    is_flat: bool


def read_frame(element: etree._Element, context: TextContext) -> TextFrame:
    """Read all of a text element but its text."""
    reader = _Reader(element, context)
    reader.read(element, None, None)
    spans = tuple(reader.spans)
    return TextFrame(
        pieces=tuple(reader.pieces),
        root=spans[0] if spans else None,
        spans=spans,
        direction=_direction(spans[0].style) if spans else "ltr",
        is_vertical=reader.is_vertical,
        origin=_origin(element, context) if context.box is not None else (0.0, 0.0),
        catalog=context.catalog,
        scale=context.scale,
        box=context.box,
        limits=context.limits,
        location=context.location,
        is_flat=len(spans) == 1 and len(reader.pieces) == _FLAT_PIECES and _collapses(spans[0]),
    )


def _collapses(span: Span) -> bool:
    return not span.keeps_spaces and span.style.get("white-space", "normal") not in KEEPS_BREAKS


def _direction(style: Mapping[str, str]) -> Direction:
    if style.get("unicode-bidi") == "plaintext":
        return "auto"
    return "rtl" if style.get("direction") == "rtl" else "ltr"


class _Reader:
    """Walks a text element in document order."""

    def __init__(self, element: etree._Element, context: TextContext) -> None:
        self._context = context
        self._is_boxed = context.box is not None
        self._numbers = {node: number for number, node in enumerate(element.iter())}
        mode = context.style_of(element).get("writing-mode")
        self.is_vertical = not self._is_boxed and mode in _VERTICAL_MODES
        self.pieces: list[Piece] = []
        self.spans: list[Span] = []

    def read(self, element: etree._Element, parent: Span | None, path: TextPath | None) -> None:
        style = self._context.style_of(element)
        if style.get("display") == "none":
            return
        if local_name(element) == "textPath":
            path = self._path(element)
            if parent is None or path is None:
                if parent is not None:
                    self.pieces.append(Piece("gap", parent))
                return
        span = self._span(element, style, parent, path)
        self.spans.append(span)
        self.pieces += (Piece("begin", span), Piece("text", span, self._numbers[element]))
        for child in element:
            local = local_name(child)
            if local in _SPANS or local in _BLOCKS:
                if self._starts_line(child, local):
                    self.pieces.append(Piece("line", span))
                self.read(child, span, path)
            self.pieces.append(Piece("tail", span, self._numbers[child]))
        self.pieces.append(Piece("end", span))

    def _span(
        self,
        element: etree._Element,
        style: Mapping[str, str],
        parent: Span | None,
        path: TextPath | None,
    ) -> Span:
        mode = style.get("white-space", "normal")
        is_placed = not self._is_boxed and local_name(element) != "textPath"
        length = self._context.length
        span = Span(
            style=style,
            parent=parent,
            path=path,
            language=element.get(XML_LANG)
            or element.get("lang")
            or (parent.language if parent else self._context.language),
            keeps_spaces=mode in _KEEPS_SPACES or (mode == "normal" and _space(element) == "preserve"),
            places=tuple(_places(element, length)) if is_placed else (),
            angles=tuple(numbers(element.get("rotate") or "") or ()) if is_placed else (),
            text_length=_text_length(element, length),
            stretches_glyphs=element.get("lengthAdjust") == "spacingAndGlyphs",
            missing_family=_missing_family(style, self._context.catalog),
            size=_size(style),
            lines=frozenset(
                f"{style.get('text-decoration-line', '')} {style.get('text-decoration', '')}".split()
            ),
        )
        span.look = read_look(span, element, self._context, is_vertical=self.is_vertical)
        spacing = span.look.spacing
        is_moved = spacing.letter or spacing.word or path
        span.is_still = not is_moved and all(one.text_length is None for one in span.lineage())
        return span

    def _path(self, element: etree._Element) -> TextPath | None:
        """Return what a `textPath` runs along; None where it is not drawn: https://www.w3.org/TR/SVG2/text.html#TextPathElement."""
        around = element.getparent()
        if around is None or local_name(around) not in {"text", "a"}:
            return None
        if self._is_boxed:
            return TextPath(None)
        found = self._context.path_of(element)
        if found is None or not found[0]:
            return None
        path = measure(*found)
        if element.get("side") == "right":
            path = path.reversed()
        value = element.get("startOffset", "0").strip()
        if not value.endswith("%"):
            return TextPath(path, self._context.length(value, element, "other"))
        try:
            return TextPath(path, float(value[:-1]) / 100 * path.length)
        except ValueError:
            return TextPath(path)

    def _starts_line(self, child: etree._Element, local: str) -> bool:
        return self._is_boxed and (local in _BLOCKS or child.get(SODIPODI_ROLE) == "line")


def _places(element: etree._Element, length: LengthOf) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield each position attribute with its lengths, as far as they can be read: what stands before an error counts."""
    axes: tuple[tuple[str, Axis], ...] = (("x", "x"), ("y", "y"), ("dx", "x"), ("dy", "y"))
    for name, axis in axes:
        value = element.get(name)
        if not value:
            continue
        found = []
        for word in _LIST_WORDS.split(value.strip()):
            if not _LENGTH.fullmatch(word):
                break
            found.append(length(word, element, axis))
        if found:
            yield name, tuple(found)


def _space(element: etree._Element) -> str:
    current: etree._Element | None = element
    while current is not None:
        found = current.get(XML_SPACE)
        if found is not None:
            return str(found)
        current = current.getparent()
    return "default"


def _text_length(element: etree._Element, length: LengthOf) -> float | None:
    value = element.get("textLength")
    if not value:
        return None
    found = length(value, element, "x")
    return found if found > 0 and math.isfinite(found) else None


def _size(style: Mapping[str, str]) -> float:
    try:
        return float(style.get("font-size", "16"))
    except ValueError:  # it still is a placeholder
        return 16.0


def _missing_family(style: Mapping[str, str], catalog: FontCatalog) -> str | None:
    names = [name.strip().strip("\"'") for name in style.get("font-family", "").split(",") if name.strip()]
    return names[0] if names and not any(catalog.has_family(name) for name in names) else None


def _origin(element: etree._Element, context: TextContext) -> tuple[float, float]:
    for one in element.iter(etree.Element):
        x, y = one.get("x"), one.get("y")
        if x is not None or y is not None:
            return (
                context.length((x or "0").replace(",", " ").split()[0], one, "x"),
                context.length((y or "0").replace(",", " ").split()[0], one, "y"),
            )
    return 0.0, 0.0
