"""What an audience would get, counted: per image element, per field, per finding; parts of it can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One recipient in whom something shows.

    Attributes:
        recipient: Their id.
        message: What was said of them.
        hint: The cure, when known.
        weight: How bad it is, among others of its kind: the number of characters shown.
    """

    recipient: str
    message: str
    hint: str | None
    weight: int


@dataclass(slots=True)
class FieldTally:
    """How many recipients lack a field's value, and how many get its default."""

    missing: int = 0
    default: int = 0


@dataclass(slots=True)
class ElementTally:
    """What recipients would get for one image element.

    Attributes:
        images: Images asked for: one a recipient, more where several variants are stacked.
        variants: How many would get which variant.
        no_group: Recipients in no target group, where there are variants.
        several_groups: Recipients in several.
        unknown_groups: Recipients of whom it cannot be said, by group.
        fallbacks: Fallback images by the code of their reason.
        skipped: Recipients who would get nothing, by the code of the reason.
        findings: What would be reported of the images, by code.
        examples: The worst recipient for each code.
        fields: Missing and default values by field.
        distinct: Digests of the images that would be drawn.
    """

    images: int = 0
    variants: Counter[str] = field(default_factory=Counter)
    no_group: int = 0
    several_groups: int = 0
    unknown_groups: Counter[str] = field(default_factory=Counter)
    fallbacks: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Example] = field(default_factory=dict)
    fields: dict[str, FieldTally] = field(default_factory=dict)
    distinct: set[bytes] = field(default_factory=set)

    def note(self, code: str, example: Example) -> None:
        """Keep the worst example of a code; of equal ones the first by id, so that the order does not show."""
        known = self.examples.get(code)
        if known is None or (-example.weight, example.recipient) < (-known.weight, known.recipient):
            self.examples[code] = example

    def add(self, other: ElementTally) -> None:
        """Add up two parts of an audience."""
        self.images += other.images
        self.no_group += other.no_group
        self.several_groups += other.several_groups
        for name in ("variants", "unknown_groups", "fallbacks", "skipped", "findings"):
            getattr(self, name).update(getattr(other, name))
        for code, example in other.examples.items():
            self.note(code, example)
        for name, tally in other.fields.items():
            mine = self.fields.setdefault(name, FieldTally())
            mine.missing += tally.missing
            mine.default += tally.default
        self.distinct |= other.distinct


@dataclass(frozen=True, slots=True)
class Forecast:
    """What drawing the images would take, by a sample of them.

    Attributes:
        bytes: Of all distinct images.
        seconds: Of drawing them, on one core.
    """

    bytes: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Preflight:
    """What was found of an audience.

    Attributes:
        campaign: The campaign's name.
        recipients: How many there are.
        duplicates: Recipients whose id another one has.
        invalid_rows: Rows that cannot be used.
        elements: What was counted of each image element.
        forecasts: What drawing each would take.
        over: Thresholds of the campaign that are exceeded, in words.
    """

    campaign: str
    recipients: int = 0
    duplicates: int = 0
    invalid_rows: int = 0
    elements: dict[str, ElementTally] = field(default_factory=dict)
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    over: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether no threshold is exceeded."""
        return not self.over

    def add(self, parts: Iterable[tuple[str, ElementTally]]) -> None:
        """Add up what was counted of some recipients."""
        for name, tally in parts:
            self.elements.setdefault(name, ElementTally()).add(tally)

    def facts(self) -> dict[str, Any]:
        """Return all of it in plain values, for JSON."""
        return {
            "campaign": self.campaign,
            "recipients": self.recipients,
            "duplicates": self.duplicates,
            "invalid_rows": self.invalid_rows,
            "over": list(self.over),
            "elements": {
                name: _facts(tally, self.forecasts.get(name, Forecast()))
                for name, tally in self.elements.items()
            },
        }


def _facts(tally: ElementTally, forecast: Forecast) -> dict[str, Any]:
    return {
        "images": tally.images,
        "distinct": len(tally.distinct),
        "bytes": forecast.bytes,
        "seconds": round(forecast.seconds, 1),
        "variants": dict(sorted(tally.variants.items())),
        "no_group": tally.no_group,
        "several_groups": tally.several_groups,
        "unknown_groups": dict(sorted(tally.unknown_groups.items())),
        "fallbacks": dict(sorted(tally.fallbacks.items())),
        "skipped": dict(sorted(tally.skipped.items())),
        "findings": dict(sorted(tally.findings.items())),
        "fields": {
            name: {"missing": one.missing, "default": one.default}
            for name, one in sorted(tally.fields.items())
        },
        "examples": {
            code: {"recipient": one.recipient, "message": one.message, "hint": one.hint}
            for code, one in sorted(tally.examples.items())
        },
    }
