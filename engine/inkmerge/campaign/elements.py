"""An image element + a recipient → choices: the variant, its content, and where each value is from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from inkmerge.campaign.group_operands import Scope
from inkmerge.campaign.groups import Group
from inkmerge.campaign.item_content import ItemContents
from inkmerge.campaign.settings import Outside, Overlap
from inkmerge.content import is_absent
from inkmerge.errors import NOT_IN_GROUP, DataError, Finding, InkmergeError
from inkmerge.loaded import Field, Template
from inkmerge.memo import Memo
from inkmerge.pipeline import Format
from inkmerge.sources import Content, Source
from inkmerge.template.expression import FieldUse, TextTemplate
from inkmerge.template.reading import Paths

BASE: Final = "base"
"""Name of the variant for recipients of no target group."""
_MOST_KNOWN: Final = 1_024
"""Recipients' attributes whose target groups are remembered."""
NO_GROUP: Final = "no-group"
"""Code of the reason for which a recipient of no target group gets the fallback image."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What fills an image element for a target group, or, without one, for everybody else.

    Attributes:
        group: Who gets it; None for the base.
        template: What is drawn.
        language: The language of its texts; None for that of the template.
        select: Which item of the source: selector → its key.
        content: What templates read beside the source's item: texts and fixed values.
        told: Where each of the texts and values is written, in words, by the names of the fields.
    """

    group: Group | None
    template: Template
    language: str | None
    select: Mapping[str, TextTemplate]
    content: ItemContents
    told: Mapping[str, str]

    @property
    def name(self) -> str:
        """The group's name."""
        return BASE if self.group is None else self.group.name

    def reads(self) -> Iterator[FieldUse]:
        """Yield what its own texts and selectors read."""
        for text in (*self.select.values(), *self.content.texts.values()):
            yield from text.fields


class Origins(NamedTuple):
    """Where the content of a choice is from; what is later stands over what is earlier.

    Attributes:
        own: What the recipient brings.
        item: The item of the source.
        source: The source, its keys, and whether the item was imported.
        told: Where texts and values of the campaign are written, by the names of the fields.
    """

    own: Mapping[str, Any] = {}
    item: Mapping[str, Any] = {}
    source: tuple[str, Mapping[str, str], bool] | None = None
    told: Mapping[str, str] = {}

    def of(self, name: str) -> str | None:
        """Return where a field is from, in words; None for what is no content."""
        told = self.told.get(name)
        if told is not None:
            return told
        space, _, field = name.partition(".")
        if space != "content":
            return None
        if field in self.item and self.source is not None:
            source, keys, is_imported = self.source
            chosen = ", ".join(f"{key} = {value}" for key, value in keys.items())
            return f"{source}: {chosen}{', imported' if is_imported else ''}"
        return "attribute" if field in self.own else None


class Choice(NamedTuple):
    """What is drawn for a recipient.

    Attributes:
        variant: The variant's name.
        template: What is drawn.
        attributes: What it is filled with: the recipient's own, and `content` and `campaign`.
        origins: Where its content is from.
        fault: Why the fallback image stands in, whatever the template says; or None.
        findings: What there is to say of content and groups.
    """

    variant: str
    template: Template
    attributes: Mapping[str, Any]
    origins: Origins
    fault: InkmergeError | None = None
    findings: tuple[Finding, ...] = ()

    def failing(self, fault: InkmergeError) -> Choice:
        """Return the same, with what keeps it from being drawn."""
        return Choice(self.variant, self.template, self.attributes, self.origins, fault, self.findings)


class Choices(NamedTuple):
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


class _Members(NamedTuple):
    """What target groups say of a recipient.

    Attributes:
        drawn: The variants that they get.
        groups: The groups of variants that they are in.
        unknown: The groups of which it cannot be said.
        findings: Why not.
    """

    drawn: tuple[Variant, ...] = ()
    groups: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


_NO_MEMBERS: Final = _Members()


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
    _paths: Paths = field(init=False, repr=False, compare=False)
    _known: Memo[object, _Members] = field(
        init=False, repr=False, compare=False, default_factory=lambda: Memo(_MOST_KNOWN)
    )

    def __post_init__(self) -> None:
        names = {name for one in self.variants if one.group is not None for name in one.group.attributes}
        uses = [FieldUse(("recipient", *name.split(".")), has_default=False) for name in sorted(names)]
        object.__setattr__(self, "_paths", Paths(uses, has_locale=False))

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
    def may_be_remote(self) -> bool:
        """Whether something on the network may be needed to draw it."""
        is_remote = self.source is not None and self.source.spec.is_remote
        return is_remote or any(template.reads_pictures for template in self.templates)

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
        drawn, groups, unknown, findings = self._members(recipient, today)
        choices = tuple([self.fill(one, recipient) for one in drawn]) or (self._outside(recipient),)
        return Choices(choices, groups, unknown, findings)

    def _members(self, recipient: Mapping[str, Any], today: date) -> _Members:
        """Find out in which target groups a recipient is; remembered by what the groups read."""
        if not self.variants:
            return _NO_MEMBERS
        key = (today, *self._paths.values_of(recipient))
        known = None if None in key else self._known.get(key)
        if known is None:
            known = self._asked(recipient, today)
            if not known.unknown and None not in key:  # why it is unknown, other attributes say too
                self._known[key] = known
        return known

    def _asked(self, recipient: Mapping[str, Any], today: date) -> _Members:
        drawn: list[Variant] = []
        unknown: list[str] = []
        findings: list[Finding] = []
        scope = Scope(recipient, today)
        for variant in self.variants:
            assert variant.group is not None  # the base is apart
            membership = variant.group.evaluate_in(scope)
            findings += membership.findings
            if membership.value is None:
                unknown.append(variant.name)
            elif membership.value:
                drawn.append(variant)
        groups = tuple(variant.name for variant in drawn)
        if self.overlap == "first":
            del drawn[1:]
        return _Members(tuple(drawn), groups, tuple(unknown), tuple(findings))

    def _outside(self, recipient: Mapping[str, Any]) -> Choice:
        if not self.variants or self.outside == "base":
            return self.fill(self.base, recipient)
        code = NOT_IN_GROUP if self.outside == "skip" else NO_GROUP
        fault = DataError(
            f"the recipient is in none of the target groups of `{self.name}`",
            code=code,
            hint='add a group, or let outside = "base" give them the base',
        )
        return Choice(BASE, self.base.template, recipient, Origins(), fault)

    def fill(self, variant: Variant, recipient: Mapping[str, Any]) -> Choice:
        """Return what a recipient gets in a variant, whatever their target groups."""
        if variant.language is not None:
            recipient = {**recipient, "locale": locale_in(variant.language, recipient)}
        own = _mapping(recipient.get("content"))
        content: dict[str, Any] = dict(own)
        item: Mapping[str, Any] = {}
        source = None
        findings: tuple[Finding, ...] = ()
        fault = None
        scope = {**recipient, "recipient": recipient, "content": content, "campaign": self.campaign}
        try:
            found = None
            if self.source is not None:
                keys = self._keys(variant, scope)
                imported = next((one for one in self.imported if one.key == keys), None)
                found = self.source.select(**keys) if imported is None else imported
                findings = found.findings
                item, source = found.fields, (self.source.name, keys, imported is not None)
            shared = variant.content.of(found)
            content.update(shared.values)
            for name, text in shared.texts:
                content[name] = text if isinstance(text, str) else text.fill(scope).text
        except InkmergeError as error:
            fault = error
        attributes = {**recipient, "content": content, "campaign": self.campaign}
        origins = Origins(own, item, source, variant.told)
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


def named(
    choice: Choice,
    dpi: float | None = None,
    format: Format | None = None,  # noqa: A002  the field's word for it
    *,
    width: int | None = None,
) -> str | None:
    """Return what names a choice's image (`Template.digest`); None where it is the fallback image or nothing."""
    if choice.fault is not None:
        return None
    try:
        return choice.template.digest(choice.attributes, dpi, format, width=width)
    except InkmergeError:
        return None


def origin_of(name: str, choice: Choice) -> str:
    """Say where a field of the chosen template gets its value: ``attribute``, the place of a text, ``default`` or ``missing``."""
    found = value_at(name, choice.attributes)
    if found is None or (isinstance(found, str) and not found.strip()):
        field = next((one for one in choice.template.fields if one.name == name), None)
        if is_absent(found, "text" if field is None else field.type):
            return "default" if field is not None and field.has_default else "missing"
    return choice.origins.of(name) or ("campaign" if name.startswith("campaign.") else "attribute")


def value_at(name: str, attributes: Mapping[str, Any]) -> Any:
    """Return the value at a dotted name, or None."""
    found: Any = attributes
    for part in name.split("."):
        if found.__class__ is not dict and not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def locale_in(language: str, recipient: Mapping[str, Any]) -> str:
    """Return the recipient's locale where it is one of the language (RFC 4647, basic filtering), else the language."""
    for name in ("locale", "language"):
        own = recipient.get(name)
        tag = own.strip().replace("_", "-") if isinstance(own, str) else ""
        if f"{tag}-".lower().startswith(f"{language}-".lower()):
            return tag
    return language


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first_names(uses: Iterable[FieldUse]) -> Iterator[str]:
    for use in uses:
        if use.path[0] == "recipient":  # all of it is read where no name follows
            yield "".join(use.path[1:2])


def _of_recipient(fields: Iterable[Field]) -> Iterator[str]:
    for one in fields:
        first = one.name.partition(".")[0]
        if first not in {"content", "campaign"}:
            yield first
