"""JSON or JSON Lines → items, in which JMESPath finds values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jmespath.exceptions import JMESPathError

from inkmerge.errors import Location
from inkmerge.rows import RowText, json_text
from inkmerge.sources.items import MOST_ITEMS, Plain, malformed, plain, require
from inkmerge.sources.json_paths import compiled


class JsonItems:
    """Values of JSON, and the lines they stand on where they are lines."""

    def __init__(self, values: Sequence[Any], lines: Sequence[int] | None = None) -> None:
        self._values = values
        self._lines = lines

    def __len__(self) -> int:
        return len(self._values)

    def value(self, index: int, expression: str) -> Plain:
        item = self._values[index]
        if isinstance(item, dict) and expression in item:  # a key as it stands, `first name` too
            return plain(item[expression])
        try:
            return plain(compiled(expression, is_items=False).search(item))
        except JMESPathError as fault:
            raise ValueError(f"fails: {str(fault).splitlines()[0]}") from None

    def defaults(self, index: int) -> Mapping[str, str]:
        item = self._values[index]
        if not isinstance(item, dict):
            return {"value": "@"}
        return {name: name for name, value in item.items() if not isinstance(value, dict | list)}

    def line(self, index: int) -> int | None:
        return self._lines[index] if self._lines else None

    def check(self, expressions: Mapping[str, str]) -> None:
        pass  # items of JSON may have any keys


def json_items(text: str, expression: str | None, place: Location) -> JsonItems:
    """Read a JSON document.

    Args:
        text: The document.
        expression: JMESPath to the list of items; None where the document is that list, or one item.
        place: Where it comes from.

    Raises:
        SourceUnavailable: It is no JSON, or the expression finds no list.
    """
    try:
        found = json_text.parsed(text)
    except ValueError as fault:
        malformed(f"the source {fault}", place)
    if expression is not None:
        top = found
        try:
            found = compiled(expression, is_items=True).search(found)
        except JMESPathError as fault:
            malformed(f"items = {expression!r} fails: {str(fault).splitlines()[0]}", place)
        if not isinstance(found, list | dict):
            kind = "nothing" if found is None else "a single value"
            malformed(f"items = {expression!r} finds {kind}, and no list", place, _lists_of(top))
    values = found if isinstance(found, list) else [found]
    require("items", len(values), MOST_ITEMS, place)
    return JsonItems(values)


def json_line_items(text: RowText, place: Location) -> JsonItems:
    """Read JSON Lines; empty lines are left out.

    Raises:
        SourceUnavailable: A line is no JSON.
    """
    values: list[Any] = []
    lines: list[int] = []
    with text.open() as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                values.append(json_text.parsed(line))
            except ValueError as fault:
                malformed(f"the line {fault}", Location(place.template, number))
            lines.append(number)
    require("items", len(values), MOST_ITEMS, place)
    return JsonItems(values, lines)


def _lists_of(top: Any) -> str:
    names = [name for name, value in top.items() if isinstance(value, list)] if isinstance(top, dict) else []
    if not names:
        return "look into the source for the list of items"
    return "the source has lists at: " + ", ".join(names[:5])
