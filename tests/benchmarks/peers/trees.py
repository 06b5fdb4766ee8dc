"""takumi: a tree of boxes like HTML, drawn from Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2

from benchmarks.boxes import FAMILY, Box, boxes_of
from benchmarks.scenes import Scene
from benchmarks.way import JPEG_QUALITY, SCALE, Format, Painter, Unavailable, Way


class Takumi(Way):
    """takumi through takumi-py."""

    name = "takumi (takumi-py)"
    remarks = "the scene as boxes; what boxes cannot say is one picture behind, which it keeps decoded; its own encoders"
    packages = ("takumi-py",)

    def prepare(self, scene: Scene) -> Painter:
        """Load faces and pictures, and write the tree down."""
        try:
            from takumi_py import FontResource, ImageResource, Renderer
        except ImportError as fault:
            raise Unavailable("takumi-py is not installed") from fault
        faces = [
            FontResource(data=face.read_bytes(), name=FAMILY, weight=weight)
            for face, weight in ((scene.fonts.regular, 400), (scene.fonts.bold, 700))
        ]
        renderer = Renderer(load_default_fonts=False, fonts=faces)
        boxes = boxes_of(scene)
        pictures = [
            ImageResource(src=_name(number), data=box.picture)
            for number, box in enumerate(boxes)
            if box.picture is not None
        ]
        nodes = [_Node(number, box) for number, box in enumerate(boxes)]
        width, height = (SCALE * side for side in scene.size)
        style = {"position": "relative", "width": scene.size[0], "height": scene.size[1]}

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            tree: dict[str, object] = {
                "type": "container",
                "style": style,
                "children": [node.filled(values) for node in nodes],
            }
            return renderer.render_node(
                tree,
                width=width,
                height=height,
                device_pixel_ratio=float(SCALE),
                images=pictures,
                format=to,
                quality=JPEG_QUALITY if to == "jpeg" else None,
            )

        return paint


class _Node:
    """A box as takumi takes it."""

    def __init__(self, number: int, box: Box) -> None:
        self._node: dict[str, Any] = {"type": "container", "style": box.css}
        self._text = None
        if box.picture is not None:
            self._node |= {"type": "image", "src": _name(number), "width": box.width, "height": box.height}
        elif box.text is not None:
            self._node |= {"type": "text"}
            self._text = jinja2.Environment(autoescape=False).from_string(box.text)  # noqa: S701  no markup

    def filled(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return the node of one recipient."""
        return self._node if self._text is None else self._node | {"text": self._text.render(values)}


def _name(number: int) -> str:
    return f"memory://picture-{number}"
