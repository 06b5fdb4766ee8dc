"""A text of rows that is read from its start as often as needed, wherever it lies."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

INVALID_ROW: Final = "invalid-row"
"""Code of a row that cannot be used as it stands."""


@dataclass(frozen=True, slots=True)
class RowText:
    """A text of rows.

    Attributes:
        name: What to call it in messages: a file name without its folder, or an address.
        source: The file, or the bytes themselves.
        encoding: Python's name of its encoding.
    """

    name: str
    source: Path | bytes
    encoding: str

    def raw(self) -> BinaryIO:
        """Open the bytes."""
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")

    def open(self, errors: str = "strict") -> TextIO:
        """Open the text with its line ends as they are."""
        return io.TextIOWrapper(self.raw(), self.encoding, errors, newline="")
