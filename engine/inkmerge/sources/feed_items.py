"""RSS 0.9x, 1.0, 2.0 or Atom → items, newest first as the feed has them, with the same fields for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from lxml import etree

from inkmerge.errors import Location
from inkmerge.sources import xml_paths
from inkmerge.sources.items import MOST_ITEMS, Plain, malformed, plain, require
from inkmerge.sources.markup import without_tags, xml_root
from inkmerge.sources.xml_items import check_sizes, found_in

_DEFAULTS: Final = {name: name for name in xml_paths.FEED_FIELDS if name != "id"}
_ROOTS: Final = frozenset(("rss", "RDF", "feed"))
_ATOM: Final = f"{{{xml_paths.FEED_NAMESPACES['atom']}}}"
_CONTENT: Final = f"{{{xml_paths.FEED_NAMESPACES['content']}}}encoded"
_DATE: Final = f"{{{xml_paths.FEED_NAMESPACES['dc']}}}date"
_MEDIA: Final = f"{{{xml_paths.FEED_NAMESPACES['media']}}}"
_ITUNES_IMAGE: Final = f"{{{xml_paths.FEED_NAMESPACES['itunes']}}}image"
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"


class FeedItems:
    """Items of a feed."""

    def __init__(self, elements: Sequence[etree._Element], namespaces: tuple[tuple[str, str], ...]) -> None:
        self._elements = elements
        self._namespaces = namespaces

    def __len__(self) -> int:
        return len(self._elements)

    def value(self, index: int, expression: str) -> Plain:
        element = self._elements[index]
        if (read := _FIELDS.get(expression)) is not None:
            found = read(element)
            return plain(found) if found else None
        value = found_in(element, xml_paths.compiled_for_feed(expression, self._namespaces))
        return without_tags(value) if isinstance(value, str) else value

    def defaults(self, index: int) -> Mapping[str, str]:  # noqa: ARG002  all feeds have the same fields
        return _DEFAULTS

    def line(self, index: int) -> int | None:
        line: int | None = self._elements[index].sourceline
        return line

    def check(self, expressions: Mapping[str, str]) -> None:
        pass  # compiled when the table was read


def is_feed(root: etree._Element) -> bool:
    """Tell a feed by its root."""
    return etree.QName(root).localname in _ROOTS


def feed_items(data: bytes, namespaces: tuple[tuple[str, str], ...], place: Location) -> FeedItems:
    """Read a feed.

    Raises:
        SourceUnavailable: It is no XML, or no feed.
    """
    root = xml_root(data, place)
    if not is_feed(root):
        malformed(
            f"the source is no feed: its root is <{etree.QName(root).localname}>",
            place,
            "set kind = 'xml' and `items`, or 'html' for a page",
        )
    found = [one for one in root.iter("{*}item", "{*}entry") if one.getparent().tag != one.tag]
    require("items", len(found), MOST_ITEMS, place)
    check_sizes(found, place)
    return FeedItems(found, namespaces)


def _children(element: etree._Element, *names: str) -> Iterable[etree._Element]:
    """Yield the children of these names in the order of the names; names without a namespace stand for any of RSS's."""
    for name in names:
        for child in element:
            if isinstance(child.tag, str) and (child.tag == name or _plain_name(child) == name):
                yield child


def _plain_name(child: etree._Element) -> str:
    """Return the local name of an element of RSS or Atom, else a name that nothing is called."""
    name = etree.QName(child)
    is_own = name.namespace in {None, _ATOM[1:-1], xml_paths.FEED_NAMESPACES["rss1"]} or str(
        name.namespace
    ).endswith("rss/0.9/")
    return name.localname if is_own else ""


def _first_text(element: etree._Element, *names: str) -> str:
    return next(filter(None, (_text(child) for child in _children(element, *names))), "")


def _text(child: etree._Element) -> str:
    if child.get("type") == "xhtml" or (len(child) and child[0].tag == f"{_XHTML}div"):
        return without_tags(" ".join(child.itertext()).replace("&", "&amp;").replace("<", "&lt;"))
    return without_tags("".join(child.itertext()))


def _title(element: etree._Element) -> str:
    return _first_text(element, "title")


def _summary(element: etree._Element) -> str:
    return _first_text(element, "description", "summary", "content", _CONTENT)


def _link(element: etree._Element) -> str:
    links = list(_children(element, "link"))
    for link in links:
        if link.get("href") and link.get("rel", "alternate") == "alternate":
            return str(link.get("href")).strip()
    return next(filter(None, ((link.text or "").strip() for link in links)), "")


def _identifier(element: etree._Element) -> str:
    return next(
        filter(None, ((one.text or "").strip() for one in _children(element, "guid", "id"))), _link(element)
    )


def _published(element: etree._Element) -> str:
    """Return the date in the form of ISO 8601, where it is one."""
    names = ("pubDate", "published", _DATE, "updated")
    text = next(filter(None, ((one.text or "").strip() for one in _children(element, *names))), "")
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return text
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def _image(element: etree._Element) -> str:
    for one in element.iter(
        f"{_MEDIA}content", f"{_MEDIA}thumbnail", _ITUNES_IMAGE, "enclosure", f"{_ATOM}link"
    ):
        if one.tag == f"{_ATOM}link" and one.get("rel") != "enclosure":
            continue
        kind = one.get("type") or f"{one.get('medium') or 'image'}/"
        address = one.get("url") or one.get("href")
        if address and kind.startswith("image/"):
            return str(address).strip()
    return ""


_FIELDS: Final[Mapping[str, Callable[[etree._Element], str]]] = {
    "title": _title,
    "link": _link,
    "summary": _summary,
    "published": _published,
    "image": _image,
    "id": _identifier,
}
