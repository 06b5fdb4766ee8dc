"""`<text>` → a group of paths and colour glyphs, with gradients that span the whole text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.context import FlattenContext
from inkmerge.flat.paint import bounded_server, defs_of, paint_attributes
from inkmerge.flat.paragraphs import FLOW, set_paragraphs
from inkmerge.flat.shapes import KEPT, shape_data
from inkmerge.svg.colors import reference
from inkmerge.svg.names import GRADIENTS, SHAPES, XML_LANG, local_name, mark, new
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.transforms import parse_transform
from inkmerge.svg.units import Axis
from inkmerge.text import TextContext, flatten_text

BOX: Final = mark("box")
"""Mark on a text element that has a text box: the box's key."""
_BOUNDS: Final = "data-text-bounds"


def flatten_words(element: etree._Element, context: FlattenContext) -> None:
    """Set a text and put its outlines in its place.

    Raises:
        TextError: Through the findings: what is missing or does not fit is reported, and the caller decides.
    """
    setter = set_paragraphs if element.get(FLOW) else flatten_text
    flat = setter(element, text_context(element, context))
    context.findings.extend(flat.findings)
    context.images.update(flat.images)
    context.drawn.append(flat.drawn)
    context.faces.update(flat.faces)
    parent = element.getparent()
    if parent is None or not flat.elements:
        remove_element(element)
        return
    wrapper = new(
        "g", {name: element.attrib[name] for name in KEPT if name in element.attrib and name != "clip-rule"}
    )
    wrapper.tail = element.tail
    for drawn in flat.elements:
        wrapper.append(drawn)
    _paint(wrapper, context)
    parent.replace(element, wrapper)
    if local_name(parent) == "clipPath" and not wrapper.get("transform"):
        _unwrap(wrapper)


def text_context(element: etree._Element, context: FlattenContext) -> TextContext:
    """Return what a text element is set with."""

    def style_of(one: etree._Element) -> Mapping[str, str]:
        style = context.styles(one)
        current = style.get("color", "black")
        for name in ("fill", "stroke", "text-decoration-color"):
            if style.get(name, "").lower() == "currentcolor":
                style = style | {name: current}
        return style

    def length(value: str, one: etree._Element, axis: Axis) -> float:
        return context.measure(value, one, axis)

    def path_of(name: str) -> tuple[str, Transform] | None:
        target = context.ids.get(name)
        if target is None or local_name(target) not in SHAPES:
            return None
        return shape_data(target, context), parse_transform(target.get("transform", "")) or Identity

    return TextContext(
        catalog=context.catalog,
        style_of=style_of,
        length=length,
        path_of=path_of,
        scale=context.scale * _scale_of(element),
        language=_language_of(element) or context.language,
        box=context.boxes.get(element.get(BOX, "")),
        limits=context.limits,
        location=place_of(element, context.name),
    )


def _scale_of(element: etree._Element) -> float:
    """Return how much the transforms up to the root enlarge the element (the root of the area's factor)."""
    scale = 1.0
    current: etree._Element | None = element
    while current is not None:
        matrix = parse_transform(current.get("transform", ""))
        if matrix is not None:
            scale *= abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
        current = current.getparent()
    return scale


def _language_of(element: etree._Element) -> str | None:
    current: etree._Element | None = element
    while current is not None:
        language: str | None = current.get(XML_LANG) or current.get("lang")
        if language:
            return language
        current = current.getparent()
    return None


def _paint(wrapper: etree._Element, context: FlattenContext) -> None:
    """Bring the paint of the outlines to plain attributes; clone gradients for the text's own bounds."""
    for path in wrapper.iter(etree.Element):
        if local_name(path) != "path":
            continue
        bounds = path.attrib.pop(_BOUNDS, None)
        style = dict(path.attrib)
        for name in ("fill", "stroke"):
            target = reference(style.get(name, ""))
            server = context.ids.get(target) if target else None
            if bounds and server is not None and _spans_box(server):
                style[name] = f"url(#{_bounded(server, bounds, context)})"
        for name in list(path.attrib):
            if name.startswith(("fill", "stroke")):
                del path.attrib[name]
        for name, value in paint_attributes(path, style, context).items():
            path.set(name, value)


def _spans_box(server: etree._Element) -> bool:
    return (
        local_name(server) in GRADIENTS
        and server.get("gradientUnits", "objectBoundingBox") == "objectBoundingBox"
    )


def _bounded(server: etree._Element, bounds: str, context: FlattenContext) -> str:
    x, y, width, height = (float(word) for word in bounds.split())
    root = server.getroottree().getroot()
    defs = defs_of(root)
    name = f"inkmerge-text-paint-{len(defs)}"
    clone = bounded_server(server, (x, y, width, height), name)
    defs.append(clone)
    context.ids[name] = clone
    return name


def _unwrap(group: etree._Element) -> None:
    """Put the children in the group's place: a clip path may hold paths but no groups."""
    parent = group.getparent()
    if parent is None:
        return
    index = parent.index(group)
    for offset, child in enumerate(list(group)):
        parent.insert(index + offset, child)
    remove_element(group)
