"""Attributes → facts and files: what one process of a batch's pool does."""

from __future__ import annotations

import gc
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from inkmerge.batch.job import Job
from inkmerge.batch.manifest import NOTHING_IS_SENT, Facts, facts_of
from inkmerge.batch.writing import write_aside
from inkmerge.campaign.renderer import ElementRenderer, Order
from inkmerge.child_processes import enter_child
from inkmerge.errors import (
    Finding,
    InkmergeError,
    TemplateError,
)
from inkmerge.image import RenderedImage
from inkmerge.loaded import Template
from inkmerge.sources import Outcome as Fetching
from inkmerge.sources import Unfetched


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

    def has(self, digest: str | None) -> bool:
        """Whether an image was drawn lately, and need be neither counted nor drawn again."""
        return digest in self.drawn and not self.counts_recipients

    def keep(self, digest: str, facts: Facts) -> None:
        """Keep what is known of an image."""
        self.drawn[digest] = facts
        if len(self.drawn) > _MOST_DRAWN:
            self.drawn.popitem(last=False)


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


Outcome = tuple[Facts, bytes | None] | InkmergeError | Unfetched
"""What became of a row: an image, an error with which the run cannot go on, or what has to be fetched first."""


class Drawn(NamedTuple):
    """What a worker hands back for a chunk: an outcome for each, the seconds they took, and findings of its template."""

    outcomes: list[Outcome]
    seconds: float
    findings: tuple[Finding, ...] = ()


def draw(rows: Sequence[dict[str, Any]], fetched: Mapping[str, Fetching]) -> Drawn:
    """Draw one image after another.

    Args:
        rows: Attributes.
        fetched: What was fetched for them, by the keys of requests.
    """
    if not _held:
        try:
            _load(_asked[0])
        except InkmergeError as fault:
            return Drawn([fault for _ in rows], 0.0)
    start = time.perf_counter()
    held = _held[0]
    if isinstance(held.template, ElementRenderer):
        held.template.fetcher.settle(fetched)
        outcomes = _of_element(held, held.template, rows)
    else:
        outcomes = [_of_template(held, held.template, attributes) for attributes in rows]
    return Drawn(outcomes, time.perf_counter() - start, held.findings)


def _of_template(held: _Held, template: Template, attributes: dict[str, Any]) -> Outcome:
    output = held.job.output
    try:
        digest = template.digest(attributes, **output)
    except InkmergeError:
        digest = None
    return _outcome(held, digest, partial(template.render, attributes, **output))


def _of_element(held: _Held, element: ElementRenderer, rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Choose all, then count what is to be drawn for the quota, then draw."""
    asked = [_ordered(held, element, attributes) for attributes in rows]
    try:
        counted = iter(element.count([one for one in asked if isinstance(one, Order)]))
    except InkmergeError as fault:  # nobody knows what is left of the quota
        return [fault if isinstance(one, Order) else one for one in asked]
    output = held.job.output
    return [
        _outcome(held, one.digest, partial(element.draw, next(counted), **output))
        if isinstance(one, Order)
        else one
        for one in asked
    ]


def _ordered(held: _Held, element: ElementRenderer, attributes: dict[str, Any]) -> Order | Outcome:
    """Return the order of an image, or what becomes of it where it need not be drawn, or cannot be yet."""
    try:
        order = element.order(attributes, **held.job.output)
    except Unfetched as fault:
        return fault
    return (held.drawn[str(order.digest)], None) if held.has(order.digest) else order


def _outcome(held: _Held, digest: str | None, draw_one: Callable[[], RenderedImage]) -> Outcome:
    """Draw one image, unless it was drawn lately."""
    if held.has(digest):
        return held.drawn[str(digest)], None
    try:
        image = draw_one()
        is_skipped = image.fallback is not None and image.fallback.code in NOTHING_IS_SENT
        is_own = image.fallback is None
        name = (digest or held.fallback) if is_own else held.job.fallback_digest(held.template, image)
        facts = facts_of(image, name)
        if is_skipped:
            return facts, b""
        if held.images is None:
            return facts, image.data
        path = held.images.folder / facts.file_name
        if is_own or not path.exists():
            write_aside(path, image.data, held.images.aside / f"{os.getpid()}.part")
    except (InkmergeError, Unfetched) as fault:
        return fault
    if digest is not None:
        held.keep(digest, facts)
    return facts, None
