"""`inkmerge.toml`, and the files of containers and test profiles, → checked settings; nothing is opened yet."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, field_validator

from inkmerge.campaign.quota import QuotaSpec
from inkmerge.errors import CampaignError, Location
from inkmerge.models import Model, StrictModel, validated
from inkmerge.sources import HttpSpec, SourceSpec
from inkmerge.template.sidecar import FallbackSpec, FieldType, LanguageTag, OutputSpec

SETTINGS: Final = "inkmerge.toml"
STATE: Final = ".inkmerge"
"""Folder for what a campaign remembers: quota and what was fetched. It is not kept in git."""
GUIDE: Final = "docs/campaigns.md"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_LARGEST: Final = 4_000_000

Overlap = Literal["first", "all"]
Outside = Literal["base", "fallback", "skip"]
Placement = Literal["cid", "hosted", "file"]
"""Where the images of a message are: parts of it, behind a base URL, or files beside it."""
Scalar = str | int | float | bool


class ChangeSpec(StrictModel):
    """What fills an image element: for everybody, or for one target group.

    Attributes:
        template: The SVG file, relative to the campaign's folder.
        select: Which item of the source: selector → key, a literal or text with placeholders.
        texts: Texts with placeholders, which templates read as `content.NAME`.
        values: Fixed values, which templates read as `content.NAME`.
        assets: Pictures by their paths, which templates read as `content.NAME`.
        language: The language of the texts, in which they are set, numbers and dates are written, and with which the
            text alternative is marked; the template's where nothing is said.
        fallback: The image that stands in.
    """

    template: str | None = None
    select: dict[str, str | int] = Field(default_factory=dict)
    texts: dict[str, str] = Field(default_factory=dict)
    values: dict[str, Scalar] = Field(default_factory=dict)
    assets: dict[str, str] = Field(default_factory=dict)
    language: LanguageTag | None = None
    fallback: FallbackSpec | None = None


class VariantSpec(ChangeSpec):
    """`[[elements.NAME.variants]]`: what is otherwise for a target group."""

    group: str


class ElementSpec(ChangeSpec):
    """`[elements.NAME]`, or a container: an image element of a mailing.

    Attributes:
        container: The container whose settings hold where the element says nothing else.
        source: The content source from which it takes an item.
        variants: What is otherwise for target groups, in the order in which they are tried.
        overlap: Whether a recipient of several groups gets the `first` variant, or `all`, one image each.
        outside: What a recipient of no group gets: the `base`, the `fallback` image, or nothing (`skip`).
        output: What is written.
        images: Where its images are in a message, where the mailing says otherwise.
    """

    container: str | None = None
    source: str | None = None
    variants: tuple[VariantSpec, ...] = ()
    overlap: Overlap = "first"
    outside: Outside = "base"
    output: OutputSpec | None = None
    images: Placement | None = None


class MailingChangeSpec(StrictModel):
    """What a message is made of: for everybody, or for one target group.

    Attributes:
        html: The HTML, or MJML, relative to the campaign's folder.
        subject: Text with placeholders.
        sender: `from`: one or several addresses, text with placeholders.
        headers: Further headers by name, texts with placeholders.
        language: BCP 47 tag of the language of its words, in which numbers and dates are written; None for the recipient's.
    """

    html: str | None = None
    subject: str | None = None
    sender: str | None = Field(default=None, alias="from")
    headers: dict[str, str] = Field(default_factory=dict)
    language: str | None = None


class MailingVariantSpec(MailingChangeSpec):
    """`[[mailing.variants]]`: what is otherwise for a target group."""

    group: str


class MailingSpec(MailingChangeSpec):
    """`[mailing]`: the message whose image elements are filled.

    Attributes:
        to: The recipient's address, text with placeholders.
        to_name: The recipient's name, text with placeholders; an empty one is left out.
        reply_to: Where answers go.
        variants: What is otherwise for target groups; the first with the recipient in it counts.
        images: Where the images are: `cid` (parts of the message), `hosted` (behind `base_url`) or `file`.
        base_url: The beginning of the addresses of hosted images.
    """

    to: str = "{{ email }}"
    to_name: str | None = None
    reply_to: str | None = None
    variants: tuple[MailingVariantSpec, ...] = ()
    images: Placement = "cid"
    base_url: str | None = None


class PreflightSpec(StrictModel):
    """`[preflight]`: shares of recipients, from 0 to 1, above which a preflight fails."""

    max_fallback_share: float = Field(default=1.0, ge=0, le=1)
    max_skipped_share: float = Field(default=1.0, ge=0, le=1)
    max_default_share: float = Field(default=1.0, ge=0, le=1)


class CampaignSpec(StrictModel):
    """`inkmerge.toml`.

    Attributes:
        name: The campaign's name.
        fonts: Folders with fonts, searched before the bundled ones.
        assets: Folders, beside the templates' own, from which pictures may come.
        attributes: Types of recipients' attributes, for target groups.
        groups: Target groups: name → expression.
        sources: Content sources by name.
        http: How content is fetched.
        elements: Image elements by name.
        output: What is written where an element does not say.
        fallback: The image that stands in where neither variant, element nor template names one.
        quota: How many images may be made.
        mailing: The message.
        preflight: When a preflight fails.
    """

    name: str
    fonts: tuple[str, ...] = ("fonts",)
    assets: tuple[str, ...] = ("assets",)
    attributes: dict[str, FieldType] = Field(default_factory=dict)
    groups: dict[str, str] = Field(default_factory=dict)
    sources: dict[str, SourceSpec] = Field(default_factory=dict)
    http: HttpSpec = HttpSpec()
    elements: dict[str, ElementSpec] = Field(default_factory=dict)
    output: OutputSpec | None = None
    fallback: FallbackSpec | None = None
    quota: QuotaSpec | None = None
    mailing: MailingSpec | None = None
    preflight: PreflightSpec = PreflightSpec()

    @field_validator("groups", "sources", "elements")
    @classmethod
    def _are_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if _NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no name: letters, digits, - and _")
        return value


def content_path(folder: Path, name: str) -> Path:
    """Return where the imported content of a container, or an image element, is."""
    return folder / "content" / f"{name}.toml"


def is_name(text: str) -> bool:
    """Whether something may be called so."""
    return _NAME.fullmatch(text) is not None


def campaign_schema() -> dict[str, Any]:
    """Return the JSON Schema of `inkmerge.toml`, with which editors complete it."""
    return CampaignSpec.model_json_schema()


def read_campaign(folder: Path) -> CampaignSpec:
    """Read the settings of a campaign.

    Raises:
        CampaignError: There are none, or they hold an unknown key or a wrong value; key and cure are named.
    """
    path = folder / SETTINGS
    if not path.is_file():
        raise CampaignError(
            f"{folder} is no campaign: it has no {SETTINGS}",
            hint="give the campaign's folder, or make one: inkmerge new NAME",
        )
    return _checked(CampaignSpec, read_table(path), path.name)


def read_containers(folder: Path) -> dict[str, ElementSpec]:
    """Read the containers of a campaign, by name.

    Raises:
        CampaignError: One holds an unknown key or a wrong value.
    """
    found = {}
    for path in sorted((folder / "containers").glob("*.toml")):
        if _NAME.fullmatch(path.stem) is None:
            raise CampaignError(
                f"{path.stem!r} is no name of a container",
                location=Location(path.name),
                hint="rename the file: letters, digits, - and _",
            )
        found[path.stem] = _checked(ElementSpec, read_table(path), f"containers/{path.name}")
    return found


def read_profiles(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the test profiles of a campaign: stored recipients, by name.

    Raises:
        CampaignError: One is no table of attributes, or two have one name.
    """
    found: dict[str, dict[str, Any]] = {}
    paths = [*(folder / "profiles").glob("*.toml"), *(folder / "profiles").glob("*.json")]
    for path in sorted(paths):
        if path.stem in found:
            raise CampaignError(
                f"two test profiles have the name {path.stem!r}",
                location=Location(f"profiles/{path.name}"),
                hint="rename one of the files",
            )
        found[path.stem] = read_table(path)
    return found


def read_table(path: Path) -> dict[str, Any]:
    """Read a TOML or JSON file that holds a table.

    Raises:
        CampaignError: It cannot be read, does not parse, or holds something else.
    """
    place = Location(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise CampaignError(f"the file has more than {_LARGEST:,} bytes", location=place)
        text = data.decode("utf-8-sig")
        table = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as fault:
        raise CampaignError(f"the file cannot be read: {fault.strerror}", location=place) from None
    except UnicodeDecodeError:
        raise CampaignError("the file is not UTF-8", location=place, hint="save it as UTF-8") from None
    except (ValueError, RecursionError) as fault:  # both parsers' own errors are ValueErrors
        line = re.search(r"line (\d+)", str(fault))
        raise CampaignError(
            f"the file does not parse: {fault}",
            location=Location(path.name, int(line[1]) if line else None),
        ) from None
    if not isinstance(table, dict):
        raise CampaignError("the file holds no table of names and values", location=place)
    return table


def with_container(own: ElementSpec, container: ElementSpec) -> ElementSpec:
    """Return an element's settings over those of its container: tables are joined, all else is the element's."""
    joined: dict[str, Any] = {}
    for name in ElementSpec.model_fields:
        mine, theirs = getattr(own, name), getattr(container, name)
        is_said = name in own.model_fields_set
        joined[name] = {**theirs, **mine} if isinstance(mine, Mapping) else mine if is_said else theirs
    joined["container"] = None
    return ElementSpec.model_construct(own.model_fields_set | container.model_fields_set, **joined)


def _checked(model: type[Model], table: Mapping[str, Any], name: str) -> Model:
    return validated(model, table, Location(name), CampaignError, GUIDE)
