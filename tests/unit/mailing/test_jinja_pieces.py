"""Where Jinja is in a source, with every character at its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.errors import TemplateSyntax
from inkmerge.mailing.jinja_pieces import jinja_pieces

BITS = (
    "a",
    " ",
    "\n",
    "\r\n",
    "\r",
    "{{ x }}",
    "{{- x -}}",
    "{% if y %}",
    "{%- endif -%}",
    "{# c #}",
    "😀",
    "<p>",
)


def pieces(source: str) -> list[tuple[str, str]]:
    return [(one.kind, source[one.start : one.end]) for one in jinja_pieces(source, "page.html")]


@given(st.lists(st.sampled_from(BITS), max_size=12))
def test_pieces_lie_in_order_and_between_them_is_only_what_jinja_leaves_out(bits: list[str]) -> None:
    source = "".join(bits)
    at = 0
    for piece in jinja_pieces(source, "page.html"):
        between = source[at : piece.start]
        assert not between.replace("{# c #}", "").strip()
        assert piece.start < piece.end
        at = piece.end
    assert not source[at:].replace("{# c #}", "").strip()


def test_line_ends_of_any_kind_keep_their_places() -> None:
    assert pieces("a\r\n{{ x }}\rb\n{% if y %}\r\n") == [
        ("text", "a\r\n"),
        ("expression", "{{ x }}"),
        ("text", "\rb\n"),
        ("statement", "{% if y %}"),
        ("text", "\r\n"),
    ]


def test_a_minus_sign_takes_the_white_space_away() -> None:
    assert pieces("a \r\n {{- x -}} \r\n b") == [
        ("text", "a"),
        ("expression", "{{- x -}} \r\n "),
        ("text", "b"),
    ]


def test_what_is_raw_is_text() -> None:
    assert pieces("a{% raw %}{{ x }}{% endraw %}b") == [("text", "a"), ("text", "{{ x }}"), ("text", "b")]


def test_braces_in_texts_end_nothing() -> None:
    assert pieces("""{{ x|default("}}") }}b""") == [
        ("expression", """{{ x|default("}}") }}"""),
        ("text", "b"),
    ]


def test_a_placeholder_that_does_not_end_is_named_with_its_line() -> None:
    with pytest.raises(TemplateSyntax, match=r"page\.html:2") as caught:
        pieces("a\n{{ x")
    assert "{% raw %}" in str(caught.value)
