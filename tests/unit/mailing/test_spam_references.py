from __future__ import annotations

import pytest

from inkmerge.mailing.spam_references import resolve_references


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a & b", "a & b"),
        ("&amp;&lt;&gt;&quot;&apos;", "&<>\"'"),
        ("&copy", "©"),
        ("&copy 2026", "© 2026"),
        ("&euro;", "€"),
        ("&euro", "&euro"),
        ("&bogus;", "&bogus;"),
        ("&#65;&#x42;&#X43", "ABC"),
        ("&#150;", "\x96"),
        ("&#0;&#x;&#;&#65534;", "&#0;&#x;&#;&#65534;"),
        ("&#1114112;&#99999999999999999999;", "&#1114112;&#99999999999999999999;"),
        ("&#xFDD0;&#x1FFFE;&#xD83D;", "���"),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#xD83D; &#xDE00;", "� �"),
    ],
)
def test_references_are_resolved_by_the_entities_of_html_4(text: str, expected: str) -> None:
    assert resolve_references(text, is_text=True) == expected


@pytest.mark.parametrize(
    ("text", "in_text", "in_attribute"), [("&copyright;", "©right;", "&copyright;"), ("&ampx", "&x", "&ampx")]
)
def test_only_in_texts_may_more_letters_follow(text: str, in_text: str, in_attribute: str) -> None:
    assert resolve_references(text, is_text=True) == in_text
    assert resolve_references(text, is_text=False) == in_attribute


def test_a_hundred_thousand_digits_are_no_number() -> None:
    assert resolve_references("&#" + "9" * 100_000, is_text=True) == "&#" + "9" * 100_000
