"""`<image>` → an `<image>` in user units that refers to a checked picture."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from inkmerge.errors import AssetError, LimitExceeded, Location
from inkmerge.flat.bounded import bound_effects
from inkmerge.flat.bounds import Box
from inkmerge.flat.context import CARRIED, FlattenContext
from inkmerge.flat.document import IMAGE_SCHEME
from inkmerge.flat.path_data import rectangle
from inkmerge.images import ImageSource, require_whole
from inkmerge.svg.names import new
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.references import href
from inkmerge.svg.units import ViewBox, text_of, viewport_transform

_Box = tuple[float, float, float, float]
"""x, y, width and height in user units."""
_EDGES: Final = ("x", "y", "width", "height")
_RECT: Final = re.compile(r"rect\(([^()]*)\)")


def flatten_image(element: etree._Element, context: FlattenContext) -> ImageSource | None:
    """Resolve an `<image>` in place; return its source when it is an SVG, which the caller has to embed.

    Raises:
        AssetError: The reference is not allowed, leads nowhere or to something that is no image.
    """
    link = (href(element) or "").strip()
    if _is_empty(element, context):
        remove_element(element)
        return None
    if not link or context.styles.value(element, "visibility") != "visible":
        if not link:
            context.warn("reference-missing", "<image> has no href", element)
        remove_element(element)
        return None
    place = place_of(element, context.name)
    try:
        source = context.pictures.open(link, place)
    except (AssetError, LimitExceeded) as fault:
        raise fault.at(place) from None
    is_svg = source.media_type == "image/svg+xml"
    if not is_svg:
        context.images[source.digest] = source
        context.limits.require("images", len(context.images), place)
        if not context.is_filled:
            _require_whole(source, place)
    geometry = _geometry(element, source, context)
    if geometry is None:
        remove_element(element)
        return None
    if is_svg:
        fit = element.get("preserveAspectRatio", "")
        target = _wrap(element)
        _rewrite(target, {name: text_of(value) for name, value in zip(_EDGES, geometry, strict=True)})
        if fit:
            target.set("preserveAspectRatio", fit)
        return source
    rendering = context.styles.value(element, "image-rendering")
    # https://www.w3.org/TR/SVG2/styling.html#UAStyleSheet: hidden, unless the file says otherwise
    is_clipped = element.get("overflow", "hidden") not in {"visible", "auto"}
    placed, is_slice = _fitted(element, source, geometry)
    before = element.getparent()
    target = _wrap(element)
    around = target.getparent()
    if around is not None and around is not before and placed != geometry:
        x, y, width, height = geometry
        bound_effects(around, Box(x, y, x + width, y + height), context)
    clip = _clip_rectangle(element.get("clip", "auto"), geometry, context, element)
    if clip is not None or (is_slice and is_clipped):
        _slice(target, clip or geometry, context)
    attributes = {"href": IMAGE_SCHEME + source.digest, "preserveAspectRatio": "none"}
    attributes |= {name: text_of(value) for name, value in zip(_EDGES, placed, strict=True)}
    if rendering != "auto":
        attributes["image-rendering"] = rendering
    _rewrite(target, attributes)
    return None


def _rewrite(element: etree._Element, attributes: dict[str, str]) -> None:
    element.attrib.clear()
    for name, value in attributes.items():
        element.set(name, value)


def _fitted(element: etree._Element, source: ImageSource, viewport: _Box) -> tuple[_Box, bool]:
    """Carry out `preserveAspectRatio`: return where the whole picture goes, and whether it is to be clipped."""
    x, y, width, height = viewport
    natural = ViewBox(0, 0, source.width, source.height)
    fit, is_slice = viewport_transform(natural, width, height, element.get("preserveAspectRatio", ""))
    return (x + fit.dx, y + fit.dy, source.width * fit.xx, source.height * fit.yy), is_slice


def _clip_rectangle(
    value: str, viewport: _Box, context: FlattenContext, element: etree._Element
) -> _Box | None:
    """Return what `clip: rect(top, right, bottom, left)`, insets from the viewport's edges, leaves to be seen.

    https://www.w3.org/TR/SVG11/masking.html#OverflowAndClipProperties
    """
    match = _RECT.fullmatch(value.strip())
    if match is None:
        return None
    words = match[1].replace(",", " ").split()
    if len(words) != 4:
        return None
    top, right, bottom, left = (
        0.0 if word == "auto" else context.measure(word, element, "other") for word in words
    )
    x, y, width, height = viewport
    return x + left, y + top, max(0.0, width - left - right), max(0.0, height - top - bottom)


def _slice(element: etree._Element, viewport: _Box, context: FlattenContext) -> None:
    """Put a group around an element that clips it to its viewport."""
    parent = element.getparent()
    if parent is None:
        return
    clip = new("clipPath")
    clip.append(new("path", {"d": rectangle(*viewport), "fill": "#000000"}))
    group = new("g", {"clip-path": f"url(#{context.define(clip, 'slice')})"})
    group.tail, element.tail = element.tail, None
    parent.replace(element, group)
    group.append(element)


def _is_empty(element: etree._Element, context: FlattenContext) -> bool:
    """Tell whether a size says that nothing is drawn, whatever the picture is."""
    sizes = (_size(element, name, context) for name in ("width", "height"))
    return any(size is not None and size <= 0 for size in sizes)


def _require_whole(source: ImageSource, place: Location) -> None:
    """Refuse a damaged picture when the template is loaded, not when it is first drawn."""
    try:
        require_whole(source)
    except AssetError as fault:
        raise fault.at(place) from None


def _geometry(element: etree._Element, source: ImageSource, context: FlattenContext) -> _Box | None:
    """Return x, y, width and height; None when nothing is drawn.

    A size left out follows from the picture: https://www.w3.org/TR/SVG2/embedded.html#ImageElement
    """
    width = _size(element, "width", context)
    height = _size(element, "height", context)
    natural_width, natural_height = source.width or 300, source.height or 150
    if width is None and height is None:
        width, height = float(natural_width), float(natural_height)
    elif width is None and height is not None:
        width = height * natural_width / natural_height
    elif height is None and width is not None:
        height = width * natural_height / natural_width
    if width is None or height is None or width <= 0 or height <= 0:
        return None
    return context.length(element, "x", "x"), context.length(element, "y", "y"), width, height


def _size(element: etree._Element, name: str, context: FlattenContext) -> float | None:
    if element.get(name, "auto").strip() in {"auto", ""}:
        return None
    return context.length(element, name, "x" if name == "width" else "y")


def _wrap(element: etree._Element) -> etree._Element:
    """Move what is not geometry onto a group around the image, so that rasterizers see a plain image."""
    outer = {name: element.attrib[name] for name in CARRIED if name in element.attrib}
    parent = element.getparent()
    if not outer or parent is None:
        return element
    group = new("g", outer)
    group.tail, element.tail = element.tail, None
    parent.replace(element, group)
    group.append(element)
    return element
