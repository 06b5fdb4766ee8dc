"""The calendar of target groups: what its functions give for days."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from inkmerge.campaign.group_operands import Kind


class Function(NamedTuple):
    """A function that expressions may call.

    Attributes:
        parameters: The kinds of what it takes.
        kind: The kind of what it gives.
        compute: Gives the value; may raise ArithmeticError or ValueError where there is none.
        form: How it is written.
    """

    parameters: tuple[Kind, ...]
    kind: Kind
    compute: Callable[..., Any]
    form: str


def anniversary(day: date, since: date) -> date:
    """Return the first return of a day of the year on or after another day; of 29 February, the 28th in other years."""
    for year in (since.year, since.year + 1):
        found = _in_year(day, year)
        if found >= since:
            return found
    raise AssertionError("a day returns each year")


def _in_year(day: date, year: int) -> date:
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def week_start(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


FUNCTIONS: Final[dict[str, Function]] = {
    "days": Function(("number",), "days", lambda count: timedelta(days=int(count)), "days(30)"),
    "days_between": Function(
        ("date", "date"), "number", lambda start, end: (end - start).days, "days_between(joined, today())"
    ),
    "year": Function(("date",), "number", lambda day: day.year, "year(birthday)"),
    "month": Function(("date",), "number", lambda day: day.month, "month(birthday)"),
    "day": Function(("date",), "number", lambda day: day.day, "day(birthday)"),
    "weekday": Function(("date",), "number", lambda day: day.isoweekday(), "weekday(today())"),
    "week_start": Function(("date",), "date", week_start, "week_start(today())"),
    "anniversary": Function(("date", "date"), "date", anniversary, "anniversary(birthday, today())"),
}
