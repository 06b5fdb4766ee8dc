"""HTML → items, in which CSS selectors find texts and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import cssselect2
from lxml import etree

from inkmerge.errors import SOURCE_TOO_LARGE, Location, SourceUnavailable
from inkmerge.sources.html_selectors import HtmlSelector, compiled
from inkmerge.sources.items import MOST_ITEMS, Plain, malformed, plain, require
from inkmerge.sources.markup import html_root, text_of

_MOST_TRIALS: Final = 100_000_000
"""Elements times the ways in which a selector may look back from each; above, a page takes minutes."""


class HtmlItems:
    """Elements of a page."""

    def __init__(self, elements: Sequence[Any]) -> None:
        self._elements = elements

    def __len__(self) -> int:
        return len(self._elements)

    def value(self, index: int, expression: str) -> Plain:
        selector = compiled(expression, is_items=False)
        item = self._elements[index]
        found = item if selector.matchers is None else item.query(*selector.matchers)
        if found is None:
            return None
        element = found.etree_element
        if selector.attribute is None:
            return plain(text_of(element))
        value = element.get(selector.attribute)
        return None if value is None else plain(value.strip())

    def defaults(self, index: int) -> Mapping[str, str]:  # noqa: ARG002  `fields` are required
        return {}

    def line(self, index: int) -> int | None:
        line: int | None = self._elements[index].etree_element.sourceline
        return line

    def check(self, expressions: Mapping[str, str]) -> None:
        pass  # compiled when the table was read


def html_items(data: bytes, charset: str | None, expressions: tuple[str, ...], place: Location) -> HtmlItems:
    """Read a page.

    Args:
        data: The page.
        charset: Its encoding, where it is known from outside.
        expressions: The selector of the items first, then all others.
        place: Where it comes from.

    Raises:
        SourceUnavailable: It is empty, too large or too deep, or has no such items.
    """
    root = html_root(data, charset, place)
    selectors = [compiled(one, is_items=at == 0) for at, one in enumerate(expressions)]
    _check_trials(root, selectors, place)
    page = cssselect2.ElementWrapper.from_html_root(root)
    found = list(page.query_all(*selectors[0].matchers))
    if not found:
        malformed(f"items = {expressions[0]!r} finds nothing", place, "look into the page's source")
    require("items", len(found), MOST_ITEMS, place)
    return HtmlItems(found)


def _check_trials(root: etree._Element, selectors: Sequence[HtmlSelector], place: Location) -> None:
    deepest = elements = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        deepest = max(deepest, depth)
    trials = elements * deepest ** max(one.looking_back for one in selectors)
    if trials > _MOST_TRIALS:
        raise SourceUnavailable(
            f"the page has {elements:,} elements on {deepest} levels, too many for selectors with several blanks",
            code=SOURCE_TOO_LARGE,
            location=place,
            hint="write > for children, or a class of the element itself",
        )
