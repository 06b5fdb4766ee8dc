"""`inkmerge mail`: the messages of a campaign, composed, checked, or sent to test profiles."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from email.utils import format_datetime, localtime, make_msgid
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from inkmerge.batch import RecipientFile
from inkmerge.batch.seen import Seen
from inkmerge.child_processes import shield_children
from inkmerge.errors import Finding, InkmergeError, Severity
from inkmerge.mailing import Mailing
from inkmerge.mailing.headers import address
from inkmerge.mailing.mail_manifest import MAIL_MANIFEST
from inkmerge.mailing.run import MailJob, MailProgress, rows_of, run_mailing
from inkmerge.mailing.smtp import SmtpServer, send
from inkmerge.mailing.streaming import Composed, Row, Start, compose_all, composed
from inkmerge_cli.console import data_console, error_console, report, write_data
from inkmerge_cli.interruption import SIGNALLED, gathered
from inkmerge_cli.options import AsJson, CampaignPath, Encoding, Restart

_NOT_ALL = 3
_SHOW_SECONDS = 0.5
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


class OutboxForm(StrEnum):
    """The form of composed messages."""

    FOLDER = "folder"
    MBOX = "mbox"
    MAILDIR = "maildir"


def mail(
    campaign: CampaignPath,
    recipients: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RECIPIENTS]", help="CSV, JSON Lines or Parquet, a recipient a row.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="DIR", help="Compose every message into a folder.", show_default=False
        ),
    ] = None,
    form: Annotated[
        OutboxForm, typer.Option("--as", help="A file a message, one mbox, or a Maildir, in that folder.")
    ] = OutboxForm.FOLDER,
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            metavar="DIR",
            help="Also write the images that are no parts of messages, where no batch has uploaded them.",
            show_default=False,
        ),
    ] = None,
    checks: Annotated[
        bool, typer.Option("--check", help="Check the messages of RECIPIENTS, or of test profiles.")
    ] = False,
    smtp: Annotated[
        str | None,
        typer.Option(
            "--smtp",
            metavar="URL",
            help="Send the messages of test profiles to their addresses: smtp://user@host:587.",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", metavar="NAME", help="A test profile. Repeatable.")
    ] = None,
    encoding: Encoding = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes that compose. Default: one a core.")
    ] = None,
    restart: Restart = False,
    as_json: AsJson = False,
) -> None:
    """Compose the campaign's message for every recipient, check messages, or send those of test profiles.

    The same command again goes on where it stopped. Exit code 3 when some recipients got no message or a fallback image,
    or, with --check, when there is something to look at.
    """
    if sum((output is not None, checks, smtp is not None)) != 1:
        raise typer.BadParameter("give one of --out, --check and --smtp")
    if smtp is not None:
        _send(campaign, smtp, profile)
    elif checks:
        _check(_checked(campaign, recipients, profile, encoding, workers), as_json=as_json)
    elif output is not None:
        if recipients is None:
            raise typer.BadParameter("--out needs RECIPIENTS")
        job = MailJob(campaign, output, form.value, images, workers, restart)
        _compose(job, RecipientFile.open(recipients, encoding), as_json=as_json)


def _compose(job: MailJob, recipients: RecipientFile, *, as_json: bool) -> None:
    shield_children()
    console = error_console()
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}/s, {task.fields[skipped]} skipped"),
        TimeRemainingColumn(),
    )
    bar = ProgressBar(*columns, console=console, transient=True, disable=as_json or not console.is_terminal)
    with gathered() as received, bar:
        task = bar.add_task("messages", total=recipients.rows, rate=0, skipped=0)
        begun: list[tuple[float, int]] = []
        shown = [0.0]

        def show(progress: MailProgress) -> None:
            now = time.monotonic()
            if not begun:
                begun.append((now, progress.done))
                _event(as_json, "start", progress)
            elif now - shown[0] >= _SHOW_SECONDS:
                shown[0] = now
                rate = (progress.done - begun[0][1]) / max(now - begun[0][0], 1e-3)
                skipped = sum(progress.skipped.values())
                bar.update(
                    task, completed=progress.done, total=progress.total, rate=round(rate), skipped=skipped
                )
                _event(as_json, "progress", progress)

        done = run_mailing(job, recipients, show, lambda: bool(received))
    _event(as_json, "finish" if done.is_finished else "interrupted", done)
    _conclude(done, job)
    if not done.is_finished:
        raise typer.Exit(SIGNALLED + received[0])
    if not done.is_clean:
        raise typer.Exit(_NOT_ALL)


def _conclude(done: MailProgress, job: MailJob) -> None:
    console = error_console()
    words = "done" if done.is_finished else "interrupted; the same command goes on from here"
    resumed = f" ({done.resumed:,} of them by an earlier run)" if done.resumed else ""
    skipped, fallbacks = sum(done.skipped.values()), sum(done.fallbacks.values())
    console.print(
        f"{words}: {done.done:,} recipients{resumed}, {done.done - skipped:,} messages in {job.out}, {skipped:,} skipped, "
        f"{fallbacks:,} fallback images; manifest: {job.out / MAIL_MANIFEST}",
        markup=False,
    )
    for counted in (done.skipped, done.fallbacks):
        for code, count in counted.most_common():
            console.print(f"  {count:,} × {code}", markup=False)


def _event(is_wanted: bool, name: str, progress: MailProgress) -> None:  # noqa: FBT001  it is the first thing asked
    if not is_wanted:
        return
    facts: dict[str, Any] = {
        "event": name,
        "done": progress.done,
        "total": progress.total,
        "resumed": progress.resumed,
        "skipped": dict(sorted(progress.skipped.items())),
        "fallbacks": dict(sorted(progress.fallbacks.items())),
        "findings": dict(sorted(progress.findings.items())),
    }
    write_data(json.dumps(facts, ensure_ascii=False).encode() + b"\n")


def _check(messages: Iterator[Composed], *, as_json: bool) -> None:
    """Print what there is to look at in messages, each kind once with an example."""
    found: dict[str, tuple[Finding, str]] = {}
    counts: Counter[str] = Counter()
    total = 0
    for one in messages:
        total += 1
        counts.update({finding.code for finding in one.findings})
        for finding in one.findings:
            known = found.get(finding.code)
            if known is None or _ORDER[finding.severity] < _ORDER[known[0].severity]:
                found[finding.code] = finding, one.recipient
    listed = sorted(found.values(), key=lambda one: (_ORDER[one[0].severity], -counts[one[0].code]))
    if as_json:
        facts = [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "messages": counts[finding.code],
                "message": finding.message,
                "hint": finding.hint,
                "place": str(finding.location),
                "recipient": recipient,
            }
            for finding, recipient in listed
        ]
        write_data(
            json.dumps({"messages": total, "findings": facts}, ensure_ascii=False, indent=1).encode() + b"\n"
        )
    else:
        _print_checked(listed, counts, total)
    if any(finding.severity is not Severity.NOTE for finding, _ in listed):
        raise typer.Exit(_NOT_ALL)


def _checked(
    campaign: Path,
    recipients: Path | None,
    profiles: list[str] | None,
    encoding: str | None,
    workers: int | None,
) -> Iterator[Composed]:
    if recipients is None:
        with closing(Mailing.open(campaign, counts=False)) as mailing:
            for name, attributes in _profiles(mailing, profiles):
                yield composed(mailing, (name, attributes), checks=True)
        return
    rows = RecipientFile.open(recipients, encoding)
    with tempfile.TemporaryDirectory() as aside, Seen(Path(aside) / "seen.sqlite") as seen:
        start = Start(campaign.resolve(), counts=False, checks=True)
        yield from compose_all(start, rows_of(rows, seen), workers)


def _profiles(mailing: Mailing, names: list[str] | None) -> list[Row]:
    wanted = names or list(mailing.campaign.profiles)
    return [(name, mailing.campaign.profile(name)) for name in wanted]


def _print_checked(listed: list[tuple[Finding, str]], counts: Counter[str], total: int) -> None:
    table = Table(box=None, pad_edge=False)
    for column, justify in (("finding", "left"), ("messages", "right"), ("such as", "left")):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]  # two of its words
    for finding, recipient in listed:
        said = f"{recipient}: {finding.message}" + (f" ({finding.hint})" if finding.hint else "")
        table.add_row(f"{finding.severity.value}: {finding.code}", f"{counts[finding.code]:,}", escape(said))
    console = data_console()
    if listed:
        console.print(table)
    console.print(f"{total:,} messages checked, {len(listed)} kinds of findings")


def _send(campaign: Path, url: str, names: list[str] | None) -> None:
    """Send the messages of test profiles, to the addresses in them and to no others."""
    server = SmtpServer.parse(url)
    if not names:
        raise typer.BadParameter("--smtp needs --profile: a test send goes to test profiles only")
    with closing(Mailing.open(campaign, counts=False)) as mailing:
        allowed = [one for profile in mailing.campaign.profiles.values() for one in _addresses_in(profile)]
        for name in names:
            filled = mailing.fill(mailing.campaign.profile(name))
            to = filled.recipient
            message = filled.message()
            message["Date"] = format_datetime(localtime())
            message["Message-ID"] = make_msgid(domain=filled.sender_domain)
            send(message, server, to, allowed)
            error_console().print(f"sent {name}'s message to {to} by {server}", markup=False)
            for finding in filled.findings:
                report(finding)


def _addresses_in(profile: Mapping[str, Any]) -> Iterator[str]:
    """Yield what of a test profile is an address."""
    for value in profile.values():
        with suppress(InkmergeError):
            if isinstance(value, str) and "@" in value:
                yield address(value)[0].addr_spec
