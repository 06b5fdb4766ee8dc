"""What an audience would get, counted: per image element, per field, per finding; parts of it can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from inkmerge.errors import Finding, InkmergeError


@dataclass(frozen=True, slots=True)
class Example:
    """One recipient in whom something shows.

    Attributes:
        recipient: Their id.
        message: What was said of them.
        hint: The cure, when known.
        weight: How bad it is, among others of its code; see `Finding.weight`.
    """

    recipient: str
    message: str
    hint: str | None
    weight: float

    def is_worse_than(self, other: Example) -> bool:
        """Tell which of two is to be shown; of equal ones the first by id, so that the order does not show."""
        return (-self.weight, self.recipient) < (-other.weight, other.recipient)


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
        distinct: How many distinct images would be drawn.
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
    distinct: int = 0

    def note(self, said: Finding | InkmergeError, recipient: str, weight: float) -> None:
        """Keep the worst example of a code."""
        self._keep(said.code, Example(recipient, said.message, said.hint, weight))

    def _keep(self, code: str, example: Example) -> None:
        known = self.examples.get(code)
        if known is None or example.is_worse_than(known):
            self.examples[code] = example

    def add(self, other: ElementTally) -> None:
        """Add up two parts of an audience, in which no image is the same."""
        self.images += other.images
        self.no_group += other.no_group
        self.several_groups += other.several_groups
        for name in ("variants", "unknown_groups", "fallbacks", "skipped", "findings"):
            getattr(self, name).update(getattr(other, name))
        for code, example in other.examples.items():
            self._keep(code, example)
        for name, tally in other.fields.items():
            mine = self.fields.setdefault(name, FieldTally())
            mine.missing += tally.missing
            mine.default += tally.default
        self.distinct += other.distinct


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
class MailingTally:
    """What recipients would get of a mailing.

    Attributes:
        messages: Recipients who would get one.
        skipped: Those who would not, by the code of the reason.
        checked: Messages that were composed and checked: a sample.
        findings: In how many of these something was found, by code.
        examples: A recipient for each code.
    """

    messages: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    checked: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Example] = field(default_factory=dict)

    def add(self, other: MailingTally) -> None:
        """Add up two parts of an audience."""
        self.messages += other.messages
        self.skipped.update(other.skipped)
        self.checked += other.checked
        self.findings.update(other.findings)
        for code, example in other.examples.items():
            self.examples.setdefault(code, example)

    def skip(self, recipient: str, fault: InkmergeError) -> None:
        """Count who gets no message."""
        self.skipped[fault.code] += 1
        self._note(recipient, fault)

    def check(self, recipient: str, findings: Iterable[Finding]) -> None:
        """Count what was found in a message."""
        self.checked += 1
        for finding in {one.code: one for one in findings}.values():
            self.findings[finding.code] += 1
            self._note(recipient, finding)

    def _note(self, recipient: str, said: InkmergeError | Finding) -> None:
        self.examples.setdefault(said.code, Example(recipient, said.message, said.hint, 0))

    def facts(self) -> dict[str, Any]:
        """Return all of it in plain values, for JSON."""
        return {
            "messages": self.messages,
            "skipped": dict(sorted(self.skipped.items())),
            "checked": self.checked,
            "findings": dict(sorted(self.findings.items())),
            "examples": {
                code: {"recipient": one.recipient, "message": one.message, "hint": one.hint}
                for code, one in sorted(self.examples.items())
            },
        }


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
        mailing: What recipients would get of the mailing, where the campaign has one.
        over: Thresholds of the campaign that are exceeded, in words.
    """

    campaign: str
    recipients: int = 0
    duplicates: int = 0
    invalid_rows: int = 0
    elements: dict[str, ElementTally] = field(default_factory=dict)
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    mailing: MailingTally | None = None
    over: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether no threshold is exceeded."""
        return not self.over

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
            "mailing": None if self.mailing is None else self.mailing.facts(),
        }


def _facts(tally: ElementTally, forecast: Forecast) -> dict[str, Any]:
    return {
        "images": tally.images,
        "distinct": tally.distinct,
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
