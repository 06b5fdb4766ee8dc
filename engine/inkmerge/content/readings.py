"""Text as it comes from a table → the number, yes or no, date or list that it stands for, or None."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

_TRUE: Final = frozenset(("true", "yes", "1", "on"))
_FALSE: Final = frozenset(("false", "no", "0", "off"))
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?")
_LONGEST_NUMBER: Final = 400  # characters; Python refuses to read far longer ones
LARGEST_NUMBER: Final = 1e15


def read_number(value: object) -> int | float | None:
    """Return a finite number of at most `LARGEST_NUMBER`; true and false are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _LONGEST_NUMBER or _NUMBER.fullmatch(text) is None:
            return None
        value = int(text) if text.lstrip("+-").isdigit() else float(text)
    elif isinstance(value, Decimal) and value.is_finite():
        value = float(value)
    if not isinstance(value, int | float) or not abs(value) <= LARGEST_NUMBER:
        return None
    return value


def read_integer(value: object) -> int | None:
    """Return a whole number, which may be written as 12.0."""
    number = read_number(value)
    return None if number is None or math.floor(number) != number else int(number)


def read_boolean(value: object) -> bool | None:
    """Return what yes, no, true, false, on, off, 1 and 0 say, in any case."""
    if not isinstance(value, str | int):
        return None
    if not isinstance(value, str):
        return bool(value) if value in {0, 1} else None
    word = value.strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def read_date(value: object) -> date | None:
    """Return the day of a date, of a moment, or of ISO 8601 text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        return None


def read_list(value: object) -> list[Any] | None:
    """Return a list as it is, and text cut at bars, semicolons and line ends."""
    if isinstance(value, str):
        return [part.strip() for part in re.split(r"[|;\n]", value) if part.strip()]
    return value if isinstance(value, list) else None
