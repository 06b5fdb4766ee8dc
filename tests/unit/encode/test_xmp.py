from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode, read_text_alternative
from inkmerge.encode.options import Format
from inkmerge.encode.xmp import text_alternative_of, xmp_packet
from inkmerge.errors import Severity
from inkmerge.raster.canvas import Canvas

DOT = Canvas(memoryview(bytes(4)), 1, 1, 4, 96)
FORMATS = ("png", "jpeg", "webp", "gif")


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    "alt",
    [
        "Für Anna",
        """Tom & Jerry <tom@example.com> "T" 'J'""",
        "]]> <!-- --> <?xpacket end='r'?> &amp; &#0;",
        "👩‍👩‍👧‍👦 🏳️‍🌈",
        "שלום \u2067مرحبا\u2069",  # noqa: RUF001  # Arabic is what is tested
        "  spaces, a tab\t, lines\nand\r\nreturns\r ",
        "{properties} {0} %s",
        "a\u0085b\u2028c\u00a0d\u200de\ufeff",
        "",
    ],
)
def test_awkward_alt_texts_come_back_out_of_every_format_unchanged(fmt: Format, alt: str):
    text = TextAlternative(alt, f"long: {alt}", "he")
    assert read_text_alternative(encode(DOT, EncodeOptions(fmt), text).data) == text


@settings(max_examples=60)
@given(st.text(), st.none() | st.text(min_size=1), st.sampled_from(["en", "pt-BR", "zh-Hant-TW"]))
def test_any_text_comes_back_without_what_xml_forbids(alt: str, description: str | None, language: str):
    found = text_alternative_of(xmp_packet(TextAlternative(alt, description, language)).encode())
    assert found is not None
    assert found.alt == kept(alt)
    assert found.extended_description == (None if description is None else kept(description))
    assert found.language == language


def kept(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)


def test_forbidden_characters_and_lone_surrogates_are_dropped():
    text = TextAlternative("a\0b\x1b\ud800c\uffff", None, "en\0")
    assert text_alternative_of(xmp_packet(text).encode()) == TextAlternative("abc", None, "en")


def test_the_packet_holds_the_iptc_properties_as_language_alternatives():
    root = etree.fromstring(xmp_packet(TextAlternative("Kurz", "Lang", "de")).encode())
    names = {
        "i": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
    for name, value in (("AltTextAccessibility", "Kurz"), ("ExtDescrAccessibility", "Lang")):
        items = root.findall(f"rdf:RDF/rdf:Description/i:{name}/rdf:Alt/rdf:li", names)
        tag = "{http://www.w3.org/XML/1998/namespace}lang"
        assert [(item.get(tag), item.text) for item in items] == [("x-default", value), ("de", value)]


def test_a_decorative_image_says_so_with_an_empty_alt_text():
    data = encode(DOT, EncodeOptions(), TextAlternative("")).data
    assert read_text_alternative(data) == TextAlternative("", None, "en")


@pytest.mark.parametrize("description", [None, ""])
def test_no_extended_description_is_no_property(description: str | None):
    assert "ExtDescr" not in xmp_packet(TextAlternative("x", description))


@pytest.mark.parametrize("language", ["", "x-default"])
def test_a_text_without_a_language_is_the_default_alone(language: str):
    packet = xmp_packet(TextAlternative("x", None, language))
    assert packet.count("rdf:li xml:lang") == 1
    assert text_alternative_of(packet.encode()) == TextAlternative("x", None, "und")


def test_a_jpeg_leaves_out_an_extended_description_that_its_segment_cannot_hold():
    text = TextAlternative("short", "&" * 40_000)
    encoded = encode(DOT, EncodeOptions("jpeg"), text)
    assert read_text_alternative(encoded.data) == TextAlternative("short")
    (finding,) = encoded.findings
    assert (finding.code, finding.severity) == ("text-alternative-cut", Severity.WARNING)
    assert "extended description" in finding.message


def test_a_jpeg_leaves_out_an_alt_text_that_its_segment_cannot_hold():
    encoded = encode(DOT, EncodeOptions("jpeg"), TextAlternative("x" * 70_000))
    assert read_text_alternative(encoded.data) is None
    assert [finding.code for finding in encoded.findings] == ["text-alternative-cut"]


def test_a_jpeg_holds_a_packet_of_exactly_the_segment_size():
    empty = len(xmp_packet(TextAlternative("x", "y", "")).encode())
    text = TextAlternative("x", "y" * (65_502 - empty + 1), "")
    assert len(xmp_packet(text).encode()) == 65_502
    encoded = encode(DOT, EncodeOptions("jpeg"), text)
    assert not encoded.findings
    found = read_text_alternative(encoded.data)
    assert found is not None
    assert found.extended_description == text.extended_description


@pytest.mark.parametrize("fmt", ["png", "webp", "gif"])
def test_every_other_format_holds_an_extended_description_of_any_length(fmt: Format):
    text = TextAlternative("short", "long " * 20_000)
    encoded = encode(DOT, EncodeOptions(fmt, size_budget=10**7), text)
    assert not encoded.findings
    assert read_text_alternative(encoded.data) == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"BM",
        b"GIF89a",
        b"GIF89a\1\0\1\0\0\0\0\x21\xff\x0bXMP DataXMP<x/>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8",
        b"\xff\xd8\xff\xe1\0\0",
        b"RIFF\0\0\0\0WEBPXMP \xff\xff\xff\xff<",
    ],
    ids=["empty", "other-format", "gif", "gif-no-trailer", "png", "jpeg", "jpeg-no-length", "webp-cut"],
)
def test_a_file_without_a_text_alternative_gives_none(data: bytes):
    assert read_text_alternative(data) is None


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_file_cut_anywhere_is_read_without_an_error(fmt: Format):
    text = TextAlternative("Für Anna")
    data = encode(DOT, EncodeOptions(fmt), text).data
    assert {read_text_alternative(data[:length]) for length in range(len(data))} <= {None, text}


@pytest.mark.parametrize(
    "packet",
    [
        b"<x/>",
        b"not xml",
        b"",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>',
    ],
)
def test_a_packet_without_a_text_alternative_gives_none(packet: bytes):
    assert text_alternative_of(packet) is None
