"""Inkmerge: the planned way and the straightforward one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from benchmarks.scenes import Scene
from benchmarks.way import SCALE, Format, Painter, Way
from inkmerge import Template


def load(scene: Scene, rasterizer: Literal["auto", "resvg"] = "auto") -> Template:
    """Load a scene with its faces."""
    alt = None if scene.path.with_suffix(".toml").exists() else ""
    return Template.load(scene.path, [scene.fonts.folder], alt=alt, rasterizer=rasterizer)


def painter(template: Template) -> Painter:
    """Return what draws a template."""

    def paint(values: Mapping[str, str], to: Format) -> bytes:
        return template.render(values, 96 * SCALE, to, on_error="raise").data

    return paint


class Planned(Way):
    """`Template.prepare`, then `Template.render`."""

    name = "Inkmerge, planned"
    remarks = "checks the text alternative and writes it into the file, as the straightforward way does"
    packages = ("inkmerge",)
    is_ours = True

    def prepare(self, scene: Scene) -> Painter:
        """Draw and encode the static parts."""
        template = load(scene)
        for to in self.formats:
            template.prepare(96 * SCALE, to)
        return painter(template)


class Straightforward(Way):
    """`Template.render` alone."""

    name = "Inkmerge, each image whole"
    remarks = "without `prepare`"
    is_ours = True

    def prepare(self, scene: Scene) -> Painter:
        """Compile the template."""
        return painter(load(scene))


def reference_painter(scene: Scene) -> Painter:
    """Return what draws the reference picture where there is no browser: all of it by resvg."""
    return painter(load(scene, "resvg"))
