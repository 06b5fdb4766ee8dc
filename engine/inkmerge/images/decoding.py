"""`ImageSource` → pixels, at most at the size at which they are drawn."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from inkmerge.errors import NotAnImage
from inkmerge.images.cache import ByteCache
from inkmerge.images.opening import FORMATS
from inkmerge.images.source import ImageSource

_CACHE_BYTES = 64 << 20
_TRIAL_PX = 64


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Pixels of a picture.

    Attributes:
        width: Pixels across.
        height: Pixels down.
        stride: Bytes from one row to the next.
        data: Rows from top to bottom, B G R A, colours multiplied by alpha.
        is_opaque: Whether every pixel is.
    """

    width: int
    height: int
    stride: int
    data: bytes
    is_opaque: bool


_cache: ByteCache[tuple[str, int, int], DecodedImage] = ByteCache(_CACHE_BYTES, lambda image: len(image.data))


def decode(source: ImageSource, width: int, height: int) -> DecodedImage:
    """Decode a picture, turned as its EXIF says, shrunk to `width` × `height` pixels where it is larger.

    Raises:
        NotAnImage: The bytes are damaged.
    """
    width, height = min(max(1, width), source.width), min(max(1, height), source.height)
    key = (source.digest, width, height)
    found = _cache.get(key)
    if found is None:
        found = _decode(source, width, height)
        _cache.put(key, found)
    return found


def require_whole(source: ImageSource) -> None:
    """Refuse a picture that is damaged, by a decoding that is as small as it costs little; one in SVG is not looked at.

    Raises:
        NotAnImage: The bytes are damaged.
    """
    if source.width:
        decode(source, _TRIAL_PX, _TRIAL_PX)


def _decode(source: ImageSource, width: int, height: int) -> DecodedImage:
    try:
        with Image.open(io.BytesIO(source.data), formats=FORMATS) as opened:
            if opened.format == "JPEG":
                opened.draft(None, (2 * max(width, height), 2 * max(width, height)))
            image = ImageOps.exif_transpose(opened)
            profile = opened.info.get("icc_profile")
        image = _to_rgba(image, profile)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        raise NotAnImage("the image is damaged", hint="export the picture again") from None
    is_opaque = image.getchannel("A").getextrema()[0] == 255
    premultiplied = image.convert("RGBa")
    if image.size != (width, height):
        premultiplied = premultiplied.resize((width, height), Image.Resampling.BOX)
    return DecodedImage(width, height, 4 * width, premultiplied.tobytes("raw", "BGRa"), is_opaque)


def _to_rgba(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode in {"I;16", "I;16B", "I"}:
        image = image.point(lambda value: value / 257).convert("L")
    if not profile:
        return image.convert("RGBA")
    alpha = None
    if image.mode in {"RGBA", "LA", "PA", "P"}:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
        image = converted or image
    except ImageCms.PyCMSError:
        pass  # a broken profile is as none
    image = image.convert("RGBA")
    if alpha is not None:
        image.putalpha(alpha)
    return image
