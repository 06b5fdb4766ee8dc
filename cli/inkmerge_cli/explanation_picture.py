"""An explanation and the image that it is about → a picture: dynamic layers in colours, rows encoded anew at the margin.

The picture is an SVG template like any other, drawn by the engine; its words are values, so that what the explained
template says (`{{ name }}`) stays text.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lxml import etree
from PIL import Image

from inkmerge import Limits, Template
from inkmerge.explaining import Explanation, Layer
from inkmerge.flat.bounds import Box
from inkmerge.pipeline import Format
from inkmerge.svg.names import new

COLOURS: Final = (
    "#2563eb",
    "#e8590c",
    "#15803d",
    "#c026d3",
    "#b91c1c",
    "#0e7490",
    "#a16207",
    "#6d28d9",
)
_WIDTH: Final = 720
_HEIGHT: Final = 900
"""The most that the image takes up, in CSS pixels."""
_MARGIN: Final = 28
_RAIL: Final = 10
_LEFT: Final = _MARGIN + _RAIL + 8
_INDENT: Final = _LEFT + 6
_PLACES: Final = _LEFT + 480
"""Where the places of causes are written, beside them."""
_DPI: Final = 192
_INK, _GREY, _LINE, _PALE = "#111827", "#6b7280", "#d1d5db", "#e5e7eb"
_NEAR: Final = 9
"""Boxes of a layer so near to each other, such as lines of a text, have one number."""
_MOST_LAYERS: Final = 40
_MOST_CAUSES: Final = 6
_MOST_CHARACTERS: Final = 300
_LIMITS: Final = Limits(
    text_total=_MOST_LAYERS * (_MOST_CAUSES + 3) * _MOST_CHARACTERS, output_px=40_000_000, side_px=20_000
)


def encoded_words(found: Explanation) -> str:
    """Return what share of an output is encoded anew, in words."""
    share = f"{100 * found.share:.0f} % of the rows"
    if found.strips is None:
        return f"the whole image is encoded anew: {share}"
    strips = found.strips
    return f"{strips.encoded} of {strips.count} strips of {strips.height} rows are encoded anew: {share}"


def elements_words(layer: Layer) -> str:
    """Return what a layer starts and ends with, and where."""
    span = layer.first if layer.first == layer.last else f"{layer.first} … {layer.last}"
    return place_words(span, layer.line)


def place_words(element: str, line: int | None) -> str:
    """Return an element and its line, where it is known."""
    return f"{element}, line {line}" if line else element


def explanation_picture(name: str, found: Explanation, png: bytes, format: Format) -> bytes:  # noqa: A002  the field's word
    """Return the picture of an explanation.

    Args:
        name: The template's file name.
        found: The explanation.
        png: The image that it is about.
        format: That of the picture.

    Raises:
        InkmergeError: It cannot be drawn.
    """
    page = _Page(min(_WIDTH / found.width, _HEIGHT / found.height))
    page.write(name, _MARGIN, size=18, weight=700)
    size = f"{found.format}, {found.width} × {found.height} pixels at {found.dpi:g} dpi"
    page.write(size, _MARGIN, colour=_GREY)
    page.write(encoded_words(found), _MARGIN, colour=_GREY)
    _draw_image(page, found, png)
    _list_layers(page, found)
    return page.render(format)


@dataclass(slots=True)
class _Page:
    """A template that grows from top to bottom, with the values of its words.

    Attributes:
        scale: CSS pixels of the page for one pixel of the image.
    """

    scale: float
    root: etree._Element = field(default_factory=lambda: new("svg", {"data-missing-glyph": "draw"}))
    values: dict[str, str] = field(default_factory=dict)
    y: float = _MARGIN

    def write(
        self,
        words: str,
        x: float,
        *,
        size: float = 13,
        weight: int = 400,
        colour: str = _INK,
        family: str = "Inter",
        end: float = _LEFT + _WIDTH,
    ) -> None:
        """Write one line, cut at `end`, and go on below it."""
        self.y += round(size * 1.5)
        attributes: dict[str, str | float] = {
            "x": x,
            "y": self.y - round(size * 0.4),
            "font-size": size,
            "font-weight": weight,
            "font-family": family,
            "fill": colour,
            "style": "font-variant-ligatures:none",  # of >= the two characters
            "data-fit": "ellipsis",
            "data-width": end - x,
        }
        self.draw("text", attributes).text = self._value(words)

    def label(self, words: str, x: float, y: float, colour: str) -> None:
        """Draw a number on a disc around a point."""
        radius, size = (8, 11) if len(words) < 3 else (9, 9)
        self.draw(
            "circle",
            {"cx": x, "cy": y, "r": radius, "fill": colour, "stroke": "#ffffff", "stroke-width": 1.5},
        )
        font: dict[str, str | float] = {"font-size": size, "font-weight": 700, "font-family": "Inter"}
        place: dict[str, str | float] = {
            "x": x,
            "y": y + size * 0.36,
            "text-anchor": "middle",
            "fill": "#ffffff",
        }
        self.draw("text", font | place).text = self._value(words)

    def draw(self, local: str, attributes: dict[str, str | float]) -> etree._Element:
        """Draw an element."""
        element = new(local, {key: str(value) for key, value in attributes.items()})
        self.root.append(element)
        return element

    def render(self, format: Format) -> bytes:  # noqa: A002  the field's word for it
        """Return the page as a file."""
        size = {"width": _LEFT + _WIDTH + _MARGIN, "height": self.y + _MARGIN}
        for key, value in size.items():
            self.root.set(key, str(value))
        self.root.insert(0, new("rect", {"width": "100%", "height": "100%", "fill": "#ffffff"}))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "explanation.svg"
            path.write_bytes(etree.tostring(self.root))
            template = Template.load(path, limits=_LIMITS, alt="")
            return template.render(self.values, _DPI, format, on_error="raise").data

    def _value(self, words: str) -> str:
        key = f"t{len(self.values)}"
        self.values[key] = words[:_MOST_CHARACTERS]
        return f"{{{{ {key} }}}}"


def _draw_image(page: _Page, found: Explanation, png: bytes) -> None:
    """Draw the image in grey, the rail of its rows beside it, and over it what each dynamic layer touches."""
    top, scale = page.y + 14, page.scale
    width, height = found.width * scale, found.height * scale
    frame: dict[str, str | float] = {"x": _LEFT, "y": top, "width": width, "height": height}
    page.draw("image", frame | {"href": _dimmed(png, (round(width * 2), round(height * 2)))})
    page.draw("rect", frame | {"fill": "none", "stroke": _LINE})
    rail: dict[str, str | float] = {"x": _MARGIN, "width": _RAIL}
    page.draw("rect", rail | {"y": top, "height": height, "fill": _PALE})
    for first, end in found.rows:
        page.draw("rect", rail | {"y": top + first * scale, "height": (end - first) * scale, "fill": _INK})
    dynamic = [layer for layer in found.layers if layer.kind == "dynamic"]
    for layer in dynamic:
        tint = page.draw(
            "g", {"opacity": 0.22, "fill": _colour(layer)}
        )  # once, where boxes lie over each other
        edge: dict[str, str | float] = {"fill": "none", "stroke": _colour(layer), "stroke-width": 1.25}
        for left, upper, right, lower in layer.touched:
            place: dict[str, str | float] = {"x": _LEFT + left * scale, "y": top + upper * scale}
            place |= {"width": (right - left) * scale, "height": (lower - upper) * scale}
            tint.append(page.draw("rect", place))
            page.draw("rect", place | edge)
    for layer in dynamic:
        for left, upper in _corners(layer, _NEAR / scale):
            corner = max(_LEFT, _LEFT + left * scale - 7), max(top, top + upper * scale - 4)
            page.label(str(layer.number), *corner, _colour(layer))
    page.y = top + height + 16


def _corners(layer: Layer, near: float) -> Iterator[tuple[int, int]]:
    """Yield the left and top of the boxes that a layer touches, but for those near to one before."""
    boxes = [Box(*box) for box in layer.touched]
    for number, (box, (left, top, _, _)) in enumerate(zip(boxes, layer.touched, strict=True)):
        if all(box.expand(near).meet(other).is_empty for other in boxes[:number]):
            yield left, top


def _dimmed(png: bytes, size: tuple[int, int]) -> str:
    """Return an image in pale grey as a data URI."""
    with Image.open(io.BytesIO(png)) as opened:
        image = opened.convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "#ffffff"), image).convert("L")
    image = image.point([round(105 + value * 0.58) for value in range(256)])
    written = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(written, "JPEG", quality=90)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode()


def _list_layers(page: _Page, found: Explanation) -> None:
    """List what each dynamic layer is and why it is dynamic."""
    if found.finding:
        page.write(found.finding.message, _MARGIN, weight=700)
    dynamic = [layer for layer in found.layers if layer.kind == "dynamic"]
    for layer in dynamic[:_MOST_LAYERS]:
        page.y += 8
        page.label(str(layer.number), _MARGIN + 8, page.y + 11, _colour(layer))
        nothing = "" if layer.parts else ": nothing for this recipient"
        page.write(elements_words(layer) + nothing, _INDENT, weight=700)
        for cause in layer.causes[:_MOST_CAUSES]:
            line = page.y
            page.write(str(cause), _INDENT, size=12, family="JetBrains Mono", end=_PLACES - 16)
            page.y = line
            page.write(place_words(cause.element, cause.line), _PLACES, size=12, colour=_GREY)
        if len(layer.causes) > _MOST_CAUSES:
            page.write(f"and {len(layer.causes) - _MOST_CAUSES} more", _INDENT, size=12, colour=_GREY)
        if layer.whole:
            page.write(f"painted as one because of {', '.join(layer.whole)}", _INDENT, size=12, colour=_GREY)
    if len(dynamic) > _MOST_LAYERS:
        page.write(f"and {len(dynamic) - _MOST_LAYERS} more dynamic layers", _MARGIN, colour=_GREY)


def _colour(layer: Layer) -> str:
    return COLOURS[(layer.number - 1) % len(COLOURS)]
