"""Text + spans of one style + levels → runs: stretches that are shaped with one face, script and direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from inkmerge.fonts import FontCatalog, FontInstance, FontQuery
from inkmerge.fonts.face import Face
from inkmerge.fonts.unicode_emoji import asks_for_emoji, is_ignorable
from inkmerge.text.scripts import one_script_of, scripts_of
from inkmerge.text.segmentation import grapheme_clusters

ISOLATES: Final = frozenset("\u2066\u2067\u2068\u2069")
"""They have no glyph in any face, and stand in no cluster with others."""


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


Span = tuple[int, int, TextStyle]


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


class Run(NamedTuple):
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


def itemize(text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog) -> list[Run]:
    """Cut a text where piece, level, script, orientation, span, face or synthesized size changes."""
    levels, upright = flow.levels, flow.upright
    scripts = scripts_of(text)
    span_of: list[int] = []
    for index, (start, end, _) in enumerate(spans):
        span_of.extend([index] * (end - start))
    firsts = [catalog.match(style.query) for _, _, style in spans]
    pieces = _pieces(len(text), flow.breaks)
    piece = pieces.pop()
    runs: list[Run] = []
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
                runs.append(Run(first, start, *key))
            first, key = start, own
    if key is not None:
        runs.append(Run(first, len(text), *key))
    return runs


def plain_runs(text: str, spans: Sequence[Span], flow: Flow, catalog: FontCatalog) -> list[Run] | None:
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
        return [Run(0, end, (0, end), levels[0], script, font)]
    kinds = list(zip(levels, scripts_of(text), strict=True))
    starts = [0, *(place for place in range(1, end) if kinds[place] != kinds[place - 1])]
    if len(starts) > 1 and not {start for start, _ in grapheme_clusters(text)}.issuperset(starts):
        return None
    return [Run(a, b, (0, end), *kinds[a], font) for a, b in pairwise((*starts, end))]


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
    return set(ISOLATES)


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
