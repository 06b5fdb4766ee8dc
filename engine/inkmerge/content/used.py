"""`Values` → one digest of what a template reads of them: equal digests, equal images."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from inkmerge.content.values import Values
from inkmerge.template.expression import FieldUse

_LOCALE: Final = (("recipient", "locale"), ("recipient", "language"))
"""What filters and hyphenation read of every recipient, whether or not the template names it."""


def used_digest(values: Values, uses: Iterable[FieldUse]) -> bytes:
    """Return a SHA-256 over the values that placeholders can reach, by their paths.

    A path that names a whole namespace, as `{{ recipient[column] }}` does, reads all of it.
    """
    paths = sorted({use.path for use in uses} | set(_LOCALE))
    found = [[".".join(path), _reached(values.scope, path)] for path in paths]
    return hashlib.sha256(json.dumps(found, sort_keys=True, default=plain).encode()).digest()


def plain(value: object) -> dict[str, str]:
    """Write what JSON has no form for so that it equals nothing but itself."""
    return {type(value).__name__: str(value)}


def _reached(scope: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return the value at a path, or the plain value on the way to it, whose items the placeholder reads."""
    found: Any = scope
    for name in path:
        if not isinstance(found, Mapping):
            break
        found = found.get(name)
    return found
