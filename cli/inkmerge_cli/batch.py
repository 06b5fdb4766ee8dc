"""`inkmerge batch`: one template, many recipients, their images with a manifest."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from inkmerge import Finding, InkmergeError, Severity
from inkmerge.batch import (
    MANIFEST,
    PARQUET_MANIFEST,
    Delivery,
    Job,
    Progress,
    RecipientFile,
    run_batch,
    write_contact_sheet,
)
from inkmerge.campaign import Campaign
from inkmerge.campaign.settings import SETTINGS
from inkmerge.child_processes import shield_children
from inkmerge_cli.console import error_console, report, write_data
from inkmerge_cli.interruption import SIGNALLED, gathered
from inkmerge_cli.options import (
    AsJson,
    AssetDirs,
    Dpi,
    Encoding,
    FontDirs,
    FormatOption,
    RasterizerName,
    RasterizerOption,
    Restart,
    Width,
    require_one_size,
)

_FELL_BACK = 3
_EVENT_SECONDS = 0.5


class StoreChoice(StrEnum):
    """Where images go."""

    FOLDER = "folder"
    TAR = "tar"
    PARQUET = "parquet"


class ManifestChoice(StrEnum):
    """The form of the manifest."""

    JSONL = "jsonl"
    PARQUET = "parquet"


def batch(
    template: Annotated[
        Path,
        typer.Argument(
            metavar="TEMPLATE|CAMPAIGN", help="The SVG template, or a campaign's folder.", show_default=False
        ),
    ],
    recipients: Annotated[
        Path,
        typer.Argument(
            metavar="RECIPIENTS", help="CSV, JSON Lines or Parquet, a recipient a row.", show_default=False
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="The folder.", show_default=False)
    ],
    dpi: Dpi = None,
    width: Width = None,
    format: FormatOption = None,  # noqa: A002  the option's name
    store: Annotated[
        StoreChoice,
        typer.Option("--store", help="A file an image, images.tar, or Parquet tables with an image column."),
    ] = StoreChoice.FOLDER,
    manifest: Annotated[
        ManifestChoice, typer.Option("--manifest", help="The form of the manifest.")
    ] = ManifestChoice.JSONL,
    encoding: Encoding = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes that draw. Default: one a core.")
    ] = None,
    restart: Restart = False,
    element: Annotated[
        list[str] | None,
        typer.Option("--element", metavar="NAME", help="Of a campaign, only this image element. Repeatable."),
    ] = None,
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
    rasterizer: RasterizerOption = RasterizerName.AUTO,
    as_json: AsJson = False,
) -> None:
    """Render every recipient's image, equal ones once; the same command again goes on where it stopped.

    Of a campaign, each image element gets a folder of its own in DIR, and, where recipients may get several images,
    each variant one in that. Exit code 3 when some got the fallback image or nothing.
    """
    require_one_size(dpi, width)
    if output.suffix in {".tar", ".parquet"} and not output.is_dir():
        raise typer.BadParameter(f"-o names a folder; write -o {output.stem} --store {output.suffix[1:]}")
    job = Job(
        template,
        tuple(font_dir or ()),
        tuple(asset_dir or ()),
        rasterizer=rasterizer.value,
        dpi=dpi,
        width=width,
        format=format.value if format else None,
    )
    delivery = Delivery(output, store.value, manifest.value, workers, restart)
    is_campaign = template.is_dir() or template.name == SETTINGS
    if is_campaign and (font_dir or asset_dir or rasterizer is not RasterizerName.AUTO):
        raise typer.BadParameter("a campaign says itself where its fonts and pictures are, in inkmerge.toml")
    if element and not is_campaign:
        raise typer.BadParameter("--element is of a campaign; give its folder")
    parts = _parts(job, delivery, element) if is_campaign else [(template.stem, job, delivery)]
    source = RecipientFile.open(recipients, encoding)
    shield_children()
    are_clean = True
    for title, part, folder in parts:
        with ExitStack() as stack:
            bar = stack.enter_context(_bar(title, source.rows, is_shown=not as_json))
            view = _View(bar, title if is_campaign else None, as_json, stack)
            done = run_batch(part, source, folder, view.show, lambda: bool(view.received))  # noqa: B023  it is called before the next
            bar.stop()
            sheet = _sheet(title, folder, done)
            _conclude(done, folder, source, view)
        if sheet is not None:
            report(sheet)
        if not done.is_finished:
            raise typer.Exit(SIGNALLED + view.received[0])
        are_clean = are_clean and done.is_clean
    if not are_clean:
        raise typer.Exit(_FELL_BACK)


def _parts(job: Job, delivery: Delivery, names: list[str] | None) -> list[tuple[str, Job, Delivery]]:
    """Return what of a campaign is drawn into folders of their own: image elements, or each of their variants."""
    campaign = Campaign.open(job.template)
    try:
        elements = [campaign.element(name) for name in names or campaign.elements]
    finally:
        campaign.close()
    found = []
    for one in elements:
        for piece in one.pieces:
            path = Path(one.name) if piece is None else Path(one.name) / piece
            part = replace(job, element=one.name, variant=piece)
            found.append((str(path), part, replace(delivery, folder=delivery.folder / path)))
    return found


def _sheet(title: str, delivery: Delivery, done: Progress) -> Finding | None:
    """Write the contact sheet, which decides over nothing: the batch is done."""
    try:
        write_contact_sheet(title, delivery, done)
    except Exception as fault:  # noqa: BLE001  as above
        message = fault.message if isinstance(fault, InkmergeError) else f"{type(fault).__name__}: {fault}"
        return Finding("output-unusable", Severity.WARNING, f"there is no contact sheet: {message}")
    return None


def _bar(name: str, total: int, *, is_shown: bool) -> ProgressBar:
    console = error_console()
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(
            "{task.fields[rate]}/s, {task.fields[distinct]} images, {task.fields[fallbacks]} fallbacks"
        ),
        TimeRemainingColumn(),
    )
    bar = ProgressBar(
        *columns, console=console, transient=True, disable=not (is_shown and console.is_terminal)
    )
    bar.add_task(name, total=total, rate=0, distinct=0, fallbacks=0)
    return bar


@dataclass(slots=True)
class _View:
    """Shows progress: a bar for people, an event a line for programs."""

    bar: ProgressBar
    element: str | None
    as_json: bool
    stack: ExitStack
    received: list[int] = field(default_factory=list)
    _start: tuple[float, int] = (0.0, 0)
    _first: tuple[float, int] | None = None
    _shown: float = 0.0
    _is_started: bool = False
    _is_any_written: bool = False

    def show(self, progress: Progress) -> None:
        """Show how far it is: at first, with the first that are settled and written, and then twice a second."""
        if not self._is_started:
            self._is_started = True
            # until here a signal ends the program at once: nothing was begun that it could finish
            self._start = time.monotonic(), progress.resumed
            self.received = self.stack.enter_context(gathered())
            self.event("start", {"total": progress.total, "resumed": progress.resumed})
            return
        now = time.monotonic()
        is_first_written = not self._is_any_written and progress.done > progress.resumed
        is_due = now - self._shown >= _EVENT_SECONDS and progress.settled > progress.resumed
        if not (is_first_written or is_due):
            return
        self._shown = now
        self._is_any_written = progress.done > progress.resumed
        if self._first is None:  # the start of the processes counts for no rate
            self._first = now, progress.settled
        rate = self.rate(progress)
        self.bar.update(
            self.bar.task_ids[0],
            total=progress.total,
            completed=progress.settled,
            rate=round(rate),
            distinct=progress.distinct,
            fallbacks=sum(progress.fallbacks.values()),
        )
        left = max(0, progress.total - progress.settled) / rate if rate else None
        self.event("progress", _counts(progress) | {"rate": round(rate, 1), "seconds_left": left})

    def event(self, name: str, facts: dict[str, Any]) -> None:
        """Print an event for programs."""
        if self.as_json:
            of = {} if self.element is None else {"element": self.element}
            text = json.dumps({"event": name, **of, **facts}, ensure_ascii=False)
            write_data(text.encode("utf-8", "backslashreplace") + b"\n")  # a path need be no UTF-8

    def rate(self, progress: Progress) -> float:
        """Return the recipients a second, from the first ones on that this run settled."""
        start, settled = self._first or self._start
        if settled == progress.settled:
            start, settled = self._start
        return (progress.settled - settled) / max(time.monotonic() - start, 1e-3)


def _counts(progress: Progress) -> dict[str, Any]:
    return {
        "done": progress.done,
        "settled": progress.settled,
        "total": progress.total,
        "distinct": progress.distinct,
        "fallbacks": dict(sorted(progress.fallbacks.items())),
        "skipped": dict(sorted(progress.skipped.items())),
    }


def _conclude(progress: Progress, delivery: Delivery, source: RecipientFile, view: _View) -> None:
    """Say what was done, and what a person should look at."""
    name = MANIFEST if delivery.manifest == "jsonl" else PARQUET_MANIFEST
    manifest = delivery.folder / name
    view.event(
        "finish" if progress.is_finished else "interrupted",
        _counts(progress) | {"rate": round(view.rate(progress), 1), "manifest": str(manifest)},
    )
    for field_name in progress.missing_columns:
        report(
            Finding(
                "missing-value",
                Severity.WARNING,
                f"the recipients have no column `{field_name}`, which the template needs",
                hint=f"rename the column {like!r}"
                if (like := source.column_like(field_name))
                else "add the column, or a default in the sidecar",
            )
        )
    for finding in progress.findings:
        report(finding)
    console = error_console()
    resumed = f" ({progress.resumed:,} of them by an earlier run)" if progress.resumed else ""
    words = "done" if progress.is_finished else "interrupted; the same command goes on from here"
    console.print(
        f"{words}: {progress.done:,} recipients{resumed}, {progress.distinct:,} images in {delivery.folder}, "
        f"{sum(progress.fallbacks.values()):,} fallbacks, {sum(progress.skipped.values()):,} skipped; "
        f"manifest: {manifest}"
    )
    for counted in (progress.fallbacks, progress.skipped):
        for code, count in counted.most_common():
            console.print(f"  {count:,} × {code}", markup=False)
