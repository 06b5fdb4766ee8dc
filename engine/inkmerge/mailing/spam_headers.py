"""Header fields → their values, and what a Content-Type says, as SpamAssassin reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from inkmerge.mailing.spam_charset import decode_word
from inkmerge.mailing.spam_transfer import from_base64, from_quoted_printable

_ENCODED_WORD: Final = re.compile(r"=\?([A-Za-z0-9*_-]+)\?([bqBQ])\?([^?]*)\?=")
_BOUNDARY: Final = re.compile(r'\bboundary\s*=\s*("[^"]+|[^\s";]+(?=[\s;]|$))', re.IGNORECASE | re.ASCII)
_CHARSET: Final = re.compile(r"\bcharset\s*=\s*[\"']?(.*?)[\"']?(?:;|$)", re.IGNORECASE | re.ASCII)
_NAME: Final = re.compile(r"\b(?:file)?name\s*=\s*[\"']?(.*?)[\"']?(?:;|$)", re.IGNORECASE | re.ASCII)
_NAME_PIECE: Final = re.compile(
    r"\b(?:file)?name\*(\d{1,4})\s*=\s*[\"']?(.*?)[\"']?(?:;|$)", re.IGNORECASE | re.ASCII
)
_KIND: Final = re.compile(r"([^/]+(?:/[^/\s]*)?).*", re.DOTALL | re.ASCII)
_OTHER_TEXT: Final = re.compile(r"text/(?:x-vcard|calendar|html)")
_NOT_IN_KINDS: Final = re.compile(r"[\x00- \x7f-\xff\"(),:-?@\[-\]]")


class ContentType(NamedTuple):
    """What a Content-Type says: the media type in lower case, its parameters, and whether there was none."""

    kind: str
    boundary: str | None
    charset: str | None
    name: str | None
    is_missing: bool


def header_value(raw: bytes) -> str:
    """Return a header's value unfolded, each byte a character, with encoded words as bytes of UTF-8."""
    value = re.sub(rb"\n[ \t]+", b" ", raw).strip(b" \t\n\r\f\v").decode("latin-1")
    value = re.sub(r"\r?\n", "", value)
    return _ENCODED_WORD.sub(_decoded_word, value) if "=?" in value else value


def _decoded_word(word: re.Match[str]) -> str:
    charset, encoding, text = word.groups()
    data = text.encode("latin-1")
    decoded = from_base64(data) if encoding in "bB" else from_quoted_printable(data.replace(b"_", b"=20"))
    return decode_word(charset, decoded)


def content_type(headers: Mapping[str, str]) -> ContentType:
    """Read the Content-Type: all texts but HTML, calendars and cards are `text/plain`."""
    value = headers.get("content-type") or ""
    is_missing = value in {"", "0"}
    if is_missing:
        value = "text/plain; charset=us-ascii"
    boundary = _BOUNDARY.search(value)
    charset = _CHARSET.search(value)
    kind = value.lstrip(" \t\n\r\f\v").partition(";")[0]
    kind = _KIND.sub(r"\1", kind, count=1).lower() if kind[:1] != "/" else kind.lower()
    is_missing |= kind in {"", "0"}
    if is_missing or (re.match(r"text\b", kind, re.ASCII) and not _OTHER_TEXT.fullmatch(kind)):
        kind = "text/plain"
    return ContentType(
        _NOT_IN_KINDS.sub("", kind),
        boundary[1].replace('"', "") if boundary else None,
        charset[1] if charset else None,
        _file_name(value),
        is_missing,
    )


def _file_name(value: str) -> str | None:
    name = _NAME.search(value)
    if name and name[1]:
        return name[1]
    pieces = {int(piece[1]): piece[2] for piece in _NAME_PIECE.finditer(value)}
    return "".join(pieces[number] for number in sorted(pieces)) if 0 in pieces else None
