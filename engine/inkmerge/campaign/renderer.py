"""`ElementRenderer`: an image element of a campaign with the interface of `Template`, for who draws many."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Final, Self

from inkmerge.campaign.campaign import IDENTITIES, Campaign
from inkmerge.campaign.elements import BASE, Choice, Choices, Origins, named
from inkmerge.errors import NOT_IN_GROUP, DataError, Finding, InkmergeError
from inkmerge.fallback import Reason
from inkmerge.image import RenderedImage
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.loaded import Field
from inkmerge.pipeline import Format
from inkmerge.sources import Fetcher

_ANY: Final = ("text", False, True, None)
"""Type, whether required, whether it has a default, and example of a field of which the campaign decides."""


@dataclass(frozen=True, slots=True)
class Order:
    """An image that is asked for: chosen and named, and not drawn yet.

    Attributes:
        choice: What is drawn.
        recipient: For whom.
        digest: What names it; None where it is the fallback image or nothing.
    """

    choice: Choice
    recipient: Mapping[str, Any]
    digest: str | None


class ElementRenderer:
    """One image a recipient: what a campaign draws for an image element, or for one variant of it.

    Args:
        campaign: The campaign.
        element: The name of the image element.
        variant: With `overlap = "all"`, the variant that is drawn: others are skipped; None draws what comes first.
    """

    def __init__(self, campaign: Campaign, element: str, variant: str | None) -> None:
        self._campaign = campaign
        self._element = campaign.element(element)
        self._variant = variant

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        element: str,
        variant: str | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        is_online: bool = True,
    ) -> Self:
        """Open a campaign for one of its image elements; the arguments are those of `Campaign.open`.

        Raises:
            InkmergeError: As `Campaign.open` does; there is no such element.
        """
        return cls(Campaign.open(path, limits=limits, is_online=is_online), element, variant)

    def close(self) -> None:
        """Close what the campaign has open."""
        self._campaign.close()

    @property
    def name(self) -> str:
        """The image element's name."""
        return self._element.name

    @property
    def fetcher(self) -> Fetcher:
        """What fetches for the campaign."""
        return self._campaign.fetcher

    @property
    def fields(self) -> tuple[Field, ...]:
        """What decides what is drawn: the attributes that groups, selectors, texts and templates read."""
        names = self._element.attributes | frozenset(IDENTITIES if self.counts_recipients else ())
        return tuple(Field(name, *_ANY) for name in sorted(names))

    @property
    def counts_recipients(self) -> bool:
        """Whether the quota counts recipients, and not images."""
        quota = self._campaign.quota
        return quota is not None and quota.spec.counts == "recipients"

    @property
    def reads_pictures(self) -> bool:
        """Whether a recipient's values choose pictures; see `Template.reads_pictures`."""
        return any(template.reads_pictures for template in self._element.templates)

    def prepare(
        self,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> tuple[Finding, ...]:
        """Draw and encode once what is the same for everybody; see `Template.prepare`."""
        found = (template.prepare(dpi, format, width=width) for template in self._element.templates)
        return tuple(finding for findings in found for finding in findings)

    def render(
        self,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> RenderedImage:
        """Render what a recipient gets; see `Campaign.render`."""
        return self._campaign.draw(self.choice(recipient), recipient, dpi, format, width=width)

    def order(
        self,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> Order:
        """Decide what a recipient gets, and what names it.

        Raises:
            Unfetched: Something has to be fetched first.
        """
        choice = self.choice(recipient)
        return Order(choice, recipient, named(choice, dpi, format, width=width))

    def count(self, orders: Sequence[Order]) -> list[Order]:
        """Count images for the quota, in one step; what is beyond it becomes the fallback image.

        Raises:
            QuotaUnusable: Nobody knows what is left.
        """
        counted = [(one.digest, one.recipient) for one in orders if one.digest is not None]
        faults = iter(self._campaign.count(counted))
        found = []
        for one in orders:
            fault = None if one.digest is None else next(faults)
            refused = one if fault is None else replace(one, choice=one.choice.failing(fault))
            found.append(refused)
        return found

    def draw(
        self,
        order: Order,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> RenderedImage:
        """Render what was ordered and counted; see `Campaign.draw`."""
        return self._campaign.draw(order.choice, order.recipient, dpi, format, width=width, counts=False)

    def fallback(
        self,
        reason: Reason,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> RenderedImage:
        """Return the fallback image of the base."""
        return self._element.base.template.fallback(reason, dpi, format, width=width)

    def digest(
        self,
        recipient: Mapping[str, Any] | None,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> str:
        """Return what names a recipient's image, as `Template.digest` does; for None, what names the whole element.

        Raises:
            InkmergeError: The recipient gets the fallback image, or nothing.
        """
        if recipient is None:
            templates = [one.digest(None, dpi, format, width=width) for one in self._element.templates]
            facts = (self._campaign.identity, self._element.name, self._variant, templates)
            return hashlib.sha256(repr(facts).encode()).hexdigest()
        choice = self.choice(recipient)
        if choice.fault is not None:
            raise choice.fault
        return choice.template.digest(choice.attributes, dpi, format, width=width)

    def choice(self, recipient: Mapping[str, Any]) -> Choice:
        """Return what is drawn for a recipient: for another variant than the asked one, a choice that is skipped."""
        choices = self._campaign.choose(self._element, recipient)
        if self._variant is None:
            return choices.drawn[0]
        asked = next((one for one in choices.drawn if one.variant == self._variant), None)
        return self._skipped(choices) if asked is None else asked

    def _skipped(self, choices: Choices) -> Choice:
        fault: InkmergeError = DataError(
            f"the recipient is not in the target group `{self._variant}`", code=NOT_IN_GROUP
        )
        first = choices.drawn[0]
        is_told_here = (
            self._variant == self._element.pieces[0]
        )  # one fallback image, not one for each variant
        if first.variant == BASE and first.fault is not None and is_told_here:
            fault = first.fault
        return Choice(str(self._variant), self._element.base.template, {}, Origins(), fault)
