"""Keys of images or recipients → whether one more may be made, counted exactly over processes and periods.

Each take is a transaction of its own, and so is a block of them (`take_all`): what a transaction has not written is
not taken, whatever happens to a process, and nothing is set aside that others might need at the edge.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from inkmerge.campaign.quota_database import QuotaDatabase, usable
from inkmerge.campaign.quota_periods import Calendar, Clock, Period
from inkmerge.errors import QuotaExceeded

_LARGEST: Final = 10**12
_MEASURES: Final = {"images": 0, "recipients": 1}


class QuotaSpec(BaseModel):
    """`[quota]`: how many images may be made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: int | None = Field(default=None, ge=0, le=_LARGEST)
    """In the whole campaign."""
    per_period: int | None = Field(default=None, ge=0, le=_LARGEST)
    """In each period."""
    period: Period | None = None
    time_zone: str = "UTC"
    """Where a period begins at midnight."""
    counts: Literal["images", "recipients"] = "images"
    """Distinct images, or recipients who get one."""

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, LookupError):
            raise ValueError("is no time zone such as `Europe/Berlin`") from None
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.per_period is None) != (self.period is None):
            raise ValueError('per_period and period belong together: per_period = 1000, period = "month"')
        if self.images is None and self.per_period is None:
            raise ValueError(
                "allows nothing and forbids nothing: say images = 1000, or per_period and period"
            )
        return self


@dataclass(frozen=True, slots=True)
class Use:
    """How much of an allowance is used.

    Attributes:
        used: What was taken.
        allowed: What may be; None where there is no bound.
    """

    used: int
    allowed: int | None

    @property
    def left(self) -> int | None:
        """What may still be taken; never below 0, whatever was allowed before."""
        return None if self.allowed is None else max(0, self.allowed - self.used)


@dataclass(frozen=True, slots=True)
class QuotaState:
    """What is used and left.

    Attributes:
        campaign: In the whole campaign.
        period: In the current period, or None without periods.
        begins: When the current period began.
        begins_anew: When the next one begins.
    """

    campaign: Use
    period: Use | None = None
    begins: datetime | None = None
    begins_anew: datetime | None = None

    @property
    def is_used_up(self) -> bool:
        """Whether nothing new may be taken."""
        return self.campaign.left == 0 or (self.period is not None and self.period.left == 0)


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The counters as they stand for one period, of which `start` is the first day."""

    used: int
    calendar: str
    start: int
    period_used: int


class Quota:
    """A quota in use; a context manager. Several threads may share one, several processes open one each.

    Args:
        path: The database, in the campaign's state folder.
        spec: What is allowed.
        clock: Gives the moment, with a time zone.
    """

    def __init__(self, path: Path, spec: QuotaSpec, clock: Clock) -> None:
        self._path, self.spec, self._clock = path, spec, clock
        self._calendar = Calendar(spec.period, ZoneInfo(spec.time_zone))
        self._measure = _MEASURES[spec.counts]
        self._turn = threading.Lock()
        self._refused: _Ledger | None = None
        self._database = QuotaDatabase(path)

    @classmethod
    def open(cls, path: Path, spec: QuotaSpec, clock: Clock) -> Self:
        """Open a quota, or make it.

        Raises:
            QuotaUnusable: The database is broken, locked, read-only or another program's.
        """
        return cls(path, spec, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.connection.close()

    def take(self, key: str) -> bool:
        """Take one, and tell whether it may be made; what was taken in this period already always may.

        Args:
            key: The image's digest or the recipient's id, as the quota counts.

        Raises:
            QuotaUnusable: Nobody knows what is left.
        """
        return self.take_all((key,))[0]

    def take_all(self, keys: Iterable[str]) -> list[bool]:
        """Take a block of keys in one transaction, the first ones first; raises as `take`.

        A block costs a key a fraction of what a take of its own costs.
        """
        digests = [_digest(key) for key in keys]
        with self._asking():
            day = self._calendar.day(self._clock)
            if len(digests) == 1 and (known := self._glance(digests[0], day)) is not None:
                return [known]
            with self._transaction():
                return self._take(digests, day)

    def require(self, key: str) -> None:
        """Take one.

        Raises:
            QuotaExceeded: It may not be made; says how much is allowed and when it begins anew.
            QuotaUnusable: Nobody knows what is left.
        """
        if not self.take(key):
            raise self.exceeded()

    def exceeded(self) -> QuotaExceeded:
        """Return the error that says which bound a refused key met; it is that of the last one, and asks nobody."""
        spec, refused = self.spec, self._refused
        is_campaign_full = spec.images is not None and (refused is None or refused.used >= spec.images)
        if is_campaign_full or spec.per_period is None:
            words = f"{spec.images:,} {spec.counts} in this campaign"
            return QuotaExceeded(f"the quota of {words} is used up", hint="raise `images` under [quota]")
        start = self._calendar.start(self._calendar.day(self._clock)) if refused is None else refused.start
        anew = self._calendar.midnight(self._calendar.next_start(start))
        return QuotaExceeded(
            f"the quota of {spec.per_period:,} {spec.counts} a {spec.period} is used up",
            hint=f"it begins anew on {anew:%Y-%m-%d %H:%M} ({spec.time_zone}), or raise `per_period` under [quota]",
        )

    def state(self) -> QuotaState:
        """Return what is used and left, without taking anything.

        Raises:
            QuotaUnusable: Nobody knows what is left.
        """
        with self._asking():
            ledger = self._current(self._stored(), self._calendar.day(self._clock))
        campaign = Use(ledger.used, self.spec.images)
        if self.spec.per_period is None:
            return QuotaState(campaign)
        return QuotaState(
            campaign,
            Use(ledger.period_used, self.spec.per_period),
            self._calendar.midnight(ledger.start),
            self._calendar.midnight(self._calendar.next_start(ledger.start)),
        )

    def reset(self) -> None:
        """Forget all that was taken, for every process.

        Raises:
            QuotaUnusable: The database cannot be written.
        """
        with self._asking(), self._transaction():
            self._execute("DELETE FROM taken")
            self._execute("UPDATE ledger SET used = 0, calendar = '', start = 0, period_used = 0")

    def _take(self, digests: list[bytes], day: int) -> list[bool]:
        stored = self._stored()
        ledger = self._current(stored, day)
        stamp = max(day, ledger.start)  # a clock set back counts in the later period
        answers: list[bool] = []
        for digest in digests:
            found = self._execute(
                "SELECT day FROM taken WHERE measure = ? AND key = ?", (self._measure, digest)
            ).fetchone()
            is_counted = found is not None and found[0] >= ledger.start
            if not is_counted and not self._has_room(ledger, is_known=found is not None):
                self._refused = ledger
                answers.append(False)
                continue
            answers.append(True)
            if not is_counted:
                self._execute("REPLACE INTO taken VALUES (?, ?, ?)", (self._measure, digest, stamp))
                used = ledger.used + (found is None)
                ledger = replace(ledger, used=used, period_used=ledger.period_used + 1)
        if ledger != stored:
            self._execute(
                "UPDATE ledger SET used = ?, calendar = ?, start = ?, period_used = ? WHERE measure = ?",
                (ledger.used, ledger.calendar, ledger.start, ledger.period_used, self._measure),
            )
        return answers

    def _glance(self, digest: bytes, day: int) -> bool | None:
        """Answer without a transaction where one snapshot decides: it is counted, or nothing is left.

        Counters only grow, so that what was used up is so still.
        """
        row = self._execute(
            "SELECT taken.day, used, calendar, start, period_used FROM ledger "
            "LEFT JOIN taken ON taken.measure = ledger.measure AND key = ? WHERE ledger.measure = ?",
            (digest, self._measure),
        ).fetchone()
        taken, ledger = row[0], _Ledger(*row[1:])
        if ledger.calendar != self._calendar.name or ledger.start < self._calendar.start(day):
            return None
        if taken is not None and taken >= ledger.start:
            return True
        if self._has_room(ledger, is_known=taken is not None):
            return None
        self._refused = ledger
        return False

    def _has_room(self, ledger: _Ledger, *, is_known: bool) -> bool:
        images, per_period = self.spec.images, self.spec.per_period
        return (is_known or images is None or ledger.used < images) and (
            per_period is None or ledger.period_used < per_period
        )

    def _stored(self) -> _Ledger:
        columns = "SELECT used, calendar, start, period_used FROM ledger WHERE measure = ?"
        return _Ledger(*self._execute(columns, (self._measure,)).fetchone())

    def _current(self, stored: _Ledger, day: int) -> _Ledger:
        """Return the counters of a day's period, or of the later one that was reached before."""
        start = self._calendar.start(day)
        if stored.calendar != self._calendar.name:
            # the spec has changed: what was taken since the new period began counts in it
            counted = self._execute(
                "SELECT count(*) FROM taken WHERE measure = ? AND day >= ?", (self._measure, start)
            ).fetchone()[0]
            return _Ledger(stored.used, self._calendar.name, start, counted)
        if start > stored.start:
            return replace(stored, start=start, period_used=0)
        return stored

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with self._turn, usable(self._path):
            self._database.require_same()
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            if self._database.connection.in_transaction:
                self._execute("ROLLBACK")
            raise

    def _execute(self, command: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        return self._database.connection.execute(command, values)


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
