"""Real processes and real signals in the middle of a batch: run again, the result is that of a run never ended."""

from __future__ import annotations

import json
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
            if event["event"] == "progress":
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
