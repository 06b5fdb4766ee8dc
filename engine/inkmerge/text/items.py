"""Characters → items: shaped clusters with their spacing, in logical order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from inkmerge.fonts import FontInstance
from inkmerge.text.bidi import Direction, embedding_levels, visual_order
from inkmerge.text.characters import Characters
from inkmerge.text.itemizing import Flow, TextStyle
from inkmerge.text.orientation import stands_upright
from inkmerge.text.scripts import script_of
from inkmerge.text.shaping import (
    CURSIVE_SCRIPTS,
    Cluster,
    Glyph,
    Whole,
    measure,
    measure_whole,
    shape,
)
from inkmerge.text.text_frame import Span

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

    def at(self, scale: float) -> Item:
        """Return it at a share of its size: all of it is proportional."""
        if scale == 1:
            return self
        cluster = self.cluster
        glyphs = tuple(
            Glyph(number, font, size * scale, x * scale, y * scale, advance * scale)
            for number, font, size, x, y, advance in cluster.glyphs
        )
        return Item(
            cluster.resized(glyphs, cluster.advance * scale),
            self.span,
            self.advance * scale,
            self.stretch,
            self.drop * scale,
            self.spacing * scale,
        )


class Measured(NamedTuple):
    """How wide the items of a text are, one by one.

    Attributes:
        starts: Their first code points, ascending.
        advances: Their widths.
        is_plain: Whether there is a glyph for everything, and none has colours of its own.
    """

    starts: Sequence[int]
    advances: Sequence[float]
    is_plain: bool


def measured_items(characters: Characters, *, is_drawn: bool) -> Measured | None:
    """Measure what `shaped_items` makes of a horizontal text of one span; None for another."""
    runs = characters.runs()
    spacing = runs[0][2].look.spacing
    if len(runs) > 1 or spacing.letter or spacing.word or characters.frame.is_vertical:
        return None
    flow = _flow(characters, may_join=False)
    spans, catalog = _spans(characters), characters.frame.catalog
    found = measure(characters.text, spans, flow, catalog, is_drawn=is_drawn)
    return Measured(found.starts, found.advances, not (found.is_missing or found.is_color))


def measured_whole(characters: Characters, *, is_drawn: bool) -> Whole | None:
    """Return how wide a text is on one line; None where something takes it apart, or it needs several faces."""
    runs = characters.runs()
    spacing = runs[0][2].look.spacing
    if len(runs) > 1 or spacing.letter or spacing.word:
        return None
    flow = _flow(characters, may_join=True)
    if not flow.may_join:
        return None
    spans, catalog = _spans(characters), characters.frame.catalog
    return measure_whole(characters.text, spans, flow, catalog, is_drawn=is_drawn)


def shaped_items(characters: Characters, *, may_join: bool = True) -> list[Item]:
    """Shape a text; with `may_join`, one that nothing takes apart is one item with all its glyphs."""
    runs = characters.runs()
    flow = _flow(characters, may_join=may_join)
    clusters = shape(characters.text, _spans(characters), flow, characters.frame.catalog)
    drops = [span.look.drop for _, _, span in runs]
    items = []
    for cluster in clusters:
        span, drop = runs[cluster.style_index][2], drops[cluster.style_index]
        spacing = span.look.spacing
        if not (spacing.letter or spacing.word):
            items.append(Item(cluster, span, cluster.advance, 1.0, drop))
            continue
        letter = spacing.letter
        if letter and script_of(characters.text[cluster.start]) in CURSIVE_SCRIPTS:
            letter = 0.0
        extra = letter
        if characters.text[cluster.start] in " \u00a0":
            extra += spacing.word
        items.append(Item(cluster, span, cluster.advance + extra, 1.0, drop, letter))
    return items


def _spans(characters: Characters) -> list[tuple[int, int, TextStyle]]:
    return [(start, end, span.look.style) for start, end, span in characters.runs()]


def _flow(characters: Characters, *, may_join: bool) -> Flow:
    runs = characters.runs()
    is_still = len(runs) == 1 and _is_still(characters, runs[0][2])
    if characters.levels is None:
        characters.levels = _levels(characters)
    return Flow(
        characters.levels,
        () if is_still else characters.chunk_starts(),
        _upright(characters) if characters.frame.is_vertical else None,
        may_join=may_join and is_still,
    )


def _is_still(characters: Characters, span: Span) -> bool:
    """Tell whether nothing moves the letters of a text of one span against each other, nor may spaces at its ends go."""
    text = characters.text
    return (
        span.is_still
        and not (characters.positions and characters.positions.keys() - {0})
        and not (text[0].isspace() or text[-1].isspace())
    )


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


def _levels(characters: Characters) -> list[int]:
    """Return embedding levels, with the controls that `unicode-bidi` puts around elements."""
    base = characters.frame.direction
    if all(span.style.get("unicode-bidi", "normal") == "normal" for _, _, span in characters.runs()):
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


def adjust_lengths(characters: Characters, items: Sequence[Item]) -> None:
    """Carry out `textLength`, in place: https://www.w3.org/TR/SVG2/text.html#TextElementTextLengthAttribute."""
    asked = [(span, wanted) for span in characters.extents if (wanted := span.text_length) is not None]
    extents = characters.extents
    for span, wanted in sorted(asked, key=lambda one: extents[one[0]][1] - extents[one[0]][0]):
        start, end = extents[span]
        inside = [item for item in items if start <= item.cluster.start < end]
        if not inside:
            continue
        natural = sum(item.advance for item in inside)
        natural += sum(position.dx for index, position in characters.positions.items() if start < index < end)
        if span.stretches_glyphs:
            if natural > 0:
                for item in inside:
                    item.stretch *= wanted / natural
                    item.advance *= wanted / natural
        elif len(inside) > 1:
            extra = (wanted - natural) / (len(inside) - 1)
            for index in visual_order([item.cluster.level for item in inside])[:-1]:
                inside[index].advance += extra
                inside[index].spacing += extra
