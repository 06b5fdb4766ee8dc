"""How far a batch is, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from inkmerge.batch.manifest import NOTHING_IS_SENT
from inkmerge.errors import NOT_IN_GROUP, Finding


@dataclass(slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        total: About how many recipients there are.
        done: Recipients in the manifest.
        settled: Recipients of whom it is known what they get: those, and those whose lines wait to be written.
        resumed: How many of them an earlier run had done.
        distinct: Images kept.
        fallbacks: Recipients with the fallback image, by the code of the reason.
        skipped: Recipients who get nothing, by the code of the reason.
        is_finished: Whether all recipients are in the manifest.
        missing_columns: Fields that every recipient lacks, for want of a column.
        findings: What there is to say about the template and this output, such as that it cannot be planned.
    """

    total: int
    done: int = 0
    settled: int = 0
    resumed: int = 0
    distinct: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    is_finished: bool = False
    missing_columns: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether every recipient got an image of their own, but for those whom target groups leave out."""
        return not self.fallbacks and not self.skipped.keys() - {NOT_IN_GROUP}

    def count(self, reason: str | None) -> None:
        """Count one recipient: the code of the reason why they did not get an image of their own, or None."""
        self.done += 1
        if reason is not None:
            (self.skipped if reason in NOTHING_IS_SENT else self.fallbacks)[reason] += 1
