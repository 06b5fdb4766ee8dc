"""Pieces of a line that a drawing tool set apart → one run again, wherever a placeholder is among them, in place.

Illustrator starts a `<tspan>` (or a whole `<text>`) with its own `x` at every change of kerning or tracking, and
Penpot and others say how long a text is. Both are true of the sample that the designer typed, not of a value.
Texts without a placeholder stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from inkmerge.svg.names import SODIPODI_ROLE, TEXT_ROOTS, local_name, svg_name
from inkmerge.svg.parsing import remove_element
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.transforms import parse_transform
from inkmerge.svg.units import numbers
from inkmerge.template.mending import KERNING, is_alike, unclosed
from inkmerge.text.measuring import Measure, font_size

_POSITIONS: Final = ("x", "y", "dx", "dy", "rotate")
_PLACEHOLDER: Final = re.compile(r"\{[{%#]")
_SLACK_EM: Final = 1.2
_SLACK_SHARE: Final = 0.35
"""How far a piece may start from where the one before it ends: a stand-in face runs wider or narrower than the designer's."""
_LONGEST_LINE: Final = 500
"""Characters of a line that is put together from texts: each piece asks anew whether it is closed."""
_SAME_LINE_EM: Final = 0.05


@dataclass(slots=True)
class _Piece:
    """A stretch that starts at a place of its own, with the elements whose own text is in it."""

    start: etree._Element
    x: float
    y: float
    text: str = ""
    size: float = 16.0
    runs: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    elements: list[etree._Element] = field(default_factory=list)


def join_pieces(root: etree._Element, styles: ComputedStyles, measure: Measure) -> None:
    """Put pieces together again in every text that holds a placeholder, or over which one is torn."""
    _join_texts(root, styles, measure)
    for text in [one for one in root.iter(etree.Element) if local_name(one) in TEXT_ROOTS]:
        source = "".join(str(part) for part in text.itertext())
        if _PLACEHOLDER.search(source) and text.find(f".//{svg_name('textPath')}") is None:
            _free_lengths(text)
            _drop_pixel_units(text)
            _merge_spans(_free_positions(text, styles, measure), styles)


def _join_texts(root: etree._Element, styles: ComputedStyles, measure: Measure) -> None:
    """Join texts on one baseline over which a placeholder is torn, and those that follow on them."""
    for text in list(root.iter(svg_name("text"))):
        if text.getparent() is None:
            continue
        source = "".join(map(str, text.itertext()))
        is_torn = unclosed(source) is not None
        following = text.getnext()
        while is_torn and following is not None and (along := _along(text, following, styles)) is not None:
            if not unclosed(source) and not _is_near(along, source, styles(text), measure):
                break
            source += "".join(map(str, following.itertext()))
            if len(source) > _LONGEST_LINE:
                break
            after = following.getnext()
            _append_text(text, following)
            following = after


def _is_near(along: float, source: str, style: Mapping[str, str], measure: Measure) -> bool:
    """Tell whether a text that starts so far along the line starts about where the one before it ends."""
    width = measure.width(" ".join(source.split()), style)
    return abs(along - width) <= max(_SLACK_EM * font_size(style), _SLACK_SHARE * width)


def _along(text: etree._Element, other: etree._Element, styles: ComputedStyles) -> float | None:
    """Return how far along the line of a text another one starts, in its user units; None when it is on no such line."""
    if local_name(other) != "text" or not is_alike(styles(text), styles(other)):
        return None
    first, second = _start_of(text), _start_of(other)
    if first is None or second is None:
        return None
    (x0, y0, a, b), (x1, y1, c, d) = first, second
    square = a * a + b * b or 1.0
    along = ((x1 - x0) * a + (y1 - y0) * b) / square
    across = ((y1 - y0) * a - (x1 - x0) * b) / square
    is_parallel = abs(a - c) + abs(b - d) < 1e-3 * square**0.5
    is_behind = along > 0 and abs(across) < _SAME_LINE_EM * font_size(styles(text))
    return along if is_parallel and is_behind else None


def _start_of(text: etree._Element) -> tuple[float, float, float, float] | None:
    """Return where a text starts in its parent's space, and the direction of its line there."""
    matrix = parse_transform(text.get("transform", ""))
    if matrix is None:
        return None
    x, y = 0.0, 0.0
    for one in text.iter(etree.Element):
        if one.get("x") is not None or one.get("y") is not None:
            x, y = _first(one, "x") or 0.0, _first(one, "y") or 0.0
            break
    left, top = matrix.transformPoint((x, y))
    return left, top, matrix[0], matrix[1]


def _append_text(text: etree._Element, other: etree._Element) -> None:
    span = etree.SubElement(text, svg_name("tspan"))
    for name, value in other.attrib.items():
        if name not in {"id", "transform", *_POSITIONS}:
            span.set(name, value)
    span.text = other.text
    for child in list(other):
        for name in _POSITIONS:
            child.attrib.pop(name, None)
        span.append(child)
    remove_element(other)


def _free_lengths(text: etree._Element) -> None:
    """Take away lengths that were measured on the sample."""
    for one in text.iter(etree.Element):
        if one.get("textLength") is not None and _PLACEHOLDER.search("".join(map(str, one.itertext()))):
            del one.attrib["textLength"]
            one.attrib.pop("lengthAdjust", None)


def _drop_pixel_units(text: etree._Element) -> None:
    """Write places without the unit that Affinity gives them: they are user units either way."""
    for one in text.iter(etree.Element):
        for name in ("x", "y", "dx", "dy"):
            if (value := one.get(name)) is not None and "px" in value and "{" not in value:
                one.set(name, " ".join(value.replace("px", " ").split()))


def _free_positions(text: etree._Element, styles: ComputedStyles, measure: Measure) -> set[etree._Element]:
    """Let the pieces of each line with a placeholder follow each other; return the elements of these lines."""
    pieces: list[_Piece] = [_Piece(text, _first(text, "x") or 0.0, _first(text, "y") or 0.0)]
    _collect(text, pieces, styles)
    freed: set[etree._Element] = set()
    for line in _lines([piece for piece in pieces if piece.text]):
        if not _PLACEHOLDER.search("".join(piece.text for piece in line)):
            continue
        for number, piece in enumerate(line):
            freed.update(piece.elements)
            _drop_lists(piece)
            if number and _hangs_on(piece, line[number - 1], styles, measure):
                for name in _POSITIONS:
                    piece.start.attrib.pop(name, None)
                _drop_break_before(piece.start)
    return freed


def _collect(element: etree._Element, pieces: list[_Piece], styles: ComputedStyles) -> None:
    if element.get("x") is not None and element is not pieces[0].start:
        y = _first(element, "y")
        pieces.append(_Piece(element, _first(element, "x") or 0.0, pieces[-1].y if y is None else y))
    pieces[-1].elements.append(element)
    style = styles(element)

    def add(source: str | None) -> None:
        if source and (source.strip() or "\n" not in source):
            pieces[-1].text += source
            pieces[-1].runs.append((" ".join(re.split(r"\s+", source)), style))
            pieces[-1].size = font_size(style)

    add(element.text)
    for child in element:
        if isinstance(child.tag, str):
            _collect(child, pieces, styles)
        add(child.tail)


def _lines(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    line: list[_Piece] = []
    for piece in pieces:
        is_new = line and (
            abs(piece.y - line[-1].y) > _SAME_LINE_EM * piece.size
            or piece.start.get(SODIPODI_ROLE) == "line"
            or piece.x < line[-1].x
        )
        if is_new:
            yield line
            line = []
        line.append(piece)
    if line:
        yield line


def _hangs_on(piece: _Piece, before: _Piece, styles: ComputedStyles, measure: Measure) -> bool:
    """Tell whether a piece starts about where the one before it ends; what stands at a tab stop does not."""
    if styles(piece.start).get("text-anchor", "start") != "start":
        return False
    width = sum(measure.width(source, style) for source, style in before.runs)
    slack = max(_SLACK_EM * piece.size, _SLACK_SHARE * width)
    return abs(piece.x - before.x - width) <= slack


def _drop_lists(piece: _Piece) -> None:
    """Drop what counts letters of the sample: positions of single letters."""
    for element in piece.elements:
        for name in _POSITIONS:
            values = element.get(name, "").replace(",", " ").split()
            if len(values) > 1 and "{" not in element.get(name, ""):
                if name in {"x", "y"}:
                    element.set(name, values[0])
                else:
                    del element.attrib[name]


def _drop_break_before(element: etree._Element) -> None:
    """Drop a line break of the file between two pieces, which would become a space."""
    before = element.getprevious()
    if before is not None and before.tail and not before.tail.strip() and "\n" in before.tail:
        before.tail = None


def _merge_spans(freed: set[etree._Element], styles: ComputedStyles) -> None:
    """Merge neighbours that differ in kerning alone, so that they are shaped as one; the longer one's kerning holds."""
    for span in [one for one in freed if local_name(one) == "tspan"]:
        while (
            span.getparent() is not None
            and (after := span.getnext()) is not None
            and after in freed
            and not span.tail
            and len(span) + len(after) == 0
            and not any(name in after.attrib for name in (*_POSITIONS, SODIPODI_ROLE, "id"))
            and is_alike(styles(span), styles(after))
        ):
            if len(after.text or "") > len(span.text or ""):
                for name in KERNING:
                    span.attrib.pop(name, None)
                    if name in after.attrib:
                        span.set(name, after.attrib[name])
            span.text = (span.text or "") + (after.text or "")
            span.tail, after.tail = after.tail, None
            remove_element(after)


def _first(element: etree._Element, name: str) -> float | None:
    found = numbers(element.get(name, "").replace("px", ""))
    return found[0] if found else None
