"""HTML text → the same with its character references resolved, as SpamAssassin's parser resolves them.

The parser is Perl's `HTML::Parser`, which knows the entities of HTML 4. https://metacpan.org/pod/HTML::Parser
"""

from __future__ import annotations

import re
from html.entities import name2codepoint
from typing import Final

_LAST_CODE_POINT: Final = 0x10FFFF
_REFERENCE: Final = re.compile(r"&(?:#[xX]([0-9A-Fa-f]+)|#([0-9]+)|([A-Za-z0-9]+))(;?)")
_ENTITIES: Final = {
    (name if code < 256 else f"{name};"): chr(code) for name, code in (*name2codepoint.items(), ("apos", 39))
}
"""Those of Latin 1 may lack their semicolon."""


def resolve_references(text: str, *, is_text: bool) -> str:
    """Replace character references; in a text also those that are only the beginning of a word (`&copyright`)."""
    if "&" not in text:
        return text
    pieces: list[str] = []
    at = 0
    surrogate = 0  # the first of a pair that is written as two references
    for reference in _REFERENCE.finditer(text):
        if reference.start() > at:
            surrogate = 0
            pieces.append(text[at : reference.start()])
        hexadecimal, decimal, name, semicolon = reference.groups()
        at = reference.end()
        if name is not None:
            surrogate = 0
            pieces.append(_named(name, semicolon, is_text=is_text))
            continue
        code = _code_point(hexadecimal, 16) if hexadecimal else _code_point(decimal, 10)
        if surrogate and 0xDC00 <= code <= 0xDFFF:
            pieces[-1] = chr(((surrogate - 0xD800) << 10) + (code - 0xDC00) + 0x10000)
            surrogate = 0
        else:
            pieces.append(_numbered(code, reference[0]))
            surrogate = code if 0xD800 <= code <= 0xDBFF else 0
    return "".join(pieces) + text[at:]


def _code_point(digits: str, base: int) -> int:
    return int(digits.lstrip("0")[:8] or "0", base)  # more digits are too large anyway, and cost time


def _named(name: str, semicolon: str, *, is_text: bool) -> str:
    if name in _ENTITIES:
        return _ENTITIES[name]
    if name + semicolon in _ENTITIES:
        return _ENTITIES[name + semicolon]
    if is_text:
        for end in range(min(len(name), _LONGEST_BEGINNING + 1) - 1, 1, -1):
            if name[:end] in _ENTITIES:
                return _ENTITIES[name[:end]] + name[end:] + semicolon
    return f"&{name}{semicolon}"


_LONGEST_BEGINNING: Final = max(len(name) for name in _ENTITIES)


def _numbered(code: int, reference: str) -> str:
    if code in {0, 0xFFFE, 0xFFFF} or code > _LAST_CODE_POINT:
        return reference
    if 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
        return "\N{REPLACEMENT CHARACTER}"
    return chr(code)
