"""A whole batch in one process with real workers: what each recipient gets."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkmerge import InkmergeError, Template
from inkmerge.batch import (
    Delivery,
    Job,
    Progress,
    RecipientFile,
    pool,
    recipient_queue,
    run_batch,
    stores,
    workers,
    write_contact_sheet,
)
from inkmerge.batch import manifest as manifests
from inkmerge.batch.seen import Seen
from inkmerge.errors import DataError

from .conftest import SVG, Run


def codes(lines: list[Any]) -> list[str | None]:
    return [line.fallback and line.fallback["code"] for line in lines]


def test_every_recipient_has_a_line_in_order_and_equal_values_share_one_image(run: Run, folder: Path) -> None:
    progress, lines = run("a,Anna", "b,Bo", "c,Anna", "d,Bo", "e,Anna")
    assert [line.recipient for line in lines] == ["a", "b", "c", "d", "e"]
    assert (progress.done, progress.distinct, progress.is_finished, progress.is_clean) == (5, 2, True, True)
    assert lines[0].digest == lines[2].digest == Template.load(folder / "t.svg").digest({"name": "Anna"}, 96)
    assert lines[0].path == f"images/{lines[0].digest[:2]}/{lines[0].digest}.png"
    files = [path for path in (folder / "out" / "images").rglob("*") if path.is_file()]
    assert sorted(files) == sorted({folder / "out" / str(line.path) for line in lines})
    template = Template.load(folder / "t.svg")
    template.prepare(96)
    image = template.render({"name": "Anna"}, 96)
    assert (folder / "out" / str(lines[0].path)).read_bytes() == image.data
    assert (lines[0].alt, lines[0].width, lines[0].height) == ("Hi Anna", image.width, image.height)
    assert (lines[0].bytes, lines[0].fallback, lines[0].extended_description) == (len(image.data), None, None)


def test_a_sidecar_that_asks_for_gif_gets_gifs(run: Run, folder: Path) -> None:
    (folder / "t.toml").write_text('[output]\nformat = "gif"\n')
    _, (line, fallback) = run("a,Anna", "b,")
    for one in (line, fallback):
        assert one.media_type == "image/gif"
        assert str(one.path).endswith(".gif")
        assert (folder / "out" / str(one.path)).read_bytes().startswith(b"GIF89a")
    assert [finding.split(":")[0] for finding in line.findings] == ["transparency-reduced"]


def test_values_that_only_look_different_share_one_image(run: Run) -> None:
    progress, lines = run("a,Zoë", "b,Zoe\u0308")
    assert (progress.distinct, lines[0].digest) == (1, lines[1].digest)


def test_rows_that_cannot_be_used_get_the_fallback_with_the_reason_and_the_rest_go_on(run: Run) -> None:
    progress, lines = run("a,Anna", "b", "c,", "d,Bo,more", "e,Eve")
    assert codes(lines) == [None, "missing-value", "missing-value", "invalid-row", None]
    assert "line 5 has 3 cells" in (lines[3].fallback or {})["message"]
    assert "hint: quote cells that hold the delimiter" in lines[3].findings[0]
    assert lines[1].path == lines[2].path != lines[0].path
    assert progress.fallbacks == {"invalid-row": 1, "missing-value": 2}


def test_a_recipient_who_comes_twice_gets_one_image_and_a_line_that_names_both_places(run: Run) -> None:
    progress, lines = run("a,Anna", "b,Bo", "a,Eve")
    assert codes(lines) == [None, None, "duplicate-recipient"]
    assert (lines[2].path, progress.skipped) == (None, {"duplicate-recipient": 1})
    assert "line 4 is that of line 2" in (lines[2].fallback or {})["message"]


def test_a_value_of_ten_megabytes_costs_its_recipient_the_image_and_nobody_else(run: Run) -> None:
    _, lines = run("a," + "x" * 10_000_000, "b,Bo")
    assert codes(lines) == ["limit-exceeded", None]


def test_values_of_a_wrong_type_get_the_fallback(run: Run, folder: Path) -> None:
    (folder / "t.toml").write_text('[fields.name]\ntype = "integer"\n')
    _, lines = run("a,12", "b,twelve")
    assert codes(lines) == [None, "invalid-value"]


def test_a_file_whose_first_line_is_no_header_is_refused(run: Run) -> None:
    with pytest.raises(DataError, match="no column is a field") as caught:
        run("b,Bo", header="a,Anna")
    assert caught.value.location.line == 1


def test_a_column_that_all_lack_is_reported(run: Run, folder: Path) -> None:
    (folder / "t.svg").write_text(SVG.replace("{{ name }}", "{{ name }} {{ town }}"))
    progress, lines = run("a,Anna")
    assert (progress.missing_columns, codes(lines)) == (("town",), ["missing-value"])


def test_a_file_without_recipients_gives_an_empty_manifest(run: Run) -> None:
    progress, lines = run()
    assert (progress.done, progress.is_finished, lines) == (0, True, [])


def test_ids_of_any_characters_come_back_as_they_were(folder: Path) -> None:
    ids = ["../../x", 'quo"te', "line\nbreak", "\ud800", "ü", "a/b"]
    rows = "".join(json.dumps({"id": one, "name": "Anna"}) + "\n" for one in ids)
    (folder / "r.jsonl").write_text(rows)
    for _ in range(2):
        run_batch(
            Job(folder / "t.svg", dpi=96), RecipientFile.open(folder / "r.jsonl"), Delivery(folder / "out")
        )
    lines = list(manifests.read_manifest(folder / "out" / "manifest.jsonl"))
    assert [line.recipient for line in lines] == ids


def test_a_field_that_says_fail_ends_the_run_behind_those_before_it(run: Run, folder: Path) -> None:
    (folder / "t.toml").write_text('[fields.name]\nmissing = "fail"\n')
    with pytest.raises(InkmergeError) as caught:
        run("a,Anna", "b,Bo", "c,", "d,Dee")
    assert caught.value.code == "value-required"
    lines = list(manifests.read_manifest(folder / "out" / "manifest.jsonl"))
    assert [line.recipient for line in lines] == ["a", "b"]


def test_a_field_that_says_skip_gives_a_line_and_no_image(run: Run, folder: Path) -> None:
    (folder / "t.toml").write_text('[fields.name]\nmissing = "skip"\n')
    progress, lines = run("a,", "b,Bo")
    assert (codes(lines), lines[0].path) == (["recipient-skipped", None], None)
    assert progress.skipped == {"recipient-skipped": 1}


def draw_or_fail(rows: Sequence[dict[str, Any]], fetched: Mapping[str, Any]) -> Any:
    """Draw, but for recipients whose names are disasters."""
    for row in rows:
        match str(row.get("name")).rstrip("0123456789"):
            case "hang":
                while True:
                    pass
            case "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "devour":
                held = [bytearray(1 << 24) for _ in range(200)]
                del held
            case "raise":
                raise RuntimeError("unforeseen")
            case "leave":
                os._exit(0)
    return workers.draw(rows, fetched)


@pytest.mark.parametrize(
    ("disaster", "code"),
    [
        ("hang", "time-limit-exceeded"),
        ("crash", "worker-died"),
        ("devour", "worker-died"),
        ("raise", "internal-error"),
        ("leave", "worker-died"),
    ],
)
def test_a_lost_worker_costs_one_recipient_the_image_and_is_replaced(
    run: Run, monkeypatch: pytest.MonkeyPatch, disaster: str, code: str
) -> None:
    monkeypatch.setattr(workers, "draw", draw_or_fail)
    names = [f"n{n}" for n in range(30)]
    names[20] = disaster
    _, lines = run(*(f"{n},{name}" for n, name in enumerate(names)))
    expected: list[str | None] = [None] * 30
    expected[20] = code
    assert codes(lines) == expected


def die(start: Any) -> None:
    """Die as a process that is killed while it starts, as long as there are marks of how often."""
    for mark in sorted(start.job.template.parent.glob("*.mark")):
        with suppress(FileNotFoundError):
            mark.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    workers.enter_worker(start)


def test_processes_killed_while_they_start_are_replaced_and_cost_nobody_anything(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (folder / f"{number}.mark").touch()
    monkeypatch.setattr(pool, "enter_worker", die)
    progress, lines = run(*(f"{n},n{n}" for n in range(10)))
    assert codes(lines) == [None] * 10
    assert progress.is_finished
    assert not list(folder.glob("*.mark"))


def test_processes_that_always_die_while_they_start_end_the_run_and_reach_no_line(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(99):
        (folder / f"{number}.mark").touch()
    with monkeypatch.context() as patch:
        patch.setattr(pool, "enter_worker", die)
        patch.setattr(pool, "_POOLS", 3)
        with pytest.raises(InkmergeError, match="lost 3 times in a row") as caught:
            run("a,Anna", "b,", "c,Bo")
    assert "same command" in (caught.value.hint or "")
    assert (folder / "out" / "manifest.jsonl").read_bytes() == b""
    _, lines = run("a,Anna", "b,", "c,Bo")
    assert codes(lines) == [None, "missing-value", None]


def kill_first(rows: Sequence[dict[str, Any]], fetched: Mapping[str, Any]) -> Any:
    """Be killed by somebody else the first few times."""
    for row in rows:
        for mark in sorted(Path(row["name"]).glob("*.mark")):
            mark.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    return workers.draw(rows, fetched)


def test_a_worker_that_somebody_kills_several_times_costs_nobody_anything(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (folder / f"{number}.mark").touch()
    monkeypatch.setattr(workers, "draw", kill_first)
    _, lines = run(f"a,{folder}", "b,Bo", workers=1)
    assert [line.recipient for line in lines] == ["a", "b"]
    assert "worker-died" not in codes(lines)


def sleep_in_first(start: Any) -> None:
    """Never come to the first work, as long as there is a mark."""
    for mark in start.job.template.parent.glob("*.mark"):
        mark.unlink()
        signal.pause()
    workers.enter_worker(start)


def test_a_pool_from_which_nothing_comes_is_replaced(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "1.mark").touch()
    monkeypatch.setattr(pool, "enter_worker", sleep_in_first)
    monkeypatch.setattr(pool, "_LOADS", 0)
    _, lines = run("a,Anna", workers=1)
    assert codes(lines) == [None]


def test_what_interrupts_a_commit_leaves_each_line_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Seen, "add_line", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run("a,Anna", "b,Bo")
    _, lines = run("a,Anna", "b,Bo")
    assert [line.recipient for line in lines] == ["a", "b"]


def test_a_template_that_loses_every_worker_is_set_aside(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "draw", draw_or_fail)
    monkeypatch.setattr(pool, "_HOPELESS", 3)
    progress, lines = run(*(f"{n},crash{n}" for n in range(30)))
    assert codes(lines) == ["worker-died"] * 30
    assert sum("set aside" in (line.fallback or {})["message"] for line in lines) > 15
    assert progress.is_finished


def test_a_template_that_changes_while_the_batch_runs_ends_it(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "draw", draw_or_fail)

    def change(progress: Any) -> None:
        if progress.done == 0:
            (folder / "t.toml").write_text("[output]\nquality = 50\n")

    with pytest.raises(InkmergeError, match="changed while the batch ran"):
        run("a,Anna", "b,crash", "c,Bo", reports=change, workers=1)


def test_rows_of_megabytes_do_not_pile_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_MOST_CHARACTERS", 2_000)
    _, lines = run(*(f"{n}," + f"{n} " * 600 for n in range(20)), "z,Bo")
    assert [line.recipient for line in lines] == [*map(str, range(20)), "z"]


def test_a_tar_holds_each_image_once(run: Run, folder: Path) -> None:
    _, lines = run("a,Anna", "b,Bo", "c,Anna", "d,", store="tar")
    with tarfile.open(folder / "out" / "images.tar") as archive:
        assert archive.getnames() == list(dict.fromkeys(line.path for line in lines))
        member = archive.extractfile(str(lines[0].path))
        assert member is not None
        with Image.open(io.BytesIO(member.read())) as image:
            assert image.size == (lines[0].width, lines[0].height)


def test_parquet_holds_each_image_once_and_the_manifest_as_a_table(run: Run, folder: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    _, lines = run("a,Anna", "b,Bo", "c,Anna", "d,", store="parquet", manifest="parquet")
    images = parquet.read_table(folder / "out" / "images" / "part-00000.parquet").to_pylist()
    assert [row["digest"] for row in images] == list(dict.fromkeys(line.digest for line in lines))
    assert images[0]["image"].startswith(b"\x89PNG")
    rows = parquet.read_table(folder / "out" / "manifest.parquet").to_pylist()
    assert [(row["recipient"], row["digest"]) for row in rows] == [
        (line.recipient, line.digest) for line in lines
    ]
    assert rows[3]["fallback_code"] == "missing-value"
    assert all(row["path"] == "images/part-00000.parquet" for row in rows)


def test_tables_are_cut_by_what_is_in_them_however_often_the_run_was_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(stores, "_PART_BYTES", 4_000)
    (folder / "r.csv").write_text("id,name\n" + "".join(f"{n},n{n}\n" for n in range(40)))
    job, recipients = Job(folder / "t.svg", dpi=96), RecipientFile.open(folder / "r.csv")

    def run(out: str, most: int) -> Progress:
        """Draw about so many recipients more."""
        seen: list[Progress] = []
        delivery = Delivery(folder / out, "parquet", workers=1)
        return run_batch(
            job,
            recipients,
            delivery,
            lambda one: seen.append(replace(one)),
            lambda: bool(seen) and seen[-1].settled - seen[0].settled >= most,
        )

    assert run("whole", 99).is_finished
    times = 0
    while not run("parts", 7).is_finished:
        times += 1
    assert times > 1
    names = sorted(path.name for path in (folder / "whole" / "images").iterdir())
    assert len(names) > 2
    assert names == sorted(path.name for path in (folder / "parts" / "images").iterdir())
    for name in (*(f"images/{name}" for name in names), "manifest.jsonl"):
        assert (folder / "parts" / name).read_bytes() == (folder / "whole" / name).read_bytes()


def test_recipients_count_as_soon_as_they_are_settled_although_their_table_is_not_full(run: Run) -> None:
    pytest.importorskip("pyarrow")
    told: list[tuple[int, int]] = []
    run(
        *(f"{n},n{n}" for n in range(30)),
        store="parquet",
        reports=lambda one: told.append((one.settled, one.done)),
    )
    assert any(settled > done == 0 for settled, done in told)
    assert told[-1] == (30, 30)


@pytest.mark.parametrize("store", ["folder", "tar", "parquet"])
def test_the_contact_sheet_shows_each_image_once_wherever_it_is(run: Run, folder: Path, store: str) -> None:
    if store == "parquet":
        pytest.importorskip("pyarrow")
    progress, lines = run("a,Anna", "b,Bo", "c,Anna", "d,", "e,", store=store)
    write_contact_sheet("t", Delivery(folder / "out", store), progress)  # type: ignore[arg-type]
    page = (folder / "out" / "index.html").read_text()
    assert (page.count("<figure"), page.count("2 × fallback: missing-value")) == (3, 1)
    assert page.count('src="data:image/png;base64,') == (0 if store == "folder" else 3)
    assert (f'src="{lines[0].path}"' in page) == (store == "folder")
    assert "A sample of 2 images; the batch has 3 for 5 recipients, 2 of whom got the fallback image" in page


def test_the_contact_sheet_links_pdf_files_and_takes_any_text(folder: Path) -> None:
    (folder / "r.jsonl").write_text('{"id": "sur\\ud800", "name": "Anna"}\n')
    delivery = Delivery(folder / "out", workers=1)
    job = Job(folder / "t.svg", dpi=96, format="pdf")
    progress = run_batch(job, RecipientFile.open(folder / "r.jsonl"), delivery)
    write_contact_sheet("t", delivery, progress)
    page = (folder / "out" / "index.html").read_text()
    assert "<img" not in page
    assert page.count('<a class="file" href="images/') == 1


def test_a_folder_that_cannot_be_written_is_an_error_with_the_reason(run: Run, folder: Path) -> None:
    (folder / "file").write_text("no folder")
    with pytest.raises(DataError, match="cannot be written") as caught:
        run("a,Anna", folder=folder / "file" / "out")
    assert caught.value.code == "output-unusable"
    assert "-o" in (caught.value.hint or "")


def test_a_folder_with_a_manifest_of_an_older_version_is_refused_and_left_alone(
    run: Run, folder: Path
) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "manifest.jsonl").write_text('{"recipient": "a"}\n')
    for is_restarted in (False, True):
        with pytest.raises(DataError, match="which no batch") as caught:
            run("a,Anna", is_restarted=is_restarted)
        assert "move manifest.jsonl away" in (caught.value.hint or "")
    assert (folder / "out" / "manifest.jsonl").read_text() == '{"recipient": "a"}\n'


def test_a_folder_of_another_batch_is_refused_and_says_what_differs(run: Run, folder: Path) -> None:
    run("a,Anna")
    with pytest.raises(DataError, match="file of recipients"):
        run("a,Bo")
    with pytest.raises(DataError, match="--store is tar now and was folder"):
        run("a,Anna", store="tar")
    with pytest.raises(DataError, match="--manifest is parquet now and was jsonl"):
        run("a,Anna", manifest="parquet")
    (folder / "t.toml").write_text("[output]\nquality = 50\n")
    with pytest.raises(DataError, match="template"):
        run("a,Anna")
    _, lines = run("b,Bo", is_restarted=True)
    assert [line.recipient for line in lines] == ["b"]


def test_a_state_of_another_version_is_refused(run: Run, folder: Path) -> None:
    run("a,Anna")
    for text in ('{"version": 1}', "{", "[]"):
        (folder / "out" / ".inkmerge" / "campaign.json").write_text(text)
        with pytest.raises(DataError, match="another version"):
            run("a,Anna")


def test_a_folder_in_use_is_refused(run: Run, folder: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    run("a,Anna")
    with (folder / "out" / ".inkmerge" / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another batch is writing"):
            run("a,Anna")


def test_a_run_that_is_done_draws_nothing_again(run: Run, folder: Path) -> None:
    rows = ("a,Anna", "b,", "b,Bo", "c,Anna")
    first, before = run(*rows)
    stamps = {path: path.stat().st_mtime_ns for path in (folder / "out" / "images").rglob("*.png")}
    second, after = run(*rows)
    assert before == after
    assert (second.resumed, second.done, second.distinct) == (4, first.done, first.distinct)
    assert (second.fallbacks, second.skipped) == (first.fallbacks, first.skipped)
    assert stamps == {path: path.stat().st_mtime_ns for path in (folder / "out" / "images").rglob("*.png")}


@pytest.mark.parametrize("kept", [0, 1, 2, 5])
@pytest.mark.parametrize("store", ["folder", "tar", "parquet"])
def test_whatever_is_left_of_manifest_and_images_the_next_run_completes_it(
    run: Run, folder: Path, kept: int, store: str
) -> None:
    if store == "parquet":
        pytest.importorskip("pyarrow")
    rows = ("a,Anna", "b,", "b,Bo", "c,Anna", "d,Dee")
    _, before = run(*rows, store=store)
    path = folder / "out" / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:kept]) + (lines[kept][:17] if kept < len(lines) else b'{"recip'))
    if store == "tar":
        archive = folder / "out" / "images.tar"
        archive.write_bytes(archive.read_bytes()[:-1500])  # the end, and a part of the last member
    progress, after = run(*rows, store=store)
    assert after == before
    assert path.read_bytes() == b"".join(lines)
    assert progress.done == 5
    if store == "tar":
        with tarfile.open(folder / "out" / "images.tar") as archive:
            assert sorted(archive.getnames()) == sorted({str(line.path) for line in before if line.path})


def test_an_image_that_is_gone_is_drawn_again(run: Run, folder: Path) -> None:
    rows = ("a,Anna", "b,Bo", "c,Cy", "d,Bo")
    _, before = run(*rows)
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"")):
        spoil(folder / "out" / str(before[1].path))
        progress, after = run(*rows)
        assert (after, progress.resumed) == (before, 1)
        assert (folder / "out" / str(before[1].path)).stat().st_size > 0


def test_a_manifest_of_other_recipients_is_refused(run: Run, folder: Path) -> None:
    run("a,Anna", "b,Bo")
    path = folder / "out" / "manifest.jsonl"
    path.write_text(path.read_text().replace('"a"', '"z"'))
    with pytest.raises(DataError, match="another recipient"):
        run("a,Anna", "b,Bo")


@pytest.mark.parametrize("place", ["worker", "manifest"])
def test_a_full_disk_is_an_error_and_space_is_all_that_the_next_run_needs(
    run: Run, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    rows = ("a,Anna", "b,Bo", "c,Cy")
    with monkeypatch.context() as patch:
        if place == "worker":
            patch.setattr(workers, "draw", draw_on_a_full_disk)
        else:
            patch.setattr(manifests.ManifestFile, "append", append_half)
        with pytest.raises(DataError, match="No space left") as caught:
            run(*rows)
    assert "free some space" in (caught.value.hint or "")
    _, lines = run(*rows)
    assert [line.alt for line in lines] == ["Hi Anna", "Hi Bo", "Hi Cy"]


def draw_on_a_full_disk(rows: Sequence[dict[str, Any]], fetched: Mapping[str, Any]) -> Any:
    def write(path: Path, data: bytes) -> int:
        del data
        raise OSError(errno.ENOSPC, "full", str(path))

    Path.write_bytes = write  # type: ignore[method-assign, assignment]  # in a worker, which ends with the test
    return workers.draw(rows, fetched)


class _Full(io.RawIOBase):
    """A file that takes half of what it is given, and then no more."""

    def __init__(self, file: Any) -> None:
        self._file, self._taken = file, False

    def write(self, data: Any) -> int:
        if self._taken:
            raise OSError(errno.ENOSPC, "full")
        self._taken = True
        return int(self._file.write(data[: len(data) // 2]))

    def seek(self, *arguments: Any) -> int:
        return int(self._file.seek(*arguments))

    def truncate(self, size: int | None = None) -> int:
        return int(self._file.truncate(size))

    def close(self) -> None:
        self._file.close()


_append = manifests.ManifestFile.append


def append_half(self: Any, lines: Sequence[str]) -> list[int]:
    if not isinstance(self._file, _Full):
        self._file = _Full(self._file)
    return _append(self, lines)


def test_the_manifest_never_waits_for_more_than_the_window(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipient_queue, "_WINDOW_ROWS", 4)
    monkeypatch.setattr(stores, "_LINES_AT_ONCE", 3)
    seen: list[int] = []
    monkeypatch.setattr(recipient_queue, "_MOST_TEXTS", 5)
    progress, lines = run(*(f"{n},n{n % 50}" for n in range(300)), reports=lambda one: seen.append(one.done))
    assert [(line.recipient, line.alt) for line in lines] == [(str(n), f"Hi n{n % 50}") for n in range(300)]
    assert progress.distinct == 50
    assert seen == sorted(seen)
