"""A rendered image → where it is in a message: a part of it, an address behind a base URL, or a file beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote

from inkmerge.campaign.settings import Placement
from inkmerge.errors import CampaignError, Location
from inkmerge.image import SUFFIXES, RenderedImage

_DOMAIN: Final = "inkmerge"


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image of a message.

    Attributes:
        name: What names it: the digest of what it shows, hexadecimal, as a batch names its files; of a fallback image, that
            of its bytes.
        element: The image element or container that it fills.
        folder: The folder in which a batch puts it: the element's, or that of a variant.
        image: The image.
    """

    name: str
    element: str
    folder: str
    image: RenderedImage

    @property
    def suffix(self) -> str:
        """The suffix of its file."""
        return SUFFIXES[self.image.media_type]

    @property
    def path(self) -> str:
        """The path of its file, as a batch writes it."""
        return f"{self.folder}/images/{self.name[:2]}/{self.name}.{self.suffix}"


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """An image of a message with its place.

    Attributes:
        named: The image.
        source: What stands in `src`.
        content_id: Without its angle brackets, of an image that is a part of the message; else None.
    """

    named: NamedImage
    source: str
    content_id: str | None = None


class ImagePlace(Protocol):
    """Where images are; an image server is one more."""

    def place(self, named: NamedImage) -> PlacedImage:
        """Return an image with its place."""


class InMessage:
    """Images are parts of the message, which `cid:` addresses refer to (RFC 2392)."""

    def place(self, named: NamedImage) -> PlacedImage:
        """Return an image with a Content-ID that follows from its bytes and its alt text."""
        facts = f"{named.image.digest} {named.image.alt}".encode()
        content_id = f"{hashlib.sha256(facts).hexdigest()[:32]}@{_DOMAIN}"
        return PlacedImage(named, f"cid:{content_id}", content_id)


@dataclass(frozen=True, slots=True)
class Hosted:
    """Images are behind a base URL, to which the images of a batch have been uploaded.

    Attributes:
        base_url: What stands before `ELEMENT/images/AB/ABCDEF….png`, the path of an image in a batch's folder.
    """

    base_url: str

    def place(self, named: NamedImage) -> PlacedImage:
        """Return an image with its address."""
        base = self.base_url.rstrip("/")
        return PlacedImage(named, f"{base}/{quote(named.path)}")


@dataclass(frozen=True, slots=True)
class InFolder:
    """Images are files in a folder beside the page, as in a batch's folder.

    Attributes:
        folder: The folder, relative to the page.
    """

    folder: str = "."

    def place(self, named: NamedImage) -> PlacedImage:
        """Return an image with its path."""
        path = quote(named.path)
        return PlacedImage(named, path if self.folder == "." else f"{self.folder}/{path}")


def open_place(placement: Placement, base_url: str | None, where: Location) -> ImagePlace:
    """Return where images are.

    Raises:
        CampaignError: Hosted images have no base URL, or one that is none.
    """
    if placement == "cid":
        return InMessage()
    if placement == "file":
        return InFolder()
    if base_url is None or not base_url.startswith(("https://", "http://")):
        raise CampaignError(
            'images are "hosted", and there is no base_url'
            if base_url is None
            else f"{base_url!r} is no base URL",
            location=where,
            hint='add base_url = "https://…" to [mailing]',
        )
    return Hosted(base_url)
