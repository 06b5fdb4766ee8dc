"""A folder claimed by one batch: who it belongs to, that nobody else writes into it, and what may be thrown away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from inkmerge.batch.job import Delivery
from inkmerge.batch.manifest import MANIFEST, PARQUET_MANIFEST
from inkmerge.batch.stores import IMAGES, TAR
from inkmerge.batch.writing import UNUSABLE, unwritable, write_aside
from inkmerge.errors import DataError

STATE: Final = ".inkmerge"
SHEET: Final = "index.html"
_VERSION: Final = 3
_CAMPAIGN: Final = "campaign.json"
_OURS: Final = (MANIFEST, PARQUET_MANIFEST, TAR, IMAGES, SHEET)


def lines_path(delivery: Delivery) -> Path:
    """Return where the manifest's lines are, whatever form it gets in the end."""
    folder = delivery.folder
    return (folder if delivery.manifest == "jsonl" else folder / STATE) / MANIFEST


@dataclass(frozen=True, slots=True)
class Campaign:
    """What makes one batch the same as another.

    Attributes:
        template: The digest of the template with its fonts and pictures, in the output.
        recipients: The digest of the file of recipients.
        options: Everything else that the result depends on, by the name of its option; None where it is not given.
    """

    template: str
    recipients: str
    options: Mapping[str, str | int | float | None]


_NAMES: Final = {
    "template": "the template, its sidecar, its pictures, the fonts or the version of Inkmerge have changed",
    "recipients": "the file of recipients is another, or has changed",
}


class Claim:
    """A folder that belongs to one campaign for as long as this is open.

    Raises:
        DataError: It cannot be written, belongs to another campaign, or is in use.
    """

    def __init__(self, delivery: Delivery, campaign: Campaign) -> None:
        self.folder = delivery.folder
        self.state = delivery.folder / STATE
        self._lock: BinaryIO | None = None
        try:
            self._require_ours()
            self.state.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.state / "lock", self.folder)
            if delivery.is_restarted:
                self._throw_away()
            self._require_same(campaign)
            shutil.rmtree(self.aside, ignore_errors=True)
            self.aside.mkdir()
        except OSError as fault:
            self.close()
            raise unwritable(self.folder, fault) from None
        except DataError:
            self.close()
            raise
        write_aside(self.state / _CAMPAIGN, json.dumps({"version": _VERSION, **asdict(campaign)}).encode())

    @property
    def aside(self) -> Path:
        """The folder for files that are not whole yet."""
        return self.state / "aside"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            shutil.rmtree(self.aside, ignore_errors=True)
            self._lock.close()

    def _require_ours(self) -> None:
        """Refuse a folder in which somebody else, or an older version, wrote what we would write."""
        if (self.state / _CAMPAIGN).exists():
            return
        for name in _OURS:
            if (self.folder / name).exists():
                raise DataError(
                    f"{self.folder} already holds {name}, which no batch of this version wrote",
                    code=UNUSABLE,
                    hint=f"choose another folder with -o, or move {name} away; "
                    "--restart throws away only what a batch of this version wrote",
                )

    def _require_same(self, campaign: Campaign) -> None:
        try:
            text = (self.state / _CAMPAIGN).read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        try:
            found: Any = json.loads(text)
            version = found["version"]
        except (ValueError, KeyError, TypeError):
            version, found = None, {}
        if version != _VERSION:
            raise DataError(
                f"{self.folder} was written by another version of Inkmerge",
                code=UNUSABLE,
                hint="choose another folder with -o, or begin anew with --restart",
            )
        differs = _differing_option(found.get("options"), campaign.options) or next(
            (words for name, words in _NAMES.items() if found.get(name) != getattr(campaign, name)), None
        )
        if differs is not None:
            raise DataError(
                f"{self.folder} belongs to another batch: {differs}",
                code=UNUSABLE,
                hint="choose another folder with -o, or begin anew with --restart",
            )

    def _throw_away(self) -> None:
        for name in _OURS:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        (self.state / MANIFEST).unlink(missing_ok=True)
        (self.state / _CAMPAIGN).unlink(missing_ok=True)


def _differing_option(found: Any, now: Mapping[str, Any]) -> str | None:
    """Return words for the first option that was another."""
    before: Any = found if isinstance(found, dict) else {}
    for name, value in now.items():
        if before.get(name) != value:
            return f"{name} is {_said(value)} now and was {_said(before.get(name))}"
    return None


def _said(value: object) -> str:
    return "not given" if value is None else str(value)


def _locked(path: Path, folder: Path) -> BinaryIO:
    """Open a file that one process can hold at a time; the system lets go of it when the process ends."""
    file = path.open("ab")
    try:
        import fcntl  # noqa: PLC0415  not on Windows, where two runs in one folder are not told apart

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError:
        file.close()
        raise DataError(
            f"another batch is writing into {folder}",
            code=UNUSABLE,
            hint="wait until it is done, or choose another folder with -o",
        ) from None
    return file
