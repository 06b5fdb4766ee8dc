"""A recipient → `Values`: what placeholders read, cleaned and checked against the fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple, Self

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
_SPACES: Final = ("recipient", "content", "campaign")
_LOCALE: Final = (("recipient", "locale"), ("recipient", "language"))
"""What filters and hyphenation read of every recipient, whether or not the template names it."""
_TEXTS: Final = frozenset(("text", "image"))
_POLICY_CODES: Final = {"fallback": MissingValue.code, "skip": RECIPIENT_SKIPPED, "fail": VALUE_REQUIRED}


class Values(NamedTuple):
    """What placeholders read.

    Attributes:
        scope: Names for Jinja: the recipient's attributes, and `recipient`, `content`, `campaign`.
        used: The values of the fields that the template reads, by dotted path.
        absent: The fields of which the recipient brings none.
        findings: What was cleaned.
    """

    scope: Mapping[str, Any]
    used: Mapping[str, Any]
    absent: tuple[str, ...]
    findings: tuple[Finding, ...]


class Input(NamedTuple):
    """One field of a template.

    Attributes:
        space: Its namespace.
        parents: What it lies in, in the namespace.
        last: Its own name; empty for the whole namespace.
        name: The dotted path without `recipient.`.
        spec: What the sidecar says of it, or None.
        is_optional: Whether the template does without it.
        longest: Characters up to which a text is taken as it is; 0 for a field that has to be looked at.
    """

    space: str
    parents: tuple[str, ...]
    last: str
    name: str
    spec: FieldSpec | None
    is_optional: bool
    longest: float


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a template reads of a recipient, worked out once.

    Attributes:
        fields: Its fields, in order of first use, then those that only the sidecar names.
        reached: The paths that placeholders and filters can reach, sorted, each behind its dotted form.
        names: By namespace, what of it is read; None where all of it may be, as `{{ recipient[column] }}` does.
    """

    fields: tuple[Input, ...]
    reached: tuple[tuple[str, tuple[str, ...]], ...]
    names: Mapping[str, tuple[str, ...] | None]

    @classmethod
    def of(
        cls, fields: Mapping[str, FieldSpec], uses: Sequence[FieldUse], written: Iterable[FieldUse] = ()
    ) -> Self:
        """Work it out.

        Args:
            fields: What the sidecar says of fields, by dotted path without `recipient.`.
            uses: What the template reads.
            written: What stands in placeholders, names of loops too.
        """
        has_default = {use.path: True for use in uses}
        for use in uses:
            has_default[use.path] = has_default[use.path] and use.has_default
        found = []
        own = dict.fromkeys((*has_default, *(_path(name) for name in fields)))
        for path in own:
            name = ".".join(path[1:] if path[0] == "recipient" else path)
            place = path[0], path[1:-1], "".join(path[1:][-1:])
            spec = fields.get(name)
            found.append(Input(*place, name, spec, has_default.get(path, True), _longest(place, spec)))
        reached = sorted({use.path for use in uses} | set(_LOCALE))
        paths = (*reached, *own, *(use.path for use in written))
        return cls(
            tuple(found),
            tuple((".".join(path), path) for path in reached),
            {space: _names(space, paths) for space in _SPACES},
        )


def _longest(place: tuple[str, tuple[str, ...], str], spec: FieldSpec | None) -> float:
    _, parents, last = place
    if parents or not last:
        return 0
    if spec is None:
        return math.inf
    is_free = spec.type in _TEXTS and spec.pattern is None and spec.one_of is None
    return 0 if not is_free else math.inf if spec.max_length is None else spec.max_length


def _names(space: str, paths: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the first names of the paths in a namespace; None where one is the namespace itself."""
    own = [path[1:2] for path in paths if path[0] == space]
    return None if () in own else tuple(dict.fromkeys(name for (name,) in own))


def resolve(recipient: Mapping[str, Any], inputs: Inputs, limits: Limits) -> Values:
    """Clean and check what a template reads of what a recipient brings; nothing else is looked at.

    Args:
        recipient: Attributes by name; `content` and `campaign` are namespaces of their own.
        inputs: What the template reads.
        limits: How long values may be.

    Raises:
        MissingValue: A field has neither a value nor a default.
        InvalidValue: A value is not of its field's type, or not as the field wants it.
        LimitExceeded: A value is too long.
    """
    findings: list[Finding] = []
    cleaner = _Cleaner(limits, findings)
    own = cleaner.space("", recipient, inputs.names["recipient"])
    spaces = {space: cleaner.space(space, recipient.get(space), inputs.names[space]) for space in _SPACES}
    spaces["recipient"] = own | spaces["recipient"]
    used: dict[str, Any] = {}
    absent = []
    for one in inputs.fields:
        value = spaces[one.space].get(one.last)
        if value.__class__ is str and 0 < len(value) <= one.longest and not value.isspace():
            used[one.name] = value  # as most are
        elif not _settle(spaces, one, used):
            absent.append(one.name)
    return Values({**spaces["recipient"], **spaces}, used, tuple(absent), tuple(findings))


def _path(name: str) -> tuple[str, ...]:
    parts = tuple(name.split("."))
    return parts if parts[0] in NAMESPACES else ("recipient", *parts)


def _settle(spaces: dict[str, dict[str, Any]], one: Input, used: dict[str, Any]) -> bool:
    """Check one field, and put its checked value (or its default) where placeholders find it; tell whether it has a value."""
    space, parents, last, name, spec, is_optional, _ = one
    into: Any = spaces[space]
    if not last:  # all of the namespace
        return True
    for parent in parents:
        if not isinstance(into, dict):
            return True
        if parent not in into and spec is not None and spec.default is not None:
            into[parent] = {}
        into = into.get(parent)
        if into is None:
            break
    if into is not None and not isinstance(into, dict):
        return True  # a method or an item of a plain value: the placeholder's own matter
    value = None if into is None else into.get(last)
    if into is not None and not is_absent(value, "text" if spec is None else spec.type):
        used[name] = into[last] = value if spec is None else _checked(name, value, spec)
        return True
    if spec is not None and spec.default is not None and into is not None:
        used[name] = into[last] = spec.default
    elif not is_optional or (spec is not None and spec.required is True):
        raise _missing(name, spec)
    return False


def is_absent(value: Any, kind: str) -> bool:
    """Tell whether a value of a field of some type says as little as none; a cell of spaces does.

    The empty text is a value that a text field may have.
    """
    if isinstance(value, str):
        return kind != "text" if value == "" else not value.strip()
    return value is None


def _missing(name: str, spec: FieldSpec | None) -> MissingValue:
    return MissingValue(
        f"the template needs `{name}`, which the recipient lacks",
        code=_POLICY_CODES[spec.missing if spec is not None else "fallback"],
        hint=f"add the attribute, or a default in the sidecar: [fields.{name}] default = …",
    )


def _invalid(name: str, value: object, wanted: str, weight: float = 0.0) -> InvalidValue:
    shown = str(value)
    shown = shown if len(shown) <= 24 else shown[:24] + "…"
    return InvalidValue(
        f"`{name}` is {shown!r}, which is no {wanted}",
        hint=f"correct the value, or the field [fields.{name}]",
        weight=weight,
    )


def _checked(name: str, value: Any, spec: FieldSpec) -> Any:
    found = _coerced(name, value, spec)
    if isinstance(found, str):
        most = spec.max_length
        if most is not None and len(found) > most and (length := len(grapheme_clusters(found))) > most:
            raise _invalid(name, found, f"text of at most {most} characters", length / max(most, 1) - 1)
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

    def space(self, name: str, values: Any, wanted: Iterable[str] | None) -> dict[str, Any]:
        """Return what is wanted of a namespace, cleaned; None wants all of it."""
        if values is None or wanted == ():
            return {}
        if not isinstance(values, Mapping):
            raise InvalidValue(f"`{name}` holds no attributes", hint=f"give `{name}` as an object")
        if wanted is None:
            found = self._few(name, values.items()) if name else values.items()
        else:
            found = [(one, values[one]) for one in wanted if one in values]
        cleaned = {}
        for one, value in found:
            if not name and (value is None or one in NAMESPACES):  # attributes lie beside the namespaces
                continue
            if not self._is_clean(value):
                value = self.value(f"{name}.{one}" if name else str(one), value, 1 if name else 0)  # noqa: PLW2901
            cleaned[str(one)] = value
        return cleaned

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
                str(key): one
                if depth < _DEPTH and self._is_clean(one)
                else self.value(f"{name}.{key}", one, depth + 1)
                for key, one in self._few(name, value.items())
            }
        if isinstance(value, list | tuple):
            return [self.value(name, one, depth + 1) for one in self._few(name, value)]
        raise InvalidValue(
            f"`{name}` is a {type(value).__name__}",
            hint="give text, numbers, dates, yes or no, lists and objects",
        )

    def _is_clean(self, value: Any) -> bool:
        """Tell whether a value is a plain text with nothing to clean, as most are."""
        return (
            value.__class__ is str
            and value.isascii()
            and value.isprintable()
            and len(value) <= self.limits.text_length
        )

    def _few(self, name: str, items: Any) -> Any:
        if len(items) > self.limits.repeat:
            raise LimitExceeded(f"`{name}` has {len(items):,} items, allowed are {self.limits.repeat:,}")
        return items

    def _text(self, name: str, value: str) -> str:
        longest = self.limits.image_bytes * 2 if value.startswith("data:") else self.limits.text_length
        if len(value) > longest:
            raise LimitExceeded(
                f"`{name}` has {len(value):,} characters, allowed are {longest:,}",
                hint="shorten the value",
                weight=len(value) / max(longest, 1) - 1,
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
                    len(value) - len(cleaned),
                )
            )
        return cleaned
