from __future__ import annotations

import pytest

from inkmerge.svg.custom_properties import inherit, substitute

PARENT = {"--brand": "red", "--size": "2px"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("var(--brand)", "red"),
        ("VAR( --brand )", "red"),
        ("calc(1px + var(--size))", "calc(1px + 2px)"),
        ("var(--none, blue)", "blue"),
        ("var(--none, var(--other, var(--brand)))", "red"),
        ("var(--none,)", ""),
        ("var(--none)", None),
        ("var(brand)", None),
        ("url(#a) var(--brand)", "url(#a) red"),
    ],
)
def test_a_variable_becomes_its_value_or_its_fallback(value: str, expected: str | None) -> None:
    assert substitute(value, PARENT) == expected


def test_an_element_takes_over_the_properties_of_its_parent_and_changes_its_own() -> None:
    own, cyclic = inherit({"--brand": "var(--size)", "--new": "var(--brand) solid"}, PARENT)
    assert own == {"--brand": "2px", "--size": "2px", "--new": "2px solid"}
    assert cyclic == ()
    assert inherit({}, PARENT)[0] is PARENT


def test_properties_that_refer_to_each_other_in_a_ring_have_no_value() -> None:
    own, cyclic = inherit({"--a": "var(--b)", "--b": "var(--a)", "--c": "var(--c, red)"}, {})
    assert own == {}
    assert cyclic == ("--a", "--c")
    assert substitute("var(--a, green)", own) == "green"
