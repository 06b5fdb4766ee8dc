"""A folder claimed by one run: who it belongs to, that nobody else writes into it, and what may be thrown away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from inkmerge.batch.job import Delivery
from inkmerge.batch.manifest import MANIFEST
from inkmerge.batch.writing import UNUSABLE, unwritable, write_aside
from inkmerge.errors import DataError

STATE: Final = ".inkmerge"
SHEET: Final = "index.html"
_VERSION: Final = 3
_CAMPAIGN: Final = "campaign.json"


def lines_path(delivery: Delivery) -> Path:
    """Return where the manifest's lines are, whatever form it gets in the end."""
    folder = delivery.folder
    return (folder if delivery.manifest == "jsonl" else folder / STATE) / MANIFEST


@dataclass(frozen=True, slots=True)
class Campaign:
    """What makes one run the same as another.

    Attributes:
        template: The digest of the template with its fonts and pictures, in the output; of a mailing's likewise.
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

    Args:
        folder: The folder.
        campaign: Whose it is to be.
        files: Names of what a run writes into it: these are thrown away when it begins anew, and when they are there
            already, the folder belongs to somebody else.
        run: What a run is called in messages.
        is_restarted: Whether what an earlier run left is thrown away.

    Raises:
        DataError: It cannot be written, belongs to another campaign, or is in use.
    """

    def __init__(
        self,
        folder: Path,
        campaign: Campaign,
        files: Collection[str],
        *,
        run: str = "batch",
        is_restarted: bool = False,
    ) -> None:
        self.folder = folder
        self.state = folder / STATE
        self._files = files
        self._run = run
        self._lock: BinaryIO | None = None
        try:
            self._require_ours()
            self.state.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked(self.state / "lock")
            if is_restarted:
                self._throw_away()
            self._require_same(campaign)
            shutil.rmtree(self.aside, ignore_errors=True)
            self.aside.mkdir()
            said = {"version": _VERSION, "run": run, **asdict(campaign)}
            write_aside(self.state / _CAMPAIGN, json.dumps(said).encode())
        except OSError as fault:
            self.close()
            raise unwritable(self.folder, fault) from None
        except DataError:
            self.close()
            raise

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
        """Refuse a folder in which somebody else, an older version or a run of another kind wrote."""
        if (self.state / _CAMPAIGN).exists():
            self._require_same_kind()
            return
        for name in self._files:
            if (self.folder / name).exists():
                raise DataError(
                    f"{self.folder} already holds {name}, which no {self._run} of this version wrote",
                    code=UNUSABLE,
                    hint=f"choose another folder with -o, or move {name} away; "
                    f"--restart throws away only what a {self._run} of this version wrote",
                )

    def _require_same_kind(self) -> None:
        found = self._found()
        if found and (kind := found.get("run", "batch")) != self._run:
            raise DataError(
                f"{self.folder} belongs to a {kind}, and this is a {self._run}",
                code=UNUSABLE,
                hint="choose another folder with -o",
            )

    def _found(self) -> dict[str, Any]:
        """Return what the folder says of its owner; nothing where that does not parse."""
        try:
            found: Any = json.loads((self.state / _CAMPAIGN).read_text(encoding="utf-8"))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _require_same(self, campaign: Campaign) -> None:
        if not (self.state / _CAMPAIGN).exists():
            return
        found = self._found()
        if found.get("version") != _VERSION:
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
                f"{self.folder} belongs to another {self._run}: {differs}",
                code=UNUSABLE,
                hint="choose another folder with -o, or begin anew with --restart",
            )

    def _throw_away(self) -> None:
        for name in self._files:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        (self.state / MANIFEST).unlink(missing_ok=True)
        (self.state / _CAMPAIGN).unlink(missing_ok=True)

    def _locked(self, path: Path) -> BinaryIO:
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
                f"another {self._run} is writing into {self.folder}",
                code=UNUSABLE,
                hint="wait until it is done, or choose another folder with -o",
            ) from None
        return file


def _differing_option(found: Any, now: Mapping[str, Any]) -> str | None:
    """Return words for the first option that was another."""
    before: Any = found if isinstance(found, dict) else {}
    for name, value in now.items():
        if before.get(name) != value:
            return f"{name} is {_said(value)} now and was {_said(before.get(name))}"
    return None


def _said(value: object) -> str:
    return "not given" if value is None else str(value)
