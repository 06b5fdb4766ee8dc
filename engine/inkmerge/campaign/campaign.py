"""`Campaign`: a folder of templates, content, target groups and test profiles; one recipient in, images out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from os import PathLike
from pathlib import Path
from typing import Any, Final, Self

from inkmerge.campaign.elements import Choice, Choices, Element, named
from inkmerge.campaign.groups import Group
from inkmerge.campaign.opening import Opener, unknown
from inkmerge.campaign.quota import Quota
from inkmerge.campaign.settings import (
    SETTINGS,
    STATE,
    CampaignSpec,
    ElementSpec,
    read_campaign,
    read_containers,
    read_profiles,
)
from inkmerge.errors import Finding, InkmergeError, Location
from inkmerge.fallback import Reason
from inkmerge.image import RenderedImage
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.pipeline import Format
from inkmerge.sources import Fetcher, Request, Unfetched

IDENTITIES: Final = ("id", "email")
"""Attributes by which a quota that counts recipients tells them apart."""
_ROUNDS: Final = 3
"""Steps in which the need for something on the network may show: an item, then the pictures that it names."""


def _now() -> datetime:
    return datetime.now(UTC)


class Campaign:
    """A campaign: its image elements, containers, target groups, content sources and test profiles.

    It draws in the calling process, as `Template` does.

    Attributes:
        folder: Where it is.
        spec: Its settings.
        elements: The image elements of its mailing.
        containers: Image elements saved for reuse.
        profiles: Test profiles: stored recipients.
        groups: Target groups by name.
        fetcher: Fetches what is on the network.
    """

    def __init__(
        self, folder: Path, limits: Limits, clock: Callable[[], datetime], *, is_online: bool
    ) -> None:
        self.folder = folder
        self.spec: CampaignSpec = read_campaign(folder)
        specs = read_containers(folder)
        self.profiles: Mapping[str, Mapping[str, Any]] = read_profiles(folder)
        self._clock = clock
        self.fetcher = Fetcher(self.spec.http, folder / STATE / "http", is_online=is_online)
        self._opener = Opener(folder, self.spec, specs, limits, self.fetcher)
        with ExitStack() as opened:
            opened.callback(self.fetcher.close)
            self.groups: Mapping[str, Group] = self._opener.groups()
            self.containers = {
                name: self._opener.element(name, spec, Location(f"containers/{name}.toml"))
                for name, spec in specs.items()
            }
            self.elements = {
                name: self._opener.element(name, spec, Location(SETTINGS, None, f"elements.{name}"))
                for name, spec in self.spec.elements.items()
            }
            quota = self.spec.quota
            self.quota = None if quota is None else Quota.open(folder / STATE / "quota.sqlite", quota, clock)
            opened.pop_all()  # all is well: it stays open

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        *,
        limits: Limits = DEFAULT_LIMITS,
        clock: Callable[[], datetime] = _now,
        is_online: bool = True,
    ) -> Self:
        """Open a campaign, and check all that it names: templates, groups, sources, fallback images.

        Args:
            path: Its folder, or its `inkmerge.toml`.
            limits: How large things may be.
            clock: Tells the time, for `today()` in target groups and the quota's period.
            is_online: Whether anything may be fetched; else `Unfetched` is raised for what has to be, so that another
                process fetches it for several.

        Raises:
            InkmergeError: Something is not as it must be; the error names the file, the key and the cure.
        """
        folder = Path(path).resolve()
        folder = folder.parent if folder.name == SETTINGS else folder
        return cls(folder, limits, clock, is_online=is_online)

    def close(self) -> None:
        """Close the quota and connections."""
        if self.quota is not None:
            self.quota.close()
        self.fetcher.close()

    @property
    def identity(self) -> str:
        """A digest over its settings, its containers and the content that it holds."""
        return self._opener.identity()

    def element(self, name: str) -> Element:
        """Return an image element.

        Raises:
            CampaignError: There is none of this name; the nearest is named.
        """
        if name not in self.elements:
            raise unknown("image element", name, self.elements)
        return self.elements[name]

    def container(self, name: str, **selectors: str | int) -> Element:
        """Return a container, with other selectors where they are given.

        Raises:
            CampaignError: There is none of this name; the nearest is named.
        """
        if name not in self.containers:
            raise unknown("container", name, self.containers)
        found = self.containers[name]
        return replace(found, selected={key: str(value) for key, value in selectors.items()})

    def profile(self, name: str) -> Mapping[str, Any]:
        """Return a test profile.

        Raises:
            CampaignError: There is none of this name; the nearest is named.
        """
        if name not in self.profiles:
            raise unknown("test profile", name, self.profiles, Location("profiles/"))
        return self.profiles[name]

    def today(self) -> date:
        """Return the day by the campaign's clock, as target groups have it."""
        return self._clock().date()

    def choose(self, element: Element | str, recipient: Mapping[str, Any]) -> Choices:
        """Decide what a recipient gets for an image element, without drawing it."""
        found = self.element(element) if isinstance(element, str) else element
        return found.choose(recipient, self.today())

    def render(  # noqa: PLR0913  the first two say what is drawn, the others are options by name
        self,
        element: Element | str,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
        counts: bool = True,
    ) -> tuple[RenderedImage, ...]:
        """Render what a recipient gets for an image element.

        Args:
            element: The element, or its name.
            recipient: Attributes by name.
            dpi: As `Template.render` takes it; by default the element's, the campaign's, the template's.
            format: The same.
            width: The same.
            counts: Whether the images count for the quota.

        Returns:
            One image, or, with `overlap = "all"`, one for each target group that the recipient is in. What cannot be
            made, for want of content, of a group or of quota, is the fallback image with its reason.

        Raises:
            CampaignError: There is no such element.
            InkmergeError: As `Template.render` does.
        """
        return tuple(
            self.draw(choice, recipient, dpi, format, width=width, counts=counts)
            for choice in self.choose(element, recipient).drawn
        )

    def draw(  # noqa: PLR0913  as `render`
        self,
        choice: Choice,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
        counts: bool = True,
    ) -> RenderedImage:
        """Render one choice; see `render`."""
        fault = choice.fault
        if fault is None and counts and self.quota is not None:
            digest = named(choice, dpi, format, width=width)
            fault = None if digest is None else self.count([(digest, recipient)])[0]
        if fault is not None:
            image = choice.template.fallback(Reason.of(fault), dpi, format, width=width)
            return replace(image, findings=(fault.finding(), *choice.findings))
        image = choice.template.render(choice.attributes, dpi, format, width=width)
        return replace(image, findings=(*choice.findings, *image.findings)) if choice.findings else image

    def count(self, images: Sequence[tuple[str, Mapping[str, Any]]]) -> list[InkmergeError | None]:
        """Count images for the quota, all of them in one step.

        Args:
            images: What names each image (`Template.digest`), and its recipient.

        Returns:
            For each None, or, where the quota is used up, the reason for which the fallback image stands in.

        Raises:
            QuotaUnusable: Nobody knows what is left.
        """
        quota = self.quota
        if quota is None or not images:
            return [None] * len(images)
        keys = [digest for digest, _ in images]
        if quota.spec.counts == "recipients":
            keys = [_identity_of(recipient) or digest for digest, recipient in images]
        return [None if is_taken else quota.exceeded() for is_taken in quota.take_all(keys)]

    def prefetch(self, recipients: Sequence[Mapping[str, Any]], elements: Iterable[Element] = ()) -> None:
        """Fetch what images need of the network, many things at once, before they are asked for one by one.

        What cannot be had is told when it is asked for.

        Args:
            recipients: Whose images.
            elements: Of which image elements; where none is named, of all.
        """
        elements = tuple(elements)
        for _ in range(_ROUNDS):
            requests = self.lacking(recipients, elements)
            if not requests:
                return
            self.fetcher.prefetch(requests)

    def lacking(
        self, recipients: Iterable[Mapping[str, Any]], elements: Iterable[Element] = ()
    ) -> tuple[Request, ...]:
        """Return what has to be fetched next for recipients' images, each once; nothing where all is there.

        Args:
            recipients: Whose images.
            elements: Of which image elements; where none is named, of all.
        """
        if not self.spec.http.allow:  # nobody may be asked
            return ()
        remote = [one for one in elements or self.elements.values() if one.may_be_remote]
        found = {
            (request.key, request.max_bytes): request
            for recipient in recipients
            for element in remote
            for request in self._lacking(element, recipient)
        }
        return tuple(found.values())

    def _lacking(self, element: Element, recipient: Mapping[str, Any]) -> tuple[Request, ...]:
        """Return what has to be fetched next for a recipient's images."""
        try:
            with self.fetcher.held_back():
                for choice in self.choose(element, recipient).drawn:
                    named(choice)
        except Unfetched as fault:
            return fault.requests
        return ()

    def check(self) -> tuple[Finding, ...]:
        """Return what there is to say of all templates that image elements and containers name."""
        elements = (*self.elements.values(), *self.containers.values())
        templates = {id(template): template for element in elements for template in element.templates}
        return tuple(finding for template in templates.values() for finding in template.check())

    def spec_of(self, name: str) -> ElementSpec:
        """Return the settings of an image element or a container as they are written."""
        found = self.spec.elements.get(name) or self._opener.containers.get(name)
        if found is None:
            raise unknown("image element", name, self.elements)
        return found


def _identity_of(recipient: Mapping[str, Any]) -> str | None:
    """Return what a quota that counts recipients knows somebody by."""
    return next((str(recipient[name]) for name in IDENTITIES if recipient.get(name)), None)
