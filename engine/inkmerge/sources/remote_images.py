"""The `href` of a picture on the network → a checked `ImageSource`, under the limits of pictures beside a template."""

from __future__ import annotations

from inkmerge.errors import (
    SOURCE_MALFORMED,
    SOURCE_NOT_ALLOWED,
    SOURCE_TOO_LARGE,
    AssetError,
    AssetNotAllowed,
    AssetNotFound,
    AssetTooLarge,
    Location,
    NotAnImage,
    SourceUnavailable,
)
from inkmerge.images import ImageSource, identify_image
from inkmerge.limits import Limits
from inkmerge.sources.fetching import Fetcher
from inkmerge.sources.request import Request

_TYPES = (
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/webp",
    "image/gif",
    "image/svg+xml",
    "application/octet-stream",
    "binary/octet-stream",
)


def image_request(href: str, limits: Limits, max_age: float) -> Request:
    """Return the request for a picture, for `Fetcher.prefetch`."""
    return Request(href, max_age=max_age, media_types=_TYPES, max_bytes=limits.image_bytes)


def open_remote_image(
    href: str, fetcher: Fetcher, limits: Limits, location: Location, *, max_age: float = 3600.0
) -> ImageSource:
    """Fetch a picture and check it; an old copy is taken where the source fails.

    Raises:
        AssetNotAllowed: Its host or address is not allowed.
        AssetNotFound: It cannot be fetched.
        AssetTooLarge: It has too many bytes or pixels.
        NotAnImage: It is damaged, or of no allowed format.
    """
    try:
        found = fetcher.get(image_request(href, limits, max_age))
    except SourceUnavailable as fault:
        kinds: dict[str, type[AssetError]] = {
            SOURCE_NOT_ALLOWED: AssetNotAllowed,
            SOURCE_TOO_LARGE: AssetTooLarge,
            SOURCE_MALFORMED: NotAnImage,
        }
        kind = kinds.get(fault.code, AssetNotFound)
        raise kind(f"the image {href[:80]!r}: {fault.message}", location=location, hint=fault.hint) from None
    return identify_image(found.data, limits, location)
