"""CSV in any usual dialect → recipients."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final, TextIO

from inkmerge.batch.recipient import INVALID_ROW, Recipient, recipient_of
from inkmerge.errors import DataError, Location

_DELIMITERS: Final = ",;\t|"
_FIELD_CHARACTERS: Final = 64_000_000
"""Characters of one cell, above which a quote was never closed."""
_SAMPLED_CHARACTERS: Final = 65_536
_DECLARED: Final = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How cells are told apart; `skipped` counts lines in front of the header."""

    delimiter: str
    quote: str
    skipped: int


def columns(path: Path, encoding: str) -> tuple[str, ...]:
    """Return the names in the header.

    Raises:
        DataError: There is no header, or it repeats a name.
    """
    with _open(path, encoding) as file:
        _, header, _ = _reader(file, path)
        return tuple(header)


def read(path: Path, encoding: str) -> Iterator[Recipient]:
    """Yield the recipients of a CSV file.

    Raises:
        DataError: There is no header, it repeats a name, or a quote is never closed.
    """
    with _open(path, encoding) as file:
        reader, header, skipped = _reader(file, path)
        start = reader.line_num + skipped + 1
        number = 0
        try:
            for row in reader:
                if not row or not any(map(str.strip, row)):
                    start = reader.line_num + skipped + 1
                    continue
                number += 1
                yield _recipient(header, row, number, reader.line_num + skipped)
                start = reader.line_num + skipped + 1
        except csv.Error as fault:
            raise _unparsed(fault, Location(path.name, start)) from None


def _unparsed(fault: csv.Error, place: Location) -> DataError:
    return DataError(
        f"the CSV does not parse: {fault}", location=place, hint="a quote in this row is not closed"
    )


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")


def _reader(file: TextIO, path: Path) -> tuple[Any, list[str], int]:
    """Return a reader behind the header, the header's names, and the lines in front of it."""
    csv.field_size_limit(_FIELD_CHARACTERS)
    name = path.name
    first = file.readline()
    dialect = _dialect(first)
    if dialect.skipped:
        first = file.readline()
    if "\0" in first:
        raise DataError(
            "the file is no text", location=Location(name), hint="give CSV, JSON Lines or Parquet"
        )
    is_escaped = _has_backslashes(path, file.encoding, dialect)
    reader = csv.reader(
        chain((first,), file),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar="\\" if is_escaped else None,
        doublequote=not is_escaped,
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


def _dialect(first: str) -> _Dialect:
    """Tell the dialect by the first line: `sep=;` as Excel writes it, else the delimiter that stands there most often."""
    declared = _DECLARED.fullmatch(first)
    if declared:
        return _Dialect(declared[1], '"', 1)
    start = first.lstrip()
    quote = "'" if start.startswith("'") and start.count("'") % 2 == 0 else '"'
    plain = "".join(first.split(quote)[::2])
    return _Dialect(max(_DELIMITERS, key=plain.count), quote, 0)


def _has_backslashes(path: Path, encoding: str, dialect: _Dialect) -> bool:
    """Tell whether quotes inside cells follow a backslash, as databases write them, and none is doubled."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(_SAMPLED_CHARACTERS)
    quote, end = dialect.quote, rf"[{re.escape(dialect.delimiter)}\r\n]"
    escaped = re.search(rf"\\{quote}(?!{end}|\Z)", sample)
    doubled = re.search(rf"(?<!{end}){quote}{quote}(?!{end}|\Z)", sample)
    return escaped is not None and doubled is None


def _recipient(header: list[str], row: list[str], number: int, line: int) -> Recipient:
    attributes = {name: cell for name, cell in zip(header, row, strict=False) if cell and name}
    fault = None
    if len(row) != len(header):
        fault = DataError(
            f"line {line} has {len(row)} cells, the header {len(header)}",
            code=INVALID_ROW,
            hint="quote cells that hold the delimiter or a line break",
        )
    return recipient_of(attributes, number, line, fault)
