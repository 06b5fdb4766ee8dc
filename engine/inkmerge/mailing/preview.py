"""A mailing + a test profile → `MailingPreview`: the message, its weight, what there is to say of it, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inkmerge.errors import Finding, InkmergeError
from inkmerge.mailing.composing import message_bytes
from inkmerge.mailing.mailing import FilledMailing, Mailing

Check = Callable[[FilledMailing, bytes], Iterable[Finding]]
"""What looks at a message before it is sent, filled and as it is sent."""


@dataclass(frozen=True, slots=True)
class MailingPreview:
    """What a test profile gets.

    Attributes:
        profile: The test profile's name.
        filled: The message before it is written; None where there is none.
        weight: Bytes of the message as it is sent.
        findings: What there is to say of it.
        absence: Why there is none.
    """

    profile: str
    filled: FilledMailing | None
    weight: int
    findings: tuple[Finding, ...]
    absence: Finding | None = None

    @property
    def has_fallback(self) -> bool:
        """Whether there is no message, or a fallback image in it."""
        return self.filled is None or any(one.named.image.fallback for one in self.filled.images)


def mailing_preview(
    mailing: Mailing, profile: str, recipient: Mapping[str, Any], check: Check
) -> MailingPreview:
    """Return what a test profile gets.

    Args:
        mailing: The mailing.
        profile: The test profile's name.
        recipient: Its attributes.
        check: What looks at the message.
    """
    try:
        filled = mailing.fill(recipient)
        data = message_bytes(filled.message())
    except InkmergeError as fault:
        return MailingPreview(profile, None, 0, (), fault.finding())
    findings = dict.fromkeys((*filled.findings, *check(filled, data)))
    return MailingPreview(profile, filled, len(data), tuple(findings))
