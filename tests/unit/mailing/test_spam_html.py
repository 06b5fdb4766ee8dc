from __future__ import annotations

import pytest

from inkmerge.mailing.spam_charset import PerlText
from inkmerge.mailing.spam_html import read_html


def shown(html: str) -> str:
    return " ".join(read_html(PerlText(html, is_unicode=True)).text.text.split())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello<br>Anna</p>!", "Hello Anna !"),
        ("Hel<b>lo</b>", "Hello"),
        ("<td>a<td>b<li>c<h2>d", "a b c d"),
        ("a<hr/>b<br />c", "a b c"),
        ("<title>Spring</title><style>p{}</style><script>x</script>now", "Spring now"),
        ("a<style>b", "a"),
        ("a<script>b", "a"),
        ("<span style='visibility:hidden'>hidden</span>", "hidden"),
        ("<textarea>a<b>", "a<b>"),
        ("a&nbsp;b", "a b"),
        ("“a”", '"a"'),
        ("Â\N{NO-BREAK SPACE}a", "a"),
    ],
)
def test_what_counts_as_text(html: str, text: str) -> None:
    assert shown(html) == text


def test_a_text_is_unicode_where_the_source_is_or_a_reference_makes_it_so() -> None:
    kinds = [read_html(PerlText(html, is_unicode=False)).text for html in ("a&#160;b", "a&#160;b&euro;", "a")]
    assert [(text.is_unicode, text.letters()) for text in kinds] == [(False, 3), (True, 3), (False, 1)]


@pytest.mark.parametrize(
    ("html", "area"),
    [
        ("<img width=10 height=20><IMG WIDTH='5%' HEIGHT=1>", 240),
        ("<img width=10><p width=10 height=20>", 0),
        ('<img width="10px" height="20">', 4000),
        ('<img width="&#49;0" height="1">', 10),
        ("<img width=99999999999999999999 height=1>", 99999999999999999999),
    ],
)
def test_the_area_of_images(html: str, area: int) -> None:
    assert read_html(PerlText(html, is_unicode=False)).image_area == area


@pytest.mark.parametrize("html", ["<img>", "</img>", "<IMG/>", "<img\n/>", "<textarea></textarea><img"])
def test_an_image_is_one_with_any_tag_of_its_own_that_ends(html: str) -> None:
    assert read_html(PerlText(html, is_unicode=False)).has_image == html.endswith(">")


@pytest.mark.parametrize(
    ("style", "is_broken_off"),
    [
        ("background: ;color:red", True),
        ("color:red;background: ", True),
        ("background:", False),
        ("background: red", False),
    ],
)
def test_an_empty_background_is_where_reading_ends(style: str, is_broken_off: bool) -> None:
    facts = read_html(PerlText(f'a<p style="{style}">b<img>', is_unicode=False))
    assert (facts.is_broken_off, facts.has_image, facts.text.words()) == (
        is_broken_off,
        not is_broken_off,
        ["a"] if is_broken_off else ["a", "b"],
    )
    assert not read_html(PerlText(f'<b style="{style}">', is_unicode=False)).is_broken_off


def test_an_open_ignored_section_breaks_off_too_but_keeps_the_rest_of_the_message() -> None:
    facts = read_html(PerlText("<img>a<![IGNORE[b", is_unicode=False))
    assert (facts.is_broken_off, facts.is_fatal, facts.has_image, facts.text.text) == (
        True,
        False,
        False,
        "a",
    )
