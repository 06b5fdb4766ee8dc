"""Text alternatives, sizes, addresses and weights of the images of a mail."""

from __future__ import annotations

import pytest

from inkmerge.errors import Severity

from .checked_mails import check, codes, image, page, placed, tag

SIZE = 'width="90" height="30"'
SRC = 'src="https://x.example/a.png"'


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (f"{SRC} {SIZE}", ["error:image-alt-missing"]),
        (f'{SRC} {SIZE} alt="Marl &amp; Moss"', []),
        (f'{SRC} {SIZE} alt=""', []),
        (f'{SRC} {SIZE} role="presentation"', []),
        (f'{SRC} {SIZE} aria-hidden="true"', []),
        (f'{SRC} width="1" height="1"', []),
        (f'{SRC} style="width:1px;height:1px"', []),
        (f'{SRC} style="display:none"', []),
        (f'{SRC} {SIZE} alt="logo"', ["error:alt-text-insufficient"]),
        (f'{SRC} {SIZE} alt="header_2.png"', ["error:alt-text-insufficient"]),
        (f'{SRC} {SIZE} alt="Image of a pot"', ["warning:alt-text-suspicious"]),
        (f'{SRC} {SIZE} alt="{"long " * 30}"', ["note:alt-text-long"]),
    ],
)
def test_a_foreign_image_needs_words_or_says_that_it_has_none(attributes: str, expected: list[str]) -> None:
    assert codes(page(f"<img {attributes}>")) == expected


def test_in_a_hidden_part_of_the_tree_images_are_silent() -> None:
    assert codes(page(f'<div aria-hidden="true"><img {SRC} {SIZE}></div>')) == []
    assert codes(page(f'<div style="display:none"><img {SRC} {SIZE}></div>')) == ["error:image-alt-missing"]


def test_the_engines_own_alt_is_not_checked_again() -> None:
    hero = placed(image(alt="logo"))
    assert codes(page(tag(hero)), hero) == []


def test_an_authors_alt_over_ours_must_say_what_ours_says() -> None:
    hero = placed(image(alt="Kettle for Anna: 20 % off", shown=["Anna", "20 %", "Read on"]))
    html = page("Anna, 20 %, read on. " + tag(hero, alt="Our kettle"))
    (found,) = check(html, hero)
    assert (found.code, found.severity, str(found.location)) == (
        "alt-coverage",
        Severity.WARNING,
        "HTML:3 #hero",
    )
    assert "'Anna', '20 %'" in found.message
    assert "Read on" not in found.message
    assert codes(html.replace("Our kettle", "For ANNA: the kettle, 20 % off"), hero) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ('width="600" height="300"', []),
        ("width='600' height=300", []),
        ("", ["warning:image-size-missing"]),
        ('height="300" style="width:600px"', ["warning:image-size-missing"]),
        ('width="600"', ["note:image-size-missing"]),
        ('width="100%" height="300"', ["warning:image-size-invalid"]),
        ('width="600px" height="300.5"', ["warning:image-size-invalid"]),
        ('width="640" height="300"', ["note:image-too-wide"]),
        ('width="701" height="300"', ["warning:image-too-wide"]),
    ],
)
def test_sizes_are_whole_css_pixels_and_no_wider_than_a_mail(size: str, expected: list[str]) -> None:
    assert codes(page(f'<img {SRC} alt="Pots" {size}>')) == expected


def test_the_measured_size_is_in_the_message() -> None:
    (found,) = check(page(f'<img {SRC} alt="Pots" width="50%" height="300">'))
    assert 'width="50%"' in found.message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://x.example/a.png", []),
        ("HTTPS://x.example/a.png", []),
        ("*|LOGO|*", []),
        ("http://x.example/a.png", ["note:address-insecure"]),
        ("data:image/png;base64,AAAA", ["error:image-inline-data"]),
        ("images/a.png", ["error:image-address"]),
        ("//x.example/a.png", ["error:image-address"]),
        ("", ["error:image-address"]),
        ("cid:nothing@inkmerge", ["error:image-address"]),
    ],
)
def test_an_image_has_an_address_that_clients_open(source: str, expected: list[str]) -> None:
    assert codes(page(f'<img src="{source}" alt="Pots" {SIZE}>')) == expected


def test_a_part_of_the_message_is_an_address() -> None:
    hero = placed(image())
    assert codes(page(tag(hero)), hero) == []


@pytest.mark.parametrize(
    ("weight", "expected"),
    [(99_000, []), (150_000, ["note:image-heavy"]), (250_000, ["warning:image-heavy"])],
)
def test_an_image_is_heavy_from_100_kb_on(weight: int, expected: list[str]) -> None:
    small = image()
    hero = placed(image(small.data + b"\0" * weight))
    assert codes(page(tag(hero)), hero) == expected


def test_a_weight_that_was_reported_before_is_not_again() -> None:
    heavy = image(image().data + b"\0" * 250_000)
    (known,) = check(page(tag(placed(heavy))), placed(heavy))
    again = placed(image(heavy.data, findings=(known,)))
    assert codes(page(tag(again)), again) == []
