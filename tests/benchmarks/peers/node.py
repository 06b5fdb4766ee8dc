"""satori and resvg-js: drawn by one warm Node process, which says what CPU time each image took it."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import jinja2

from benchmarks.boxes import FAMILY, boxes_of
from benchmarks.scenes import ROOT, Scene
from benchmarks.way import SCALE, Format, Painter, Unavailable, Way

_FOLDER = ROOT / "tests" / "benchmarks" / "node"


class _NodeWay(Way):
    """What both have in common: a process for each scene, and its own count of CPU time."""

    formats = ("png",)
    npm: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._seconds = 0.0

    def start(self, scene: Scene) -> None:
        """Start the process and hand it a scene.

        Raises:
            Unavailable: Node or what it draws with isn't installed.
        """
        node = shutil.which("node")
        if node is None:
            raise Unavailable("Node is not there")
        if not all((_FOLDER / "node_modules" / name).exists() for name in self.npm):
            raise Unavailable(f"{' and '.join(self.npm)} are not installed")
        self.close()
        self._process = subprocess.Popen(
            [node, "draw.mjs"], cwd=_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ask({"scene": _scene_of(scene)})

    def ask(self, request: dict[str, Any]) -> bytes:
        """Send a request and return the picture that answers it."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None  # noqa: PT018
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        self._seconds += answer.get("cpu", 0) / 1e6
        return b64decode(answer.get("png", ""))

    def cpu_seconds(self) -> float:
        """Return what the process has said so far."""
        return self._seconds

    def version(self) -> str:
        """Return the versions that npm installed."""
        return ", ".join(f"{name} {_version(name)}" for name in self.npm)

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
        self._process = None


class ResvgJs(_NodeWay):
    """resvg through @resvg/resvg-js."""

    name = "resvg (resvg-js, Node)"
    remarks = "reads its font files anew on each call; writes PNG only"
    npm = ("@resvg/resvg-js",)

    def prepare(self, scene: Scene) -> Painter:
        """Start the process."""
        self.start(scene)
        return lambda values, _: self.ask({"way": "resvg-js", "svg": scene.filled(values)})


class Satori(_NodeWay):
    """satori, rasterized by resvg-js."""

    name = "satori + resvg-js (Node)"
    remarks = "the scene as boxes, with one picture behind; writes PNG only"
    npm = ("satori", "@resvg/resvg-js")

    def prepare(self, scene: Scene) -> Painter:
        """Start the process and hand it the boxes."""
        self.start(scene)
        jinja = jinja2.Environment(autoescape=False)  # noqa: S701  no markup
        texts = [jinja.from_string(line.content) for line in scene.lines]

        def paint(values: Mapping[str, str], _: Format) -> bytes:
            return self.ask({"way": "satori", "texts": [text.render(values) for text in texts]})

        return paint


def _scene_of(scene: Scene) -> dict[str, Any]:
    """Return a scene as the process takes it."""
    width, height = scene.size
    boxes = [
        {"style": box.css, "picture": box.picture and _uri(box.picture), "text": box.text is not None}
        for box in boxes_of(scene)
    ]
    faces = [
        {"path": str(path), "weight": weight}
        for path, weight in ((scene.fonts.regular, 400), (scene.fonts.bold, 700))
    ]
    return {
        "width": width,
        "height": height,
        "scale": SCALE,
        "family": FAMILY,
        "faces": faces,
        "boxes": boxes,
    }


def _uri(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(picture).decode('ascii')}"


def _version(name: str) -> str:
    found = json.loads((_FOLDER / "node_modules" / name / "package.json").read_text(encoding="utf-8"))
    return str(found["version"])
