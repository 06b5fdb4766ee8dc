"""`Values` → one digest of what a template reads of them: equal digests, equal images."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from inkmerge.content.values import Inputs, Values

_SIMPLE: Final = frozenset((str, int, float, bool, type(None)))
"""Types whose values `repr` tells apart, from those of the others too."""


def used_digest(values: Values, inputs: Inputs) -> bytes:
    """Return a SHA-256 over the values that placeholders can reach, by their paths.

    A path that names a whole namespace, as `{{ recipient[column] }}` does, reads all of it.
    """
    found = [_reached(values.scope, path) for _, path in inputs.reached]
    if _SIMPLE.issuperset(map(type, found)):  # as most are; JSON takes three times as long
        return hashlib.sha256(repr(found).encode("utf-8", "surrogatepass")).digest()
    named = [[name, one] for (name, _), one in zip(inputs.reached, found, strict=True)]
    return hashlib.sha256(_encode(named).encode()).digest()


def plain(value: object) -> dict[str, str]:
    """Write what JSON has no form for so that it equals nothing but itself."""
    return {type(value).__name__: str(value)}


_encode: Final = json.JSONEncoder(sort_keys=True, default=plain).encode


def _reached(scope: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return the value at a path, or the plain value on the way to it, whose items the placeholder reads."""
    found: Any = scope
    for name in path:
        if found.__class__ is not dict and not isinstance(found, Mapping):
            break
        found = found.get(name)
    return found
