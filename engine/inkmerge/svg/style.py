"""Computed values: what a property is on an element, once inheritance has its say."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lxml import etree

from inkmerge.svg.names import TEXT_ROOTS, local_name
from inkmerge.svg.properties import INHERITED, NOT_INHERITED, PROPERTIES
from inkmerge.svg.units import Viewport

# https://www.w3.org/TR/css-fonts-4/#absolute-size-mapping
_SIZES: Final[dict[str, float]] = {
    "xx-small": 9.6,
    "x-small": 12.0,
    "small": 14.222222,
    "medium": 16.0,
    "large": 19.2,
    "x-large": 24.0,
    "xx-large": 32.0,
    "xxx-large": 48.0,
}
_WEIGHTS: Final[dict[str, str]] = {"normal": "400", "bold": "700"}


class ComputedStyles:
    """Computed values of the elements of one tree, which must not change meanwhile.

    An attribute whose value still holds a placeholder is passed on as it is.
    """

    def __init__(self, viewport: Viewport) -> None:
        self._viewport = viewport
        self._known: dict[etree._Element, dict[str, str]] = {}

    def __call__(self, element: etree._Element) -> dict[str, str]:
        """Return every property that differs from its initial value, inherited or the element's own."""
        known = self._known.get(element)
        if known is not None:
            return known
        ancestors = []
        current: etree._Element | None = element
        while current is not None and current not in self._known:
            ancestors.append(current)
            current = current.getparent()
        style = self._known[current] if current is not None else {}
        for one in reversed(ancestors):
            own = tuple([(name, value.strip()) for name, value in one.attrib.items() if name in PROPERTIES])
            style = self._known[one] = _computed(own, tuple(style.items()), self._viewport)
        return style

    def value(self, element: etree._Element, name: str) -> str:
        """Return the computed value of one property."""
        return self(element).get(name, PROPERTIES[name])

    def font_size(self, element: etree._Element) -> float:
        """Return the computed font size in user units; 16 where it still is a placeholder."""
        try:
            return float(self.value(element, "font-size"))
        except ValueError:
            return float(INHERITED["font-size"])


def decorations_around(element: etree._Element) -> dict[str, str]:
    """Return `text-decoration` of a text with the lines that groups around it declare, if there are any.

    They are not inherited but drawn through what the groups hold, with the paint of the text:
    https://www.w3.org/TR/css-text-decor-3/#line-decoration
    """
    if local_name(element) not in TEXT_ROOTS:
        return {}
    lines = [
        line
        for ancestor in element.iterancestors()
        for name in ("text-decoration-line", "text-decoration")
        if (line := ancestor.get(name)) and line not in {"none", "inherit", "initial", "unset"}
    ]
    if not lines:
        return {}
    own = element.get("text-decoration", "none")
    return {"text-decoration": " ".join([*lines, *([own] if own != "none" else [])])}


@lru_cache(maxsize=8192)
def _computed(
    declared: tuple[tuple[str, str], ...], around: tuple[tuple[str, str], ...], viewport: Viewport
) -> dict[str, str]:
    """Return the computed values of an element from its own and its parent's; nobody may change what is returned."""
    own, parent = dict(declared), dict(around)
    style = {name: value for name, value in parent.items() if name in INHERITED}
    for name, value in own.items():
        match value:
            case "inherit":
                style[name] = parent.get(name, PROPERTIES[name])
            case "unset" | "revert" if name in NOT_INHERITED:
                style[name] = NOT_INHERITED[name]
            case "unset" | "revert":
                continue
            case "initial":
                style[name] = PROPERTIES[name]
            case "":
                continue
            case _:
                style[name] = value
    if "font-size" in own:
        style["font-size"] = _font_size(style["font-size"], parent.get("font-size", "16"), viewport)
    if "font-weight" in own:
        style["font-weight"] = _font_weight(style["font-weight"], parent.get("font-weight", "400"))
    return style


def _font_size(value: str, parent: str, viewport: Viewport) -> str:
    if "{" in value:
        return value
    try:
        inherited = float(parent)
    except ValueError:  # the parent's is a placeholder, which only a filled tree knows
        inherited = 16.0
    word = value.lower()
    if word in _SIZES:
        return repr(_SIZES[word])
    if word in {"larger", "smaller"}:
        return repr(inherited * (1.2 if word == "larger" else 1 / 1.2))
    if value.endswith("%"):
        size = Viewport(inherited, inherited).length(value, "x")
    else:
        size = Viewport(viewport.width, viewport.height, inherited, viewport.root_font_size).length(value)
    return parent if size is None or size < 0 else repr(size)


def _font_weight(value: str, parent: str) -> str:
    """Resolve names and the relative weights (https://www.w3.org/TR/css-fonts-4/#relative-weights)."""
    word = value.lower()
    if word in _WEIGHTS:
        return _WEIGHTS[word]
    if word not in {"bolder", "lighter"}:
        return value
    try:
        inherited = float(parent)
    except ValueError:
        inherited = 400.0
    if word == "bolder":
        steps = ((350, "400"), (550, "700"), (900, "900"))
        return next((weight for bound, weight in steps if inherited < bound), parent)
    lighter = ((100, parent), (550, "100"), (750, "400"))
    return next((weight for bound, weight in lighter if inherited < bound), "700")
