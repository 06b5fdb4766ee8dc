"""CSV in any usual dialect → rows of cells by column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TextIO

from inkmerge.errors import DataError, Location
from inkmerge.rows.row_text import INVALID_ROW, RowText

_DELIMITERS: Final = ",;\t|"
_FIELD_CHARACTERS: Final = 64_000_000
"""Characters of one cell, above which a quote was never closed."""
_SAMPLED_CHARACTERS: Final = 65_536
_DECLARED: Final = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        line: The line on which it ends, counted from 1.
        cells: Texts by column; what is empty is absent.
        fault: Why the row cannot be used, or None.
    """

    line: int
    cells: Mapping[str, str]
    fault: DataError | None


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How cells are told apart; `skipped` counts lines in front of the header."""

    delimiter: str
    quote: str
    skipped: int


def columns(text: RowText) -> tuple[str, ...]:
    """Return the names in the header.

    Raises:
        DataError: There is no header, or it repeats a name.
    """
    with text.open() as file:
        _, header, _ = _reader(file, text)
        return tuple(header)


def count(text: RowText) -> int:
    """Return the number of rows behind the header that are not empty; all of them are looked at.

    Raises:
        DataError: As `read` raises it.
    """
    return sum(1 for _ in _rows(text))


def read(text: RowText) -> Iterator[Row]:
    """Yield the rows behind the header that are not empty.

    Raises:
        DataError: There is no header, it repeats a name, or a quote is not closed.
    """
    for header, row, line in _rows(text):
        yield _row(header, row, line)


def _rows(text: RowText) -> Iterator[tuple[list[str], list[str], int]]:
    """Yield the header and a row's cells, with the line on which it ends."""
    with text.open() as file:
        reader, header, skipped = _reader(file, text)
        start = reader.line_num + skipped + 1
        try:
            for row in reader:
                if row and any(map(str.strip, row)):
                    yield header, row, reader.line_num + skipped
                start = reader.line_num + skipped + 1
        except csv.Error as fault:
            raise _unparsed(fault, Location(text.name, start)) from None


def _unparsed(fault: csv.Error, place: Location) -> DataError:
    return DataError(
        f"the CSV does not parse: a quote that opens in this row is not closed ({fault})",
        location=place,
        hint="close it; a quote inside a quoted cell is written twice",
    )


def _reader(file: TextIO, text: RowText) -> tuple[Any, list[str], int]:
    """Return a reader behind the header, the header's names, and the lines in front of it."""
    csv.field_size_limit(_FIELD_CHARACTERS)
    name = text.name
    first = file.readline()
    dialect = _dialect(first, name)
    if dialect.skipped:
        first = file.readline()
    if "\0" in first:
        raise DataError(
            "the file is no text", location=Location(name), hint="give CSV, JSON Lines or Parquet"
        )
    is_escaped = _has_backslashes(text, dialect)
    reader = csv.reader(
        chain((first,), file),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar="\\" if is_escaped else None,
        doublequote=not is_escaped,
        strict=True,  # else a quote that is not closed swallows the rows behind it
    )
    try:
        header = [cell.strip() for cell in next(reader, [])]
    except csv.Error as fault:
        raise _unparsed(fault, Location(name, 1 + dialect.skipped)) from None
    if not any(header):
        raise DataError(
            "the file has no header",
            location=Location(name, 1 + dialect.skipped),
            hint="name the columns in the first line",
        )
    repeated = sorted({cell for cell in header if cell and header.count(cell) > 1})
    if repeated:
        raise DataError(
            f"the column {repeated[0]!r} is there twice",
            location=Location(name, 1 + dialect.skipped),
            hint="rename one of them",
        )
    return reader, header, dialect.skipped


def _dialect(first: str, name: str) -> _Dialect:
    """Tell the dialect by the first line: `sep=;` as Excel writes it, else the delimiter that stands there most often.

    In a `.tsv` a tab is the delimiter, if there is one.
    """
    declared = _DECLARED.fullmatch(first)
    if declared:
        return _Dialect(declared[1], '"', 1)
    start = first.lstrip()
    quote = "'" if start.startswith("'") and start.count("'") % 2 == 0 else '"'
    plain = "".join(first.split(quote)[::2])
    if name.lower().endswith(".tsv") and "\t" in plain:
        return _Dialect("\t", quote, 0)
    return _Dialect(max(_DELIMITERS, key=plain.count), quote, 0)


def _has_backslashes(text: RowText, dialect: _Dialect) -> bool:
    """Tell whether quotes inside cells follow a backslash, as databases write them, and none is doubled."""
    with text.open("replace") as file:
        sample = file.read(_SAMPLED_CHARACTERS)
    quote, end = dialect.quote, rf"[{re.escape(dialect.delimiter)}\r\n]"
    escaped = re.search(rf"\\{quote}(?!{end}|\Z)", sample)
    doubled = re.search(rf"(?<!{end}){quote}{quote}(?!{end}|\Z)", sample)
    return escaped is not None and doubled is None


def _row(header: list[str], row: list[str], line: int) -> Row:
    cells = {name: cell for name, cell in zip(header, row, strict=False) if cell and name}
    fault = None
    if any(
        map(str.strip, row[len(header) :])
    ):  # spreadsheets leave empty cells behind, and leave out the last ones
        fault = DataError(
            f"line {line} has {len(row)} cells, the header {len(header)}",
            code=INVALID_ROW,
            hint="quote cells that hold the delimiter or a line break",
        )
    return Row(line, cells, fault)
