"""JSON Lines, an object a line → recipients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from inkmerge.batch.recipient import INVALID_ROW, Recipient, recipient_of
from inkmerge.errors import DataError

_DEPTH: Final = 50
"""Levels above which a value is not handed on; far more than a template can read."""
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
        found: Any = json.loads(text)
    except json.JSONDecodeError as fault:
        return _faulty(number, line, f"is not JSON: {fault.msg} at column {fault.colno}")
    except (RecursionError, ValueError):  # a number of thousands of digits
        return _faulty(number, line, "holds a value too deep or too long to be read")
    if not isinstance(found, dict):
        return _faulty(number, line, "holds no object")
    if text.count("[") + text.count("{") > _DEPTH and _is_deeper(found, _DEPTH):
        return _faulty(number, line, f"holds a value nested deeper than {_DEPTH} levels")
    attributes = {name: value for name, value in found.items() if value is not None}
    return recipient_of(attributes, number, line)


def _is_deeper(value: object, levels: int) -> bool:
    level = [value]
    while level and levels >= 0:
        levels -= 1
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def _faulty(number: int, line: int, what: str) -> Recipient:
    fault = DataError(
        f"line {line} {what}", code=INVALID_ROW, hint='write {"id": "r1", "first_name": "Anna"} on each line'
    )
    return Recipient(f"row-{number}", line, {}, fault)
