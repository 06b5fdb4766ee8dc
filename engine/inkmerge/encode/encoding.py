"""A `Canvas` and its `TextAlternative` become an `Encoded`, within a size budget where one is set."""

from __future__ import annotations

import struct
from bisect import bisect_left
from dataclasses import dataclass

from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode.formats import STEPS, Step
from inkmerge.encode.gif_picture import partly_transparent
from inkmerge.encode.metadata import metadata_of
from inkmerge.encode.options import EncodeOptions
from inkmerge.encode.picture import picture_of
from inkmerge.errors import Finding, RenderError, Severity
from inkmerge.raster.canvas import Canvas

_AIM_BYTES = 100_000  # good practice in mail: aim at 100 kB an image,
_HEAVY_BYTES = 200_000  # look twice above 200
ENCODER_FAILURES = (OSError, ValueError, OverflowError, MemoryError, SystemError, struct.error)
"""What Pillow, simplejpeg and zlib raise for pixels that a format cannot hold."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One image file.

    Attributes:
        data: The bytes of the file.
        media_type: ``image/png``, ``image/jpeg``, ``image/webp`` or ``image/gif``.
        findings: What a person should know about the file: ``size-reduced``, ``size-budget-exceeded``,
            ``image-heavy``, ``text-alternative-cut``, ``transparency-reduced``.
    """

    data: bytes
    media_type: str
    findings: tuple[Finding, ...]


def encode(canvas: Canvas, options: EncodeOptions, text: TextAlternative) -> Encoded:
    """Encode pixels as one file that carries its text alternative and, but for GIF, its density and colour space.

    The bytes depend on the arguments and on Pillow's version, on nothing else.

    Args:
        canvas: The pixels; its `dpi` is written as pHYs, JFIF and EXIF density; GIF has no place for it.
        options: The format, how it is written, and the size that it shall not exceed.
        text: Written as XMP. An empty alt text is written too: the image is decorative.

    Raises:
        RenderError: The canvas does not hold what it says, or Pillow cannot write it.
    """
    try:
        picture = picture_of(canvas)
        metadata, findings = metadata_of(text, canvas.dpi, options.format)
        if options.format == "gif":
            findings += _transparency_findings(picture, options)
        steps = STEPS[options.format](picture, options, metadata)
        data = steps[0].write()
        if options.size_budget is None:
            findings += weight_findings(data)
        elif len(data) > options.size_budget:
            data, finding = _fit(data, steps[1:], options.size_budget)
            findings += (finding,)
    except ENCODER_FAILURES as error:
        raise not_encodable(canvas, options, error) from error
    return Encoded(data, f"image/{options.format}", findings)


def not_encodable(canvas: Canvas, options: EncodeOptions, error: Exception) -> RenderError:
    """Return the error of this stage for a failure of a library."""
    return RenderError(
        f"{canvas.width} × {canvas.height} pixels cannot be encoded as {options.format}: {error}",
        hint="choose another format or a smaller size",
    )


def _fit(asked: bytes, steps: list[Step], budget: int) -> tuple[bytes, Finding]:
    """Return the first smaller file that fits, else the smallest there is, and say what was done."""
    tried: dict[int, bytes] = {}

    def fits(place: int) -> int:
        tried[place] = steps[place].write()
        return int(len(tried[place]) <= budget)

    # The steps go from large to small: halving finds the first that fits in a few tries.
    first = bisect_left(range(len(steps)), 1, key=fits)
    if first < len(steps):
        return tried[first], Finding(
            "size-reduced",
            Severity.NOTE,
            f"the image was {steps[first].change} to fit into {budget:,} bytes:"
            f" {len(asked):,} became {len(tried[first]):,}",
        )
    done = ""
    smallest = asked
    for place, data in tried.items():
        if len(data) < len(smallest):
            smallest, done = data, f" after it was {steps[place].change}"
    return smallest, Finding(
        "size-budget-exceeded",
        Severity.WARNING,
        f"the image has {len(smallest):,} bytes{done}, the size budget is {budget:,}",
        hint="raise the budget, lower the dpi, or choose jpeg for photos and png for flat colours",
    )


def _transparency_findings(picture: Image.Image, options: EncodeOptions) -> tuple[Finding, ...]:
    """Return a finding when a picture has pixels that a GIF cannot hold."""
    count = partly_transparent(picture)
    if not count:
        return ()
    finding = Finding(
        "transparency-reduced",
        Severity.NOTE,
        f"a GIF's pixels are opaque or transparent: of {count:,} in between, those below half became transparent,"
        f" the others lie on {options.background}",
        hint="give the output the mail's colour as its `background`, or choose png",
    )
    return (finding,)


def weight_findings(data: bytes) -> tuple[Finding, ...]:
    """Return a finding when a file is heavier than good practice in mail has it."""
    if len(data) <= _AIM_BYTES:
        return ()
    is_heavy = len(data) > _HEAVY_BYTES
    finding = Finding(
        "image-heavy",
        Severity.WARNING if is_heavy else Severity.NOTE,
        f"the image has {len(data):,} bytes; in mail, aim at {_AIM_BYTES:,} and stay below {_HEAVY_BYTES:,}",
        hint="set a size budget, lower the dpi, or choose jpeg for photos and png for flat colours",
    )
    return (finding,)
