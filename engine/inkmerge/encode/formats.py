"""A picture and its metadata become the bytes of one format, in steps from what was asked to the smallest.

Each function gives the steps of one format: the first writes what the options ask for, each later one a
smaller file of lower quality. Nothing is written until a step's `write` is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin

from inkmerge.encode.gif_picture import HardPicture, IndexedPicture
from inkmerge.encode.gif_xmp import with_xmp
from inkmerge.encode.metadata import PNG_SRGB_PERCEPTUAL, Metadata, exif_of, jfif_density
from inkmerge.encode.options import EncodeOptions, Format
from inkmerge.encode.palette import alpha_of, exact_palette, reduced_palette
from inkmerge.encode.picture import over_background

_LOWEST_QUALITY = 35  # below, text becomes hard to read
_QUALITY_STEP = 5
_PALETTE_SIZES = (256, 128, 64, 32, 16)
_LOSSLESS_WEBP_EFFORT = 80  # libwebp's "quality" of a lossless file is time spent, 0 to 100


@dataclass(frozen=True, slots=True)
class Step:
    """One way to write a picture; `change` says how it differs from what was asked for."""

    change: str
    write: Callable[[], bytes]


Steps = Callable[[Image.Image, EncodeOptions, Metadata], list[Step]]


def png_steps(picture: Image.Image, options: EncodeOptions, metadata: Metadata) -> list[Step]:
    """Give the steps of a PNG: as asked, compressed harder, then in fewer and fewer colours."""
    exact = None if options.palette == "never" else exact_palette(picture)
    asked = exact or picture
    if exact is None and options.palette == "always":
        asked = reduced_palette(picture, _PALETTE_SIZES[0])
    steps = [Step("", partial(_png, asked, metadata, optimize=options.optimize))]
    if not options.optimize:
        steps.append(Step("compressed harder", partial(_png, asked, metadata, optimize=True)))
    if options.palette == "never":
        return steps
    colours = len(asked.getpalette() or ()) // 3 if asked.mode == "P" else _PALETTE_SIZES[0] + 1
    return steps + [
        Step(f"reduced to {size} colours", partial(_reduced_png, picture, metadata, size))
        for size in _PALETTE_SIZES
        if size < colours
    ]


def jpeg_steps(picture: Image.Image, options: EncodeOptions, metadata: Metadata) -> list[Step]:
    """Give the steps of a JPEG: as asked, compressed harder, lower qualities, last coarser colours."""
    opaque = over_background(picture, options.background_rgb)

    def write(quality: int, subsampling: str, *, optimize: bool) -> Callable[[], bytes]:
        return partial(_jpeg, opaque, metadata, quality=quality, subsampling=subsampling, optimize=optimize)

    chroma = options.subsampling
    steps = [Step("", write(options.quality, chroma, optimize=options.optimize))]
    if not options.optimize:
        steps.append(Step("compressed harder", write(options.quality, chroma, optimize=True)))
    steps.extend(
        Step(f"saved at quality {quality}", write(quality, chroma, optimize=True))
        for quality in _lower_qualities(options.quality)
    )
    if chroma != "4:2:0":
        quality = min(options.quality, _LOWEST_QUALITY)
        change = f"saved at quality {quality} with 4:2:0 chroma"
        steps.append(Step(change, write(quality, "4:2:0", optimize=True)))
    return steps


def webp_steps(picture: Image.Image, options: EncodeOptions, metadata: Metadata) -> list[Step]:
    """Give the steps of a WebP: as asked, then lower qualities, or harder compression when lossless."""
    effort = 6 if options.optimize else 4  # 0 to 6
    if options.lossless:
        write = partial(_webp, picture, metadata, lossless=True, quality=_LOSSLESS_WEBP_EFFORT)
        return [Step("", partial(write, method=effort))] + (
            [] if options.optimize else [Step("compressed harder", partial(write, method=6))]
        )
    write = partial(_webp, picture, metadata, lossless=False, method=effort)
    return [Step("", partial(write, quality=options.quality))] + [
        Step(f"saved at quality {quality}", partial(write, quality=quality))
        for quality in _lower_qualities(options.quality)
    ]


def gif_steps(picture: Image.Image, options: EncodeOptions, metadata: Metadata) -> list[Step]:
    """Give the steps of a GIF: in all its colours or in 256, then in fewer and fewer."""
    hard = HardPicture.of(picture, options.background_rgb)
    asked, is_dithered = hard.exact(), False
    if asked is None:
        reduced = hard.reduced(_PALETTE_SIZES[0])
        is_dithered = not hard.is_flat(reduced)
        asked = hard.finished(reduced, is_dithered=is_dithered)

    def write(colours: int) -> bytes:
        return _gif(hard.finished(hard.reduced(colours), is_dithered=is_dithered), metadata)

    return [Step("", partial(_gif, asked, metadata))] + [
        Step(f"reduced to {size} colours", partial(write, size))
        for size in _PALETTE_SIZES
        if size < asked.colours
    ]


STEPS: dict[Format, Steps] = {"png": png_steps, "jpeg": jpeg_steps, "webp": webp_steps, "gif": gif_steps}


def _lower_qualities(quality: int) -> list[int]:
    """Give the multiples of five below a quality, down to the lowest that is fit to send."""
    highest = (quality - 1) // _QUALITY_STEP * _QUALITY_STEP
    return list(range(highest, _LOWEST_QUALITY - 1, -_QUALITY_STEP))


def _png(picture: Image.Image, metadata: Metadata, *, optimize: bool) -> bytes:
    chunks = PngImagePlugin.PngInfo()
    # No gAMA beside it: a decoder that does not know sRGB then treats the pixels like the colours of the HTML.
    chunks.add(b"sRGB", PNG_SRGB_PERCEPTUAL)
    chunks.add_itxt("XML:com.adobe.xmp", metadata.xmp, zip=False)
    choices: dict[str, Any] = {"pnginfo": chunks, "dpi": (metadata.dpi, metadata.dpi), "optimize": optimize}
    if picture.mode == "P":
        choices["transparency"] = alpha_of(picture)
    return _save(picture, "PNG", choices)


def _reduced_png(picture: Image.Image, metadata: Metadata, colours: int) -> bytes:
    return _png(reduced_palette(picture, colours), metadata, optimize=True)


def _jpeg(picture: Image.Image, metadata: Metadata, **choices: Any) -> bytes:
    density = jfif_density(metadata.dpi)
    choices |= {"dpi": (density, density), "exif": exif_of(density), "xmp": metadata.xmp.encode()}
    return _save(picture, "JPEG", choices)


def _webp(picture: Image.Image, metadata: Metadata, **choices: Any) -> bytes:
    choices |= {"exif": exif_of(metadata.dpi), "xmp": metadata.xmp.encode()}
    return _save(picture, "WEBP", choices)


def _gif(indexed: IndexedPicture, metadata: Metadata) -> bytes:
    # Interlaced, a file is 5 to 15 % larger. `optimize` would only drop colours that no pixel has: there are none.
    choices: dict[str, Any] = {"interlace": 0, "optimize": False}
    if indexed.transparent is not None:
        choices["transparency"] = indexed.transparent
    return with_xmp(_save(indexed.picture, "GIF", choices), metadata.xmp.encode())


def _save(picture: Image.Image, pillow_format: str, choices: dict[str, Any]) -> bytes:
    file = BytesIO()
    picture.save(file, format=pillow_format, **choices)
    return file.getvalue()
