"""What clients make of a page: on its own, in light and dark, inverted, and the line of an inbox."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkmerge.mailing import Mailing
from inkmerge.mailing.inbox_line import inbox_line
from inkmerge.mailing.inverted_colours import inverted
from inkmerge.mailing.views import has_dark_rules, in_scheme, pictures_of, standing_alone

Make = Callable[..., Mailing]
ANNA = {"name": "Anna", "email": "anna@example.org"}
DARK = "<style>@media (prefers-color-scheme: dark) { a { color: red } }</style>"


def body_of(html: str) -> str:
    """Return a page without the styles that are put before it or behind it."""
    return re.sub(r"<style>:root \{[^<]*</style>", "", html)


def test_a_page_on_its_own_holds_its_images_as_they_are(mailing_of: Make) -> None:
    filled = mailing_of(
        '<img data-inkmerge="hero" data-srcset="1x, 2x"><img src="https://a.example/x.png">'
    ).fill(ANNA)
    page = standing_alone(filled.html, pictures_of(filled.images))
    assert "cid:" not in page
    assert 'src="https://a.example/x.png"' in page
    found = [base64.b64decode(one) for one in re.findall(r"data:image/png;base64,([^\" ]+)", page)]
    assert set(found) == {one.named.image.data for one in filled.images}


def test_an_address_with_an_ampersand_is_found_as_the_page_writes_it() -> None:
    assert standing_alone(
        '<img src="https://a.example/?x=1&amp;y=2">', {"https://a.example/?x=1&y=2": "data:,x"}
    ) == ('<img src="data:,x">')


def test_small_copies_are_smaller_and_of_the_same_shape(mailing_of: Make) -> None:
    filled = mailing_of('<img data-inkmerge="hero">').fill(ANNA)
    (uri,) = pictures_of(filled.images, are_small=True).values()
    kind, _, data = uri.partition(";base64,")
    assert kind == "data:image/webp"
    with Image.open(io.BytesIO(base64.b64decode(data)), formats=["WEBP"]) as opened:
        assert opened.size == (75, 38)  # of 120 × 60 at 192 dpi, 1.25 pixels a CSS pixel


def test_a_scheme_holds_whatever_the_reader_has() -> None:
    page = DARK + "<p>(prefers-color-scheme: dark)</p>"
    dark, light = in_scheme(page, "dark"), in_scheme(page, "light")
    assert "@media (min-width: 0) { a" in dark
    assert "@media (max-width: 0) { a" in light
    assert "color-scheme: only dark" in dark
    assert "<p>(prefers-color-scheme: dark)</p>" in light  # which is text


def test_dark_rules_are_those_of_styles() -> None:
    assert has_dark_rules(DARK)
    assert has_dark_rules('<source media="(PREFERS-COLOR-SCHEME:dark)">')
    assert not has_dark_rules(DARK.replace("dark", "light"))
    assert not has_dark_rules("<p>(prefers-color-scheme: dark)</p>")


@pytest.mark.parametrize(
    ("html", "turned"),
    [
        ('<td bgcolor="#ffffff">', '<td bgcolor="#121212">'),
        ('<td BGCOLOR=white width="9">', '<td bgcolor="#121212" width="9">'),
        ('<p style="color:#000">', '<p style="color:#ffffff;">'),
        ("<style>p{color:#000}</style>", "<style>p{color:#ffffff;}</style>"),
        (
            "<style>@media (max-width:9px){#fade{background:white url(a.png)}}</style>",
            "<style>@media (max-width:9px){#fade{background:#121212 url(a.png);}}</style>",
        ),
        ('<p style="font-family:Red,Black;width:10px">', '<p style="font-family:Red,Black;width:10px;">'),
        (
            '<p style="border:1px solid rgb(0,0,0)!important">',
            '<p style="border:1px solid #ffffff!important;">',
        ),
        ('<a href="#fff">x</a><!-- #fff -->', '<a href="#fff">x</a><!-- #fff -->'),
        (
            '<p style="color:transparent;background:inherit">',
            '<p style="color:#ffffff00;background:inherit;">',
        ),
        ('<p style="background:rgba(0,0,0,.5)">', '<p style="background:#ffffff80;">'),
    ],
)
def test_light_colours_are_dark_where_a_client_inverts(html: str, turned: str) -> None:
    assert body_of(inverted(html)) == turned


def test_a_colour_keeps_its_hue_and_its_images() -> None:
    page = inverted(
        '<p style="color:#2b1a3a">x</p><img src="data:image/png;base64,AAAA" style="background:#fff">'
    )
    colour = re.search(r"color:#(..)(..)(..)", page)
    assert colour is not None
    red, green, blue = (int(one, 16) for one in colour.groups())
    assert green < red < blue  # violet, as it was
    assert min(red, green, blue) > 140
    assert 'src="data:image/png;base64,AAAA"' in page


def test_what_has_no_colours_is_light_on_dark() -> None:
    page = inverted("<!doctype html><html lang=en><head><title>x</title></head><p>x</p></html>")
    assert page.startswith(
        "<!doctype html><html lang=en><head><style>:root { background: #121212; color: #fff; }"
    )


@given(st.text(max_size=60))
def test_any_text_passes_through_both(text: str) -> None:
    for page in (text, f'<p style="{text}">x', f"<style>{text}</style>x"):
        assert isinstance(in_scheme(inverted(page), "dark"), str)


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("<title>no</title><style>p{}</style><p>One <b>w</b>ord</p><p>and two</p>", "One word and two"),
        (
            '<div style="display:none">Hidden&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;</div><p>Seen</p>',
            "Hidden Seen",
        ),
        ('<div style="display:none">Hidden' + "&#847;&zwnj;&nbsp;" * 50 + "</div><p>Seen</p>", "Hidden"),
        ('<img alt="A bowl" src="x"> for 48&nbsp;€', "A bowl for 48 €"),
        ("👩🏽\u200d🌾 mi\u200dx", "👩🏽\u200d🌾 mi\u200dx"),
        ("x" * 300, "x" * 140),
        ("", ""),
    ],
)
def test_an_inbox_shows_the_first_words(html: str, line: str) -> None:
    assert inbox_line(html) == line
