"""`var()` → the values of custom properties, with their fallbacks: https://www.w3.org/TR/css-variables-1/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import tinycss2

_LONGEST: Final = 10_000
"""Characters of a substituted value: custom properties that double each other would grow without end."""
_DEEPEST: Final = 50

Properties = Mapping[str, str]


def inherit(declared: Properties, inherited: Properties) -> Properties:
    """Return an element's custom properties: its parent's, and its own with `var()` in them resolved.

    Properties that refer to themselves, or to none, have no value: https://www.w3.org/TR/css-variables-1/#cycles.
    """
    if not declared:
        return inherited
    found = dict(inherited)
    for name in declared:
        value = _resolved(name, declared, inherited, ())
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def _resolved(
    name: str, declared: Properties, inherited: Properties, open_names: tuple[str, ...]
) -> str | None:
    if name in open_names or len(open_names) > _DEEPEST:
        return None
    if name not in declared:
        return inherited.get(name)
    value = declared[name]
    if "var(" not in value.lower():
        return value
    inner = {
        other: found
        for other in _names(tinycss2.parse_component_value_list(value))
        if (found := _resolved(other, declared, inherited, (*open_names, name))) is not None
    }
    return substitute(value, inner)


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
