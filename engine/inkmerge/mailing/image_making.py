"""An image element in a page + a recipient → its images, equal ones drawn once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from inkmerge.campaign import Campaign, Choice, Element
from inkmerge.campaign.elements import named
from inkmerge.errors import NOT_IN_GROUP, RECIPIENT_SKIPPED, MissingValue
from inkmerge.loaded import Template
from inkmerge.mailing.kept_images import KeptImages
from inkmerge.mailing.placing import NamedImage

_CSS_DPI: Final = 96.0


class ImageMaker:
    """Draws the images of messages, and keeps those drawn last.

    Args:
        campaign: Whose image elements.
        kept: Where drawn images are kept.
        counts: Whether the images count for the quota.
    """

    def __init__(self, campaign: Campaign, kept: KeptImages, *, counts: bool = True) -> None:
        self._campaign = campaign
        self._counts = counts
        quota = campaign.quota
        self._counts_each = counts and quota is not None and quota.spec.counts == "recipients"
        self._prepared: set[tuple[int, float | None]] = set()
        self._kept = kept

    def prepare(self, template: Template, dpi: float | None = None) -> None:
        """Plan a template once: all images of messages are drawn so, and equal ones have equal bytes."""
        key = id(template), dpi
        if key not in self._prepared:
            template.prepare(dpi)
            self._prepared.add(key)

    def element(self, name: str, selected: Mapping[str, str], *, is_container: bool) -> Element:
        """Return an image element or a container, with other keys where they are given.

        Raises:
            CampaignError: There is none of this name; the nearest is named.
        """
        if is_container:
            return self._campaign.container(name, **selected)
        found = self._campaign.element(name)
        return replace(found, selected=dict(selected)) if selected else found

    def choices(self, element: Element, recipient: Mapping[str, Any]) -> tuple[Choice, ...]:
        """Return what a recipient gets; nothing where the image is for target groups that they are not in."""
        drawn = self._campaign.choose(element, recipient).drawn
        return tuple(one for one in drawn if one.fault is None or one.fault.code != NOT_IN_GROUP)

    def image(
        self, element: Element, choice: Choice, recipient: Mapping[str, Any], density: float | None = None
    ) -> NamedImage:
        """Return an image of a recipient.

        Args:
            element: The image element.
            choice: What is drawn for the recipient.
            recipient: Attributes by name.
            density: Device pixels per CSS pixel; None for what the element says.

        Raises:
            MissingValue: A field is missing that says `missing = "skip"`: the recipient is to get no message.
            InkmergeError: As `Template.render` does.
        """
        dpi = None if density is None else density * _CSS_DPI
        name = named(choice, dpi)
        image = self._kept.get(name) if name is not None and not self._counts_each else None
        if image is None:
            self.prepare(choice.template, dpi)
            image = self._campaign.draw(choice, recipient, dpi, counts=self._counts)
            if name is not None and image.fallback is None:
                self._kept.put(name, image)
        if image.fallback is not None:
            if image.fallback.code == RECIPIENT_SKIPPED:
                raise MissingValue(image.fallback.message, code=RECIPIENT_SKIPPED)
            name = image.digest
        folder = element.name if element.pieces == (None,) else f"{element.name}/{choice.variant}"
        return NamedImage(name or image.digest, element.name, folder, image)
