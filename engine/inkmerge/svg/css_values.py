"""Lists of CSS component values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def split_at_commas(tokens: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the parts of a comma-separated list of tinycss2's tokens; an empty list has one, which is empty."""
    part: list[Any] = []
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part
