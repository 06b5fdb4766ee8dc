"""Recipients → what they would get, counted: what one process of a preflight does; nothing is drawn."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from inkmerge.batch.job import Selection, key_of
from inkmerge.batch.manifest import NOTHING_IS_SENT
from inkmerge.campaign import Campaign, Choice, Element, origin_of
from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.child_chunks import Opened, Told, once_fetched
from inkmerge.errors import Finding, InkmergeError, MissingValue
from inkmerge.examination import Examination
from inkmerge.limits import Limits
from inkmerge.loaded import Template
from inkmerge.preflight.tally import ElementTally, FieldTally
from inkmerge.sources import Unfetched

_MOST_OUTCOMES: Final = 4_096
"""Outcomes of an element that are kept: a kilobyte or two each."""
_DIGEST_BYTES: Final = 16
_OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000
"""Hardly anything here is in rings, and an image takes some hundred objects."""

NOTHING: Final[Told] = {}
Row = tuple[str, dict[str, Any]]
"""Id and attributes of a recipient."""


class Counted(NamedTuple):
    """What was counted of some recipients for one image element.

    Attributes:
        element: Its name.
        tally: The counts, but for those of distinct images.
        digests: What names the images that would be drawn.
    """

    element: str
    tally: ElementTally
    digests: frozenset[bytes]


class _Image(NamedTuple):
    """What becomes of one image.

    Attributes:
        variant: The variant's name.
        digest: What names it; None where the recipient gets the fallback image, or nothing.
        fault: Why not.
        findings: What was found.
        default: Fields that get their default.
        missing: Fields that have neither a value nor a default.
    """

    variant: str
    digest: bytes | None
    fault: InkmergeError | None
    findings: tuple[Finding, ...]
    default: tuple[str, ...]
    missing: tuple[str, ...]


class _Outcome(NamedTuple):
    """What all recipients with the same attributes get for one image element.

    Attributes:
        images: The images.
        groups: How many target groups they are in; None for an element without variants.
        unknown: The groups of which it cannot be said.
        findings: Why not.
    """

    images: tuple[_Image, ...]
    groups: int | None
    unknown: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Held:
    """An image element, and what came of those recipients who were looked at last."""

    element: Element
    selection: Selection
    outcomes: OrderedDict[object, _Outcome] = field(default_factory=OrderedDict)


def _open(start: tuple[Path, Limits]) -> tuple[Campaign, Mapping[str, _Held]]:
    folder, limits = start
    campaign = Campaign.open(folder, limits=limits, is_online=False)
    held = {
        name: _Held(element, Selection.of(ElementRenderer(campaign, name, None).fields))
        for name, element in campaign.elements.items()
    }
    gc.freeze()  # what is there now stays: it need not be looked through again and again
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    return campaign, held


opened: Final[Opened[tuple[Path, Limits], tuple[Campaign, Mapping[str, _Held]]]] = Opened(_open)
"""The campaign whose recipients are counted."""


def enter_counting(folder: Path, limits: Limits) -> None:
    """Limit what the process may take, and open the campaign, which the parent has seen to open."""
    opened.enter((folder, limits), limits.memory)


def count(
    rows: Sequence[Row], elements: Sequence[str] | None = None, told: Told = NOTHING
) -> list[Counted] | Unfetched:
    """Count what recipients would get, or return what has to be fetched before.

    Args:
        rows: The recipients.
        elements: For which image elements; None for all.
        told: What was fetched for them.

    Raises:
        InkmergeError: The campaign cannot be opened.
    """
    campaign, held = opened.get()
    return once_fetched(
        campaign.fetcher,
        told,
        lambda: campaign.lacking(attributes for _, attributes in rows),
        lambda: [_count(campaign, held[name], rows) for name in elements or held],
    )


def _count(campaign: Campaign, held: _Held, rows: Sequence[Row]) -> Counted:
    tally = ElementTally()
    digests: set[bytes] = set()
    outcomes = _outcomes(campaign, held, [held.selection.attributes(attributes) for _, attributes in rows])
    for (identifier, _), outcome in zip(rows, outcomes, strict=True):
        _add(outcome, identifier, tally)
        digests.update(image.digest for image in outcome.images if image.digest is not None)
    return Counted(held.element.name, tally, frozenset(digests))


def _outcomes(campaign: Campaign, held: _Held, rows: Sequence[Mapping[str, Any]]) -> list[_Outcome]:
    """Find out what becomes of attributes; the same ones are looked at once, as in a batch."""
    keys = list(map(_key, rows))
    found = {key: known for key in keys if (known := held.outcomes.get(key)) is not None}
    fresh = {key: attributes for key, attributes in zip(keys, rows, strict=True) if key not in found}
    choices = [campaign.choose(held.element, attributes) for attributes in fresh.values()]
    images = iter(_images([one for each in choices for one in each.drawn]))
    for key, each in zip(fresh, choices, strict=True):
        own = tuple(islice(images, len(each.drawn)))
        groups = len(each.groups) if held.element.variants else None
        found[key] = held.outcomes[key] = _Outcome(own, groups, each.unknown, each.findings)
    for key in found:
        held.outcomes.move_to_end(key)
    while len(held.outcomes) > _MOST_OUTCOMES:
        held.outcomes.popitem(last=False)
    return [found[key] for key in keys]


def _key(attributes: Mapping[str, Any]) -> object:
    """Return what is equal for equal attributes, and for no others."""
    if all(value.__class__ is str for value in attributes.values()):
        return tuple(attributes.items())
    return key_of(attributes)[0]  # 1, 1.0 and yes are not the same


def _images(choices: Sequence[Choice]) -> list[_Image]:
    """Find out what becomes of images, those of one template together."""
    found: dict[int, _Image] = {}
    by_template: dict[Template, list[int]] = {}
    for place, choice in enumerate(choices):
        if choice.fault is None:
            by_template.setdefault(choice.template, []).append(place)
        else:  # nothing is filled
            found[place] = _Image(choice.variant, None, copy(choice.fault), choice.findings, (), ())
    for template, places in by_template.items():
        examined = template.examine_all([choices[place].attributes for place in places])
        for place, examination in zip(places, examined, strict=True):
            found[place] = _image(choices[place], examination)
    return [found[place] for place in range(len(choices))]


def _image(choice: Choice, examined: Examination | InkmergeError) -> _Image:
    if isinstance(examined, InkmergeError):
        origins = {one.name: origin_of(one.name, choice) for one in choice.template.fields}
        absent = tuple(name for name, origin in origins.items() if origin in {"default", "missing"})
        return _Image(choice.variant, None, examined, choice.findings, *_lacking(choice, absent))
    digest = bytes.fromhex(examined.digest)[:_DIGEST_BYTES]
    lacking = _lacking(choice, examined.absent)
    return _Image(choice.variant, digest, None, choice.findings + examined.findings, *lacking)


def _lacking(choice: Choice, absent: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of the absent fields have a default, and which are missing."""
    if not absent:
        return (), ()
    fields = [one for one in choice.template.fields if one.name in absent]
    default = tuple(one.name for one in fields if one.has_default)
    return default, tuple(one.name for one in fields if not one.has_default)


def _add(outcome: _Outcome, identifier: str, tally: ElementTally) -> None:
    """Count one recipient."""
    if outcome.groups is not None:
        tally.no_group += not outcome.groups
        tally.several_groups += outcome.groups > 1
        tally.unknown_groups.update(outcome.unknown)
    for finding in outcome.findings:
        tally.findings[finding.code] += 1
        tally.note(finding, identifier, finding.weight)
    for image in outcome.images:
        fault = image.fault
        if fault is not None and fault.code in NOTHING_IS_SENT:
            tally.skipped[fault.code] += 1
            tally.note(fault, identifier, _weight(fault, image))
            continue
        tally.images += 1
        tally.variants[image.variant] += 1
        for name in image.default:
            tally.fields.setdefault(name, FieldTally()).default += 1
        for name in image.missing:
            tally.fields.setdefault(name, FieldTally()).missing += 1
        for finding in image.findings:
            tally.findings[finding.code] += 1
            tally.note(finding, identifier, finding.weight)
        if fault is not None:
            tally.fallbacks[fault.code] += 1
            tally.note(fault, identifier, _weight(fault, image))


def _weight(fault: InkmergeError, image: _Image) -> float:
    """Return how bad a fault is among others of its code: who lacks most is worst, though the first field is told."""
    return float(len(image.missing)) if isinstance(fault, MissingValue) else fault.weight
