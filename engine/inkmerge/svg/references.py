"""References inside one document: from `href` and `url(#…)` to elements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from inkmerge.svg.colors import reference
from inkmerge.svg.names import XLINK_HREF

_URL_PROPERTIES = (
    "fill",
    "stroke",
    "clip-path",
    "mask",
    "marker-start",
    "marker-mid",
    "marker-end",
)
_URL_LISTS = ("filter", "shape-inside", "shape-subtract")
"""Properties that name several elements: https://www.w3.org/TR/SVG2/text.html#TextShapeInside, and filter functions."""
_EACH_URL = re.compile(r"""url\(\s*["']?#([^"')]*)["']?\s*\)""")


def href(element: etree._Element) -> str | None:
    """Return the element's `href`, else its `xlink:href`, else None."""
    value: str | None = element.get("href")
    if value is None:
        value = element.get(XLINK_HREF)
    return value


def elements_by_id(root: etree._Element) -> dict[str, etree._Element]:
    """Index a tree by `id`; of several elements with one id the first counts, as in browsers."""
    found: dict[str, etree._Element] = {}
    for element in root.iter(etree.Element):
        name = element.get("id")
        if name is not None:
            found.setdefault(name, element)
    return found


def listed_references(value: str) -> list[str]:
    """Return the ids of a list of references."""
    return [match.strip() for match in _EACH_URL.findall(value)] if "url(" in value else []


def references(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield (attribute, id) for each reference that the element itself holds."""
    for attribute in _URL_PROPERTIES:
        value = element.get(attribute)
        if not value or "url(" not in value:
            continue
        if target := reference(value):
            yield attribute, target
    for attribute in _URL_LISTS:
        for target in listed_references(element.get(attribute, "")):
            yield attribute, target
    link = href(element)
    if link and link.startswith("#"):
        yield "href", link[1:]


def prefix_ids(root: etree._Element, prefix: str) -> None:
    """Put `prefix` before every id of a tree and before every reference to one, in place."""
    for element in root.iter(etree.Element):
        for attribute, target in list(references(element)):
            if attribute == "href":
                element.set("href", f"#{prefix}{target}")
                element.attrib.pop(XLINK_HREF, None)
            else:
                element.set(attribute, element.attrib[attribute].replace(f"#{target}", f"#{prefix}{target}"))
        if (name := element.get("id")) is not None:
            element.set("id", prefix + name)
