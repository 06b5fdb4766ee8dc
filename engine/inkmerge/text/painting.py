"""Placed items → flat SVG: one path for all glyphs of one paint, images for colour glyphs, rectangles for lines."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.fonts import FontCatalog, FontInstance
from inkmerge.images import ImageSource
from inkmerge.svg.names import svg_name
from inkmerge.svg.transforms import transform_text
from inkmerge.svg.units import text_of
from inkmerge.text.color_glyphs import color_glyph
from inkmerge.text.glyph_runs import GLYPHS, INK, GlyphRun, Stretch, ink_of
from inkmerge.text.looks import font_of
from inkmerge.text.outlines import glyph_path
from inkmerge.text.placing import Placed
from inkmerge.text.shaping import Glyph
from inkmerge.text.svg_glyphs import MARGIN, svg_glyph
from inkmerge.text.text_frame import Span

Bounds = tuple[float, float, float, float]
_PATH: Final = svg_name("path")
_IMAGE_SCHEME: Final = "inkmerge-image:"
_PAINT: Final = (
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
) + ("stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "color", "font-size")
_GROUP: Final = (
    ("opacity", "1"),
    ("clip-path", "none"),
    ("mask", "none"),
    ("filter", "none"),
    ("mix-blend-mode", "normal"),
)
"""What makes a group of a span, and the value with which it does not."""
_BELOW: Final = ("underline", "overline")
_ABOVE: Final = ("line-through",)
_TOUCHING: Final = 0.01
"""Distance in user units at which two lines are one."""
_PARALLEL: Final = 1e-6
BOUNDS: Final = "data-text-bounds"
"""Attribute of a path or group whose paint or effects refer to the em boxes: left, top, width and height."""


@dataclass(slots=True)
class Painter:
    """Gathers the elements of one text.

    Attributes:
        scale: Device pixels per user unit.
        bounds: The text's em boxes, to which gradients refer, or None.
        catalog: The faces.
        group: The group that what is drawn is put into.
        images: Pictures of colour glyphs, by digest.
        paths: Paths in the group, which have no attributes yet, and those that they are to have, with paint as in CSS.
        runs: Upright glyphs, by the numbers that paths have in `GLYPHS`.
    """

    scale: float
    bounds: Bounds | None
    catalog: FontCatalog
    group: etree._Element
    images: dict[str, ImageSource] = field(default_factory=dict)
    paths: list[tuple[etree._Element, dict[str, str]]] = field(default_factory=list)
    runs: list[GlyphRun] = field(default_factory=list)

    def paint(self, placed: Sequence[Placed]) -> None:
        """Paint a text: of each span the lines below, its glyphs and spans, and the lines above."""
        hidden = {
            id(span)
            for span in {id(one.item.span): one.item.span for one in placed}.values()
            if span.style.get("visibility", "visible") != "visible"
        }
        ordered = sorted(
            [one for one in placed if id(one.item.span) not in hidden] if hidden else placed,
            key=lambda one: one.item.cluster.start,
        )
        if ordered:
            root = list(ordered[0].item.span.lineage())[-1]
            self._span(root, ordered, self.group)

    def _span(self, span: Span, placed: Sequence[Placed], into: etree._Element) -> None:
        """Paint all that a span holds."""
        self._decorate(placed, span, _BELOW, into)
        for child, members in groupby(placed, key=lambda one: _child_towards(one.item.span, span)):
            group = list(members)
            if child is None:
                self._glyphs(group, span, into)
            else:
                self._span(child, group, self._group(child, group, into))
        self._decorate(placed, span, _ABOVE, into)

    def _group(self, span: Span, placed: Sequence[Placed], into: etree._Element) -> etree._Element:
        """Return where a span is painted: a group of its own where it is transparent, clipped, masked or filtered."""
        attributes = {
            name: value for name, initial in _GROUP if (value := span.style.get(name, initial)) != initial
        }
        if not attributes:
            return into
        group = etree.SubElement(into, svg_name("g"), attributes)
        bounds = bounds_of(placed)
        if bounds is not None and attributes.keys() - {"opacity"}:
            group.set(BOUNDS, _bounds_text(bounds))
        return group

    def _glyphs(self, group: Sequence[Placed], span: Span, into: etree._Element) -> None:
        if all(not one.angle and one.item.stretch == 1 for one in group):
            self._upright(group, span, into)
            return
        data = []
        for one in group:
            for glyph in one.item.cluster.glyphs:
                origin = one.frame.translate(glyph.x_offset, glyph.y_offset)
                if not self._is_drawn_in_color(glyph, origin, span, into):
                    em = glyph.size / glyph.font.upem
                    data.append(glyph_path(glyph.font, glyph.glyph_id, origin.scale(em, -em)))
        if outline := " ".join(filter(None, data)):
            self._path({"d": outline}, span.style, into)

    def _upright(self, group: Sequence[Placed], span: Span, into: etree._Element) -> None:
        """Leave upright glyphs as a run: masks may paint them, and outlines are made where they are needed."""
        stretches = []
        for item, left, baseline, _, _ in group:
            glyphs = item.cluster.glyphs
            if glyphs and glyphs[0].font.face.is_color:
                glyphs = tuple(
                    one
                    for one in glyphs
                    if not self._is_drawn_in_color(
                        one, Identity.translate(left + one.x_offset, baseline + one.y_offset), span, into
                    )
                )
            if glyphs:
                stretches.append(Stretch(left, baseline, glyphs))
        ink = ink_of(stretches)
        if ink is None:
            return
        drawn = {"d": "", GLYPHS: str(len(self.runs)), INK: " ".join(map(repr, ink))}
        self._path(drawn, span.style, into)
        self.runs.append(GlyphRun(tuple(stretches), ink))

    def _is_drawn_in_color(self, glyph: Glyph, origin: Transform, span: Span, into: etree._Element) -> bool:
        """Draw a glyph that has colours of its own, if it does."""
        return glyph.font.face.is_color and (
            self._color(glyph, origin, into) or self._drawing(glyph, origin, span, into)
        )

    def _path(self, drawn: dict[str, str], style: Mapping[str, str], into: etree._Element) -> None:
        """Add a path, or two where the stroke is below the fill."""
        attributes = {name: style[name] for name in _PAINT if name in style}
        parts = [attributes]
        if attributes.get("stroke", "none") != "none" and _is_stroked_first(
            style.get("paint-order", "normal")
        ):
            parts = [attributes | {"fill": "none"}, attributes | {"stroke": "none"}]
        for part in parts:
            whole = drawn | part
            if self.bounds and ("url(" in part.get("fill", "") or "url(" in part.get("stroke", "")):
                whole[BOUNDS] = _bounds_text(self.bounds)
            self.paths.append((etree.SubElement(into, _PATH), whole))

    def _color(self, glyph: Glyph, origin: Transform, into: etree._Element) -> bool:
        enlarged = math.sqrt(abs(origin[0] * origin[3] - origin[1] * origin[2]))
        picture = color_glyph(glyph.font, glyph.glyph_id, math.ceil(glyph.size * enlarged * self.scale))
        if picture is None:
            return False
        digest = hashlib.sha256(picture.png).hexdigest()
        self.images[digest] = ImageSource(picture.png, "image/png", picture.columns, picture.rows, digest)
        size = glyph.size
        attributes = {
            "href": _IMAGE_SCHEME + digest,
            "x": text_of(picture.x * size),
            "y": text_of(picture.y * size),
            "width": text_of(picture.width * size),
            "height": text_of(picture.height * size),
            "preserveAspectRatio": "none",
        }
        around = {"transform": transform_text(origin) or "translate(0 0)"}
        wrapper = etree.SubElement(into, svg_name("g"), around)
        etree.SubElement(wrapper, svg_name("image"), attributes)
        return True

    def _drawing(self, glyph: Glyph, origin: Transform, span: Span, into: etree._Element) -> bool:
        """Draw a glyph that is an SVG drawing; flattening puts it in the picture's place."""
        fill = span.style.get("fill", "black")
        link = svg_glyph(glyph.font, glyph.glyph_id, "black" if "url(" in fill else fill)
        if link is None:
            return False
        size = glyph.size
        place = {"x": -MARGIN, "y": -1 - MARGIN, "width": 1 + 2 * MARGIN, "height": 1 + 2 * MARGIN}
        around = {"transform": transform_text(origin) or "translate(0 0)"}
        wrapper = etree.SubElement(into, svg_name("g"), around)
        attributes = {"href": link} | {name: text_of(value * size) for name, value in place.items()}
        etree.SubElement(wrapper, svg_name("image"), attributes)
        return True

    def _decorate(
        self, placed: Sequence[Placed], span: Span, kinds: Iterable[str], into: etree._Element
    ) -> None:
        """Draw those of the lines that a span declares, with its own paint."""
        for kind in kinds:
            if kind not in span.lines:
                continue
            data = _lines(placed, kind, font_of(span, self.catalog), span.size)
            if data:
                self._path({"d": data}, span.style, into)


def _child_towards(inner: Span, outer: Span) -> Span | None:
    """Return the span right inside `outer` that holds `inner`, or None where they are the same."""
    if inner is outer:
        return None
    return next((one for one in inner.lineage() if one.parent is outer), None)


def _is_stroked_first(order: str) -> bool:
    """Tell whether the stroke is below the fill: https://www.w3.org/TR/SVG2/painting.html#PaintOrder."""
    words = order.split()
    return "stroke" in words and ("fill" not in words or words.index("stroke") < words.index("fill"))


def _lines(placed: Sequence[Placed], kind: str, font: FontInstance, size: float) -> str:
    """Return rectangles under, over or through text; those of neighbours on one straight line are one."""
    em = size / font.upem
    thickness = max(font.underline_thickness, 1.0) * em
    if kind == "underline":
        middle = -font.underline_position * em  # its middle, as FreeType and browsers take it
    elif kind == "overline":
        middle = -font.ascent * em
    else:
        middle = -font.strikeout_position * em
    data = []
    for track, width in _stretches(placed):
        corners = (
            (0, middle - thickness / 2),
            (width, middle - thickness / 2),
            (width, middle + thickness / 2),
            (0, middle + thickness / 2),
        )
        points = (track.transformPoint(corner) for corner in corners)
        data.append("M " + " L ".join(f"{text_of(x)} {text_of(y)}" for x, y in points) + " Z")
    return " ".join(data)


def _stretches(placed: Sequence[Placed]) -> list[tuple[Transform, float]]:
    """Return start and length of the straight lines that items are on, with what is side by side put together."""
    tracks = [(one.line, one.track, one.item.advance) for one in placed]
    tracks.sort(key=lambda one: (one[0], round(one[1][0], 6), one[1][4] * one[1][0] + one[1][5] * one[1][1]))
    found: list[tuple[Transform, float]] = []
    for _, track, advance in tracks:
        if found:
            last, width = found[-1]
            end = last.transformPoint((width, 0))
            is_next = math.dist(end, track[4:]) < _TOUCHING and math.dist(last[:4], track[:4]) < _PARALLEL
            if is_next:
                found[-1] = (last, width + advance)
                continue
        found.append((track, advance))
    return found


def _bounds_text(bounds: Bounds) -> str:
    left, top, right, bottom = bounds
    return f"{left!r} {top!r} {right - left!r} {bottom - top!r}"


def bounds_of(placed: Iterable[Placed]) -> Bounds | None:
    """Return the union of the em boxes, in user units: https://www.w3.org/TR/SVG2/text.html#ObjectBoundingBoxUnitsTextObjects."""
    xs: list[float] = []
    ys: list[float] = []
    for one in placed:
        item, x, y, angle, _ = one
        glyphs = item.cluster.glyphs
        if not glyphs:
            continue
        font = glyphs[0].font
        em = glyphs[0].size / font.upem
        above, below = -font.ascent * em, font.descent * em
        if angle or item.cluster.is_upright:
            corners = ((x, y) for x in (0.0, item.advance) for y in (above, below))
            for x, y in one.track.transformPoints(corners):
                xs.append(x)
                ys.append(y)
        else:
            xs += (x, x + item.advance)
            ys += (y + above, y + below)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None
