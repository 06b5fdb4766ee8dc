"""The text part says what the page says."""

from __future__ import annotations

import pytest

from inkmerge.mailing.plain_text import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two <b>bold</b>\n  line</p>", "One\n\nTwo bold line\n"),
        (
            '<p><a href="https://a.example/?x=1&amp;y=2">Shop</a> now</p>',
            "Shop (https://a.example/?x=1&y=2) now\n",
        ),
        (
            "<table><tr><td>Left</td><td>Right</td></tr><tr><td>Below</td></tr></table>",
            "Left\n\nRight\n\nBelow\n",
        ),
        ("<ul><li>one<li>two</ul><ol><li>x</ol>", "* one\n* two\n1. x\n"),
        ('<img alt="A bowl" src="cid:x"> <img alt="" src="y">', "A bowl\n"),
        (
            '<a href="https://a.example"><img alt="A bowl" src="x"></a>after',
            "A bowl (https://a.example)\n\nafter\n",
        ),
        (
            '<a href="https://a.example"><img alt="One" src="x"><img alt="Two" src="y"></a>after',
            "One\n\nTwo (https://a.example)\n\nafter\n",
        ),
        ('in <img alt=":)" src="x" width="16"> line', "in :) line\n"),
        (
            '<div style="display: none">pre</div><p hidden>h</p><style>p{}</style><title>t</title>seen',
            "seen\n",
        ),
        ("a&nbsp;b&zwnj;&shy;&#847;&#8203;c", "a b\u200cc\n"),
        ("<p>مرحبا</p><p>สวัสดี 😀</p>", "مرحبا\n\nสวัสดี 😀\n"),
        ('<p style="mso-hide:all">hidden in Outlook alone</p>', "hidden in Outlook alone\n"),
        ("", "\n"),
    ],
)
def test_text(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_a_table_with_header_cells_stays_rows_inside_of_one_that_lays_out() -> None:
    inner = "<table><tr><th>Name</th><th>Price</th></tr><tr><td>Bowl</td><td>12</td></tr></table>"
    assert (
        plain_text(f"<table><tr><td><p>Yours:</p>{inner}</td></tr></table>")
        == "Yours:\n\nName  Price\nBowl  12\n"
    )
