from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from inkmerge.campaign import quota_database
from inkmerge.campaign.quota import Quota, QuotaSpec
from inkmerge.errors import QuotaExceeded, QuotaUnusable


class Clock:
    def __init__(self, moment: str) -> None:
        self.set(moment)

    def set(self, moment: str) -> None:
        self.now = datetime.fromisoformat(moment)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-11-26T10:00:00Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "quota.sqlite"


def spec(**table: object) -> QuotaSpec:
    return QuotaSpec.model_validate(table)


MONTHLY = spec(per_period=2, period="month", time_zone="Europe/Berlin")


def test_a_key_counts_once_and_what_is_above_the_quota_is_refused(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=2), clock) as quota:
        assert [quota.take(key) for key in "abacab"] == [True, True, True, False, True, True]
        state = quota.state()
    assert (state.campaign.used, state.campaign.allowed, state.campaign.left) == (2, 2, 0)
    assert (state.is_used_up, state.period, state.begins_anew) == (True, None, None)


def test_what_was_taken_is_remembered_by_the_next_run(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=2), clock) as quota:
        assert quota.take("a")
    with Quota.open(path, spec(images=2), clock) as quota:
        assert quota.take_all(["b", "a", "c", "b", "d"]) == [True, True, False, True, False]
        assert quota.take_all([]) == []


def test_a_quota_of_nothing_refuses_all(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=0), clock) as quota:
        assert not quota.take("a")


def test_a_block_is_taken_whole_or_not_at_all(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=9), clock) as quota:
        with pytest.raises(AttributeError):
            quota.take_all(["a", None])  # type: ignore[list-item]
        assert quota.state().campaign.used == 0


@pytest.mark.parametrize(
    ("period", "inside", "outside", "begins_anew"),
    [
        ("day", "2026-11-26T22:59:59Z", "2026-11-26T23:00:00Z", "2026-11-27T00:00:00+01:00"),
        ("week", "2026-11-29T22:59:59Z", "2026-11-29T23:00:00Z", "2026-11-30T00:00:00+01:00"),
        ("month", "2026-11-30T22:59:59Z", "2026-11-30T23:00:00Z", "2026-12-01T00:00:00+01:00"),
        ("year", "2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z", "2027-01-01T00:00:00+01:00"),
    ],
)
def test_a_period_ends_at_midnight_of_its_time_zone(  # noqa: PLR0913, PLR0917  a table and two fixtures
    path: Path, clock: Clock, period: str, inside: str, outside: str, begins_anew: str
) -> None:
    with Quota.open(path, spec(per_period=1, period=period, time_zone="Europe/Berlin"), clock) as quota:
        assert quota.take("a")
        clock.set(inside)
        assert not quota.take("b")
        state = quota.state()
        assert state.begins_anew is not None
        assert state.begins_anew.isoformat() == begins_anew
        clock.set(outside)
        assert quota.state().period is not None
        assert not quota.state().is_used_up
        assert (quota.take("b"), quota.take("a")) == (True, False)


@pytest.mark.parametrize(
    ("zone", "first", "last", "anew"),
    [
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-26T00:00:00+01:00"),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-30T00:00:00+02:00"),
        # Cairo skips midnight: the day begins at one o'clock
        ("Africa/Cairo", "2026-04-22T22:00:00Z", "2026-04-23T21:59:59Z", "2026-04-24T01:00:00+03:00"),
        # in St. John's of 2010 the clocks went back at 00:01, into the day before
        ("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-08T03:29:59Z", "2010-11-08T00:00:00-03:30"),
    ],
)
def test_days_of_23_and_25_hours_are_one_day(path: Path, zone: str, first: str, last: str, anew: str) -> None:
    clock = Clock(first)
    with Quota.open(path, spec(per_period=1, period="day", time_zone=zone), clock) as quota:
        assert quota.take("a")
        while clock.now < datetime.fromisoformat(last):
            assert not quota.take("b")
            clock.now += timedelta(minutes=7)
        clock.set(last)
        assert (quota.take("b"), quota.take("a")) == (False, True)
        state = quota.state()
        assert state.begins_anew is not None
        assert state.begins_anew.isoformat() == anew
        clock.now = state.begins_anew
        assert quota.take("b")


def test_a_clock_set_back_keeps_counting_in_the_later_period(path: Path, clock: Clock) -> None:
    with Quota.open(path, MONTHLY, clock) as quota:
        assert quota.take("a")
        clock.set("2026-12-01T12:00:00Z")
        assert quota.take("b")
        clock.set("2026-11-30T12:00:00Z")
        assert quota.take("b")
        assert quota.take("a")
        state = quota.state()
        assert (state.period and state.period.used, state.campaign.used) == (2, 2)
        assert not quota.take("c")
        clock.set("2026-12-02T12:00:00Z")
        assert [quota.take(key) for key in "abc"] == [True, True, False]


def test_a_key_of_an_earlier_period_counts_anew_in_this_one_but_not_in_the_campaign(
    path: Path, clock: Clock
) -> None:
    both = spec(images=2, per_period=2, period="month")
    with Quota.open(path, both, clock) as quota:
        assert quota.take_all(["a", "b", "c"]) == [True, True, False]
        clock.set("2026-12-05T00:00:00Z")
        assert quota.take_all(["a", "c", "b"]) == [True, False, True]
        state = quota.state()
        assert (state.campaign.used, state.period and state.period.used) == (2, 2)


def test_another_period_counts_what_was_taken_since_it_began(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(per_period=9, period="day"), clock) as quota:
        quota.take("a")
        clock.set("2026-11-27T10:00:00Z")
        quota.take_all(["b", "c"])
    with Quota.open(path, spec(per_period=4, period="month"), clock) as quota:
        assert quota.take_all(["a", "d", "e"]) == [True, True, False]
    with Quota.open(path, spec(per_period=9, period="day"), clock) as quota:
        state = quota.state()
        assert state.period is not None
        assert state.period.used == 3


def test_a_quota_made_smaller_leaves_nothing_but_never_less(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=3), clock) as quota:
        quota.take_all("abc")
    with Quota.open(path, spec(images=1), clock) as quota:
        assert quota.state().campaign.left == 0
        assert (quota.take("a"), quota.take("d")) == (True, False)


def test_images_and_recipients_are_counted_apart(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=1), clock) as quota:
        assert quota.take("a")
    with Quota.open(path, spec(images=1, counts="recipients"), clock) as quota:
        assert quota.take("a")
        assert not quota.take("b")


def test_reset_begins_at_nothing_for_all_who_have_it_open(path: Path, clock: Clock) -> None:
    with Quota.open(path, MONTHLY, clock) as quota, Quota.open(path, MONTHLY, clock) as other:
        assert quota.take_all("abc") == [True, True, False]
        other.reset()
        assert quota.state().campaign.used == 0
        assert quota.take_all("cda") == [True, True, False]


def test_what_is_required_and_refused_says_how_much_when_and_how(path: Path, clock: Clock) -> None:
    with Quota.open(path, MONTHLY, clock) as quota:
        quota.require("a")
        quota.require("b")
        with pytest.raises(QuotaExceeded) as caught:
            quota.require("c")
    assert caught.value.code == "quota-exceeded"
    assert "2 images a month" in caught.value.message
    assert "2026-12-01 00:00 (Europe/Berlin)" in (caught.value.hint or "")
    with Quota.open(path, spec(images=2), clock) as quota, pytest.raises(QuotaExceeded, match="in this camp"):
        quota.require("c")


def test_the_reason_of_a_refusal_is_that_of_the_bound_it_met_whatever_the_clock_says_since(
    path: Path, clock: Clock
) -> None:
    with Quota.open(path, spec(images=9, per_period=1, period="day"), clock) as quota:
        assert quota.take_all("ab") == [True, False]
        clock.set("2026-11-27T00:00:01Z")
        assert "1 images a day" in quota.exceeded().message
        assert "2026-11-27 00:00 (UTC)" in (quota.exceeded().hint or "")
        path.unlink()
        assert "1 images a day" in quota.exceeded().message
    another = path.with_name("another.sqlite")
    with Quota.open(another, spec(per_period=0, period="day"), clock) as quota:
        assert "0 images a day" in quota.exceeded().message
    with Quota.open(another, spec(images=1, per_period=5, period="day"), clock) as quota:
        assert quota.take_all("cd") == [True, False]
        assert quota.take("d") is False
        assert "1 images in this campaign" in quota.exceeded().message


@pytest.mark.parametrize(
    ("table", "cure"),
    [
        ({}, "say images = 1000"),
        ({"per_period": 3}, "belong together"),
        ({"images": 3, "period": "day"}, "belong together"),
        ({"images": 3, "time_zone": "Europe/Atlantis"}, "Europe/Berlin"),
        ({"images": 3, "time_zone": "../../etc"}, "Europe/Berlin"),
        ({"images": -1}, "greater than or equal to 0"),
        ({"images": 3, "image": 3}, "not permitted"),
        ({"per_period": 3, "period": "quarter"}, "'month'"),
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(table: dict[str, object], cure: str) -> None:
    with pytest.raises(ValidationError, match=cure):
        spec(**table)


def test_a_clock_without_a_time_zone_is_refused(path: Path) -> None:
    with (
        Quota.open(path, spec(images=1), Clock("2026-11-26T10:00:00")) as quota,
        pytest.raises(ValueError, match="time zone"),
    ):
        quota.take("a")


def broken(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def another_programs(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (name)")
    connection.close()


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [broken, empty, another_programs, a_folder])
def test_what_is_no_quotas_database_is_an_error_with_its_cure(
    path: Path, clock: Clock, make: Callable[[Path], None]
) -> None:
    path.parent.mkdir()
    make(path)
    with pytest.raises(QuotaUnusable) as caught:
        Quota.open(path, spec(images=1), clock)
    assert caught.value.code == "quota-unusable"
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_folder_that_cannot_be_made_is_an_error(path: Path, clock: Clock) -> None:
    path.parent.write_text("a file")
    with pytest.raises(QuotaUnusable, match="cannot be used"):
        Quota.open(path, spec(images=1), clock)


def test_a_locked_database_is_an_error_and_no_licence(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota_database, "BUSY_SECONDS", 0.0)
    with Quota.open(path, spec(images=5), clock) as quota:
        browser = sqlite3.connect(path, isolation_level=None)
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(QuotaUnusable, match="locked") as caught:
            quota.take("a")
        with pytest.raises(QuotaUnusable, match="locked"):
            Quota.open(path, spec(images=5), clock)
        browser.close()
        assert "end the other program" in (caught.value.hint or "")
        assert quota.take("a")
        assert quota.state().campaign.used == 1


def test_a_read_only_database_is_an_error_and_no_licence(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=5), clock) as quota:
        quota._database.connection.execute("PRAGMA query_only = ON")  # permissions bind no root
        with pytest.raises(QuotaUnusable, match="readonly") as caught:
            quota.take("a")
    assert "write the file" in (caught.value.hint or "")


def test_a_full_disk_is_an_error_and_nothing_is_counted(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=100_000), clock) as quota:
        pages = quota._database.connection.execute("PRAGMA page_count").fetchone()[0]
        quota._database.connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(QuotaUnusable, match="full") as caught:
            quota.take_all(map(str, range(5_000)))
        assert quota.state().campaign.used == 0
    assert "free some space" in (caught.value.hint or "")


def test_a_database_removed_while_in_use_is_an_error(path: Path, clock: Clock) -> None:
    with Quota.open(path, spec(images=5), clock) as quota:
        path.unlink()
        with pytest.raises(QuotaUnusable, match="removed or replaced"):
            quota.take("a")
        with Quota.open(path, spec(images=5), clock) as other:
            assert other.take("a")
        with pytest.raises(QuotaUnusable, match="removed or replaced"):
            quota.state()


SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from inkmerge.campaign.quota import Quota, QuotaSpec

def clock():
    return datetime(2026, 11, 26, tzinfo=UTC)

path, name, images = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
quota = Quota.open(path, QuotaSpec(images=images), clock)
"""


def started(path: Path, name: str, images: int, work: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT + work, str(path), name, str(images)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_at_the_edge_take_exactly_what_is_allowed(path: Path, clock: Clock) -> None:
    one_by_one = """
taken = 0
while quota.take(f"{name}-{taken}"):
    taken += 1
print(taken)
"""
    in_blocks = """
taken, block = 0, 0
while True:
    answers = quota.take_all(f"{name}-{block}-{number}" for number in range(7))
    taken, block = taken + sum(answers), block + 1
    if not all(answers):
        break
print(taken)
"""
    allowed = 300
    processes = [
        started(path, name, allowed, work)
        for name, work in (("a", one_by_one), ("b", one_by_one), ("c", in_blocks))
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [int(process.communicate()[0]) for process in processes]
    assert sum(taken) == allowed
    with Quota.open(path, spec(images=allowed), clock) as quota:
        assert quota.state().campaign.used == allowed


def test_processes_that_take_the_same_keys_count_them_once(path: Path, clock: Clock) -> None:
    work = "print(sum(quota.take(str(number)) for number in range(100)))"
    processes = [started(path, name, 120, work) for name in "ab"]
    assert [process.communicate("go\n")[0].strip() for process in processes] == ["100", "100"]
    with Quota.open(path, spec(images=120), clock) as quota:
        assert quota.state().campaign.left == 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_opens_the_database_anew(path: Path) -> None:
    work = """
import os
assert quota.take("before")
before = quota._database.connection
child = os.fork()
if child == 0:
    os._exit(0 if quota.take("child") and quota._database.connection is not before else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), quota.take("after"), quota.take("too many"))
"""
    assert started(path, "a", 3, work).communicate("go\n")[0] == "0 True False\n"


def test_what_a_killed_process_had_not_finished_taking_comes_back(path: Path, clock: Clock) -> None:
    work = """
assert quota.take("done")
with quota._transaction():
    quota._take([b"1", b"2", b"3"], 9)
    print("halfway", flush=True)
    sys.stdin.readline()
"""
    process = started(path, "a", 4, work)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "halfway\n"
    process.kill()
    process.communicate()
    with Quota.open(path, spec(images=4), clock) as quota:
        assert quota.state().campaign.left == 3
        assert quota.take_all("abcd") == [True, True, True, False]


MOVES = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(-40 * 24, 40 * 24)), min_size=1, max_size=25)


@settings(max_examples=40, deadline=None)  # each example writes to the disk
@given(MOVES, st.integers(0, 4), st.sampled_from(["day", "week", "month", "year"]))
def test_whatever_the_clock_does_no_period_gets_more_than_allowed(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int]], allowed: int, period: str
) -> None:
    clock = Clock("2026-11-26T10:00:00Z")
    wanted = spec(per_period=allowed, period=period, time_zone="Europe/Berlin")
    taken: dict[datetime | None, set[str]] = {}
    latest = datetime.min.replace(tzinfo=UTC)
    with Quota.open(tmp_path_factory.mktemp("quota") / "q", wanted, clock) as quota:
        for key, hours in moves:
            clock.now += timedelta(hours=hours)
            answer = quota.take(key)
            state = quota.state()
            assert state.begins is not None
            assert state.period is not None
            assert answer or allowed == state.period.used
            if answer:
                assert state.begins >= latest
                latest = state.begins
                taken.setdefault(state.begins, set()).add(key)
                assert state.period.used == len(taken[state.begins]) <= allowed
