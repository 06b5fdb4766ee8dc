"""`href` → `ImageSource`: found inside the allowed folders, of an allowed format, within the limits."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from PIL import ExifTags, Image, UnidentifiedImageError

from inkmerge.errors import AssetNotAllowed, AssetNotFound, AssetTooLarge, Location, NotAnImage
from inkmerge.images.cache import ByteCache
from inkmerge.images.source import ImageSource
from inkmerge.limits import Limits

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_DATA = re.compile(r"data:([^,;]*)((?:;[^,;]*)*?)(;base64)?,(.*)", re.DOTALL | re.IGNORECASE)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|\\\\")
_TURNED = frozenset((5, 6, 7, 8))
_SVG_START = re.compile(rb"\s*(?:<\?xml|<!--|<!DOCTYPE|<svg)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageFolders:
    """Where images may lie.

    Attributes:
        template_folder: The folder of the template.
        asset_dirs: Other folders that the caller allows.
        names: The names of all of them.
    """

    template_folder: Path
    asset_dirs: tuple[Path, ...] = ()
    names: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(map(str, (self.template_folder, *self.asset_dirs))))


_Key = tuple[str, tuple[str, ...], int, int, tuple[object, ...]]
_CACHE_BYTES = 64 << 20
_opened: ByteCache[_Key, ImageSource] = ByteCache(_CACHE_BYTES, lambda source: len(source.data))
"""Pictures in files, which many recipients share."""


def open_image(href: str, folders: ImageFolders, limits: Limits, location: Location) -> ImageSource:
    """Find and check a picture; nothing is fetched, and nothing outside the allowed folders is read.

    A file is read again when its time or size has changed, or when there is another in its place.

    Raises:
        AssetNotAllowed: The reference leads elsewhere.
        AssetNotFound: There is no such file.
        AssetTooLarge: It has too many bytes or pixels.
        NotAnImage: It is damaged, or of no allowed format.
    """
    asset = Asset("image", limits.image_bytes, "image_bytes")
    if href[:5].lower() == "data:":
        return identify_image(read_asset(href, folders, asset, location), limits, location)
    path = _path_of(href)
    stamps = tuple([_stamp(folder, path) for folder in folders.names])
    key = href, folders.names, limits.image_bytes, limits.image_px, stamps
    found = _opened.get(key)
    if found is None:
        found = identify_image(read_asset(href, folders, asset, location), limits, location)
        _opened.put(key, found)
    return found


def _stamp(folder: str, path: str) -> tuple[int, ...] | None:
    """Return what changes when a file does; None where there is none."""
    try:
        found = os.stat(os.path.join(folder, path))  # noqa: PTH116, PTH118  half the time, for every image
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def identify_image(data: bytes, limits: Limits, location: Location) -> ImageSource:
    """Check the bytes of a picture, wherever they come from.

    Raises:
        AssetTooLarge: It has too many bytes or pixels.
        NotAnImage: It is damaged, or of no allowed format.
    """
    if len(data) > limits.image_bytes:
        raise _too_large(len(data), Asset("image", limits.image_bytes, "image_bytes"), location)
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data, limits, location)
    return _identify(data, limits, location)


def _unpacked(data: bytes, limits: Limits, location: Location) -> bytes:
    """Unpack a compressed SVG (svgz), no further than one byte above the limit.

    Raises:
        AssetTooLarge: It has more bytes than an image may have.
        NotAnImage: It is damaged.
    """
    try:
        found = zlib.decompressobj(wbits=31).decompress(data, limits.image_bytes + 1)
    except zlib.error:
        raise NotAnImage(
            "the compressed image is damaged", location=location, hint="export the picture again"
        ) from None
    if len(found) > limits.image_bytes:
        raise _too_large(len(found), Asset("image", limits.image_bytes, "image_bytes"), location)
    return found


@dataclass(frozen=True, slots=True)
class Asset:
    """What is read, for messages, and how large it may be.

    Attributes:
        noun: What to call it.
        largest: Bytes that it may have.
        limit: The name of that limit.
    """

    noun: str
    largest: int
    limit: str


def read_asset(href: str, folders: ImageFolders, asset: Asset, location: Location) -> bytes:
    """Read a data URI, or a file inside the allowed folders; nothing is fetched.

    Raises:
        AssetNotAllowed: The reference leads elsewhere.
        AssetNotFound: There is no such file.
        AssetTooLarge: It has too many bytes.
        NotAnImage: With the code `malformed-data-uri`.
    """
    if href[:5].lower() == "data:":
        data = _data_uri(href, asset, location)
    else:
        data = _file(href, folders, asset, location)
    if len(data) > asset.largest:
        raise _too_large(len(data), asset, location)
    return data


def _too_large(found: int, asset: Asset, location: Location) -> AssetTooLarge:
    return AssetTooLarge(
        f"the {asset.noun} has {found:,} bytes, allowed are {asset.largest:,}",
        location=location,
        hint=f"save it smaller, or widen Limits({asset.limit}=…)",
    )


def _data_uri(href: str, asset: Asset, location: Location) -> bytes:
    match = _DATA.fullmatch(href)
    if match is None:
        raise NotAnImage(
            "the data URI is malformed",
            code="malformed-data-uri",
            location=location,
            hint=f"embed the {asset.noun} again",
        )
    if not match[3]:
        return unquote_to_bytes(match[4])
    try:
        return base64.b64decode(re.sub(r"\s+", "", unquote(match[4])), validate=True)
    except (binascii.Error, ValueError):
        raise NotAnImage(
            "the data URI is no base64",
            code="malformed-data-uri",
            location=location,
            hint=f"embed the {asset.noun} again",
        ) from None


def _file(href: str, folders: ImageFolders, asset: Asset, location: Location) -> bytes:
    path = _path_of(href)
    if _SCHEME.match(path) or path.startswith("/") or "\x00" in path:
        raise AssetNotAllowed(
            f"the {asset.noun} {href[:80]!r} is not a file beside the template",
            location=location,
            hint="put the file beside the template or into an asset folder, and write its relative path",
        )
    allowed = [folder.resolve() for folder in (folders.template_folder, *folders.asset_dirs)]
    is_outside = False
    for folder in allowed:
        try:
            found = (folder / path).resolve()
            if not any(found.is_relative_to(one) for one in allowed):
                is_outside = True
                continue
            if found.is_file():
                size = found.stat().st_size
                if size > asset.largest:
                    raise _too_large(size, asset, location)
                return found.read_bytes()
        except (OSError, ValueError):
            continue
    if is_outside:
        raise AssetNotAllowed(
            f"the {asset.noun} {href[:80]!r} lies outside the allowed folders",
            location=location,
            hint="allow its folder with asset_dirs",
        )
    raise AssetNotFound(
        f"the {asset.noun} {href[:80]!r} is not there",
        location=location,
        hint="check the path, or allow its folder",
    )


def _path_of(href: str) -> str:
    return unquote(href.split("#", maxsplit=1)[0])


def _identify(data: bytes, limits: Limits, location: Location) -> ImageSource:
    digest = hashlib.sha256(data).hexdigest()
    if _SVG_START.match(data) and b"<svg" in data[:4096]:
        return ImageSource(data, "image/svg+xml", 0, 0, digest)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            kind = image.format or ""
            if image.getexif().get(ExifTags.Base.Orientation) in _TURNED:
                width, height = height, width
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise AssetTooLarge(
            f"the image is too large: {fault}", location=location, hint="save it smaller"
        ) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise NotAnImage(
            "the bytes are no PNG, JPEG, WebP, GIF or SVG", location=location, hint="export the picture again"
        ) from None
    if width * height > limits.image_px:
        raise AssetTooLarge(
            f"the image has {width:,} × {height:,} pixels, allowed are {limits.image_px:,} in all",
            location=location,
            hint="save it smaller, or widen Limits(image_px=…)",
        )
    return ImageSource(data, f"image/{kind.lower()}", width, height, digest)
