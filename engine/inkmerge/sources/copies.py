"""Copies of what was fetched, kept across runs: each file is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from inkmerge.errors import DataError

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Copy:
    """A body, and what has to be known to ask whether it is still the newest.

    Attributes:
        data: The decoded body.
        content_type: The header as it came; empty where there was none.
        url: Where it came from in the end.
        fetched_at: When the server last said that it is the newest.
        etag: The header, or None.
        last_modified: The header, or None.
    """

    data: bytes
    content_type: str
    url: str
    fetched_at: datetime
    etag: str | None
    last_modified: str | None


class Copies:
    """Copies in a folder, or in memory where there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, Copy] = {}

    def get(self, key: str) -> Copy | None:
        """Return a copy, or None where there is none that is whole."""
        if self._folder is None:
            return self._memory.get(key)
        try:
            head, _, data = (self._folder / key).read_bytes().partition(b"\n")
            told: dict[str, Any] = json.loads(head)
            if told.pop("version") != _VERSION or told.pop("digest") != hashlib.sha256(data).hexdigest():
                return None
            return Copy(data=data, fetched_at=datetime.fromisoformat(told.pop("fetched_at")), **told)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, key: str, copy: Copy) -> None:
        """Keep a copy.

        Raises:
            DataError: The folder cannot be written.
        """
        if self._folder is None:
            self._memory[key] = copy
            return
        told = {
            "version": _VERSION,
            "url": copy.url,
            "content_type": copy.content_type,
            "fetched_at": copy.fetched_at.isoformat(),
            "etag": copy.etag,
            "last_modified": copy.last_modified,
            "digest": hashlib.sha256(copy.data).hexdigest(),
        }
        write_whole(self._folder / key, json.dumps(told).encode() + b"\n" + copy.data)


def key_of(url: str, headers: Mapping[str, str]) -> str:
    """Return the name of a copy: over the address and all headers, so that another's credentials find nothing."""
    parts = (url, *(f"{name.lower()}:{value}" for name, value in sorted(headers.items())))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part.encode()) + part.encode())
    return digest.hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, also when several processes write it.

    Raises:
        DataError: It cannot be written.
    """
    aside = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
            aside = file.name
            file.write(data)
        Path(aside).replace(path)
    except OSError as fault:
        if aside:
            with suppress(OSError):
                Path(aside).unlink()
        reason = os.strerror(fault.errno) if fault.errno else str(fault)
        raise DataError(
            f"{path.name} cannot be written: {reason}", hint=f"check the folder {path.parent.name}"
        ) from None
