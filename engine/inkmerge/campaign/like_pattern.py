"""A pattern of SQL's LIKE → what tells whether a text matches, without regular expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

_ESCAPE: Final = "\\"
_MANY: Final = "%"
_ONE: Final = "_"

Piece = tuple[int, str]
"""A literal and how far it stands from the start of its segment."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """What stands between two `%`: literals with `_` between them."""

    length: int
    pieces: tuple[Piece, ...]

    def fits(self, text: str, at: int) -> bool:
        return at + self.length <= len(text) and all(
            text.startswith(literal, at + offset) for offset, literal in self.pieces
        )

    def find(self, text: str, start: int) -> int:
        """Return the first place from `start` at which this fits, or -1."""
        last = len(text) - self.length
        if not self.pieces:
            return start if start <= last else -1
        offset, literal = self.pieces[0]
        at = start
        while at <= last:
            found = text.find(literal, at + offset)
            if found < 0:
                return -1
            at = found - offset
            if self.fits(text, at):
                return at
            at += 1
        return -1


@dataclass(frozen=True, slots=True)
class LikePattern:
    r"""A compiled pattern: `%` stands for any characters or none, `_` for one, `\%`, `\_` and `\\` for themselves."""

    segments: tuple[_Segment, ...]

    @classmethod
    def compile(cls, pattern: str) -> Self:
        """Compile a pattern; each text is one."""
        segments: list[_Segment] = []
        pieces: list[list[str]] = [[]]  # literals' characters; a `_` ends one and stands for one place
        characters = iter(pattern)
        for character in characters:
            if character == _MANY:
                segments.append(_segment(pieces))
                pieces = [[]]
            elif character == _ONE:
                pieces.append([])
            else:
                pieces[-1].append(next(characters, _ESCAPE) if character == _ESCAPE else character)
        segments.append(_segment(pieces))
        return cls(tuple(segments))

    def matches(self, text: str) -> bool:
        """Tell whether the whole text matches; takes at most the product of both lengths."""
        first, *others = self.segments
        if not others:
            return len(text) == first.length and first.fits(text, 0)
        *middle, last = others
        end = len(text) - last.length
        if end < first.length or not first.fits(text, 0) or not last.fits(text, end):
            return False
        at = first.length
        for segment in middle:
            at = segment.find(text, at)
            if at < 0:
                return False
            at += segment.length
        return at <= end


def _segment(pieces: list[list[str]]) -> _Segment:
    placed: list[Piece] = []
    offset = 0
    for number, characters in enumerate(pieces):
        offset += number > 0
        if characters:
            placed.append((offset, "".join(characters)))
        offset += len(characters)
    return _Segment(offset, tuple(placed))
