"""Messages in a folder, an mbox and a Maildir: whole or not there, once, and the same after whatever ended a run."""

from __future__ import annotations

import errno
import hashlib
import io
import mailbox
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.batch import claim
from inkmerge.batch.claim import Campaign
from inkmerge.errors import DataError, Finding, Severity
from inkmerge.fallback import Reason
from inkmerge.mailing import message_stores
from inkmerge.mailing.mail_manifest import MailLine, read_mail_manifest
from inkmerge.mailing.message_stores import file_name
from inkmerge.mailing.outbox import OutboxKind, open_outbox

KINDS: Sequence[OutboxKind] = get_args(OutboxKind)
REASON = Reason("recipient-skipped", "no name")


def message(number: int) -> bytes:
    return (
        f"From: post@marl.example\r\nTo: r{number}@example.com\r\nSubject: {number}\r\n\r\n"
        f"From here on\r\n>From there\r\n.\r\n{'x' * number}\r\n"
    ).encode()


def deliver(
    kind: OutboxKind, path: Path, numbers: Sequence[int] = range(6), **options: Any
) -> list[MailLine]:
    """Deliver to some recipients, of whom number 3 is skipped, and return what the manifest says."""
    with open_outbox(kind, path, **options) as outbox:
        for number in numbers:
            if number == 3:
                outbox.skip("r3", REASON)
            else:
                outbox.add(f"r{number}", message(number))
    return list(read_mail_manifest(path / "mail.jsonl"))


def files(folder: Path) -> dict[str, bytes]:
    """Return what a run left, without its state, which is Inkmerge's alone."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".inkmerge" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def kept(folder: Path, line: MailLine) -> bytes:
    assert line.path is not None
    data = (folder / line.path).read_bytes()
    start = line.offset or 0
    return data[start : start + line.bytes]


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_says_where_each_message_is_and_why_there_is_none(
    kind: OutboxKind, tmp_path: Path
) -> None:
    lines = deliver(kind, tmp_path / "out")
    assert [line.recipient for line in lines] == ["r0", "r1", "r2", "r3", "r4", "r5"]
    assert lines[3].skipped == {"code": "recipient-skipped", "message": "no name"}
    assert (lines[3].path, lines[3].digest, lines[3].bytes) == (None, None, 0)
    for line in (*lines[:3], *lines[4:]):
        number = int(line.recipient[1:])
        assert line.digest == hashlib.sha256(message(number)).hexdigest()
        found = kept(tmp_path / "out", line)
        if kind == "mbox":
            found = re.sub(rb"(?m)^>(>*From )", rb"\1", found)
        assert found.replace(b"\r\n", b"\n") == message(number).replace(b"\r\n", b"\n")


def test_a_folder_has_a_file_for_each_as_it_goes_over_the_wire(tmp_path: Path) -> None:
    lines = deliver("folder", tmp_path)
    assert all(
        re.fullmatch(r"messages/[0-9a-f]{2}/r\d-[0-9a-f]{20}\.eml", line.path) for line in lines if line.path
    )
    assert kept(tmp_path, lines[0]) == message(0)
    assert len(files(tmp_path)) == 6


def test_an_mbox_is_read_by_the_standard_library_and_lines_that_look_like_a_beginning_are_quoted(
    tmp_path: Path,
) -> None:
    deliver("mbox", tmp_path)
    data = (tmp_path / "messages.mbox").read_bytes()
    assert data.startswith(b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\nFrom: post@marl.example\n")
    assert data.count(b"\n>From here on\n>>From there\n.\n") == 5
    assert b"\r" not in data
    box = mailbox.mbox(tmp_path / "messages.mbox")
    try:
        assert [found["Subject"] for found in box] == ["0", "1", "2", "4", "5"]
    finally:
        box.close()


def test_a_maildir_is_read_by_the_standard_library(tmp_path: Path) -> None:
    deliver("maildir", tmp_path)
    box = mailbox.Maildir(tmp_path / "Maildir", create=False)
    assert sorted(found["Subject"] for found in box) == ["0", "1", "2", "4", "5"]
    assert not any((tmp_path / "Maildir" / "tmp").iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_line_ends_of_whatever_kind_give_the_same_bytes(kind: OutboxKind, tmp_path: Path) -> None:
    for name, end in (("crlf", b"\r\n"), ("lf", b"\n"), ("cr", b"\r")):
        with open_outbox(kind, tmp_path / name) as outbox:
            outbox.add("a", message(1).replace(b"\r\n", end).rstrip())
    assert files(tmp_path / "crlf") == files(tmp_path / "lf") == files(tmp_path / "cr")


@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_of_the_same_leave_the_same_names_and_bytes(kind: OutboxKind, tmp_path: Path) -> None:
    deliver(kind, tmp_path / "a")
    deliver(kind, tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_done_writes_nothing_again(kind: OutboxKind, tmp_path: Path) -> None:
    before = deliver(kind, tmp_path)
    kept_files = [path for path in tmp_path.rglob("*") if path.suffix == ".eml" or path.parent.name == "new"]
    stamps = [path.stat() for path in kept_files]
    assert deliver(kind, tmp_path) == before
    assert [path.stat() for path in kept_files] == stamps


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_goes_on_behind_what_an_earlier_one_settled(kind: OutboxKind, tmp_path: Path) -> None:
    deliver(kind, tmp_path / "whole")
    deliver(kind, tmp_path / "halves", range(4))
    composed = []
    with open_outbox(kind, tmp_path / "halves") as outbox:
        for number in range(6):
            if outbox.settled_line(f"r{number}") is None:
                composed.append(number)
                outbox.add(f"r{number}", message(number))
        assert outbox.settled == 6
    assert composed == [4, 5]
    assert files(tmp_path / "halves") == files(tmp_path / "whole")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [1, 10, 200])
def test_whatever_is_cut_off_a_manifest_the_next_run_completes_it(
    kind: OutboxKind, tmp_path: Path, cut: int
) -> None:
    deliver(kind, tmp_path)
    whole = files(tmp_path)
    os.truncate(tmp_path / "mail.jsonl", len(whole["mail.jsonl"]) - cut)
    deliver(kind, tmp_path)
    assert files(tmp_path) == whole


@pytest.mark.parametrize("kept_bytes", [0, 60, 100, 400])
def test_an_mbox_that_lost_its_end_is_completed(tmp_path: Path, kept_bytes: int) -> None:
    deliver("mbox", tmp_path)
    whole = files(tmp_path)
    os.truncate(tmp_path / "messages.mbox", kept_bytes)
    deliver("mbox", tmp_path)
    assert files(tmp_path) == whole


def test_a_message_that_is_gone_from_a_folder_is_written_again(tmp_path: Path) -> None:
    lines = deliver("folder", tmp_path)
    whole = files(tmp_path)
    (tmp_path / str(lines[1].path)).unlink()
    deliver("folder", tmp_path)
    assert files(tmp_path) == whole


def test_a_message_that_was_read_or_deleted_from_a_maildir_does_not_come_again(tmp_path: Path) -> None:
    lines = deliver("maildir", tmp_path)
    read, deleted = (tmp_path / str(line.path) for line in lines[:2])
    read.rename(tmp_path / "Maildir" / "cur" / f"{read.name}:2,S")
    deleted.unlink()
    deliver("maildir", tmp_path)
    assert len(files(tmp_path / "Maildir")) == 4


KILLED = """
import os, signal, sys
from pathlib import Path
from inkmerge.batch import manifest
from inkmerge.fallback import Reason
from inkmerge.mailing import message_stores
from inkmerge.mailing.outbox import open_outbox

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def write_half(file, start, data, path):
    file.seek(start)
    file.write(data[: len(data) // 2])
    die()

def write_half_aside(path, data, aside):
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.write_bytes(data[: len(data) // 2])
    die()

def deliver(kind, place, folder):
    with open_outbox(kind, folder / f"{kind}-{place}") as outbox:
        for number in range(6):
            if number == 4:
                if place == "message":
                    message_stores.write_at, message_stores.write_aside = write_half, write_half_aside
                elif place == "line":
                    manifest.write_at = write_half
                else:
                    manifest.ManifestFile.append = die
            if number == 3:
                outbox.skip("r3", Reason("recipient-skipped", "no name"))
            else:
                outbox.add(f"r{number}", (folder / f"{number}.eml").read_bytes())

for case in sys.argv[2:]:
    child = os.fork()
    if not child:
        deliver(*case.split("-"), Path(sys.argv[1]))
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
"""
PLACES = ("message", "between", "line")


def test_a_run_that_is_killed_leaves_no_half_message_to_the_next(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"{number}.eml").write_bytes(message(number))
    cases = [f"{kind}-{place}" for kind in KINDS for place in PLACES]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), *cases], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    for kind in KINDS:
        deliver(kind, tmp_path / kind)
        for place in PLACES:
            out = tmp_path / f"{kind}-{place}"
            lines = (out / "mail.jsonl").read_bytes().splitlines(keepends=True)
            assert len([line for line in lines if line.endswith(b"\n")]) == 4
            deliver(kind, out)
            assert files(out) == files(tmp_path / kind), place
            assert not list(out.rglob("*.part"))


class Full(io.RawIOBase):
    """A file that takes half of what it is given, and then no more."""

    def __init__(self, file: Any) -> None:
        self.file, self.is_taken = file, False

    def write(self, data: Any) -> int:
        if self.is_taken:
            raise OSError(errno.ENOSPC, "full")
        self.is_taken = True
        return int(self.file.write(data[: len(data) // 2]))

    def seek(self, *arguments: Any) -> int:
        return int(self.file.seek(*arguments))

    def truncate(self, size: int | None = None) -> int:
        return int(self.file.truncate(size))


def refuse(path: Path, _: bytes) -> int:
    raise OSError(errno.ENOSPC, "full", str(path))


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_an_error_with_the_cure_and_space_is_all_that_the_next_run_needs(
    kind: OutboxKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(kind, tmp_path / "whole")
    deliver(kind, tmp_path / "out", range(4))

    write_at = message_stores.write_at
    with monkeypatch.context() as patch:
        if kind == "mbox":
            patch.setattr(message_stores, "write_at", lambda file, *rest: write_at(Full(file), *rest))
        else:
            patch.setattr(Path, "write_bytes", refuse)
            patch.setattr(claim, "write_aside", lambda *_: None)
        with pytest.raises(DataError, match=r"out/.* cannot be written: No space left") as caught:
            deliver(kind, tmp_path / "out")
    assert "free some space" in (caught.value.hint or "")
    assert len(list(read_mail_manifest(tmp_path / "out" / "mail.jsonl"))) == 4
    deliver(kind, tmp_path / "out")
    assert files(tmp_path / "out") == files(tmp_path / "whole")


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_that_cannot_be_written_is_an_error_with_the_reason(kind: OutboxKind, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for path in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(DataError, match="cannot be written") as caught:
            open_outbox(kind, path)
        assert caught.value.code == "output-unusable"
        assert "-o" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("folder", "messages"), ("mbox", "messages.mbox"), ("maildir", "Maildir"), ("mbox", "mail.jsonl")],
)
def test_a_place_that_holds_something_else_is_refused_and_left_alone(
    kind: OutboxKind, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("mine")
    for is_restarted in (False, True):
        with pytest.raises(DataError, match=f"already holds {name}, which no mailing of this version wrote"):
            open_outbox(kind, tmp_path, is_restarted=is_restarted)
    assert files(tmp_path) == {name: b"mine"}


def test_a_place_of_another_mailing_is_refused_and_says_what_differs(tmp_path: Path) -> None:
    deliver("folder", tmp_path, campaign=Campaign("1", "1", {"--profile": None}))
    for kind, campaign, said in (
        ("mbox", Campaign("1", "1", {"--profile": None}), "the kind of outbox is mbox now and was folder"),
        ("folder", Campaign("1", "2", {"--profile": None}), "the file of recipients is another"),
        ("folder", Campaign("1", "1", {"--profile": "anna"}), "--profile is anna now and was not given"),
    ):
        with pytest.raises(DataError, match=said):
            open_outbox(kind, tmp_path, campaign)  # type: ignore[arg-type]
    lines = deliver("mbox", tmp_path, range(2), is_restarted=True)
    assert [line.recipient for line in lines] == ["r0", "r1"]
    assert set(files(tmp_path)) == {"mail.jsonl", "messages.mbox"}


def test_a_folder_of_a_batch_is_never_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".inkmerge").mkdir()
    (tmp_path / ".inkmerge" / "campaign.json").write_text('{"version": 3, "template": "", "recipients": ""}')
    with pytest.raises(DataError, match="belongs to a batch, and this is a mailing"):
        open_outbox("folder", tmp_path, is_restarted=True)
    (tmp_path / ".inkmerge" / "campaign.json").write_text("{")
    with pytest.raises(DataError, match="another version"):
        open_outbox("folder", tmp_path)


def test_a_disk_that_is_full_at_the_start_leaves_the_place_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", refuse)
        with pytest.raises(DataError, match="No space left"):
            open_outbox("folder", tmp_path)
    open_outbox("folder", tmp_path).close()


def test_a_place_in_use_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with open_outbox("folder", tmp_path), pytest.raises(DataError, match="another mailing is writing"):
        open_outbox("folder", tmp_path)


def test_an_id_that_was_there_before_is_refused_and_costs_nothing(tmp_path: Path) -> None:
    with open_outbox("mbox", tmp_path) as outbox:
        outbox.add("a", message(1))
        with pytest.raises(DataError, match="was there before, as number 1") as caught:
            outbox.add("a", message(2))
        outbox.skip("a", Reason(caught.value.code, "twice"))
        outbox.add("A", message(2))
    assert [line.recipient for line in read_mail_manifest(tmp_path / "mail.jsonl")] == ["a", "a", "A"]


def test_a_run_with_other_recipients_or_messages_is_refused(tmp_path: Path) -> None:
    deliver("folder", tmp_path)
    with open_outbox("folder", tmp_path) as outbox, pytest.raises(DataError, match="had 'r0' before 'x'"):
        outbox.add("x", message(0))
    with open_outbox("folder", tmp_path) as outbox, pytest.raises(DataError, match="another message"):
        outbox.add("r0", message(1))
    with open_outbox("folder", tmp_path) as outbox, pytest.raises(DataError, match="got a message"):
        outbox.skip("r0", REASON)
    assert deliver("folder", tmp_path)


def test_a_manifest_with_a_line_that_is_none_is_refused(tmp_path: Path) -> None:
    deliver("folder", tmp_path)
    (tmp_path / "mail.jsonl").write_text('{"recipient": "r0"}\n')
    with pytest.raises(DataError, match="no line of a manifest") as caught:
        open_outbox("folder", tmp_path)
    assert str(caught.value.location) == "mail.jsonl:1"


def test_findings_are_noted_by_their_codes_each_once(tmp_path: Path) -> None:
    finding = Finding("value-cleaned", Severity.WARNING, "x")
    with open_outbox("folder", tmp_path) as outbox:
        line = outbox.add("a", message(1), [finding, Finding("fallback", Severity.NOTE, "x"), finding])
    assert line.findings == ["value-cleaned", "fallback"]
    assert list(read_mail_manifest(tmp_path / "mail.jsonl")) == [line]


@pytest.mark.parametrize(
    "identifier",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        ".",
        "",
        "CON",
        "a\0b",
        "a\nb",
        "C:\\x",
        "~",
        "-rf",
        "Zoë",
        "\ud800",
        "x" * 500,
    ],
)
def test_an_id_leads_to_no_other_folder_and_to_a_name_that_every_system_takes(
    identifier: str, tmp_path: Path
) -> None:
    with open_outbox("folder", tmp_path) as outbox:
        line = outbox.add(identifier, message(1))
    assert re.fullmatch(
        r"messages/[0-9a-f]{2}/([A-Za-z0-9_@+][A-Za-z0-9.@+_-]*-)?[0-9a-f]{20}\.eml", str(line.path)
    )
    assert kept(tmp_path, line) == message(1)
    (again,) = read_mail_manifest(tmp_path / "mail.jsonl")
    assert again.recipient == identifier


@given(st.text(), st.text())
def test_two_ids_have_two_names_also_where_case_is_not_told_apart(one: str, other: str) -> None:
    if one != other:
        assert file_name(one)[0].casefold() != file_name(other)[0].casefold()
    assert len(file_name(one)[0]) < 100


@given(st.lists(st.sampled_from([b"From ", b">", b"From", b"\r\n", b"\n", b"x "]), max_size=20).map(b"".join))
def test_mboxrd_quoting_can_be_undone(body: bytes) -> None:
    quoted = message_stores.quoted(body)
    assert not re.search(rb"(?m)^From ", quoted)
    assert re.sub(rb"(?m)^>(>*From )", rb"\1", quoted) == message_stores.with_lf(body)
