"""MJML → HTML, by mrml, which is an extra; placeholders and blocks pass by it."""

from __future__ import annotations

import re
from typing import Final

from inkmerge.errors import Location, TemplateSyntax, UnsupportedFeature
from inkmerge.mailing.html_tokens import html_tokens
from inkmerge.mailing.jinja_pieces import jinja_pieces

try:
    import mrml
except ImportError:  # the extra is not installed
    mrml = None  # type: ignore[assignment]

_MARK: Final = "inkmergemark"
_ESCAPED: Final = re.compile(r"[^\n\r\t\x20-\x7e]+|\\+")
"""What mrml writes into attributes as Rust does, a joiner as ``\\u{200d}``."""


def html_of_mjml(source: str, name: str) -> str:
    """Return the HTML of a page written in MJML; placeholders and blocks stay as they are.

    Args:
        source: The MJML.
        name: Its file, for errors.

    Raises:
        UnsupportedFeature: mrml is not installed.
        TemplateSyntax: It is no MJML, a placeholder is none, or one stands where MJML leaves it out.
    """
    if mrml is None:
        raise UnsupportedFeature(
            "MJML needs mrml, which is not installed",
            location=Location(name),
            hint="pip install 'inkmerge[mjml]', or give the HTML that MJML makes",
        )
    aside = _Aside(source, name)
    try:
        html = str(mrml.to_html(aside.marked).content)
    except Exception as fault:  # noqa: BLE001  its classes are not public
        raise TemplateSyntax(
            f"the page is no MJML: {fault}",
            location=Location(name),
            hint="see that every tag is closed, and stands where MJML has it",
        ) from None
    _check_attributes(html, name)
    return aside.put_back(html)


class _Aside:
    """What mrml is not to see: all that is Jinja's, in which a `<` or a quotation mark is not MJML's, and `_ESCAPED`.

    Attributes:
        marked: The source, with marks of plain letters in place of it.
    """

    def __init__(self, source: str, name: str) -> None:
        self._name = name
        self._source = source
        self._kept: list[str] = []
        self._lines: dict[int, int] = {}
        self._letters = _MARK
        while self._letters in source:
            self._letters += "x"
        self.marked = "".join(self._pieces())

    def put_back(self, html: str) -> str:
        """Return HTML with what stood in place of the marks.

        Raises:
            TemplateSyntax: A placeholder is not there.
        """
        marks = re.compile(f"{self._letters}(\\d+)z")
        found = {int(mark[1]) for mark in marks.finditer(html)}
        for number, line in self._lines.items():
            if number not in found:
                raise TemplateSyntax(
                    "a placeholder stands where MJML leaves it out",
                    location=Location(self._name, line),
                    hint="write it in mj-text, mj-button or an attribute",
                )
        return marks.sub(lambda mark: self._kept[int(mark[1])], html)

    def _pieces(self) -> list[str]:
        pieces: list[str] = []
        at = 0
        for piece in jinja_pieces(self._source, self._name):
            pieces.append(
                self._mark(self._source[at : piece.start])
            )  # a comment, or white space that is taken away
            at = piece.end
            text = self._source[piece.start : piece.end]
            if piece.kind == "text":
                pieces.append(_ESCAPED.sub(lambda found: self._mark(found[0]), text))
            else:
                self._lines[len(self._kept)] = self._source.count("\n", 0, piece.start) + 1
                pieces.append(self._mark(text))
        return [*pieces, self._mark(self._source[at:])]

    def _mark(self, text: str) -> str:
        if not text:
            return ""
        self._kept.append(text)
        return f"{self._letters}{len(self._kept) - 1}z"


def _check_attributes(html: str, name: str) -> None:
    """Refuse what mrml has spoilt: no backslash was handed to it."""
    for token in html_tokens(html):
        for one in token.attributes:
            if "\\" in one.value:
                raise TemplateSyntax(
                    f"an attribute holds a line end or a quotation mark, as MJML cannot: {one.value[:40]!r}",
                    location=Location(name),
                    hint='write it on one line, and &quot; for "',
                )
