"""`CompiledTemplate` + recipient + output + its plan → `Explanation`: what is drawn for everybody, what anew, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self

from inkmerge.compiling import CompiledTemplate
from inkmerge.cutting import CutLayer, cut
from inkmerge.errors import Finding, Location, Severity
from inkmerge.flat.bounds import Box
from inkmerge.flat.document import FlatDocument
from inkmerge.pipeline import Format, Output, fill, read
from inkmerge.plan import Plan
from inkmerge.raster import DrawnPart, drawn_parts
from inkmerge.raster.layered import LAYER, contents_of
from inkmerge.svg.names import svg_name
from inkmerge.svg.parsing import remove_element

PixelBox = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the output."""
RowRange = tuple[int, int]
"""The first row, and the row after the last."""


@dataclass(frozen=True, slots=True)
class Layer(CutLayer):
    """One layer of a template, and what it takes to draw it for a recipient.

    Attributes:
        parts: What of it is drawn by which rasterizer; nothing where the recipient's values leave it empty.
        touched: Boxes of pixels outside of which a dynamic layer changes nothing.
    """

    parts: tuple[DrawnPart, ...] = ()
    touched: tuple[PixelBox, ...] = ()

    @classmethod
    def of(cls, layer: CutLayer, parts: tuple[DrawnPart, ...], touched: tuple[PixelBox, ...] = ()) -> Self:
        """Add to a layer what it takes to draw it."""
        place = layer.first, layer.last, layer.line
        return cls(layer.kind, layer.number, *place, layer.causes, layer.whole, parts, touched)


@dataclass(frozen=True, slots=True)
class StripCount:
    """Strips of an image.

    Attributes:
        height: Rows of one; the last may have fewer.
        count: How many there are.
        encoded: How many are encoded anew for the recipient.
    """

    height: int
    count: int
    encoded: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is drawn and encoded once for everybody, and what anew for one recipient.

    Attributes:
        format: The output's format.
        dpi: Its pixels per inch.
        width: Its pixels across.
        height: Its rows of pixels.
        layers: What is painted, the lowest layer first; a single one of kind ``whole`` where there is no plan.
        rows: The rows that are encoded anew, as (first, the one after the last), in order.
        strips: How many strips that is; None where every image is encoded whole.
        finding: Why there is no plan, where there is none: the finding of `Template.prepare`.
    """

    format: Format
    dpi: float
    width: int
    height: int
    layers: tuple[Layer, ...]
    rows: tuple[RowRange, ...]
    strips: StripCount | None
    finding: Finding | None

    @property
    def share(self) -> float:
        """The share of rows that are encoded anew, from 0 to 1."""
        return sum(end - first for first, end in self.rows) / self.height


def explain(
    compiled: CompiledTemplate, recipient: Mapping[str, Any], output: Output, plan: Plan | str
) -> Explanation:
    """Explain a template's plan for an output, or, where there is none, why not.

    Raises:
        InkmergeError: The recipient's values are missing or wrong.
    """
    scale = output.width / compiled.width
    values = read(compiled, recipient)
    all_rows = ((0, output.height),)
    size = output.format, output.dpi, output.width, output.height
    if isinstance(plan, str):
        parts = drawn_parts(fill(compiled, values, scale).flat, compiled.rasterizer)
        whole = Layer.of(_around(parts), parts)
        return Explanation(*size, (whole,), all_rows, None, not_planned(plan, compiled.name))
    cutting = cut(compiled)
    assert not isinstance(cutting, str)  # it has a plan
    flat = fill(plan.changing, values, scale).flat
    touched = {
        number: tuple((int(box.left), int(box.top), int(box.right), int(box.bottom)) for box in one.touched)
        for number, one in contents_of(flat, output.width, output.height).items()
    }
    layers = []
    for layer in cutting.layers:
        is_static = layer.kind == "static"
        drawn = cutting.static(layer.number) if is_static else _only_layer(flat, layer.number)
        boxes = () if is_static else touched.get(layer.number, ())
        layers.append(Layer.of(layer, drawn_parts(drawn, compiled.rasterizer), boxes))
    numbers = plan.strips.touched(Box(*box) for boxes in touched.values() for box in boxes)
    height = plan.strips.height
    if numbers is None or height is None:
        return Explanation(*size, tuple(layers), all_rows, None, None)
    rows = tuple(_joined((one * height, min((one + 1) * height, output.height)) for one in numbers))
    strips = StripCount(height, -(-output.height // height), len(numbers))
    return Explanation(*size, tuple(layers), rows, strips, None)


def not_planned(reason: str, template: str) -> Finding:
    """Return the finding that a template has no plan."""
    return Finding("not-planned", Severity.NOTE, f"each image is drawn whole: {reason}", Location(template))


def _around(parts: tuple[DrawnPart, ...]) -> CutLayer:
    """Return the one layer that all parts are in."""
    if not parts:
        return CutLayer("whole", 0, "", "", None)
    return CutLayer("whole", 0, parts[0].first, parts[-1].last, parts[0].line)


def _only_layer(flat: FlatDocument, number: int) -> FlatDocument:
    """Return the document of one dynamic layer of a filled tree."""
    root = deepcopy(flat.root)
    for group in list(root.iter(svg_name("g"))):
        if group.get(LAYER) not in {None, str(number)}:
            remove_element(group)
    return FlatDocument(root, flat.width, flat.height, flat.images, flat.glyphs)


def _joined(ranges: Iterable[RowRange]) -> Iterator[RowRange]:
    """Yield ranges in order, neighbours as one."""
    first = last = 0
    for start, end in ranges:
        if start != last:
            if last > first:
                yield first, last
            first = start
        last = end
    if last > first:
        yield first, last
