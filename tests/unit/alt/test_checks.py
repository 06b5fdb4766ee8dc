from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.alt import Shown, TextAlternative, check_alt_source, check_text_alternative
from inkmerge.errors import Location

PLACE = Location("t.svg")


def codes(alt: str, *shown: str, extended: str | None = None, language: str = "en") -> list[str]:
    values = [Shown(value, "a") for value in shown]
    return [
        finding.code
        for finding in check_text_alternative(TextAlternative(alt, extended, language), values, PLACE)
    ]


@pytest.mark.parametrize(
    ("alt", "expected"),
    [
        ("Hello Anna", []),
        ("", []),
        ("Hello {{ name }}", ["alt-text-insufficient"]),
        ("IMG_0042.JPG", ["alt-text-insufficient"]),
        ("photo", ["alt-text-insufficient"]),
        ("Image of a cat", ["alt-text-suspicious"]),
        ("Bild von Anna", ["alt-text-suspicious"]),
        ("x" * 126, ["alt-text-long"]),
        ("x" * 251, ["alt-text-insufficient"]),
    ],
)
def test_words_that_say_nothing_are_found(alt: str, expected: list[str]) -> None:
    assert codes(alt) == expected


@pytest.mark.parametrize(
    ("alt", "shown", "is_said"),
    [
        ("Hello Anna!", "Anna", True),
        ("Hello ANNA!", "Anna", True),
        ("Hello Anna", "An", False),
        ("25 € for you", "25\u00a0€", True),
        ("Hello Anna   Maria", "Anna\nMaria", True),
        ("您好王秀英欢迎", "王秀英", True),
        ("สวัสดีสมชาย", "สมชาย", True),
        ("Hello \u2068Anna\u2069", "Anna", True),
        ("1,250 points", "250", True),
        ("12500 points", "2500", False),
        ("", "Anna", False),
    ],
)
def test_each_value_that_is_shown_must_be_said_as_words_of_its_own(
    alt: str, shown: str, is_said: object
) -> None:
    assert ("alt-coverage" not in codes(alt, shown)) is is_said


@given(st.text(max_size=40), st.sampled_from(" .,:;!?()"), st.sampled_from(" .,:;!?()"))
def test_whatever_stands_between_signs_is_said(value: str, before: str, after: str) -> None:
    for alt, extended in (
        (f"For{before}{value}{after}now", None),
        (value, f"b{before}{value}"),
        ("-", f"{value}\n"),
    ):
        assert "alt-coverage" not in codes(alt, value, extended=extended)


def test_the_extended_description_counts_and_decoration_need_not_be_said() -> None:
    assert codes("Your card", "IM-1", extended="Code IM-1") == []
    findings = check_text_alternative(
        TextAlternative("Card"), [Shown("IM-1", "a", is_decorative=True)], PLACE
    )
    assert findings == ()


def test_a_language_that_is_none_is_an_error() -> None:
    assert codes("Hello", language="english please") == ["alt-language"]


def test_a_field_that_is_drawn_and_never_named_is_known_before_anything_is_sent() -> None:
    (finding,) = check_alt_source(
        [frozenset({"recipient.a"})],
        [frozenset({"recipient.a"}), frozenset({"recipient.b"}), frozenset({"recipient.c"})],
        frozenset({"recipient.c"}),
        PLACE,
    )
    assert "`b`" in finding.message
