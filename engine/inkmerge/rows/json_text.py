"""JSON text → Python's objects, within a depth that everything behind can walk."""

from __future__ import annotations

import json
from typing import Any, Final

DEEPEST: Final = 50
"""Levels above which a value is not handed on; far more than a template can read."""


def parsed(text: str) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: It is no JSON, or too deep or too long to be read; the message continues a sentence.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError as fault:
        where = f"at column {fault.colno}" if fault.lineno == 1 else f"in line {fault.lineno}"
        raise ValueError(f"is not JSON: {fault.msg} {where}") from None
    except (RecursionError, ValueError):  # a number of thousands of digits
        raise ValueError("holds a value too deep or too long to be read") from None
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(found, DEEPEST):
        raise ValueError(f"holds a value nested deeper than {DEEPEST} levels")
    return found


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
