"""The prepared tree → flat elements, in place: the list of what is done to each element, by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from fontTools.misc.transform import Identity
from lxml import etree

from inkmerge.errors import Finding, TemplateSyntax
from inkmerge.flat.basic_shapes import clip_to_shape, is_basic_shape
from inkmerge.flat.bounds import Box, bounds_of
from inkmerge.flat.boxed_paint import paint_in_box
from inkmerge.flat.context import GROUP_ATTRIBUTES, SHAPE, FlattenContext
from inkmerge.flat.filters import resolve_filters, resolve_property
from inkmerge.flat.markers import paint_as_around
from inkmerge.flat.masks import linearize
from inkmerge.flat.paint import flatten_server, flatten_stop, read_transform
from inkmerge.flat.paint_order import has_open_marker, order_painting
from inkmerge.flat.path_data import rectangle
from inkmerge.flat.pictures import flatten_image
from inkmerge.flat.shapes import flatten_shape
from inkmerge.flat.words import flatten_words, turn_of
from inkmerge.images import ImageSource
from inkmerge.svg.expansion import VIEWPORT
from inkmerge.svg.names import DYNAMIC, FILL, INKMERGE, SHAPES, SVG, local_name, mark, new, svg_name
from inkmerge.svg.normalising import NORMALISING, Drawing, run
from inkmerge.svg.parsing import parse_svg, remove_element
from inkmerge.svg.references import elements_by_id, prefix_ids, references
from inkmerge.svg.sizing import document_size
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.transform_origin import FILL_BOX
from inkmerge.svg.transforms import ReferenceBox, parse_origin, parse_transform, transform_text
from inkmerge.svg.units import ViewBox, Viewport, number_or_percentage, text_of, viewport_transform

_GROUP: Final = frozenset(GROUP_ATTRIBUTES)
_OF_GROUPS: Final = _GROUP - {"id"}
_COMPOSITING: Final[dict[str, frozenset[str]]] = {
    "mix-blend-mode": frozenset(
        (
            "normal",
            "multiply",
            "screen",
            "overlay",
            "darken",
            "lighten",
            "color-dodge",
            "color-burn",
            "hard-light",
            "soft-light",
            "difference",
            "exclusion",
            "hue",
            "saturation",
            "color",
            "luminosity",
        )
    ),
    "isolation": frozenset(("auto", "isolate")),
}
"""What rasterizers know: https://www.w3.org/TR/compositing-1/#mix-blend-mode."""
_KEPT: Final[dict[str, frozenset[str]]] = {
    "g": _GROUP,
    "defs": frozenset(("id",)),
    "clipPath": frozenset(("id", "clipPathUnits", "transform", "clip-path")),
    "mask": frozenset(
        (
            "id",
            "maskUnits",
            "maskContentUnits",
            "x",
            "y",
            "width",
            "height",
            "mask-type",
            "mask",
            "color-interpolation",
        )
    ),
    "pattern": frozenset(
        (
            "id",
            "patternUnits",
            "patternContentUnits",
            "patternTransform",
            "x",
            "y",
            "width",
            "height",
            "viewBox",
        )
        + ("preserveAspectRatio", "overflow")
    ),
    "marker": frozenset(
        ("id", "markerUnits", "markerWidth", "markerHeight", "refX", "refY", "orient", "viewBox")
        + ("preserveAspectRatio", "overflow")
    ),
    "linearGradient": frozenset(
        ("id", "x1", "y1", "x2", "y2", "gradientUnits", "gradientTransform", "spreadMethod")
    ),
    "radialGradient": frozenset(
        ("id", "cx", "cy", "r", "fx", "fy", "fr", "gradientUnits", "gradientTransform", "spreadMethod")
    ),
}


def flatten(elements: Iterable[etree._Element], context: FlattenContext) -> None:
    """Flatten the elements given (and nothing else of their tree), in place: first what others refer to.

    Texts come last: they copy what they refer to by their bounding box, with its content flattened.
    """
    listed = list(elements)
    for element in listed:
        if step := _RESOURCES.get(local_name(element)):
            step(element, context)
    for element in sorted(listed, key=turn_of):
        if element.getparent() is None:
            continue
        if step := _DRAWN.get(local_name(element)):
            step(element, context)
        elif local_name(element) not in _LEFT and not _is_in_filter(element):
            context.warn("unsupported-feature", f"<{local_name(element)}> is not drawn", element)
            remove_element(element)
    finish(listed, context)


def finish(elements: Iterable[etree._Element], context: FlattenContext) -> None:
    """Do what needs flat elements around: bounding boxes, and what markers hold. In place."""
    for element in reversed(_WAITING(context.root)):
        if not context.is_filled and _changes(element):
            continue  # its box is known once it is filled
        paint_as_around(element, context)
        if (origin := element.attrib.pop(FILL_BOX, None)) is not None:
            _turn_in_own_box(element, origin)
        if (shape := element.attrib.pop(SHAPE, None)) is not None:
            clip_to_shape(element, shape, context)
    paths = [element for element in elements if local_name(element) == "path"]
    if context.is_filled:
        paths = list(dict.fromkeys([*paths, *_MARKED(context.root)]))
    for element in paths:
        if element.getparent() is not None and (context.is_filled or not has_open_marker(element, context)):
            order_painting(element, paint_in_box(element, context), context)


def _changes(element: etree._Element) -> bool:
    """Tell whether a recipient fills the element or something in it."""
    return any(DYNAMIC in one.attrib or FILL in one.attrib for one in element.iter(etree.Element))


def _turn_in_own_box(element: etree._Element, origin: str) -> None:
    """Carry out a transform around a point of the element's own bounding box."""
    box = bounds_of(element)
    if box is None:
        element.attrib.pop("transform", None)  # nothing is drawn
        return
    own = ReferenceBox(box.left, box.top, box.width, box.height)
    matrix = parse_transform(element.get("transform", ""), own)
    point = parse_origin(origin, own)
    if matrix is None or point is None:
        return
    x, y = point
    text = transform_text(Identity.translate(x, y).transform(matrix).translate(-x, -y))
    if text:
        element.set("transform", text)
    else:
        element.attrib.pop("transform", None)


def flatten_filters(root: etree._Element, context: FlattenContext) -> float:
    """Give each filtered element of a flat tree a filter of its own, in place; the last step, once boxes are known.

    Returns:
        What all filters cost, in passes over pixels at 96 dpi.

    Raises:
        LimitExceeded: Filters would take too much time or memory.
        AssetError: An `feImage` shows a picture that is not allowed or not there.
    """
    return resolve_filters(root, context, _picture)


def check_transforms(root: etree._Element, context: FlattenContext) -> None:
    """Refuse transforms whose product is beyond any drawing.

    Raises:
        LimitExceeded: With the place of the innermost.
    """
    stack = [(root, Identity)]
    while stack:
        element, around = stack.pop()
        own = element.get("transform")
        matrix = around
        if own:
            matrix = around.transform(parse_transform(own) or Identity)
            for value in matrix:
                context.bounded(value, element, "transform")
        stack.extend((child, matrix) for child in element if isinstance(child.tag, str))


def drop_marks(root: etree._Element) -> None:
    """Take the engine's own marks off a tree, in place."""
    for element in _OF_OURS(root):
        for name in element.attrib:
            if name.startswith(_MARK_PREFIX):
                del element.attrib[name]
    etree.cleanup_namespaces(root)


def _group(element: etree._Element, context: FlattenContext) -> None:
    local = local_name(element)
    if local in {"a", "switch"}:
        element.tag = svg_name("g")
        local = "g"
    if local == "g" and element.get("visibility") == "hidden" and len(element) == 0:
        remove_element(element)
        return
    _keep(element, _KEPT.get(local, _GROUP))
    _common(element, context)
    element.text = None
    for child in element:
        child.tail = None


def _mask(element: etree._Element, context: FlattenContext) -> None:
    _server(element, context)
    if element.attrib.pop("color-interpolation", "sRGB") == "linearRGB":
        linearize(element, context)


def _server(element: etree._Element, context: FlattenContext) -> None:
    _keep(element, _KEPT[local_name(element)])
    flatten_server(element, context)


def _resource(element: etree._Element, context: FlattenContext) -> None:
    _keep(element, _KEPT[local_name(element)])
    _common(element, context)


def _keep(element: etree._Element, names: frozenset[str]) -> None:
    for name in element.attrib:
        if name not in names and not name.startswith(_MARK_PREFIX):
            del element.attrib[name]


def _common(element: etree._Element, context: FlattenContext) -> None:
    """Bring transform, opacity and references of a group or path to their plain form."""
    if _OF_GROUPS.isdisjoint(element.keys()):
        return
    if "transform" in element.attrib and not (
        FILL_BOX in element.attrib and "%" in element.get("transform", "")
    ):
        text = transform_text(read_transform(element, "transform", context))
        if text:
            element.set("transform", text)
        else:
            del element.attrib["transform"]
    if "opacity" in element.attrib:
        opacity = number_or_percentage(element.attrib["opacity"])
        if opacity is None:
            context.invalid(element, "opacity", element.attrib["opacity"])
        if opacity is None or opacity >= 1:
            del element.attrib["opacity"]
        else:
            element.set("opacity", text_of(max(0.0, opacity)))
    resolve_property(element, context)
    _references(element, context)
    for name, initial in (("mix-blend-mode", "normal"), ("isolation", "auto")):
        value = element.get(name, initial)
        if value not in _COMPOSITING[name]:
            context.invalid(element, name, element.attrib.pop(name))
        elif value == initial:
            element.attrib.pop(name, None)


def _references(element: etree._Element, context: FlattenContext) -> None:
    """Take off references that lead nowhere, and mark basic shapes."""
    for name, kind in (("clip-path", "clipPath"), ("mask", "mask")):
        value = element.get(name)
        if value is None:
            continue
        if name == "clip-path" and is_basic_shape(value):
            element.set(SHAPE, element.attrib.pop(name))
            continue
        target = next((target for attribute, target in references(element) if attribute == name), None)
        if value == "none":
            del element.attrib[name]
        elif target is None:
            context.invalid(element, name, element.attrib.pop(name))
        elif target not in context.ids or local_name(context.ids[target]) != kind:
            context.warn("reference-missing", f"{name} refers to #{target}, which is no <{kind}>", element)
            del element.attrib[name]


def _shape(element: etree._Element, context: FlattenContext) -> None:
    _common(element, context)
    flatten_shape(element, context)
    if element.getparent() is not None and element.get("opacity") and element.get("stroke"):
        _group_opacity(element)


def _group_opacity(element: etree._Element) -> None:
    """Let a group carry the opacity of a path that has fill and stroke: the two must not shine through."""
    parent = element.getparent()
    if parent is None or element.get("fill") == "none":
        return
    group = new("g", {name: element.attrib.pop(name) for name in _GROUP if name in element.attrib})
    group.tail, element.tail = element.tail, None
    parent.replace(element, group)
    group.append(element)


def _words(element: etree._Element, context: FlattenContext) -> None:
    _common(element, context)
    for drawn in flatten_words(element, context):
        (_picture if local_name(drawn) == "image" else _common)(drawn, context)


def _picture(element: etree._Element, context: FlattenContext) -> None:
    _common(element, context)
    source = flatten_image(element, context)
    if source is not None:
        _embed(element, source, context)


def _embed(element: etree._Element, source: ImageSource, context: FlattenContext) -> None:
    """Put an SVG picture's own flat tree in the place of its `<image>`."""
    parent = element.getparent()
    if parent is None:
        return
    name = context.name
    if parent.get(_EMBEDDED) or any(one.get(_EMBEDDED) for one in parent.iterancestors()):
        context.warn(
            "unsupported-feature",
            "an SVG picture inside an SVG picture is not drawn",
            element,
            "copy the inner drawing into the outer one",
        )
        remove_element(element)
        return
    root, _ = parse_svg(source.data, context.limits, name)
    drawing = Drawing(root, name, context.limits, context.language, findings=context.findings)
    run(NORMALISING, drawing)
    prefix_ids(root, f"inkmerge-picture-{source.digest[:12]}-")
    x, y, width, height = (float(element.get(edge, "0")) for edge in ("x", "y", "width", "height"))
    shown = Box(x, y, x + width, y + height)
    content = _drawing_in(root, drawing.viewport, shown, element.get("preserveAspectRatio", ""), context)
    content.tail = element.tail
    parent.replace(element, content)
    context.ids.update(elements_by_id(content))
    inner = replace(
        context,
        pictures=context.pictures.nested,
        viewport=drawing.viewport,
        styles=ComputedStyles(drawing.viewport),
        is_filled=False,
    )
    flatten(list(content.iter(etree.Element)), inner)


def _drawing_in(
    root: etree._Element, own: Viewport, shown: Box, fit: str, context: FlattenContext
) -> etree._Element:
    """Return a group with an SVG picture's content, fitted into the viewport `shown` of its `<image>` and clipped to it."""
    width, height = shown.width, shown.height
    try:
        natural_width, natural_height, inner = document_size(root, context.limits, context.name)
    except TemplateSyntax:  # it has no size of its own, and so that of the viewport
        natural_width, natural_height, inner = width, height, Identity
    natural = ViewBox(0, 0, natural_width, natural_height)
    outer, is_slice = viewport_transform(natural, width, height, fit)
    place = Identity.translate(shown.left, shown.top)
    seen = Box(0, 0, natural_width, natural_height).transformed(place.transform(outer))
    if is_slice:
        seen = seen.meet(shown)
    clip = new("clipPath")
    clip.append(
        new("path", {"d": rectangle(seen.left, seen.top, seen.width, seen.height), "fill": "#000000"})
    )
    clipped = new("g", {_EMBEDDED: "1", "clip-path": f"url(#{context.define(clip, 'picture')})"})
    content = new("g", {VIEWPORT: f"{own.width!r} {own.height!r}"})
    if text := transform_text(place.transform(outer).transform(inner)):
        content.set("transform", text)
    for child in list(root):
        content.append(child)
    clipped.append(content)
    return clipped


_WAITING: Final = etree.XPath(
    "//*[@ink:fill-box or @ink:clip-shape or @ink:context]", namespaces={"ink": INKMERGE}
)
_MARKED: Final = etree.XPath(
    "//svg:path[@marker-start or @marker-mid or @marker-end]", namespaces={"svg": SVG}
)
_OF_OURS: Final = etree.XPath("descendant-or-self::*[@ink:*]", namespaces={"ink": INKMERGE})
_EMBEDDED: Final = mark("embedded")
_MARK_PREFIX: Final = f"{{{INKMERGE}}}"

Step = Callable[[etree._Element, FlattenContext], None]
_RESOURCES: Final[dict[str, Step]] = {
    "linearGradient": _server,
    "radialGradient": _server,
    "pattern": _server,
    "mask": _mask,
    "stop": flatten_stop,
    "clipPath": _resource,
    "marker": _resource,
}
_DRAWN: Final[dict[str, Step]] = {
    **dict.fromkeys(SHAPES, _shape),
    "text": _words,
    "flowRoot": _words,
    "image": _picture,
    "g": _group,
    "a": _group,
    "switch": _group,
    "defs": _group,
}
_LEFT: Final = frozenset((*_RESOURCES, "filter", "svg", "title", "desc", "tspan", "textPath", "tref", ""))


def _is_in_filter(element: etree._Element) -> bool:
    return any(local_name(one) == "filter" for one in element.iterancestors())


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings because of which no image can be made."""
    return [finding for finding in findings if finding.severity == "error"]
