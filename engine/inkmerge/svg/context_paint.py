"""`context-fill` and `context-stroke` in what a `<use>` shows → the paint of that `<use>`."""

from __future__ import annotations

from typing import Final

from lxml import etree

from inkmerge.svg.colors import reference
from inkmerge.svg.expansion import USED
from inkmerge.svg.names import SHAPES, TEXT_CONTENT, local_name, mark
from inkmerge.svg.style import ComputedStyles

CONTEXT: Final = mark("context")
"""Mark on a shape whose gradient or pattern is that of the `<use>` around it: its number."""
_PAINTS: Final = {"context-fill": "fill", "context-stroke": "stroke"}
_PAINTED: Final = SHAPES | TEXT_CONTENT


def resolve_context_paint(root: etree._Element, styles: ComputedStyles) -> None:
    """Write the paint that context paints stand for, in place; inside a `<marker>` it depends on the path.

    https://www.w3.org/TR/SVG2/painting.html#SpecifyingPaint: without a context element, nothing is painted.
    """
    found: list[tuple[etree._Element, str, str, str | None]] = []
    for element in root.iter(etree.Element):
        if local_name(element) not in _PAINTED:
            continue
        for name in ("fill", "stroke"):
            value = styles.value(element, name)
            if value in _PAINTS and not any(local_name(one) == "marker" for one in element.iterancestors()):
                paint, opacity, number = _paint_around(element, value, styles)
                found.append((element, name, paint, opacity))
                if reference(paint):
                    element.set(CONTEXT, number)
    for element, name, paint, opacity in found:
        element.set(name, paint)
        if opacity is not None:
            element.set(f"{name}-opacity", opacity)


def _paint_around(element: etree._Element, value: str, styles: ComputedStyles) -> tuple[str, str | None, str]:
    """Return the paint, its opacity or None for the element's own, and the number of the `<use>`."""
    for ancestor in element.iterancestors():
        number = ancestor.get(USED)
        if number is None or value not in _PAINTS:
            continue
        name = _PAINTS[value]
        value = styles.value(ancestor, name)
        if value not in _PAINTS:
            opacity = styles.value(ancestor, f"{name}-opacity")
            return value, None if opacity == "1" else opacity, number
    return "none", None, ""
