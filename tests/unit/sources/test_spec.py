"""What a table may say, and what is said about it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from inkmerge.errors import Location, SourceSyntax
from inkmerge.models import validated
from inkmerge.sources import HttpSpec, SourceSpec, html_selectors, json_paths, xml_paths
from inkmerge.sources.spec import filled_header


def complaint(**table: Any) -> str:
    table.setdefault("location", "a.json")
    with pytest.raises(SourceSyntax) as caught:
        validated(SourceSpec, table, Location("inkmerge.toml"), SourceSyntax, "docs/campaigns.md")
    return str(caught.value)


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    assert "did you mean 'location'?" in complaint(loction="x")
    with pytest.raises(SourceSyntax, match="did you mean 'allow_private'"):
        validated(HttpSpec, {"alow_private": 1}, Location("inkmerge.toml"), SourceSyntax, "the guide")


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("sources/a.json", "json"),
        ("a.NDJSON", "jsonl"),
        ("https://shop.example/feed.rss?x=.csv", "rss"),
        ("https://shop.example/products", None),
        ("https://shop.example/{product}.json", "json"),
        ("a.txt", None),
    ],
)
def test_the_kind_is_told_by_the_suffix(location: str, kind: str | None) -> None:
    assert SourceSpec(location=location).known_kind == kind


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("/etc/passwd", "relative to the campaign's folder"),
        ("file:///etc/passwd", "relative to the campaign's folder"),
        ("ftp://shop.example/", "relative to the campaign's folder"),
        ("//shop.example/", "relative to the campaign's folder"),
        ("https://anna:pw@shop.example/", 'headers = { Authorization = "Basic ${NAME}" }'),
        ("https:///x", "names no host"),
        ("https://{host}/x", "names no host"),
        ("https://shop.example/a b", "%20"),
        ("https://evil.test\\@shop.example/", "no backslashes"),
        ("https://shop.example:port/", "is no address"),
        ("https://shop.example/{a b}", "%20"),
        ("https://shop.example/{a-b}", "in braces"),
        ("", "at least 1 character"),
    ],
)
def test_locations_that_lead_elsewhere_are_refused(location: str, said: str) -> None:
    assert said in complaint(location=location)


@pytest.mark.parametrize(
    "name", ["Authorization", "authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "apikey"]
)
def test_a_secret_in_the_file_is_refused_with_the_cure(name: str) -> None:
    text = complaint(headers={name: "Bearer abc"})
    assert f'{name} = "${{NAME}}"' in text
    assert "Bearer" not in text
    SourceSpec(location="a.json", headers={name: "Bearer ${SHOP_TOKEN}"})


@pytest.mark.parametrize(
    ("name", "text"), [("Host", "x"), ("content-length", "1"), ("a b", "x"), ("x", "a\r\nb: c"), ("x", "ü")]
)
def test_headers_that_would_break_the_request_are_refused(name: str, text: str) -> None:
    assert "header" in complaint(headers={name: text})


def test_headers_are_filled_from_the_environment() -> None:
    assert filled_header("Bearer ${A}-${B}", {"A": "1", "B": "2"}) == "Bearer 1-2"
    with pytest.raises(KeyError):
        filled_header("${C}", {})
    with pytest.raises(ValueError, match="line break"):
        filled_header("${A}", {"A": "x\r\nHost: evil"})


@pytest.mark.parametrize(
    "host", ["*", "*.", "https://shop.example", "shop.example/x", "a b", "", "shop.example:x"]
)
def test_what_is_no_host_is_refused_in_the_allow_list(host: str) -> None:
    with pytest.raises(ValidationError, match="host name"):
        HttpSpec(allow=(host,))


def test_hosts_are_taken_in_each_form() -> None:
    assert (
        len(
            HttpSpec(
                allow=("shop.example", "*.shop.example", "shop.example:8080", "[::1]:80", "127.0.0.1")
            ).allow
        )
        == 5
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"keys": {"product": "a["}}, "keys.product: 'a[' is no JMESPath"),
        ({"items": "nope("}, "items: 'nope(' is no JMESPath"),
        ({"fields": {"x": "nosuch(@)"}}, "fields.x: 'nosuch(@)' is no JMESPath: Unknown function"),
        ({"fields": {"x": "[@,@][]|[@,@][]|[@,@][]"}}, "may take for ever"),
        ({"fields": {"x": "a." * 300 + "a"}}, "more than 500 characters"),
        ({"fields": {"x": "a." * 120 + "a"}}, "too many parts"),
        ({"kind": "xml", "items": "//item["}, "items: '//item[' is no XPath"),
        ({"kind": "xml", "fields": {"x": "p:name"}}, "Undefined namespace prefix (declared are: none)"),
        ({"kind": "csv", "items": "x"}, "csv has items of its own"),
        ({"kind": "rss", "items": "x"}, "rss has items of its own"),
        ({"kind": "html", "items": "li"}, "`fields`"),
        ({"kind": "html", "fields": {"x": "a"}}, "`items`"),
        ({"kind": "html", "items": "li[", "fields": {"x": "a"}}, "items: 'li[' is no CSS selector"),
        ({"kind": "html", "items": "li", "fields": {"x": "a:hover"}}, "fields.x: 'a:hover' uses :hover"),
        ({"kind": "pdf"}, "kind"),
        ({"cache_seconds": -1}, "cache_seconds"),
    ],
)
def test_expressions_are_checked_when_the_table_is_read(table: dict[str, Any], said: str) -> None:
    assert said in complaint(**table)


@pytest.mark.parametrize(
    "expression",
    [
        "name",
        "@id",
        "./a/b[1]",
        "a | b",
        "concat(a, ' ', b)",
        "a[@lang='de']/text()",
        ".//price",
        "../@name",
        "../../@name",
        "normalize-space(a)",
        "number(price) * 2",
        "a[b and c]",
        "a[not(b)][last()]",
        "div/mod",
        "*/*",
        "* * *",
        "string(.)",
        "count(a) > 1",
        "'//[..'",
        "child::a/attribute::b",
        "a/b - 1",
        "and/or",
    ],
)
def test_paths_down_and_functions_are_xpath_that_is_taken(expression: str) -> None:
    assert xml_paths.compiled(expression, (), is_items=False) is not None


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("//name", "starts at the root"),
        ("/a/b", "starts at the root"),
        ("a | //b", "starts at the root"),
        ("a or /b", "starts at the root"),
        ("a * /b", "starts at the root"),
        ("a[/b]", "starts at the root"),
        ("a//b//c", "twice or in brackets"),
        ("a[.//b]", "twice or in brackets"),
        (".//a | b", "|"),
        ("../name", "goes up"),
        ("..", "goes up"),
        ("parent::x/name", "goes up"),
        ("a[../b]", "goes up"),
        ("preceding::a", "the axis preceding::"),
        ("following-sibling::a", "the axis following-sibling::"),
        ("ancestor::a", "the axis ancestor::"),
        ("document('file:///etc/passwd')", "calls document()"),
        ("re:test(a, '(a+)+$')", "calls re:test()"),
        ("id('x')", "calls id()"),
        ("$x", "variable"),
        ("", "is empty"),
        ("a;b", "is no XPath at"),
        ("a[", "is no XPath"),
        ("concat(a)", "is no XPath"),
    ],
)
def test_paths_that_look_around_or_call_elsewhere_are_refused(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        xml_paths.compiled(expression, (), is_items=False)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("//a | //b", "|"),
        ("//a[//b]", "in brackets"),
        ("..", "goes up"),
        ("//a/../@b", "goes up"),
        ("/a[/b]", "starts at the root"),
    ],
)
def test_paths_to_the_items_start_at_the_root_and_go_down_once(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        xml_paths.compiled(expression, (), is_items=True)
    assert xml_paths.compiled("//item[@id][price > 3]", (), is_items=True) is not None


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("a b c d e", "more than 3 blanks"),
        ("a ~ b", "~"),
        ("a:has(b)", ":has"),
        ("p::before", ":before"),
        ("", "is empty"),
        ("a,", "no CSS selector"),
        ("a" * 501, "500"),
    ],
)
def test_selectors_that_look_back_too_often_are_refused(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        html_selectors.compiled(expression, is_items=False)


def test_selectors_may_end_in_an_attribute_except_for_items() -> None:
    assert html_selectors.compiled("a > b + i::attr(data-x)", is_items=False).attribute == "data-x"
    assert html_selectors.compiled("::text", is_items=False).matchers is None
    with pytest.raises(ValueError, match="items"):
        html_selectors.compiled("a::attr(href)", is_items=True)


def test_a_selector_that_ends_in_a_bar_is_none() -> None:
    for selector in ("|", "a |"):
        with pytest.raises(ValueError, match="is no CSS selector"):
            html_selectors.compiled(selector, is_items=True)


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_complaint(text: str) -> None:
    for check in (
        lambda: json_paths.compiled(text, is_items=False),
        lambda: xml_paths.compiled(text, (), is_items=False),
        lambda: xml_paths.compiled(text, (), is_items=True),
        lambda: html_selectors.compiled(text, is_items=True),
    ):
        try:
            check()
        except ValueError:
            pass


@given(st.text(alphabet="ab@.*/[]()|,' =$:or<", max_size=24))
def test_any_path_is_an_expression_or_a_complaint(text: str) -> None:
    for is_items in (False, True):
        try:
            xml_paths.compiled(text, (), is_items=is_items)
        except ValueError:
            pass
