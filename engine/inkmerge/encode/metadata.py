"""A text alternative and a density become what a file says beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import ExifTags, Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode.options import Format
from inkmerge.encode.xmp import xmp_packet
from inkmerge.errors import Finding, Severity

JPEG_XMP_BYTES = 65_502
"""What one APP1 segment holds: https://developer.adobe.com/xmp/docs/XMPSpecifications/ part 3, 1.1.3."""

PNG_SRGB_PERCEPTUAL = b"\0"
"""The content of `sRGB`: https://www.w3.org/TR/png-3/#srgb-standard-colour-space."""

_EXIF_SRGB = 1
_EXIF_INCH = 2
_JFIF_DENSITIES = 1, 65_535


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says beside its pixels: the XMP packet and the pixels per inch."""

    xmp: str
    dpi: float


def metadata_of(text: TextAlternative, dpi: float, name: Format) -> tuple[Metadata, tuple[Finding, ...]]:
    """Return what goes into the file, and a finding when a JPEG's one XMP segment cannot hold all of it."""
    asked = xmp_packet(text)
    if name != "jpeg" or len(asked.encode()) <= JPEG_XMP_BYTES:
        return Metadata(asked, dpi), ()
    short = xmp_packet(replace(text, extended_description=None))
    left_out = "extended description"
    if len(short.encode()) > JPEG_XMP_BYTES:
        short = ""
        left_out = "text alternative"
    finding = Finding(
        "text-alternative-cut",
        Severity.WARNING,
        f"the {left_out} is not in the file: a JPEG holds {JPEG_XMP_BYTES:,} bytes of XMP",
        hint="shorten it, or choose png, webp or gif, which hold any length",
    )
    return Metadata(short, dpi), (finding,)


def exif_of(dpi: float) -> bytes:
    """Return EXIF that says the density (WebP has no other place for it) and sRGB.

    An sRGB profile would say the latter too, in several hundred bytes instead of 102 for both.
    """
    exif = Image.Exif()
    exif[ExifTags.Base.XResolution] = dpi
    exif[ExifTags.Base.YResolution] = dpi
    exif[ExifTags.Base.ResolutionUnit] = _EXIF_INCH
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] = _EXIF_SRGB
    return exif.tobytes()


def jfif_density(dpi: float) -> int:
    """Return the density that JFIF can say that is nearest to the one asked for."""
    lowest, highest = _JFIF_DENSITIES
    return min(max(round(dpi), lowest), highest)
