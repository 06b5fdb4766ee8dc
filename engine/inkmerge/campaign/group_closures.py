"""The closures that compiled target groups are made of, in Kleene's logic: None is unknown.

What returns None has noted a cause in the scope; what returns a value has taken back those of its parts.
https://plato.stanford.edu/entries/logic-manyvalued/#KleLog
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from inkmerge.campaign.group_operands import Cause, Reading, Run, Scope
from inkmerge.content.readings import LARGEST_NUMBER


def joined(parts: tuple[Run, ...], *, decides: bool) -> Run:
    """Return `and` (decided by a false part) or `or` (decided by a true one)."""

    def run(scope: Scope) -> bool | None:
        mark = len(scope.causes)
        found: bool | None = not decides
        for part in parts:
            value: bool | None = part(scope)
            if value is decides:
                del scope.causes[mark:]
                return decides
            if value is None:
                found = None
        return found

    return run


def negated(part: Run) -> Run:
    """Return `not`: what is unknown stays so."""

    def run(scope: Scope) -> bool | None:
        value: bool | None = part(scope)
        return None if value is None else not value

    return run


def member(name: str) -> Run:
    """Return what gives the membership in another group, which is settled before."""

    def run(scope: Scope) -> bool | None:
        value, causes = scope.members[name]
        scope.causes += causes
        return value

    return run


def tested(left: Run, right: Run, test: Callable[[Any, Any], bool]) -> Run:
    """Return what tells how two values stand to each other."""

    def run(scope: Scope) -> bool | None:
        first, second = left(scope), right(scope)
        return None if first is None or second is None else test(first, second)

    return run


def tested_with(left: Run, second: Any, test: Callable[[Any, Any], bool]) -> Run:
    """Return what tells how a value stands to a constant."""

    def run(scope: Scope) -> bool | None:
        first = left(scope)
        return None if first is None else test(first, second)

    return run


def is_among(reading: Reading) -> Callable[[Any, Iterable[Any]], bool]:
    """Return what tells whether a value is among the items of a list, each read in its way."""
    read = reading.read

    def among(value: Any, items: Iterable[Any]) -> bool:
        return any(read(item) == value for item in items)

    return among


def computed(parts: tuple[Run, ...], compute: Callable[..., Any], words: str) -> Run:
    """Return what computes a value; where there is none, it is unknown."""

    def run(scope: Scope) -> Any:
        values = [part(scope) for part in parts]
        if None in values:
            return None
        try:
            return compute(*values)
        except (ArithmeticError, ValueError) as fault:
            scope.causes.append(Cause(words, f"cannot be calculated ({fault})"))
            return None

    return run


def bounded(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return arithmetic that refuses numbers which are no amounts, as placeholders do."""

    def run(left: float, right: float) -> float:
        found: float = compute(left, right)
        if not abs(found) <= LARGEST_NUMBER:
            raise OverflowError(f"a number beyond {LARGEST_NUMBER:,.0f}")
        return found

    return run


def or_default(value: Run, default: Run) -> Run:
    """Return what gives the default where something is absent; what is wrong stays unknown."""

    def run(scope: Scope) -> Any:
        mark = len(scope.causes)
        found = value(scope)
        if found is not None or any(cause.problem is not None for cause in scope.causes[mark:]):
            return found
        del scope.causes[mark:]
        return default(scope)

    return run
