from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkmerge.content import Inputs, Values, resolve
from inkmerge.errors import DataError, InvalidValue, LimitExceeded, MissingValue
from inkmerge.limits import Limits
from inkmerge.template.expression import FieldUse
from inkmerge.template.sidecar import FieldSpec


def settle(value: object, **spec: object) -> object:
    recipient = {} if value is None else {"a": value}
    return resolved(recipient, **spec).scope.get("a")


def resolved(recipient: dict[str, object], **spec: object) -> Values:
    uses = (FieldUse(("recipient", "a"), has_default=False),)
    inputs = Inputs.of({"a": FieldSpec.model_validate(spec)} if spec else {}, uses)
    return resolve(recipient, inputs, Limits())


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        ("Anna", {}, "Anna"),
        ("12", {"type": "integer"}, 12),
        ("12.0", {"type": "integer"}, 12),
        ("12.5", {"type": "number"}, 12.5),
        ("yes", {"type": "boolean"}, True),
        ("2026-11-23", {"type": "date"}, date(2026, 11, 23)),
        ("2026-11-23T10:00:00", {"type": "date"}, date(2026, 11, 23)),
        ("red", {"type": "color"}, "#ff0000"),
        ("a|b ; c", {"type": "list"}, ["a", "b", "c"]),
        (None, {"default": "x"}, "x"),
        ("", {"type": "integer", "default": 3}, 3),
        ("é", {"max_length": 1}, "é"),
        ("gold", {"one_of": ["gold"]}, "gold"),
        ("AB-1", {"pattern": r"[A-Z]{2}-\d"}, "AB-1"),
    ],
)
def test_a_value_is_brought_to_its_fields_type(
    value: object, spec: dict[str, object], expected: object
) -> None:
    assert settle(value, **spec) == expected


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        ("3,5", {"type": "number"}),
        ("nan", {"type": "number"}),
        ("9" * 30, {"type": "number"}),
        (float("inf"), {}),
        (10**400, {}),
        ("12.5", {"type": "integer"}),
        ("maybe", {"type": "boolean"}),
        ("2026-13-01", {"type": "date"}),
        ("url(#x)", {"type": "color"}),
        ("red;fill:blue", {"type": "color"}),
        ("Anna", {"max_length": 3}),
        ("bronze", {"one_of": ["gold"]}),
        ("x", {"pattern": r"\d"}),
        ({"b": 1}, {"type": "text"}),
        (object(), {}),
    ],
)
def test_a_value_that_is_not_of_its_field_is_refused(value: object, spec: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        settle(value, **spec)


def test_a_missing_value_names_its_field_and_the_cure() -> None:
    with pytest.raises(MissingValue, match="`a`") as caught:
        resolved({})
    assert "default" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("policy", "code"),
    [("fallback", "missing-value"), ("skip", "recipient-skipped"), ("fail", "value-required")],
)
def test_a_field_says_what_happens_when_its_value_is_missing(policy: str, code: str) -> None:
    with pytest.raises(MissingValue) as caught:
        resolved({}, missing=policy)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("A\u0000n\u0007na", "Anna"),
        ("\u202egnp.exe", "gnp.exe"),
        ("e\u0301", "é"),
        ("a" + "\u0301" * 50, "á" + "\u0301" * 8),
        ("line\r\nbreak\u2028next", "line\nbreak\nnext"),
        ("\ud800x", "x"),
        ("a\u200db", "a\u200db"),
    ],
)
def test_characters_that_cannot_be_set_are_removed(value: str, expected: str) -> None:
    assert settle(value) == expected


def test_what_was_removed_is_reported() -> None:
    assert [finding.code for finding in resolved({"a": "A\u202e"}).findings] == ["value-cleaned"]


def test_values_beyond_the_limits_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        settle("x" * 1_000_000)
    with pytest.raises(LimitExceeded):
        settle(list(range(100_000)))
    deep: object = "x"
    for _ in range(20):
        deep = {"a": deep}
    with pytest.raises(LimitExceeded):
        settle(deep)


def test_what_a_template_does_not_read_is_not_looked_at() -> None:
    unread = {"b": "x" * 1_000_000, "c": [[[[[[[[1]]]]]]]], "content": "none", "d": "\u202e"}
    values = resolved({"a": "Anna"} | unread)
    assert (values.scope["a"], "b" in values.scope, values.findings) == ("Anna", False, ())


def test_a_namespace_that_is_read_by_a_name_from_outside_is_read_as_a_whole() -> None:
    uses = (FieldUse(("recipient",), has_default=False), FieldUse(("content", "x"), has_default=True))
    values = resolve({"a": "1", "b": "\x07", "content": {"x": 2, "y": 3}}, Inputs.of({}, uses), Limits())
    assert values.scope["recipient"] == {"a": "1", "b": ""}
    assert values.scope["content"] == {"x": 2}
    assert [finding.code for finding in values.findings] == ["value-cleaned"]


def test_fields_without_a_value_are_named_whether_they_have_a_default_or_none_is_needed() -> None:
    specs = {"a": FieldSpec(default="x"), "b": FieldSpec(required=False), "c": FieldSpec()}
    inputs = Inputs.of(specs, ())
    assert resolve({"a": " ", "c": "y"}, inputs, Limits()).absent == ("a", "b")


def test_nested_fields_are_checked_where_they_lie() -> None:
    uses = (FieldUse(("content", "price"), has_default=False),)
    inputs = Inputs.of({"content.price": FieldSpec(type="integer")}, uses)
    values = resolve({"content": {"price": "3"}}, inputs, Limits())
    assert values.scope["content"]["price"] == 3
    with pytest.raises(MissingValue, match=r"content\.price"):
        resolve({}, Inputs.of({}, uses), Limits())


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_value_is_settled_or_refused(value: object) -> None:
    try:
        resolved({"a": value})
    except (DataError, LimitExceeded):
        pass
