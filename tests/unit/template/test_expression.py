from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkmerge.errors import (
    DataError,
    InkmergeError,
    InvalidValue,
    LimitExceeded,
    Location,
    MissingValue,
    TemplateSyntax,
    UnsafeTemplate,
)
from inkmerge.limits import Limits
from inkmerge.template.expression import ExpressionCompiler, FieldUse

PLACE = Location("t.svg", 7, "greeting")


def fill(source: str, **values: object) -> str:
    scope = {**values, "recipient": values, "content": {}, "campaign": {}}
    return ExpressionCompiler(Limits(), "en").text(source, PLACE).fill(scope).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ name }}!", "Hi Anna!"),
        ("{{ name|upper }}", "ANNA"),
        ("{{ other|default('you') }}", "you"),
        ("{% if points > 3 %}many{% else %}few{% endif %}", "many"),
        ("{% for x in items %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", "a, b"),
        ("{{ 200 * points / 1000 }}", "1"),
        ("{{ points / 2 }}", "2.5"),
        ("{{ items|join(' + ') }}", "a + b"),
        ("{{ recipient.name }}", "Anna"),
        ("{{ name if points else 'x' }}", "Anna"),
        ("{{ name.upper() }}", "ANNA"),
        ("{{ points|number(2) }}", "5.00"),
        ("{{ 0.256|percent(1) }}", "25.6%"),
        ("{{ 25|money('EUR', 0) }}", "€25"),
        ("{{ '2026-11-23'|date }}", "November 23, 2026"),
        ("{{ '2026-11-23'|date('d MMM', 'de') }}", "23 Nov."),
        ("{{ 'Maria da Silva Santos'|initials }}", "MS"),
        ("{{ 'o’neill mcdonald van der berg'|title_name }}", "O’Neill McDonald van der Berg"),
        ("{{ 'MARÍA-JOSÉ'|title_name }}", "María-José"),
        ("{{ 'MacLeod'|title_name }}", "MacLeod"),
        ("{{ 'Anna'|possessive }} {{ 'James'|possessive }}", "Anna’s James’"),
        ("{{ 'Konstantina'|truncate(5) }}", "Kons…"),
        ("{{ '7*7' }}", "7*7"),
    ],
)
def test_a_placeholder_prints(source: str, expected: str) -> None:
    assert fill(source, name="Anna", points=5, items=["a", "b"]) == expected


def test_values_are_printed_as_they_are_and_never_run() -> None:
    assert fill("{{ name }}", name="{{ 7*7 }}</text><script>") == "{{ 7*7 }}</text><script>"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de-DE", "1.250,5"),
        ("fr", "1\u202f250,5"),
        ("ar-EG", "1,250.5"),
        ("xx-XX", "1,250.5"),
        (None, "1,250.5"),
    ],
)
def test_numbers_are_written_in_the_recipients_locale(locale: str | None, expected: str) -> None:
    values = {"n": 1250.5} | ({"locale": locale} if locale else {})
    assert fill("{{ n|number }}", **values) == expected


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("{{ missing }}", MissingValue),
        ("{% if missing %}{% endif %}", MissingValue),
        ("{{ missing.deeper }}", MissingValue),
        ("{{ none }}", MissingValue),
        ("{{ items }}", InvalidValue),
        ("{{ name / 2 }}", InvalidValue),
        ("{{ 1 / 0 }}", InvalidValue),
        ("{{ name|money('EUR') }}", InvalidValue),
        ("{{ 1|money('Euro') }}", InvalidValue),
        ("{{ name|date }}", InvalidValue),
        ("{% for i in range(100000) %}{% endfor %}", LimitExceeded),
        ("{{ 99999999 * 99999999 * 99999999 }}", LimitExceeded),
    ],
)
def test_what_cannot_be_filled_is_an_error_with_its_place(source: str, kind: type[InkmergeError]) -> None:
    with pytest.raises(kind) as caught:
        fill(source, name="Anna", items=[1], none=None)
    assert caught.value.location == PLACE
    assert pickle.loads(pickle.dumps(caught.value)).code == kind.code  # noqa: S301  our own bytes


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("{{ name.__class__ }}", UnsafeTemplate),
        ("{{ name['__class__'] }}", UnsafeTemplate),
        ("{{ ''|attr('x') }}", UnsafeTemplate),
        ("{{ name|safe }}", UnsafeTemplate),
        ("{{ '%99d'|format(1) }}", UnsafeTemplate),
        ("{{ ''.format(1) }}", UnsafeTemplate),
        ("{{ ''.format_map(x) }}", UnsafeTemplate),
        ("{{ 9**9 }}", UnsafeTemplate),
        ("{% set a = 1 %}", UnsafeTemplate),
        ("{% macro m() %}{% endmacro %}", UnsafeTemplate),
        ("{% include 'x' %}", UnsafeTemplate),
        ("{% extends 'x' %}", UnsafeTemplate),
        ("{{ lipsum() }}", UnsafeTemplate),
        ("{{ cycler(1) }}", UnsafeTemplate),
        ("{{ name|uper }}", TemplateSyntax),
        ("{{ name | }}", TemplateSyntax),
        ("{% if %}", TemplateSyntax),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", LimitExceeded),
        ("{{ " + "+".join(["1"] * 6000) + " }}", LimitExceeded),
    ],
)
def test_what_is_not_allowed_is_refused_when_it_is_compiled(source: str, kind: type[InkmergeError]) -> None:
    with pytest.raises((kind, LimitExceeded)) as caught:
        ExpressionCompiler(Limits(), "en").text(source, PLACE)
    assert caught.value.location.template == "t.svg"


def test_a_syntax_error_names_the_line_in_the_file_and_the_nearest_filter() -> None:
    with pytest.raises(TemplateSyntax) as caught:
        ExpressionCompiler(Limits(), "en").text("a\nb {{ name|uper }}", PLACE)
    assert caught.value.location.line == 8
    assert caught.value.hint == "did you mean 'upper'?"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ a }}{{ content.b.c }}", [(("recipient", "a"), False), (("content", "b", "c"), False)]),
        ("{{ a|default('x') }}", [(("recipient", "a"), True)]),
        ("{% for x in xs %}{{ x.y }}{{ loop.index }}{% endfor %}", [(("recipient", "xs"), False)]),
        ("{% if a is defined %}{{ a }}{% endif %}", [(("recipient", "a"), True)]),
        ("{{ recipient['a b'] }}", [(("recipient", "a b"), False)]),
        ("{{ campaign.code }}", [(("campaign", "code"), False)]),
        ("{{ a.get('b') }}", [(("recipient", "a"), False)]),
        ("{{ content.get(name.upper()) }}", [(("content",), False), (("recipient", "name"), False)]),
    ],
)
def test_fields_are_found_in_the_syntax_tree(
    source: str, expected: list[tuple[tuple[str, ...], bool]]
) -> None:
    found = ExpressionCompiler(Limits(), "en").text(source, PLACE).fields
    assert set(found) == {FieldUse(path, has_default) for path, has_default in expected}


def test_what_placeholders_print_is_noted_for_the_text_alternative() -> None:
    scope = {"a": "Anna", "n": 3.0, "recipient": {}, "content": {}, "campaign": {}}
    assert ExpressionCompiler(Limits(), "en").text("{{ a }} {{ n }}", PLACE).fill(scope).shown == (
        "Anna",
        "3",
    )


@pytest.mark.parametrize(
    ("source", "scopes"),
    [
        ("{{ a }}", [{"a": 1}, {"a": True}, {"a": 1.5}, {"a": "1"}, {"a": "2"}]),
        ("{{ a|default('x') }}", [{}, {"a": "y"}, {"a": ""}]),
        ("{{ a.b|default('x') }}", [{"a": {"b": "y"}}, {"a": {}}, {"a": {"b": "z"}}]),
        ("{{ a.get('b', 'none') }}", [{"a": {"b": "y"}}, {"a": {}}, {"a": {"b": "z"}}]),
        ("{{ a|join('+') }}", [{"a": ["p", "q"]}, {"a": ["p"]}]),
        ("{{ n|number }}", [{"n": 1250.5}, {"n": 1250.5, "locale": "de"}, {"n": 1250.5, "language": "fr"}]),
        ("{{ loop.index }}", [{"loop": {"index": 1}}, {"loop": {"index": 2}}]),
        ("{{ recipient[column] }}", [{"column": "a", "a": "1"}, {"column": "a", "a": "2"}]),
    ],
)
def test_a_filling_that_was_met_before_is_that_of_the_same_values(
    source: str, scopes: list[dict[str, object]]
) -> None:
    text = ExpressionCompiler(Limits(), "en").text(source, PLACE)
    whole = [{**scope, "recipient": scope, "content": {}, "campaign": {}} for scope in scopes]
    fresh = [ExpressionCompiler(Limits(), "en").text(source, PLACE).fill(scope) for scope in whole]
    assert [text.fill(scope) for scope in whole * 2] == fresh * 2


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="{}%|.()'\"ab10+*~ _x,[]=<>", max_size=40))
def test_any_source_is_filled_or_refused(source: str) -> None:
    try:
        fill(source, a="1", b=2)
    except (TemplateSyntax, UnsafeTemplate, LimitExceeded, DataError):
        pass
