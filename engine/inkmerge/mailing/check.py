"""A composed message → findings: what recipients miss, what clients cut, and what keeps it from being read.

One module for each thing that is looked at: `check_images` (text alternatives, sizes, addresses), `check_images_off`
(what is left without images, and what only images say), `check_contrast` (dark mode), `check_markup` (weight, what
clients ignore, placeholders), `check_links`, `check_language`. They share one reading of the page, `check_reading`; the bytes
of the message are read once more as SpamAssassin reads them, by `spam_rules`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from inkmerge.errors import Finding
from inkmerge.mailing.check_contrast import check_contrast
from inkmerge.mailing.check_images import check_images
from inkmerge.mailing.check_images_off import check_images_off, check_shown_texts
from inkmerge.mailing.check_language import check_language
from inkmerge.mailing.check_links import check_links, check_unsubscribing
from inkmerge.mailing.check_markup import check_markup, check_placeholders, check_weight
from inkmerge.mailing.check_reading import read_page
from inkmerge.mailing.mailing import FilledMailing
from inkmerge.mailing.spam_rules import spam_findings

_MOST: Final = 20
"""Findings of one code: a page may have thousands of images."""


def check_mailing(filled: FilledMailing, data: bytes) -> tuple[Finding, ...]:
    """Return what is wrong with a message; lines are those of the HTML as it is sent.

    Errors: recipients lose something, and the message should not be sent so. Warnings: a person should look.
    What was found while its images were made is not repeated.

    Args:
        filled: What a recipient gets.
        data: The same as it is sent: `message_bytes(filled.message())`.
    """
    page = read_page(filled.html, filled.images)
    hosted = sum(len(one.named.image.data) for one in filled.images if one.content_id is None)
    found = (
        *check_images(page, filled.images),
        *check_images_off(page),
        *check_shown_texts(page),
        *check_contrast(page),
        *check_weight(page, len(data), hosted),
        *check_placeholders(page.html, filled.headers),
        *check_markup(page),
        *check_links(page),
        *check_unsubscribing(page, filled.headers),
        *check_language(page),
        *spam_findings(data),
    )
    return tuple(_bounded(found))


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield each finding once, and of a code as many as can be read; the last one says how many there are."""
    found = list(dict.fromkeys(findings))
    totals = Counter(one.code for one in found)
    counts: Counter[str] = Counter()
    for one in found:
        counts[one.code] += 1
        if counts[one.code] < _MOST or totals[one.code] == _MOST:
            yield one
        elif counts[one.code] == _MOST:
            more = totals[one.code] - _MOST
            yield replace(one, message=f"{one.message} (and {more:,} more of this kind)")
