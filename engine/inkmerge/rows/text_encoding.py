"""The first bytes of a text file → its encoding, where they tell it; else an error that names the line."""

from __future__ import annotations

import codecs
from typing import Final

from inkmerge.errors import DataError, Location
from inkmerge.rows.row_text import RowText

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK: Final = 1 << 20


def encoding_of(start: bytes, declared: str | None, name: str) -> str:
    """Return Python's name of an encoding: the declared one, else what the bytes tell, else UTF-8.

    Raises:
        DataError: The declared encoding is not known, is none of text, or needs a byte order mark that is not there.
    """
    marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)
    if declared is not None:
        try:
            known = codecs.lookup(declared).name
            "".encode(known)  # refused by what turns text into text, or bytes into bytes
        except (LookupError, ValueError, TypeError):
            raise DataError(
                f"the encoding {declared!r} is not known",
                location=Location(name),
                hint="write utf-8, utf-16, cp1252 (Windows), latin-1, shift_jis, gb18030, …",
            ) from None
        # the mark is no part of the first column's name
        if known not in {"utf-8", "utf-16", "utf-32"}:
            return known
        if marked is None and known != "utf-8":
            return _order_of(start, known, name)
        return marked or known
    return marked or _utf_16_of(start) or "utf-8"


def _utf_16_of(start: bytes) -> str | None:
    """Tell UTF-16 without a byte order mark by its NULs."""
    even, odd = start[0:512:2], start[1:512:2]
    if odd.count(0) * 2 > len(odd):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) * 2 > len(even) else None


def _order_of(start: bytes, known: str, name: str) -> str:
    """Return UTF-16 or UTF-32 with the byte order that a file without a mark has.

    Raises:
        DataError: It cannot be told.
    """
    found = _utf_16_of(start)
    if found is None or known != "utf-16":
        raise DataError(
            f"the file does not start with the byte order mark of {known}",
            location=Location(name),
            hint=f"leave out --encoding, or write {known}-le or {known}-be",
        )
    return found


def check_encoding(text: RowText, *, is_declared: bool, cure: str) -> int:
    """Read a text to its end, so that bytes of another encoding show before anything is drawn; return its lines.

    Args:
        text: What is read.
        is_declared: Whether a person named the encoding.
        cure: How a person names one, such as ``--encoding cp1252``.

    Raises:
        DataError: Naming the first line that is not in the encoding.
    """
    decoder = codecs.getincrementaldecoder(text.encoding)()
    lines, last = 1, "\n"
    with text.raw() as file:
        while True:
            block = file.read(_BLOCK)
            try:
                decoded = decoder.decode(block, final=not block)
            except UnicodeError as fault:
                if isinstance(fault, UnicodeDecodeError):
                    lines += fault.object[: fault.start].decode(text.encoding, "replace").count("\n")
                raise DataError(
                    f"the line is not {text.encoding}",
                    location=Location(text.name, lines),
                    hint="save the file as UTF-8, or name another encoding"
                    if is_declared
                    else f"save the file as UTF-8, or name its encoding, such as {cure}",
                ) from None
            lines += decoded.count("\n")
            last = decoded[-1:] or last
            if not block:
                return lines - (last == "\n")
