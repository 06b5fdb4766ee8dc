"""A good mail is let alone; a bad one is not drowned in findings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkmerge.errors import Finding
from inkmerge.mailing import FilledMailing, message_bytes
from inkmerge.mailing.check import check_mailing
from inkmerge.mailing.images_off import images_off

from .checked_mails import ARABIC, HEADERS, NEWSLETTER, RECEIPT, check, codes, image, page, placed, tag
from .conftest import MakeMailing

OFFER = ("Anna", "1,250", "15 %", "MOSS-15", "31 May 2027", "Hello")


def test_a_newsletter_as_it_should_be_has_no_findings() -> None:
    hero = placed(image(shown=OFFER))
    assert codes(NEWSLETTER.replace("HERO", tag(hero)), hero) == []


def test_a_receipt_without_images_has_no_findings() -> None:
    assert codes(RECEIPT) == []


def test_an_arabic_mail_has_no_findings() -> None:
    hero = placed(image(alt="ليلى: خصم \u0661\u0665٪ حتى مايو", shown=["ليلى", "\u0661\u0665٪", "MOSS-15"]))
    assert codes(ARABIC.replace("HERO", tag(hero)), hero) == []


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_lines_are_those_of_the_page_however_they_end(line_end: str) -> None:
    html = page('<p>x</p>\n<img src="https://x.example/a.png" width="9" height="9">').replace("\n", line_end)
    (found,) = check(html)
    assert (found.code, found.location.line) == ("image-alt-missing", 4)


def test_images_for_outlook_alone_are_checked_with_their_lines() -> None:
    html = page(
        '<!-- a --><!--[if mso]>\n<table><tr><td>\n<img src="https://x.example/a.png" width="9" height="9">'
        "</td></tr></table>\n<![endif]-->"
    )
    (found,) = check(html)
    assert (found.code, found.location.line) == ("image-alt-missing", 5)


def test_of_ten_thousand_images_twenty_are_named_and_the_rest_counted() -> None:
    html = page("".join(f'<img src="https://x.example/{n}.png" width="9" height="9">' for n in range(10_000)))
    found = check(html)
    missing = [one for one in found if one.code == "image-alt-missing"]
    assert len(missing) == 20
    assert missing[-1].message.endswith("(and 9,980 more of this kind)")


def test_broken_and_deep_html_is_read_to_its_end() -> None:
    html = page("<div>" * 5000 + '<img src="https://x.example/a.png" width=9 height="9><a href=<p')
    assert all(isinstance(one, Finding) for one in check(html))
    assert all(isinstance(one, Finding) for one in check(""))


def test_what_spamassassin_makes_of_the_message_is_part_of_the_check(mailing_of: MakeMailing) -> None:
    filled = mailing_of().fill({"name": "Anna", "email": "anna@example.org"})
    found = {one.code for one in check_mailing(filled, message_bytes(filled.message()))}
    assert found >= {"spam-image-only", "spam-image-ratio"}


PIECES = st.sampled_from(
    [
        "<a href=",
        '"',
        "'",
        ">",
        "<img ",
        "src=https://x",
        "alt=",
        "width=1e9 ",
        "<!--[if mso]>",
        "<![endif]-->",
        "-->",
        "<td ",
    ]
    + [
        "style='background:rgb(300,a)'",
        "style='width:1px;display:none'",
        "<style>",
        "</style>",
        "{{",
        "\x92",
        "\ud83d",
        "٣²Ⅷ",
    ]
    + [
        "<table>",
        "</table>",
        "lang=x-",
        "https://[",
        "mailto:%",
        "#",
        "&#0;",
        "<svg>",
        "<template>",
        "\0",
        "a.com",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_html_is_checked_and_shown_without_images(pieces: list[str]) -> None:
    html = "".join(pieces)
    filled = FilledMailing({}, html, "", (), ())
    assert all(isinstance(one, Finding) for one in check_mailing(filled, b""))
    images_off(html)


def test_what_a_campaign_composes_is_checked(mailing_of: MakeMailing) -> None:
    mailing = mailing_of()
    filled = mailing.fill({"name": "Anna", "email": "anna@example.org", "id": "r-1"})
    found = [one.code for one in check(filled.html, *filled.images, headers=filled.headers)]
    assert found == [
        *(
            "images-off-little",
            "text-in-image",
            "unsubscribe-link-missing",
            "one-click-missing",
            "title-missing",
        )
    ]


def test_findings_are_the_same_for_the_same_message() -> None:
    hero = placed(image(shown=["Anna", "42"]))
    html = page(tag(hero) + "<script></script>{{ x }}<a href=''></a>")
    assert check(html, hero) == check(html, hero, headers=dict(HEADERS))
