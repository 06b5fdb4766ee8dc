"""Imported content ↔ a TOML file that people edit and git keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import tomlkit
from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from inkmerge.errors import Location, SourceSyntax, SourceUnavailable
from inkmerge.models import StrictModel, validated
from inkmerge.sources.content import Content
from inkmerge.sources.copies import write_whole

_HEAD: Final = "imported content; edit it freely, or import it again"


class _ContentFile(StrictModel):
    origin: str
    fetched_at: datetime
    empty: tuple[str, ...] = ()
    selectors: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, StrictBool | StrictInt | StrictFloat | StrictStr] = Field(default_factory=dict)


def write_content(path: Path, content: Content) -> None:
    """Write content into a file; comments and the order of an earlier file of the same path survive.

    Raises:
        DataError: It cannot be written.
    """
    document = _earlier(path)
    document["origin"] = content.origin
    document["fetched_at"] = content.fetched_at.astimezone(UTC)
    empty = [name for name, value in content.fields.items() if value is None]
    if empty:
        document["empty"] = empty
    else:
        document.pop("empty", None)
    _update(document, "selectors", dict(content.key))
    _update(document, "fields", {name: value for name, value in content.fields.items() if value is not None})
    write_whole(path, tomlkit.dumps(document).encode())


def read_content(path: Path) -> Content:
    """Read imported content, as it was written or as a person has edited it.

    Raises:
        SourceUnavailable: There is no such file, or it cannot be read.
        SourceSyntax: It is no TOML, or holds an unknown key or a wrong value.
    """
    place = Location(path.name)
    table: dict[str, Any] = _parsed(path).unwrap()
    found = validated(_ContentFile, table, place, SourceSyntax, "the first lines of an imported file")
    fetched_at = found.fetched_at if found.fetched_at.tzinfo else found.fetched_at.replace(tzinfo=UTC)
    fields = {**dict.fromkeys(found.empty), **found.fields}
    return Content(fields, found.origin, fetched_at, found.selectors)


def _earlier(path: Path) -> tomlkit.TOMLDocument:
    if path.exists():
        return _parsed(path)
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    return document


def _parsed(path: Path) -> tomlkit.TOMLDocument:
    place = Location(path.name)
    try:
        return tomlkit.parse(path.read_bytes().decode("utf-8-sig"))
    except OSError as fault:
        raise SourceUnavailable(
            f"the imported content {path.name} cannot be read: {fault.strerror}",
            location=place,
            hint="import it: inkmerge content import",
        ) from None
    except UnicodeDecodeError:
        raise SourceSyntax(
            "the imported content is not UTF-8", location=place, hint="save it as UTF-8"
        ) from None
    except (TOMLKitError, RecursionError) as fault:
        line = getattr(fault, "line", None)
        raise SourceSyntax(
            f"the imported content does not parse: {fault}", location=Location(path.name, line)
        ) from None


def _update(document: tomlkit.TOMLDocument, name: str, values: dict[str, Any]) -> None:
    """Write a table, leaving what stays the same, and comments, where they are."""
    table = document.get(name)
    if not isinstance(table, Table):
        document[name] = table = tomlkit.table()
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if key not in table or type(table.unwrap()[key]) is not type(value) or table.unwrap()[key] != value:
            table[key] = value
