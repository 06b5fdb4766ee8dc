"""Text + spans of one style + levels → clusters of positioned glyphs, in logical order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeVar

import uharfbuzz as hb

from inkmerge.fonts import FontCatalog, FontInstance
from inkmerge.text.itemizing import ISOLATES, Flow, Run, Span, TextStyle, itemize, plain_runs

_SMALL_CAPS: Final = 0.8
"""Size of synthesized small capitals, as browsers make them."""
_OPTIONAL_LIGATURES: Final = (("liga", 0), ("clig", 0))
_WITHOUT_INVISIBLE: Final = int(hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES)
_CONTEXT: Final = 5
"""Code points that HarfBuzz looks at on either side of a text."""
CURSIVE_SCRIPTS: Final = frozenset(
    ("Adlm", "Arab", "Chrs", "Mand", "Mani", "Mong", "Nkoo", "Ougr", "Phag", "Phlp", "Rohg", "Sogd", "Syrc")
)
"""Scripts whose letters join, so that no space is put between them: https://www.w3.org/TR/css-text-3/#cursive-scripts"""


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


_Position = tuple[int, tuple[int, int, int, int]]
"""A glyph, and its x offset, y offset, x advance and y advance in font units."""
_How = tuple[str, str, str, tuple[tuple[str, int], ...]]
"""Direction, script, language and features."""
R = TypeVar("R")
_Asked = tuple[FontInstance, str, str, str, _How]
"""A face, a text, what stands before and behind it, and how it is shaped."""


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
    runs = plain_runs(text, spans, flow, catalog)
    if runs is not None and _may_join(runs, flow):
        return (_joined(text, runs[0], spans),)
    runs = itemize(text, spans, flow, catalog) if runs is None else runs
    clusters: list[Cluster] = []
    for strip, glyphs in _strips_of(text, runs, spans, _positions):
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


def measure(
    text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog, *, is_drawn: bool
) -> Advances:
    """Return how wide the clusters are that `shape` makes of a horizontal text, without their glyphs.

    Args:
        text: The text.
        spans: (start, end, style) that partition it.
        flow: Its levels, breaks and orientation.
        catalog: The faces.
        is_drawn: Whether it will be shaped as well, so that its glyphs are worth keeping.
    """
    plain = plain_runs(text, spans, flow, catalog)
    runs = itemize(text, spans, flow, catalog) if plain is None else plain
    widths: dict[int, float] = {}
    for strip, advances in _strips_of(text, runs, spans, _kept_advances if is_drawn else _advances):
        for run in strip.runs:
            scale = _size(run, spans[run.span][2]) / run.font.upem
            for start, advance in _within(advances, run.start, run.end).items():
                widths[start] = (advance or 0) * scale
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
    runs = plain_runs(text, spans, flow, catalog)
    if runs is None:
        return None
    width = 0.0
    for run in runs:
        if ISOLATES.issuperset(text[run.start : run.end]):
            continue
        scale = _size(run, spans[0][2]) / run.font.upem
        asked = _asked(text, run, spans[0][2])
        width += (sum([one[2][2] for one in _shaped(*asked)]) if is_drawn else _advance(*asked)) * scale
    return Whole(width, runs[0].font, _may_join(runs, flow))


def measure_line(  # noqa: PLR0913  the last two are options by name
    text: str,
    script: str,
    style: TextStyle,
    font: FontInstance,
    *,
    is_rtl: bool,
    around: tuple[str, str] = ("", ""),
) -> float:
    """Return how wide a text of one direction is that has all its glyphs in one face.

    Args:
        text: The text.
        script: ISO 15924 code.
        style: Its style.
        font: The face.
        is_rtl: Whether it runs from right to left.
        around: What stands before and behind it.
    """
    how = ("rtl" if is_rtl else "ltr", script, style.language, style.features)
    return _advance(font, text, *around, how) * _size_in(font, style) / font.upem


def _may_join(runs: Sequence[Run], flow: Flow) -> bool:
    return flow.may_join and len(runs) == 1 and not runs[0].level % 2


def _joined(text: str, run: Run, spans: Sequence[Span]) -> Cluster:
    """Shape a text of one run from left to right as one cluster."""
    style = spans[0][2]
    size = _size(run, style)
    font, scale = run.font, size / run.font.upem
    glyphs = []
    pen_x = pen_y = 0.0
    for _, gid, (x_offset, y_offset, x_advance, y_advance) in _shaped(*_asked(text, run, style)):
        step = x_advance * scale
        glyphs.append((gid, font, size, pen_x + x_offset * scale, pen_y - y_offset * scale, step))
        pen_x += step
        pen_y -= y_advance * scale
    return Cluster(0, run.end, tuple(map(_glyph, glyphs)), pen_x, run.level, 0)


@dataclass(frozen=True, slots=True)
class _Strip:
    """Neighbouring runs that are shaped as one, whatever spans they are of.

    Attributes:
        runs: The runs.
        language: BCP 47 language tag.
        features: OpenType features and their values.
    """

    runs: tuple[Run, ...]
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
    text: str, runs: Sequence[Run], spans: Sequence[Span], shaped: Callable[[_Asked], dict[int, R]]
) -> Iterator[tuple[_Strip, dict[int, R | None]]]:
    """Shape runs, those of one script and direction that stand side by side together.

    Where the face or its features change, all of the text is shaped in each way, and each strip takes its own part of
    it: letters keep their distance over the border, as if it were not there.

    Args:
        text: The text.
        runs: Its runs.
        spans: Its spans.
        shaped: Shapes a text, and returns what is asked of its clusters by their first code points.

    Yields:
        Each strip, and what is asked of its clusters, None for one without glyphs.
    """
    for _, members in groupby(runs, key=lambda run: (run.piece, run.level, run.script, run.is_upright)):
        neighbours = list(members)
        strips = _strips(neighbours, spans)
        end = neighbours[-1].end
        known: dict[object, dict[int, R | None]] = {}
        for strip in strips:
            way = strip.runs[0].font, strip.language, strip.features
            found = known.get(way) or known.setdefault(way, _shaped_in(text, strip, neighbours, shaped))
            if len(strips) > 1:
                if strip.start in found and (strip.end in found or strip.end == end):
                    found = _within(found, strip.start, strip.end)
                else:
                    found = _shaped_in(text, strip, strip.runs, shaped)
            yield strip, found


def _within(found: dict[int, R], start: int, end: int) -> dict[int, R]:
    """Return what is of the clusters that begin in a stretch."""
    return {first: one for first, one in found.items() if start <= first < end}


def _strips(runs: Sequence[Run], spans: Sequence[Span]) -> list[_Strip]:
    if len(runs) == 1:
        style = spans[runs[0].span][2]
        return [_Strip(tuple(runs), style.language, _features(style, runs[0]))]
    keyed = ((_features(spans[run.span][2], run), spans[run.span][2].language, run) for run in runs)
    strips = []
    for (_, features, language), members in groupby(keyed, key=lambda one: (one[2].font, one[0], one[1])):
        strips.append(_Strip(tuple(run for _, _, run in members), language, features))
    return strips


def _features(style: TextStyle, run: Run) -> tuple[tuple[str, int], ...]:
    is_spread = style.is_spread or (style.letter_spacing and run.script not in CURSIVE_SCRIPTS)
    if not is_spread and not style.small_caps:
        return style.features
    features = dict(style.features)
    if is_spread:
        features = dict(_OPTIONAL_LIGATURES) | features
    if style.small_caps and not run.is_small:
        features["smcp"] = 1
    return tuple(sorted(features.items()))


def _shaped_in(
    text: str, strip: _Strip, runs: Sequence[Run], shaped: Callable[[_Asked], dict[int, R]]
) -> dict[int, R | None]:
    """Shape the text of `runs` in the strip's way; return what is asked of its clusters by their first code points."""
    start, end, run = runs[0].start, runs[-1].end, strip.runs[0]
    source = "".join(
        _upper(text[one.start : one.end]) if one.is_small else text[one.start : one.end] for one in runs
    )
    if ISOLATES.issuperset(source):
        return {start: None}
    how = (_direction(run), run.script, strip.language, strip.features)
    asked = (run.font, source, *_around(text, run.piece, start, end), how)
    found: dict[int, R | None] = {start + cluster: one for cluster, one in shaped(asked).items()}
    first = min(found, default=start)
    if first != start or not found:  # what is invisible at the start belongs to what follows
        found[start] = found.pop(first, None)
    return found


def _positions(asked: _Asked) -> dict[int, list[_Position]]:
    """Return the glyphs of each cluster."""
    found: dict[int, list[_Position]] = {}
    for cluster, gid, position in _shaped(*asked):
        found.setdefault(cluster, []).append((gid, position))
    return found


def _advances(asked: _Asked) -> dict[int, int]:
    """Return how far each cluster of a line moves the pen, in font units, without remembering its glyphs."""
    found: dict[int, int] = {}
    buffer, offset = _buffer(*asked), len(asked[2])
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        cluster = info.cluster - offset
        found[cluster] = found.get(cluster, 0) + position.x_advance
    return found


def _kept_advances(asked: _Asked) -> dict[int, int]:
    """Return the same, and remember the glyphs."""
    return {
        cluster: sum([one[2] for _, one in positions]) for cluster, positions in _positions(asked).items()
    }


def _asked(text: str, run: Run, style: TextStyle) -> _Asked:
    """Return what `_shaped` is asked for a run of plain letters."""
    before, after = _around(text, run.piece, run.start, run.end)
    how = (_direction(run), run.script, style.language, _features(style, run))
    return run.font, text[run.start : run.end], before, after, how


def _around(text: str, piece: tuple[int, int], start: int, end: int) -> tuple[str, str]:
    """Return what stands before and behind a stretch of a piece, as far as shaping looks."""
    low, high = piece
    return text[max(low, start - _CONTEXT) : start], text[end : min(high, end + _CONTEXT)]


def _direction(run: Run) -> str:
    return "ttb" if run.is_upright else "rtl" if run.level % 2 else "ltr"


def _clusters(
    strip: _Strip, glyphs: dict[int, list[_Position] | None], spans: Sequence[Span]
) -> list[Cluster]:
    clusters = []
    ends = iter([*sorted(glyphs)[1:], strip.end])
    for run in strip.runs:
        font, level, span = run.font, run.level, run.span
        size = _size(run, spans[span][2])
        scale = size / font.upem
        for start in sorted(one for one in glyphs if run.start <= one < run.end):
            placed, pen_x, pen_y = [], 0.0, 0.0
            for gid, (x_offset, y_offset, x_advance, y_advance) in glyphs[start] or ():
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


def _size(run: Run, style: TextStyle) -> float:
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
) -> tuple[tuple[int, int, tuple[int, int, int, int]], ...]:
    """Return cluster, glyph and position of each glyph, in visual order."""
    buffer = _buffer(font, text, before, after, how)
    offset = len(before)
    return tuple(
        [
            (info.cluster - offset, info.codepoint, one.position)
            for info, one in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ]
    )


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
