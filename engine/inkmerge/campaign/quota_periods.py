"""Days → the calendar periods of a quota, in its time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Period = Literal["day", "week", "month", "year"]
Clock = Callable[[], datetime]
"""Gives the moment, with a time zone."""

_STARTS: Final[dict[Period, Callable[[date], date]]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}
_LONGEST: Final[dict[Period, int]] = {"day": 1, "week": 7, "month": 31, "year": 366}
"""Days from a period's first day that lead into the next."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods of one kind in one time zone; without a kind, all time is one.

    Attributes:
        period: How long they are.
        zone: Where midnight is.
    """

    period: Period | None
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """What tells this calendar from others."""
        return f"{self.period} {self.zone.key}" if self.period is not None else ""

    def day(self, clock: Clock) -> int:
        """Return today as its number, counted from the first day of the year 1.

        Raises:
            ValueError: The clock names no time zone.
        """
        now = clock()
        if now.tzinfo is None:
            raise ValueError("the quota's clock gives moments without a time zone")
        return now.astimezone(self.zone).toordinal()

    def start(self, day: int) -> int:
        """Return the first day of a day's period; 0 where all time is one."""
        return 0 if self.period is None else _STARTS[self.period](date.fromordinal(day)).toordinal()

    def midnight(self, day: int) -> datetime:
        """Return the moment at which a day begins, which is one o'clock where the clocks skip midnight."""
        local = datetime.combine(date.fromordinal(day), datetime.min.time(), self.zone)
        return local.astimezone(UTC).astimezone(self.zone)

    def next_start(self, start: int) -> int:
        """Return the first day of the period behind the one that begins on a day."""
        assert self.period is not None
        return self.start(start + _LONGEST[self.period])
