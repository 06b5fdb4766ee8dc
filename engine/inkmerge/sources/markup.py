"""Bytes of XML or HTML → trees that load nothing; elements and texts with tags → plain text."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from inkmerge.errors import Location
from inkmerge.sources.items import MOST_ELEMENTS, malformed, require
from inkmerge.svg.parsing import safe_parser

_UNSHOWN: Final = frozenset(("script", "style", "template", "noscript", "head"))
_INLINE: Final = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
"""Elements of HTML at whose edges no word ends: https://html.spec.whatwg.org/#phrasing-content."""
_MARKUP: Final = re.compile(r"</?[A-Za-z][^<>]*>|<!--|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});")


def xml_root(data: bytes, place: Location) -> etree._Element:
    """Parse XML; entities from outside are refused.

    Raises:
        SourceUnavailable: It is not well-formed, declares what would be loaded, or is too large.
    """
    try:
        root = etree.fromstring(data, safe_parser())
    except etree.XMLSyntaxError as fault:
        message = (fault.msg or "no document").split(", line ")[0]
        malformed(f"the source is not XML: {message}", Location(place.template, fault.lineno or None))
    except (ValueError, LookupError) as fault:
        malformed(f"the source is not XML: {fault}", place)
    dtd = root.getroottree().docinfo.internalDTD
    declared = () if dtd is None else tuple(dtd.iterentities())
    if any(getattr(one, "system_url", None) or one.content is None for one in declared):
        malformed(
            "the source declares an external entity", place, "nothing is loaded from outside the source"
        )
    if (left := next(root.iter(etree.Entity), None)) is not None:
        malformed(f"the entity {left.text!r} cannot be resolved", Location(place.template, left.sourceline))
    require("elements", sum(1 for _ in root.iter()), MOST_ELEMENTS, place)
    return root


def html_root(data: bytes, charset: str | None, place: Location) -> etree._Element:
    """Parse HTML as it comes.

    Raises:
        SourceUnavailable: It is empty, too large, or its encoding is not known.
    """
    try:
        parser = etree.HTMLParser(
            encoding=charset, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
        )
        root = etree.fromstring(data, parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None
    except (ValueError, LookupError):
        malformed(f"the encoding {charset!r} is not known", place, "name it with encoding = 'utf-8'")
    if root is None:
        malformed("the page is empty", place)
    require("elements", sum(1 for _ in root.iter()), MOST_ELEMENTS, place)
    return root


def text_of(element: etree._Element) -> str:
    """Return what a person reads in an element of HTML, its blanks as one each."""
    pieces: list[str] = []
    for event, one in etree.iterwalk(element, events=("start", "end")):
        name = one.tag if isinstance(one.tag, str) else ""
        if name not in _INLINE:
            pieces.append(" ")
        if event == "start":
            pieces.append(one.text or "" if name and not _is_unshown(one, element) else "")
        elif one is not element and not _is_unshown(one.getparent(), element):
            pieces.append(one.tail or "")
    return " ".join("".join(pieces).split())


def without_tags(text: str) -> str:
    """Return a text that may hold HTML as what a person reads."""
    if _MARKUP.search(text) is None:
        return " ".join(text.split())
    try:
        parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
        root = etree.fromstring(f"<div>{text}</div>".encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None
    return "" if root is None else text_of(root)


def _is_unshown(element: etree._Element | None, top: etree._Element) -> bool:
    while element is not None:
        if element.tag in _UNSHOWN:
            return True
        if element is top:
            return False
        element = element.getparent()
    return False
