"""The source of a page, HTML with placeholders → `Page`."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from inkmerge.errors import Location, TemplateSyntax, UnsafeTemplate
from inkmerge.limits import Limits
from inkmerge.mailing.escaping import URL_ATTRIBUTES, Context
from inkmerge.mailing.html_tokens import Attribute, Token, html_tokens
from inkmerge.mailing.jinja_pieces import Piece, jinja_pieces
from inkmerge.mailing.page import (
    DENSITIES,
    ELEMENT,
    LONGEST,
    SCHEME,
    SELECTOR,
    ContainerCall,
    ImageTag,
    Page,
    Spot,
    mark,
)
from inkmerge.mailing.page_calls import PAGE_CALLS, page_calls
from inkmerge.template.expression import ExpressionCompiler

SENT: Final = frozenset(("src", "alt", "width", "height", "srcset"))
"""Attributes of an image element that are set for a recipient."""
_OPENING: Final = re.compile(r"\{%\s*(if|for)\b")
_CLOSING: Final = re.compile(r"\{%\s*end(if|for)\b")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_DIALLED: Final = ("tel:", "sms:", "geo:")
_PRIVATE: Final = re.compile("[\ue000\ue001]")


def container(name: str, **selected: object) -> ContainerCall:
    """Name a container from a placeholder, with other keys."""
    return ContainerCall(str(name), {key: str(value) for key, value in selected.items()})


def compile_page(source: str, name: str, language: str, limits: Limits, *, has_lines: bool = True) -> Page:
    """Compile the HTML of a mailing.

    Args:
        source: The HTML, as it was read.
        name: Its file, for errors.
        language: In which filters write when the recipient names none.
        limits: How large things may be.
        has_lines: Whether its lines are those of the file; those of HTML that was made of another are not.

    Raises:
        TemplateSyntax: A placeholder does not parse, or stands where no value can; line and cure are named.
        UnsafeTemplate: A placeholder stands in a script, or asks for something that could harm.
        LimitExceeded: There are too many image elements or placeholders.
    """
    limits.require("page_characters", len(source), Location(name))
    if found := _PRIVATE.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise TemplateSyntax(
            f"the page holds U+{ord(found[0]):04X}, a character without a meaning",
            location=Location(name, line),
            hint="remove it",
        )
    pieces = list(jinja_pieces(source, name))
    tokens = list(html_tokens(_masked(source, pieces, "x")))
    compiling = _Compiling(source, name, tokens, _masked(source, pieces, " "), has_lines)
    compiling.find_images(limits)
    marks = "".join(compiling.marks(pieces))
    compiler = ExpressionCompiler(limits, language, {"container": container, **PAGE_CALLS})
    text = compiler.text(marks, Location(name, 1 if has_lines else None), LONGEST)
    return Page(
        name,
        tuple(compiling.literals),
        tuple(compiling.spots),
        tuple(compiling.images),
        page_calls(marks, text.location),
        text,
        limits.combining_marks,
        hashlib.sha256(source.encode()).hexdigest(),
    )


def _masked(source: str, pieces: Sequence[Piece], letter: str) -> str:
    """Return the source with a letter for each of an expression, and spaces for all else of Jinja's: HTML is left."""
    masked: list[str] = []
    at = 0
    for piece in pieces:
        masked.append(_blank(source[at : piece.start]))
        own = source[piece.start : piece.end]
        masked.append(
            own if piece.kind == "text" else _blank(own, letter if piece.kind == "expression" else " ")
        )
        at = piece.end
    masked.append(_blank(source[at:]))
    return "".join(masked)


def _blank(text: str, letter: str = " ") -> str:
    return re.sub(r"[^\r\n]", letter, text)


@dataclass(slots=True)
class _Compiling:
    """What is gathered of a page.

    Attributes:
        source: The source.
        name: Its file.
        tokens: Its tokens, placeholders being letters.
        plain: The source without anything of Jinja's.
        has_lines: Whether its lines are those of the file.
        literals: See `Page`.
        spots: See `Page`.
        images: See `Page`.
    """

    source: str
    name: str
    tokens: Sequence[Token]
    plain: str
    has_lines: bool
    literals: list[str] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    images: list[ImageTag] = field(default_factory=list)
    _borders: list[tuple[int, str]] = field(default_factory=list)
    _tags: list[Token] = field(default_factory=list)
    _next: int = 0
    _lines: list[int] = field(default_factory=list)
    _written: int = 0

    def __post_init__(self) -> None:
        self._lines = [found.start() for found in re.finditer("\r\n|\r|\n", self.source)]

    def find_images(self, limits: Limits) -> None:
        """Find image elements, and the borders of those of their attributes that are not sent as they are."""
        for token in self.tokens:
            name = self._element_of(token)
            if name is None:
                continue
            number = len(self.images)
            if _NAME.fullmatch(name) is None:
                raise TemplateSyntax(
                    f"{name[:60]!r} is no name of an image element",
                    location=self._place(token.start),
                    hint=f'write {ELEMENT}="…" with a name from [elements] of inkmerge.toml, no placeholder',
                )
            self.images.append(ImageTag(name, self._line(token.start)))
            self._tags.append(token)
            self._borders.append((token.start, f"I{number}"))
            for one in token.attributes:
                if one.name in SENT | {ELEMENT, DENSITIES} or one.name.startswith(SELECTOR):
                    self._borders += [(one.start, f"A{number}"), (one.end, f"Z{number}")]
            self._borders.append((token.end, f"E{number}"))
        limits.require("page_images", len(self.images), Location(self.name))

    def marks(self, pieces: Sequence[Piece]) -> Iterator[str]:
        """Yield what Jinja gets: marks, expressions and statements, on the lines of the source."""
        opened: list[int] = []
        for piece in pieces:
            if piece.kind == "text":
                yield from self._literals(piece)
                continue
            yield from self._borders_to(piece.start)
            if piece.kind == "statement":
                self._check_blocks(piece, opened)
                yield self._mark("N0", piece.start) + piece.code
            else:
                self.spots.append(Spot(self._context(piece), self._line(piece.start)))
                yield self._mark(f"S{len(self.spots) - 1}", piece.start) + "{{" + piece.code + "}}"
            self._written += piece.code.count("\n")
        yield from self._borders_to(len(self.source))

    def _literals(self, piece: Piece) -> Iterator[str]:
        at = piece.start
        while at < piece.end:
            yield from self._borders_to(at)
            upcoming = self._borders[self._next][0] if self._next < len(self._borders) else piece.end
            end = min(upcoming, piece.end)
            self.literals.append(self.source[at:end])
            yield self._mark(f"L{len(self.literals) - 1}", at)
            at = end

    def _borders_to(self, place: int) -> Iterator[str]:
        while self._next < len(self._borders) and self._borders[self._next][0] <= place:
            start, kind = self._borders[self._next]
            yield self._mark(kind, start)
            self._next += 1

    def _mark(self, kind: str, start: int) -> str:
        """Write a mark with as many line ends as lead to its line in the source."""
        missing = max((self._line(start) or 1) - 1 - self._written, 0)
        self._written += missing
        return mark(kind, missing)

    def _line(self, place: int) -> int | None:
        return bisect_left(self._lines, place) + 1 if self.has_lines else None

    def _place(self, place: int) -> Location:
        return Location(self.name, self._line(place))

    def _check_blocks(self, piece: Piece, opened: list[int]) -> None:
        """Refuse a block that begins inside an image element's tag and ends outside of it, or the other way round."""
        inside = self._tag_at(piece.start)
        if _OPENING.match(piece.code):
            opened.append(inside)
        elif opened and opened[-1] != inside:
            raise TemplateSyntax(
                "a block crosses the border of an image element's tag",
                location=self._place(piece.start),
                hint="begin and end it on the same side",
            )
        elif _CLOSING.match(piece.code) and opened:
            opened.pop()

    def _tag_at(self, place: int) -> int:
        """Return the number of the image element whose tag holds a place, or -1."""
        number = bisect_right(self._tags, place, key=lambda tag: tag.start) - 1
        return number if number >= 0 and place < self._tags[number].end else -1

    def _context(self, piece: Piece) -> Context:
        """Return where a placeholder stands.

        Raises:
            TemplateSyntax: No value can stand there.
            UnsafeTemplate: A value there would be run.
        """
        number = bisect_right(self.tokens, piece.start, key=lambda token: token.start) - 1
        token = self.tokens[number]
        if token.kind == "script":
            raise UnsafeTemplate(
                "a placeholder stands in a script", location=self._place(piece.start), hint="mail runs none"
            )
        if token.kind == "style":
            return "style"
        if token.kind in {"text", "comment"}:
            return "text"
        for one in token.attributes:
            if one.is_quoted and one.value_start <= piece.start and piece.end <= one.value_end:
                return self._in_attribute(one, piece)
        is_bare = any(one.value_start <= piece.start < one.end for one in token.attributes)
        raise TemplateSyntax(
            "a placeholder stands inside a tag, and not in quotation marks",
            location=self._place(piece.start),
            hint='write the value in quotation marks: name="{{ … }}"'
            if is_bare
            else 'write whole attributes with {% if … %}name="…"{% endif %}',
        )

    def _in_attribute(self, attribute: Attribute, piece: Piece) -> Context:
        if attribute.name.startswith("on"):
            raise UnsafeTemplate(
                f"a placeholder stands in {attribute.name}, which is a script",
                location=self._place(piece.start),
            )
        if attribute.name == "style":
            return "style"
        if attribute.name not in URL_ATTRIBUTES:
            return "attribute"
        before = self.plain[attribute.value_start : piece.start].strip().lower()
        return "url-part" if before and not before.startswith(_DIALLED) else "url"

    def _element_of(self, token: Token) -> str | None:
        """Return the name of the image element that a tag is, as it is written, or None."""
        if token.kind != "tag" or token.name != "img":
            return None
        named = token.attribute(ELEMENT)
        if named is not None:
            return unescape(self.source[named.value_start : named.value_end]).strip()
        source = token.attribute("src")
        if source is None or not source.value.strip().lower().startswith(SCHEME):
            return None
        written = unescape(self.source[source.value_start : source.value_end]).strip()
        return written[len(SCHEME) :].partition("?")[0]
