"""`Mailing`: a campaign's message; one recipient in, one message out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from os import PathLike
from pathlib import Path
from typing import Any, Final, Self

from inkmerge.campaign import Campaign, Choice, Element
from inkmerge.campaign.elements import locale_in
from inkmerge.campaign.settings import SETTINGS
from inkmerge.errors import RECIPIENT_SKIPPED, Finding, InkmergeError, Location, MissingValue
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.mailing import headers
from inkmerge.mailing.composing import Draft, HeaderValue, compose_message
from inkmerge.mailing.editions import Edition, open_editions
from inkmerge.mailing.header_values import AddressValue
from inkmerge.mailing.image_making import ImageMaker
from inkmerge.mailing.image_tags import densities_of, written_tags
from inkmerge.mailing.kept_images import KeptImages
from inkmerge.mailing.page import ImageCall, Part
from inkmerge.mailing.page_calls import Answers
from inkmerge.mailing.placing import ImagePlace, PlacedImage, open_place
from inkmerge.mailing.plain_text import plain_text
from inkmerge.sources import Request, Unfetched

_MISSING: Final = "add the attribute to the recipients, or write a default: {{ name|default('…') }}"


@dataclass(frozen=True, slots=True)
class FilledMailing:
    """A message before it is written: what a recipient gets.

    Attributes:
        headers: Checked values by name.
        html: The page as it is sent.
        text: The same as text.
        images: Its images, each once.
        findings: What there was to say of groups, content and images.
    """

    headers: Mapping[str, HeaderValue]
    html: str
    text: str
    images: tuple[PlacedImage, ...]
    findings: tuple[Finding, ...]

    @property
    def recipient(self) -> str:
        """The recipient's address."""
        to = self.headers["To"]
        assert isinstance(to, AddressValue)  # `Mailing` makes it
        return to.addresses[0].addr_spec

    @property
    def sender_domain(self) -> str:
        """The domain of the first sender."""
        sender = self.headers["From"]
        assert isinstance(sender, AddressValue)  # as above
        return sender.addresses[0].domain

    def message(self) -> EmailMessage:
        """Return the message."""
        parts = tuple(one for one in self.images if one.content_id is not None)
        return compose_message(Draft(self.headers, self.text, self.html, parts))


class Mailing:
    """The message of a campaign. It draws in the calling process, as `Campaign` does.

    Args:
        campaign: The campaign.
        limits: How large things may be.
        counts: Whether images count for the quota.
        kept: A folder of this run's own in which drawn images are kept for other processes; None to keep the last ones
            in memory.

    Attributes:
        campaign: The campaign.
        editions: What messages are made of, for everybody and for target groups.
    """

    def __init__(
        self,
        campaign: Campaign,
        *,
        limits: Limits = DEFAULT_LIMITS,
        counts: bool = True,
        kept: Path | None = None,
    ) -> None:
        self.campaign = campaign
        self.editions = open_editions(campaign, limits)
        spec = campaign.spec.mailing
        assert spec is not None  # `open_editions` has refused it
        self._maker = ImageMaker(campaign, KeptImages(kept), counts=counts)
        place = Location(SETTINGS, None, "mailing")
        self._place: ImagePlace = open_place(spec.images, spec.base_url, place)
        self._places = {
            name: open_place(element.images, spec.base_url, Location(SETTINGS, None, f"elements.{name}"))
            for name, element in campaign.spec.elements.items()
            if element.images is not None
        }

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        *,
        limits: Limits = DEFAULT_LIMITS,
        counts: bool = True,
        kept: Path | None = None,
        is_online: bool = True,
    ) -> Self:
        """Open a campaign with its mailing, and check all that they name.

        Args:
            path: The campaign's folder, or its `inkmerge.toml`.
            limits: How large things may be.
            counts: Whether images count for the quota.
            kept: A folder in which drawn images are kept for other processes.
            is_online: As `Campaign.open` takes it.

        Raises:
            InkmergeError: Something is not as it must be; the error names the file, the line or key, and the cure.
        """
        campaign = Campaign.open(path, limits=limits, is_online=is_online)
        try:
            return cls(campaign, limits=limits, counts=counts, kept=kept)
        except BaseException:
            campaign.close()
            raise

    def close(self) -> None:
        """Close the campaign."""
        self.campaign.close()

    @property
    def identity(self) -> str:
        """A digest over the campaign, its templates and the pages: what makes one run the same as another."""
        elements = (*self.campaign.elements.values(), *self.campaign.containers.values())
        templates = sorted({template.digest(None) for element in elements for template in element.templates})
        pages = [(one.page.name, one.page.digest) for one in self.editions]
        return hashlib.sha256(repr((self.campaign.identity, templates, pages)).encode()).hexdigest()

    def prepare(self) -> None:
        """Draw and encode once what is the same for everybody, so that the first message takes no longer than others."""
        for name in dict.fromkeys(image.name for one in self.editions for image in one.page.images):
            for template in self.campaign.elements[name].templates:
                self._maker.prepare(template)

    def compose(self, recipient: Mapping[str, Any]) -> EmailMessage:
        """Return a recipient's message; the same recipient gets the same bytes.

        `Date` and `Message-ID` are not set: they belong to the send.

        Raises:
            InkmergeError: The recipient can get no message: a value is missing that the page, a header or an image with
                `missing = "skip"` needs, or the address is none. An image that cannot be made is no such reason: its
                fallback image stands in.
        """
        return self.fill(recipient).message()

    def fill(self, recipient: Mapping[str, Any]) -> FilledMailing:
        """Return what a recipient gets, before it is written.

        Raises:
            InkmergeError: As `compose` does.
        """
        head, parts, filling = self._begin(recipient)
        html = "".join(part if isinstance(part, str) else filling.tags(part) for part in parts)
        images = tuple({one.source: one for one in filling.images}.values())
        told = tuple(dict.fromkeys(filling.findings))
        return FilledMailing(head, html, plain_text(html), images, told)

    def examine(self, recipient: Mapping[str, Any]) -> tuple[Finding, ...]:
        """Do all that `compose` does but draw and compose, and return what was found.

        Raises:
            InkmergeError: As `compose` does.
        """
        _, parts, filling = self._begin(recipient)
        for part in parts:
            if not isinstance(part, str):
                filling.require(part)
        return tuple(dict.fromkeys(filling.findings))

    def lacking(self, recipients: Iterable[Mapping[str, Any] | InkmergeError]) -> tuple[Request, ...]:
        """Return what has to be fetched next for recipients' messages, each once; nothing where all is there.

        Args:
            recipients: Attributes; errors in their place are passed over.
        """
        if not self.campaign.spec.http.allow:
            return ()
        found: dict[str, Request] = {}
        for recipient in recipients:
            try:
                if not isinstance(recipient, InkmergeError):
                    self.examine(recipient)
            except Unfetched as fault:
                found |= {request.key: request for request in fault.requests}
            except InkmergeError:
                pass  # who composes the message will say so
        return tuple(found.values())

    def _begin(
        self, recipient: Mapping[str, Any]
    ) -> tuple[dict[str, HeaderValue], tuple[Part, ...], _Filling]:
        """Fill the head and the page; images are left to do."""
        edition, findings = self.editions.choose(recipient, self.campaign.today())
        reader = recipient
        if edition.language is not None:
            reader = {**recipient, "locale": locale_in(edition.language, recipient)}
        scope = {**reader, "recipient": reader, "campaign": {"name": self.campaign.spec.name}}
        filling = _Filling(self, edition.page.name, recipient)
        filling.findings += findings
        try:
            head, said = self._headers(edition, scope)
            filling.findings += said
            parts = edition.page.fill(scope, Answers(filling.is_member, filling.content_of))
        except MissingValue as fault:
            fault.hint = _MISSING
            raise
        return head, parts, filling

    def _headers(
        self, edition: Edition, scope: Mapping[str, object]
    ) -> tuple[dict[str, HeaderValue], tuple[Finding, ...]]:
        """Return what stands in the message's head, and what there is to say of it.

        Raises:
            InkmergeError: A value is missing, or an address is none.
        """
        found: dict[str, HeaderValue] = {}
        findings: list[Finding] = []
        for name, text in edition.headers.items():
            value, said = _header(name, text.fill(scope).text)
            found[name] = value
            findings += said
        shown = "" if edition.to_name is None else edition.to_name.fill(scope).text
        to, said = headers.address(f"{shown} <{edition.to.fill(scope).text}>")
        found["To"] = AddressValue("To", (to,))
        return found, (*findings, *said)


def _header(name: str, text: str) -> tuple[HeaderValue, tuple[Finding, ...]]:
    if name == "Subject":
        return headers.subject(text)
    if name in {"From", "Reply-To"}:
        found, findings = headers.addresses(text)
        return AddressValue(name, found), findings
    return headers.header(name, text)


Chosen = tuple[Element, tuple[Choice, ...]]


class _Filling:
    """The images of one message."""

    def __init__(self, mailing: Mailing, page: str, recipient: Mapping[str, Any]) -> None:
        self._mailing = mailing
        self._page = page
        self._recipient = recipient
        self._known: dict[tuple[Any, ...], Chosen] = {}
        self.images: list[PlacedImage] = []
        self.findings: list[Finding] = []

    def is_member(self, name: str) -> bool:
        """Whether the recipient is in a target group."""
        campaign = self._mailing.campaign
        membership = campaign.groups[name].evaluate(self._recipient, campaign.today())
        self.findings += membership.findings
        return membership.is_member

    def content_of(self, name: str, selected: Mapping[str, str]) -> Mapping[str, Any]:
        """Return what fills the first image of an image element or a container, or nothing where there is none."""
        is_container = name not in self._mailing.campaign.elements
        _, choices = self._chosen(name, selected, is_container=is_container)
        return choices[0].attributes["content"] if choices and choices[0].fault is None else {}

    def tags(self, call: ImageCall) -> str:
        """Return the tags of an image element."""
        maker = self._mailing._maker  # noqa: SLF001  a part of it
        densities = densities_of(call, self._page)
        element, choices = self._called(call)
        place = self._mailing._places.get(element.name, self._mailing._place)  # noqa: SLF001  likewise
        images, dense = [], []
        for choice in choices:
            placed = place.place(maker.image(element, choice, self._recipient))
            self.findings += placed.named.image.findings
            others = [place.place(maker.image(element, choice, self._recipient, one)) for one in densities]
            images.append(placed)
            dense.append({one: other.source for one, other in zip(densities, others, strict=True)})
            self.images += [placed, *others]
        return written_tags(call, images, dense)

    def require(self, call: ImageCall) -> None:
        """Raise what keeps the recipient from getting a message at all, without drawing.

        Raises:
            MissingValue: A field is missing that says `missing = "skip"`.
            InkmergeError: There is no such image element.
        """
        densities_of(call, self._page)
        for choice in self._called(call)[1]:
            try:
                if choice.fault is None:
                    choice.template.digest(choice.attributes)
            except MissingValue as fault:
                if fault.code == RECIPIENT_SKIPPED:
                    raise
            except InkmergeError:
                pass  # the fallback image stands in

    def _called(self, call: ImageCall) -> Chosen:
        try:
            return self._chosen(call.name, call.selected, is_container=call.is_container)
        except InkmergeError as fault:
            fault.location = Location(self._page, call.line)
            raise

    def _chosen(self, name: str, selected: Mapping[str, str], *, is_container: bool) -> Chosen:
        """Return an element, and what the recipient gets for it; chosen once, though text and image ask for it."""
        key = name, is_container, *sorted(selected.items())
        if key not in self._known:
            maker = self._mailing._maker  # noqa: SLF001  a part of it
            element = maker.element(name, selected, is_container=is_container)
            self._known[key] = element, maker.choices(element, self._recipient)
        return self._known[key]
