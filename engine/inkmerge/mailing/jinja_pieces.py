"""A source with placeholders → its pieces with their places: text as it is, expressions and statements."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import jinja2
from jinja2 import Environment

from inkmerge.errors import Location, TemplateSyntax

_LEXER: Final = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701  it lexes, and fills nothing
_CLOSING: Final = {
    "variable_begin": "variable_end",
    "block_begin": "block_end",
    "comment_begin": "comment_end",
}
_RAW: Final = "write {% raw %}{{ … }}{% endraw %} around what the mailing tool is to fill"
_SPACES: Final = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the source; pieces lie one behind the other, and what Jinja leaves out lies between them.

    Attributes:
        kind: Text as it is, an expression between double braces, or a statement.
        start: Where it begins in the source, in characters.
        end: Where it ends.
        code: What Jinja reads: of an expression, what stands between the braces; of a statement, all of it.
    """

    kind: Literal["text", "expression", "statement"]
    start: int
    end: int
    code: str = ""


def jinja_pieces(source: str, name: str) -> Iterator[Piece]:
    """Yield the pieces of a source; comments of Jinja's, and white space that it takes away, are none.

    Args:
        source: Whose line ends may be of any kind; they stay as they are.
        name: The file, for errors.

    Raises:
        TemplateSyntax: A placeholder does not end, or is none.
    """
    try:
        tokens = list(_LEXER.lex(source, filename=name))
    except jinja2.TemplateSyntaxError as fault:
        raise TemplateSyntax(f"{fault.message}", location=Location(name, fault.lineno), hint=_RAW) from None
    plain = source.replace("\r\n", "\n").replace("\r", "\n")
    removed = [match.start() - count for count, match in enumerate(re.finditer("\r\n", source))]

    def place(at: int) -> int:
        return at + bisect_left(removed, at)

    at = 0
    started = 0
    inside = ""
    code: list[str] = []
    for _, kind, text in tokens:
        if not plain.startswith(text, at):  # white space that a minus sign takes away
            spaces = _SPACES.match(plain, at)
            at = spaces.end() if spaces else at
        start, at = at, at + len(text)
        if inside:
            if kind != inside:
                code.append(text)
                continue
            if inside == "variable_end":
                yield Piece("expression", place(started), place(at), "".join(code))
            elif inside == "block_end":
                yield Piece("statement", place(started), place(at), "{%" + "".join(code) + "%}")
            inside = ""
        elif kind in _CLOSING:
            inside, started, code = _CLOSING[kind], start, []
        elif kind == "data":
            yield Piece("text", place(start), place(at))
    if inside:
        line = plain.count("\n", 0, started) + 1
        raise TemplateSyntax("a placeholder does not end", location=Location(name, line), hint=_RAW)
