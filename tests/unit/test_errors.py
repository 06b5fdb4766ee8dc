from __future__ import annotations

import pickle
import re

import pytest

from inkmerge.errors import Finding, InkmergeError, Location, Severity, error_classes
from inkmerge.limits import Limits


@pytest.mark.parametrize("kind", error_classes())
def test_every_error_has_a_code_of_its_own_a_docstring_and_survives_pickling(
    kind: type[InkmergeError],
) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert kind.__doc__
    fault = kind("what", location=Location("t.svg", 3, "a"), hint="cure", weight=0.5)
    again = pickle.loads(pickle.dumps(fault))  # noqa: S301  our own bytes
    assert (type(again), str(again), again.weight) == (kind, str(fault), 0.5)


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in error_classes()]
    assert len(codes) == len(set(codes))


def test_a_message_has_code_place_and_cure() -> None:
    fault = InkmergeError("it broke", code="some-code", location=Location("t.svg", 3, "a"), hint="mend it")
    assert str(fault) == "error[some-code]: it broke\n  --> t.svg:3 #a\nhint: mend it"
    assert str(fault.finding(Severity.WARNING)).startswith("warning[some-code]")


def test_how_bad_something_is_goes_along_and_makes_no_other_finding_of_it() -> None:
    finding = InkmergeError("it broke", weight=0.25).finding()
    assert finding.weight == 0.25
    assert finding == InkmergeError("it broke").finding()
    with pytest.raises(InkmergeError) as caught:
        Limits(images=4).require("images", 5)
    assert caught.value.weight == 0.25


def test_a_place_is_filled_in_but_never_overwritten() -> None:
    fault = InkmergeError("it broke", location=Location(None, 3)).at(Location("t.svg", 9, "a"))
    assert str(fault.location) == "t.svg:3 #a"
    assert str(Location(element="a")) == "#a"
    assert str(Finding("c", Severity.NOTE, "m")) == "note[c]: m"
