"""Text → grapheme clusters and line break opportunities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fontTools.unicodedata import script
from unicode_segmentation_rs import graphemes, line_breaks

from inkmerge.text.line_break_rules import corrected

_WITHOUT_SPACES: Final = frozenset(("Thai", "Laoo", "Khmr", "Mymr"))
"""Scripts that write words without spaces: a line may break only where a dictionary says, or at a cluster's edge."""
_LEADING_VOWELS: Final = frozenset("เแโใไເແໂໃໄ")
"""Vowels of Thai and Lao that are written before their consonant, from which they are never cut off."""


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A place where a line may end.

    Attributes:
        index: The code point that would start the next line.
        is_mandatory: Whether the line must end there.
    """

    index: int
    is_mandatory: bool


@lru_cache(maxsize=4096)
def grapheme_clusters(text: str) -> tuple[tuple[int, int], ...]:
    """Return the extended grapheme clusters as (start, end) in code points: https://www.unicode.org/reports/tr29/."""
    if text.isascii() and "\r" not in text:
        return tuple((index, index + 1) for index in range(len(text)))
    found = []
    start = 0
    for cluster in graphemes(text, True):  # noqa: FBT003  the library's own signature: extended clusters
        found.append((start, start + len(cluster)))
        start += len(cluster)
    return tuple(found)


@lru_cache(maxsize=4096)
def line_break_opportunities(text: str) -> tuple[LineBreak, ...]:
    """Return where lines may and must break: https://www.unicode.org/reports/tr14/.

    The end of the text is none. Thai, Lao, Khmer and Burmese, which UAX #14 leaves to dictionaries, break where no
    word does: at their spaces, and in an emergency between grapheme clusters, as any long word does.
    """
    positions = _code_point_positions(text)
    found = [(positions[offset], is_mandatory) for offset, is_mandatory in line_breaks(text)]
    mandatory = {index for index, is_mandatory in found if is_mandatory}
    indices = corrected(text, {index for index, _ in found}) | mandatory
    return tuple(LineBreak(index, index in mandatory) for index in sorted(indices) if index < len(text))


def is_dictionary_script(character: str) -> bool:
    """Tell whether a character belongs to a script that writes words without spaces."""
    return character > "\u0dff" and script(character) in _WITHOUT_SPACES


def may_split(text: str, index: int) -> bool:
    """Tell whether a word may be cut before a cluster in an emergency."""
    return text[index - 1] not in _LEADING_VOWELS


def _code_point_positions(text: str) -> dict[int, int] | range:
    """Map offsets in UTF-8 to code points."""
    if text.isascii():
        return range(len(text) + 1)
    positions = {}
    offset = 0
    for index, character in enumerate(text):
        positions[offset] = index
        offset += len(character.encode("utf-8", "surrogatepass"))
    positions[offset] = len(text)
    return positions
