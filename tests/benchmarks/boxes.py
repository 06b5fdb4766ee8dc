"""A scene as boxes, for what draws HTML-like trees: a picture behind, boxes over it, and each text in a box.

Behind lies what boxes cannot say: everything up to the scene's first plain group, drawn once and embedded as a picture.
Cards, shadows, buttons, round pictures and texts are boxes of their own.
"""

from __future__ import annotations

import io
import math
from base64 import b64decode
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final

from fontTools.ttLib import TTFont
from lxml import etree
from PIL import Image

from benchmarks.scenes import HREF, SVG, Fonts, Line, Scene, drawn
from benchmarks.way import SCALE

FAMILY: Final = "Noto Sans"
_BEHIND_PNG_BYTES: Final = 150_000
"""What a picture behind may weigh as a PNG; a heavier one is embedded as a JPEG, which is decoded sooner."""

Style = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Box:
    """A box at a place of its own; sizes in CSS pixels, style as CSS in camel case.

    Attributes:
        text: A Jinja template, or None.
        picture: The bytes of an image file, or None.
    """

    left: float
    top: float
    width: float
    height: float
    style: Style = field(default_factory=dict)
    text: str | None = None
    picture: bytes | None = None

    @property
    def css(self) -> Style:
        """The style with the place."""
        place: Style = {"left": self.left, "top": self.top, "width": self.width, "height": self.height}
        return {"position": "absolute"} | place | self.style


def boxes_of(scene: Scene) -> list[Box]:
    """Return a scene's boxes, the lowest first."""
    width, height = scene.size
    children = [child for child in scene.root if child.tag not in {f"{SVG}title", f"{SVG}defs"}]
    ends = next(
        number
        for number, child in enumerate(children)
        if child.tag == f"{SVG}g" and "filter" not in child.attrib and "clip-path" not in child.attrib
    )
    behind = deepcopy(scene.root)
    kept = {scene.root.index(child) for child in children[: ends + 1]}
    for number, child in reversed(list(enumerate(behind))):
        if number not in kept and child.tag != f"{SVG}defs":
            behind.remove(child)
    picture = _packed(drawn(etree.tostring(behind, encoding="unicode"), scene.fonts))
    above = (box for child in children[ends + 1 :] for box in _boxes(child, scene))
    return [Box(0, 0, width, height, picture=picture), *above]


def _packed(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    if out.tell() > _BEHIND_PNG_BYTES:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()


def _boxes(element: etree._Element, scene: Scene) -> Iterator[Box]:
    """Return the boxes of one element that lies over the picture behind."""
    kind = etree.QName(element).localname
    if kind == "text":
        yield _text_box(Line.of(element), scene.fonts)
    elif kind == "g" and "filter" in element.attrib:
        yield _box(element[0], scene, {"boxShadow": _shadow(_target(scene, element.get("filter", "")))})
    elif kind == "g":
        image = element[0]
        data = b64decode(image.get(HREF, "").partition(",")[2])
        left, top, width, height = _numbers(image, "x", "y", "width", "height")
        yield Box(left, top, width, height, {"borderRadius": "50%"}, picture=data)
    elif kind == "path":
        yield _picture_of(element, scene)
    else:
        yield _box(element, scene, {})


def _picture_of(element: etree._Element, scene: Scene) -> Box:
    """Return a picture of what boxes have no form for, no larger than what it shows."""
    root = deepcopy(scene.root)
    for child in list(root):
        if child.tag != f"{SVG}defs":
            root.remove(child)
    root.append(deepcopy(element))
    seen = drawn(etree.tostring(root, encoding="unicode"), scene.fonts)
    left, top, right, bottom = seen.getbbox() or (0, 0, 1, 1)
    out = io.BytesIO()
    seen.crop((left, top, right, bottom)).save(out, "PNG")
    size = (right - left) / SCALE, (bottom - top) / SCALE
    return Box(left / SCALE, top / SCALE, *size, picture=out.getvalue())


def _box(shape: etree._Element, scene: Scene, style: Style) -> Box:
    """Return the box of a rectangle or circle; a stroke's middle is the shape's edge, a border lies inside."""
    if shape.tag == f"{SVG}circle":
        x, y, radius = _numbers(shape, "cx", "cy", "r")
        left, top, width, height = x - radius, y - radius, 2 * radius, 2 * radius
    else:
        left, top, width, height = _numbers(shape, "x", "y", "width", "height")
        (radius,) = _numbers(shape, "rx")
    fill = shape.get("fill", "#000")
    if fill.startswith("url"):
        colours = [stop.get("stop-color") for stop in _target(scene, fill)]
        style = style | {"backgroundImage": f"linear-gradient(180deg, {colours[0]}, {colours[1]})"}
    elif fill != "none":
        style = style | {"backgroundColor": fill}
    half = 0.0
    if (stroke := shape.get("stroke")) is not None:
        half = float(shape.get("stroke-width", "1")) / 2
        style = style | {"border": f"{2 * half:g}px solid {stroke}"}
    style = style | {"borderRadius": radius + half, "boxSizing": "border-box"}
    return Box(left - half, top - half, width + 2 * half, height + 2 * half, style)


def _text_box(line: Line, fonts: Fonts) -> Box:
    """Return a box of one line whose baseline is where SVG has it, and whose top is at a whole device pixel."""
    with TTFont(fonts.of(line), lazy=True) as face:
        units, hhea = face["head"].unitsPerEm, face["hhea"]
        ascent, descent = hhea.ascent / units, hhea.descent / units
    middle = line.size * (ascent + descent) / 2
    above = math.ceil(SCALE * (line.size / 2 + middle)) / SCALE
    height = 2 * (above - middle)
    width = 420.0
    left = line.x - width * {"start": 0, "middle": 0.5, "end": 1}[line.anchor]
    style: Style = {
        "color": line.fill,
        "fontFamily": FAMILY,
        "fontSize": line.size,
        "fontWeight": 700 if line.is_bold else 400,
        "lineHeight": f"{height}px",
        "whiteSpace": "nowrap",
    }
    if line.anchor != "start":
        style |= {
            "textAlign": {"middle": "center", "end": "right"}[line.anchor],
            "justifyContent": {"middle": "center", "end": "flex-end"}[line.anchor],
        }
    return Box(left, line.y - above, width, height, style, line.content)


def _shadow(filtered: etree._Element) -> str:
    """Return the CSS of a drop shadow as design tools write it: a matrix, an offset, a blur, a matrix."""
    (offset,) = filtered.iter(f"{SVG}feOffset")
    (blur,) = filtered.iter(f"{SVG}feGaussianBlur")
    values = [float(one) for one in list(filtered.iter(f"{SVG}feColorMatrix"))[-1].get("values", "").split()]
    red, green, blue = (round(255 * values[at]) for at in (4, 9, 14))
    radius = 2 * float(blur.get("stdDeviation", "0"))
    return f"0 {offset.get('dy')}px {radius:g}px rgba({red}, {green}, {blue}, {values[18]:g})"


def _target(scene: Scene, reference: str) -> etree._Element:
    name = reference.removeprefix("url(#").removesuffix(")")
    (found,) = (one for one in scene.root.iter(etree.Element) if one.get("id") == name)
    return found


def _numbers(element: etree._Element, *names: str) -> list[float]:
    return [float(element.get(name, "0")) for name in names]
