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
        DataError: The declared encoding is not known.
    """
    marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)
    if declared is not None:
        try:
            known = codecs.lookup(declared).name
        except LookupError:
            raise DataError(
                f"the encoding {declared!r} is not known",
                location=Location(name),
                hint="write utf-8, utf-16, cp1252 (Windows), latin-1, shift_jis, gb18030, …",
            ) from None
        # the mark is no part of the first column's name
        return marked if marked is not None and known in {"utf-8", "utf-16", "utf-32"} else known
    if marked is not None:
        return marked
    even, odd = start[0:512:2], start[1:512:2]
    if odd.count(0) * 2 > len(odd):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) * 2 > len(even) else "utf-8"


def check_encoding(text: RowText, *, is_declared: bool, cure: str) -> None:
    """Read a text to its end, so that bytes of another encoding show before anything is drawn.

    Args:
        text: What is read.
        is_declared: Whether a person named the encoding.
        cure: How a person names one, such as ``--encoding cp1252``.

    Raises:
        DataError: Naming the first line that is not in the encoding.
    """
    decoder = codecs.getincrementaldecoder(text.encoding)()
    lines = 1
    with text.raw() as file:
        while True:
            block = file.read(_BLOCK)
            try:
                lines += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as fault:
                before = fault.object[: fault.start].decode(text.encoding, "replace")
                raise DataError(
                    f"the line is not {text.encoding}",
                    location=Location(text.name, lines + before.count("\n")),
                    hint="save the file as UTF-8, or name another encoding"
                    if is_declared
                    else f"save the file as UTF-8, or name its encoding, such as {cure}",
                ) from None
            if not block:
                return
