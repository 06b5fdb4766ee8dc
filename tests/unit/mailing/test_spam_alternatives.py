from __future__ import annotations

from inkmerge.mailing.spam_alternatives import AlternativeFacts, compare_alternatives
from inkmerge.mailing.spam_charset import decode_text
from inkmerge.mailing.spam_html import read_html
from inkmerge.mailing.spam_message import read_message


def compared(*parts: str, kind: str = "alternative") -> AlternativeFacts:
    body = "".join(f"--b\nContent-Type: {part}\n" for part in parts)
    whole = read_message(f"Content-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n".encode())
    html = {
        id(part): read_html(decode_text(part.body, part.charset))
        for part in whole.walk()
        if part.shown_kind == "text/html" and part.body
    }
    return compare_alternatives(whole, html)


TEXT = "text/plain; charset=utf-8\n\nHello Anna, all the best"
HTML = "text/html; charset=utf-8\n\n<p>Hello <b>Bo</b> Bo"


def test_distinct_words_are_counted_and_those_that_the_text_lacks_are_named() -> None:
    assert compared(TEXT, HTML) == AlternativeFacts(50.0, 2, 5, ("Bo",), 2)


def test_a_text_that_stands_behind_the_html_counts_too() -> None:
    assert compared(HTML, TEXT) == compared(TEXT, HTML)


def test_parts_that_are_no_alternatives_are_not_compared() -> None:
    assert compared(TEXT, HTML, kind="mixed") == AlternativeFacts()


def test_a_picture_stands_for_a_word_where_html_has_none() -> None:
    assert compared(TEXT, "text/html\n\n<img>") == AlternativeFacts(100.0, 1, 5, ("\n",), 1)


def test_html_without_words_and_pictures_is_not_compared() -> None:
    assert compared(TEXT, "text/html\n\n<p>–</p>") == AlternativeFacts()


def test_an_invitation_is_not_compared() -> None:
    assert compared(HTML, "text/calendar\n\nBEGIN:VCALENDAR") == AlternativeFacts()
    assert compared(HTML, TEXT, "text/calendar\n\nBEGIN:VCALENDAR").compared_words == 2


def test_of_several_alternatives_the_one_that_differs_most_counts() -> None:
    inner = 'multipart/alternative; boundary="c"\n\n--c\nContent-Type: {}\n--c\nContent-Type: {}\n--c--'
    same = inner.format("text/plain\n\nHello", "text/html\n\nHello")
    facts = compared(inner.format(TEXT, HTML), same, kind="mixed")
    assert (facts.missing_percent, facts.missing, facts.compared_words) == (50.0, ("Bo",), 2)
    assert (facts.html_words, facts.text_words) == (1, 1)
