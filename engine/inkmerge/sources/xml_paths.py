"""An XPath expression → a compiled one whose evaluation is bounded.

Allowed are steps down, attributes, `..` towards an attribute, predicates over what is below, and the functions of
XPath 1.0. What looks around (`preceding::`, `..` in a predicate, `//` in an item's field that starts at the root)
takes as many steps as the square of a document's size, and is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from inkmerge.sources.json_paths import LONGEST

FEED_NAMESPACES: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "g": "http://base.google.com/ns/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rss1": "http://purl.org/rss/1.0/",
}
"""Prefixes that feeds use, which expressions may use without declaring them."""
FEED_FIELDS: Final = ("title", "link", "summary", "published", "image", "id")
"""Names that mean the same in RSS and Atom, and are no XPath."""
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<literal>"[^"]*"|'[^']*'|\d+(?:\.\d*)?|\.\d+)
    |(?P<name>[^\W\d][\w.-]*(?::(?!:)(?:[^\W\d][\w.-]*|\*))?)
    |(?P<sign>//|::|\.\.|!=|<=|>=|[/.@*()\[\],|=<>+$-]))""",
    re.VERBOSE,
)
_AXES: Final = frozenset(("child", "attribute", "self", "descendant", "descendant-or-self", "parent"))
_FUNCTIONS: Final = frozenset(
    [
        "text",
        "node",
        "comment",
        "string",
        "concat",
        "starts-with",
        "contains",
        "substring-before",
        "substring-after",
        "substring",
        "string-length",
        "normalize-space",
        "translate",
        "boolean",
        "not",
        "true",
        "false",
        "number",
        "sum",
        "floor",
        "ceiling",
        "round",
        "count",
        "last",
        "position",
        "name",
        "local-name",
        "namespace-uri",
    ]
)
_OPERATORS: Final = frozenset(("and", "or", "mod", "div"))
_BEFORE_OPERANDS: Final = frozenset(("(", "[", ",", "|", "=", "!=", "<", "<=", ">", ">=", "+", "-"))


def compiled_for_feed(expression: str, namespaces: tuple[tuple[str, str], ...]) -> Any:
    """Compile an expression over an item of a feed; None for a name that all feeds share.

    Raises:
        ValueError: As `compiled`.
    """
    if expression in FEED_FIELDS:
        return None
    merged = {**FEED_NAMESPACES, **dict(namespaces)}
    return compiled(expression, tuple(merged.items()), is_items=False)


@lru_cache(maxsize=1024)
def compiled(expression: str, namespaces: tuple[tuple[str, str], ...], *, is_items: bool) -> Any:
    """Compile an expression.

    Args:
        expression: The XPath 1.0.
        namespaces: Prefixes and what they stand for.
        is_items: Whether it is to yield the items, from the root, rather than one value of an item.

    Raises:
        ValueError: It does not compile, or may take too long; the message continues a sentence.
    """
    if len(expression) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters")
    _check_steps(_tokens(expression), is_items=is_items)
    try:
        found = etree.XPath(expression, namespaces=dict(namespaces), regexp=False, smart_strings=False)
        found(etree.Element("x"))
    except (etree.XPathError, ValueError, TypeError) as fault:
        known = ", ".join(prefix for prefix, _ in namespaces) or "none"
        more = f" (declared are: {known})" if "prefix" in str(fault) else ""
        raise ValueError(f"is no XPath: {fault}{more}") from None
    return found


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    text = expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"is no XPath at {text[at : at + 10]!r}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    if not found:
        raise ValueError("is empty")
    return found


def _check_steps(tokens: list[tuple[str, str]], *, is_items: bool) -> None:
    brackets = deep = 0
    for at, (kind, text) in enumerate(tokens):
        after = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        if kind == "name":
            _check_name(text, after)
        is_up = text in {"..", "parent"} and (text == ".." or after == "::")
        if is_up and (brackets or is_items or not _leads_to_attribute(tokens, at)):
            raise ValueError("goes up, which is possible only towards an attribute, as in ../@name")
        brackets += {"[": 1, "]": -1}.get(text, 0) if kind == "sign" else 0
        is_deep = text == "//" or (text.startswith("descendant") and after == "::")
        deep += is_deep
        if is_deep and (brackets or deep > 1):
            raise ValueError("holds // twice or in brackets, which may take for ever; write the steps out")
        if text in {"/", "//"} and kind == "sign" and _starts_path(tokens, at) and (brackets or not is_items):
            raise ValueError("starts at the root; start at the item, as in ./name or name")
        if text == "|" and kind == "sign" and (is_items or deep):
            raise ValueError("holds | beside //, or for the items, which may take for ever")
        if text == "$" and kind == "sign":
            raise ValueError("holds a variable; there are none")


def _check_name(text: str, after: str) -> None:
    if after == "::" and text not in _AXES:
        raise ValueError(f"uses the axis {text}::, which may take for ever; use steps down")
    if after == "(" and text not in _FUNCTIONS and text not in _OPERATORS:
        raise ValueError(f"calls {text}(), which is not one of: {', '.join(sorted(_FUNCTIONS))}")


def _leads_to_attribute(tokens: list[tuple[str, str]], at: int) -> bool:
    rest = [text for _, text in tokens[at + 1 : at + 3]]
    if len(rest) < 2 or rest[0] != "/":
        return False
    return rest[1] == "@" or (rest[1] == ".." and _leads_to_attribute(tokens, at + 2))


def _starts_path(tokens: list[tuple[str, str]], at: int) -> bool:
    if at == 0:
        return True
    text = tokens[at - 1][1]
    if tokens[at - 1][0] == "literal":
        return False
    return text in _BEFORE_OPERANDS or _is_operator(tokens, at - 1)


def _is_operator(tokens: list[tuple[str, str]], at: int) -> bool:
    """Tell an operator from a name or a wildcard of the same letters: it stands behind an operand.

    https://www.w3.org/TR/1999/REC-xpath-19991116/#exprlex
    """
    if at == 0 or tokens[at][1] not in _OPERATORS | {"*"}:
        return False
    kind, text = tokens[at - 1]
    before_names = text in _BEFORE_OPERANDS or text in {"@", "::", "/", "//"}
    return kind == "literal" or not (before_names or _is_operator(tokens, at - 1))
