"""XML → items, in which XPath finds values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from lxml import etree

from inkmerge.errors import SOURCE_TOO_LARGE, Location, SourceUnavailable
from inkmerge.sources import xml_paths
from inkmerge.sources.items import MOST_ITEMS, Plain, malformed, plain, require
from inkmerge.sources.markup import xml_root

MOST_IN_ITEM: Final = 10_000
"""Elements of one item: what a predicate may take grows with their square."""
_NAME: Final = re.compile(r"[^\W\d][\w.-]{0,99}")
"""Names that become content fields where the table names none."""


class XmlItems:
    """Elements of an XML document."""

    def __init__(self, elements: Sequence[etree._Element], namespaces: tuple[tuple[str, str], ...]) -> None:
        self._elements = elements
        self._namespaces = namespaces

    def __len__(self) -> int:
        return len(self._elements)

    def value(self, index: int, expression: str) -> Plain:
        return found_in(
            self._elements[index], xml_paths.compiled(expression, self._namespaces, is_items=False)
        )

    def defaults(self, index: int) -> Mapping[str, str]:
        element = self._elements[index]
        found: dict[str, str] = {}
        for name in element.attrib:
            if _NAME.fullmatch(name):
                found[name] = f"@{name}"
        for child in element:
            if isinstance(child.tag, str) and len(child) == 0:
                local = etree.QName(child).localname
                if _NAME.fullmatch(local):
                    found.setdefault(local, f"*[local-name() = '{local}']")
        return found

    def line(self, index: int) -> int | None:
        line: int | None = self._elements[index].sourceline
        return line

    def check(self, expressions: Mapping[str, str]) -> None:
        pass  # compiled when the table was read


def xml_items(
    data: bytes, expression: str | None, namespaces: tuple[tuple[str, str], ...], place: Location
) -> XmlItems:
    """Read an XML document.

    Args:
        data: The document.
        expression: XPath to the items; None for the children of the root.
        namespaces: Prefixes of the expressions.
        place: Where it comes from.

    Raises:
        SourceUnavailable: It is no XML, or the expression finds no elements.
    """
    root = xml_root(data, place)
    if expression is None:
        found: Any = [child for child in root if isinstance(child.tag, str)]
    else:
        found = xml_paths.compiled(expression, namespaces, is_items=True)(root)
    if not isinstance(found, list) or not all(isinstance(one, etree._Element) for one in found):
        malformed(f"items = {expression!r} finds no elements", place, "let it end with an element's name")
    if not found:
        malformed(f"items = {expression!r} finds nothing", place, _namespace_hint(root))
    require("items", len(found), MOST_ITEMS, place)
    check_sizes(found, place)
    return XmlItems(found, namespaces)


def found_in(element: etree._Element, path: Any) -> Plain:
    """Return the first that a compiled XPath finds in an element, as content.

    Raises:
        ValueError: It fails; the message continues a sentence.
    """
    try:
        found = path(element)
    except etree.XPathError as fault:
        raise ValueError(f"fails: {fault}") from None
    if isinstance(found, list):
        if not found:
            return None
        found = found[0]
    if isinstance(found, etree._Element):
        return plain("".join(found.itertext()).strip())
    if isinstance(found, float):  # XPath has no integers
        return int(found) if found.is_integer() else plain(found)
    return plain(found.strip() if isinstance(found, str) else found)


def check_sizes(elements: Sequence[etree._Element], place: Location) -> None:
    """Raise the error of an item that is too large for predicates over it."""
    for element in elements:
        if next(islice(element.iter(), MOST_IN_ITEM, None), None) is not None:
            raise SourceUnavailable(
                f"an item has more than {MOST_IN_ITEM:,} elements",
                code=SOURCE_TOO_LARGE,
                location=Location(place.template, element.sourceline),
                hint="let `items` name a smaller element",
            )


def _namespace_hint(root: etree._Element) -> str:
    namespace = etree.QName(root).namespace
    if namespace is None:
        return f"the root is <{root.tag}>; look into the source for the path"
    return f'the elements have a namespace; write namespaces = {{ p = "{namespace}" }} and p:name for each'
