"""A file of recipients → one mapping after another: CSV, JSON Lines or Parquet, streamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from inkmerge.batch import json_lines, parquet_tables
from inkmerge.batch.recipient import Recipient, recipient_of
from inkmerge.errors import DataError, Location
from inkmerge.rows import RowText, csv_rows
from inkmerge.rows.text_encoding import check_encoding, encoding_of

Kind = Literal["csv", "jsonl", "parquet"]

_KINDS: Final[dict[str, Kind]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_EXPORT: Final = "export it as CSV (UTF-8), and give that"
_OTHERS: Final = (
    (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods) or another zip archive", _EXPORT),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)", _EXPORT),
    (b"\x1f\x8b", "compressed (gzip)", "unpack it, and give what is in it"),
)
"""First bytes of files that are no rows, what they are, and the cure."""


@dataclass(frozen=True, slots=True)
class RecipientFile:
    """A file of recipients, looked at once from end to end.

    Attributes:
        path: Where it is.
        kind: What is in it.
        encoding: Python's name of its encoding; empty for Parquet.
        digest: SHA-256 of its bytes, hexadecimal.
        rows: How many recipients it holds; in JSON Lines, how many lines.
    """

    path: Path
    kind: Kind
    encoding: str
    digest: str
    rows: int

    @classmethod
    def open(cls, path: Path, encoding: str | None = None) -> RecipientFile:
        """Look at a file: what it holds, and that it can be read to its end.

        Args:
            path: The file; its suffix, else its first bytes, say what it holds.
            encoding: That of its text; None to tell it by a byte order mark, NULs (UTF-16) or validity (UTF-8).

        Raises:
            DataError: It cannot be read, is empty, no text, not in the encoding, or CSV that does not parse; the line
                is named.
        """
        _require_file(path)
        try:
            with path.open("rb") as file:
                start = file.read(1 << 16)
            if not start:
                raise DataError(
                    "the file of recipients is empty",
                    location=Location(path.name),
                    hint="export it again, with the names of the columns in the first line",
                )
            _require_rows(start, path.name)
            kind = _KINDS.get(path.suffix.lower()) or _told_by(start)
            if kind == "parquet":
                return cls(path, kind, "", _digest(path), parquet_tables.row_count(path))
            chosen = encoding_of(start, encoding, path.name)
            text = RowText(path.name, path, chosen)
            rows = check_encoding(text, is_declared=encoding is not None, cure="--encoding cp1252")
            if kind == "csv":
                rows = csv_rows.count(text)
            digest = _digest(path)
        except OSError as fault:
            raise DataError(f"{path.name} cannot be read: {fault.strerror}", hint="check the path") from None
        return cls(path, kind, chosen, digest, rows)

    def recipients(self) -> Iterator[Recipient]:
        """Yield the recipients, in the order of the file.

        Raises:
            DataError: The file has no header, repeats a column, or does not parse any further.
        """
        match self.kind:
            case "csv":
                return _csv_recipients(self._text())
            case "jsonl":
                return json_lines.read(self.path, self.encoding)
            case "parquet":
                return parquet_tables.read(self.path)

    def columns(self) -> tuple[str, ...] | None:
        """Return the names of the columns, or None where each line names its own.

        Raises:
            DataError: The file has no header, or repeats a column.
        """
        match self.kind:
            case "csv":
                return csv_rows.columns(self._text())
            case "jsonl":
                return None
            case "parquet":
                return parquet_tables.columns(self.path)

    def column_like(self, name: str) -> str | None:
        """Return the column that somebody may have meant by a field's name: `First Name` by `first_name`."""
        return next(
            (one for one in self.columns() or () if _letters(one) == _letters(name) and one != name), None
        )

    def _text(self) -> RowText:
        return RowText(self.path.name, self.path, self.encoding)


def read_recipients(path: Path, encoding: str | None = None) -> Iterator[Recipient]:
    """Yield the recipients of a file; see `RecipientFile`.

    Raises:
        DataError: The file cannot be read.
    """
    return RecipientFile.open(path, encoding).recipients()


def _csv_recipients(text: RowText) -> Iterator[Recipient]:
    for number, row in enumerate(csv_rows.read(text), 1):
        yield recipient_of(row.cells, number, row.line, row.fault)


def _told_by(start: bytes) -> Kind:
    if start.startswith(b"PAR1"):
        return "parquet"
    return "jsonl" if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _require_file(path: Path) -> None:
    """Refuse what cannot be read from its start again, as a run that goes on does."""
    if path.is_dir():
        raise DataError(f"{path} is a folder", hint="name the file of recipients in it")
    if str(path) == "-" or (path.exists() and not path.is_file()):
        raise DataError(
            "the recipients come from a pipe, which can be read only once",
            hint="write them to a file first, and give that: the same command then goes on where it stopped",
        )


def _require_rows(start: bytes, name: str) -> None:
    """Refuse what people take for a table, by its first bytes."""
    for mark, kind, hint in _OTHERS:
        if start.startswith(mark):
            raise DataError(f"the file is {kind}", location=Location(name), hint=hint)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
