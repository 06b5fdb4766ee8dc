"""Selectors pick content from sources of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inkmerge.errors import (
    InkmergeError,
    SelectorMatchedNothing,
    SelectorMatchedSeveral,
    SourceSyntax,
    SourceUnavailable,
)
from inkmerge.sources import Fetcher, HttpSpec, Source, SourceSpec

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><id>urn:1</id><title type="html">Tom &amp;amp; &lt;b&gt;Jerry&lt;/b&gt;</title>
<link rel="self" href="/self"/><link href="https://shop.example/1"/>
<link rel="enclosure" type="image/png" href="https://shop.example/1.png"/>
<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">One <em>two</em> &lt;three</div></summary>
<updated>2026-11-26T10:00:00Z</updated></entry></feed>"""

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:g="http://base.google.com/ns/1.0"><channel>
<title>Shop</title>
<item><title>قهوة &amp; شاي</title><link>https://shop.example/1</link><guid>a1</guid>
<description><![CDATA[<p>Strong<br>black</p><script>alert(1)</script>]]></description>
<pubDate>Thu, 26 Nov 2026 10:00:00 +0200</pubDate><g:price>4.50 EUR</g:price>
<media:content url="https://shop.example/v.mp4" type="video/mp4"/>
<media:content url="https://shop.example/1.jpg" medium="image"/></item>
<item><title>5 &lt; 6</title><guid>a2</guid><pubDate>yesterday</pubDate></item>
</channel></rss>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Old</title></channel>
<item><title>First</title><link>https://shop.example/</link><dc:date>2001-01-01</dc:date></item></rdf:RDF>"""


class Opener:
    """Writes a file into a campaign's folder and opens it as a source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetcher = Fetcher(HttpSpec())

    def __call__(self, name: str, data: str | bytes, **table: Any) -> Source:
        (self.folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return Source.open("products", SourceSpec(location=name, **table), self.folder, self.fetcher)


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    return Opener(tmp_path)


KEYS = {"product": "sku"}


def test_json_items_are_picked_by_their_key_as_text(opened: Opener) -> None:
    source = opened(
        "p.json",
        '{"all": [{"sku": 4711, "name": "Cup", "x": {"y": 1}}, {"sku": "4711.0"}]}',
        items="all",
        keys=KEYS,
    )
    content = source.select(product="4711")
    assert content.fields == {"sku": 4711, "name": "Cup"}
    assert content.key == {"product": "4711"}
    assert content.origin == "p.json"
    assert source.select(product=4711).fields == content.fields
    assert source.select(product="4711.0").fields == {"sku": "4711.0"}
    assert len(source) == 2


@pytest.mark.parametrize(
    ("value", "key"), [("true", "true"), ("1.5", "1.5"), ("10.0", "10"), ('" a"', " a"), ('"ä"', "ä")]
)
def test_keys_are_compared_as_exact_texts(opened: Opener, value: str, key: str) -> None:
    source = opened("p.json", f'[{{"sku": {value}}}]', keys=KEYS)
    assert source.select(product=key).key == {"product": key}
    for other in (key.strip() + " ", key.upper() + "x", "a\u0308"):
        with pytest.raises(SelectorMatchedNothing):
            source.select(product=other)


def test_fields_are_mapped_by_expressions(opened: Opener) -> None:
    source = opened(
        "p.json",
        '[{"sku": "1", "price": {"eur": 5}, "tags": ["a", "b"], "first name": "x", "html": "<b>&amp;</b>"}]',
        keys=KEYS,
        fields={
            "price": "price.eur",
            "tags": "join(', ', tags)",
            "none": "nothing.here",
            "name": '"first name"',
            "html": "html",
            "many": "length(tags)",
            "cheap": "price.eur < `6`",
        },
    )
    assert source.select(product="1").fields == {
        "price": 5, "tags": "a, b", "none": None, "name": "x", "html": "<b>&amp;</b>", "many": 2, "cheap": True,
    }  # fmt: skip


@pytest.mark.parametrize("expression", ["tags", "price", "join(price, tags)"])
def test_a_field_that_is_no_plain_value_is_named(opened: Opener, expression: str) -> None:
    source = opened("p.json", '[{"sku": "1", "price": {}, "tags": [1]}]', keys=KEYS, fields={"f": expression})
    with pytest.raises(SourceUnavailable, match=r"fields\.f of `products`") as caught:
        source.select(product="1")
    assert caught.value.code == "source-malformed"


def test_nothing_that_matches_names_the_nearest_key(opened: Opener) -> None:
    source = opened("p.csv", "sku,name\ncup-red,A\ncup-blue,B\n", keys=KEYS)
    with pytest.raises(SelectorMatchedNothing) as caught:
        source.select(product="cup-rde")
    assert str(caught.value) == (
        "error[selector-matched-nothing]: no item of `products` has product = 'cup-rde'\n"
        "  --> p.csv\nhint: did you mean 'cup-red'?"
    )


def test_several_that_match_name_their_lines(opened: Opener) -> None:
    source = opened("p.csv", "sku,lang\n1,de\n2,de\n1,en\n", keys={"product": "sku", "language": "lang"})
    with pytest.raises(SelectorMatchedSeveral) as caught:
        source.select(product="1")
    assert "2 items of `products` have product = '1', in lines 2, 4" in caught.value.message
    assert caught.value.hint is not None
    assert "language" in caught.value.hint
    assert source.select(product="1", language="en").fields == {"sku": "1", "lang": "en"}
    with pytest.raises(SelectorMatchedNothing, match="language = 'fr', product = '1'"):
        source.select(product="1", language="fr")


def test_every_source_has_positions_and_one_of_a_single_item_needs_no_selector(opened: Opener) -> None:
    source = opened("p.jsonl", '{"a": 1}\n\n{"a": 2}\n')
    assert source.select(position=2).fields == {"a": 2}
    with pytest.raises(SelectorMatchedSeveral, match="no selector picks one"):
        source.select()
    with pytest.raises(SelectorMatchedNothing):
        source.select(position=3)
    assert opened("one.json", '{"a": 1}').select().fields == {"a": 1}
    with pytest.raises(SelectorMatchedNothing, match="no items"):
        opened("none.json", "[]").select()


def test_a_selector_that_is_no_key_of_the_source_is_named(opened: Opener) -> None:
    source = opened("p.json", "[]", keys=KEYS)
    with pytest.raises(SourceSyntax, match="did you mean 'product'"):
        source.select(prodct="1")
    with pytest.raises(SourceSyntax, match="there are: product, position"):
        source.select(zzz="1")


def test_items_without_a_key_are_a_finding(opened: Opener) -> None:
    source = opened("p.csv", "sku,name\n1,A\n,B\n,C\n", keys=KEYS)
    assert [finding.code for finding in source.findings] == ["source-key-missing"]
    assert "2 of 3 items" in source.findings[0].message
    with pytest.raises(SelectorMatchedNothing):
        source.select(product=None)


def test_csv_is_read_in_any_dialect_and_an_empty_cell_is_no_value(opened: Opener) -> None:
    source = opened("p.csv", "sku;Preis in €\n1;4,50\n2;\n".encode("cp1252"), keys=KEYS, encoding="cp1252")
    assert source.select(product="1").fields == {"sku": "1", "Preis in €": "4,50"}
    assert source.select(product="2").fields == {"sku": "2", "Preis in €": None}


@pytest.mark.parametrize(
    ("data", "said", "line"),
    [
        (b"sku\n\xe9\n", "is not utf-8", 2),
        (b"sku,name\n1,a,b\n", "has 3 cells", 2),
        (b"", "no header", 1),
        (b"sku,sku\n", "is there twice", 1),
        (b"PK\x03\x04\0\0", "no text", None),
    ],
)
def test_csv_that_cannot_be_read_names_the_line(
    opened: Opener, data: bytes, said: str, line: int | None
) -> None:
    with pytest.raises(SourceUnavailable, match=said) as caught:
        opened("p.csv", data, keys=KEYS)
    assert (caught.value.code, caught.value.location.line) == ("source-malformed", line)


def test_a_column_that_is_not_there_is_named_when_the_source_is_opened(opened: Opener) -> None:
    with pytest.raises(SourceSyntax, match=r"keys\.product: there is no column 'SKU'; did you mean 'sku'"):
        opened("p.csv", "sku,name\n1,A\n", keys={"product": "SKU"})
    with pytest.raises(SourceSyntax, match="there are: sku, name"):
        opened("p.csv", "sku,name\n1,A\n", fields={"x": "zzzzz"})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[" * 60 + "]" * 60, "nested deeper than 50"),
        ("[" * 100_000, "too deep"),
        ("1" * 5000, "too long"),
        ('{"all": 1}', "finds a single value"),
        ('{"al": [], "b": []}', "the source has lists at: al, b"),
        ("\ufeff[", "is not JSON"),
    ],
)
def test_json_that_is_none_or_holds_no_list_is_told(opened: Opener, data: str, said: str) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        opened("p.json", data, items="all")
    assert said in str(caught.value)


def test_a_broken_line_of_json_is_named(opened: Opener) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        opened("p.jsonl", '{"a": 1}\n{"a": \n')
    assert str(caught.value.location) == "p.jsonl:2"


def test_xml_items_are_picked_with_xpath(opened: Opener) -> None:
    data = """<shop name="S"><part><p id="1"><name>Cup</name><price>4</price><d><x/></d></p></part>
    <p id="2"><name>A <b>B</b></name></p></shop>"""
    source = opened("p.xml", data, items="//p", keys={"product": "@id"})
    assert source.select(product="1").fields == {"id": "1", "name": "Cup", "price": "4"}
    source = opened(
        "p.xml", data, items="p", keys={"product": "@id"},
        fields={"n": "name", "s": "../@name", "c": "count(name)", "x": "number(name)", "e": "nothing", "t": "name='x'"},
    )  # fmt: skip
    assert source.select(product=2).fields == {"n": "A B", "s": "S", "c": 1, "x": None, "e": None, "t": False}


def test_xml_with_a_namespace_that_was_not_declared_names_it(opened: Opener) -> None:
    data = '<shop xmlns="urn:shop"><p id="1"/></shop>'
    with pytest.raises(SourceUnavailable, match="finds nothing") as caught:
        opened("p.xml", data, items="p")
    assert 'namespaces = { p = "urn:shop" }' in (caught.value.hint or "")
    source = opened("p.xml", data, items="s:p", keys={"product": "@id"}, namespaces={"s": "urn:shop"})
    assert source.select(product="1").fields == {"id": "1"}


BOMB = (
    "<!DOCTYPE a ["
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 50}">' for n in range(10))
    + "]>"
)


@pytest.mark.parametrize(
    "data",
    [
        f"{BOMB}<a><p>&e9;</p></a>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><p>&x;</p></a>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]><a><p>&y;</p></a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a><p>&x;</p></a>',
        "<a>" * 300 + "</a>" * 300,
        "<a><p></a>",
        "no xml",
        "",
        "<a/>" * 2,
        '<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)
def test_xml_that_explodes_loads_or_is_none_is_refused(opened: Opener, data: str) -> None:
    for kind in ("xml", "rss"):
        with pytest.raises(SourceUnavailable):
            opened("p.xml", data, kind=kind, **({"items": "p"} if kind == "xml" else {}))


def test_an_item_of_xml_that_is_too_large_for_predicates_is_refused(opened: Opener) -> None:
    with pytest.raises(SourceUnavailable, match="more than 10,000 elements"):
        opened("p.xml", f"<a><p>{'<x/>' * 10_001}</p></a>", items="p")


def test_a_feed_gives_the_same_fields_whatever_its_format(opened: Opener) -> None:
    atom = opened("f.atom", ATOM, keys={"id": "id"}).select(id="urn:1")
    assert atom.fields == {
        "title": "Tom & Jerry",
        "link": "https://shop.example/1",
        "summary": "One two <three",
        "published": "2026-11-26T10:00:00Z",
        "image": "https://shop.example/1.png",
    }
    rss = opened("f.rss", RSS, keys={"id": "id"}).select(id="a1")
    assert rss.fields == {
        "title": "قهوة & شاي",
        "link": "https://shop.example/1",
        "summary": "Strong black",
        "published": "2026-11-26T10:00:00+02:00",
        "image": "https://shop.example/1.jpg",
    }
    assert opened("f.rss", RDF).select(position=1).fields["published"] == "2001-01-01"


def test_a_feed_may_lack_anything_and_be_asked_for_more(opened: Opener) -> None:
    source = opened(
        "f.rss",
        RSS,
        keys={"id": "guid"},
        fields={"t": "title", "p": "g:price", "d": "published", "i": "image"},
    )
    assert source.select(id="a2").fields == {"t": "5 < 6", "p": None, "d": "yesterday", "i": None}
    assert source.select(id="a1").fields["p"] == "4.50 EUR"


def test_xml_that_is_a_feed_is_read_as_one_and_a_page_is_not(opened: Opener) -> None:
    assert opened("f.xml", RSS).select(position=2).fields["title"] == "5 < 6"
    with pytest.raises(SourceUnavailable, match="is no feed: its root is <html>"):
        opened("f.rss", "<html><body/></html>")


def test_html_items_are_picked_with_css(opened: Opener) -> None:
    page = b"""<!DOCTYPE html><meta charset=latin-1><body><ul class=a><li data-id=1><a href=" /x ">C<b>u</b>p</a>
    <style>b{}</style><br>\xe9 &lt;b&gt;<li data-id=2>Mug</ul><li data-id=3>no"""
    source = opened(
        "p.html", page, items="ul.a > li", keys={"product": "::attr(data-id)"},
        fields={"text": "::text", "link": "a::attr(href)", "none": "i", "also_none": "a::attr(id)"},
    )  # fmt: skip
    assert source.select(product="1").fields == {
        "text": "Cup é <b>",
        "link": "/x",
        "none": None,
        "also_none": None,
    }
    assert source.select(product="2").fields["text"] == "Mug"
    assert len(source) == 2


@pytest.mark.parametrize("page", ["", "   ", "<p>x"])
def test_a_page_without_items_is_told(opened: Opener, page: str) -> None:
    with pytest.raises(SourceUnavailable):
        opened("p.html", page, items="li", fields={"x": "::text"})


def test_a_deep_page_is_refused_where_a_selector_would_take_minutes(opened: Opener) -> None:
    page = "<div>" * 200 + "<i></i>" * 2000
    with pytest.raises(SourceUnavailable, match="too many for selectors with several blanks"):
        opened("p.html", page, items="i", fields={"x": "a b c d"})
    assert len(opened("p.html", page, items="div > i", fields={"x": "::text"})) == 2000


def test_a_page_may_nest_deeper_than_python_can_call(opened: Opener) -> None:
    source = opened("p.html", "<b>" * 5000 + "x", items="body > b", fields={"x": "::text"})
    assert len(source) == 1


@pytest.mark.parametrize("location", ["../secret.json", "link.json"])
def test_a_file_outside_the_campaign_is_not_read(tmp_path: Path, location: str) -> None:
    (tmp_path / "secret.json").write_text("[]")
    folder = tmp_path / "campaign"
    folder.mkdir()
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(SourceUnavailable) as caught:
        Source.open("s", SourceSpec(location=location), folder, Fetcher(HttpSpec()))
    assert caught.value.code == "source-not-allowed"


@pytest.mark.parametrize("location", ["gone.json", "folder.json", "a\nb.json", "x" * 300 + ".json"])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, location: str) -> None:
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(SourceUnavailable):
        Source.open("s", SourceSpec(location=location), tmp_path, Fetcher(HttpSpec()))


def test_a_kind_that_cannot_be_told_is_asked_for(opened: Opener) -> None:
    with pytest.raises(SourceSyntax, match="cannot be told"):
        opened("p.txt", "x")
    assert opened("p.txt", "[]", kind="json") is not None


def test_what_is_no_number_is_no_value_and_an_empty_key_no_key(opened: Opener) -> None:
    source = opened("p.json", '[{"sku": "", "a": NaN, "b": 1e999}, {"sku": null}]', keys=KEYS)
    assert source.select(position=1).fields == {"sku": "", "a": None, "b": None}
    for value in ("", None):
        with pytest.raises(SelectorMatchedNothing):
            source.select(product=value)


def test_half_of_a_pair_of_code_units_becomes_a_replacement_character(opened: Opener) -> None:
    assert opened("p.json", '[{"a": "\\ud800x"}]').select().fields == {"a": "\ufffdx"}


def test_a_miss_among_many_keys_is_compared_with_few_of_them(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    def matches(_word: str, candidates: dict[str, str], _count: int) -> list[str]:
        compared.append(len(candidates))
        return []

    monkeypatch.setattr("inkmerge.sources.index.get_close_matches", matches)
    source = opened("p.csv", "sku\n" + "\n".join(map(str, range(1000))), keys=KEYS)
    with pytest.raises(SelectorMatchedNothing):
        source.select(product="500x")
    assert compared == [20]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    kind=st.sampled_from(["json", "jsonl", "csv", "xml", "rss", "html"]),
    data=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='<>/aip"=,;[]{}:&\n 1', max_size=80).map(str.encode),
        st.sampled_from([RSS, ATOM, RDF]).flatmap(
            lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, 40)).map(
                lambda cut: (text[: cut[0]] + text[cut[0] + cut[1] :]).encode()
            )
        ),
    ),
)
def test_any_bytes_are_a_source_or_an_error_of_ours(opened: Opener, kind: str, data: bytes) -> None:
    table: dict[str, Any] = {"items": "i", "fields": {"x": "a"}} if kind == "html" else {}
    try:
        content = opened("any", data, kind=kind, **table).select(position=1)
    except InkmergeError:
        return
    for value in content.fields.values():
        assert value is None or isinstance(value, str | int | float)
        str(value).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(keys=st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=8))
def test_each_key_finds_its_own_item(opened: Opener, keys: list[str]) -> None:
    source = opened("p.json", json.dumps([{"sku": key, "n": n} for n, key in enumerate(keys)]), keys=KEYS)
    for number, key in enumerate(keys):
        assert source.select(product=key).fields["n"] == number


def remote(shop: Any, fetcher: Fetcher, **table: Any) -> Source:
    spec = SourceSpec(**{"location": "http://shop.example/products", "keys": KEYS, **table})
    return Source.open("products", spec, shop.cache, fetcher, environment={"TOKEN": "s3cret"})


def test_a_source_at_an_address_tells_its_kind_by_what_the_server_says(shop: Any) -> None:
    for path, media_type, data in [
        ("/json", "application/json", b'[{"sku": 1}]'),
        ("/ld", "application/ld+json", b'[{"sku": 1}]'),
        ("/csv", "text/csv; charset=utf-16", "sku\n1\n".encode("utf-16")),
        ("/xml", "text/xml", b"<a><p><sku>1</sku></p></a>"),
        ("/lines", "application/x-ndjson", b'{"sku": 1}\n'),
    ]:
        shop.server.gives(path, data, content_type=media_type)
        with shop.fetcher() as fetcher:
            content = remote(shop, fetcher, location=f"http://shop.example{path}").select(product="1")
        assert str(content.fields["sku"]) == "1"
        assert content.fetched_at == shop.clock()
    shop.server.gives("/what", b"x", content_type="application/pdf")
    with shop.fetcher() as fetcher, pytest.raises(SourceSyntax, match="cannot be told"):
        remote(shop, fetcher, location="http://shop.example/what")


def test_expressions_are_checked_once_the_kind_is_known(shop: Any) -> None:
    shop.server.gives("/products", b"<a/>", content_type="text/xml")
    with shop.fetcher() as fetcher, pytest.raises(SourceSyntax, match="is no XPath"):
        remote(shop, fetcher, keys={"product": "a["})


def test_secrets_come_from_the_environment(shop: Any) -> None:
    shop.server.gives("/products", b"[]", content_type="application/json")
    with shop.fetcher() as fetcher:
        remote(shop, fetcher, headers={"Authorization": "Bearer ${TOKEN}"})
        with pytest.raises(SourceSyntax, match="needs the environment variable NONE"):
            remote(shop, fetcher, headers={"Authorization": "Bearer ${NONE}"})
    assert shop.server.seen[0].headers["authorization"] == "Bearer s3cret"


def test_an_old_copy_is_used_with_a_finding_and_without_one_the_place_is_named(shop: Any) -> None:
    shop.server.on(
        "/products",
        lambda talk: talk.reply(b'[{"sku": 1}]', content_type="application/json"),
        lambda talk: talk.reply(status="404 Not Found"),
    )
    with shop.fetcher() as fetcher:
        remote(shop, fetcher)
    shop.clock.pass_(3600)
    with shop.fetcher() as fetcher:
        source = remote(shop, fetcher)
        assert source.select(product=1).findings == source.findings
        assert [finding.code for finding in source.findings] == ["source-stale"]
        assert "as of 2026-11-26 12:00 UTC: the source answers 404" in source.findings[0].message
        with pytest.raises(SourceUnavailable) as caught:
            remote(shop, fetcher, location="http://shop.example/gone")
    assert str(caught.value.location) == "http://shop.example/gone"
    assert caught.value.hint


def test_a_body_that_broke_on_its_way_replaces_no_good_copy(shop: Any) -> None:
    replies = [
        lambda talk, body=body: talk.reply(body, content_type="application/json")
        for body in (b'[{"sku": 1}]', b'[{"sku": 1}, {"sk')
    ]
    shop.server.on("/products", *replies)
    for findings in ([], ["source-stale"], ["source-stale"]):
        with shop.fetcher() as fetcher:
            source = remote(shop, fetcher)
            assert [finding.code for finding in source.findings] == findings
            assert source.select(product=1).fields == {"sku": 1}


def test_a_live_source_is_asked_again_when_its_copy_is_old_enough(shop: Any) -> None:
    shop.server.gives("/products", b'[{"sku": 1}]', content_type="application/json")
    for mode, asked in (("live", 1), ("live", 1), ("import", 2)):
        with shop.fetcher() as fetcher:
            remote(shop, fetcher, mode=mode, cache_seconds=60)
        assert len(shop.server.seen) == asked


def test_a_source_may_be_read_only_when_something_is_selected(shop: Any) -> None:
    shop.server.gives("/products", b'[{"sku": 1}]', content_type="application/json")
    spec = SourceSpec(
        location="http://shop.example/products", keys=KEYS, headers={"Authorization": "${TOKEN}"}
    )
    with shop.fetcher() as fetcher:
        source = Source("products", spec, shop.cache, fetcher, environment={"TOKEN": "x"})
        assert (shop.server.seen, len(source)) == ([], 0)
        assert source.select(product=1).fields == {"sku": 1}
        assert len(shop.server.seen) == 1
        poor = Source("products", spec, shop.cache, fetcher, environment={})
        with pytest.raises(SourceSyntax, match="needs the environment variable TOKEN"):
            poor.select(product=1)


def test_an_address_may_hold_selectors_which_are_escaped(shop: Any) -> None:
    shop.server.gives("/p/4711.json", b'{"name": "Cup"}', content_type="application/json")
    shop.server.gives("/p/..%2F%3Fa%40b.json", b'{"name": "Odd"}', content_type="application/json")
    with shop.fetcher() as fetcher:
        source = remote(shop, fetcher, location="http://shop.example/p/{product}.json", mode="live", keys={})
        assert shop.server.seen == []
        requests = [source.request(product=key) for key in ("4711", "../?a@b", "4712")]
        found = fetcher.prefetch([one for one in requests if one])
        assert isinstance(found[2], SourceUnavailable)
        asked = len(shop.server.seen)
        assert source.select(product=4711).fields == {"name": "Cup"}
        assert source.select(product="../?a@b").fields == {"name": "Odd"}
        assert source.select(product=4711).key == {"product": "4711"}
        assert len(shop.server.seen) == asked
        for bad in (None, "", ".", ".."):
            with pytest.raises(SourceSyntax, match="needs a value for 'product'"):
                source.select(product=bad)


def test_a_file_needs_no_request(opened: Opener) -> None:
    assert opened("p.json", "[]").request(product=1) is None


def test_a_key_that_is_a_list_names_its_expression(opened: Opener) -> None:
    with pytest.raises(SourceUnavailable, match=r"keys\.product: 'sku' finds a list of 2; pick one"):
        opened("p.json", '[{"sku": ["a", "b"]}]', keys=KEYS)


def test_items_of_xml_that_are_no_elements_are_told(opened: Opener) -> None:
    with pytest.raises(SourceUnavailable, match="finds no elements"):
        opened("p.xml", "<a><p>x</p></a>", items="p/text()")


def test_an_encoding_of_a_page_that_is_not_known_is_told(opened: Opener) -> None:
    with pytest.raises(SourceUnavailable, match="'nonsense' is not known"):
        opened("p.html", "<p>x", items="p", fields={"x": "::text"}, encoding="nonsense")
    with pytest.raises(SourceUnavailable, match="'nonsense' is not known"):
        opened("p.csv", "sku\n", encoding="nonsense")


@pytest.mark.parametrize(
    ("name", "data", "table"),
    [
        ("f.rss", RSS.replace("a2", "a1"), {"keys": {"id": "id"}}),
        ("p.xml", "<a>\n<p id='a1'/>\n<p id='a1'/></a>", {"keys": {"id": "@id"}, "items": "p"}),
        (
            "p.html",
            "<p>\n<i id=a1>x</i>\n<i id=a1>y</i>",
            {"keys": {"id": "::attr(id)"}, "items": "i", "fields": {"x": "::text"}},
        ),
    ],
)
def test_markup_with_a_key_twice_names_the_lines(opened: Opener, name: str, data: str, table: Any) -> None:
    with pytest.raises(SelectorMatchedSeveral, match=r"in lines \d+, \d+") as caught:
        opened(name, data, **table).select(id="a1")
    assert caught.value.location.line is not None
