"""What a target group's expression compares: attributes of recipients and constants, read as values of one kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from inkmerge.content.readings import (
    read_boolean,
    read_date,
    read_integer,
    read_list,
    read_number,
)
from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.template.sidecar import FieldType

Kind = Literal["text", "number", "date", "boolean", "list", "days", "attribute"]
"""What an operand's values are; an `attribute` without a declared type becomes what stands opposite to it."""
_LONGEST_SHOWN: Final = 24


class Cause(NamedTuple):
    """Why something is unknown.

    Attributes:
        subject: The attribute's name, or the words of a calculation.
        problem: What is wrong with its value; None when it is absent.
    """

    subject: str
    problem: str | None


class Scope:
    """One evaluation: whose attributes are read, on which day, and why something is unknown so far.

    What returns None has noted a cause; what returns a value leaves none behind.

    Attributes:
        recipient: The attributes.
        today: The day.
        causes: Why something is unknown.
        members: Membership in the groups that the expression names, and why it is unknown.
    """

    __slots__ = ("causes", "members", "recipient", "today")

    def __init__(self, recipient: Mapping[str, Any], today: date) -> None:
        self.recipient = recipient
        self.today = today
        self.causes: list[Cause] = []
        self.members: dict[str, tuple[bool | None, tuple[Cause, ...]]] = {}

    def settle(self, name: str, condition: Run) -> None:
        """Find out the membership in a group that the expression names."""
        value = condition(self)
        # each cause once: groups that name others over and over would double them with every step
        self.members[name] = value, tuple(dict.fromkeys(self.causes))
        self.causes.clear()


Run = Callable[[Scope], Any]
"""A compiled operand: the value, or None when it is unknown."""


class _Unset:
    """The constant of what is none."""


UNSET: Final = _Unset()


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of an operator, compiled.

    Attributes:
        kind: What its values are.
        run: Gives the value; of an `attribute`, use `typed`.
        words: What stands for it in messages.
        constant: The value where it is the same for everybody, else `UNSET`.
        path: The names of the attribute that it is, or None.
        typed: Gives the closure that reads an `attribute` as another kind.
    """

    kind: Kind
    run: Run
    words: str
    constant: object = UNSET
    path: tuple[str, ...] | None = None
    typed: Callable[[Kind], Run] | None = None

    def read_as(self, kind: Kind) -> Operand | None:
        """Return this as values of a kind, or None when it cannot be one."""
        if self.kind == kind:
            return self
        if self.typed is not None and kind in READINGS:
            return Operand(kind, self.typed(kind), self.words)
        if self.constant is not UNSET and kind in READINGS and isinstance(self.constant, str | int | float):
            value = READINGS[kind].read(self.constant)
            return None if value is None or kind == "list" else constant(value, kind, self.words)
        return None


class Reading(NamedTuple):
    """How values of one kind are read.

    Attributes:
        read: Gives the value, or None when it is no such.
        wanted: The kind in words, with its article of negation: ``no number``.
        is_blank_absent: Whether a text of spaces says as little as none.
    """

    read: Callable[[Any], Any]
    wanted: str
    is_blank_absent: bool = True


def constant(value: object, kind: Kind, words: str) -> Operand:
    """Return an operand that is the same for everybody."""
    return Operand(kind, lambda _: value, words, value)


def attribute(path: tuple[str, ...], declared: FieldType | None) -> Operand:
    """Return the attribute at a path, of its declared type where it has one."""
    words = ".".join(path)
    if declared is None:
        return Operand(
            "attribute", raw(path), words, path=path, typed=lambda kind: _reader(path, READINGS[kind])
        )
    kind, reading = DECLARED[declared]
    return Operand(kind, _reader(path, reading), words, path=path)


def raw(path: tuple[str, ...]) -> Run:
    """Return what gives an attribute as it came; None when it is absent."""
    if len(path) == 1:
        name = path[0]
        return lambda scope: scope.recipient.get(name)

    def run(scope: Scope) -> Any:
        value: Any = scope.recipient
        for name in path:
            if not isinstance(value, dict | MappingProxyType):
                return None
            value = value.get(name)
        return value

    return run


def is_blank(value: object) -> bool:
    """Tell whether a value is absent, a text of nothing but spaces, or an empty list."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, list | tuple | dict) and not value


def _reader(path: tuple[str, ...], reading: Reading) -> Run:
    fetch, name = raw(path), ".".join(path)
    read, wanted, is_blank_absent = reading

    def run(scope: Scope) -> Any:
        value = fetch(scope)
        if value is None or (is_blank_absent and isinstance(value, str) and not value.strip()):
            scope.causes.append(Cause(name, None))
            return None
        found = read(value)
        if found is None:
            scope.causes.append(Cause(name, f"is {_shown(value)}, which is {wanted}"))
        return found

    return run


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) > 10**_LONGEST_SHOWN:
        return "a huge number"
    if not isinstance(value, str | int | float | date):
        return f"a {type(value).__name__}"
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value if len(value) <= DEFAULT_LIMITS.text_length else None
    if isinstance(value, date):  # a moment is one too
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    number = read_number(value)
    if number is None:
        return None
    return str(int(number) if isinstance(number, float) and number.is_integer() else number)


def _list(value: object) -> list[Any] | None:
    found = list(value) if isinstance(value, tuple) else read_list(value)
    return found if found is not None and len(found) <= DEFAULT_LIMITS.repeat else None


_TEXT: Final = Reading(
    _text, f"no text of at most {DEFAULT_LIMITS.text_length:,} characters", is_blank_absent=False
)
_NUMBER: Final = Reading(read_number, "no number such as 1250 or 12.5")
_LIST: Final = Reading(_list, f"no list of at most {DEFAULT_LIMITS.repeat:,} items", is_blank_absent=False)
_BOOLEAN: Final = Reading(read_boolean, "neither yes nor no")
_DATE: Final = Reading(read_date, "no date such as 2026-11-23")
READINGS: Final[dict[Kind, Reading]] = {
    "text": _TEXT,
    "number": _NUMBER,
    "boolean": _BOOLEAN,
    "date": _DATE,
    "list": _LIST,
}
DECLARED: Final[dict[FieldType, tuple[Kind, Reading]]] = {
    "text": ("text", _TEXT),
    "color": ("text", _TEXT),
    "image": ("text", _TEXT),
    "number": ("number", _NUMBER),
    "integer": ("number", Reading(read_integer, "no whole number")),
    "boolean": ("boolean", _BOOLEAN),
    "date": ("date", _DATE),
    "list": ("list", _LIST),
}
