"""A page keeps every byte but its placeholders and image elements, and no value becomes markup."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turbohtml import parse

from inkmerge.content.cleaning import clean
from inkmerge.errors import InkmergeError
from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.mailing.page import ImageCall, Page
from inkmerge.mailing.page_compiling import compile_page


def page(source: str) -> Page:
    return compile_page(source, "page.html", "en", DEFAULT_LIMITS)


def filled(source: str, **recipient: Any) -> str:
    return "".join(
        part
        if isinstance(part, str)
        else "".join(one if isinstance(one, str) else one.source for one in part.tag)
        for part in page(source).fill({**recipient, "recipient": recipient})
    )


def images(source: str, **recipient: Any) -> list[ImageCall]:
    parts = page(source).fill({**recipient, "recipient": recipient})
    return [part for part in parts if isinstance(part, ImageCall)]


def refusal(source: str, **recipient: Any) -> str:
    with pytest.raises(InkmergeError) as caught:
        filled(source, **recipient)
    return str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "<p>plain</p>\r\n<!-- c -->\r\n",
        "<!--[if mso]><v:roundrect xmlns:v='urn:x' arcsize=\"8%\"><w:anchorlock/></v:roundrect><![endif]-->",
        "<![if !mso]><p><![endif]>",
        "%%first_name%% *|FNAME|* [NAME] ${name} {name} &#39;&apos;&nbsp;&eacute &copy; é",
        "<TD  Width = 10 hidden\tclass='a'  >",
        "<p>1 < 2 && 3 > 2 <p <b>",
        "\ufeff<html>\r\r\n\n</html>\n",
    ],
)
def test_what_is_not_ours_stays_byte_for_byte(source: str) -> None:
    assert filled(source) == source


def test_a_value_is_escaped_where_it_stands() -> None:
    source = '<p title="{{ x }}">{{ x }}</p><a href="https://a.example/?q={{ x }}&amp;r=1">'
    assert filled(source, x="""</td>"<b>'&""") == (
        '<p title="&lt;/td&gt;&#34;&lt;b&gt;&#39;&amp;">&lt;/td&gt;&#34;&lt;b&gt;&#39;&amp;</p>'
        '<a href="https://a.example/?q=%3C%2Ftd%3E%22%3Cb%3E%27%26&amp;r=1">'
    )


@given(st.text())
def test_no_value_adds_an_element_or_an_attribute(value: str) -> None:
    source = (
        '<p title="{{ x }}" class=\'{{ x }}\'>{{ x }}</p><a href="https://a.example/{{ x }}">l</a>'
        "<title>{{ x }}</title><textarea>{{ x }}</textarea><!-- {{ x }} -->"
    )

    def shape(html: str) -> list[tuple[str, list[str]]]:
        return [(one.tag, sorted(one.attrs)) for one in parse(html).select("*")]

    assert shape(filled(source, x=value)) == shape(filled(source, x="x"))


@given(st.text(min_size=1))
def test_a_reader_sees_the_value(value: str) -> None:
    shown = clean(value, 8)
    paragraph = parse(filled('<p title="{{ x }}">|{{ x }}|</p>', x=value)).select_one("p")
    assert paragraph is not None
    assert paragraph.text == f"|{shown}|"
    assert paragraph.attrs["title"] == shown


def test_a_value_of_half_a_character_is_written_without_it() -> None:
    assert (
        filled('<a href="https://a.example/{{ x }}">{{ x }}', x="a\ud83d\0b")
        == '<a href="https://a.example/ab">ab'
    )


def test_blocks_and_loops_choose_what_is_written() -> None:
    source = (
        "{% if a %}<b>{{ a }}</b>{% else %}<i>none</i>{% endif %}{% for x in xs %}<li>{{ x }}{% endfor %}"
    )
    assert filled(source, a="A", xs=["1", "2"]) == "<b>A</b><li>1<li>2"
    assert filled(source, a="", xs=[]) == "<i>none</i>"


def test_a_value_that_is_known_beforehand_is_escaped_too() -> None:
    assert filled("{{ '<b>' }}{{ 1 + 1 }}") == "&lt;b&gt;2"


def test_a_value_may_hold_what_looks_like_a_mark() -> None:
    assert filled("<p>{{ x }}</p>", x="\ue000L0\ue001") == "<p>\ue000L0\ue001</p>"


def test_a_whole_link_keeps_its_form_and_loses_what_runs() -> None:
    source = '<a href="{{ url }}">'
    assert filled(source, url=" https://a.example/x?y=1&z=ü#f ") == (
        '<a href="https://a.example/x?y=1&amp;z=%C3%BC#f">'
    )
    assert filled(source, url="/path") == '<a href="/path">'
    for url in (
        "javascript:alert(1)",
        " JavaScript\t:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "java\nscript:x",
    ):
        assert "a link has the scheme" in refusal(source, url=url)


def test_a_number_that_is_dialled_keeps_its_plus() -> None:
    assert filled('<a href="tel:{{ phone }}">', phone="+49 30 123") == '<a href="tel:+4930123">'


def test_a_style_takes_plain_values_only() -> None:
    assert filled('<p style="color:{{ c }}">', c="#fa0") == '<p style="color:#fa0">'
    assert (
        filled("<style>p { color: {{ c }} }</style>", c="rgb(1, 2, 3)")
        == "<style>p { color: rgb(1, 2, 3) }</style>"
    )
    for value in ("red; x: y", "url(https://x)", "}</style>", "expression(1)", "a:b"):
        assert "no plain value of CSS" in refusal('<p style="color:{{ c }}">', c=value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<p>\n<td width={{ w }}>", "page.html:2"),
        ("<p {{ x }}>", "stands inside a tag"),
        ("<{{ x }}>", "stands"),
        ("<script>\nvar a = '{{ x }}'</script>", "stands in a script"),
        ('<p onclick="a({{ x }})">', "onclick"),
        ("<p>{{ x</p>", "{% raw %}"),
        ("<p>{% for a in b %}</p>", "endfor"),
        ("<p>{{ x.__class__ }}</p>", "not allowed"),
        ("<p>{{ cycler() }}</p>", "only range(), container()"),
        ("<p>\ue000</p>", "U+E000"),
        ('<img data-inkmerge="a b">', "no name of an image element"),
        ('<img data-inkmerge="{{ x }}">', "no name of an image element"),
        ('<img data-inkmerge="a" {% if x %}alt="b">{% endif %}', "crosses the border"),
        ('{% if x %}<img data-inkmerge="a" {% endif %}alt="b">', "crosses the border"),
        ('<p title="{{ container("a") }}">', "inside a tag"),
    ],
)
def test_what_cannot_stand_there_is_refused_with_its_place(source: str, said: str) -> None:
    assert said in refusal(source, x="1", w="1", b=[])


def test_a_missing_value_is_named_with_its_line() -> None:
    said = refusal("<p>\r\n\r\n{{ here }}\r\n{% if here %}\r\n{{ gone }}{% endif %}", here="x")
    assert "`gone`" in said
    assert "page.html:5" in said


def test_a_fault_in_a_link_is_named_with_its_line() -> None:
    assert "page.html:3" in refusal('{# a\n #}<p>\n<a href="{{ u }}">', u="javascript:x")


def test_an_image_element_has_its_name_its_keys_and_its_line() -> None:
    source = '<p>\n<img data-inkmerge="teaser" data-select-product="{{ sku }}" data-select-shop=eu>'
    (call,) = images(source, sku="A & B")
    assert (call.name, call.is_container, call.line) == ("teaser", False, 2)
    assert call.selected == {"product": "A & B", "shop": "eu"}


def test_an_image_element_may_be_written_as_an_address() -> None:
    (call,) = images('<img src="inkmerge:teaser?product={{ sku }}&amp;shop=eu" width="300">', sku="A&B")
    assert (call.name, call.selected) == ("teaser", {"product": "A&B", "shop": "eu"})


def test_a_container_is_called_by_name_with_keys() -> None:
    (call,) = images('<p>{{ container("teaser", product=sku, number=2) }}</p>', sku="x")
    assert (call.name, call.is_container, call.selected) == ("teaser", True, {"product": "x", "number": "2"})


def test_image_elements_stand_in_conditional_comments_and_not_in_comments() -> None:
    source = '<!-- <img data-inkmerge="a"> --><!--[if mso]><img data-inkmerge="b"><![endif]--><img data-inkmerge="c">'
    assert [one.name for one in images(source)] == ["b", "c"]


def test_image_elements_in_loops_come_once_a_turn() -> None:
    source = '{% for one in xs %}<img data-inkmerge="a" data-select-sku="{{ one }}">{% endfor %}'
    assert [one.selected["sku"] for one in images(source, xs=["1", "2"])] == ["1", "2"]


def test_ten_thousand_image_elements_are_refused() -> None:
    said = refusal('<img data-inkmerge="a">' * 10_000)
    assert "10,000" in said
    assert "200" in said


def test_the_fields_of_a_page_are_known() -> None:
    uses = page(
        "{{ a }}{{ b|default('') }}{% for x in c %}{{ x }}{{ container('t', k=d) }}{% endfor %}"
    ).fields
    assert sorted((one.path[-1], one.has_default) for one in uses) == [
        *(("a", False), ("b", True), ("c", False), ("d", False)),
    ]
