"""`<text>` → a group of paths and colour glyphs, with gradients that span the whole text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.bounded import bound_effects, bounded_reference
from inkmerge.flat.bounds import Box
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.paint import paint_attributes
from inkmerge.flat.paragraphs import FLOW, set_paragraphs
from inkmerge.flat.path_data import read_path
from inkmerge.flat.shapes import KEPT, scale_of, shape_data
from inkmerge.svg.colors import reference
from inkmerge.svg.context_paint import CONTEXT
from inkmerge.svg.names import FRAME, NEVER_DRAWN, SHAPES, TEXT_ROOTS, XML_LANG, local_name, mark, svg_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.references import href
from inkmerge.svg.transforms import parse_transform
from inkmerge.svg.units import Axis
from inkmerge.text import BOUNDS, GLYPHS, INK, GlyphRun, TextContext, TextFrame, flatten_text, read_frame

BOX: Final = mark("box")
"""Mark on a text element that has a text box: the box's key."""
_GROUP: Final = svg_name("g")
_STYLE: Final = ("fill", "stroke", "color", "font-size")
_URL: Final = re.compile(r"url\([^)]*\)")


def flatten_words(element: etree._Element, context: FlattenContext) -> list[etree._Element]:
    """Set a text and put its outlines in its place; return what the caller has to flatten: groups and SVG pictures.

    Raises:
        TextError: Through the findings: what is missing or does not fit is reported, and the caller decides.
    """
    parent = element.getparent()
    if parent is None:
        return []
    own = dict(element.attrib)
    kept = {name: own[name] for name in KEPT if name in own and name != "clip-rule"}
    wrapper = etree.SubElement(parent, _GROUP, kept)
    if FLOW in own:
        flat = set_paragraphs(element, text_context(element, context))
        wrapper.extend(flat.elements)
    else:
        flat = flatten_text(element, _frame_of(element, context), wrapper)
    context.findings.extend(flat.findings)
    context.images.update(flat.images)
    context.faces.update(flat.faces)
    if not flat.elements:
        remove_element(wrapper)
        remove_element(element)
        return []
    wrapper.tail = element.tail
    wrapper.sourceline = element.sourceline or 0  # which says that there is none
    parent.replace(element, wrapper)
    groups: list[etree._Element] = []
    pictures: list[etree._Element] = []
    if any(local_name(one) != "path" for one in flat.elements):
        groups = list(wrapper.iterdescendants(_GROUP))
        pictures = [one for one in wrapper.iter(svg_name("image")) if (href(one) or "").startswith("data:")]
    around = wrapper.attrib.pop(CONTEXT, None)
    if flat.bounds is not None and kept:
        bound_effects(wrapper, Box(*flat.bounds), context)
    for group in groups:
        if (bounds := _box(group.attrib.pop(BOUNDS, None))) is not None:
            bound_effects(group, bounds, context)
    for path, attributes in flat.paths:
        if around is not None:
            attributes.pop(BOUNDS, None)  # it is painted as the element around it
            attributes[CONTEXT] = around
        _paint(path, attributes, flat.runs, context)
    if local_name(parent) == "clipPath":
        _unwrap(wrapper, clip_rule=element.get("clip-rule"))
    return groups + pictures


def _frame_of(element: etree._Element, context: FlattenContext) -> TextFrame:
    """Return a text's frame: one that is kept, where the template says that recipients change nothing but its text."""
    name = element.get(FRAME) if context.is_filled else None
    if name is None:
        return read_frame(element, text_context(element, context))
    key = name, context.language, context.scale
    frame = context.frames.get(key)
    if frame is None:
        frame = read_frame(element, text_context(element, context))
        context.frames[key] = frame
    return frame


def turn_of(element: etree._Element) -> int:
    """Return when an element is flattened: shapes first, then texts and pictures of what these may copy, then all others."""
    if local_name(element) not in TEXT_ROOTS | {"image"}:
        return 0
    return 1 if any(local_name(one) in NEVER_DRAWN for one in element.iterancestors()) else 2


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

    def path_of(one: etree._Element) -> tuple[str, Transform] | None:
        # https://www.w3.org/TR/SVG2/text.html#TextPathElementPathAttribute: used unless it is in error
        if (own := one.get("path")) and (path := read_path(own)).error_at is None:
            context.bounded(path.largest, one, "path")
            return path.text, Identity
        link = (href(one) or "").strip()
        target = context.ids.get(link[1:]) if link.startswith("#") else None
        if target is None or local_name(target) not in SHAPES:
            return None
        return shape_data(target, context), parse_transform(target.get("transform", "")) or Identity

    return TextContext(
        catalog=context.catalog,
        style_of=style_of,
        length=length,
        path_of=path_of,
        scale=context.scale * scale_of(element),
        language=_language_of(element) or context.language,
        box=context.boxes.get(element.get(BOX, "")),
        limits=context.limits,
        location=place_of(element, context.name),
    )


def _language_of(element: etree._Element) -> str | None:
    current: etree._Element | None = element
    while current is not None:
        language: str | None = current.get(XML_LANG) or current.get("lang")
        if language:
            return language
        current = current.getparent()
    return None


def _box(words: str | None) -> Box | None:
    """Return the box that painting has noted."""
    if words is None:
        return None
    x, y, width, height = map(float, words.split())
    return Box(x, y, x + width, y + height)


def _paint(
    path: etree._Element, style: dict[str, str], runs: Sequence[GlyphRun], context: FlattenContext
) -> None:
    """Give an outline its attributes, with plain paint and paint servers that refer to the text's em boxes."""
    bounds = _box(style.pop(BOUNDS, None))
    if bounds is not None:
        for name in ("fill", "stroke"):
            value = style.get(name, "")
            target = reference(value)
            if target and (own := bounded_reference(target, bounds, context)) != target:
                style[name] = _URL.sub(f"url(#{own})", value, count=1)
    if "stroke" in style and "font-size" in style:  # for lengths in em
        path.set("font-size", style["font-size"])
    painted = paint_attributes(path, style, context)
    path.attrib.pop("font-size", None)
    attributes = {name: value for name, value in style.items() if not name.startswith(_STYLE)} | painted
    if GLYPHS in attributes:
        _keep_run(attributes, runs[int(attributes[GLYPHS])], context)
    path.attrib.update(attributes)


def _keep_run(attributes: dict[str, str], run: GlyphRun, context: FlattenContext) -> None:
    """Keep the glyphs of a path that masks can paint, in one opaque colour without a stroke; else outline them."""
    is_plain = attributes["fill"].startswith("#") and "fill-opacity" not in attributes
    if not is_plain or "stroke" in attributes or CONTEXT in attributes:
        attributes["d"] = run.outline()
        del attributes[GLYPHS], attributes[INK]
        return
    del attributes["d"]
    # those of a recipient and those of everybody are put together in one tree
    key = attributes[GLYPHS] = f"{'r' if context.is_filled else 's'}{len(context.glyphs)}"
    context.glyphs[key] = run


def _unwrap(group: etree._Element, *, clip_rule: str | None) -> None:
    """Put the paths in the group's place: a clip path may hold paths but no groups."""
    parent = group.getparent()
    if parent is None:
        return
    index = parent.index(group)
    transform = group.get("transform")
    for offset, path in enumerate(list(group.iter(svg_name("path")))):
        clip = next((one.get("clip-path") for one in path.iterancestors() if one.get("clip-path")), None)
        for name, value in (("transform", transform), ("clip-path", clip), ("clip-rule", clip_rule)):
            if value is not None:
                path.set(name, value)
        parent.insert(index + offset, path)
    remove_element(group)
