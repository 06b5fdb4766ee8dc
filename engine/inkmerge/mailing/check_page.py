"""What the checks of a message look at: its page, with its images, links and live text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from turbohtml import Element

from inkmerge.errors import Location
from inkmerge.mailing.placing import PlacedImage

Colour = tuple[int, int, int]
_JOINERS: Final = "\u200c\u200d "
"""Characters that join letters, and alone are not seen."""


class PageElement(NamedTuple):
    """An element of the page that is no comment for Outlook.

    Attributes:
        tag: Its name.
        attributes: Its attributes.
        node: The element.
    """

    tag: str
    attributes: Mapping[str, str]
    node: Element

    @property
    def line(self) -> int:
        """Where it is."""
        return self.node.source_line or 1


@dataclass(slots=True, eq=False)
class PageLink:
    """A link of the page.

    Attributes:
        line: Where it is.
        address: Its `href`, without spaces around it.
        label: What `aria-label` or `title` say.
        is_hidden: Whether it is not shown.
        text: The text in it that is shown.
        images: The images in it.
    """

    line: int
    address: str
    label: str
    is_hidden: bool
    text: str = ""
    images: list[PageImage] = field(default_factory=list)

    @property
    def has_name(self) -> bool:
        """Whether a screen reader can say where it leads."""
        return bool(
            self.text.strip(_JOINERS) or self.label or any((one.alt or "").strip() for one in self.images)
        )


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """An `<img>` of the page.

    Attributes:
        line: Where it is.
        source: Its `src`, without spaces around it.
        alt: Its `alt` as it is written; None where there is none.
        width: Its attribute likewise.
        height: Its attribute likewise.
        placed: The image of the campaign that it shows; None for any other.
        is_decorative: Whether it says that it says nothing, or is a pixel that counts readers.
        is_hidden: Whether itself is not shown.
        link: The link that it is in.
        background: The colour behind it; None where no element around it says one.
        language: The language in which it stands, or None.
    """

    line: int
    source: str
    alt: str | None
    width: str | None
    height: str | None
    placed: PlacedImage | None
    is_decorative: bool
    is_hidden: bool
    link: PageLink | None
    background: Colour | None
    language: str | None

    @property
    def called(self) -> str:
        """What it is called in a message."""
        if self.placed is not None:
            return f"the image `{self.placed.named.element}`"
        return f"the image {_shortened(self.source)!r}" if self.source else "an image"

    @property
    def place(self) -> Location:
        """Where it is."""
        return place(self.line, None if self.placed is None else self.placed.named.element)


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What is read of a page.

    Attributes:
        html: The page as it is sent, with lines that end in a line feed.
        elements: All elements, in order.
        images: Its images, those that are for Outlook alone too.
        links: Its links.
        live_text: The text that is shown, in one line.
        has_background: Whether it sets a background of its own.
        by_tag: Its elements by their names.
    """

    html: str
    elements: tuple[PageElement, ...]
    images: tuple[PageImage, ...]
    links: tuple[PageLink, ...]
    live_text: str
    has_background: bool
    by_tag: Mapping[str, Sequence[PageElement]]

    def named(self, *tags: str) -> Iterator[PageElement]:
        """Yield the elements of these names."""
        for tag in tags:
            yield from self.by_tag.get(tag, ())


def place(line: int | None = None, element: str | None = None) -> Location:
    """Return a place in the HTML as it is sent."""
    return Location("HTML", line, element)


def pixels_of(size: str | None) -> int | None:
    """Return a `width` or `height` in CSS pixels; None where it is no whole number."""
    text = (size or "").strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def _shortened(source: str) -> str:
    return source if len(source) <= 60 else f"{source[:20]}…{source[-38:]}"
