"""Text + spans of one style + levels → clusters of positioned glyphs, in logical order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import uharfbuzz as hb

from inkmerge.fonts import FontCatalog, FontInstance, FontQuery
from inkmerge.fonts.unicode_emoji import asks_for_emoji, is_ignorable
from inkmerge.text.scripts import scripts_of
from inkmerge.text.segmentation import grapheme_clusters

_SMALL_CAPS: Final = 0.8
"""Size of synthesized small capitals, as browsers make them."""
_OPTIONAL_LIGATURES: Final = (("liga", 0), ("clig", 0))


@dataclass(frozen=True, slots=True)
class TextStyle:
    """What shaping needs to know of a span.

    Attributes:
        query: The font that CSS asks for.
        size: Font size in user units.
        language: BCP 47 language tag.
        features: OpenType features and their values.
        letter_spacing: Space between letters in user units; any but 0 turns optional ligatures off.
        size_adjust: `font-size-adjust`: x-height as a share of the font size, or None.
        small_caps: Whether small letters become small capitals.
    """

    query: FontQuery
    size: float
    language: str = "en"
    features: tuple[tuple[str, int], ...] = ()
    letter_spacing: float = 0.0
    size_adjust: float | None = None
    small_caps: bool = False


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph, in user units with y down, relative to its cluster's left edge.

    Attributes:
        glyph_id: Its number in the face.
        font: The face it is from.
        size: Font size.
        x_offset: Of its origin from the cluster's left edge.
        y_offset: Of its origin from the baseline.
        x_advance: How far it moves the pen.
        y_advance: The same down, for vertical text.
        cluster: Code point index of its cluster.
    """

    glyph_id: int
    font: FontInstance
    size: float
    x_offset: float
    y_offset: float
    x_advance: float
    y_advance: float
    cluster: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """The glyphs that stand for a few code points and cannot be separated: a letter, a ligature, a syllable.

    Attributes:
        start: First code point.
        end: One past the last.
        glyphs: From left to right.
        advance: Width in user units.
        level: Embedding level.
        style_index: The span it belongs to.
        is_missing: Whether no face has a glyph for it.
    """

    start: int
    end: int
    glyphs: tuple[Glyph, ...]
    advance: float
    level: int
    style_index: int
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    start: int
    end: int
    level: int
    script: str
    span: int
    font: FontInstance
    is_small: bool
    is_missing: bool


Span = tuple[int, int, TextStyle]


def shape(
    text: str, spans: Sequence[Span], levels: Sequence[int], catalog: FontCatalog, *, vertical: bool = False
) -> tuple[Cluster, ...]:
    """Shape a whole text; its clusters partition it, in logical order.

    Letters join and kern over the borders of spans where font and direction go on.

    Args:
        text: The text.
        spans: (start, end, style) that partition it.
        levels: Embedding level of each code point.
        catalog: The faces.
        vertical: Whether glyphs run down the page.
    """
    clusters: list[Cluster] = []
    for run in _itemize(text, spans, levels, catalog):
        clusters.extend(_shape_run(text, run, spans[run.span][2], vertical=vertical))
    return tuple(clusters)


def _itemize(text: str, spans: Sequence[Span], levels: Sequence[int], catalog: FontCatalog) -> list[_Run]:
    """Cut a text where level, script, span, face or synthesized size changes."""
    scripts = scripts_of(text)
    runs: list[_Run] = []
    span_of: list[int] = []
    for index, (start, end, _) in enumerate(spans):
        span_of.extend([index] * (end - start))
    previous: FontInstance | None = None
    for start, end in grapheme_clusters(text):
        span = span_of[start]
        style = spans[span][2]
        cluster = text[start:end]
        font, is_missing = _font_for(
            cluster, style, catalog, previous if runs and runs[-1].span == span else None
        )
        previous = font
        is_small = style.small_caps and cluster != cluster.upper() and not _has_small_caps(font)
        key = (levels[start], scripts[start], span, font, is_small, is_missing)
        if (
            runs
            and (last := runs[-1])
            and key == (last.level, last.script, last.span, last.font, last.is_small, last.is_missing)
        ):
            runs[-1] = _Run(last.start, end, *key)
        else:
            runs.append(_Run(start, end, *key))
    return runs


def _font_for(
    cluster: str, style: TextStyle, catalog: FontCatalog, previous: FontInstance | None
) -> tuple[FontInstance, bool]:
    """Return the face for a grapheme cluster, and whether no face has it."""
    first = catalog.match(style.query)
    wants_color = asks_for_emoji(cluster)
    if not wants_color and all(first.face.covers(ord(one)) for one in cluster if not is_ignorable(one)):
        # spaces and marks stay with the letters before them, so that these are shaped as one
        is_neutral = (
            previous is not None and previous is not first and not any(one.isalnum() for one in cluster)
        )
        if is_neutral and previous is not None and _takes(previous, cluster):
            return previous, False
        return first, False
    found = catalog.fallback(cluster, style.query, style.language)
    return (first, True) if found is None else (found, False)


def _takes(font: FontInstance, cluster: str) -> bool:
    """Tell whether a face for letters has a glyph for each character."""
    return not font.face.is_color and all(font.face.covers(ord(one)) for one in cluster)


@lru_cache(maxsize=256)
def _has_small_caps(font: FontInstance) -> bool:
    face = font.face.hb_face
    scripts = face.get_table_script_tags("GSUB")
    return any("smcp" in face.get_language_feature_tags("GSUB", index) for index in range(len(scripts)))


def _shape_run(text: str, run: _Run, style: TextStyle, *, vertical: bool) -> list[Cluster]:
    source = text[run.start : run.end]
    features = dict(style.features)
    if style.letter_spacing:
        features = dict(_OPTIONAL_LIGATURES) | features
    size = style.size
    if run.is_small:
        source, size = _upper(source), size * _SMALL_CAPS
    elif style.small_caps:
        features["smcp"] = 1
    if style.size_adjust is not None:
        size *= style.size_adjust / (run.font.x_height / run.font.upem)
    before, after = text[max(0, run.start - 5) : run.start], text[run.end : run.end + 5]
    is_rtl = bool(run.level % 2)
    direction = "ttb" if vertical else "rtl" if is_rtl else "ltr"
    shaped = _shaped(
        run.font,
        source,
        before,
        after,
        (direction, run.script, style.language, tuple(sorted(features.items()))),
    )
    scale = size / run.font.upem
    groups: dict[int, list[tuple[int, int, int, int, int]]] = {}
    for gid, cluster, *position in shaped:
        groups.setdefault(cluster, []).append((gid, *position))  # type: ignore[arg-type]  # four numbers
    starts = sorted(groups)
    if not starts or starts[0]:  # what is invisible at the start belongs to what follows
        groups[0] = groups.pop(starts[0], []) if starts else []
        starts = sorted(groups)
    clusters = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else run.end - run.start
        glyphs, pen_x, pen_y = [], 0.0, 0.0
        for gid, x_advance, y_advance, x_offset, y_offset in groups[start]:
            glyphs.append(
                Glyph(
                    gid,
                    run.font,
                    size,
                    pen_x + x_offset * scale,
                    pen_y - y_offset * scale,
                    x_advance * scale,
                    -y_advance * scale,
                    run.start + start,
                )
            )
            pen_x += x_advance * scale
            pen_y -= y_advance * scale
        advance = pen_y if vertical else pen_x
        clusters.append(
            Cluster(
                run.start + start,
                run.start + end,
                tuple(glyphs),
                advance,
                run.level,
                run.span,
                run.is_missing,
            )
        )
    return clusters


def _upper(text: str) -> str:
    """Return capitals, one for one, so that clusters keep their places (ß stays)."""
    return "".join(one.upper() if len(one.upper()) == 1 else one for one in text)


@lru_cache(maxsize=8192)
def _shaped(
    font: FontInstance,
    text: str,
    before: str,
    after: str,
    how: tuple[str, str, str, tuple[tuple[str, int], ...]],
) -> tuple[tuple[int, int, int, int, int, int], ...]:
    """Return (glyph, cluster, x advance, y advance, x offset, y offset) in font units, in visual order."""
    direction, script, language, features = how
    buffer: Any = hb.Buffer()
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
    codes = [ord(one) for one in before + text + after]
    buffer.add_codepoints(codes, len(before), len(text))
    buffer.direction = direction
    buffer.script = script
    buffer.language = language
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    hb.shape(font.hb_font, buffer, dict(features))
    offset = len(before)
    found = [
        (info.codepoint, info.cluster - offset, *position.position[2:], *position.position[:2])
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    ]
    if not found:
        return ()
    return tuple(found)
