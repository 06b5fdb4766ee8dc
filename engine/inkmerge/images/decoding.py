"""`ImageSource` → pixels, at most at the size at which they are drawn."""

from __future__ import annotations

import io
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from PIL import Image, ImageCms, ImageOps

from inkmerge.errors import NotAnImage
from inkmerge.images.opening import FORMATS
from inkmerge.images.source import ImageSource

_CACHE_BYTES = 64 << 20


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


class _Cache:
    """Pictures decoded lately, bounded in bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._used = 0
        self._held: OrderedDict[tuple[str, int, int], DecodedImage] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, int, int]) -> DecodedImage | None:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: tuple[str, int, int], image: DecodedImage) -> None:
        with self._lock:
            if key not in self._held:
                self._held[key] = image
                self._used += len(image.data)
            while self._used > self._size and len(self._held) > 1:
                _, dropped = self._held.popitem(last=False)
                self._used -= len(dropped.data)


_cache = _Cache(_CACHE_BYTES)


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
    if profile and image.mode in {"RGB", "CMYK", "L"}:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            image = converted or image
        except ImageCms.PyCMSError:
            pass  # a broken profile is as none
    return image.convert("RGBA")
