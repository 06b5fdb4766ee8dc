"""HTML source → its tokens with their places, so that a page can be changed where it must be and nowhere else.

The tokenizer is turbohtml's, which follows the HTML standard: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Final, Literal

from turbohtml import TokenType, tokenize

Kind = Literal["text", "tag", "end-tag", "comment", "style", "script"]
_CONDITION: Final = re.compile(r"<!--\[if[^>]*\]>")
"""What opens a conditional comment, whose content Outlook for Windows reads as HTML."""
_CONDITION_END: Final = "<![endif]-->"
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_ATTRIBUTE: Final = re.compile(
    r"""(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>]+)))?"""
)
"""An attribute inside a start tag whose bounds are known: https://html.spec.whatwg.org/multipage/syntax.html#attributes-2"""
_RAW: Final[dict[str, Kind]] = {"style": "style", "script": "script"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a start tag.

    Attributes:
        name: In lower case.
        value: With its character references resolved; empty where there is none.
        start: Where it begins in the source, in characters.
        end: Where it ends, behind its quotation mark.
        value_start: Where its value begins, inside of quotation marks; `end` where it has none.
        value_end: Where its value ends.
        is_quoted: Whether the value stands in quotation marks.
    """

    name: str
    value: str
    start: int
    end: int
    value_start: int
    value_end: int
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the source; the tokens of a page lie one behind the other, without gaps.

    Attributes:
        kind: Text, a start tag, an end tag, or a comment (also doctypes and the like); the text of styles and scripts apart.
        start: Where it begins, in characters.
        end: Where it ends.
        name: The element, in lower case, of a tag.
        attributes: Those of a start tag, in order.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """Return an attribute, or None; of two with one name, the first counts."""
        return next((one for one in self.attributes if one.name == name), None)


def html_tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a page, those inside of conditional comments for Outlook too."""
    yield from _tokens(source, 0)


def _tokens(source: str, shift: int) -> Iterator[Token]:
    lines = [0, *(match.end() for match in _LINE_END.finditer(source))]
    found = list(tokenize(source, resolve_references=False, capture_source=True))
    starts = [lines[token.line - 1] + token.col for token in found]
    raw: Kind = "text"
    if first := (starts or [len(source)])[0]:  # a tag that does not end is nothing to a client
        yield Token("comment", shift, first + shift)
    for token, (start, end) in zip(found, pairwise((*starts, len(source))), strict=True):
        place = start + shift, end + shift
        if token.type is TokenType.START_TAG:
            raw = _RAW.get(token.tag or "", "text")
            yield Token("tag", *place, token.tag or "", tuple(_attributes(source, start, end, shift)))
        elif token.type is TokenType.END_TAG:
            raw = "text"
            yield Token("end-tag", *place, token.tag or "")
        elif token.type in {TokenType.TEXT, TokenType.CHARACTER_REFERENCE}:
            yield Token(raw, *place)
        else:
            yield from _comment(source, start, end, shift)


def _comment(source: str, start: int, end: int, shift: int) -> Iterator[Token]:
    opening = _CONDITION.match(source, start)
    closing = end - len(_CONDITION_END)
    if opening is None or opening.end() > closing or source[closing:end].lower() != _CONDITION_END:
        yield Token("comment", start + shift, end + shift)
        return
    yield Token("comment", start + shift, opening.end() + shift)
    yield from _tokens(source[opening.end() : closing], opening.end() + shift)
    yield Token("comment", closing + shift, end + shift)


def _attributes(source: str, start: int, end: int, shift: int) -> Iterator[Attribute]:
    name = re.compile(r"<[^\s/>]*").match(source, start)
    at = end if name is None else name.end()
    seen: set[str] = set()
    while at < end and (match := _ATTRIBUTE.search(source, at, end)) is not None:
        at = match.end()
        kind = match.lastgroup if match.lastgroup != "name" else None
        first, last = match.span(kind) if kind else (match.end(), match.end())
        key = match["name"].lower()
        if key not in seen:
            seen.add(key)
            yield Attribute(
                key,
                unescape(match[kind]) if kind else "",
                match.start() + shift,
                match.end() + shift,
                first + shift,
                last + shift,
                kind in {"double", "single"},
            )
