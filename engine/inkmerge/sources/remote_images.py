"""The `href` of a picture on the network → a checked `ImageSource`, under the limits of pictures beside a template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

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
from inkmerge.images import ImageSource, Pictures, identify_image
from inkmerge.images.cache import ByteCache
from inkmerge.limits import Limits
from inkmerge.sources.fetching import Fetcher
from inkmerge.sources.request import Request
from inkmerge.sources.spec import is_address

_HELD_BYTES: Final = 64 << 20
_TYPES: Final = (
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


class RemoteImages:
    """Pictures on the network, for all templates of a campaign; one that is held does not change.

    Args:
        fetcher: Fetches them.
        limits: How large they may be.
    """

    def __init__(self, fetcher: Fetcher, limits: Limits) -> None:
        self._fetcher = fetcher
        self._limits = limits
        self._max_age = fetcher.http.image_cache_seconds
        self._held: ByteCache[str, ImageSource] = ByteCache(_HELD_BYTES, lambda one: len(one.data))

    def beside(self, files: Pictures) -> Pictures:
        """Return what opens pictures on the network, and leaves all others to `files`."""
        return _WithRemote(self, files)

    def open(self, href: str, location: Location) -> ImageSource:
        """Fetch and check a picture; see `open_remote_image`."""
        found = self._held.get(href)
        if found is None:
            found = open_remote_image(href, self._fetcher, self._limits, location, max_age=self._max_age)
            self._held.put(href, found)
        return found

    def require(self, hrefs: Sequence[str]) -> None:
        """Have the pictures fetched at once that are not held; see `Fetcher.require`."""
        lacking = [href for href in dict.fromkeys(hrefs) if self._held.get(href) is None]
        if lacking:
            self._fetcher.require([image_request(href, self._limits, self._max_age) for href in lacking])


class _WithRemote:
    """Opens pictures on the network and files."""

    def __init__(self, remote: RemoteImages, files: Pictures) -> None:
        self._remote = remote
        self._files = files

    def open(self, href: str, location: Location) -> ImageSource:
        """Find and check a picture; see `Pictures.open`."""
        return self._remote.open(href, location) if is_address(href) else self._files.open(href, location)

    def digests(self, hrefs: Sequence[str]) -> tuple[str, ...]:
        """Return what names the bytes of each picture; see `Pictures.digests`."""
        self._remote.require([href for href in hrefs if is_address(href)])
        return tuple(self._digest(href) for href in hrefs)

    @property
    def nested(self) -> Pictures:
        """Files alone: nothing is fetched that only an SVG picture asks for."""
        return self._files

    def _digest(self, href: str) -> str:
        if not is_address(href):
            return self._files.digests((href,))[0]
        try:
            return self._remote.open(href, Location()).digest
        except AssetError as fault:
            return fault.code
