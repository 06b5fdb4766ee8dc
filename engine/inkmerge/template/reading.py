"""Fields that something reads → the values that it then depends on: equal values, equal outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from inkmerge.template.expression import FieldUse

LONGEST: Final = 500
"""Characters of a value that is worth remembering."""


class _Absent:
    """Stands for what is not there."""


_PLAIN: Final = frozenset((int, bool, date, type(None), _Absent))
_LOCALE: Final = (("locale", ()), ("language", ()))
_ABSENT: Final = _Absent()


class Paths:
    """What some texts read of a scope.

    Args:
        uses: The fields that they name.
        has_locale: Whether `locale` and `language` count, which filters read, and which texts are set by.
    """

    def __init__(self, uses: Iterable[FieldUse], *, has_locale: bool = True) -> None:
        self._paths = tuple(dict.fromkeys((*map(_path, uses), *(_LOCALE if has_locale else ()))))

    def places_of(self, uses: Iterable[FieldUse]) -> tuple[int, ...]:
        """Return where in `values_of` the values stand that one of the texts reads, those of the locale too."""
        return tuple(map(self._paths.index, dict.fromkeys((*map(_path, uses), *_LOCALE))))

    def values_of(self, scope: Mapping[str, Any]) -> tuple[object, ...]:
        """Return the values in a scope, to be compared with those in another one; None for one that is long, a list or the like.

        What is absent differs from what is there and None, and 1 from 1.0 and from yes.
        """
        if "loop" in scope:  # the names of a loop hide those of the recipient
            return (None,) * max(1, len(self._paths))
        found: list[object] = []
        for first, rest in self._paths:
            value = scope.get(first, _ABSENT)
            stop = ""
            for name in rest:
                if value.__class__ is not dict:  # what is read is its own, or an error
                    stop = name
                    break
                value = value.get(name, _ABSENT)
            kind = value.__class__
            if kind is str:
                comparable = value if len(value) <= LONGEST else None
            elif kind in _PLAIN:
                comparable = (kind, value)
            elif kind is float:
                comparable = (kind, repr(value))  # which tells 0.0 from -0.0
            else:
                comparable = None
            found.append((comparable, stop) if stop and comparable is not None else comparable)
        return tuple(found)


def _path(use: FieldUse) -> tuple[str, tuple[str, ...]]:
    path = use.path[1:] if use.path[0] == "recipient" else use.path
    return (path[0], path[1:]) if path else ("recipient", ())
