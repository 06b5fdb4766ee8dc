from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.flat.filter_values import filter_text, parse_filter
from inkmerge.svg.units import Viewport

UNITS = Viewport(200, 100, font_size=20)


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("blur(3px)", "blur(3)"),
        ("blur()", "blur(0)"),
        ("blur(0.5em)", "blur(10)"),
        ("url(#a)", "url(#a)"),
        ("url('#a') BLUR(2)", "url(#a) blur(2)"),
        ("drop-shadow(1px 2px)", "drop-shadow(1 2 0 rgba(0, 0, 255, 1))"),
        ("drop-shadow(red 1px 2px 3px)", "drop-shadow(1 2 3 rgba(255, 0, 0, 1))"),
        ("drop-shadow(1px 2px 3px rgb(1 2 3 / 50%))", "drop-shadow(1 2 3 rgba(1, 2, 3, 0.5))"),
        ("drop-shadow(0.1em -.2em currentColor)", "drop-shadow(2 -4 0 rgba(0, 0, 255, 1))"),
        ("grayscale() sepia(50%)", "grayscale(1) sepia(0.5)"),
        ("grayscale(3) saturate(3)", "grayscale(1) saturate(3)"),
        ("hue-rotate(100grad) hue-rotate(0)", "hue-rotate(90deg) hue-rotate(0deg)"),
        ("url(other.svg#a)", "url(#)"),
    ],
)
def test_a_filter_list_is_written_without_anything_relative(source: str, plain: str) -> None:
    items = parse_filter(source, UNITS, "blue")
    assert items is not None
    assert filter_text(items) == plain
    assert filter_text(parse_filter(plain, UNITS) or ()) == plain


@pytest.mark.parametrize(
    "source",
    [
        "",
        "blur(5%)",
        "blur(-1px)",
        "blur(1px, 2px)",
        "drop-shadow()",
        "drop-shadow(red)",
        "drop-shadow(red, 1px, 2px)",
        "drop-shadow(1px 2px 3px 4px)",
        "drop-shadow(1px 2px -3px)",
        "drop-shadow(1px red 2px)",
        "drop-shadow(1% 2px)",
        "drop-shadow(nocolour 1px 2px)",
        "hue-rotate(45)",
        "grayscale(-1)",
        "glow(2px)",
        "grayscale() glow(2px)",
        "red",
        "url(#a), url(#b)",
    ],
)
def test_one_invalid_function_makes_the_whole_list_invalid(source: str) -> None:
    assert parse_filter(source, UNITS) is None


def test_none_is_an_empty_list() -> None:
    assert parse_filter(" None ", UNITS) == ()


@given(st.text(alphabet="blurdopshawesti()#%-. 0123456789empx,'\"", max_size=60))
def test_anything_is_read_without_an_exception(source: str) -> None:
    parse_filter(source, UNITS)
