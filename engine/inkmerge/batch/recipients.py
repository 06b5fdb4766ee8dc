"""A CSV file → recipients, one mapping a row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from inkmerge.errors import DataError, Location

_SNIFFED_BYTES = 65_536
_DELIMITERS = ",;\t|"
_FIELD_CHARACTERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Recipient:
    """One row of the file.

    Attributes:
        id: The value of the column `id`, else of `email`, else the row's number.
        line: The line in the file on which the row ends, counted from 1.
        attributes: Values by column; an empty cell is absent.
        fault: Why the row cannot be used, or None.
    """

    id: str
    line: int
    attributes: dict[str, str]
    fault: DataError | None = None


def read_recipients(path: Path) -> Iterator[Recipient]:
    """Yield the recipients of a CSV file: any usual delimiter, UTF-8 or UTF-16 with BOM, UTF-8, else Windows-1252.

    Raises:
        DataError: The file cannot be read, has no header, or repeats a column or an id.
    """
    place = Location(path.name)
    try:
        with path.open("rb") as file:
            start = file.read(_SNIFFED_BYTES)
    except OSError as fault:
        raise DataError(f"{path.name} cannot be read: {fault.strerror}", location=place) from None
    encoding = _encoding(path, start)
    with path.open(encoding=encoding, newline="", errors="replace") as lines:
        yield from _rows(lines, _delimiter(start.decode(encoding, "replace")), place)


def _encoding(path: Path, start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(start: str) -> str:
    """Return the delimiter that the header holds most often, outside of quotes."""
    header = next(iter(start.splitlines()), "")
    plain = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=plain.count)


def _rows(lines: TextIO, delimiter: str, place: Location) -> Iterator[Recipient]:
    csv.field_size_limit(_FIELD_CHARACTERS)
    reader = csv.reader(lines, delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise DataError("the file has no header", location=place, hint="name the columns in the first line")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise DataError(
            f"the column {repeated[0]!r} is there twice", location=place, hint="rename one of them"
        )
    seen: dict[str, int] = {}
    try:
        for number, row in enumerate(reader, 1):
            if not any(cell.strip() for cell in row):
                continue
            recipient = _recipient(header, row, number, reader.line_num)
            if recipient.id in seen:
                raise DataError(
                    f"the id {recipient.id!r} of line {recipient.line} is that of line {seen[recipient.id]} too",
                    location=Location(place.template, recipient.line),
                    hint="ids are unique; remove one of the rows",
                )
            seen[recipient.id] = recipient.line
            yield recipient
    except csv.Error as fault:
        raise DataError(
            f"the CSV does not parse: {fault}",
            location=Location(place.template, reader.line_num),
            hint="check the quotes",
        ) from None


def _recipient(header: list[str], row: list[str], number: int, line: int) -> Recipient:
    attributes = {name: cell for name, cell in zip(header, row, strict=False) if name and cell != ""}
    identifier = attributes.get("id") or attributes.get("email") or str(number)
    fault = None
    if len(row) != len(header):
        fault = DataError(
            f"line {line} has {len(row)} cells, the header {len(header)}",
            code="invalid-row",
            hint="quote cells that hold the delimiter or a line break",
        )
    return Recipient(identifier, line, attributes, fault)
