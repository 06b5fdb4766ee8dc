"""An image element + a recipient → choices: the variant, its content, and where each value is from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from inkmerge.campaign.groups import Group
from inkmerge.campaign.settings import Outside, Overlap
from inkmerge.errors import NOT_IN_GROUP, DataError, Finding, InkmergeError
from inkmerge.loaded import Field, Template
from inkmerge.sources import Content, Source
from inkmerge.template.expression import FieldUse, TextTemplate

BASE: Final = "base"
"""Name of the variant for recipients of no target group."""
NO_GROUP: Final = "no-group"
"""Code of the reason for which a recipient of no target group gets the fallback image."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What fills an image element for a target group, or, without one, for everybody else.

    Attributes:
        group: Who gets it; None for the base.
        template: What is drawn.
        select: Which item of the source: selector → its key.
        texts: Texts with placeholders, by the names under which templates read them.
        values: Fixed values and pictures, by their names.
        told: Where each of the texts and values is written, in words.
    """

    group: Group | None
    template: Template
    select: Mapping[str, TextTemplate]
    texts: Mapping[str, TextTemplate]
    values: Mapping[str, Any]
    told: Mapping[str, str]

    @property
    def name(self) -> str:
        """The group's name."""
        return BASE if self.group is None else self.group.name

    def reads(self) -> Iterator[FieldUse]:
        """Yield what its own texts and selectors read."""
        for text in (*self.select.values(), *self.texts.values()):
            yield from text.fields


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn for a recipient.

    Attributes:
        variant: The variant's name.
        template: What is drawn.
        attributes: What it is filled with: the recipient's own, and `content` and `campaign`.
        origins: Where each field that the template reads gets its value, in words.
        fault: Why the fallback image stands in, whatever the template says; or None.
        findings: What there is to say of content and groups.
    """

    variant: str
    template: Template
    attributes: Mapping[str, Any]
    origins: Mapping[str, str]
    fault: InkmergeError | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """All that a recipient gets for one image element.

    Attributes:
        drawn: One image each: one, or for `all` as many as there are groups with the recipient in them.
        groups: The groups of variants that the recipient is in.
        unknown: The groups of which it cannot be said.
        findings: Why not.
    """

    drawn: tuple[Choice, ...]
    groups: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """An image element, or a container, ready to be filled.

    Attributes:
        name: Its name.
        base: What everybody gets who is in none of the groups.
        variants: What target groups get, in the order in which they are tried.
        overlap: What a recipient of several groups gets.
        outside: What a recipient of no group gets, where there are groups.
        source: Where the content comes from, or None.
        campaign: What templates read as `campaign`.
        imported: Items that were imported, and stand in for those of the source with the same keys.
        selected: Keys given by the caller, instead of those of the settings.
    """

    name: str
    base: Variant
    variants: tuple[Variant, ...]
    overlap: Overlap
    outside: Outside
    source: Source | None
    campaign: Mapping[str, Any]
    imported: tuple[Content, ...] = ()
    selected: Mapping[str, str] = field(default_factory=dict)

    @property
    def attributes(self) -> frozenset[str]:
        """The recipients' attributes that may decide what is drawn, by their first names."""
        names = {"locale", "language"}
        for variant in (self.base, *self.variants):
            names.update(one.partition(".")[0] for one in (variant.group.attributes if variant.group else ()))
            names.update(_first_names(variant.reads()))
            names.update(_of_recipient(variant.template.fields))
        return frozenset(names)

    @property
    def templates(self) -> tuple[Template, ...]:
        """The templates of its variants, each once."""
        found = {id(one.template): one.template for one in (self.base, *self.variants)}
        return tuple(found.values())

    @property
    def pieces(self) -> tuple[str | None, ...]:
        """The variants that are drawn apart, because a recipient may get several; None stands for all of them."""
        if self.overlap == "first" or not self.variants:
            return (None,)
        return (
            *dict.fromkeys(one.name for one in self.variants),
            *([BASE] if self.outside == "base" else ()),
        )

    def choose(self, recipient: Mapping[str, Any], today: date) -> Choices:
        """Decide what a recipient gets; what cannot be had is the `fault` of a choice."""
        drawn: list[Variant] = []
        unknown: list[str] = []
        findings: list[Finding] = []
        for variant in self.variants:
            assert variant.group is not None  # the base is apart
            membership = variant.group.evaluate(recipient, today)
            findings += membership.findings
            if membership.value is None:
                unknown.append(variant.name)
            elif membership.value:
                drawn.append(variant)
        groups = tuple(variant.name for variant in drawn)
        if self.overlap == "first":
            del drawn[1:]
        choices = tuple(self.fill(one, recipient) for one in drawn) or (self._outside(recipient),)
        return Choices(choices, groups, tuple(unknown), tuple(findings))

    def _outside(self, recipient: Mapping[str, Any]) -> Choice:
        if not self.variants or self.outside == "base":
            return self.fill(self.base, recipient)
        code = NOT_IN_GROUP if self.outside == "skip" else NO_GROUP
        fault = DataError(
            f"the recipient is in none of the target groups of `{self.name}`",
            code=code,
            hint='add a group, or let outside = "base" give them the base',
        )
        return Choice(BASE, self.base.template, recipient, {}, fault)

    def fill(self, variant: Variant, recipient: Mapping[str, Any]) -> Choice:
        """Return what a recipient gets in a variant, whatever their target groups."""
        content: dict[str, Any] = dict(_mapping(recipient.get("content")))
        origins = dict.fromkeys((f"content.{name}" for name in content), "attribute")
        findings: tuple[Finding, ...] = ()
        fault = None
        scope = {**recipient, "recipient": recipient, "content": content, "campaign": self.campaign}
        try:
            if self.source is not None:
                keys = self._keys(variant, scope)
                imported = next((one for one in self.imported if one.key == keys), None)
                found = self.source.select(**keys) if imported is None else imported
                content.update(found.fields)
                findings = tuple(found.findings)
                chosen = ", ".join(f"{name} = {key}" for name, key in keys.items())
                told = f"{self.source.name}: {chosen}{'' if imported is None else ', imported'}"
                origins.update({f"content.{name}": told for name in found.fields})
            content.update(variant.values)
            for name, text in variant.texts.items():
                content[name] = text.fill(scope).text
        except InkmergeError as error:
            fault = error
        origins.update({f"content.{name}": told for name, told in variant.told.items()})
        attributes = {**recipient, "content": content, "campaign": self.campaign}
        return Choice(variant.name, variant.template, attributes, origins, fault, findings)

    def keys(self, recipient: Mapping[str, Any]) -> dict[str, str]:
        """Return the keys with which the base selects its item for a recipient.

        Raises:
            InkmergeError: The recipient lacks what one is made of.
        """
        return self._keys(self.base, {**recipient, "recipient": recipient, "campaign": self.campaign})

    def _keys(self, variant: Variant, scope: Mapping[str, Any]) -> dict[str, str]:
        return {
            name: text.fill(scope).text.strip()
            for name, text in variant.select.items()
            if name not in self.selected
        } | dict(self.selected)


def origin_of(name: str, choice: Choice) -> str:
    """Say where a field of the chosen template gets its value: ``attribute``, the place of a text, ``default`` or ``missing``."""
    told = choice.origins.get(name)
    if told is not None:
        return told
    found = value_at(name, choice.attributes)
    if found is not None and (not isinstance(found, str) or found.strip()):
        return "campaign" if name.startswith("campaign.") else "attribute"
    spec = next((one for one in choice.template.fields if one.name == name), None)
    return "default" if spec is not None and spec.has_default else "missing"


def value_at(name: str, attributes: Mapping[str, Any]) -> Any:
    """Return the value at a dotted name, or None."""
    found: Any = attributes
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first_names(uses: Iterable[FieldUse]) -> Iterator[str]:
    for use in uses:
        if use.path[0] == "recipient" and len(use.path) > 1:
            yield use.path[1]


def _of_recipient(fields: Iterable[Field]) -> Iterator[str]:
    for one in fields:
        first = one.name.partition(".")[0]
        if first not in {"content", "campaign"}:
            yield first
