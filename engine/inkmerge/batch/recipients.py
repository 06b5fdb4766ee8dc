"""A file of recipients → one mapping after another: CSV, JSON Lines or Parquet, streamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

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
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class RecipientFile:
    """A file of recipients, looked at once from end to end.

    Attributes:
        path: Where it is.
        kind: What is in it.
        encoding: Python's name of its encoding; empty for Parquet.
        digest: SHA-256 of its bytes, hexadecimal.
        rows: About how many recipients it holds: a quoted line break counts as one.
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
            DataError: It cannot be read, is empty, or is not in the encoding; the line is named.
        """
        try:
            with path.open("rb") as file:
                start = file.read(1 << 16)
            if not start:
                raise DataError(
                    "the file of recipients is empty",
                    location=Location(path.name),
                    hint="export it again, with the names of the columns in the first line",
                )
            kind = _KINDS.get(path.suffix.lower()) or _told_by(start)
            if kind == "parquet":
                digest, _ = _read_through(path)
                return cls(path, kind, "", digest, parquet_tables.row_count(path))
            chosen = encoding_of(start, encoding, path.name)
            check_encoding(
                RowText(path.name, path, chosen),
                is_declared=encoding is not None,
                cure="--encoding cp1252",
            )
            digest, lines = _read_through(path)
        except OSError as fault:
            raise DataError(f"{path.name} cannot be read: {fault.strerror}", hint="check the path") from None
        return cls(path, kind, chosen, digest, max(0, lines - (kind == "csv")))

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


def _read_through(path: Path) -> tuple[str, int]:
    """Return the file's digest, and its number of lines."""
    digest: Any = hashlib.sha256()
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            lines += block.count(b"\n")
            last = block[-1:]
    return digest.hexdigest(), lines + (last != b"\n")
