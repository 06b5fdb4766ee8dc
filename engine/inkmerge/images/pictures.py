"""`Pictures`: who opens a picture by its `href`; here, from data URIs and from files of allowed folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from inkmerge.errors import AssetError, Location
from inkmerge.images.opening import ImageFolders, open_image
from inkmerge.images.source import ImageSource
from inkmerge.limits import Limits


class Pictures(Protocol):
    """Opens pictures for a template; who flattens and draws knows nothing else of where they come from."""

    def open(self, href: str, location: Location) -> ImageSource:
        """Find and check a picture.

        Raises:
            AssetError: It is not allowed, not there, too large or no image; the place is `location`.
        """
        ...

    def digests(self, hrefs: Sequence[str]) -> tuple[str, ...]:
        """Return what names the bytes of each picture: a SHA-256, hexadecimal, or the code of why it cannot be had."""
        ...

    @property
    def nested(self) -> Pictures:
        """What opens pictures inside of an SVG picture, whose bytes no digest speaks of."""
        ...


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """Opens data URIs and files; nothing is fetched, and nothing outside the allowed folders is read.

    Attributes:
        folders: Where files may lie.
        limits: How large they may be.
    """

    folders: ImageFolders
    limits: Limits

    def open(self, href: str, location: Location) -> ImageSource:
        """Find and check a picture; see `open_image`."""
        return open_image(href, self.folders, self.limits, location)

    def digests(self, hrefs: Sequence[str]) -> tuple[str, ...]:
        """Return what names the bytes of each picture; see `Pictures.digests`."""
        return tuple(self._digest(href) for href in hrefs)

    @property
    def nested(self) -> Pictures:
        """The same: pictures inside of an SVG picture lie in the same folders."""
        return self

    def _digest(self, href: str) -> str:
        try:
            return self.open(href, Location()).digest
        except AssetError as fault:
            return fault.code
