"""Weight, markup that clients ignore, and placeholders that nobody filled."""

from __future__ import annotations

import pytest

from inkmerge.mailing.check_markup import CLIPPED

from .checked_mails import HEADERS, check, codes, image, page, placed, tag


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (CLIPPED * 9 // 10, []),
        (CLIPPED * 9 // 10 + 1, ["warning:html-heavy"]),
        (CLIPPED, ["warning:html-heavy"]),
        (CLIPPED + 1, ["error:html-heavy"]),
    ],
)
def test_html_is_measured_as_it_arrives_and_nears_the_size_at_which_gmail_clips(
    size: int, expected: list[str]
) -> None:
    sent = page("ü\n")
    missing = size - len(sent.replace("\n", "\r\n").encode())
    html = page("ü\n" + "<!---->"[: missing % 7].replace("<", "x") + "<!---->" * (missing // 7))
    html = html if len(html.replace("\n", "\r\n").encode()) == size else page("ü\n" + "x" * missing)
    assert len(html.replace("\n", "\r\n").encode()) == size
    assert codes(html) == expected


def test_the_measured_size_and_its_share_are_in_the_message() -> None:
    (found,) = check(page("x" * CLIPPED))
    assert "% of the 102,000" in found.message


@pytest.mark.parametrize(("weight", "expected"), [(900_000, []), (1_100_000, ["message-heavy"])])
def test_a_message_is_weighed_with_the_images_that_clients_fetch(weight: int, expected: list[str]) -> None:
    hero = placed(image(image().data + b"\0" * weight), base_url="https://img.x.example")
    found = [one.code for one in check(page(tag(hero)), hero) if one.code != "image-heavy"]
    assert found == expected
    assert [one.code for one in check(page(""), data=b"x" * weight)] == expected


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Hello {{ first_name }}", True),
        ("{% if x %}", True),
        ('<a href="https://x.example/?n=%7b%7Bname%7D%7D">x</a>', True),
        ("<style>@media screen{a{color:red}}</style>", False),
        ("Hello {Anna} 100 %", False),
        ("*|FNAME|*", False),
    ],
)
def test_placeholders_that_nobody_filled_are_errors(body: str, found: object) -> None:
    assert ("error:placeholder-left" in codes(page(body))) is found


def test_the_line_and_the_words_of_a_placeholder_are_said_and_headers_are_read() -> None:
    (found,) = check(page("<p>\nHello {{ first_name }}</p>"))
    assert (found.location.line, "{{ first_name }}" in found.message) == (4, True)
    (found,) = check(page(""), headers={**HEADERS, "Subject": "For {{ name }}"})
    assert str(found.location) == "Subject"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<script type="application/ld+json">{"@type": "Order"}</script>', []),
        ("<script>x()</script>", ["warning:script-ignored"]),
        (
            '<form action="https://x.example"><input name="a"><button>Send</button></form>',
            ["warning:form-ignored"],
        ),
        ('<input name="a">', ["warning:form-ignored"]),
        ('<iframe src="https://x.example"></iframe>', ["warning:media-ignored"]),
        ("<svg><path d='M0 0'/></svg>", ["warning:media-ignored"]),
        ('<video src="https://x.example/a.mp4"></video>', ["note:media-ignored"]),
        ('<p style="position: absolute; top: 0">x</p>', ["note:layout-ignored"]),
        (
            '<p style="color:red;display:flex">x</p><p style="display: inline-grid">x</p>',
            ["note:layout-ignored"],
        ),
        ('<p style="position:relative;display:block;background-position:top">x</p>', []),
        ("<style>@import url(https://x.example/a.css);</style>", ["warning:stylesheet-external"]),
        ("you\x92re", ["warning:control-character"]),
        ("you’re – at…", []),
    ],
)
def test_what_clients_remove_or_ignore_is_named(body: str, expected: list[str]) -> None:
    assert codes(page(body)) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="stylesheet" href="https://x.example/mail.css">', ["warning:stylesheet-external"]),
        ('<link rel="stylesheet" href="https://fonts.x.example/css">', ["note:stylesheet-external"]),
        ('<link rel="icon" href="https://x.example/a.ico">', []),
    ],
)
def test_stylesheets_elsewhere_are_not_fetched_and_fonts_are_a_note(head: str, expected: list[str]) -> None:
    assert codes(page("", head)) == expected


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("", '<div bgcolor="#eee">x</div>', ["note:color-scheme-missing"]),
        ("", '<div style="background: #fff">x</div>', ["note:color-scheme-missing"]),
        ("", '<div style="background: none">x</div>', []),
        ('<meta name="Color-Scheme" content="light">', '<div bgcolor="#eee">x</div>', []),
        ("<style>:root{color-scheme:light dark}</style>", '<div bgcolor="#eee">x</div>', []),
    ],
)
def test_a_page_with_a_background_says_its_colour_schemes(head: str, body: str, expected: list[str]) -> None:
    assert codes(page(body, head)) == expected
