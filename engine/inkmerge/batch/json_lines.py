"""JSON Lines, an object a line → recipients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from inkmerge.batch.recipient import Recipient, recipient_of
from inkmerge.errors import DataError
from inkmerge.rows import INVALID_ROW
from inkmerge.rows.json_text import parsed

_LINE_CHARACTERS: Final = 64_000_000


def read(path: Path, encoding: str) -> Iterator[Recipient]:
    """Yield the recipients of a file; a line that is no object is a recipient with a fault."""
    number = 0
    with path.open(encoding=encoding) as file:
        line = 0
        while text := file.readline(_LINE_CHARACTERS):
            line += 1
            is_cut = len(text) == _LINE_CHARACTERS and not text.endswith("\n")
            while is_cut and (more := file.readline(_LINE_CHARACTERS)) and not more.endswith("\n"):
                pass
            if not is_cut and not text.strip():
                continue
            number += 1
            yield _recipient(text, number, line, is_cut=is_cut)


def _recipient(text: str, number: int, line: int, *, is_cut: bool) -> Recipient:
    if is_cut:
        return _faulty(number, line, f"has more than {_LINE_CHARACTERS:,} characters")
    try:
        found: Any = parsed(text)
    except ValueError as fault:
        return _faulty(number, line, str(fault))
    if not isinstance(found, dict):
        return _faulty(number, line, "holds no object")
    attributes = {name: value for name, value in found.items() if value is not None}
    return recipient_of(attributes, number, line)


def _faulty(number: int, line: int, what: str) -> Recipient:
    fault = DataError(
        f"line {line} {what}", code=INVALID_ROW, hint='write {"id": "r1", "first_name": "Anna"} on each line'
    )
    return Recipient(f"row-{number}", line, {}, fault)
