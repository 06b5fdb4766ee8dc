"""Text frames drawn by the designer → text boxes: `shape-inside`, `flowRoot`, `inline-size`, and the sidecar's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fontTools.misc.bezierTools import cubicPointAtT
from fontTools.pens.basePen import BasePen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from inkmerge.errors import UnsupportedFeature
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.paragraphs import line_height
from inkmerge.flat.shapes import shape_data
from inkmerge.flat.words import BOX
from inkmerge.svg.names import SHAPES, TEXT_ROOTS, local_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.references import listed_references
from inkmerge.svg.transforms import parse_transform
from inkmerge.text import Region, TextBox
from inkmerge.text.regions import Outline, Polygon

_CURVE_STEPS: Final = 16
"""Lines that stand for a curve of an outline: text keeps no nearer to it than is seen."""
_MOST_POINTS: Final = 3_000
"""Points of an outline, curves as lines: every scan line looks at each."""
_MOST_HOLES: Final = 32
_GIVEN: Final = frozenset(("x", "y", "width", "height"))


def find_boxes(
    root: etree._Element, specified: Mapping[etree._Element, Mapping[str, Any]], context: FlattenContext
) -> dict[str, TextBox]:
    """Mark each text that has a box, in place, and return the boxes by their marks.

    Args:
        root: The expanded tree.
        specified: What the sidecar or `data-*` attributes say, by element: the fields of `TextBox`.
        context: Lengths and references of the tree.
    """
    boxes: dict[str, TextBox] = {}
    for element in list(root.iter(etree.Element)):
        if local_name(element) not in TEXT_ROOTS:
            continue
        asked = dict(specified.get(element, {}))
        fields = _drawn_frame(element, context) | asked
        if asked.keys() & _GIVEN:
            fields.pop("regions", None)
        if fields and "line_height" not in fields and (height := _line_height(element, context)) is not None:
            fields["line_height"] = height
        if fields:
            key = str(len(boxes))
            element.set(BOX, key)
            boxes[key] = TextBox(**fields)
    return boxes


def _line_height(element: etree._Element, context: FlattenContext) -> float | None:
    """Return the distance of lines that a tool set one by one: they say no `line-height`."""
    style = context.styles(element[0] if len(element) else element)
    return None if "line-height" in style else line_height(element, style)


def _drawn_frame(element: etree._Element, context: FlattenContext) -> dict[str, Any]:
    if local_name(element) == "flowRoot":
        return _flow_region(element, context)
    shapes = _shapes(element, "shape-inside", context)
    if shapes:
        padding = context.measure(element.get("shape-padding", "0"), element, "other")
        return _frame(shapes, padding, _holes(element, context), context)
    inline_size = element.get("inline-size", "auto")
    if inline_size not in {"auto", "0"} and (width := context.measure(inline_size, element, "x")) > 0:
        return {"width": width, "fit": "wrap"}
    return {}


def _shapes(element: etree._Element, attribute: str, context: FlattenContext) -> list[etree._Element]:
    found = (context.ids.get(target) for target in listed_references(element.get(attribute, "")))
    return [shape for shape in found if shape is not None and local_name(shape) in SHAPES]


def _holes(element: etree._Element, context: FlattenContext) -> tuple[tuple[Outline, float], ...]:
    """Return what text flows around; Inkscape keeps the margin at the shape, the specification at the text."""
    found = []
    for shape in _shapes(element, "shape-subtract", context)[:_MOST_HOLES]:
        outline = _outline(shape, context)
        if outline is None:
            continue
        margin = shape.get("shape-margin") or element.get("shape-margin", "0")
        found.append((outline, max(0.0, context.measure(margin, element, "other"))))
    return tuple(found)


def _flow_region(element: etree._Element, context: FlattenContext) -> dict[str, Any]:
    """Read and remove the regions of an SVG 1.2 `flowRoot`, which Inkscape wrote before 1.0."""
    found: dict[str, list[etree._Element]] = {"flowRegion": [], "flowRegionExclude": []}
    for child in list(element):
        if (local := local_name(child)) in found:
            found[local] += [shape for shape in child.iter(etree.Element) if local_name(shape) in SHAPES]
            remove_element(child)
    padding = context.measure(element.get("shape-padding", "0"), element, "other")
    excluded = (_outline(shape, context) for shape in found["flowRegionExclude"][:_MOST_HOLES])
    holes = tuple((outline, 0.0) for outline in excluded if outline is not None)
    return _frame(found["flowRegion"], padding, holes, context)


def _frame(
    shapes: list[etree._Element],
    padding: float,
    holes: tuple[tuple[Outline, float], ...],
    context: FlattenContext,
) -> dict[str, Any]:
    """Return shapes as a box in which text wraps from the top and shrinks when it must."""
    outlines = [outline for shape in shapes if (outline := _outline(shape, context)) is not None]
    if len(outlines) == 1 and not holes and (box := _rectangle(outlines[0].polygons)) is not None:
        left, top, right, bottom = box
        x0, x1, y0, y1 = left + padding, right - padding, top + padding, bottom - padding
        if x1 <= x0 or y1 <= y0:
            return {}
        size = {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}
        return size | {"fit": "shrink", "valign": "top", "is_em_box": True}
    regions = [Region(outline, padding, holes) for outline in outlines]
    regions = [region for region in regions if region.bottom > region.top]
    return {"regions": tuple(regions), "fit": "shrink", "is_em_box": True} if regions else {}


def _outline(shape: etree._Element, context: FlattenContext) -> Outline | None:
    if any("{" in value for value in shape.attrib.values()):
        raise UnsupportedFeature(
            "a placeholder in the shape of a text frame",
            location=place_of(shape, context.name),
            hint="give the text a box instead: width and height in the sidecar's [text.…]",
        )
    matrix = parse_transform(shape.get("transform", ""))
    data = shape_data(shape, context)
    if not data or matrix is None:
        return None
    pen = _PolygonPen()
    parse_path(data, TransformPen(pen, matrix))
    polygons = tuple(tuple(polygon) for polygon in pen.polygons if len(polygon) > 2)
    if not polygons:
        return None
    if sum(map(len, polygons)) > _MOST_POINTS:
        context.warn(
            "unsupported-feature",
            "the shape of a text frame has too many points; text flows in its bounding box",
            shape,
            "simplify the shape",
        )
        points = [point for polygon in polygons for point in polygon]
        (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
        polygons = (((left, top), (right, top), (right, bottom), (left, bottom)),)
    return Outline(polygons)


def _rectangle(outline: tuple[Polygon, ...]) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom of an outline that is an upright rectangle, else None."""
    if len(outline) != 1:
        return None
    xs, ys = [x for x, _ in outline[0]], [y for _, y in outline[0]]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    is_upright = all(x in {left, right} and y in {top, bottom} for x, y in outline[0])
    is_whole = abs(_area(outline[0])) >= (right - left) * (bottom - top) * (1 - 1e-9)
    return (left, top, right, bottom) if is_upright and is_whole else None


def _area(polygon: Polygon) -> float:
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2


class _PolygonPen(BasePen):  # type: ignore[misc]
    """Gathers an outline, with curves as short lines."""

    def __init__(self) -> None:
        super().__init__(None)
        self.polygons: list[list[tuple[float, float]]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802  the pen protocol's name
        self.polygons.append([pt])

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802  the pen protocol's name
        self.polygons[-1].append(pt)

    def _curveToOne(  # noqa: N802  the pen protocol's name
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        start = self.polygons[-1][-1]
        for step in range(1, _CURVE_STEPS + 1):
            self.polygons[-1].append(cubicPointAtT(start, pt1, pt2, pt3, step / _CURVE_STEPS))
