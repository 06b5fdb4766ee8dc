from __future__ import annotations

from dataclasses import replace

import pytest

from inkmerge.errors import InkmergeError, LimitExceeded, TemplateSyntax, UnsafeTemplate
from inkmerge.limits import Limits
from inkmerge.svg.names import local_name
from inkmerge.svg.parsing import parse_svg

NS = 'xmlns="http://www.w3.org/2000/svg"'


def parse(source: str | bytes, limits: Limits | None = None):
    data = source.encode() if isinstance(source, str) else source
    return parse_svg(data, limits or Limits(), "t.svg")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (b"", TemplateSyntax),
        (b"  \n", TemplateSyntax),
        (b"plain text", TemplateSyntax),
        (b"<html><body/></html>", TemplateSyntax),
        (b"<svg/>", TemplateSyntax),
        (b"\x1f\x8b\x08\x00", TemplateSyntax),
        (f"<svg {NS}><g></svg>".encode(), TemplateSyntax),
        (f"<svg {NS} a='1' a='2'/>".encode(), TemplateSyntax),
        (f'<?xml version="1.0" encoding="UTF-7"?><svg {NS}/>'.encode(), TemplateSyntax),
        (f"<svg {NS}>\x00</svg>".encode(), TemplateSyntax),
        (f"<svg {NS}>\xff</svg>".encode("latin-1"), TemplateSyntax),
        (f'<?xml-stylesheet href="a.css"?><svg {NS}/>'.encode(), UnsafeTemplate),
        (
            f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg {NS}>&a;</svg>'.encode(),
            UnsafeTemplate,
        ),
        (f'<!DOCTYPE svg [<!ENTITY % p "x">]><svg {NS}/>'.encode(), UnsafeTemplate),
    ],
)
def test_what_is_no_safe_svg_is_refused_with_a_place(source: bytes, kind: type[InkmergeError]) -> None:
    with pytest.raises(kind) as caught:
        parse(source)
    assert caught.value.location.template == "t.svg"


def test_entities_that_explode_are_refused() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises((LimitExceeded, TemplateSyntax)):
        parse(f'<!DOCTYPE svg [<!ENTITY e0 "lol">{levels}]><svg {NS}><text>&e9;</text></svg>')


def test_the_short_entities_that_illustrator_writes_are_resolved() -> None:
    root, _ = parse(f'<!DOCTYPE svg [<!ENTITY ns_svg "x">]><svg {NS}><text>&ns_svg;y</text></svg>')
    assert "".join(root.itertext()) == "xy"


def test_scripts_handlers_and_editors_own_elements_are_removed_and_reported() -> None:
    root, findings = parse(
        f'<svg {NS} xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" onload="x()">'
        "<sodipodi:namedview/><script>x</script><metadata/><g/></svg>"
    )
    assert [local_name(child) for child in root] == ["g"]
    assert "onload" not in root.attrib
    assert [finding.code for finding in findings] == ["script-removed", "script-removed"]


@pytest.mark.parametrize(
    ("limits", "source"),
    [
        (replace(Limits(), depth=5), "<g>" * 6 + "</g>" * 6),
        (replace(Limits(), elements=5), "<g/>" * 6),
        (replace(Limits(), attributes=3), '<g a="" b="" c="" d=""/>'),
        (replace(Limits(), svg_bytes=100), "<g/>" * 40),
    ],
)
def test_what_is_over_a_limit_says_what_is_allowed(limits: Limits, source: str) -> None:
    with pytest.raises(LimitExceeded, match="allowed are"):
        parse(f"<svg {NS}>{source}</svg>", limits)


def test_a_hundred_thousand_nested_groups_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        parse(f"<svg {NS}>" + "<g>" * 100_000 + "</g>" * 100_000 + "</svg>")


def test_data_uris_do_not_count_against_the_size_of_the_drawing() -> None:
    limits = replace(Limits(), svg_bytes=200)
    root, _ = parse(f'<svg {NS}><image href="data:image/png;base64,{"A" * 5000}"/></svg>', limits)
    assert len(root) == 1


def test_utf_16_with_a_byte_order_mark_is_read() -> None:
    root, _ = parse(f"<svg {NS}><title>ä</title></svg>".encode("utf-16"))
    assert root[0].text == "ä"
