"""Real processes and real signals in the middle of a batch: run again, the result is that of a run never ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkmerge.batch import ManifestLine, read_manifest

from .conftest import SVG

ROWS = 200


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template, 200 recipients of 120 distinct values, some of them bad, and what a whole run makes of them."""
    folder = tmp_path_factory.mktemp("scene")
    (folder / "t.svg").write_text(SVG)
    rows = [f"r{n},Name {n * 7 % 120}" for n in range(ROWS)]
    rows[150], rows[160], rows[170] = "r150,", "r160", "r3,Twice"
    (folder / "r.csv").write_text("\n".join(("id,name", *rows)) + "\n")
    assert subprocess.run(command("whole"), cwd=folder, capture_output=True, check=False).returncode == 3
    return folder


def command(out: str, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "inkmerge_cli", "batch", "t.svg", "r.csv", "-o", out),
        *("--json", "--dpi", "96", "--workers", "2", *options),
    ]


def interrupt(scene: Path, out: str, number: int, *options: str) -> tuple[int, dict[str, object]]:
    """Start a run, send it a signal as soon as it says that it has got somewhere; return its exit code and last event."""
    started = subprocess.Popen(
        command(out, *options), cwd=scene, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert started.stdout is not None
    event: dict[str, object] = {}
    with started.stdout as events:
        for event in events_of(events):
            if event["event"] == "progress" and event["done"]:
                started.send_signal(number)
                break
        event = next(iter([*events_of(events)][-1:]), event)
    return started.wait(), event


def events_of(lines: Iterator[str]) -> Iterator[dict[str, object]]:
    for line in lines:
        yield json.loads(line)


def manifest(scene: Path, out: str) -> list[ManifestLine]:
    return list(read_manifest(scene / out / "manifest.jsonl"))


def files(scene: Path, out: str) -> set[str]:
    folder = scene / out
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_folder_is_completed_as_if_nothing_had_happened(scene: Path, name: str) -> None:
    number = getattr(signal, name)
    code, event = interrupt(scene, name, number)
    if name == "SIGKILL":
        assert code == -number
    else:
        assert (code, event["event"]) == (128 + number, "interrupted")
        done = manifest(scene, name)
        assert 0 < len(done) == event["done"] < ROWS
        assert done == manifest(scene, "whole")[: len(done)]
        assert all((scene / name / line.path).is_file() for line in done if line.path)
    again = subprocess.run(command(name), cwd=scene, capture_output=True, check=False)
    assert again.returncode == 3, again.stderr
    assert json.loads(again.stdout.splitlines()[0])["resumed"] > 0
    assert (scene / name / "manifest.jsonl").read_bytes() == (scene / "whole" / "manifest.jsonl").read_bytes()
    assert files(scene, name) == files(scene, "whole")
    assert not any(path.endswith(".part") for path in files(scene, name))


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_a_tar_is_completed_as_if_nothing_had_happened(scene: Path, name: str) -> None:
    out = f"tar-{name}"
    interrupt(scene, out, getattr(signal, name), "--store", "tar")
    if name == "SIGINT":
        with tarfile.open(scene / out / "images.tar") as archive:  # it ends as an archive must
            assert {line.path for line in manifest(scene, out)} - {None} <= set(archive.getnames())
    again = subprocess.run(command(out, "--store", "tar"), cwd=scene, capture_output=True, check=False)
    assert again.returncode == 3, again.stderr
    assert [(line.recipient, line.digest) for line in manifest(scene, out)] == [
        (line.recipient, line.digest) for line in manifest(scene, "whole")
    ]
    with tarfile.open(scene / out / "images.tar") as archive:
        names = archive.getnames()
    assert len(names) == len(set(names))
    assert set(names) == {line.path for line in manifest(scene, out) if line.path}


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_tables_are_completed_as_if_nothing_had_happened(scene: Path, name: str) -> None:
    pytest.importorskip("pyarrow")
    out, options = f"parquet-{name}", ("--store", "parquet")
    if not (scene / "parquet-whole").exists():
        run_to_its_end(scene, "parquet-whole", *options)
    with start(scene, out, *options) as started:
        assert started.stdout is not None
        next(
            event for event in events_of(started.stdout) if event["event"] == "progress" and event["settled"]
        )
        started.send_signal(getattr(signal, name))
        started.communicate()
    run_to_its_end(scene, out, *options)
    for path in sorted(files(scene, "parquet-whole") - {"index.html"}):
        assert (scene / out / path).read_bytes() == (scene / "parquet-whole" / path).read_bytes(), path


def start(scene: Path, out: str, *options: str) -> subprocess.Popen[str]:
    """Start a run in a process group of its own."""
    return subprocess.Popen(
        command(out, *options),
        cwd=scene,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run_to_its_end(scene: Path, out: str, *options: str) -> None:
    done = subprocess.run(command(out, *options), cwd=scene, capture_output=True, check=False)
    assert done.returncode == 3, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["claimed", "start"])
def test_a_signal_to_the_whole_group_while_processes_start_reaches_no_line(
    scene: Path, number: signal.Signals, moment: str
) -> None:
    out = f"group-{moment}-{number.name}"
    started = start(scene, out)
    assert started.stdout is not None
    if moment == "start":
        next(events_of(started.stdout))
    else:
        while not (scene / out / ".inkmerge" / "campaign.json").exists():
            assert started.poll() is None
    os.killpg(started.pid, number)
    _, words = started.communicate()
    assert started.returncode == 128 + number
    assert "interrupted" in words
    assert "Traceback" not in words
    assert "error" not in words
    path = scene / out / "manifest.jsonl"
    done = manifest(scene, out) if path.exists() else []
    assert done == manifest(scene, "whole")[: len(done)]
    run_to_its_end(scene, out)
    assert path.read_bytes() == (scene / "whole" / "manifest.jsonl").read_bytes()


def test_a_signal_before_anything_is_loaded_ends_the_program_with_a_word(scene: Path) -> None:
    code = (
        "import os, signal; from inkmerge_cli.interruption import end_on_signals; end_on_signals(); "
        "os.kill(os.getpid(), signal.SIGTERM)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=scene, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (143, b"interrupted\n")


def test_a_second_signal_while_the_first_is_heeded_leaves_what_can_be_gone_on_with(scene: Path) -> None:
    started = subprocess.Popen(
        command("twice"), cwd=scene, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert started.stdout is not None
    with started.stdout as events:
        next(event for event in events_of(events) if event["event"] == "progress")
        started.send_signal(signal.SIGINT)
        started.send_signal(signal.SIGTERM)
        events.read()
    assert started.wait() in {130, 143}
    assert subprocess.run(command("twice"), cwd=scene, capture_output=True, check=False).returncode == 3
    assert (scene / "twice" / "manifest.jsonl").read_bytes() == (
        scene / "whole" / "manifest.jsonl"
    ).read_bytes()
