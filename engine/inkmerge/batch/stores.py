"""Where images go: files in a folder, one tar, or tables with an image column."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from inkmerge.batch.job import Delivery
from inkmerge.batch.manifest import Facts, ManifestLine
from inkmerge.batch.parquet_tables import read_columns, require_parquet, write_table
from inkmerge.batch.seen import Seen
from inkmerge.batch.workers import Images
from inkmerge.batch.writing import unwritable, write_aside

IMAGES: Final = "images"
TAR: Final = "images.tar"
_PART_BYTES: Final = 32_000_000
_PART_LINES: Final = 50_000
_COLUMNS: Final = {
    "digest": "string",
    "media_type": "string",
    "width": "int64",
    "height": "int64",
    "image": "binary",
}


class Store(Protocol):
    """Keeps images; `flush` makes sure of all that `put` took, so that the manifest may speak of it.

    Attributes:
        part: The number of the part that `put` adds to.
    """

    part: int

    def put(self, facts: Facts, data: bytes | None) -> str:
        """Keep an image that is not kept yet, and return its path relative to the manifest."""

    def has(self, path: str) -> bool:
        """Tell whether an image of which the manifest speaks is there."""

    def wants_flush(self, lines: int, *, is_waiting: bool) -> bool:
        """Tell whether it is time to make sure, with so many lines of the manifest waiting for it."""

    def flush(self) -> None:
        """Make sure that what was put is there after the process is killed."""

    def close(self) -> None:
        """Finish."""


def open_store(delivery: Delivery, seen: Seen, aside: Path) -> tuple[Store, Images | None]:
    """Open the store of a delivery, and say where workers write, when they do.

    Raises:
        DataError: It cannot be written.
        InkmergeError: It needs an extra that is not installed.
    """
    folder = delivery.folder
    try:
        if delivery.store == "tar":
            return TarStore(folder / TAR, seen), None
        if delivery.store == "parquet":
            return ParquetStore(folder / IMAGES, seen, aside), None
        images = Images(folder / IMAGES, aside)
        images.folder.mkdir(exist_ok=True)
        return FolderStore(images), images
    except OSError as fault:
        raise unwritable(folder, fault) from None


_LINES_AT_ONCE: Final = 512


class FolderStore:
    """One file an image, in folders named for the first two digits of its digest; the workers write them."""

    part = 0

    def __init__(self, images: Images) -> None:
        self._images = images

    def put(self, facts: Facts, data: bytes | None) -> str:
        """Return the path; write the file where no worker has."""
        if data is not None:
            write_aside(
                self._images.folder / facts.file_name, data, self._images.aside / f"{os.getpid()}.part"
            )
        return f"{IMAGES}/{facts.file_name}"

    def has(self, path: str) -> bool:
        """Tell whether the file is there, with something in it."""
        try:
            return (self._images.folder.parent / path).stat().st_size > 0
        except OSError:
            return False

    def wants_flush(self, lines: int, *, is_waiting: bool) -> bool:
        """Tell whether lines wait."""
        return lines >= _LINES_AT_ONCE or (is_waiting and lines > 0)

    def flush(self) -> None:
        """Do nothing: each file was whole when it got its name."""

    def close(self) -> None:
        """Do nothing."""


class TarStore:
    """One archive, which grows by whole members; what a killed run left of a member is cut off."""

    part = 0

    def __init__(self, path: Path, seen: Seen) -> None:
        self._path = path
        self._seen = seen
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._end = _scan(self._file, lambda name: seen.add_image(_digest_of(name)))
        self._cut()

    def put(self, facts: Facts, data: bytes | None) -> str:
        """Append the image as a member."""
        name = facts.file_name
        if data is None or self._seen.part_of(facts.digest) is not None:
            return name
        member = tarfile.TarInfo(name)
        member.size = len(data)
        padding = b"\0" * (-len(data) % tarfile.BLOCKSIZE)
        try:
            self._end += self._file.write(member.tobuf(tarfile.USTAR_FORMAT) + data + padding)
        except OSError as fault:
            raise unwritable(self._path, fault) from None
        return name

    def has(self, path: str) -> bool:
        """Tell whether the member is there."""
        return self._seen.part_of(_digest_of(path)) is not None

    def wants_flush(self, lines: int, *, is_waiting: bool) -> bool:
        """Tell whether lines wait."""
        return lines >= _LINES_AT_ONCE or (is_waiting and lines > 0)

    def flush(self) -> None:
        """Hand the members to the system."""
        try:
            self._file.flush()
        except OSError as fault:
            raise unwritable(self._path, fault) from None

    def close(self) -> None:
        """End the archive behind its last whole member with two empty blocks."""
        try:
            with self._file:
                self._cut()
                self._file.write(b"\0" * (2 * tarfile.BLOCKSIZE))
        except OSError as fault:
            raise unwritable(self._path, fault) from None

    def _cut(self) -> None:
        self._file.truncate(self._end)
        self._file.seek(self._end)


def _digest_of(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _scan(file: io.BufferedRandom, note: Callable[[str], object]) -> int:
    """Note the name of every whole member, and return where the last one ends."""
    total = file.seek(0, os.SEEK_END)
    end = 0
    while end + tarfile.BLOCKSIZE <= total:
        file.seek(end)
        try:
            member = tarfile.TarInfo.frombuf(file.read(tarfile.BLOCKSIZE), "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            break
        after = end + tarfile.BLOCKSIZE + member.size + -member.size % tarfile.BLOCKSIZE
        if after > total:
            break
        note(member.name)
        end = after
    return end


class ParquetStore:
    """Tables of about 32 MB with an image a row; a table is written aside and gets its name when it is whole.

    Where a table ends follows from the images before it alone. So the last one may be short of its size, when a run
    was ended: the next run takes it up again and writes it anew.
    """

    def __init__(self, folder: Path, seen: Seen, aside: Path) -> None:
        require_parquet()
        self._folder = folder
        self._seen = seen
        self._aside = aside
        self._rows: list[tuple[Any, ...]] = []
        self._bytes = 0
        self._is_written = True
        folder.mkdir(exist_ok=True)
        parts = sorted(folder.glob("part-*.parquet"))
        for part in parts:
            for row in read_columns(part, ["digest"]):
                seen.add_image(row["digest"], _part_number(part))
        self.part = _part_number(parts[-1]) if parts else 0
        if parts:
            self._take_up(parts[-1])

    def put(self, facts: Facts, data: bytes | None) -> str:
        """Add a row to the last table."""
        known = self._seen.part_of(facts.digest)
        if known is not None:
            return f"{IMAGES}/{_part_name(known)}"
        if data is not None:
            self._rows.append((facts.digest, facts.media_type, facts.width, facts.height, data))
            self._bytes += len(data)
            self._is_written = False
        return f"{IMAGES}/{_part_name(self.part)}"

    def has(self, path: str) -> bool:
        """Tell whether the table is there."""
        return (self._folder.parent / path).is_file()

    def wants_flush(self, lines: int, *, is_waiting: bool) -> bool:
        """Tell whether a table is full: tables are few, and the manifest waits for them."""
        is_idle = is_waiting and lines > 0 and self._is_written
        return self._bytes >= _PART_BYTES or lines >= _PART_LINES or is_idle

    def flush(self) -> None:
        """Write the last table, and begin another when it is full."""
        if not self._is_written:
            name = _part_name(self.part)
            path, aside = self._folder / name, self._aside / name
            try:
                write_table(
                    aside, [list(zip(*self._rows, strict=True))], tuple(_COLUMNS), tuple(_COLUMNS.values())
                )
                aside.replace(path)
            except OSError as fault:
                aside.unlink(missing_ok=True)
                raise unwritable(path, fault) from None
            self._is_written = True
        if self._bytes >= _PART_BYTES:
            self._rows, self._bytes = [], 0
            self.part += 1

    def close(self) -> None:
        """Do nothing: what was not flushed is drawn again."""

    def _take_up(self, part: Path) -> None:
        for row in read_columns(part, list(_COLUMNS)):
            self._rows.append(tuple(row[name] for name in _COLUMNS))
            self._bytes += len(row["image"])
        self.flush()


def _part_name(number: int) -> str:
    return f"part-{number:05}.parquet"


def _part_number(path: Path) -> int:
    return int(path.stem.removeprefix("part-"))


def read_images(delivery: Delivery, lines: Sequence[ManifestLine]) -> dict[str, bytes]:
    """Return the files of a few images of a tar or of tables, by their digests.

    Raises:
        DataError: A table is none.
    """
    wanted = {line.digest: line.path for line in lines if line.path is not None}
    if delivery.store == "tar":
        return dict(_members(delivery.folder / TAR, set(wanted)))
    found: dict[str, bytes] = {}
    for path in dict.fromkeys(wanted.values()):
        rows = read_columns(delivery.folder / path, ["digest", "image"])
        found.update((row["digest"], row["image"]) for row in rows if wanted.get(row["digest"]) == path)
    return found


def _members(path: Path, digests: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the wanted members, and read no further than the last of them."""
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            digest = _digest_of(member.name)
            file = archive.extractfile(member) if digest in digests else None
            if file is not None:
                yield digest, file.read()
                digests.discard(digest)
            if not digests:
                return
