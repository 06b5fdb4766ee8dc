"""`--data` and `-D` → one recipient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from inkmerge.errors import DataError, Location


def recipient_of(path: Path | None, define: list[str]) -> dict[str, Any]:
    """Return the recipient of a JSON file, with single attributes put on top.

    Raises:
        DataError: The file cannot be read, or is no JSON object.
        typer.BadParameter: A definition is not ``NAME=VALUE``.
    """
    recipient: dict[str, Any] = {}
    if path is not None:
        recipient = _read_json(path)
    for item in define:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"-D {item!r} is not NAME=VALUE")
        *parents, last = name.strip().split(".")
        into = recipient
        for parent in parents:
            into = into.setdefault(parent, {})
            if not isinstance(into, dict):
                raise typer.BadParameter(f"-D {item!r}: {parent!r} already is a plain value")
        into[last] = value
    return recipient


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise DataError(f"{path} cannot be read: {fault.strerror}") from None
    except (UnicodeDecodeError, RecursionError) as fault:
        raise DataError(f"{path} is not JSON: {fault}", hint="save it as UTF-8") from None
    except json.JSONDecodeError as fault:
        raise DataError(
            f"{path} is not JSON: {fault.msg}", location=Location(path.name, fault.lineno)
        ) from None
    if not isinstance(found, dict):
        raise DataError(f"{path} holds no object", hint='write {"first_name": "Anna"}')
    return found
