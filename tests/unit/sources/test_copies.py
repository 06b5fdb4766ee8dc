"""Copies on disk: whole, bounded in bytes and age, shared by processes that know nothing of each other."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inkmerge.sources import copies as module
from inkmerge.sources.copies import Copies, Copy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "http"


def copies_in(folder: Path, shop: Any, largest: int = 10_000_000, days: float = 30) -> Copies:
    return Copies(folder, largest, timedelta(days=days), shop.clock)


def put(copies: Copies, shop: Any, *keys: str, size: int = 8_000) -> None:
    for key in keys:
        copies.put(key, Copy(b"x" * size, "text/plain", "http://shop.example/", shop.clock(), None, None))
        shop.clock.pass_(100)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_not_used_for_longest_goes_when_there_is_no_room(folder: Path, shop: Any) -> None:
    copies = copies_in(folder, shop, largest=30_000)
    put(copies, shop, "a", "b", "c")
    assert copies.get("a") is not None
    shop.clock.pass_(100)
    put(copies, shop, "d")
    assert names(folder) == ["a", "c", "d"]
    assert copies.get("b") is None


def test_what_was_not_used_for_days_goes_though_there_is_room(folder: Path, shop: Any) -> None:
    put(copies_in(folder, shop, days=2), shop, "old", "used")
    shop.clock.pass_(86_400)
    assert copies_in(folder, shop, days=2).get("used") is not None
    shop.clock.pass_(86_400)
    put(copies_in(folder, shop, days=2), shop, "new")
    assert names(folder) == ["new", "used"]


def test_what_was_written_last_stays_however_large_it_is(folder: Path, shop: Any) -> None:
    copies = copies_in(folder, shop, largest=10_000)
    put(copies, shop, "a", "b", size=50_000)
    assert names(folder) == ["b"]


def test_small_copies_count_as_what_they_take_on_a_disk(folder: Path, shop: Any) -> None:
    put(copies_in(folder, shop, largest=40_000), shop, *(f"{number:02}" for number in range(30)), size=1)
    assert 8 <= len(names(folder)) <= 10
    assert names(folder)[-1] == "29"


def test_what_a_killed_process_left_half_written_goes_after_an_hour(folder: Path, shop: Any) -> None:
    folder.mkdir()
    for name, age in ((".old.part", 4_000), (".new.part", 100)):
        (folder / name).write_bytes(b"x")
        then = (folder / name).stat().st_mtime - age
        os.utime(folder / name, (then, then))
    shop.clock.pass_(1e7)  # the disk's clock counts, not ours
    put(copies_in(folder, shop), shop, "a")
    assert names(folder) == [".new.part", "a"]


def test_a_copy_that_is_used_while_room_is_made_stays(
    folder: Path, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(copies_in(folder, shop), shop, "a", "b", "c")
    listed = module._kept

    def use_afterwards(folder: Path) -> Any:
        found = list(listed(folder))
        assert copies_in(folder, shop).get("a") is not None
        (folder / "b").unlink()
        return found

    monkeypatch.setattr(module, "_kept", use_afterwards)
    put(copies_in(folder, shop, largest=20_000), shop, "d")
    assert names(folder) == ["a", "d"]


def test_a_folder_that_is_looked_through_is_not_looked_through_with_every_copy(
    folder: Path, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    listed = module._kept
    monkeypatch.setattr(module, "_kept", lambda folder: looks.append(1) or listed(folder))
    put(copies_in(folder, shop, largest=1_000_000), shop, *map(str, range(30)))
    assert 2 <= len(looks) <= 6


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from inkmerge.sources.copies import Copies, Copy

def now():
    return datetime.now(UTC)

copies = Copies(Path(sys.argv[1]), 400_000, timedelta(days=1), now)
for number in range(200):
    body = b"%d " % number * 2_000
    copies.put(f"{number % 90}", Copy(body, "text/plain", "http://shop.example/", now(), None, None))
    found = copies.get(f"{number * 7 % 90}")
    assert found is None or len(set(found.data.split())) == 1
"""


def test_processes_that_write_at_the_same_time_keep_to_the_bound_and_find_whole_copies(
    folder: Path,
) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder)]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    sizes = [path.stat().st_size for path in folder.iterdir()]
    assert 100_000 < sum(sizes) <= 400_000 * (1 + 3 * 0.05) + 8_000
    assert not [path for path in folder.iterdir() if path.suffix == ".part"]
