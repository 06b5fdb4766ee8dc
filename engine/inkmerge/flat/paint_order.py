"""A flat path with markers or a `paint-order` → a group of its parts in that order, which every rasterizer draws alike."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from lxml import etree

from inkmerge.flat.context import GROUP_ATTRIBUTES, FlattenContext
from inkmerge.flat.markers import MARKERS, markers_of
from inkmerge.svg.colors import reference
from inkmerge.svg.names import DYNAMIC, FILL, local_name, new

_DEFAULT: Final = ("fill", "stroke", "markers")


def parse_paint_order(value: str) -> tuple[str, ...]:
    """Return the three parts in the order in which they are painted.

    https://www.w3.org/TR/SVG2/painting.html#PaintOrder
    """
    words = value.split()
    if not words or len(set(words)) != len(words) or not set(words) <= set(_DEFAULT):
        return _DEFAULT
    return (*words, *(word for word in _DEFAULT if word not in words))


def order_painting(path: etree._Element, picture: etree._Element | None, context: FlattenContext) -> None:
    """Take a flat path apart where its parts are painted in another order or are not all a path, in place.

    Args:
        path: The path.
        picture: What is drawn instead of its fill, in its user space, or None.
        context: References of the tree.
    """
    order = parse_paint_order(path.attrib.pop("paint-order", ""))
    parent = path.getparent()
    if parent is None:
        return
    markers = markers_of(path, context)
    has_both = path.get("fill") != "none" and "stroke" in path.attrib
    is_reversed = has_both and order.index("stroke") < order.index("fill")
    if markers is None and picture is None and not is_reversed:
        return
    group = new("g", {name: path.attrib.pop(name) for name in GROUP_ATTRIBUTES if name in path.attrib})
    group.tail, path.tail = path.tail, None
    parent.replace(path, group)
    parts = _parts(path, has_both=has_both)
    if picture is not None:
        parts["fill"] = picture
    if markers is not None:
        parts["markers"] = markers
    for name in order:
        if name in parts:
            group.append(parts[name])


def has_open_marker(path: etree._Element, context: FlattenContext) -> bool:
    """Tell whether a marker still holds what is filled for each recipient, which is copied once it is."""
    for name in MARKERS:
        target = reference(path.get(name, ""))
        marker = context.ids.get(target) if target else None
        if (
            marker is not None
            and local_name(marker) == "marker"
            and any(DYNAMIC in one.attrib or FILL in one.attrib for one in marker.iter(etree.Element))
        ):
            return True
    return False


def _parts(path: etree._Element, *, has_both: bool) -> dict[str, etree._Element]:
    """Return a path that paints one thing for each thing that it paints."""
    if not has_both:
        if path.get("fill") != "none":
            return {"fill": path}
        return {"stroke": path} if "stroke" in path.attrib else {}
    fill, stroke = path, deepcopy(path)
    for name in [one for one in fill.attrib if one.startswith("stroke")]:
        del fill.attrib[name]
    stroke.set("fill", "none")
    for name in ("fill-opacity", "fill-rule"):
        stroke.attrib.pop(name, None)
    return {"fill": fill, "stroke": stroke}
