"""Pieces of HTML's syntax: text and a position in it → what stands there and where it ends, for `spam_markup`."""

from __future__ import annotations

import re
from typing import Final

from inkmerge.mailing.spam_references import resolve_references

SPACES: Final = re.compile(r"[ \t\n\r\f\v]*")
WORD: Final = re.compile(r"[^ \t\n\r\f\v>]+")
NAME: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_.:-]*")

_SPACE_CHARACTERS: Final = " \t\n\r\f\v"
_ATTRIBUTE_NAME: Final = re.compile(r"[^ \t\n\r\f\v>][^ \t\n\r\f\v=>]*")
_TAG_MARK: Final = re.compile(r"[>\"']")
_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower(name: str) -> str:
    """Return a name in lower case, ASCII letters alone."""
    return name.translate(_LOWER)


def end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where a pattern ends that may stand here."""
    found = pattern.match(text, at)
    return found.end() if found else at


def behind(text: str, mark: str, at: int) -> int | None:
    """Return what lies behind the next such character; None where there is none."""
    found = text.find(mark, at)
    return found + 1 if found >= 0 else None


def read_attributes(text: str, at: int) -> tuple[dict[str, str], int] | None:
    """Return the attributes of a start tag, of equal ones the first, and its `>`; None where the tag is cut off."""
    attributes: dict[str, str] = {}
    at = end_of(SPACES, text, at)
    while not text.startswith(">", at):
        name = _ATTRIBUTE_NAME.match(text, at)
        if not name:
            return None
        value, at = _attribute_value(text, name.end(), name[0])
        if at >= len(text):
            return None
        attributes.setdefault(lower(name[0]), value)
    return attributes, at


def _attribute_value(text: str, at: int, name: str) -> tuple[str, int]:
    """Return the value of an attribute whose name ends here, and where the next begins; the text's end if it is open."""
    at = end_of(SPACES, text, at)
    if not text.startswith("=", at):
        return name, at  # an attribute without a value has its name for one
    at = end_of(SPACES, text, at + 1)
    if text.startswith(">", at):
        return "", at
    if text.startswith(('"', "'"), at):
        end = text.find(text[at], at + 1)
        if end < 0:
            return "", len(text)
        value, at = text[at + 1 : end], end + 1
    else:
        end = end_of(WORD, text, at)
        value, at = text[at:end], end
    return resolve_references(value, is_text=False), end_of(SPACES, text, at)


def behind_end_tag(text: str, at: int) -> int | None:
    """Return what lies behind the next `>` that is not in quotes, which begin behind a space or an equals sign."""
    quote = ""
    start = at
    while mark := _TAG_MARK.search(text, at):
        before = text[mark.start() - 1] if mark.start() > start else " "
        if mark[0] == ">":
            if not quote:
                return mark.end()
        elif mark[0] == quote:
            quote = ""
        elif not quote and before in " =":
            quote = mark[0]
        at = mark.end()
    return None


def document_type_end(text: str, at: int) -> int | None:
    """Return how far a document type is understood, at best to its `>`; None where it is cut off."""
    name = end_of(NAME, text, at)
    if name == len(text):
        return None
    if lower(text[at:name]) not in {"doctype", "entity"}:
        return name
    at = name
    while True:
        at = end_of(SPACES, text, at)
        if text.startswith(">", at):
            return at
        if text.startswith(('"', "'"), at):
            at = behind(text, text[at], at + 1) or len(text)
        elif text.startswith("-", at):
            if len(text) > at + 1 and text[at + 1] != "-":
                return at + 1
            end = text.find("--", at + 2)
            at = end + 2 if end >= 0 else len(text)
        else:
            at = end_of(WORD, text, at)
        if at >= len(text):
            return None


def section_names(text: str, at: int) -> tuple[list[str], int] | None:
    """Return the words of a marked section `<![CDATA[`, and what lies behind them; None where it is cut off."""
    names: list[str] = []
    while True:
        at = end_of(SPACES, text, at)
        while name := NAME.match(text, at):
            names.append(lower(name[0]))
            at = end_of(SPACES, text, name.end())
            if at == len(text):
                return None
        if not text.startswith("--", at):
            return names, at
        end = text.find("--", at + 2)
        if end < 0:
            return None
        at = end + 2


def before_last_word(text: str, start: int) -> int:
    """Return where the last word begins, with the spaces before it; where spaces are last, where these begin."""
    piece = text[start:]
    kept = piece.rstrip(_SPACE_CHARACTERS)
    if kept == piece:
        word = max(piece.rfind(space) for space in _SPACE_CHARACTERS) + 1
        kept = piece[:word].rstrip(_SPACE_CHARACTERS)
    return start + len(kept)
