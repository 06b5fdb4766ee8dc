"""Paint that refers to the bounding box → paint in user units, and pictures in the place of one-tile patterns.

Rasterizers disagree on bounding boxes, and blur pictures in patterns; drawing tools write both all the time.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.bounded import bounded_reference
from inkmerge.flat.bounds import Box, path_bounds
from inkmerge.flat.context import FlattenContext
from inkmerge.svg.colors import reference
from inkmerge.svg.names import DYNAMIC, GRADIENTS, local_name, new
from inkmerge.svg.transforms import transform_text

_WHOLE: Final = 0.999
"""Share of the bounding box from which on a tile covers it: Figma writes rounded sizes."""


def paint_in_box(path: etree._Element, context: FlattenContext) -> etree._Element | None:
    """Bring fill and stroke of a flat path into user units, in place; return what is drawn instead of its fill, or None.

    The picture, if there is one, is in the path's user space, and the path's fill is none.
    """
    picture = None
    for name in ("fill", "stroke"):
        target = reference(path.get(name, ""))
        server = context.ids.get(target) if target else None
        if server is None or any(one.get(DYNAMIC) is not None for one in server.iter(etree.Element)):
            continue
        if local_name(server) in GRADIENTS:
            _gradient(path, name, server, context)
        elif name == "fill" and _is_one_picture(server):
            picture = _picture(path, server, context)
    return picture


def _gradient(path: etree._Element, name: str, server: etree._Element, context: FlattenContext) -> None:
    """Write a degenerate gradient as a colour, and one over the bounding box in user units.

    https://www.w3.org/TR/SVG2/pservers.html#Gradients, and #StopNotes for one stop or none.
    """
    stops = [child for child in server if local_name(child) == "stop"]
    if not stops:
        _drop(path, name)
        return
    if len(stops) == 1 or _has_no_length(server):
        last = stops[-1]
        path.set(name, last.get("stop-color", "#000000"))
        if "stop-opacity" in last.attrib:
            own = float(path.get(f"{name}-opacity", "1"))
            path.set(f"{name}-opacity", f"{own * float(last.attrib['stop-opacity']):g}")
        return
    if server.get("gradientUnits", "objectBoundingBox") != "objectBoundingBox":
        return
    box = path_bounds(path.get("d", ""))
    if box is None or box.is_empty:
        _drop(path, name)
    else:
        path.set(name, f"url(#{bounded_reference(server.get('id', ''), box, context)})")


def _has_no_length(gradient: etree._Element) -> bool:
    if local_name(gradient) == "radialGradient":
        return float(gradient.get("r", "0.5")) <= 0
    ends = [gradient.get(name) for name in ("x1", "y1", "x2", "y2")]
    return ends[:2] == ends[2:]


def _drop(path: etree._Element, name: str) -> None:
    """Paint nothing."""
    if name == "fill":
        path.set("fill", "none")
        return
    for attribute in [one for one in path.attrib if one.startswith("stroke")]:
        del path.attrib[attribute]


def _is_one_picture(pattern: etree._Element) -> bool:
    """Tell whether a pattern is a picture over the whole bounding box, as drawing tools write image fills."""
    is_boxed = pattern.get("patternUnits", "objectBoundingBox") == "objectBoundingBox"
    edges = [float(pattern.get(name, "0")) for name in ("x", "y", "width", "height")]
    if not is_boxed or edges[:2] != [0, 0] or min(edges[2:]) < _WHOLE:
        return False
    if "viewBox" in pattern.attrib or "patternTransform" in pattern.attrib:
        return False
    drawn = [one for one in pattern.iter(etree.Element) if local_name(one) in {"path", "image"}]
    return len(drawn) == 1 and local_name(drawn[0]) == "image"


def _picture(path: etree._Element, pattern: etree._Element, context: FlattenContext) -> etree._Element | None:
    """Return the picture of a pattern, clipped to a path."""
    box = path_bounds(path.get("d", ""))
    if box is None or box.width <= 0 or box.height <= 0:
        _drop(path, "fill")
        return None
    outline = new("path", {"d": path.get("d", ""), "fill": "#000000"})
    if path.get("fill-rule") == "evenodd":
        outline.set("clip-rule", "evenodd")
    clip = new("clipPath")
    clip.append(outline)
    group = new("g", {"clip-path": f"url(#{context.define(clip, 'picture-fill')})"})
    if "fill-opacity" in path.attrib:
        group.set("opacity", path.attrib["fill-opacity"])
    content = new("g", {"transform": transform_text(_content_matrix(pattern, box)) or "scale(1)"})
    for child in pattern:
        if isinstance(child.tag, str) and local_name(child) != "defs":
            clone = deepcopy(child)
            clone.tail = None
            content.append(clone)
    for element in content.iter(etree.Element):
        element.attrib.pop("id", None)
    group.append(content)
    for attribute in ("fill-opacity", "fill-rule"):
        path.attrib.pop(attribute, None)
    path.set("fill", "none")
    return group


def _content_matrix(pattern: etree._Element, box: Box) -> Transform:
    """Return the matrix from a pattern's content to the user space of what it fills."""
    matrix = Identity.translate(box.left, box.top)
    if pattern.get("patternContentUnits") == "objectBoundingBox":
        return matrix.scale(box.width, box.height)
    return matrix  # user units, from the tile's own corner
