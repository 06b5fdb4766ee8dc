"""Content: one item of a source, as plain values by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from inkmerge.errors import Finding
from inkmerge.sources.items import Plain


@dataclass(frozen=True, slots=True)
class Content:
    """What a selector picked.

    Attributes:
        fields: Values by content field; None where the item has none.
        origin: The location of the source, as its table has it.
        fetched_at: When the source was fetched, or last known to be the newest.
        key: The selectors that picked it, as texts by name.
        findings: What a person should know, such as that the source is an old copy.
    """

    fields: Mapping[str, Plain]
    origin: str
    fetched_at: datetime
    key: Mapping[str, str]
    findings: tuple[Finding, ...] = field(default=(), compare=False)
