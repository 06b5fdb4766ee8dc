"""The items of a document, as every kind of source gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final, NoReturn, Protocol

from inkmerge.errors import SOURCE_MALFORMED, SOURCE_TOO_LARGE, Location, SourceUnavailable

Plain = str | int | float | bool | None
"""What content consists of: never markup, lists or objects."""

MOST_ITEMS: Final = 2_000_000
MOST_ELEMENTS: Final = 1_000_000
"""Elements of an XML or HTML document."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Items(Protocol):
    """The items of one document; expressions are those that were checked when the source's table was read."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def value(self, index: int, expression: str) -> Plain:
        """Return what an expression finds in an item; None where it finds nothing.

        Raises:
            ValueError: It finds what is no text, number or boolean; the message continues a sentence.
        """
        ...

    def defaults(self, index: int) -> Mapping[str, str]:
        """Return the content fields of an item, and their expressions, where the table names none."""
        ...

    def line(self, index: int) -> int | None:
        """Return the line of an item, counted from 1, where it is known."""
        ...

    def check(self, expressions: Mapping[str, str]) -> None:
        """Look whether expressions can find anything at all.

        Args:
            expressions: By the key of the source's table, for messages.

        Raises:
            ValueError: One names a column that is not there.
        """
        ...


def plain(value: Any) -> Plain:
    """Return a value as content.

    Raises:
        ValueError: It is a list or an object; the message continues a sentence.
    """
    match value:
        case str():
            return _SURROGATES.sub("�", value)
        case float() if not isfinite(value):
            return None
        case None | bool() | int() | float():
            return value
        case list():
            raise ValueError(f"finds a list of {len(value)}; pick one of it, as in {'x[0]'!r}")
        case _:
            raise ValueError("finds an object; name one of its values")


def key_text(value: Plain) -> str | None:
    """Return the text by which keys are compared; None for what is no key."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def malformed(message: str, place: Location, hint: str | None = None) -> NoReturn:
    """Raise the error of a source that is not what its kind says."""
    raise SourceUnavailable(message, code=SOURCE_MALFORMED, location=place, hint=hint) from None


def require(noun: str, found: int, allowed: int, place: Location) -> None:
    """Raise the error of a source that is too large, if it is."""
    if found > allowed:
        raise SourceUnavailable(
            f"the source has {found:,} {noun}, allowed are {allowed:,}",
            code=SOURCE_TOO_LARGE,
            location=place,
            hint="split it, or ask the server for less",
        )
