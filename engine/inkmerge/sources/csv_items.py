"""CSV → items, whose columns are their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from inkmerge.errors import DataError, Location
from inkmerge.rows import RowText, csv_rows
from inkmerge.sources.items import MOST_ITEMS, Plain, malformed, require


class CsvItems:
    """Rows, of which an empty cell is no value."""

    def __init__(self, columns: Sequence[str], rows: Sequence[csv_rows.Row]) -> None:
        self._columns = {name: name for name in columns if name}
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def value(self, index: int, expression: str) -> Plain:
        return self._rows[index].cells.get(expression)

    def defaults(self, index: int) -> Mapping[str, str]:  # noqa: ARG002  all rows have the same columns
        return self._columns

    def line(self, index: int) -> int | None:
        return self._rows[index].line

    def check(self, expressions: Mapping[str, str]) -> None:
        for key, name in expressions.items():
            if name not in self._columns:
                folded = {column.casefold(): column for column in self._columns}
                near = get_close_matches(name.casefold(), folded, 1)
                more = (
                    f"did you mean {folded[near[0]]!r}?" if near else "there are: " + ", ".join(self._columns)
                )
                raise ValueError(f"{key}: there is no column {name!r}; {more}")


def csv_items(text: RowText, place: Location) -> CsvItems:
    """Read CSV in any usual dialect.

    Raises:
        SourceUnavailable: It has no header, or a row does not fit it.
    """
    try:
        columns = csv_rows.columns(text)
        rows = []
        for row in csv_rows.read(text):
            if row.fault is not None:
                raise row.fault.at(Location(place.template, row.line))
            rows.append(row)
    except DataError as fault:
        malformed(fault.message, Location(place.template, fault.location.line), fault.hint)
    require("items", len(rows), MOST_ITEMS, place)
    return CsvItems(columns, rows)
