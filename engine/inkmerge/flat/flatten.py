"""The prepared tree → flat elements, in place: the list of what is done to each element, by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from fontTools.misc.transform import Identity
from lxml import etree

from inkmerge.errors import Finding, UnsafeTemplate
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.paint import flatten_server, flatten_stop, read_transform
from inkmerge.flat.pictures import flatten_image
from inkmerge.flat.shapes import flatten_shape
from inkmerge.flat.words import flatten_words, turn_of
from inkmerge.images import ImageSource
from inkmerge.svg.cascade import cascade
from inkmerge.svg.expansion import Expansion, push_inherited
from inkmerge.svg.names import INKMERGE, SHAPES, local_name, mark, new, svg_name
from inkmerge.svg.parsing import parse_svg, place_of, remove_element
from inkmerge.svg.references import elements_by_id, prefix_ids, references
from inkmerge.svg.sizing import document_viewport
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.transforms import parse_transform, transform_text
from inkmerge.svg.units import ViewBox, number_or_percentage, text_of, viewport_transform

_GROUP: Final = frozenset(
    ("id", "transform", "opacity", "clip-path", "mask", "filter", "mix-blend-mode", "isolation")
)
_KEPT: Final[dict[str, frozenset[str]]] = {
    "g": _GROUP,
    "defs": frozenset(("id",)),
    "clipPath": frozenset(("id", "clipPathUnits", "transform", "clip-path")),
    "mask": frozenset(
        ("id", "maskUnits", "maskContentUnits", "x", "y", "width", "height", "mask-type", "mask")
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
        elif local_name(element) not in _LEFT:
            context.warn("unsupported-feature", f"<{local_name(element)}> is not drawn", element)
            remove_element(element)


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
    for element in root.xpath("descendant-or-self::*[@ink:*]", namespaces={"ink": INKMERGE}):
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


def _server(element: etree._Element, context: FlattenContext) -> None:
    _keep(element, _KEPT[local_name(element)])
    flatten_server(element, context)


def _resource(element: etree._Element, context: FlattenContext) -> None:
    _keep(element, _KEPT[local_name(element)])
    _common(element, context)


def _filter(element: etree._Element, _: FlattenContext) -> None:
    for one in element.iter(etree.Element):
        for name in one.attrib:
            if name.startswith("{") and not name.startswith(_MARK_PREFIX) and "xlink" not in name:
                del one.attrib[name]


def _keep(element: etree._Element, names: frozenset[str]) -> None:
    for name in element.attrib:
        if name not in names and not name.startswith(_MARK_PREFIX):
            del element.attrib[name]


def _common(element: etree._Element, context: FlattenContext) -> None:
    """Bring transform, opacity and references of a group or path to their plain form."""
    if "transform" in element.attrib:
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
    for name, kind in (("clip-path", "clipPath"), ("mask", "mask"), ("filter", "filter")):
        value = element.get(name)
        if value is None:
            continue
        target = next((target for attribute, target in references(element) if attribute == name), None)
        if value == "none" or (target is None and name != "filter"):
            del element.attrib[name]
        elif target is not None and (target not in context.ids or local_name(context.ids[target]) != kind):
            context.warn("reference-missing", f"{name} refers to #{target}, which is no <{kind}>", element)
            del element.attrib[name]
    for name, initial in (("mix-blend-mode", "normal"), ("isolation", "auto")):
        if element.get(name) == initial:
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
        raise UnsafeTemplate(
            "an SVG picture holds another SVG picture",
            location=place_of(element, name),
            hint="one level is allowed; copy the inner drawing into the outer one",
        )
    width, height = float(element.get("width", "0")), float(element.get("height", "0"))
    root, _ = parse_svg(source.data, context.limits, name)
    own = document_viewport(root)
    cascade(root, context.limits, name)
    Expansion(root, own, context.limits, name, context.language).run()
    push_inherited(root, ComputedStyles(own))
    prefix_ids(root, f"inkmerge-picture-{source.digest[:12]}-")
    content = new("g", {_EMBEDDED: "1", mark("viewport"): f"{own.width!r} {own.height!r}"})
    for child in list(root):
        content.append(child)
    box = ViewBox.parse(root.get("viewBox", "")) or ViewBox(0, 0, own.width, own.height)
    fit, _ = viewport_transform(
        box, width, height, element.get("preserveAspectRatio") or root.get("preserveAspectRatio", "")
    )
    place = fit.__class__(1, 0, 0, 1, float(element.get("x", "0")), float(element.get("y", "0")))
    content.set("transform", transform_text(place.transform(fit)) or "scale(1)")
    content.tail = element.tail
    parent.replace(element, content)
    context.ids.update(elements_by_id(content))
    inner = replace(context, styles=ComputedStyles(own), is_filled=False, findings=[])
    flatten(list(content.iter(etree.Element)), inner)


_EMBEDDED: Final = mark("embedded")
_MARK_PREFIX: Final = f"{{{INKMERGE}}}"

Step = Callable[[etree._Element, FlattenContext], None]
_RESOURCES: Final[dict[str, Step]] = {
    "linearGradient": _server,
    "radialGradient": _server,
    "pattern": _server,
    "mask": _server,
    "stop": flatten_stop,
    "clipPath": _resource,
    "marker": _resource,
    "filter": _filter,
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
_LEFT: Final = frozenset((*_RESOURCES, "svg", "title", "desc", "tspan", "textPath", "tref", ""))


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings because of which no image can be made."""
    return [finding for finding in findings if finding.severity == "error"]
