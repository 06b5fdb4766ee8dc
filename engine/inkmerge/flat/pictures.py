"""`<image>` → an `<image>` in user units that refers to a checked picture."""

from __future__ import annotations

from typing import Final

from lxml import etree

from inkmerge.errors import AssetError, LimitExceeded, Location
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.document import IMAGE_SCHEME
from inkmerge.images import ImageSource, decode, open_image
from inkmerge.svg.names import new
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.references import href
from inkmerge.svg.units import text_of

WRAPPED: Final = ("id", "transform", "opacity", "clip-path", "mask", "filter", "mix-blend-mode")

_TRIAL_PX: Final = 64
"""Pixels of the decoding that shows whether a picture is whole; small, so that it costs little."""


def flatten_image(element: etree._Element, context: FlattenContext) -> ImageSource | None:
    """Resolve an `<image>` in place; return its source when it is an SVG, which the caller has to embed.

    Raises:
        AssetError: The reference is not allowed, leads nowhere or to something that is no image.
    """
    link = (href(element) or "").strip()
    if not link or context.styles.value(element, "visibility") != "visible":
        if not link:
            context.warn("reference-missing", "<image> has no href", element)
        remove_element(element)
        return None
    place = place_of(element, context.name)
    try:
        source = open_image(link, context.folders, context.limits, place)
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
    fit = element.get("preserveAspectRatio", "")
    rendering = context.styles.value(element, "image-rendering")
    target = _wrap(element)
    attributes = {"href": IMAGE_SCHEME + source.digest} | geometry
    if fit:
        attributes["preserveAspectRatio"] = fit
    if rendering != "auto":
        attributes["image-rendering"] = rendering
    target.attrib.clear()
    for name, value in attributes.items():
        target.set(name, value)
    return source if is_svg else None


def _require_whole(source: ImageSource, place: Location) -> None:
    """Refuse a damaged picture when the template is loaded, not when it is first drawn."""
    try:
        decode(source, _TRIAL_PX, _TRIAL_PX)
    except AssetError as fault:
        raise fault.at(place) from None


def _geometry(element: etree._Element, source: ImageSource, context: FlattenContext) -> dict[str, str] | None:
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
    x, y = context.length(element, "x", "x"), context.length(element, "y", "y")
    return {"x": text_of(x), "y": text_of(y), "width": text_of(width), "height": text_of(height)}


def _size(element: etree._Element, name: str, context: FlattenContext) -> float | None:
    if element.get(name, "auto").strip() in {"auto", ""}:
        return None
    return context.length(element, name, "x" if name == "width" else "y")


def _wrap(element: etree._Element) -> etree._Element:
    """Move what is not geometry onto a group around the image, so that rasterizers see a plain image."""
    outer = {name: element.attrib[name] for name in WRAPPED if name in element.attrib}
    parent = element.getparent()
    if not outer or parent is None:
        return element
    group = new("g", outer)
    group.tail, element.tail = element.tail, None
    parent.replace(element, group)
    group.append(element)
    return element
