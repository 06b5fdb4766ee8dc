"""`[mailing]` of a campaign → its editions: what a message is made of, for everybody and for target groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from inkmerge.campaign import Campaign
from inkmerge.campaign.groups import Group
from inkmerge.campaign.opening import unknown
from inkmerge.campaign.settings import SETTINGS, MailingChangeSpec, MailingSpec
from inkmerge.errors import CampaignError, Finding, Location
from inkmerge.limits import Limits
from inkmerge.mailing.mjml import html_of_mjml
from inkmerge.mailing.page import Page
from inkmerge.mailing.page_calls import PageCall
from inkmerge.mailing.page_compiling import compile_page
from inkmerge.template.expression import ExpressionCompiler, TextTemplate

BASE_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Edition:
    """What the messages of one target group are made of, or of everybody else.

    Attributes:
        group: Who gets it; None for everybody else.
        page: The HTML.
        headers: Texts by the names of headers, in order: `Subject`, `From`, `Reply-To`, and further ones.
        to: The recipient's address.
        to_name: The recipient's name, or None.
        language: The language of its words; None where it does not say.
    """

    group: Group | None
    page: Page
    headers: Mapping[str, TextTemplate]
    to: TextTemplate
    to_name: TextTemplate | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Editions:
    """The editions of a mailing, in the order in which they are tried, and the one for everybody else."""

    variants: tuple[Edition, ...]
    base: Edition

    def __iter__(self) -> Iterator[Edition]:
        """Yield them all."""
        yield from (*self.variants, self.base)

    def choose(self, recipient: Mapping[str, Any], today: date) -> tuple[Edition, tuple[Finding, ...]]:
        """Return a recipient's edition, and why it cannot be said whether they are in a group."""
        findings: tuple[Finding, ...] = ()
        for one in self.variants:
            assert one.group is not None  # the base is apart
            membership = one.group.evaluate(recipient, today)
            findings += membership.findings
            if membership.value:
                return one, findings
        return self.base, findings


def open_editions(campaign: Campaign, limits: Limits) -> Editions:
    """Read and compile the pages of a campaign's mailing, and check that all that they name is there.

    Raises:
        CampaignError: There is no mailing, or it names what is not there; the key and the cure are named.
        TemplateError: A page does not compile; file, line and cure are named.
    """
    spec = campaign.spec.mailing
    if spec is None:
        raise CampaignError(
            "the campaign has no mailing",
            location=Location(SETTINGS),
            hint='add [mailing] with html = "mailing/….html", subject and from',
        )
    pages: dict[tuple[str, str], Page] = {}
    opener = _Opener(campaign, spec, limits, pages)
    variants = []
    for number, one in enumerate(spec.variants):
        place = Location(SETTINGS, None, f"mailing.variants.{number}")
        if one.group not in campaign.groups:
            raise unknown("target group", one.group, campaign.groups, place)
        variants.append(opener.edition(one, campaign.groups[one.group], place))
    return Editions(tuple(variants), opener.edition(spec, None, Location(SETTINGS, None, "mailing")))


@dataclass(frozen=True, slots=True)
class _Opener:
    campaign: Campaign
    spec: MailingSpec
    limits: Limits
    pages: dict[tuple[str, str], Page]

    def edition(self, own: MailingChangeSpec, group: Group | None, place: Location) -> Edition:
        spec = self.spec
        language = own.language or spec.language or BASE_LANGUAGE
        compiler = ExpressionCompiler(self.limits, language)

        def text(source: str, key: str) -> TextTemplate:
            return compiler.text(source, Location(SETTINGS, None, f"mailing.{key}"))

        texts = {
            "From": self._required(own.sender or spec.sender, "from", place),
            "Reply-To": spec.reply_to,
            "Subject": self._required(own.subject or spec.subject, "subject", place),
            **spec.headers,
            **own.headers,
        }
        return Edition(
            group=group,
            page=self._page(self._required(own.html or spec.html, "html", place), language, place),
            headers={
                name: text(source, name.lower()) for name, source in texts.items() if source is not None
            },
            to=text(spec.to, "to"),
            to_name=None if spec.to_name is None else text(spec.to_name, "to_name"),
            language=own.language or spec.language,
        )

    def _required(self, value: str | None, key: str, place: Location) -> str:
        if not value:
            raise CampaignError(
                f"the mailing has no {key}", location=place, hint=f'add {key} = "…" to [mailing]'
            )
        return value

    def _page(self, path: str, language: str, place: Location) -> Page:
        key = path, language
        if key not in self.pages:
            source = self._read(path, place)
            is_mjml = Path(path).suffix == ".mjml"
            html = html_of_mjml(source, path) if is_mjml else source
            page = compile_page(html, path, language, self.limits, has_lines=not is_mjml)
            for image in page.images:
                if image.name not in self.campaign.elements:
                    where = Location(path, image.line)
                    raise unknown("image element", image.name, self.campaign.elements, where)
            for call in page.calls:
                self._check_call(call, path)
            self.pages[key] = page
        return self.pages[key]

    def _check_call(self, call: PageCall, path: str) -> None:
        campaign, where = self.campaign, Location(path, call.line)
        if call.function == "in_group" and call.name not in campaign.groups:
            raise unknown("target group", call.name, campaign.groups, where)
        if call.function == "content" and not {call.name} & {*campaign.elements, *campaign.containers}:
            known = {**campaign.elements, **campaign.containers}
            raise unknown("image element or container", call.name, known, where)

    def _read(self, path: str, place: Location) -> str:
        found = (self.campaign.folder / path).resolve()
        if not found.is_relative_to(self.campaign.folder):
            raise CampaignError(
                f"the page {path} is outside of the campaign", location=place, hint="copy it into mailing/"
            )
        try:
            self.limits.require("page_characters", found.stat().st_size, Location(path))
            with found.open(encoding="utf-8-sig", newline="") as file:
                source = file.read()
        except OSError as fault:
            raise CampaignError(
                f"the page {path} cannot be read: {fault.strerror}", location=place, hint="check the path"
            ) from None
        except UnicodeDecodeError:
            raise CampaignError(
                "the page is not UTF-8", location=Location(path), hint="save it as UTF-8"
            ) from None
        return source
