"""HTML → start tags, end tags and texts, cut as SpamAssassin's parser cuts it.

SpamAssassin reads HTML with Perl's `HTML::Parser`, which is no browser: what it takes for a tag in broken HTML decides
which images count and how much text there is. https://metacpan.org/pod/HTML::Parser
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from inkmerge.mailing.spam_references import resolve_references
from inkmerge.mailing.spam_tags import (
    WORD,
    before_last_word,
    behind,
    behind_end_tag,
    document_type_end,
    end_of,
    lower,
    read_attributes,
    section_names,
)

_COMMENT_END: Final = re.compile(r"--[ \t\n\r\f\v]*>")
_MARKUP_FIRST: Final = re.compile(r"[A-Za-z_:/!?]")
_SECTION_MARK: Final = re.compile(r"[<\]]")

_LITERAL: Final = {
    "script": True,
    "style": True,
    "xmp": True,
    "iframe": True,
    "plaintext": True,
    "title": False,
    "textarea": False,
}
"""Elements in which tags are text, and whether entities are text in them too."""
_LITERAL_TO_THE_END: Final = ("plaintext", "xmp", "iframe", "textarea")
"""Those whose text reaches to the end of the document where they are not closed."""
_LITERAL_END: Final = {
    name: re.compile(rf"</({name})[ \t\n\r\f\v]*>", re.IGNORECASE | re.ASCII)
    for name in _LITERAL
    if name != "plaintext"
}

_SECTION_RANK: Final = {"include": 1, "rcdata": 2, "cdata": 3, "ignore": 4}
_RCDATA, _CDATA, _IGNORE = 2, 3, 4


class StartTag(NamedTuple):
    """A start tag: its name and attributes in lower case, of equal attributes the first."""

    name: str
    attributes: dict[str, str]


class EndTag(NamedTuple):
    """An end tag, or the end of an element that the parser closes on its own."""

    name: str


class Text(NamedTuple):
    """A piece of text, entities resolved where the parser resolves them."""

    text: str


Token = StartTag | EndTag | Text


class MarkupScanner:
    """Cut HTML into tokens: `feed` it any number of times, then `close` it.

    Comments, declarations and processing instructions yield no token. What may yet change (an open tag, the last word)
    waits for the next text or for the end.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._tokens: list[Token] = []
        self._literal: str | None = None
        self._is_cdata = False
        self._unclosed: set[str] = set()  # literal elements that the text at hand does not close from here on
        self._sections: list[int] = []
        self._section = 0
        self._is_any_comment_end = False
        self._owed_end: str | None = None

    @property
    def is_ignoring(self) -> bool:
        """Whether a marked section `<![IGNORE[` is open: at the end of a document, even that is ignored."""
        return self._section == _IGNORE

    def feed(self, text: str) -> list[Token]:
        """Return the tokens that are certain after this text."""
        if text:
            self._unclosed.clear()
            text = self._rest + text
            self._rest = text[self._scan(text, 0) :]
        return self._taken()

    def close(self) -> list[Token]:
        """Return the tokens of what waited, as the parser guesses them at the end of a document."""
        text, at = self._rest, 0
        self._rest = ""
        while at < len(text):
            if self._literal is not None:
                if self._literal in _LITERAL_TO_THE_END:
                    break
                if self._literal == "title":
                    self._owed_end = "title"
                else:
                    self._report(EndTag(self._literal))
                self._literal = None
            elif text[at] == "<" and not self._is_any_comment_end:
                self._is_any_comment_end = True
            else:
                break
            at = self._scan(text, at)
        is_open_markup = (
            self._literal is None
            and text.startswith("<", at)
            and (at + 1 == len(text) or _MARKUP_FIRST.match(text, at + 1))
        )
        if at < len(text) and not is_open_markup:
            self._report_text(text, at, len(text))
        self._pay_owed_end()
        return self._taken()

    def _taken(self) -> list[Token]:
        tokens, self._tokens = self._tokens, []
        return tokens

    def _report(self, token: Token) -> None:
        if not isinstance(token, Text):
            self._pay_owed_end()
        if self._section != _IGNORE:
            self._tokens.append(token)

    def _report_text(self, text: str, start: int, end: int) -> None:
        piece = text[start:end]
        self._report(Text(piece if self._is_cdata else resolve_references(piece, is_text=True)))

    def _pay_owed_end(self) -> None:
        if self._owed_end is not None:
            name, self._owed_end = self._owed_end, None
            self._report(EndTag(name))

    def _scan(self, text: str, start: int) -> int:
        """Report tokens from `start` on; return where what has to wait begins."""
        at = start  # what lies between the two is text that is not reported yet
        while True:
            if self._literal is not None:
                end = self._scan_literal(text, start, at)
                if end is None:
                    return start
                start = at = end
            while self._section in {_RCDATA, _CDATA}:
                end = text.find("]]>", at)
                if end < 0:
                    return start
                if end > start:
                    self._report_text(text, start, end)
                start = at = self._leave_section(end + 3)
            start, at = self._scan_text(text, start, at)
            if at == len(text):
                end = before_last_word(text, start)
                if end > start:
                    self._report_text(text, start, end)
                return end
            if at > start:
                self._report_text(text, start, at)
                start = at
            if len(text) - at < 3:
                return start
            if not _MARKUP_FIRST.match(text, at + 1):
                at += 1
                continue
            end = self._scan_markup(text, start)
            if end is None:
                return start
            start = at = end

    def _scan_literal(self, text: str, start: int, at: int) -> int | None:
        """Report the text of an element without tags, and its end tag; return what lies behind it."""
        literal = self._literal or ""
        is_closable = literal in _LITERAL_END and literal not in self._unclosed
        closing = _LITERAL_END[literal].search(text, at) if is_closable else None
        if not closing:
            self._unclosed.add(literal)
            return None
        if closing.start() > start:
            self._report_text(text, start, closing.start())
        self._report(EndTag(lower(closing[1])))
        self._literal, self._is_cdata = None, False
        return closing.end()

    def _scan_text(self, text: str, start: int, at: int) -> tuple[int, int]:
        """Return the start of the text that is not reported yet, and the next `<` or the end."""
        while self._section:
            mark = _SECTION_MARK.search(text, at)
            if not mark or mark[0] == "<":
                break
            end = at = mark.start()
            at += 1
            if text.startswith("]", at):
                at += 1
                if text.startswith(">", at):
                    self._report_text(text, start, end)
                    start = at = self._leave_section(at + 1)
                    continue
            at = min(at + 1, len(text))  # the parser steps over what follows a lone bracket
        found = text.find("<", at)
        return start, len(text) if found < 0 else found

    def _scan_markup(self, text: str, start: int) -> int | None:
        """Report the markup that begins here; return what lies behind it, or None where it does not end."""
        first = text[start + 1]
        if first == "/":
            return self._scan_end_tag(text, start)
        if first == "!":
            return self._scan_declaration(text, start)
        if first == "?":
            self._pay_owed_end()
            return behind(text, ">", start + 2)
        return self._scan_start_tag(text, start)

    def _scan_start_tag(self, text: str, start: int) -> int | None:
        at = end_of(WORD, text, start + 1)
        read = read_attributes(text, at)
        if read is None:
            return None
        name = lower(text[start + 1 : at])
        attributes, at = read
        self._report(StartTag(name, attributes))
        if name in _LITERAL:
            self._literal, self._is_cdata = name, _LITERAL[name]
        return at + 1

    def _scan_end_tag(self, text: str, start: int) -> int | None:
        name = WORD.match(text, start + 2)
        end = behind_end_tag(text, name.end() if name else start + 2)
        if end is not None and name:
            self._report(EndTag(lower(name[0])))
        return end

    def _scan_declaration(self, text: str, start: int) -> int | None:
        at = start + 2
        if text.startswith("--", at):
            if self._is_any_comment_end:
                return behind(text, ">", at + 2)
            comment_end = _COMMENT_END.search(text, at + 2)
            return comment_end.end() if comment_end else None
        if text.startswith("[", at):
            names = section_names(text, at + 1)
            if names is None:
                return None
            if text.startswith("[", names[1]):
                self._enter_section(names[0])
                return names[1] + 1
        elif text[at].isascii() and text[at].isalpha():
            end = document_type_end(text, at)
            if end is None:
                return None
            if lower(text[at : at + 7]) == "doctype" and text.startswith(">", end):
                self._pay_owed_end()
            at = end
        return behind(text, ">", at)

    def _enter_section(self, names: list[str]) -> None:
        rank = max(_SECTION_RANK.get(name, 0) for name in names or ["include"])
        self._sections.append(max(rank, self._section))  # the strictest of those around each other counts
        self._update_section()
        self._pay_owed_end()

    def _leave_section(self, at: int) -> int:
        self._pay_owed_end()
        self._sections.pop()
        self._update_section()
        return at

    def _update_section(self) -> None:
        self._section = self._sections[-1] if self._sections else 0
        self._is_cdata = self._section == _CDATA
