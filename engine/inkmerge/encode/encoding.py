"""`Canvas` + text alternative → PNG, JPEG or WebP bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from PIL import Image, PngImagePlugin

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode.metadata import xmp_packet
from inkmerge.encode.options import EncodeOptions
from inkmerge.errors import Finding, InvalidValue, RenderError, Severity
from inkmerge.raster.canvas import Canvas

_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_PALETTE: Final = 256
_APP1: Final = 65_000
"""Bytes of one XMP packet in JPEG: a segment has 65,533, its signature takes 29."""
_QUALITIES: Final = (75, 65, 55, 45, 35)
_COLORS: Final = (256, 128, 64, 32)
_HEAVY: Final = 200_000
"""Bytes above which an image is heavy for e-mail."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded file.

    Attributes:
        data: Its bytes.
        media_type: Its media type.
        findings: What was done to fit it, or could not be.
    """

    data: bytes
    media_type: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Try:
    options: EncodeOptions
    colors: int | None
    what: str


def encode(canvas: Canvas, options: EncodeOptions, text: TextAlternative) -> Encoded:
    """Encode a picture, with its density, sRGB and its text alternative in XMP.

    The same canvas, options and text give the same bytes, as long as the libraries are the same.

    Raises:
        InvalidValue: An option is none.
        RenderError: Pillow fails.
    """
    _check(options)
    media_type = f"image/{options.format}"
    try:
        image = _straight(canvas)
        data = _write(image, options, None, canvas.dpi, text)
        if options.size_budget is None:
            return Encoded(data, media_type, _weight(data))
        return _fitted(image, data, options, canvas.dpi, text)
    except (OSError, ValueError) as fault:
        raise RenderError(f"Pillow cannot write {options.format}: {fault}") from fault


def _check(options: EncodeOptions) -> None:
    if options.format not in {"png", "jpeg", "webp"}:
        raise InvalidValue(f"format {options.format!r} is not known", hint="png, jpeg or webp")
    if not 1 <= options.quality <= 100:
        raise InvalidValue(f"quality is {options.quality}", hint="give 1 to 100")
    if _COLOR.fullmatch(options.background) is None:
        raise InvalidValue(f"background {options.background!r} is no colour", hint="write #rrggbb")
    if options.size_budget is not None and options.size_budget < 1:
        raise InvalidValue(f"size_budget is {options.size_budget}", hint="give bytes")


def _straight(canvas: Canvas) -> Image.Image:
    """Return the pixels with plain colours: RGB where all are opaque, else RGBA."""
    size = (canvas.width, canvas.height)
    premultiplied = Image.frombuffer("RGBa", size, canvas.data, "raw", "BGRa", canvas.stride)
    if premultiplied.getchannel("a").getextrema()[0] == 255:
        return Image.frombuffer("RGB", size, canvas.data, "raw", "BGRX", canvas.stride)
    return premultiplied.convert("RGBA")


def _write(
    image: Image.Image, options: EncodeOptions, colors: int | None, dpi: float, text: TextAlternative
) -> bytes:
    if options.format == "png":
        return _png(image, options, colors, dpi, text)
    packet = xmp_packet(text)
    if len(packet) > _APP1:
        packet = xmp_packet(replace(text, extended_description=None))
    out = io.BytesIO()
    exif = _exif(dpi)
    if options.format == "jpeg":
        _opaque(image, options.background).save(
            out,
            "JPEG",
            quality=options.quality,
            subsampling=options.subsampling,
            optimize=options.optimize,
            dpi=(dpi, dpi),
            exif=exif,
            xmp=packet,
        )
    else:
        image.save(
            out,
            "WEBP",
            quality=options.quality,
            lossless=options.lossless,
            method=6 if options.optimize else 4,
            exif=exif,
            xmp=packet,
        )
    return out.getvalue()


def _opaque(image: Image.Image, background: str) -> Image.Image:
    if image.mode == "RGB":
        return image
    under = Image.new("RGBA", image.size, background)
    return Image.alpha_composite(under, image).convert("RGB")


def _png(
    image: Image.Image, options: EncodeOptions, colors: int | None, dpi: float, text: TextAlternative
) -> bytes:
    written = image
    if colors is not None or options.palette == "always":
        written = _quantized(image, colors or _PALETTE)
    elif options.palette == "auto":
        written = _exact_palette(image) or image
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"sRGB", b"\x00")  # perceptual: https://www.w3.org/TR/png-3/#11sRGB
    chunks.add_itxt("XML:com.adobe.xmp", xmp_packet(text).decode())
    out = io.BytesIO()
    written.save(out, "PNG", pnginfo=chunks, optimize=options.optimize, dpi=(dpi, dpi))
    return out.getvalue()


def _exact_palette(image: Image.Image) -> Image.Image | None:
    """Return the picture with a palette when that keeps every pixel, else None."""
    # counting colours of a large photo takes as long as drawing it: look at a part first
    if (
        len(image.crop((0, 0, min(256, image.width), min(64, image.height))).getcolors(1 << 14) or ())
        > _PALETTE
    ):
        return None
    if image.getcolors(_PALETTE) is None:
        return None
    quantized = image.quantize(_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return quantized if quantized.convert(image.mode).tobytes() == image.tobytes() else None


def _quantized(image: Image.Image, colors: int) -> Image.Image:
    method = Image.Quantize.MEDIANCUT if image.mode == "RGB" else Image.Quantize.FASTOCTREE
    return image.quantize(colors, method, dither=Image.Dither.FLOYDSTEINBERG)


def _exif(dpi: float) -> bytes:
    """Return EXIF that declares density and sRGB."""
    exif = Image.Exif()
    exif[0x011A] = exif[0x011B] = round(dpi)  # XResolution, YResolution
    exif[0x0128] = 2  # ResolutionUnit: inch
    exif.get_ifd(0x8769)[0xA001] = 1  # ColorSpace: sRGB
    return exif.tobytes()


def _weight(data: bytes) -> tuple[Finding, ...]:
    if len(data) <= _HEAVY:
        return ()
    return (
        Finding(
            "image-heavy",
            Severity.NOTE,
            f"the image has {len(data) / 1000:.0f} kB; mail readers like at most {_HEAVY / 1000:.0f}",
            hint="set a size_budget, a lower dpi, or JPEG for photos",
        ),
    )


def _tries(options: EncodeOptions) -> Iterator[_Try]:
    """Yield what is tried to make a file smaller, the gentlest first."""
    if options.format == "png":
        if not options.optimize:
            yield _Try(replace(options, optimize=True), None, "compressed longer")
        for colors in _COLORS:
            yield _Try(replace(options, optimize=True), colors, f"reduced to {colors} colours")
        return
    if options.format == "webp" and options.lossless:
        options = replace(options, lossless=False, quality=95)
        yield _Try(options, None, "made lossy at quality 95")
    qualities = [quality for quality in _QUALITIES if quality < options.quality]
    for quality in qualities:
        yield _Try(replace(options, quality=quality, optimize=True), None, f"quality lowered to {quality}")
    if options.format == "jpeg" and options.subsampling == "4:4:4":
        yield _Try(
            replace(
                options, quality=min(qualities, default=options.quality), subsampling="4:2:0", optimize=True
            ),
            None,
            "quality lowered and colour subsampled",
        )


def _fitted(
    image: Image.Image, data: bytes, options: EncodeOptions, dpi: float, text: TextAlternative
) -> Encoded:
    budget = options.size_budget or 0
    media_type = f"image/{options.format}"
    if len(data) <= budget:
        return Encoded(data, media_type)
    first, smallest = len(data), data
    for one in _tries(options):
        found = _write(image, one.options, one.colors, dpi, text)
        smallest = min(smallest, found, key=len)
        if len(found) <= budget:
            message = f"{one.what} to fit {budget:,} bytes: {first:,} became {len(found):,}"
            return Encoded(found, media_type, (Finding("size-reduced", Severity.NOTE, message),))
    finding = Finding(
        "size-budget-exceeded",
        Severity.WARNING,
        f"the image has {len(smallest):,} bytes at the lowest quality, the budget is {budget:,}",
        hint="raise size_budget, lower the dpi, or use JPEG for photos",
    )
    return Encoded(smallest, media_type, (finding,))
