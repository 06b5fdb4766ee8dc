"""Copies of what was fetched, kept across runs: each file is there whole or not at all, and those not used go."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from inkmerge.errors import DataError

_VERSION: Final = 1
_BLOCK: Final = 4096
"""Bytes that the smallest file takes on a disk."""
_ROOM: Final = 0.9
"""What is left, of what may be kept, once room was made."""
_SHARE: Final = 0.05
"""What may be written, of what may be kept, before somebody looks again."""
_ASIDE_SECONDS: Final = 3600.0
"""Age at which a file that is not whole belongs to nobody any more."""
_GRAIN_SECONDS: Final = 60.0
"""How exactly it is noted when a copy was used."""


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


class _Kept(NamedTuple):
    """A file of the folder; the time at which it was last used comes first, so that the oldest sorts first."""

    used: float
    name: str
    size: int


class Copies:
    """Copies in a folder, or in memory where there is none.

    The modification time of a file says when it was last used. Processes need not agree on anything: each that writes
    makes room now and then, and what one removes while another wants it is fetched again.

    Args:
        folder: Where they are; None keeps them in memory, all of them.
        largest: Bytes that the folder may take; what was written last always stays.
        oldest: How long ago a copy may have been used.
        clock: The time of day.
    """

    def __init__(
        self, folder: Path | None, largest: int, oldest: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._folder = folder
        self._largest = largest
        self._oldest = oldest.total_seconds()
        self._clock = clock
        self._memory: dict[str, Copy] = {}
        self._written: int | None = None
        """Bytes since this process last made room; None before it did so."""

    def get(self, key: str) -> Copy | None:
        """Return a copy, or None where there is none that is whole."""
        if self._folder is None:
            return self._memory.get(key)
        path = self._folder / key
        try:
            head, _, data = path.read_bytes().partition(b"\n")
            told: dict[str, Any] = json.loads(head)
            if told.pop("version") != _VERSION or told.pop("digest") != hashlib.sha256(data).hexdigest():
                return None
            copy = Copy(data=data, fetched_at=datetime.fromisoformat(told.pop("fetched_at")), **told)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        self._note_use(path)
        return copy

    def put(self, key: str, copy: Copy) -> None:
        """Keep a copy, and let go of those that were not used for longest where there is no room.

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
        data = json.dumps(told).encode() + b"\n" + copy.data
        path = self._folder / key
        write_whole(path, data)
        written = None if self._written is None else self._written + max(len(data), _BLOCK)
        if written is None or written > _SHARE * self._largest:
            self._make_room(path)
            written = 0
        self._written = written
        self._note_use(path)

    def _note_use(self, path: Path) -> None:
        now = self._clock().timestamp()
        with suppress(OSError):  # the copy is as good without
            if abs(now - path.stat().st_mtime) >= _GRAIN_SECONDS:
                os.utime(path, (now, now))

    def _make_room(self, newest: Path) -> None:
        """Remove what is too old, then what was not used for longest until the rest fits."""
        now = self._clock().timestamp()
        found = sorted(_kept(newest.parent))
        used = sum(one.size for one in found)
        is_over = used > self._largest
        # what is half written is as old as the disk's own clock says, which may be another
        written = next((one.used for one in found if one.name == newest.name), now)
        for one in found:
            if one.name.startswith("."):
                is_removed = written - one.used > _ASIDE_SECONDS
            else:
                is_removed = now - one.used > self._oldest or (is_over and used > _ROOM * self._largest)
            if is_removed and one.name != newest.name and _remove(newest.parent / one.name, one.used):
                used -= one.size


def _kept(folder: Path) -> Iterator[_Kept]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another process has removed it
                if entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    yield _Kept(facts.st_mtime, entry.name, max(facts.st_size, _BLOCK))


def _remove(path: Path, used: float) -> bool:
    """Remove a file, unless somebody used it or wrote it anew meanwhile."""
    with suppress(OSError):  # it is gone, or open where open files cannot be removed
        if path.stat().st_mtime == used:
            path.unlink()
            return True
    return False


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
