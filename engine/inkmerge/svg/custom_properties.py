"""`var()` → the values of custom properties, with their fallbacks: https://www.w3.org/TR/css-variables-1/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import tinycss2

_LONGEST: Final = 10_000
"""Characters of a substituted value: custom properties that double each other would grow without end."""
_DEEPEST: Final = 50

Properties = Mapping[str, str]


def inherit(declared: Properties, inherited: Properties) -> tuple[Properties, tuple[str, ...]]:
    """Return an element's custom properties, and the names of those that refer to themselves.

    The properties are its parent's, and its own with `var()` in them resolved. Properties that refer to themselves, or to none, have no value: https://www.w3.org/TR/css-variables-1/#cycles.
    """
    if not declared:
        return inherited, ()
    resolver = _Resolver(declared, inherited)
    found = dict(inherited)
    for name in declared:
        value = resolver.value(name)
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found, tuple(resolver.cyclic)


class _Resolver:
    """The custom properties of one element, each resolved once."""

    def __init__(self, declared: Properties, inherited: Properties) -> None:
        self._declared = declared
        self._inherited = inherited
        self._known: dict[str, str | None] = {}
        self._open: list[str] = []
        self.cyclic: dict[str, None] = {}

    def value(self, name: str) -> str | None:
        """Return the value of a property, or None when it has none."""
        if name not in self._declared:
            return self._inherited.get(name)
        if name in self._open or len(self._open) > _DEEPEST:
            return None
        if name not in self._known:
            self._open.append(name)
            self._known[name] = self._resolve(self._declared[name])
            self._open.pop()
        return self._known[name]

    def _resolve(self, value: str) -> str | None:
        if "var(" not in value.lower():
            return value
        names = dict.fromkeys(_names(tinycss2.parse_component_value_list(value)))
        if any(one in self._open for one in names):
            self.cyclic |= {one: None for one in names if one in self._open}
            return None
        return substitute(value, {one: found for one in names if (found := self.value(one)) is not None})


def substitute(value: str, properties: Properties) -> str | None:
    """Put the values of custom properties in the places of `var()`; None when one has neither value nor fallback."""
    found = _substituted(tinycss2.parse_component_value_list(value), properties, 0)
    return None if found is None or len(found) > _LONGEST else found.strip()


def _substituted(tokens: Iterable[Any], properties: Properties, depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    parts: list[str] = []
    for token in tokens:
        if token.type == "function" and token.lower_name == "var":
            part = _variable(token.arguments, properties, depth)
        elif token.type == "function":
            inner = _substituted(token.arguments, properties, depth + 1)
            part = None if inner is None else f"{token.name}({inner})"
        else:
            part = token.serialize()
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _variable(arguments: list[Any], properties: Properties, depth: int) -> str | None:
    named = [token for token in arguments if token.type not in {"whitespace", "comment"}]
    if not named or named[0].type != "ident" or not named[0].value.startswith("--"):
        return None
    value = properties.get(named[0].value)
    if value is not None:
        return value
    place = next(
        (place for place, part in enumerate(arguments) if part.type == "literal" and part.value == ","), None
    )
    return None if place is None else _substituted(arguments[place + 1 :], properties, depth + 1)


def _names(tokens: Iterable[Any]) -> Iterable[str]:
    for token in tokens:
        if token.type != "function":
            continue
        if token.lower_name == "var":
            yield from (
                one.value for one in token.arguments if one.type == "ident" and one.value.startswith("--")
            )
        yield from _names(token.arguments)
