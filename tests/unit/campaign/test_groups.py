from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkmerge.campaign.group_operands import Scope
from inkmerge.campaign.group_syntax import GROUP_SYNTAX
from inkmerge.campaign.groups import GROUP_UNKNOWN, GROUP_VALUE_INVALID, Group, compile_groups
from inkmerge.errors import InkmergeError, LimitExceeded, Location, TemplateSyntax
from inkmerge.template.sidecar import FieldType

TODAY = date(2026, 11, 26)  # a Thursday


def value_of(
    source: str, recipient: Mapping[str, Any], types: Mapping[str, FieldType] | None = None
) -> bool | None:
    return Group.compile("g", source, types).evaluate(recipient, TODAY).value


def fault_of(source: str, types: Mapping[str, FieldType] | None = None) -> InkmergeError:
    with pytest.raises(InkmergeError) as caught:
        Group.compile("german", source, types, Location("inkmerge.toml", 7))
    return caught.value


def test_the_example_of_the_guide_has_members_others_and_unknown_ones() -> None:
    group = Group.compile("german", 'country == "DE" and points >= 1000 and not (tier is empty)')
    anna = {"country": "DE", "points": "1200", "tier": "gold"}
    assert group.attributes == ("country", "points", "tier")
    assert group.evaluate(anna, TODAY).is_member
    assert group.evaluate(anna | {"tier": " "}, TODAY).value is False
    assert group.evaluate(anna | {"points": "900"}, TODAY).value is False
    assert group.evaluate({"points": "1200", "tier": "gold"}, TODAY).value is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("country == 'DE'", None),
        ("not (country == 'DE')", None),
        ("country != 'DE'", None),
        ("country in ['DE', 'AT']", None),
        ("country not in ['DE', 'AT']", None),
        ("country not in []", True),
        ("country is matching('D%')", None),
        ("not (country is containing('D'))", None),
        ("newsletter", None),
        ("not newsletter", None),
        ("1 < points < 3", None),
        ("5 < points < 3", None),
        ("points + 1 > 0", None),
        ("false and newsletter", False),
        ("newsletter and false", False),
        ("true or newsletter", True),
        ("newsletter or true", True),
        ("false or newsletter", None),
        ("country is empty", True),
        ("country is not empty", False),
        ("country is defined", False),
        ("country|default('DE') == 'DE'", True),
        ("country|lower|default('de') == 'de'", True),
        ("country|default(region)|default('DE') == 'DE'", True),
        ("(points + bonus)|default(0) == 0", True),
        ("(newsletter and vip)|default(false)", False),
        ("birthday > date('2000-01-01')", None),
        ("'golf' in interests", None),
    ],
)
def test_what_is_absent_stays_unknown_until_something_decides(source: str, *, expected: bool | None) -> None:
    assert value_of(source, {}) is expected
    names = ("country", "newsletter", "points", "bonus", "birthday", "interests", "region", "vip")
    assert value_of(source, dict.fromkeys(names)) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("tier == ''", True),
        ("tier is empty", True),
        ("tier is defined", True),
        ("tier|default('none') == 'none'", False),
        ("tier == 'gold'", False),
        ("tier > 5", None),
        ("tier|default(0) == 0", True),
        ("spaces is empty", True),
        ("spaces == ''", False),
        ("spaces|trim == ''", True),
        ("none_of_them is empty", True),
    ],
)
def test_an_empty_text_is_a_value_and_empty(source: str, *, expected: bool | None) -> None:
    assert value_of(source, {"tier": "", "spaces": "  \t", "none_of_them": []}) is expected


PERSON: dict[str, Any] = {
    "name": "Anna B.",
    "points": "1200",
    "native": 1200,
    "price": Decimal("9.5"),
    "plz": "01067",
    "newsletter": "Yes",
    "vip": False,
    "birthday": "1990-11-28",
    "leap": "1988-02-29",
    "joined": datetime(2026, 1, 31, 10),  # noqa: DTZ001  as tables without a zone have it
    "interests": "golf | chess",
    "tags": ["a", 1],
    "address": {"city": "Ulm"},
    "Loyalty tier": "gold",
    "discount": "50%",
}


@pytest.mark.parametrize(
    "source",
    [
        'name == "Anna B." and name != "anna b." and name|lower == "anna b." and name|upper == "ANNA B."',
        'name is starting_with("Anna") and name is ending_with "B." and name is containing("a B")',
        'name is matching("A%B_") and name is not matching("a%")',
        r'discount is matching("50\%") and not (points is matching("50\%"))',
        'name < "B"',
        "points >= 1000 and points > 999.5 and 1000 <= points < 2000 and points == 1200.0",
        "native == 1200 and native == points|number and price == 9.5 and -points < 0",
        'native == "1200" and points == "1200"',
        "points * 2 + 100 == 2500 and points // 7 == 171 and points % 7 == 3 and points / 2 - 1 == 599",
        'plz == "01067" and plz in ["01067", "01069"] and plz|number == 1067',
        'points in [1200, 1300] and points in ["x", 1200] and points not in [1] and points in [native, 3]',
        "newsletter and newsletter == true and not vip and vip == false and newsletter != vip|default(true)",
        'birthday < date("2000-01-01") and birthday == date("1990-11-28")',
        "birthday + days(30) == date('1990-12-28') and days(2) + birthday - days(2) == date('1990-11-28')",
        "days_between(joined, today()) == 299 and joined < today() - days(100)",
        "year(birthday) == 1990 and month(birthday) == month(today()) and day(birthday) == 28",
        "weekday(today()) == 4 and week_start(today()) == date('2026-11-23')",
        "days_between(today(), anniversary(birthday)) < 7",
        "anniversary(birthday, week_start(today())) < week_start(today()) + days(7)",
        "anniversary(leap) == date('2027-02-28') and anniversary(leap, date('2028-01-01')) == date('2028-02-29')",
        "anniversary(birthday, date('2026-11-28')) == date('2026-11-28')",
        '"golf" in interests and "tennis" not in interests and interests is containing("g")',
        '"a" in tags and 1 in tags and "1" in tags and tags|length == 1'
        if False
        else '"a" in tags and 1 in tags',
        'address.city == "Ulm" and recipient.address["city"] == "Ulm" and recipient["Loyalty tier"] == "gold"',
        "name|length == 7",
        'name == recipient.name and (name == "x") == (points == 3)',
        "true",
        "not not (1 < 2)",
    ],
)
def test_conditions_that_hold(source: str) -> None:
    membership = Group.compile("g", source).evaluate(PERSON, TODAY)
    assert membership.value is True, membership.findings


@pytest.mark.parametrize(
    ("source", "types"),
    [
        (
            'points == "1200" and points in ["1200"] and points > bonus',
            {"points": "number", "bonus": "integer"},
        ),
        ('plz == 1067 or plz == "01067"', {"plz": "text"}),
        ('birthday < "2000-01-01" and birthday < joined', {"birthday": "date", "joined": "date"}),
        ('newsletter and newsletter == "on"', {"newsletter": "boolean"}),
        ('"golf" in interests and interests is containing("golf")', {"interests": "list"}),
        ("interests|length == 2 and interests is not empty", {"interests": "list"}),
        ('colour == "#ff0000"', {"colour": "color"}),
        ('"golf" in interests and not ("gol" in interests)', {}),
        ("date(birthday) < date(joined)", {"birthday": "text"}),
    ],
)
def test_the_declared_type_decides_how_a_text_is_compared(source: str, types: dict[str, FieldType]) -> None:
    recipient = PERSON | {"bonus": "900.0", "colour": "#ff0000"}
    assert value_of(source, recipient, types) is True


@pytest.mark.parametrize(
    ("source", "recipient", "shown"),
    [
        ("points >= 1000", {"points": "n/a"}, "`points` is 'n/a', which is no number"),
        ("not (points >= 1000)", {"points": "1.200,50"}, "'1.200,50'"),
        ("points > 1", {"points": "9" * 5000}, "9…'"),
        ("points > 1", {"points": 10**5000}, "a huge number"),
        ("points > 1", {"points": float("nan")}, "'nan'"),
        ("points > 1", {"points": [1]}, "a list"),
        ("points > 1", {"points": True}, "'True'"),
        ("birthday < today()", {"birthday": "28.11.1990"}, "no date such as"),
        ("newsletter", {"newsletter": "perhaps"}, "neither yes nor no"),
        ("name == 'x'", {"name": "x" * 3000}, "no text of at most 2,000"),
        ("'x' in interests", {"interests": 3}, "no list"),
        ("points / visits > 1", {"points": "1", "visits": "0"}, "`points / visits` cannot be calculated"),
        ("points * points > 1", {"points": "999999999"}, "beyond 1,000,000,000,000,000"),
        ("birthday + days(points) > today()", {"birthday": "1990-01-01", "points": "1e15"}, "cannot be calc"),
        ("points|default(0) > 1", {"points": "n/a"}, "'n/a'"),
    ],
)
def test_a_value_of_another_type_is_unknown_with_a_finding(
    source: str, recipient: dict[str, object], shown: str
) -> None:
    membership = Group.compile("big", source).evaluate(recipient, TODAY)
    assert (membership.value, membership.is_member) == (None, False)
    (finding,) = membership.findings
    assert finding.code == GROUP_VALUE_INVALID
    assert shown in finding.message
    assert "`big`" in finding.message
    assert finding.hint


def test_a_declared_whole_number_with_a_fraction_is_unknown() -> None:
    assert value_of("points > 1", {"points": "12.5"}, {"points": "integer"}) is None


def test_an_unknown_membership_names_group_attribute_key_and_cure() -> None:
    group = Group.compile("german", 'not (country == "DE")', {}, Location("inkmerge.toml", 7))
    (finding,) = group.evaluate({"id": "r-1"}, TODAY).findings
    assert finding.code == GROUP_UNKNOWN
    assert str(finding).startswith(
        "warning[group-unknown]: the target group `german` is unknown: the recipient has no `country`"
    )
    assert str(finding.location) == "inkmerge.toml:7 #groups.german"
    assert "country is empty or" in (finding.hint or "")


def test_an_attribute_that_is_spelt_otherwise_in_the_table_is_suggested() -> None:
    (finding,) = Group.compile("g", 'country == "DE"').evaluate({"Country": "DE"}, TODAY).findings
    assert "did you mean `Country`?" in (finding.hint or "")


def test_findings_name_only_what_kept_the_group_undecided() -> None:
    group = Group.compile("g", "(a == 1 and b == 2) or c == 3 or d == 4 or e == 5")
    findings = group.evaluate({"b": "7", "d": "x", "e": "1"}, TODAY).findings
    assert [one.code for one in findings] == [GROUP_UNKNOWN, GROUP_VALUE_INVALID]
    assert "no `c`" in findings[0].message
    assert "`d`" in findings[1].message
    assert group.evaluate({"e": "5"}, TODAY).findings == ()


@pytest.mark.parametrize(
    ("source", "problem", "cure"),
    [
        ('country = "DE"', "`=`", "=="),
        ('country == "DE" AND points > 1', "`AND`", "small letters"),
        ("points <> 1", "`<>`", "!="),
        ("a && b", "`&&`", "and"),
        ("!a", "`!`", "not"),
        ("country == “DE”", "`“`", "straight quotation marks"),
        ('country LIKE "D%"', "`LIKE`", "is matching"),
        ('name contains "x"', "`contains`", "is containing"),
        ("points between 1 and 5", "`between`", "<="),
        ("tier IS_EMPTY", "`IS_EMPTY`", "is empty"),
        ('country == "DE', "no end", "quotation marks"),
        ("(a or b", "expected ')'", "docs/campaigns.md"),
        ("", "no condition", "true"),
        ("tier is emty", "no test `emty`", "`empty`"),
        ("name|lwer == 'x'", "no filter `lwer`", "`lower`"),
        ("tody() > date('2026-01-01')", "no function `tody`", "`today`"),
        ("points is odd", "no test `odd`", "known are"),
        ("name.lower() == 'x'", "`.lower()`", "|lower"),
        ("date('2026-01-31').year == 2026", "behind a dot", "year(…)"),
        ("a if b else c", "if … else", "and, or, not"),
        ("a ~ b == 'c'", "~", "each text"),
        ("a ** 2 > 3", "**", "multiply"),
        ("{'a': 1} == a", "{…}", "texts"),
        ("a[1:2] == 'x'", "behind a dot", "name of an attribute"),
        ("[1] == a", "[…]", "in [...]"),
        ("a == none", "none", "is empty"),
        ("a == 1e999", "beyond", "amount"),
        ("a == " + "9" * 5000, "digits", "amount"),
        ('a == "\\d"', "`\\d` is no escape", "backslash"),
        ("a < b", "not known whether", "a|number"),
        ("points", "`points` is a number and no condition", "compare"),
        ("not 'x'", "is a text and no condition", "compare"),
        ("points > 'many'", '`"many"` is a text, where a number is wanted', "write a number"),
        ("tier > 5", "`tier` is a text", "declare `tier`"),
        ("vip < true", "no order", "=="),
        ("tags == 'a'", "is a list", "is containing"),
        ("'a' in 'abc'", "is no list", "is containing"),
        ("a in ['x'] == true", "in a row", "parentheses"),
        ("a is in ['x']", "without `is`", "in [...]"),
        ("a is matching(b)", "in quotation marks", "is matching"),
        ("a is starting_with", "takes one text", 'is starting_with("x")'),
        ("a is empty(1)", "takes nothing", "is empty"),
        ("(points > 1) is empty", "no attribute", "the attribute itself"),
        ("a|default", "takes one value", 'default("none")'),
        ("a|default('x', true) == 'x'", "takes one value", "default"),
        ("days(1, 2) + born > today()", "takes 1 values", "days(30)"),
        ("days(n=1) + born > today()", "without names", "docs"),
        ("today(1) > born", "takes no value", "today()"),
        ("date('soon') > born", 'date("soon")', "2026-01-31"),
        ("born + 30 > today()", "where a number is wanted", "days(30)"),
        ("today() - born > 3", "cannot be calculated", "days"),
        ("today() - date('2026-01-01') > 3", "cannot be calculated", "days_between"),
        ("days(3) - born > today()", "cannot be calculated", "today() - days(30)"),
        ("days(3) == born", "is a span", "days_between"),
        ("days(3) in tags", "cannot be in a list", ""),
        ("1 / 0 > a", "cannot be calculated", "result"),
        ("recipient == 'x'", "nobody's attribute", "recipient.NAME"),
        ("{% if a %}", "`{`", "braces"),
        ("a }} {{ b", "`}`", "braces"),
        ("range(3) == a", "no function `range`", ""),
        ("a b", "'b' is not expected", "docs/campaigns.md"),
    ],
)
def test_a_group_that_does_not_work_says_where_why_and_the_cure(source: str, problem: str, cure: str) -> None:
    fault = fault_of(source, {"points": "number", "tier": "text", "vip": "boolean", "tags": "list"})
    assert isinstance(fault, TemplateSyntax)
    assert fault.code == GROUP_SYNTAX
    assert "`german`" in fault.message
    assert problem in fault.message
    assert cure in (fault.hint or "")
    assert str(fault.location) == "inkmerge.toml:7 #groups.german"


def test_the_place_of_an_error_is_its_line_in_the_file_with_the_text_around_it() -> None:
    fault = fault_of('country == "DE"\n  and tier is emty\n  and true')
    assert fault.location.line == 8
    assert fault.message.endswith("near `tier is emty`")


@pytest.mark.parametrize(
    "source", ["not " * 900 + "a", "(" * 300 + "a" + ")" * 300, "1" + "+1" * 500 + "> a"]
)
def test_what_is_nested_too_deeply_or_too_long_is_refused(source: str) -> None:
    assert isinstance(fault_of(source), LimitExceeded)
    assert isinstance(fault_of("a == 'x'" + " or a == 'x'" * 30_000), LimitExceeded)


def test_conditions_inside_each_other_that_would_be_asked_over_and_over_are_refused() -> None:
    row, among = "a", "a"
    for _ in range(25):
        row = f"(1 == {row} == 1)"
        among = f"({among} in [b, c])"
    for source in (row, among):
        assert "join the conditions" in (fault_of(source).hint or "")


def test_a_long_row_of_conditions_is_not_deep() -> None:
    source = " or ".join(f'plz == "{number:05}"' for number in range(900))
    assert value_of(source, {"plz": "00899"}) is True


def test_a_group_reads_the_day_that_it_is_told_and_says_so() -> None:
    group = Group.compile("birthday", "month(birthday) == month(today())")
    assert group.reads_today
    assert Group.compile("g", "anniversary(a) > date('2026-01-01')").reads_today
    assert not Group.compile("g", "a == 'today()'").reads_today
    assert group.evaluate({"birthday": "1990-11-01"}, TODAY).value is True
    assert group.evaluate({"birthday": "1990-11-01"}, date(2026, 12, 1)).value is False


def test_the_end_of_the_calendar_is_unknown() -> None:
    last = date(9999, 12, 31)
    membership = Group.compile("g", "anniversary(a) > today()").evaluate({"a": "1990-01-01"}, last)
    assert membership.value is None


def test_a_group_survives_pickling() -> None:
    group = Group.compile("g", "points > 10", {"points": "number"})
    again = pickle.loads(pickle.dumps(group))  # noqa: S301  our own bytes
    assert again.evaluate({"points": "11"}, TODAY).is_member
    assert (again.attributes, again.types) == (group.attributes, group.types)


ATOMS = ("a", "b", "c")
TRUTHS = st.fixed_dictionaries({name: st.sampled_from(["yes", "no", None]) for name in ATOMS})
CONDITIONS = st.recursive(
    st.sampled_from((*ATOMS, "true", "false")),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(TRUTHS, CONDITIONS, CONDITIONS, CONDITIONS)
def test_conditions_obey_kleenes_logic(recipient: dict[str, str | None], p: str, q: str, r: str) -> None:
    def equal(left: str, right: str) -> None:
        assert value_of(left, recipient) is value_of(right, recipient)

    equal(f"not ({p} and {q})", f"not {p} or not {q}")
    equal(f"not ({p} or {q})", f"not {p} and not {q}")
    equal(f"not not {p}", p)
    equal(f"{p} and {q}", f"{q} and {p}")
    equal(f"{p} and ({q} or {r})", f"{p} and {q} or {p} and {r}")
    equal(f"{p} or ({p} and {q})", p)
    equal(f"{p} or ({q} or {r})", f"({p} or {q}) or {r}")


@settings(deadline=None)
@given(TRUTHS, CONDITIONS)
def test_what_is_decided_stays_so_whatever_the_absent_attributes_become(
    recipient: dict[str, str | None], condition: str
) -> None:
    known = value_of(condition, recipient)
    if known is not None:
        for word in ("yes", "no"):
            filled = {name: value or word for name, value in recipient.items()}
            assert value_of(condition, filled) is known


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.decimals(),
    st.binary(),
    st.lists(st.one_of(st.integers(), st.text(), st.none())),
    st.dictionaries(st.text(), st.integers()),
    st.sampled_from(["12", "1e9", " 7 ", "yes", "2026-11-26", "0", "-0.0", "١٢", "²", "\ud800"]),
)
EXPRESSIONS = [
    "a == 1 or b < 2.5 or a + b > 3 or a / b == 1 or a % b == 2 or a * b > 4",
    "a == 'x' or b > 'y' or a == b or a is matching('%x_') or b is containing('1')",
    "a > date('2026-01-01') or b + days(a|number) < today() or days_between(a, b) > 3",
    "anniversary(a) < today() + days(7) or year(b) == 2000 or week_start(a) == b",
    "a or not b or a == true or a is empty or b is defined",
    "a in [1, 2] or b in ['x', 1] or 'x' in a or 1 in b or a in b or a.b.c == 1",
    "a|default(b) == 'x' or a|lower == 'x' or a|length > 3 or b|default(0) < -1 or a|trim|upper == 'X'",
]
COMPILED = [Group.compile("g", source) for source in EXPRESSIONS] + [
    Group.compile("g", "a == b or a != b", {"a": kind, "b": kind})
    for kind in ("text", "number", "integer", "boolean", "date", "color", "image")
]


@settings(deadline=None)
@given(VALUES, VALUES)
def test_no_value_makes_a_comparison_raise_and_the_order_of_attributes_is_nothing(
    a: object, b: object
) -> None:
    for group in COMPILED:
        membership = group.evaluate({"a": a, "b": b}, TODAY)
        assert membership.value in {True, False, None}
        assert (membership.value is None) == bool(membership.findings)
        assert group.evaluate({"b": b, "a": a}, TODAY) == membership


NAMED = {
    "german": 'country == "DE"',
    "loyal": "points >= 100",
    "both": 'in_group("german") and in_group("loyal")',
    "neither": 'not (in_group("german") or in_group("loyal"))',
    "no-germans": 'in_group("german") == false',
    "nested": 'in_group("both") or vip',
}


def members(recipient: Mapping[str, Any], sources: Mapping[str, str] = NAMED) -> dict[str, bool | None]:
    return {
        name: group.evaluate(recipient, TODAY).value for name, group in compile_groups(sources, {}).items()
    }


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ({"country": "DE", "points": 100}, [True, True, True, False, False, True]),
        ({"country": "FR", "points": 1}, [False, False, False, True, True, None]),
        ({"points": 100}, [None, True, None, False, None, None]),
        ({"points": 1}, [None, False, False, None, None, None]),
        ({"vip": "yes"}, [None, None, None, None, None, True]),
    ],
)
def test_groups_name_others_in_the_same_logic(recipient: dict[str, Any], expected: list[bool | None]) -> None:
    assert list(members(recipient).values()) == expected


def test_a_group_that_is_unknown_through_others_names_itself_and_each_cause_once() -> None:
    group = compile_groups(NAMED, {})["nested"]
    findings = group.evaluate({"points": "many"}, TODAY).findings
    assert [(one.code, one.message.partition(": ")[2]) for one in findings] == [
        (GROUP_UNKNOWN, "the recipient has no `country`, `vip`"),
        (GROUP_VALUE_INVALID, "`points` is 'many', which is no number such as 1250 or 12.5"),
    ]
    assert all("`nested`" in one.message for one in findings)
    assert group.evaluate({"vip": True}, TODAY).findings == ()


def test_a_group_reads_what_the_groups_that_it_names_read() -> None:
    groups = compile_groups({**NAMED, "born": "year(birthday) < year(today())", "b": 'in_group("born")'}, {})
    assert groups["nested"].attributes == ("vip", "country", "points")
    assert [groups[name].reads_today for name in ("nested", "b")] == [False, True]


def test_a_group_that_names_others_survives_pickling() -> None:
    group = pickle.loads(pickle.dumps(compile_groups(NAMED, {})["nested"]))  # noqa: S301  our own bytes
    assert group.evaluate({"country": "DE", "points": 100}, TODAY).value is True


def test_groups_keep_the_order_of_the_file_whatever_they_name() -> None:
    assert list(compile_groups(dict(reversed(NAMED.items())), {})) == list(reversed(NAMED))


@pytest.mark.parametrize(
    ("sources", "message", "cure"),
    [
        ({"a": 'in_group("a")'}, "it leads back to itself: a → a", "write one of them out"),
        (
            {"a": 'x or in_group("b")', "b": 'in_group("c")', "c": 'in_group("b")'},
            "it leads back to itself: b → c → b",
            "",
        ),
        ({"a": "x", "b": 'in_group("aa")'}, "there is no target group `aa`", "did you mean `a`?"),
        ({"a": "x", "b": 'in_group("zz")'}, "there is no target group `zz`", "known are a, b"),
        ({"a": "x", "b": "in_group(a)"}, "takes the name of a target group", 'in_group("german")'),
        ({"a": "x", "b": "in_group()"}, "takes the name of a target group", 'in_group("german")'),
        ({"a": "x", "b": 'in_group("a", "a")'}, "takes the name of a target group", 'in_group("german")'),
        ({"a": "x", "b": 'in_grup("a")'}, "no function `in_grup`", "did you mean `in_group`?"),
        ({"a": "x", "b": 'in_group("a") > 3'}, "yes or no", ""),
    ],
)
def test_a_group_that_names_none_or_itself_says_so(sources: dict[str, str], message: str, cure: str) -> None:
    with pytest.raises(TemplateSyntax) as caught:
        compile_groups(sources, {})
    assert caught.value.code == GROUP_SYNTAX
    assert message in caught.value.message
    assert cure in (caught.value.hint or "")
    assert (caught.value.location.element or "").startswith("groups.")


def test_a_long_row_of_groups_that_name_each_other_is_refused() -> None:
    row = {f"g{number}": f'in_group("g{number + 1}")' for number in range(500)}
    with pytest.raises(LimitExceeded, match="nested too deeply"):
        compile_groups({**row, "g500": "a"}, {})


def test_groups_that_name_others_over_and_over_are_asked_once() -> None:
    row = {
        f"g{number}": f'in_group("g{number + 1}") or not in_group("g{number + 1}")' for number in range(40)
    }
    found = compile_groups({**row, "g40": "a or b"}, {})["g0"].evaluate({}, TODAY)
    assert (found.value, len(found.findings)) == (None, 1)


@given(
    st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(["", "1", "5", "x"]) for name in ("a", "b", "c")}
    ),
    st.permutations(["low", "high", "both", "none"]),
)
def test_groups_that_are_asked_together_say_what_each_says_alone(
    recipient: dict[str, str], order: list[str]
) -> None:
    groups = compile_groups(
        {
            "low": "a < 3",
            "high": 'in_group("low") and b > 3',
            "both": 'in_group("high") or c == 1',
            "none": 'not in_group("both") and not in_group("low")',
        },
        {},
    )
    scope = Scope(recipient, TODAY)
    for name in order:
        assert groups[name].evaluate_in(scope) == groups[name].evaluate(recipient, TODAY)
