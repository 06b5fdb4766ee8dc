from __future__ import annotations

import pytest
from fontTools.misc.transform import Transform

from inkmerge.svg.colors import parse_color, parse_paint
from inkmerge.svg.transforms import ReferenceBox, parse_origin, parse_transform, transform_text
from inkmerge.svg.units import ViewBox, Viewport, number, numbers, text_of, viewport_transform


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("10", 10),
        ("1in", 96),
        ("72pt", 96),
        ("6pc", 96),
        ("2.54cm", 96),
        ("25.4mm", 96),
        ("2em", 40),
        ("1e2", 100),
        (" 5px ", 5),
        ("50%", 100),
        ("1foo", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
    ],
)
def test_a_length_is_user_units_or_nothing(value: str, expected: float | None) -> None:
    found = Viewport(200, 100, font_size=20).length(value, "x")
    assert found == (None if expected is None else pytest.approx(expected))


def test_numbers_are_written_without_exponent_or_negative_zero() -> None:
    assert [text_of(value) for value in (1.0, -0.0, 0.1 + 0.2, 1e-9, 123456.7890123)] == [
        "1",
        "0",
        "0.3",
        "0",
        "123456.789012",
    ]


@pytest.mark.parametrize("value", ["1 2 x", "1,,2", "nan", "1e999 2"])
def test_lists_with_anything_but_numbers_are_refused(value: str) -> None:
    assert numbers(value) is None or value == "1,,2"
    assert number(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("translate(10)", (1, 0, 0, 1, 10, 0)),
        ("translate(10,20)scale(2)", (2, 0, 0, 2, 10, 20)),
        ("rotate(90 5 5)", (0, 1, -1, 0, 10, 0)),
        ("matrix(1 2 3 4 5 6)", (1, 2, 3, 4, 5, 6)),
        ("translate(10px, 20px) rotate(0deg)", (1, 0, 0, 1, 10, 20)),
        ("", (1, 0, 0, 1, 0, 0)),
        ("rotate()", None),
        ("frob(1)", None),
        ("scale(nan)", None),
        ("translate(10", None),
    ],
)
def test_a_transform_list_is_one_matrix_or_nothing(value: str, expected: tuple[float, ...] | None) -> None:
    found = parse_transform(value)
    assert found is None if expected is None else found == pytest.approx(expected)


def test_a_matrix_survives_writing_and_reading() -> None:
    matrix = Transform(0.5, 0.25, -0.125, 2, 10.5, -3)
    assert parse_transform(transform_text(matrix)) == pytest.approx(matrix)


@pytest.mark.parametrize(
    ("align", "expected"),
    [
        ("", (1, 0, 0, 1, 50, 0)),
        ("xMinYMin meet", (1, 0, 0, 1, 0, 0)),
        ("xMaxYMid", (1, 0, 0, 1, 100, 0)),
        ("xMidYMid slice", (2, 0, 0, 2, 0, -50)),
        ("none", (2, 0, 0, 1, 0, 0)),
    ],
)
def test_a_view_box_is_fitted_as_preserve_aspect_ratio_says(align: str, expected: tuple[float, ...]) -> None:
    fit, _ = viewport_transform(ViewBox(0, 0, 100, 100), 200, 100, align)
    assert fit == pytest.approx(expected)


@pytest.mark.parametrize("value", ["0 0 0 10", "0 0 10", "a b c d", "0 0 -1 5"])
def test_an_empty_view_box_is_none(value: str) -> None:
    assert ViewBox.parse(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("red", ("#ff0000", 1)),
        ("#0f08", ("#00ff00", pytest.approx(0.533, abs=0.001))),
        ("hsl(120 100% 50% / 50%)", ("#00ff00", 0.5)),
        ("currentColor", ("#0000ff", 1)),
        ("color(display-p3 1 0.5 0)", ("#ff7600", 1)),
        ("color(srgb-linear 0.5 0.5 0.5 / 20%)", ("#bcbcbc", 0.2)),
        ("oklch(70% 0.1 200)", ("#40b1b7", 1)),
        ("lab(50% 20 30)", ("#a16945", 1)),
        ("hwb(120 10% 20%)", ("#1acc1a", 1)),
        ("color(unknown 1 2 3)", None),
        ("rgb(1,2)", None),
        ("rgb(" + " " * 30_000, None),
        ("redish", None),
    ],
)
def test_a_colour_is_hexadecimal_and_opacity(value: str, expected: tuple[str, float] | None) -> None:
    found = parse_color(value, "blue")
    assert (None if found is None else (found.hex, found.alpha)) == expected


def test_a_paint_refers_to_a_server_and_says_what_stands_in_for_it() -> None:
    paint = parse_paint("url(#a) red")
    assert paint is not None
    assert paint.server == "a"
    assert paint.color is not None
    assert paint.color.hex == "#ff0000"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("rotate(0.25turn)", (0, 1, -1, 0, 0, 0)),
        ("rotate(100grad)", (0, 1, -1, 0, 0, 0)),
        ("translate(10px, 1in)", (1, 0, 0, 1, 10, 96)),
        ("translate(50%, 10%)", (1, 0, 0, 1, 100, 10)),
        ("translateX(5) translateY(7)", (1, 0, 0, 1, 5, 7)),
        ("scale(50%)", (0.5, 0, 0, 0.5, 0, 0)),
        ("scaleY(3)", (1, 0, 0, 3, 0, 0)),
        ("skew(45deg, 0)", (1, 0, 1, 1, 0, 0)),
    ],
)
def test_a_transform_may_be_written_as_css_has_it(value: str, expected: tuple[float, ...]) -> None:
    found = parse_transform(value, ReferenceBox(0, 0, 200, 100))
    assert found is not None
    assert [round(number, 6) for number in found] == list(expected)


@pytest.mark.parametrize("value", ["rotate(1em2)", "translate(1furlong)", "scale(2px)", "turn(1)"])
def test_a_transform_with_a_unit_that_is_none_is_invalid(value: str) -> None:
    assert parse_transform(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("center", (110, 70)),
        ("left bottom", (10, 120)),
        ("top right", (210, 20)),
        ("25% 10px", (60, 30)),
        ("0 0 5px", (10, 20)),
        ("middle", None),
    ],
)
def test_an_origin_is_a_point_of_its_box(value: str, expected: tuple[float, float] | None) -> None:
    assert parse_origin(value, ReferenceBox(10, 20, 200, 100)) == expected
