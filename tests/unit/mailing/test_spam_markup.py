from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.mailing.spam_markup import EndTag, MarkupScanner, StartTag, Text, Token


def tokens(html: str) -> list[Token]:
    scanner = MarkupScanner()
    return [*scanner.feed(html), *scanner.close()]


def line(html: str) -> str:
    """Give the tokens as one line: `<a x=1>`, `</a>`, and texts in bars."""
    return "".join(shown(token) for token in tokens(html))


def shown(token: Token) -> str:
    if isinstance(token, Text):
        return f"|{token.text}|"
    if isinstance(token, EndTag):
        return f"</{token.name}>"
    return f"<{' '.join((token.name, *(f'{name}={value}' for name, value in token.attributes.items())))}>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<P>Hello</p >", "<p>|Hello|</p>"),
        ("<img SRC=a Src=b alt='c \"d\"'>", '<img src=a alt=c "d">'),
        ('<img width height="">', "<img width=width height=>"),
        ("<img alt=a/b/>", "<img alt=a/b/>"),
        ("<img alt = &quot;x&quot; >", '<img alt="x">'),
        ("<img/>", "<img/>"),
        ("<a\n\vhref=x\f>", "<a href=x>"),
        ("<_x><:y><o:p>", "<_x><:y><o:p>"),
        ("<a href=>", "<a href=>"),
        ('<a"b>', '<a"b>'),
        ('</a title=">" x>', "</a>"),
        ("</a'b>", "</a'b>"),
        ("</ x>", ""),
        ("</>", ""),
    ],
)
def test_tags_and_attributes(html: str, expected: str) -> None:
    assert line(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a < b", "|a ||<|| b|"),
        ("<3", "|<3|"),
        ("1 <2 <b>", "|1 ||<2 |<b>"),
        ("<é>", "|<é>|"),
        ("one two ", "|one two|| |"),
        ("one two", "|one|| two|"),
        ("<", ""),
        ("a<b", "|a|"),
        ('<a href="x', ""),
        ('a<a href="x> y', "|a|"),
        ("a <!-- b", "|a |"),
    ],
)
def test_what_is_no_tag_is_text_and_what_does_not_end_is_nothing(html: str, expected: str) -> None:
    assert line(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<!-- <img> -->",
        "<!-- <img> -- >",
        "<!--> <img> -->",
        "<!--[if mso]><img><![endif]-->",
        "<!>",
        "<!-x <img>",
        "<![if !mso]>",
        "<![endif]>",
        "<!DOCTYPE html PUBLIC '<img>' \"<img>\">",
        "<!doctype x -- <img> -- y>",
        "<!ENTITY a>",
        "<!ELEMENT <img>",
        "<?xml <img?>",
    ],
)
def test_comments_declarations_and_instructions_yield_nothing(html: str) -> None:
    assert line(f"<a>{html}<b>") == "<a><b>"


def test_a_comment_that_is_never_closed_ends_at_the_next_bracket() -> None:
    assert line("<!-- a <b> c <i> d") == "| c |<i>| d|"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<script>a<b>&amp;</SCRIPT >x<i>", "<script>|a<b>&amp;|</script>|x|<i>"),
        ("<title>a<b>&amp;</title>", "<title>|a<b>&|</title>"),
        ("<textarea><img></textarea><b>", "<textarea>|<img>|</textarea><b>"),
        ("<plaintext><b></plaintext>", "<plaintext>|<b></plaintext>|"),
        ("<iframe><b>", "<iframe>|<b>|"),
        ("<style>a<b>c", "<style></style>|a|<b>|c|"),
        ("<title>a<b>c", "<title>|a|</title><b>|c|"),
        ("<title>a<![INCLUDE[b", "<title>|a|</title>|b|"),
        ("<style></stylex></style>", "<style>|</stylex>|</style>"),
    ],
)
def test_some_elements_hold_text_alone(html: str, expected: str) -> None:
    assert line(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<![CDATA[a<b>&amp;]]>c", "|a<b>&amp;||c|"),
        ("<![RCDATA[a<b>&amp;]]>c", "|a<b>&||c|"),
        ("<![INCLUDE[a<b>]]>c", "|a|<b>|||c|"),
        ("<![IGNORE[a<b>]]>c", "|c|"),
        ("<![ %x; [a]]>c", "|c|"),
        ("<![[a]]>c", "|a||c|"),
        ("<![ -- x -- INCLUDE [a]]>c", "|a||c|"),
        ("<![IGNORE[<![INCLUDE[a]]>b]]>c", "|c|"),
        ("<![INCLUDE[a]<b>]]>c", "|a]<b>||c|"),
        ("<![CDATA[a", "|a|"),
    ],
)
def test_marked_sections(html: str, expected: str) -> None:
    assert line(html) == expected


def test_an_ignored_section_that_is_open_is_known() -> None:
    scanner = MarkupScanner()
    scanner.feed("<![IGNORE[ a")
    assert scanner.is_ignoring


def test_text_that_is_fed_in_pieces_waits_for_its_end() -> None:
    scanner = MarkupScanner()
    assert scanner.feed("Hello An") == [Text("Hello")]
    assert scanner.feed("na<a hr") == [Text(" Anna")]
    assert scanner.feed("ef=x>") == [StartTag("a", {"href": "x"})]
    assert (scanner.feed(""), scanner.close()) == ([], [])


@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "<style>", "</title>", "'", "=", " a"]
        )
    )
)
def test_nothing_in_html_makes_it_fail(pieces: list[str]) -> None:
    tokens("".join(pieces))


def test_ten_thousand_open_titles_take_no_longer_than_their_number() -> None:
    assert len(tokens("<title>" * 10_000)) == 19_999
