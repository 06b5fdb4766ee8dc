"""A CSS selector, perhaps with `::attr(name)` behind it → a compiled one whose evaluation is bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cssselect2

from inkmerge.sources.json_paths import LONGEST

_ENDING: Final = re.compile(r"::(?:text|attr\(\s*([\w:-]+)\s*\))\s*\Z")
_PSEUDO: Final = re.compile(r":([a-z-]+)", re.IGNORECASE)
_ALLOWED_PSEUDO: Final = frozenset(
    [
        "first-child",
        "last-child",
        "only-child",
        "nth-child",
        "nth-last-child",
        "not",
        "is",
        "where",
        "empty",
        "root",
    ]
)
_STRINGS: Final = re.compile(r""""[^"]*"|'[^']*'|\[[^\]]*\]""")
_LOOKING_BACK: Final = re.compile(r"\s+")
_AROUND_SIGNS: Final = re.compile(r"\s*([>+,()])\s*")
MOST_LOOKING_BACK: Final = 3


@dataclass(frozen=True, slots=True)
class HtmlSelector:
    """What is taken from a page or an item.

    Attributes:
        matchers: The compiled selectors; None means the item itself.
        attribute: The attribute whose value is taken, or None for the text.
        looking_back: How many of its combinators try every element around.
    """

    matchers: Any
    attribute: str | None
    looking_back: int


@lru_cache(maxsize=1024)
def compiled(expression: str, *, is_items: bool) -> HtmlSelector:
    """Compile a selector.

    Args:
        expression: CSS, with `::attr(href)` behind it for an attribute; `::attr(…)` alone is of the item itself.
        is_items: Whether it is to yield the items, rather than one value of an item.

    Raises:
        ValueError: It does not compile, or may take too long; the message continues a sentence.
    """
    if len(expression) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters")
    ending = _ENDING.search(expression)
    if ending and is_items:
        raise ValueError("yields items, which have no ::attr() or ::text")
    selector = (expression[: ending.start()] if ending else expression).strip()
    attribute = ending[1] if ending else None
    if not selector:
        if ending is None:
            raise ValueError("is empty")
        return HtmlSelector(None, attribute, 0)
    bare = _STRINGS.sub("[]", selector)
    for name in _PSEUDO.findall(bare):
        if name.lower() not in _ALLOWED_PSEUDO:
            raise ValueError(f"uses :{name}, which is not one of: {', '.join(sorted(_ALLOWED_PSEUDO))}")
    if "~" in bare:
        raise ValueError("uses ~, which looks at all elements before; write + or a class")
    looking_back = max(len(_LOOKING_BACK.findall(one)) for one in _AROUND_SIGNS.sub(r"\1", bare).split(","))
    if looking_back > MOST_LOOKING_BACK:
        raise ValueError(f"has more than {MOST_LOOKING_BACK} blanks between its parts; write > for children")
    try:
        return HtmlSelector(cssselect2.compile_selector_list(selector), attribute, looking_back)
    except cssselect2.SelectorError as fault:
        raise ValueError(f"is no CSS selector: {fault}") from None
    except AttributeError:  # cssselect2 looks for a name behind a bar at the very end
        raise ValueError("is no CSS selector: it ends in |") from None
