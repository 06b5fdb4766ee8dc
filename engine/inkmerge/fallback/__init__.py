"""Any failure → an image that can be sent all the same, and the reason.

`Fallback` is checked when the template loads, so that it cannot fail when a recipient needs it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.errors import (
    AltTextError,
    AssetNotAllowed,
    AssetNotFound,
    Finding,
    InkmergeError,
    Location,
    NotAnImage,
    Severity,
)
from inkmerge.images import ImageFolders, ImageSource, open_image
from inkmerge.limits import Limits
from inkmerge.raster.canvas import Canvas

__all__ = ["Fallback", "Reason", "load_fallback"]

_ASPECT_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the fallback image stands in.

    Attributes:
        code: The code of the error or finding, such as ``missing-value``.
        message: One sentence for a person.
    """

    code: str
    message: str

    @classmethod
    def of(cls, fault: InkmergeError | Finding) -> Reason:
        """Take the reason from an error or a finding."""
        return cls(fault.code, fault.message)


@dataclass(frozen=True, slots=True)
class Fallback:
    """The static image that stands in, and its own text alternative.

    Attributes:
        source: The picture; None for an empty one of the template's size.
        text: Its text alternative; empty for the empty picture.
        findings: What its check found.
    """

    source: ImageSource | None
    text: TextAlternative
    findings: tuple[Finding, ...] = ()

    def canvas(self, width: int, height: int, dpi: float) -> Canvas:
        """Return the picture's pixels at a size in pixels; transparent where there is no picture."""
        if self.source is None:
            image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
        else:
            with Image.open(io.BytesIO(self.source.data), formats=("PNG", "JPEG", "WEBP", "GIF")) as opened:
                image = opened.convert("RGBA")
            if image.size != (width, height):
                image = (
                    image.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS).convert("RGBA")
                )
        data = image.convert("RGBa").tobytes("raw", "BGRa")
        return Canvas(data, width, height, width * 4, dpi)


def load_fallback(
    path: str | None, text: TextAlternative, size: tuple[float, float], folders: ImageFolders, limits: Limits
) -> Fallback:
    """Open and check the fallback image of a template.

    Args:
        path: Where it is, relative to the template; None when the template names none.
        text: Its text alternative.
        size: Width and height of the template in CSS pixels.
        folders: Where images may lie.
        limits: How large they may be.

    Raises:
        AssetError: It is not there, not allowed, no image, or of another aspect.
        AltTextError: It has no text alternative of its own.
    """
    if path is None:
        finding = Finding(
            "fallback-missing",
            Severity.WARNING,
            "no fallback image is named: an empty picture stands in when something is missing",
            hint='name one in the sidecar: [fallback] image = "fallback.png", alt = "…"',
        )
        return Fallback(None, TextAlternative("", None, text.language), (finding,))
    try:
        source = open_image(path, folders, limits, _place(path))
    except (AssetNotFound, AssetNotAllowed) as fault:
        fault.hint = fault.hint or "name a picture beside the template in [fallback] image"
        raise
    if source.media_type == "image/svg+xml":
        raise NotAnImage("the fallback image is an SVG", location=_place(path), hint="save it as PNG or JPEG")
    if not text.alt.strip():
        raise AltTextError(
            "the fallback image has no alt text of its own",
            location=_place(path),
            hint='add alt = "…" to [fallback]',
        )
    aspect, wanted = source.width / source.height, size[0] / size[1]
    if abs(aspect / wanted - 1) > _ASPECT_TOLERANCE:
        raise NotAnImage(
            f"the fallback image is {source.width} × {source.height}, the template {size[0]:g} × {size[1]:g}",
            location=_place(path),
            hint="give it the same aspect",
        )
    return Fallback(source, text)


def _place(path: str) -> Location:
    return Location(Path(path).name)
