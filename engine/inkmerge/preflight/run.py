"""A campaign + a file of recipients → `Preflight`: what everybody would get, without drawing it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from inkmerge.batch import RecipientFile
from inkmerge.batch.seen import Seen
from inkmerge.campaign import Campaign
from inkmerge.campaign.settings import PreflightSpec
from inkmerge.errors import NOT_IN_GROUP
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.preflight.counting import Row
from inkmerge.preflight.examining import examine
from inkmerge.preflight.forecasting import costs, forecast
from inkmerge.preflight.messages import examine_messages
from inkmerge.preflight.tally import ElementTally, Preflight

_SAMPLE = 200
_CHUNK = 250
"""Rows that are compared with those before them at once."""


def run_preflight(
    folder: Path,
    recipients: RecipientFile,
    *,
    workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    report: Callable[[int], None] = lambda _: None,
) -> Preflight:
    """Look at a whole audience: for each image element, what each recipient would get, and why not.

    All is done that a batch does, but drawing and encoding; equal values are looked at once. A few images of each
    element are drawn, to tell how many bytes and how long all would take.

    Args:
        folder: The campaign's folder.
        recipients: The audience.
        workers: Processes; None for one a core.
        limits: How large things may be.
        report: Is told how many recipients have been looked at.

    Raises:
        InkmergeError: The campaign cannot be opened, or the recipients cannot be read.
    """
    with (
        closing(Campaign.open(folder, limits=limits)) as campaign,
        TemporaryDirectory() as aside,
        Seen(Path(aside) / "seen.sqlite") as seen,
        ThreadPoolExecutor(1) as drawing,
    ):
        found = Preflight(campaign.spec.name, elements={name: ElementTally() for name in campaign.elements})
        rows = _rows(recipients, found, seen)
        sample = list(islice(rows, _SAMPLE))
        drawn = drawing.submit(costs, campaign, sample)  # while the processes count

        def all_rows() -> Iterator[Row]:
            yield from sample
            yield from rows

        names = tuple(campaign.elements)
        start = campaign.folder, limits
        workers = workers or os.cpu_count() or 1
        for parts in examine(all_rows(), names, start, workers, campaign.fetcher):
            for name, tally, digests in parts:
                found.elements[name].add(tally)
                own = names.index(name).to_bytes(2)  # elements may draw the same, and each counts
                found.elements[name].distinct += seen.add_images(own + digest for digest in digests)
            report(found.recipients)
        found.forecasts = forecast(drawn.result(), found.elements)
        if campaign.spec.mailing is not None:
            found.mailing = examine_messages(campaign, recipients, workers, limits)
    found.over = tuple(_over(found, campaign.spec.preflight))
    return found


def _rows(recipients: RecipientFile, found: Preflight, seen: Seen) -> Iterator[Row]:
    """Yield who is looked at; count who is not: rows that cannot be used, and ids that were met before."""
    reading = recipients.recipients()
    while chunk := list(islice(reading, _CHUNK)):
        found.recipients += len(chunk)
        earlier = seen.lines_of([(recipient.id, recipient.line) for recipient in chunk])
        for recipient, line in zip(chunk, earlier, strict=True):
            if line is not None:
                found.duplicates += 1
            elif recipient.fault is not None:
                found.invalid_rows += 1
            else:
                yield recipient.id, dict(recipient.attributes)


def _over(found: Preflight, spec: PreflightSpec) -> Iterator[str]:
    """Say which thresholds of the campaign are exceeded."""
    total = found.recipients or 1
    for name, tally in found.elements.items():
        fell_back = sum(tally.fallbacks.values()) + found.invalid_rows
        skipped = sum(tally.skipped.values()) - tally.skipped[NOT_IN_GROUP] + found.duplicates
        defaults = max((one.default for one in tally.fields.values()), default=0)
        shares = (
            ("fallback images", fell_back, spec.max_fallback_share),
            ("skipped recipients", skipped, spec.max_skipped_share),
            ("default values of one field", defaults, spec.max_default_share),
        )
        for words, count, allowed in shares:
            if count / total > allowed:
                yield f"{name}: {count / total:.1%} {words}, allowed are {allowed:.1%}"
    if found.mailing is not None:
        share = sum(found.mailing.skipped.values()) / total
        if share > spec.max_skipped_share:
            yield f"mailing: {share:.1%} recipients without a message, allowed are {spec.max_skipped_share:.1%}"
