"""Lines that a drawing tool set one by one → paragraphs that flow anew when a value is longer than the sample.

Figma, Sketch and Illustrator write each line of a text as a span with its own `x` and `y`. The rule:

- Only texts of two lines or more with a placeholder count, and none that has a text box.
- The width is that of the widest line as the designer saw it: with the placeholders as typed, or with the fields'
  examples where these make the line shorter.
- Lines at one `x` (or around one centre, or ending at one edge) and at equal distances are one paragraph, unless the
  line ends in a line break, or the first word of the next line would still have fit: then the designer broke it.
- While no line is wider than that width, every line stays where the designer put it. When one is, its paragraph is
  set anew into the width, and what follows in the text moves by the lines that were added. So is a paragraph whose
  line ended inside of a placeholder, since there is no such line once it is filled.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, takewhile
from typing import Final, Literal

from lxml import etree

from inkmerge.svg.names import SODIPODI_ROLE, local_name, mark, new, svg_name
from inkmerge.svg.parsing import remove_element
from inkmerge.svg.units import plain_number, text_of
from inkmerge.text import GLYPHS, FlatText, TextBox, TextContext, flatten_text, read_frame
from inkmerge.text.measuring import Measure, font_size

FLOW: Final = mark("flow")
"""Mark on a text of such lines: the width in user units and the alignment."""
SEEN: Final = mark("seen")
"""Mark on a line: its width as the drawing tool broke it, before torn placeholders were put together again, and 1
where a placeholder goes on in the next line."""
_LINE: Final = mark("line")
"""Mark on each line: the number of its paragraph; 1 where a value changes it; 1 where a placeholder was torn at its end."""

Align = Literal["left", "center", "right"]
StyleOf = Callable[[etree._Element], Mapping[str, str]]
Sample = Callable[[str], str]
"""A source with placeholders → what the designer saw in their place."""

_SLACK_EM: Final = 0.05
"""By how much a line may be wider than the widest sample line: less than is seen."""
_SAME_EM: Final = 0.02
"""Rounding of positions that tools write as equal."""
_CENTRED_EM: Final = 0.4
"""How far measured centres and right edges may lie apart: a stand-in face measures otherwise than the designer's."""
_SAME_DISTANCE: Final = 1.03
_HYPHENS: Final = "-\u00ad\u2010\u2013\u2014"


@dataclass(frozen=True, slots=True)
class _Line:
    element: etree._Element
    x: float
    y: float
    size: float
    seen: float
    """Width with the placeholders as typed."""
    width: float
    """Width with the fields' examples, where that is less."""
    first_word: float
    is_dynamic: bool
    is_broken: bool
    is_torn: bool


def mark_paragraphs(
    texts: Iterable[etree._Element], context_of: Callable[[etree._Element], TextContext], sample: Sample
) -> None:
    """Mark the texts that may flow, and their lines, in place."""
    for text in texts:
        spans = _line_spans(text)
        source = "".join(map(str, text.itertext()))
        if len(spans) < 2 or ("{{" not in source and "{%" not in source):
            continue
        context = context_of(text)
        lines = [_measured(text, span, context, sample) for span in spans]
        aligned = _aligned(lines, context.style_of(text))
        if aligned is None:
            continue
        for line, x in zip(lines, aligned[1], strict=True):
            if line.is_dynamic and x != line.x:
                line.element.set("x", text_of(x))
                line.element.set("text-anchor", "middle" if aligned[0] == "center" else "end")
        width = max(line.width for line in lines)
        text.set(FLOW, f"{width!r} {aligned[0]}")
        paragraph = 0
        for index, line in enumerate(lines):
            if index and _is_new_paragraph(lines, index):
                paragraph += 1
            line.element.set(_LINE, f"{paragraph} {int(line.is_dynamic)} {int(line.is_torn)}")


def _line_spans(text: etree._Element) -> list[etree._Element]:
    """Return the lines of a text that consists of nothing else, or an empty list."""
    if local_name(text) != "text" or (text.text or "").strip():
        return []
    lines: list[etree._Element] = []
    for child in text:
        places = [plain_number(child.get(name, "")) for name in ("x", "y")]
        is_line = (
            local_name(child) == "tspan"
            and None not in places
            and not (child.tail or "").strip()
            and child.get(SODIPODI_ROLE) is None
            and not any(name.startswith("data-") for name in child.attrib)
            and not any(one.get("x") or one.get("y") for one in child.iterdescendants(etree.Element))
        )
        if not is_line or (lines and float(child.get("y", "0")) <= float(lines[-1].get("y", "0"))):
            return []
        lines.append(child)
    return lines


def note_widths(root: etree._Element, style_of: StyleOf, measure: Measure) -> None:
    """Mark each line of a text with its width while placeholders still are as the drawing tool broke them, in place."""
    for text in root.iter(svg_name("text")):
        source = "".join(map(str, text.itertext()))
        if "{{" not in source:
            continue
        _wrap_lines(text)
        for span in _line_spans(text):
            line = "".join(map(str, span.itertext()))
            is_torn = line.rfind("{{") > line.rfind("}}") or line.rfind("{%") > line.rfind("%}")
            span.set(SEEN, f"{_typed_width(span, style_of, measure)!r} {int(is_torn)}")


def _wrap_lines(text: etree._Element) -> None:
    """Put the spans of one line into one: those without a place of their own belong to the one before them."""
    if any(local_name(child) != "tspan" or (child.tail or "").strip() for child in text):
        return
    heads = [child for child in text if child.get("x") is not None and child.get("y") is not None]
    rest = [child for child in text if child not in heads]
    if len(heads) < 2 or not rest or text[0] not in heads:
        return
    if any(name in child.attrib for child in rest for name in ("x", "y", "dx", "dy", SODIPODI_ROLE)):
        return
    for head in heads:
        members = list(takewhile(lambda one: one not in heads, head.itersiblings(etree.Element)))
        if members:
            wrapper = new("tspan", {name: head.attrib.pop(name) for name in ("x", "y")})
            wrapper.sourceline = head.sourceline
            head.addprevious(wrapper)
            for one in (head, *members):
                if "\n" in (one.tail or ""):  # a line break of the file, not of the text
                    one.tail = None
                wrapper.append(one)


def _typed_width(span: etree._Element, style_of: StyleOf, measure: Measure) -> float:
    """Return the width of a line as it stands in the file, without the white space at its end."""
    parts: list[tuple[str, etree._Element]] = []
    for one in span.iter(etree.Element):
        parts.append((one.text or "", one))
        parent = one.getparent()
        if one is not span and one.tail and parent is not None:
            parts.append((one.tail, parent))
    while parts and not parts[-1][0].strip():
        parts.pop()
    if parts:
        parts[-1] = (parts[-1][0].rstrip(), parts[-1][1])
    return sum(measure.width(source, style_of(one)) for source, one in parts)


def _leading(span: etree._Element) -> etree._Element:
    """Return the element whose own text begins a line."""
    return next((one for one in span.iter(etree.Element) if (one.text or "").strip()), span)


def line_height(text: etree._Element, style: Mapping[str, str]) -> float | None:
    """Return the distance of the designer's lines as a multiple of the font size; None for a single line."""
    spans = _line_spans(text)
    if len(spans) < 2:
        return None
    nearest = min(float(two.get("y", "0")) - float(one.get("y", "0")) for one, two in pairwise(spans))
    return nearest / (font_size(style) or 16.0)


def _measured(text: etree._Element, span: etree._Element, context: TextContext, sample: Sample) -> _Line:
    style = context.style_of(_leading(span))
    source = "".join(map(str, span.itertext()))
    shown = sample(source)
    known, _, torn = str(span.attrib.pop(SEEN, "")).partition(" ")
    seen = float(known) if known else _line_width(text, [span], context, None)
    width = seen if shown == source else min(seen, _line_width(text, [span], context, sample))
    words = source.split(maxsplit=1)
    measure = Measure(context.catalog, context.language)
    return _Line(
        span,
        float(span.get("x", "0")),
        float(span.get("y", "0")),
        font_size(style),
        seen,
        width,
        measure.width(f" {words[0]}", style) if words else 0.0,
        shown != source or "{{" in source or "{%" in source,
        source.endswith(("\n", "\u2028", "\u2029")),
        torn == "1",
    )


def _line_width(
    text: etree._Element, spans: Sequence[etree._Element], context: TextContext, sample: Sample | None
) -> float:
    clone = _only(text, spans)
    if sample is not None:
        for one in clone.iter(etree.Element):
            one.text = sample(one.text or "")
            one.tail = sample(one.tail or "")
    _strip_end(clone)
    found = _set(text, clone, context)
    return 0.0 if found.bounds is None else found.bounds[2] - found.bounds[0]


def _only(text: etree._Element, spans: Sequence[etree._Element]) -> etree._Element:
    """Return a copy of a text with some of its lines."""
    clone = new("text", dict(text.attrib))
    clone.sourceline = text.sourceline
    for span in spans:
        copied = deepcopy(span)
        copied.tail = None
        clone.append(copied)
    return clone


def _set(text: etree._Element, clone: etree._Element, context: TextContext) -> FlatText:
    """Set a copy in the place of its original, whose styles it inherits."""
    text.addnext(clone)
    try:
        return flatten_text(clone, read_frame(clone, context))
    finally:
        remove_element(clone)


def _strip_end(element: etree._Element) -> None:
    """Drop white space at the end of a line: it hangs."""
    last = element
    while len(last):
        last = last[-1]
        if last.tail and last.tail.strip():
            last.tail = last.tail.rstrip()
            return
        last.tail = None
    last.text = (last.text or "").rstrip()


def _aligned(lines: Sequence[_Line], style: Mapping[str, str]) -> tuple[Align, list[float]] | None:
    """Return how lines are aligned and where each is anchored; None for lines that are not of one text."""
    anchor, is_rtl = style.get("text-anchor", "start"), style.get("direction") == "rtl"
    xs = [line.x for line in lines]
    em = max(line.size for line in lines)
    if max(xs) - min(xs) <= _SAME_EM * em:
        is_right = (anchor == "end") != is_rtl
        align: Align = "center" if anchor == "middle" else "right" if is_right else "left"
        return align, xs
    if anchor != "start" or is_rtl:
        return None
    for found, share in (("center", 0.5), ("right", 1.0)):
        anchors = [line.x + line.seen * share for line in lines]
        if max(anchors) - min(anchors) <= _CENTRED_EM * em:
            middle = sum(anchors) / len(anchors)
            return ("center" if found == "center" else "right"), [middle] * len(anchors)
    return None


def _is_new_paragraph(lines: Sequence[_Line], index: int) -> bool:
    before, line = lines[index - 1], lines[index]
    if before.is_torn:
        return False
    if before.is_broken or abs(before.size - line.size) > _SAME_EM * line.size:
        return True
    nearest = min(two.y - one.y for one, two in pairwise(lines))
    if line.y - before.y > nearest * _SAME_DISTANCE:
        return True
    widest = max(one.seen for one in lines)
    return before.seen + line.first_word < widest - _SLACK_EM * line.size


def set_paragraphs(text: etree._Element, context: TextContext) -> FlatText:
    """Set a marked text: as the designer did while every line fits, else the paragraphs that do not fit anew."""
    context.limits.require("text_total", len("".join(map(str, text.itertext()))), context.location)
    width_text, align = text.get(FLOW, "").split()
    width = float(width_text)
    lines = [child for child in text if child.get(_LINE)]
    slack = _SLACK_EM * font_size(context.style_of(text))
    flowing = {
        _paragraph_of(line)
        for line in lines
        if _is_torn(line) or (_is_dynamic(line) and _line_width(text, [line], context, None) > width + slack)
    }
    if not flowing:
        return flatten_text(text, read_frame(text, context))
    distance = _distance(lines, context)
    moved = 0.0
    parts: list[FlatText] = []
    for paragraph, group in groupby(lines, key=_paragraph_of):
        members = list(group)
        clone = _only(text, members)
        box = None
        if paragraph in flowing:
            box = _flowing(clone, (width, distance, align), font_size(context.style_of(_leading(members[0]))))
        for one in (clone, *clone):
            if one.get("y") is not None:
                one.set("y", text_of(float(one.get("y", "0")) + moved))
        part = _set(text, clone, replace(context, box=box))
        parts.append(part)
        moved += (len(part.lines) - len(members)) * distance if box is not None else 0.0
    return _together(parts)


def _paragraph_of(line: etree._Element) -> str:
    return str(line.get(_LINE, "")).partition(" ")[0]


def _is_dynamic(line: etree._Element) -> bool:
    return str(line.get(_LINE, "")).split()[1] == "1"


def _is_torn(line: etree._Element) -> bool:
    return str(line.get(_LINE, "")).split()[2] == "1"


def _distance(lines: Sequence[etree._Element], context: TextContext) -> float:
    ys = [float(line.get("y", "0")) for line in lines]
    return min(
        (below - above for above, below in pairwise(ys)), default=font_size(context.style_of(lines[0]))
    )


def _flowing(clone: etree._Element, how: tuple[float, float, str], size: float) -> TextBox:
    """Turn the lines of a copy into one run of text, in place, and return the box that it flows in."""
    width, distance, align = how
    first = clone[0]
    x = float(first.get("x", "0"))
    left = x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    clone.set("x", first.get("x", "0"))
    clone.set("y", first.get("y", "0"))
    for line, following in pairwise([*clone, None]):
        assert line is not None  # only the last is none
        for name in ("x", "y", "text-anchor"):
            line.attrib.pop(name, None)
        if following is None:
            _strip_end(line)
        elif not _is_torn(line) and _needs_space(
            "".join(map(str, line.itertext())), "".join(map(str, following.itertext()))
        ):
            line.tail = " "
    chosen: Mapping[str, Align] = {"left": "left", "center": "center", "right": "right"}
    return TextBox(x=left, width=width, fit="wrap", align=chosen[align], line_height=distance / size)


def _needs_space(before: str, after: str) -> bool:
    """Tell whether two lines of a paragraph were parted at a space that the tool left out of the file."""
    if not before or not after or before[-1].isspace() or after[0].isspace() or before[-1] in _HYPHENS:
        return False
    return not any(unicodedata.east_asian_width(one) in "WF" for one in (before[-1], after[0]))


def _together(parts: Sequence[FlatText]) -> FlatText:
    bounds = [part.bounds for part in parts if part.bounds is not None]
    before = 0
    for part in parts:  # runs are numbered in each part by itself
        for _, attributes in part.paths:
            if (number := attributes.get(GLYPHS)) is not None:
                attributes[GLYPHS] = str(int(number) + before)
        before += len(part.runs)
    return FlatText(
        elements=tuple(element for part in parts for element in part.elements),
        images={digest: image for part in parts for digest, image in part.images.items()},
        findings=tuple(dict.fromkeys(finding for part in parts for finding in part.findings)),
        drawn=" ".join(part.drawn.strip() for part in parts),
        bounds=(
            min(one[0] for one in bounds),
            min(one[1] for one in bounds),
            max(one[2] for one in bounds),
            max(one[3] for one in bounds),
        )
        if bounds
        else None,
        lines=tuple(line for part in parts for line in part.lines),
        faces=tuple(dict.fromkeys(face for part in parts for face in part.faces)),
        paths=tuple(path for part in parts for path in part.paths),
        runs=tuple(run for part in parts for run in part.runs),
    )
