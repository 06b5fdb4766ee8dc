"""Libraries that draw SVG: they get the template filled by Jinja, and draw all of it for each recipient."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

from benchmarks.scenes import Scene
from benchmarks.way import JPEG_QUALITY, SCALE, Format, Painter, Unavailable, Way


def jpeg(picture: Image.Image) -> bytes:
    """Encode by Pillow."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:0")
    return out.getvalue()


def jpeg_of_png(png: bytes) -> bytes:
    """Encode as JPEG what a library hands over as PNG only."""
    return jpeg(Image.open(io.BytesIO(png)))


class CairoSVG(Way):
    """CairoSVG as it comes."""

    name = "CairoSVG"
    remarks = (
        "`svg2png`, fonts by fontconfig; JPEG: Pillow from its PNG. Draws no shadow and shifts what has one"
    )
    packages = ("cairosvg",)

    def prepare(self, scene: Scene) -> Painter:
        """Compile the template."""
        try:
            import cairosvg
        except (ImportError, OSError) as fault:
            raise Unavailable("CairoSVG or libcairo is not installed") from fault

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            png = cairosvg.svg2png(bytestring=scene.filled(values).encode(), scale=SCALE)
            return jpeg_of_png(png) if to == "jpeg" else bytes(png)

        return paint


class ResvgPy(Way):
    """resvg through resvg-py."""

    name = "resvg (resvg-py)"
    remarks = "reads its font files anew on each call; JPEG: Pillow from its PNG"
    packages = ("resvg-py",)

    def prepare(self, scene: Scene) -> Painter:
        """Compile the template."""
        resvg = _required("resvg_py", "resvg-py")
        faces = [str(scene.fonts.regular), str(scene.fonts.bold)]

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            png = bytes(
                resvg.svg_to_bytes(
                    svg_string=scene.filled(values), zoom=SCALE, font_files=faces, skip_system_fonts=True
                )
            )
            return jpeg_of_png(png) if to == "jpeg" else png

        return paint


class Svg2PngPy(Way):
    """resvg through svg2png-py."""

    name = "resvg (svg2png-py)"
    remarks = "one font database; JPEG: Pillow from its pixels"
    packages = ("svg2png-py",)

    def prepare(self, scene: Scene) -> Painter:
        """Compile the template and load the faces."""
        library = _required("svg2png_py", "svg2png-py")
        faces = library.FontDatabase()
        for face in (scene.fonts.regular, scene.fonts.bold):
            faces.load_font_file(str(face))
        width, height = (SCALE * side for side in scene.size)
        matrix = SCALE, 0.0, 0.0, 0.0, SCALE, 0.0  # row by row

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            if to == "png":
                options = {"transform": matrix, "bg_size": (width, height)}
                return bytes(library.svg_to_png(scene.filled(values), faces, **options))
            svg = scene.filled(values).replace(
                f'width="{scene.size[0]}" height="{scene.size[1]}"', f'width="{width}" height="{height}"', 1
            )
            rgba, columns, rows = library.svg_to_rgba(svg, faces)
            return jpeg(Image.frombuffer("RGBX", (columns, rows), rgba, "raw", "RGBX", 0, 1))

        return paint


class Resvg(Way):
    """resvg through the package of that name."""

    name = "resvg (resvg)"
    remarks = "one set of options with its fonts; JPEG: Pillow from its PNG"
    packages = ("resvg",)

    def prepare(self, scene: Scene) -> Painter:
        """Compile the template and load the faces."""
        resvg = _required("resvg", "resvg")
        options = resvg.usvg.Options.default()
        for face in (scene.fonts.regular, scene.fonts.bold):
            options.load_font_file(str(face))
        size = SCALE * scene.size[0], SCALE * scene.size[1]
        matrix = SCALE, 0.0, 0.0, 0.0, SCALE, 0.0

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            tree = resvg.usvg.Tree.from_str(scene.filled(values), options)
            png = bytes(resvg.render(tree, matrix, bg_size=size))
            return jpeg_of_png(png) if to == "jpeg" else png

        return paint


class Librsvg(Way):
    """librsvg through pyvips."""

    name = "librsvg (pyvips)"
    remarks = "fonts by fontconfig; libvips encodes"
    packages = ("pyvips", "pyvips-binary")

    def prepare(self, scene: Scene) -> Painter:
        """Compile the template."""
        vips = _required("pyvips", "pyvips and pyvips-binary")
        vips.cache_set_max(0)

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            picture = vips.Image.svgload_buffer(scene.filled(values).encode(), scale=SCALE, unlimited=True)
            if to == "png":
                return bytes(picture.pngsave_buffer())
            return bytes(picture.flatten().jpegsave_buffer(Q=JPEG_QUALITY, subsample_mode="on"))

        return paint


def _required(module: str, package: str) -> Any:
    """Import a peer's library.

    Raises:
        Unavailable: It isn't installed.
    """
    from importlib import import_module

    try:
        return import_module(module)
    except (ImportError, OSError) as fault:
        raise Unavailable(f"{package} is not installed") from fault
