"""Text + spans of one style + levels → clusters of positioned glyphs, in logical order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple

import uharfbuzz as hb

from inkmerge.fonts import FontCatalog, FontInstance, FontQuery
from inkmerge.fonts.face import Face
from inkmerge.fonts.unicode_emoji import asks_for_emoji, is_ignorable
from inkmerge.text.scripts import one_script_of, scripts_of
from inkmerge.text.segmentation import grapheme_clusters

_SMALL_CAPS: Final = 0.8
"""Size of synthesized small capitals, as browsers make them."""
_OPTIONAL_LIGATURES: Final = (("liga", 0), ("clig", 0))
_WITHOUT_INVISIBLE: Final = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
_CONTEXT: Final = 5
"""Code points that HarfBuzz looks at on either side of a text."""
_ISOLATES: Final = frozenset("\u2066\u2067\u2068\u2069")
"""They have no glyph in any face, and stand in no cluster with others."""
CURSIVE_SCRIPTS: Final = frozenset(
    ("Adlm", "Arab", "Chrs", "Mand", "Mani", "Mong", "Nkoo", "Ougr", "Phag", "Phlp", "Rohg", "Sogd", "Syrc")
)
"""Scripts whose letters join, so that no space is put between them: https://www.w3.org/TR/css-text-3/#cursive-scripts"""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """What shaping needs to know of a span.

    Attributes:
        query: The font that CSS asks for.
        size: Font size in user units.
        language: BCP 47 language tag.
        features: OpenType features and their values.
        letter_spacing: Space between letters in user units; any but 0 turns optional ligatures off.
        is_spread: Whether letters are moved apart to reach a `textLength`, which turns them off as well.
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
    is_spread: bool = False


class Glyph(NamedTuple):
    """One glyph, in user units with y down, relative to its cluster's left edge.

    Attributes:
        glyph_id: Its number in the face.
        font: The face it is from.
        size: Font size.
        x_offset: Of its origin from the cluster's left edge.
        y_offset: Of its origin from the baseline.
        x_advance: How far it moves the pen.
    """

    glyph_id: int
    font: FontInstance
    size: float
    x_offset: float
    y_offset: float
    x_advance: float


_glyph: Final[Callable[[tuple[int, FontInstance, float, float, float, float]], Glyph]] = partial(
    tuple.__new__, Glyph
)
"""`Glyph._make` without its check of the length: a quarter of the time, once for each letter of each recipient."""


class Cluster(NamedTuple):
    """The glyphs that stand for a few code points and cannot be separated: a letter, a ligature, a syllable.

    Attributes:
        start: First code point.
        end: One past the last.
        glyphs: From left to right.
        advance: Width in user units, or height where it stands upright in vertical text.
        level: Embedding level.
        style_index: The span it belongs to.
        is_missing: Whether no face has a glyph for it.
        is_upright: Whether it stands upright in vertical text: its glyphs then hang from the middle of their upper edge.
    """

    start: int
    end: int
    glyphs: tuple[Glyph, ...]
    advance: float
    level: int
    style_index: int
    is_missing: bool = False
    is_upright: bool = False

    def resized(self, glyphs: tuple[Glyph, ...], advance: float) -> Cluster:
        """Return the same at another size."""
        start, end, _, _, level, style_index, is_missing, is_upright = self
        return Cluster(start, end, glyphs, advance, level, style_index, is_missing, is_upright)


class _Run(NamedTuple):
    """A stretch of one piece that is shaped with one font.

    Attributes:
        start: First code point.
        end: One past the last.
        piece: First and one past the last code point of what is shaped without regard to what is around it.
        level: Embedding level.
        script: ISO 15924 code.
        font: The face.
        span: Number of its span.
        is_upright: Whether its glyphs stand upright one below the other.
        is_small: Whether capitals stand for small capitals.
        is_missing: Whether no face has its characters.
    """

    start: int
    end: int
    piece: tuple[int, int]
    level: int
    script: str
    font: FontInstance
    span: int = 0
    is_upright: bool = False
    is_small: bool = False
    is_missing: bool = False


Span = tuple[int, int, TextStyle]
_Position = tuple[int, int, int, int, int]
"""Glyph, x advance, y advance, x offset and y offset, in font units."""
_How = tuple[str, str, str, tuple[tuple[str, int], ...]]
"""Direction, script, language and features."""
_Asked = tuple[FontInstance, str, str, str, _How]
"""A face, a text, what stands before and behind it, and how it is shaped."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a text runs.

    Attributes:
        levels: Embedding level of each code point.
        breaks: Code points, ascending, before which shaping starts anew; those inside a grapheme cluster are ignored.
        upright: For vertical text, whether each code point stands upright; None for horizontal text.
        may_join: Whether a text of one run is wanted as one cluster, since nothing will take it apart.
    """

    levels: Sequence[int]
    breaks: Sequence[int] = ()
    upright: Sequence[bool] | None = None
    may_join: bool = False


def shape(text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog) -> tuple[Cluster, ...]:
    """Shape a whole text; its clusters partition it, in logical order.

    Letters join and kern over the borders of spans where script and direction go on
    (https://www.w3.org/TR/css-text-3/#boundary-shaping), but not over breaks.

    Args:
        text: The text.
        spans: (start, end, style) that partition it.
        flow: Its levels, breaks and orientation.
        catalog: The faces.
    """
    runs = _plain_runs(text, spans, flow, catalog)
    if runs is not None and _may_join(runs, flow):
        return (_joined(text, runs[0], spans),)
    runs = _itemize(text, spans, flow, catalog) if runs is None else runs
    clusters: list[Cluster] = []
    for strip, glyphs in _strips_of(text, runs, spans):
        clusters += _clusters(strip, glyphs, spans)
    return tuple(clusters)


class Advances(NamedTuple):
    """How wide the clusters of a text are.

    Attributes:
        starts: Their first code points, ascending.
        advances: Their widths, in user units.
        is_missing: Whether no face has a glyph for some.
        is_color: Whether a face has glyphs with colours of their own.
    """

    starts: list[int]
    advances: list[float]
    is_missing: bool
    is_color: bool


def measure(text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog) -> Advances:
    """Return how wide the clusters are that `shape` makes of a horizontal text, without their glyphs."""
    plain = _plain_runs(text, spans, flow, catalog)
    runs = _itemize(text, spans, flow, catalog) if plain is None else plain
    widths: dict[int, float] = {}
    for strip, glyphs in _strips_of(text, runs, spans):
        for run in strip.runs:
            scale = _size(run, spans[run.span][2]) / run.font.upem
            for start, positions in _within(glyphs, run.start, run.end).items():
                width = 0.0
                for _, x_advance, _, _, _ in positions:
                    width += x_advance * scale
                widths[start] = width
    starts = sorted(widths)
    return Advances(
        starts,
        [widths[start] for start in starts],
        any(run.is_missing for run in runs),
        any(run.font.face.is_color for run in runs),
    )


class Whole(NamedTuple):
    """How wide a text is as a whole.

    Attributes:
        width: In user units.
        font: The face of all of it.
        is_one: Whether `shape` makes one cluster of it.
    """

    width: float
    font: FontInstance
    is_one: bool


def measure_whole(
    text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog, *, is_drawn: bool
) -> Whole | None:
    """Return how wide a text of one style is that has all its glyphs in one face; None for any other.

    Args:
        text: The text.
        spans: (start, end, style) that partition it.
        flow: Its levels, breaks and orientation.
        catalog: The faces.
        is_drawn: Whether it will be shaped as well, so that its glyphs are worth keeping.
    """
    runs = _plain_runs(text, spans, flow, catalog)
    if runs is None:
        return None
    width = 0.0
    for run in runs:
        if _ISOLATES.issuperset(text[run.start : run.end]):
            continue
        scale = _size(run, spans[0][2]) / run.font.upem
        asked = _asked(text, run, spans[0][2])
        width += (sum([one[1][1] for one in _shaped(*asked)]) if is_drawn else _advance(*asked)) * scale
    return Whole(width, runs[0].font, _may_join(runs, flow))


def measure_line(text: str, script: str, style: TextStyle, font: FontInstance) -> float:
    """Return how wide a text of one script is, from left to right, that has all its glyphs in one face."""
    how = ("ltr", script, style.language, style.features)
    return _advance(font, text, "", "", how) * _size_in(font, style) / font.upem


def _may_join(runs: Sequence[_Run], flow: Flow) -> bool:
    return flow.may_join and len(runs) == 1 and not runs[0].level % 2


def _joined(text: str, run: _Run, spans: Sequence[Span]) -> Cluster:
    """Shape a text of one run from left to right as one cluster."""
    style = spans[0][2]
    size = _size(run, style)
    font, scale = run.font, size / run.font.upem
    glyphs = []
    pen_x = pen_y = 0.0
    for _, (gid, x_advance, y_advance, x_offset, y_offset) in _shaped(*_asked(text, run, style)):
        step = x_advance * scale
        glyphs.append((gid, font, size, pen_x + x_offset * scale, pen_y - y_offset * scale, step))
        pen_x += step
        pen_y -= y_advance * scale
    return Cluster(0, run.end, tuple(map(_glyph, glyphs)), pen_x, run.level, 0)


def _itemize(text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog) -> list[_Run]:
    """Cut a text where piece, level, script, orientation, span, face or synthesized size changes."""
    levels, upright = flow.levels, flow.upright
    scripts = scripts_of(text)
    span_of: list[int] = []
    for index, (start, end, _) in enumerate(spans):
        span_of.extend([index] * (end - start))
    firsts = [catalog.match(style.query) for _, _, style in spans]
    pieces = _pieces(len(text), flow.breaks)
    piece = pieces.pop()
    runs: list[_Run] = []
    first, key = 0, None
    previous: FontInstance | None = None
    is_plain = upright is None and not any(style.small_caps for _, _, style in spans)
    for start, end in grapheme_clusters(text):
        span = span_of[start]
        if key is not None and is_plain and start < piece[1] and previous is firsts[span] and not key[7]:
            # most stand in the same run as what is before them
            is_same = (levels[start], scripts[start], span) == (key[1], key[2], key[4])
            if is_same and text[start:end] in _plain_characters(previous.face):
                continue
        if start >= piece[1]:
            piece = pieces.pop()
            while start >= piece[1]:
                piece = (piece[0], pieces.pop()[1])
        style = spans[span][2]
        cluster = text[start:end]
        known = previous if key is not None and key[4] == span else None
        font, is_missing = _font_for(cluster, style, catalog, (firsts[span], known))
        previous = font
        is_small = style.small_caps and cluster != cluster.upper() and not _has_small_caps(font)
        is_upright = upright is not None and upright[start]
        own = (piece, levels[start], scripts[start], font, span, is_upright, is_small, is_missing)
        if own != key:
            if key is not None:
                runs.append(_Run(first, start, *key))
            first, key = start, own
    if key is not None:
        runs.append(_Run(first, len(text), *key))
    return runs


def _plain_runs(text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog) -> list[_Run] | None:
    """Return the runs of a text of one style and one face, as most are; None where each cluster has to be looked at."""
    style = spans[0][2] if spans else None
    if style is None or not text or len(spans) > 1 or style.small_caps or flow.upright is not None:
        return None
    end, levels = len(text), flow.levels
    font = catalog.match(style.query)
    if any(0 < one < end for one in flow.breaks) or not are_plain(font.face, text):
        return None
    script = one_script_of(text)
    if script is not None and len(set(levels)) == 1:
        return [_Run(0, end, (0, end), levels[0], script, font)]
    kinds = list(zip(levels, scripts_of(text), strict=True))
    starts = [0, *(place for place in range(1, end) if kinds[place] != kinds[place - 1])]
    if len(starts) > 1 and not {start for start, _ in grapheme_clusters(text)}.issuperset(starts):
        return None
    return [_Run(a, b, (0, end), *kinds[a], font) for a, b in pairwise((*starts, end))]


def are_plain(face: Face, text: str) -> bool:
    """Tell whether each character, whatever stands beside it, is drawn with the face asked for."""
    known = _plain_characters(face)
    if known.issuperset(text):
        return True
    for one in set(text) - known:
        if not face.covers(ord(one)) or is_ignorable(one) or asks_for_emoji(one):
            return False
        known.add(one)
    return True


@lru_cache(maxsize=256)
def _plain_characters(_: Face) -> set[str]:
    """Return the characters that are known to be plain in a face, to which others are added."""
    return set(_ISOLATES)


def _pieces(length: int, breaks: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pieces between breaks, the last one first."""
    edges = [0, *(one for one in breaks if 0 < one < length), length]
    return [(start, end) for start, end in pairwise(edges)][::-1]


def _font_for(
    cluster: str, style: TextStyle, catalog: FontCatalog, near: tuple[FontInstance, FontInstance | None]
) -> tuple[FontInstance, bool]:
    """Return the face for a grapheme cluster, and whether no face has it.

    `near` is the face that its span asks for, and that of what stands before it in the span.
    """
    first, previous = near
    if (previous is None or previous is first) and are_plain(first.face, cluster):
        return first, False
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


@dataclass(frozen=True, slots=True)
class _Strip:
    """Neighbouring runs that are shaped as one, whatever spans they are of.

    Attributes:
        runs: The runs.
        language: BCP 47 language tag.
        features: OpenType features and their values.
    """

    runs: tuple[_Run, ...]
    language: str
    features: tuple[tuple[str, int], ...]

    @property
    def start(self) -> int:
        """The first code point."""
        return self.runs[0].start

    @property
    def end(self) -> int:
        """One past the last code point."""
        return self.runs[-1].end


def _strips_of(
    text: str, runs: Sequence[_Run], spans: Sequence[Span]
) -> Iterator[tuple[_Strip, dict[int, list[_Position]]]]:
    """Shape runs, those of one script and direction that stand side by side together; yield each strip and its glyphs.

    Where the face or its features change, all of the text is shaped in each way, and each strip takes its own part of
    it: letters keep their distance over the border, as if it were not there.
    """
    for _, members in groupby(runs, key=lambda run: (run.piece, run.level, run.script, run.is_upright)):
        neighbours = list(members)
        strips = _strips(neighbours, spans)
        end = neighbours[-1].end
        for strip in strips:
            glyphs = _glyphs(text, strip, neighbours)
            if len(strips) > 1:
                if strip.start in glyphs and (strip.end in glyphs or strip.end == end):
                    glyphs = _within(glyphs, strip.start, strip.end)
                else:
                    glyphs = _glyphs(text, strip, strip.runs)
            yield strip, glyphs


def _within(glyphs: dict[int, list[_Position]], start: int, end: int) -> dict[int, list[_Position]]:
    """Return the glyphs of the clusters that begin in a stretch."""
    return {first: one for first, one in glyphs.items() if start <= first < end}


def _strips(runs: Sequence[_Run], spans: Sequence[Span]) -> list[_Strip]:
    if len(runs) == 1:
        style = spans[runs[0].span][2]
        return [_Strip(tuple(runs), style.language, _features(style, runs[0]))]
    keyed = ((_features(spans[run.span][2], run), spans[run.span][2].language, run) for run in runs)
    strips = []
    for (_, features, language), members in groupby(keyed, key=lambda one: (one[2].font, one[0], one[1])):
        strips.append(_Strip(tuple(run for _, _, run in members), language, features))
    return strips


def _features(style: TextStyle, run: _Run) -> tuple[tuple[str, int], ...]:
    is_spread = style.is_spread or (style.letter_spacing and run.script not in CURSIVE_SCRIPTS)
    if not is_spread and not style.small_caps:
        return style.features
    features = dict(style.features)
    if is_spread:
        features = dict(_OPTIONAL_LIGATURES) | features
    if style.small_caps and not run.is_small:
        features["smcp"] = 1
    return tuple(sorted(features.items()))


def _glyphs(text: str, strip: _Strip, runs: Sequence[_Run]) -> dict[int, list[_Position]]:
    """Shape the text of `runs` in the strip's way; return the glyphs by the first code point of their cluster."""
    start, end, run = runs[0].start, runs[-1].end, strip.runs[0]
    source = "".join(
        _upper(text[one.start : one.end]) if one.is_small else text[one.start : one.end] for one in runs
    )
    if _ISOLATES.issuperset(source):
        return {start: []}
    before, after = _around(text, run.piece, start, end)
    how = (_direction(run), run.script, strip.language, strip.features)
    shaped = _shaped(run.font, source, before, after, how)
    glyphs: dict[int, list[_Position]] = {}
    for cluster, position in shaped:
        glyphs.setdefault(start + cluster, []).append(position)
    first = min(glyphs, default=start)
    if first != start or not glyphs:  # what is invisible at the start belongs to what follows
        glyphs[start] = glyphs.pop(first, [])
    return glyphs


def _asked(text: str, run: _Run, style: TextStyle) -> _Asked:
    """Return what `_shaped` is asked for a run of plain letters."""
    before, after = _around(text, run.piece, run.start, run.end)
    how = (_direction(run), run.script, style.language, _features(style, run))
    return run.font, text[run.start : run.end], before, after, how


def _around(text: str, piece: tuple[int, int], start: int, end: int) -> tuple[str, str]:
    """Return what stands before and behind a stretch of a piece, as far as shaping looks."""
    low, high = piece
    return text[max(low, start - _CONTEXT) : start], text[end : min(high, end + _CONTEXT)]


def _direction(run: _Run) -> str:
    return "ttb" if run.is_upright else "rtl" if run.level % 2 else "ltr"


def _clusters(strip: _Strip, glyphs: dict[int, list[_Position]], spans: Sequence[Span]) -> list[Cluster]:
    clusters = []
    ends = iter([*sorted(glyphs)[1:], strip.end])
    for run in strip.runs:
        font, level, span = run.font, run.level, run.span
        size = _size(run, spans[span][2])
        scale = size / font.upem
        for start in sorted(one for one in glyphs if run.start <= one < run.end):
            placed, pen_x, pen_y = [], 0.0, 0.0
            for gid, x_advance, y_advance, x_offset, y_offset in glyphs[start]:
                x, y = pen_x + x_offset * scale, pen_y - y_offset * scale
                placed.append(Glyph(gid, font, size, x, y, x_advance * scale))
                pen_x += x_advance * scale
                pen_y -= y_advance * scale
            advance = pen_y if run.is_upright else pen_x
            clusters.append(
                Cluster(
                    start,
                    next(ends),
                    tuple(placed),
                    advance,
                    level,
                    span,
                    run.is_missing,
                    run.is_upright,
                )
            )
    return clusters


def _size(run: _Run, style: TextStyle) -> float:
    return _size_in(run.font, style) * (_SMALL_CAPS if run.is_small else 1.0)


def _size_in(font: FontInstance, style: TextStyle) -> float:
    if style.size_adjust is None:
        return style.size
    return style.size * style.size_adjust / (font.x_height / font.upem)


def _upper(text: str) -> str:
    """Return capitals, one for one, so that clusters keep their places (ß stays)."""
    return "".join(one.upper() if len(one.upper()) == 1 else one for one in text)


@lru_cache(maxsize=1024)
def _shaped(
    font: FontInstance,
    text: str,
    before: str,
    after: str,
    how: _How,
) -> tuple[tuple[int, _Position], ...]:
    """Return (cluster, position) of each glyph, in visual order."""
    buffer = _buffer(font, text, before, after, how)
    offset = len(before)
    found = []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        x_offset, y_offset, x_advance, y_advance = position.position
        found.append((info.cluster - offset, (info.codepoint, x_advance, y_advance, x_offset, y_offset)))
    return tuple(found)


def _advance(font: FontInstance, text: str, before: str, after: str, how: _How) -> int:
    """Return how far a line of text moves the pen, in font units, without remembering its glyphs."""
    return sum([one.x_advance for one in _buffer(font, text, before, after, how).glyph_positions])


def _buffer(font: FontInstance, text: str, before: str, after: str, how: _How) -> Any:
    direction, script, language, features = how
    buffer: Any = hb.Buffer()  # its clusters are graphemes
    buffer.add_codepoints(list(map(ord, before + text + after)), len(before), len(text))
    buffer.direction = direction
    buffer.script = script
    buffer.language = language
    buffer.flags = _WITHOUT_INVISIBLE
    hb.shape(font.hb_font, buffer, dict(features))
    return buffer
