"""A job, recipients and a place → images and a manifest; begun anew, or gone on with."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from inkmerge.batch.claim import SHEET, Campaign, Claim, lines_path
from inkmerge.batch.job import Delivery, Job
from inkmerge.batch.manifest import MANIFEST, PARQUET_MANIFEST, ManifestFile, write_parquet_manifest
from inkmerge.batch.parquet_tables import require_parquet
from inkmerge.batch.pool import WorkerPool
from inkmerge.batch.progress import Progress
from inkmerge.batch.recipient_queue import RecipientQueue
from inkmerge.batch.recipients import RecipientFile
from inkmerge.batch.seen import Seen
from inkmerge.batch.stores import IMAGES, TAR, open_store
from inkmerge.batch.workers import Start
from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.errors import DataError, InkmergeError, Location
from inkmerge.isolated import IsolatedTemplate

_FILES: Final = (MANIFEST, PARQUET_MANIFEST, TAR, IMAGES, SHEET)


def run_batch(
    job: Job,
    recipients: RecipientFile,
    delivery: Delivery,
    report: Callable[[Progress], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Progress:
    """Give every recipient an image, and write the manifest; go on with what an earlier run of the same has begun.

    Equal values are drawn once. However and whenever a run ends, the manifest holds whole lines for the first of the
    recipients, whose images are there; the same call then goes on behind them.

    Args:
        job: What is drawn.
        recipients: For whom.
        delivery: Where to.
        report: Is told how far it is: first when it goes on behind an earlier run, then several times a second.
        is_stopped: Whether to end early, asked several times a second.

    Raises:
        DataError: The recipients cannot be read, or the folder cannot be written or belongs to another batch.
        InkmergeError: The template cannot be drawn at all, or a field that says `missing = "fail"` is missing.
    """
    if "parquet" in {delivery.store, delivery.manifest}:
        require_parquet()
    with ExitStack() as stack:
        template = job.open()
        stack.callback(template.close)
        progress = Progress(recipients.rows, missing_columns=_missing_columns(template, recipients))
        campaign = _campaign(job, template, recipients, delivery)
        claim = stack.enter_context(
            Claim(delivery.folder, campaign, _FILES, is_restarted=delivery.is_restarted)
        )
        seen = stack.enter_context(Seen(claim.state / "seen.sqlite"))
        manifest = ManifestFile(lines_path(delivery))
        stack.callback(manifest.close)
        store, images = open_store(delivery, seen, claim.aside)
        stack.callback(store.close)
        start = Start(job, images, campaign.template)
        fetcher = template.fetcher if isinstance(template, ElementRenderer) else None
        workers = stack.enter_context(WorkerPool(start, delivery.workers or os.cpu_count() or 1, fetcher))
        queue = RecipientQueue(job, template, store, manifest, seen, workers, progress, report)
        try:
            queue.give(recipients.recipients(), is_stopped)
        except InkmergeError:
            _conclude(queue, delivery)
            raise
        # What else may be raised, such as KeyboardInterrupt, was raised anywhere, and what is written is valid as it is.
        _conclude(queue, delivery)
        return progress


def _conclude(queue: RecipientQueue, delivery: Delivery) -> None:
    queue.commit()
    if delivery.manifest == "parquet":
        write_parquet_manifest(lines_path(delivery), delivery.folder / PARQUET_MANIFEST)


def _campaign(
    job: Job, template: IsolatedTemplate | ElementRenderer, recipients: RecipientFile, delivery: Delivery
) -> Campaign:
    options = {
        "--dpi": job.dpi,
        "--width": job.width,
        "--format": job.format,
        "--store": delivery.store,
        "--manifest": delivery.manifest,
        "--element": job.element,
        "variant": job.variant,
        "--rasterizer": job.rasterizer,
        "--encoding": recipients.encoding,
    }
    return Campaign(template.digest(None, **job.output), recipients.digest, options)


def _missing_columns(
    template: IsolatedTemplate | ElementRenderer, recipients: RecipientFile
) -> tuple[str, ...]:
    """Return the fields that every recipient lacks, for want of a column.

    Raises:
        DataError: No column is a field, though the template needs one: a header is missing, or the file is another.
    """
    columns = recipients.columns()
    if columns is None:
        return ()
    names = {field.name.split(".")[0] for field in template.fields}
    needed = [field.name for field in template.fields if field.is_required]
    if needed and not names & {"", *columns}:
        shown = ", ".join(repr(name[:40]) for name in columns[:8])
        raise DataError(
            f"no column is a field of {template.name}, which needs `{needed[0]}`; the first line has {shown}",
            location=Location(recipients.path.name, 1),
            hint=f"rename the column {like!r}"
            if (like := recipients.column_like(needed[0]))
            else "name the columns in the first line as the fields are named",
        )
    return tuple(name for name in needed if name.split(".")[0] not in {*columns, "recipient"})
