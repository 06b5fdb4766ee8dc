"""Attributes → facts and files: what one process of a batch's pool does."""

from __future__ import annotations

import gc
import os
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from inkmerge.batch.job import Job
from inkmerge.batch.manifest import NOTHING_IS_SENT, Facts, facts_of
from inkmerge.batch.writing import write_aside
from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.child_processes import enter_child
from inkmerge.errors import (
    Finding,
    InkmergeError,
    TemplateError,
)
from inkmerge.loaded import Template


@dataclass(frozen=True, slots=True)
class Images:
    """Where a worker writes its files: `folder` for images, `aside` for those that are not whole yet."""

    folder: Path
    aside: Path


@dataclass(frozen=True, slots=True)
class Start:
    """What a worker starts with.

    Attributes:
        job: What it draws.
        images: Where it writes; None when it hands the files back.
        template: The digest of the template in the output, which may not change while the batch runs.
    """

    job: Job
    images: Images | None
    template: str


@dataclass(slots=True)
class _Held:
    """What a worker keeps between chunks."""

    job: Job
    template: Template | ElementRenderer
    images: Images | None
    fallback: str
    drawn: OrderedDict[str, Facts]
    counts_recipients: bool
    findings: tuple[Finding, ...]


_MOST_DRAWN: Final = 4096
_held: list[_Held] = []
_asked: list[Start] = []


def enter_worker(start: Start) -> None:
    """Limit what the worker may take, and load the template, which the parent has seen to load."""
    enter_child(start.job.limits.memory)
    _asked[:] = [start]
    with suppress(Exception):  # an initializer that raises would be started for ever; `draw` raises it again
        _load(start)


def _load(start: Start) -> None:
    job = start.job
    template = job.load()
    fallback = template.digest(None, **job.output)
    if fallback != start.template:
        raise TemplateError(
            f"{job.template.name}, its sidecar, its pictures or its fonts changed while the batch ran",
            hint="undo the change and run the same command again, or begin anew with --restart",
        )
    findings = template.prepare(**job.output)
    gc.freeze()  # what is there now stays: it need not be looked through again and again
    _held[:] = [
        _Held(job, template, start.images, fallback, OrderedDict(), _counts_recipients(template), findings)
    ]


def _counts_recipients(template: Template | ElementRenderer) -> bool:
    """Tell whether a quota counts each recipient, those with equal values too."""
    return isinstance(template, ElementRenderer) and template.counts_recipients


Outcome = tuple[Facts, bytes | None] | InkmergeError


class Drawn(NamedTuple):
    """What a worker hands back for a chunk: an outcome for each, the seconds they took, and findings of its template."""

    outcomes: list[Outcome]
    seconds: float
    findings: tuple[Finding, ...] = ()


def draw(rows: Sequence[dict[str, Any]]) -> Drawn:
    """Draw one image after another."""
    if not _held:
        try:
            _load(_asked[0])
        except InkmergeError as fault:
            return Drawn([fault for _ in rows], 0.0)
    start = time.perf_counter()
    outcomes = [_outcome(_held[0], attributes) for attributes in rows]
    return Drawn(outcomes, time.perf_counter() - start, _held[0].findings)


def _outcome(held: _Held, attributes: dict[str, Any]) -> Outcome:
    """Draw one image; an error means that the run cannot go on."""
    output = held.job.output
    try:
        digest = held.template.digest(attributes, **output)
    except InkmergeError:
        digest = held.fallback
    if digest in held.drawn and digest != held.fallback and not held.counts_recipients:
        return held.drawn[digest], None
    try:
        image = held.template.render(attributes, **output)
        is_skipped = image.fallback is not None and image.fallback.code in NOTHING_IS_SENT
        name = digest if image.fallback is None else held.job.fallback_digest(held.template, image)
        facts = facts_of(image, name)
        if is_skipped:
            return facts, b""
        if held.images is None:
            return facts, image.data
        path = held.images.folder / facts.file_name
        if image.fallback is None or not path.exists():
            write_aside(path, image.data, held.images.aside / f"{os.getpid()}.part")
    except InkmergeError as fault:
        return fault
    held.drawn[digest] = facts
    if len(held.drawn) > _MOST_DRAWN:
        held.drawn.popitem(last=False)
    return facts, None
