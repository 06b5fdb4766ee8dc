"""Characters → items: shaped clusters with their spacing, in logical order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from inkmerge.fonts import FontCatalog, FontInstance
from inkmerge.text.bidi import Direction, embedding_levels
from inkmerge.text.characters import Characters, LengthOf, Span
from inkmerge.text.shaping import Cluster, shape
from inkmerge.text.styles import Spacing, baseline_offset, baseline_shift, text_style

_CONTROLS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("embed", "ltr"): ("\u202a", "\u202c"),
    ("embed", "rtl"): ("\u202b", "\u202c"),
    ("isolate", "ltr"): ("\u2066", "\u2069"),
    ("isolate", "rtl"): ("\u2067", "\u2069"),
    ("bidi-override", "ltr"): ("\u202d", "\u202c"),
    ("bidi-override", "rtl"): ("\u202e", "\u202c"),
    ("isolate-override", "ltr"): ("\u2066\u202d", "\u202c\u2069"),
    ("isolate-override", "rtl"): ("\u2067\u202e", "\u202c\u2069"),
    ("plaintext", "ltr"): ("\u2068", "\u2069"),
    ("plaintext", "rtl"): ("\u2068", "\u2069"),
}
"""Formatting characters that CSS puts around an element: https://www.w3.org/TR/css-writing-modes-4/#unicode-bidi"""


@dataclass(slots=True)
class Item:
    """One cluster on its way to its place.

    Attributes:
        cluster: Its glyphs.
        span: The element it belongs to.
        advance: Width with letter and word spacing, in user units.
        stretch: By how much the glyphs are widened (`lengthAdjust`).
        drop: How far its baseline lies below the line's (`dominant-baseline`, `baseline-shift`).
    """

    cluster: Cluster
    span: Span
    advance: float
    stretch: float = 1.0
    drop: float = 0.0

    @property
    def font(self) -> FontInstance | None:
        """The face of its first glyph."""
        return self.cluster.glyphs[0].font if self.cluster.glyphs else None


@dataclass(frozen=True, slots=True)
class Setting:
    """What shaping a whole text needs.

    Attributes:
        catalog: The faces.
        length: Lengths in user units.
        language: BCP 47 language tag.
    """

    catalog: FontCatalog
    length: LengthOf
    language: str


def base_direction(characters: Characters) -> Direction:
    """Return the paragraph's direction from the text element's style."""
    if not characters.spans:
        return "ltr"
    root = list(characters.spans[0].lineage())[-1]
    if root.style.get("unicode-bidi") == "plaintext":
        return "auto"
    return "rtl" if root.style.get("direction") == "rtl" else "ltr"


def shaped_items(characters: Characters, setting: Setting, scale: float = 1.0) -> list[Item]:
    """Shape a text; `scale` makes it smaller as a text box asks."""
    spans = []
    spacings: dict[int, Spacing] = {}
    for start, end, span in characters.runs():
        spacing = spacings.get(id(span))
        if spacing is None:
            spacing = spacings[id(span)] = _spacing(span, setting.length)
        spans.append((start, end, text_style(span.style, setting.language, spacing, scale)))
    levels = _levels(characters)
    items = []
    for cluster in shape(characters.text, spans, levels, setting.catalog):
        span = characters.spans[cluster.start]
        spacing = spacings[id(span)]
        extra = spacing.letter * scale
        if characters.text[cluster.start] in " \u00a0":
            extra += spacing.word * scale
        items.append(Item(cluster, span, cluster.advance + extra, 1.0, _drop(span, setting, scale)))
    return items


def _spacing(span: Span, length: LengthOf) -> Spacing:
    found = []
    for name in ("letter-spacing", "word-spacing"):
        value = span.style.get(name, "normal")
        found.append(0.0 if value == "normal" else length(value, span.element, "other"))
    return Spacing(*found)


def _drop(span: Span, setting: Setting, scale: float) -> float:
    size = float(span.style.get("font-size", "16")) * scale
    dominant = span.style.get("dominant-baseline", "auto")
    alignment = span.style.get("alignment-baseline", "baseline")
    drop = 0.0
    if dominant not in {"auto", "alphabetic"} or alignment not in {"baseline", "auto"}:
        font = setting.catalog.match(text_style(span.style, setting.language, Spacing()).query)
        drop = baseline_offset(dominant, alignment, font, size)
    for one in span.lineage():
        shift = one.style.get("baseline-shift", "baseline")
        if shift in {"baseline", "0"} or one.parent is None:
            continue
        around = float(one.parent.style.get("font-size", "16")) * scale
        if shift.endswith("%"):
            length = float(shift[:-1] or 0) / 100 * float(one.style.get("font-size", "16")) * scale
        elif shift in {"sub", "super"}:
            length = None
        else:
            length = setting.length(shift, one.element, "other") * scale
        drop -= baseline_shift(shift, around, length)
    return drop


def _levels(characters: Characters) -> list[int]:
    """Return embedding levels, with the controls that `unicode-bidi` puts around elements."""
    base = base_direction(characters)
    if not any(span.style.get("unicode-bidi", "normal") != "normal" for span in characters.spans):
        return _line_levels(characters.text, base)
    pieces: list[str] = []
    kept: list[int] = []
    opened: list[Span] = []
    position = 0
    for start, end, span in characters.runs():
        lineage = [one for one in reversed(list(span.lineage())) if _controls(one) is not None]
        while opened and opened[-1] not in lineage:
            closing = (_controls(opened.pop()) or ("", ""))[1]
            pieces.append(closing)
            position += len(closing)
        for one in lineage:
            if one not in opened:
                opening = (_controls(one) or ("", ""))[0]
                opened.append(one)
                pieces.append(opening)
                position += len(opening)
        pieces.append(characters.text[start:end])
        kept.extend(range(position, position + end - start))
        position += end - start
    levels = embedding_levels("".join(pieces), base)
    return [levels[index] for index in kept]


def _controls(span: Span) -> tuple[str, str] | None:
    return _CONTROLS.get((span.style.get("unicode-bidi", "normal"), span.style.get("direction", "ltr")))


def _line_levels(text: str, base: Direction) -> list[int]:
    """Return levels of each paragraph: a forced line break starts another."""
    if "\n" not in text:
        return embedding_levels(text, base)
    levels: list[int] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            levels.append(levels[-1] if levels else 0)
        levels.extend(embedding_levels(line, base))
    return levels


def adjust_lengths(characters: Characters, items: Sequence[Item], length: LengthOf) -> None:
    """Carry out `textLength`, in place: https://www.w3.org/TR/SVG2/text.html#TextElementTextLengthAttribute."""
    for element, (start, end) in sorted(characters.extents.items(), key=lambda one: one[1][1] - one[1][0]):
        wanted = _text_length(element, length)
        inside = [item for item in items if start <= item.cluster.start < end]
        if wanted is None or not inside:
            continue
        natural = sum(item.advance for item in inside)
        natural += sum(position.dx for index, position in characters.positions.items() if start < index < end)
        if element.get("lengthAdjust") == "spacingAndGlyphs":
            if natural > 0:
                for item in inside:
                    item.stretch *= wanted / natural
                    item.advance *= wanted / natural
        elif len(inside) > 1:
            for item in inside[:-1]:
                item.advance += (wanted - natural) / (len(inside) - 1)


def _text_length(element: etree._Element, length: LengthOf) -> float | None:
    value = element.get("textLength")
    if not value:
        return None
    found = length(value, element, "x")
    return found if found > 0 and math.isfinite(found) else None


def with_advance(item: Item, advance: float) -> Item:
    """Return a copy of an item with another advance."""
    return replace(item, advance=advance)
