"""A page → the same with its colours inverted, as clients do in dark mode that ask no styles: images stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Any, Final

import tinycss2
from coloraide import Color
from tinycss2.color4 import parse_color

from inkmerge.mailing.html_tokens import Attribute, Token, html_tokens

_COLOURED: Final = re.compile(r"color|background|border|outline|shadow|fill|stroke")
"""What properties are called that take colours."""
_ATTRIBUTES: Final = frozenset(
    ("bgcolor", "color", "text", "link", "vlink", "alink", "fillcolor", "strokecolor")
)
_STARTS: Final = tuple(
    re.compile(one, re.IGNORECASE) for one in (r"<head\b[^>]*>", r"<html\b[^>]*>", "<!doctype[^>]*>")
)
_DARKEST: Final = 0.18
"""What white becomes, as lightness of OKLab: about #121212."""
_DEFAULTS: Final = "<style>:root { background: #121212; color: #fff; } a { color: #9fb8ff; }</style>"
"""What stands before all styles of the page: what a page has that says nothing."""


def inverted(html: str) -> str:
    """Return a page in which light colours are dark and dark ones light, at the same hue.

    Colours are those of styles and of attributes such as `bgcolor`; what comes from an image stays.

    Args:
        html: A page, whole or in part.
    """
    pieces = []
    for token in html_tokens(html):
        text = html[token.start : token.end]
        if token.kind == "style":
            text = _sheet(text)
        elif token.kind == "tag":
            text = _tag(html, token)
        pieces.append(text)
    return _with_defaults("".join(pieces))


def _with_defaults(html: str) -> str:
    """Put the defaults where a client would have them: at the end of what stands before a page's own styles."""
    found = next(filter(None, (one.search(html) for one in _STARTS)), None)
    at = found.end() if found else 0
    return html[:at] + _DEFAULTS + html[at:]


def _tag(html: str, token: Token) -> str:
    at = token.start
    pieces = []
    for one in token.attributes:
        value = _attribute(one)
        if value is not None:
            pieces += [html[at : one.start], f'{one.name}="{escape(value)}"']
            at = one.end
    return "".join((*pieces, html[at : token.end]))


def _attribute(attribute: Attribute) -> str | None:
    if attribute.name == "style":
        return _declarations(attribute.value)
    return _inverted(attribute.value.strip()) if attribute.name in _ATTRIBUTES else None


def _sheet(text: str) -> str:
    return str(tinycss2.serialize(list(_rules(tinycss2.parse_stylesheet(text)))))


def _rules(nodes: Iterable[Any]) -> Iterator[Any]:
    for node in nodes:
        if node.type == "qualified-rule":
            node.content = tinycss2.parse_component_value_list(
                _declarations(tinycss2.serialize(node.content))
            )
        elif (
            node.type == "at-rule"
            and node.content is not None
            and node.lower_at_keyword in {"media", "supports"}
        ):
            node.content = list(_rules(tinycss2.parse_rule_list(node.content)))
        if node.type != "error":
            yield node


def _declarations(text: str) -> str:
    found = tinycss2.parse_declaration_list(text)
    for node in found:
        if node.type == "declaration" and _COLOURED.search(node.lower_name):
            node.value = list(_values(node.value))
    return str(tinycss2.serialize([node for node in found if node.type != "error"]))


def _values(nodes: Iterable[Any]) -> Iterator[Any]:
    for node in nodes:
        colour = None
        if node.type in {"hash", "ident"} or (node.type == "function" and parse_color(node) is not None):
            colour = _inverted(tinycss2.serialize([node]))
        yield from [node] if colour is None else tinycss2.parse_component_value_list(colour)


@lru_cache(maxsize=1024)
def _inverted(text: str) -> str | None:
    """Return a colour with its lightness turned; None where it is none that can be turned."""
    try:
        colour = Color(text).convert("oklch")
    except ValueError:
        return None
    colour["lightness"] = _DARKEST + (1 - colour["lightness"]) * (1 - _DARKEST)
    return str(colour.convert("srgb").fit().to_string(hex=True))
