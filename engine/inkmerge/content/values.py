"""A recipient → `Values`: what placeholders read, cleaned and checked against the fields."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from inkmerge.content.cleaning import clean
from inkmerge.content.readings import read_boolean, read_date, read_integer, read_list, read_number
from inkmerge.errors import (
    RECIPIENT_SKIPPED,
    VALUE_REQUIRED,
    Finding,
    InvalidValue,
    LimitExceeded,
    Location,
    MissingValue,
    Severity,
)
from inkmerge.limits import Limits
from inkmerge.svg.colors import parse_color
from inkmerge.template.expression import NAMESPACES, FieldUse
from inkmerge.template.sidecar import FieldSpec
from inkmerge.text.segmentation import grapheme_clusters

_DEPTH: Final = 6
_POLICY_CODES: Final = {"fallback": MissingValue.code, "skip": RECIPIENT_SKIPPED, "fail": VALUE_REQUIRED}


@dataclass(frozen=True, slots=True)
class Values:
    """What placeholders read.

    Attributes:
        scope: Names for Jinja: the recipient's attributes, and `recipient`, `content`, `campaign`.
        used: The values of the fields that the template reads, by dotted path.
        findings: What was cleaned.
    """

    scope: Mapping[str, Any]
    used: Mapping[str, Any]
    findings: tuple[Finding, ...]


def resolve(
    recipient: Mapping[str, Any], fields: Mapping[str, FieldSpec], uses: Sequence[FieldUse], limits: Limits
) -> Values:
    """Clean and check what a recipient brings.

    Args:
        recipient: Attributes by name; `content` and `campaign` are namespaces of their own.
        fields: What the sidecar says of fields, by dotted path without `recipient.`.
        uses: What the template reads.
        limits: How long values may be.

    Raises:
        MissingValue: A field has neither a value nor a default.
        InvalidValue: A value is not of its field's type, or not as the field wants it.
        LimitExceeded: A value is too long.
    """
    findings: list[Finding] = []
    cleaner = _Cleaner(limits, findings)
    cleaned = {
        str(name): cleaner.value(str(name), value, 0)
        for name, value in recipient.items()
        if value is not None
    }
    spaces: dict[str, dict[str, Any]] = {
        "recipient": {name: value for name, value in cleaned.items() if name not in NAMESPACES},
        "content": _mapping("content", cleaned),
        "campaign": _mapping("campaign", cleaned),
    }
    spaces["recipient"].update(_mapping("recipient", cleaned))
    has_default = {use.path: True for use in uses}
    for use in uses:
        has_default[use.path] = has_default[use.path] and use.has_default
    paths = dict.fromkeys((*has_default, *(_path(name) for name in fields)))
    used: dict[str, Any] = {}
    for path in paths:
        name = ".".join(path[1:] if path[0] == "recipient" else path)
        spec = fields.get(name)
        value = _settle(spaces, path, spec, is_optional=has_default.get(path, True), name=name)
        if value is not None:
            used[name] = value
    return Values({**spaces["recipient"], **spaces}, used, tuple(findings))


def _path(name: str) -> tuple[str, ...]:
    parts = tuple(name.split("."))
    return parts if parts[0] in NAMESPACES else ("recipient", *parts)


def _mapping(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found = values.get(name, {})
    if not isinstance(found, dict):
        raise InvalidValue(f"`{name}` holds no attributes", hint=f"give `{name}` as an object")
    return dict(found)


def _settle(
    spaces: dict[str, dict[str, Any]],
    path: tuple[str, ...],
    spec: FieldSpec | None,
    *,
    is_optional: bool,
    name: str,
) -> Any:
    """Check one field, put its checked value (or its default) where placeholders find it, and return it."""
    into: Any = spaces[path[0]]
    *parents, last = path[1:] or (None,)
    if last is None:
        return None
    for parent in parents:
        if not isinstance(into, dict):
            return None
        if parent not in into and spec is not None and spec.default is not None:
            into[parent] = {}
        into = into.get(parent)
        if into is None:
            break
    if into is not None and not isinstance(into, dict):
        return None  # a method or an item of a plain value: the placeholder's own matter
    value = None if into is None else into.get(last)
    # a cell of spaces says as little as none; the empty text is a value that a text field may have
    is_blank = isinstance(value, str) and value != "" and not value.strip()
    is_absent = value is None or is_blank or (value == "" and spec is not None and spec.type != "text")
    if not is_absent:
        checked = value if spec is None else _checked(name, value, spec)
        if into is not None:
            into[last] = checked
        return checked
    if spec is not None and spec.default is not None and into is not None:
        into[last] = spec.default
        return spec.default
    if is_optional and (spec is None or spec.required is not True):
        return None
    raise _missing(name, spec)


def _missing(name: str, spec: FieldSpec | None) -> MissingValue:
    return MissingValue(
        f"the template needs `{name}`, which the recipient lacks",
        code=_POLICY_CODES[spec.missing if spec is not None else "fallback"],
        hint=f"add the attribute, or a default in the sidecar: [fields.{name}] default = …",
    )


def _invalid(name: str, value: object, wanted: str) -> InvalidValue:
    shown = str(value)
    shown = shown if len(shown) <= 24 else shown[:24] + "…"
    return InvalidValue(
        f"`{name}` is {shown!r}, which is no {wanted}",
        hint=f"correct the value, or the field [fields.{name}]",
    )


def _checked(name: str, value: Any, spec: FieldSpec) -> Any:
    found = _coerced(name, value, spec)
    if isinstance(found, str):
        if spec.max_length is not None and len(grapheme_clusters(found)) > spec.max_length:
            raise _invalid(name, found, f"text of at most {spec.max_length} characters")
        if spec.pattern is not None and re.fullmatch(spec.pattern, found) is None:
            raise _invalid(name, found, f"text of the form {spec.pattern!r}")
    if spec.one_of is not None and found not in spec.one_of:
        raise _invalid(name, found, "one of " + ", ".join(map(str, spec.one_of)))
    return found


def _coerced(name: str, value: Any, spec: FieldSpec) -> Any:
    match spec.type:
        case "text" | "image":
            if isinstance(value, list | dict):
                raise _invalid(name, type(value).__name__, "text")
            return value if isinstance(value, str) else str(value)
        case "number":
            return _read(read_number(value), name, value, "number such as 1250 or 12.5")
        case "integer":
            return _read(read_integer(value), name, value, "whole number")
        case "boolean":
            return _read(read_boolean(value), name, value, "yes or no")
        case "date":
            return _read(read_date(value), name, value, "date such as 2026-11-23")
        case "color":
            if not isinstance(value, str) or (color := parse_color(value)) is None:
                raise _invalid(name, value, "colour")
            return value.strip() if color.alpha < 1 else color.hex
        case "list":
            return _read(read_list(value), name, value, "list")
    return value


def _read(found: Any, name: str, value: object, wanted: str) -> Any:
    if found is None:
        raise _invalid(name, value, wanted)
    return found


@dataclass(slots=True)
class _Cleaner:
    limits: Limits
    findings: list[Finding]

    def value(self, name: str, value: Any, depth: int) -> Any:
        """Return a value with its texts cleaned, however deep they are."""
        if depth > _DEPTH:
            raise LimitExceeded(f"`{name}` is nested deeper than {_DEPTH} levels")
        if isinstance(value, str):
            return self._text(name, value)
        if isinstance(value, Decimal):
            return float(value)
        if value is None or isinstance(value, bool | int | date):
            if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 64:
                raise InvalidValue(f"`{name}` is a number of more than 64 bits", hint="give it as text")
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise InvalidValue(f"`{name}` is {value}, which is no number", hint="leave the attribute out")
            return value
        if isinstance(value, Mapping):
            return {
                str(key): self.value(f"{name}.{key}", one, depth + 1)
                for key, one in self._few(name, value.items())
            }
        if isinstance(value, list | tuple):
            return [self.value(name, one, depth + 1) for one in self._few(name, value)]
        raise InvalidValue(
            f"`{name}` is a {type(value).__name__}",
            hint="give text, numbers, dates, yes or no, lists and objects",
        )

    def _few(self, name: str, items: Any) -> Any:
        if len(items) > self.limits.repeat:
            raise LimitExceeded(f"`{name}` has {len(items):,} items, allowed are {self.limits.repeat:,}")
        return items

    def _text(self, name: str, value: str) -> str:
        longest = self.limits.image_bytes * 2 if value.startswith("data:") else self.limits.text_length
        if len(value) > longest:
            raise LimitExceeded(
                f"`{name}` has {len(value):,} characters, allowed are {longest:,}", hint="shorten the value"
            )
        cleaned = clean(value, self.limits.combining_marks)
        if len(cleaned) < len(value) and cleaned.replace("\n", "") != value.replace("\r", "").replace(
            "\n", ""
        ):
            self.findings.append(
                Finding(
                    "value-cleaned",
                    Severity.WARNING,
                    f"{len(value) - len(cleaned)} characters that cannot be set were removed from `{name}`",
                    Location(),
                    "remove control characters and text-direction overrides at the source",
                )
            )
        return cleaned
