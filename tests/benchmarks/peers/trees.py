"""takumi: a tree of boxes like HTML, drawn from Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import jinja2
from PIL import Image

from benchmarks.boxes import FAMILY, Box, boxes_of
from benchmarks.peers.svg_libraries import jpeg
from benchmarks.scenes import Scene
from benchmarks.way import JPEG_QUALITY, SCALE, Format, Painter, Unavailable, Way


class Takumi(Way):
    """takumi through takumi-py."""

    name = "takumi (takumi-py)"
    remarks = "the scene as boxes; what boxes cannot say is one picture behind, which it keeps decoded; its own encoders, JPEG as 4:4:4"
    packages: ClassVar[tuple[str, ...]] = ("takumi-py",)

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

        def draw(values: Mapping[str, str], to: Format | Literal["raw"]) -> bytes:
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

        return self.painter(draw, (width, height))

    def painter(self, draw: Callable[..., bytes], _: tuple[int, int]) -> Painter:
        """Return what draws and encodes."""
        return draw


class TakumiPixels(Takumi):
    """takumi for the pixels, Pillow for the JPEG."""

    name = "takumi, JPEG by Pillow"
    remarks = "as above, but its pixels encoded by Pillow, as 4:2:0"
    formats = ("jpeg",)
    packages = ()

    def painter(self, draw: Callable[..., bytes], size: tuple[int, int]) -> Painter:
        """Return what draws, and encodes with Pillow."""
        return lambda values, _: jpeg(
            Image.frombuffer("RGBX", size, draw(values, "raw"), "raw", "RGBX", 0, 1)
        )


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
