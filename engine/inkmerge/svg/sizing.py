"""How large the picture is: the root's size in CSS pixels, and how its user units map to them."""

from __future__ import annotations

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.errors import TemplateSyntax, UnsupportedFeature
from inkmerge.limits import Limits
from inkmerge.svg.colors import parse_color
from inkmerge.svg.names import new
from inkmerge.svg.parsing import place_of
from inkmerge.svg.units import ViewBox, Viewport, text_of, viewport_transform


def document_viewport(root: etree._Element) -> Viewport:
    """Return the root's viewport in its own user units: its view box, else its size."""
    box = ViewBox.parse(root.get("viewBox", ""))
    if box is not None:
        return Viewport(box.width, box.height)
    # https://www.w3.org/TR/CSS2/visudet.html#inline-replaced-width: 300 × 150 where nothing else says
    plain = Viewport(300, 150)
    width, height = (
        plain.length(root.get("width", "100%"), "x"),
        plain.length(root.get("height", "100%"), "y"),
    )
    return Viewport(width or 300, height or 150)


def paint_background(root: etree._Element, width: float, height: float, fit: Transform) -> None:
    """Put a rectangle behind everything where the root has a background colour, in place, as browsers draw it.

    https://www.w3.org/TR/SVG2/styling.html#RequiredProperties leaves it to CSS; Sketch and draw.io write it.
    """
    value = root.attrib.pop("background-color", "none")
    if "{" not in value and parse_color(value) is None:
        return  # a picture, or none at all
    inverse = fit.inverse()
    (left, top), (right, bottom) = inverse.transformPoint((0, 0)), inverse.transformPoint((width, height))
    edges = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    back = new("rect", {name: text_of(value) for name, value in edges.items()} | {"fill": value})
    back.set("stroke", "none")
    back.sourceline = root.sourceline
    root.insert(0, back)


def document_size(root: etree._Element, limits: Limits, name: str) -> tuple[float, float, Transform]:
    """Return width and height in CSS pixels, and the transform from user units to them.

    A size in percent, or none, is that of the view box: https://www.w3.org/TR/SVG2/coords.html#SizingSVGInCSS
    A fractional size is rounded to whole CSS pixels, and the picture fitted to that, as browsers snap an image: so it
    is exactly as large as the `width` and `height` of its `<img>`, and no edge is half transparent.
    """
    place = place_of(root, name)
    box = None
    if "viewBox" in root.attrib:
        box = ViewBox.parse(root.attrib["viewBox"])
        if box is None:
            raise TemplateSyntax(
                f"viewBox={root.attrib['viewBox']!r} is not `min-x min-y width height` with a positive size",
                location=place,
            )
        limits.require("coordinate", max(map(abs, (box.x, box.y, box.width, box.height))), place)
    found: list[float | None] = []
    for attribute in ("width", "height"):
        value = root.get(attribute, "auto").strip()
        if "{" in value or "{" in root.get("viewBox", ""):
            raise UnsupportedFeature(
                f"a placeholder in {attribute} of the root",
                location=place,
                hint="an image has one size for everybody",
            )
        if value in {"auto", ""} or value.endswith("%"):
            found.append(None)
            continue
        length = Viewport(0, 0).length(value)
        if length is None or length <= 0:
            raise TemplateSyntax(
                f"{attribute}={value[:40]!r} is no positive size",
                location=place,
                hint="write pixels, mm, pt or a viewBox",
            )
        found.append(length)
    width, height = found
    if box is not None:
        if width is None and height is None:
            width, height = box.width, box.height
        elif width is None and height is not None:
            width = height * box.width / box.height
        elif height is None and width is not None:
            height = width * box.height / box.width
    if width is None or height is None:
        raise TemplateSyntax(
            "the root has neither a size nor a viewBox", location=place, hint='add width="600" height="300"'
        )
    limits.require("side_px", max(width, height), place)
    limits.require("output_px", width * height, place)
    shown = box or ViewBox(0, 0, width, height)
    fit, _ = viewport_transform(shown, width, height, root.get("preserveAspectRatio", ""))
    columns, rows = max(1.0, float(round(width))), max(1.0, float(round(height)))
    return columns, rows, Transform(columns / width, 0, 0, rows / height, 0, 0).transform(fit)
