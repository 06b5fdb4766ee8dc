"""One recipient of a batch, as every kind of file gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inkmerge.errors import DataError
from inkmerge.rows import INVALID_ROW


@dataclass(frozen=True, slots=True)
class Recipient:
    """One row of a file.

    Attributes:
        id: The value of the column `id`, else of `email`, else `row-` and the row's number.
        line: The line (in Parquet the row) on which the row ends, counted from 1.
        attributes: Values by column; what is empty is absent.
        fault: Why the row cannot be used, or None.
    """

    id: str
    line: int
    attributes: Mapping[str, Any]
    fault: DataError | None = None


def recipient_of(
    attributes: Mapping[str, Any], number: int, line: int, fault: DataError | None = None
) -> Recipient:
    """Return the recipient of one row, known by its id, its e-mail address or its number."""
    identifier = attributes.get("id")
    if identifier is None or identifier == "":
        identifier = attributes.get("email")
    if identifier is None or identifier == "":
        return Recipient(f"row-{number}", line, attributes, fault)
    if isinstance(identifier, str):
        return Recipient(identifier, line, attributes, fault)
    if isinstance(identifier, bool | list | dict):
        kind = type(identifier).__name__
        fault = fault or DataError(
            f"line {line}: the id is a {kind}", code=INVALID_ROW, hint="give ids as text or numbers"
        )
        return Recipient(f"row-{number}", line, attributes, fault)
    return Recipient(str(identifier), line, attributes, fault)
