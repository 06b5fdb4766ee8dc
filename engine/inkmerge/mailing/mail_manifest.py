"""What became of each recipient of a mailing: a line each in JSON Lines, in the order of the recipients."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from inkmerge.batch.manifest import line_start, read_lines
from inkmerge.errors import Finding
from inkmerge.fallback import Reason

MAIL_MANIFEST: Final = "mail.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """What became of one recipient.

    Attributes:
        recipient: Their id.
        path: The file that holds their message, relative to the manifest; None when they get none.
        offset: Where in that file the message begins, in bytes; None where it is a file of its own.
        bytes: Bytes of the message there.
        digest: SHA-256 of the message as it is sent, with CRLF, hexadecimal; None when there is none.
        skipped: Code and message of the reason why there is no message, or None.
        findings: Codes of what was reported, each once.
    """

    recipient: str
    path: str | None
    offset: int | None
    bytes: int
    digest: str | None
    skipped: dict[str, str] | None
    findings: list[str]

    def text(self) -> str:
        """Return the line."""
        rest = {name: getattr(self, name) for name in _BEHIND}
        return line_start(self.recipient) + json.dumps(rest, ensure_ascii=False)[1:] + "\n"


_BEHIND: Final = tuple(field.name for field in fields(MailLine) if field.name != "recipient")


def skipped_line(recipient: str, reason: Reason, findings: Sequence[Finding]) -> MailLine:
    """Return the line of a recipient who gets no message."""
    return MailLine(
        recipient=recipient,
        path=None,
        offset=None,
        bytes=0,
        digest=None,
        skipped={"code": reason.code, "message": reason.message},
        findings=codes_of(findings),
    )


def codes_of(findings: Sequence[Finding]) -> list[str]:
    """Return the codes of findings, each once, in their order."""
    return list(dict.fromkeys(finding.code for finding in findings))


def read_mail_manifest(path: Path) -> Iterator[MailLine]:
    """Yield the lines of a manifest.

    Raises:
        DataError: A line is none.
    """
    return read_lines(path, MailLine)
