"""The tokens of a page lie one behind the other, whatever the page is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.mailing.html_tokens import Token, html_tokens

BITS = (
    *(
        "<p>",
        "</p>",
        "<img src=x alt='a>b'>",
        "<!-- c -->",
        "<!--[if mso]>",
        "<![endif]-->",
        "<![if !mso]>",
        "text ",
    ),
    *("\r\n", "\n", "\r", "&amp;", '<a href="u">', "</a>", "<style>", "</style>", "<script>", "</script>"),
    *(
        "<title>",
        "</title>",
        '"',
        "'",
        "<",
        ">",
        "<textarea>",
        "<![CDATA[",
        "]]>",
        "<?x ?>",
        "é😀",
        "<br/>",
        "\x00",
    ),
    *('<td a=b c="d">', "<!doctype html>", "<svg>", "</svg>", "\u2028", "\x0c", "<td <img foo>", "%%MERGE%%"),
)


def shown(source: str) -> list[tuple[str, str]]:
    return [(one.kind, source[one.start : one.end]) for one in html_tokens(source)]


def tags(source: str, name: str) -> list[Token]:
    return [one for one in html_tokens(source) if one.kind == "tag" and one.name == name]


@given(st.lists(st.sampled_from(BITS), max_size=14))
def test_tokens_cover_the_source_without_gaps(bits: list[str]) -> None:
    source = "".join(bits)
    assert "".join(source[one.start : one.end] for one in html_tokens(source)) == source


@given(st.lists(st.sampled_from(BITS), max_size=14))
def test_attributes_lie_inside_their_tag(bits: list[str]) -> None:
    source = "".join(bits)
    for token in html_tokens(source):
        for one in token.attributes:
            assert token.start < one.start <= one.value_start <= one.value_end <= one.end <= token.end
            assert source[one.start : one.end].lower().startswith(one.name)


def test_an_attribute_has_its_value_without_quotation_marks_and_references() -> None:
    source = """<IMG alt="a &amp; b>" Title='x' width=600 hidden class = c>"""
    (image,) = tags(source, "img")
    found = [
        (one.name, one.value, source[one.value_start : one.value_end], one.is_quoted)
        for one in image.attributes
    ]
    assert found == [
        ("alt", "a & b>", "a &amp; b>", True),
        ("title", "x", "x", True),
        ("width", "600", "600", False),
        ("hidden", "", "", False),
        ("class", "c", "c", False),
    ]


def test_of_two_attributes_with_one_name_the_first_counts() -> None:
    (image,) = tags('<img src="a" src="b">', "img")
    assert [one.value for one in image.attributes] == ["a"]


@pytest.mark.parametrize(
    "source",
    [
        "<!-- <img> -->",
        "<style><img></style>",
        "<script>'<img>'</script>",
        "<title><img></title>",
        "<textarea><img>",
    ],
)
def test_what_no_client_reads_as_a_tag_is_none(source: str) -> None:
    assert tags(source, "img") == []


def test_tags_inside_of_conditional_comments_are_tags() -> None:
    source = '<!--[if (gte mso 9)|(IE)]><table><tr><td><img alt="x"><![endif]--><p>'
    assert [(kind, text) for kind, text in shown(source) if kind != "tag"] == [
        ("comment", "<!--[if (gte mso 9)|(IE)]>"),
        ("comment", "<![endif]-->"),
    ]
    assert tags(source, "img")[0].attributes[0].value == "x"


def test_what_outlook_alone_does_not_read_is_read_as_by_everybody_else() -> None:
    source = "<!--[if !mso]><!--><img><!--<![endif]-->"
    assert [kind for kind, _ in shown(source)] == ["comment", "tag", "comment"]


def test_text_of_styles_and_scripts_is_told_apart() -> None:
    assert [kind for kind, _ in shown("<style>a</style>b<script>c</script>")] == [
        *("tag", "style", "end-tag", "text", "tag", "script", "end-tag"),
    ]
