"""Characters → items: shaped clusters with their spacing, in logical order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from inkmerge.fonts import FontCatalog, FontInstance
from inkmerge.text.bidi import Direction, embedding_levels, visual_order
from inkmerge.text.characters import Characters, LengthOf, Span
from inkmerge.text.orientation import stands_upright
from inkmerge.text.scripts import script_of
from inkmerge.text.shaping import CURSIVE_SCRIPTS, Cluster, Flow, TextStyle, shape
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
_SIDEWAYS_MODES: Final = frozenset(("sideways-rl", "sideways-lr"))


@dataclass(slots=True)
class Item:
    """One cluster on its way to its place.

    Attributes:
        cluster: Its glyphs.
        span: The element it belongs to.
        advance: Width with letter and word spacing, in user units; the height in vertical text.
        stretch: By how much the glyphs are widened (`lengthAdjust`).
        drop: How far its alphabetic baseline lies below the line (`dominant-baseline`, `baseline-shift`).
        spacing: The part of the advance that keeps the next letter away.
    """

    cluster: Cluster
    span: Span
    advance: float
    stretch: float = 1.0
    drop: float = 0.0
    spacing: float = 0.0

    @property
    def font(self) -> FontInstance | None:
        """The face of its first glyph."""
        return self.cluster.glyphs[0].font if self.cluster.glyphs else None

    @property
    def central(self) -> float:
        """How far the middle of the em box lies above the alphabetic baseline."""
        if not self.cluster.glyphs:
            return 0.0
        glyph = self.cluster.glyphs[0]
        return (glyph.font.ascent - glyph.font.descent) / 2 * glyph.size / glyph.font.upem


@dataclass(frozen=True, slots=True)
class Setting:
    """What shaping a whole text needs.

    Attributes:
        catalog: The faces.
        length: Lengths in user units.
    """

    catalog: FontCatalog
    length: LengthOf

    def font_of(self, span: Span) -> FontInstance:
        """Return the face that a span asks for."""
        return self.catalog.match(text_style(span.style, span.language, Spacing()).query)


def base_direction(characters: Characters) -> Direction:
    """Return the paragraph's direction from the text element's style."""
    style = characters.root_style
    if style.get("unicode-bidi") == "plaintext":
        return "auto"
    return "rtl" if style.get("direction") == "rtl" else "ltr"


@dataclass(frozen=True, slots=True)
class _Look:
    """What the items of one span have in common.

    Attributes:
        style: What shaping needs.
        spacing: Letter and word spacing.
        drop: How far down the baseline is.
    """

    style: TextStyle
    spacing: Spacing
    drop: float


def shaped_items(characters: Characters, setting: Setting, scale: float = 1.0) -> list[Item]:
    """Shape a text; `scale` makes it smaller as a text box asks."""
    looks: dict[int, _Look] = {}
    spans = []
    is_vertical = characters.is_vertical
    for start, end, span in characters.runs():
        look = looks.get(id(span))
        if look is None:
            look = looks[id(span)] = _look(span, setting, scale, is_vertical=is_vertical)
        spans.append((start, end, look.style))
    clusters = shape(
        characters.text,
        spans,
        Flow(_levels(characters), characters.chunk_starts(), _upright(characters) if is_vertical else None),
        setting.catalog,
    )
    items = []
    for cluster in clusters:
        span = characters.spans[cluster.start]
        look = looks[id(span)]
        if not (look.spacing.letter or look.spacing.word):
            items.append(Item(cluster, span, cluster.advance, 1.0, look.drop))
            continue
        letter = look.spacing.letter * scale
        if letter and script_of(characters.text[cluster.start]) in CURSIVE_SCRIPTS:
            letter = 0.0
        extra = letter
        if characters.text[cluster.start] in " \u00a0":
            extra += look.spacing.word * scale
        items.append(Item(cluster, span, cluster.advance + extra, 1.0, look.drop, letter))
    return items


def _look(span: Span, setting: Setting, scale: float, *, is_vertical: bool) -> _Look:
    spacing = _spacing(span, setting.length)
    style = text_style(span.style, span.language, spacing, scale)
    if any(_is_spread(one.element, setting.length) for one in span.lineage()):
        style = replace(style, is_spread=True)
    return _Look(style, spacing, _drop(span, setting, scale, is_vertical=is_vertical))


def _is_spread(element: etree._Element, length: LengthOf) -> bool:
    """Tell whether `textLength` moves letters apart: they are no ligatures then, or these would stay together."""
    return element.get("lengthAdjust") != "spacingAndGlyphs" and _text_length(element, length) is not None


def _upright(characters: Characters) -> list[bool]:
    """Tell which code points stand upright in vertical text."""
    upright: list[bool] = []
    for start, end, span in characters.runs():
        style = span.style
        if span.path is not None:  # along a path, vertical text only keeps its middle on the line
            upright.extend([False] * (end - start))
            continue
        orientation = style.get("text-orientation", "mixed")
        if characters.root_style.get("writing-mode") in _SIDEWAYS_MODES:
            orientation = "sideways"
        angle = style.get("glyph-orientation-vertical", "auto")
        # https://www.w3.org/TR/css-writing-modes-4/#glyph-orientation: 0 and 90 are all that is left of it
        orientation = {"0": "upright", "0deg": "upright", "90": "sideways", "90deg": "sideways"}.get(
            angle, orientation
        )
        if orientation == "mixed":
            upright.extend(stands_upright(character) for character in characters.text[start:end])
        else:
            upright.extend([orientation == "upright"] * (end - start))
    return upright


def _spacing(span: Span, length: LengthOf) -> Spacing:
    found = []
    for name in ("letter-spacing", "word-spacing"):
        value = span.style.get(name, "normal")
        found.append(0.0 if value == "normal" else length(value, span.element, "other"))
    return Spacing(*found)


def _drop(span: Span, setting: Setting, scale: float, *, is_vertical: bool) -> float:
    size = float(span.style.get("font-size", "16")) * scale
    dominant = _dominant(span)
    alignment = span.style.get("alignment-baseline", "baseline")
    if is_vertical and dominant == "auto":  # https://www.w3.org/TR/css-inline-3/#dominant-baseline-property
        dominant = "central"
    drop = 0.0
    if dominant not in {"auto", "alphabetic"} or alignment not in {"baseline", "auto"}:
        font = setting.font_of(span)
        drop = baseline_offset(dominant, alignment, font, size)
    for one in span.lineage():
        shift = one.style.get("baseline-shift", "baseline")
        if shift in {"baseline", "0"} or one.parent is None:
            continue
        drop -= _shift(shift, one, one.parent, setting) * scale
    return drop


def _dominant(span: Span) -> str:
    """Return the dominant baseline; SVG 1.1's `no-change` and `reset-size` keep that of the element around."""
    declared = (one.style.get("dominant-baseline", "auto") for one in span.lineage())
    return next((one for one in declared if one not in {"no-change", "reset-size"}), "auto")


def _shift(value: str, span: Span, around: Span, setting: Setting) -> float:
    """Return how far up a `baseline-shift` moves a span, in user units."""
    if value in {"sub", "super"}:
        font = setting.font_of(around)
        return baseline_shift(value, font, float(around.style.get("font-size", "16")))
    if value.endswith("%"):
        try:
            return float(value[:-1]) / 100 * float(span.style.get("font-size", "16"))
        except ValueError:
            return 0.0
    return setting.length(value, span.element, "other")


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
            extra = (wanted - natural) / (len(inside) - 1)
            for index in visual_order([item.cluster.level for item in inside])[:-1]:
                inside[index].advance += extra
                inside[index].spacing += extra


def _text_length(element: etree._Element, length: LengthOf) -> float | None:
    value = element.get("textLength")
    if not value:
        return None
    found = length(value, element, "x")
    return found if found > 0 and math.isfinite(found) else None
