"""A campaign + test profiles → previews: the images of each element, who gets them why, and where each value is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from inkmerge.campaign.campaign import Campaign
from inkmerge.campaign.elements import BASE, Choice, Element, Variant, origin_of, value_at
from inkmerge.errors import LEFT_OUT, Finding, InkmergeError
from inkmerge.image import RenderedImage

_UNSHOWABLE: Final = "application/pdf"
_THUMBNAIL_PX: Final = 320
_LONGEST: Final = 400
"""Characters of a value that are kept."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value that an image was made of.

    Attributes:
        field: The field's name.
        text: The value as text, shortened where it is very long; empty where there is none.
        origin: Where it is from, in words: see `origin_of`.
        is_drawn: Whether the template reads it; else a text or a selector does.
    """

    field: str
    text: str
    origin: str
    is_drawn: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of an element for a profile.

    Attributes:
        variant: The variant's name.
        template: The template's file name.
        language: BCP 47 language tag of the text alternative.
        image: The image; None where the profile gets nothing, or where an error ends the rendering.
        thumbnail: The same, small; None likewise.
        absence: Why there is no image.
        values: What it was made of.
    """

    variant: str
    template: str
    language: str
    image: RenderedImage | None
    thumbnail: RenderedImage | None
    absence: Finding | None
    values: tuple[Value, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say about the image, without the reason of a fallback image, which the image has."""
        if self.image is None:
            return ()
        return tuple(one for one in self.image.findings if not self._is_reason(one))

    @property
    def outcome(self) -> str:
        """What became of it, in one word: ``image``, the code of the fallback's reason, ``nothing`` or ``error``."""
        if self.image is not None:
            return "image" if self.image.fallback is None else self.image.fallback.code
        is_skipped = self.absence is not None and self.absence.code in LEFT_OUT
        return "nothing" if is_skipped else "error"

    def _is_reason(self, finding: Finding) -> bool:
        reason = None if self.image is None else self.image.fallback
        return reason is not None and (reason.code, reason.message) == (finding.code, finding.message)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a profile gets for an image element.

    Attributes:
        element: The image element's name.
        profile: The test profile's name.
        pictures: Its images, one below the other.
        groups: The target groups that the profile is in.
        unknown: The groups of which it cannot be said.
        findings: Why not.
    """

    element: str
    profile: str
    pictures: tuple[Picture, ...]
    groups: tuple[str, ...]
    unknown: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def has_fallback(self) -> bool:
        """Whether a fallback image stands in, or an error does."""
        return any(one.outcome not in {"image", "nothing"} for one in self.pictures)


def previews(campaign: Campaign, profiles: Sequence[str]) -> Iterator[Preview]:
    """Yield what each profile gets for each image element; nothing counts for the quota.

    Raises:
        CampaignError: There is no such test profile; the nearest is named.
    """
    recipients = {name: campaign.profile(name) for name in profiles}
    for profile, recipient in recipients.items():
        for element in campaign.elements.values():
            choices = campaign.choose(element, recipient)
            pictures = tuple(_picture(campaign, element, choice, recipient) for choice in choices.drawn)
            yield Preview(element.name, profile, pictures, choices.groups, choices.unknown, choices.findings)


def _picture(campaign: Campaign, element: Element, choice: Choice, recipient: Mapping[str, Any]) -> Picture:
    image = thumbnail = absence = None
    try:
        image = campaign.draw(choice, recipient, counts=False)
        if image.media_type == _UNSHOWABLE:
            image = campaign.draw(choice, recipient, format="png", counts=False)
        if image.fallback is not None and image.fallback.code in LEFT_OUT:
            absence, image = _reason(image), None
        else:
            thumbnail = campaign.draw(choice, recipient, width=_THUMBNAIL_PX, format="png", counts=False)
    except InkmergeError as fault:
        absence = fault.finding()
    template = choice.template
    values = tuple(_values(element, choice))
    return Picture(choice.variant, template.name, template.language, image, thumbnail, absence, values)


def _reason(image: RenderedImage) -> Finding:
    return next(one for one in image.findings if one.code in LEFT_OUT)


def _values(element: Element, choice: Choice) -> Iterator[Value]:
    """Yield what the template reads, then what the texts and selectors behind it read."""
    drawn = [one.name for one in choice.template.fields]
    for name in drawn:
        yield Value(name, _text_of(name, choice.attributes), origin_of(name, choice), is_drawn=True)
    met = set(drawn)
    for use in _variant(element, choice).reads():
        name = ".".join(use.path).removeprefix("recipient.")
        if name not in met:
            met.add(name)
            origin = origin_of(name, choice)
            told = "default" if origin == "missing" and use.has_default else origin
            yield Value(name, _text_of(name, choice.attributes), told, is_drawn=False)


def _variant(element: Element, choice: Choice) -> Variant:
    if choice.variant == BASE:
        return element.base
    return next(one for one in element.variants if one.name == choice.variant)


def _text_of(name: str, attributes: Mapping[str, Any]) -> str:
    found = value_at(name, attributes)
    text = "" if found is None else str(found)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
