"""Work in chunks comes back in order, whatever becomes of the processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from chunk_functions import doubled, doubled_parts, end_at_once, enter, lacking
from inkmerge.child_chunks import ChildChunks
from inkmerge.child_processes import ChildPool
from inkmerge.errors import InkmergeError, WorkerDied
from inkmerge.sources import Fetcher, HttpSpec, Outcome


def chunks(
    size: int = 3, seconds: float = 30.0, initializer: Callable[[], None] = enter
) -> ChildChunks[int, list[int | str]]:
    pool = ChildPool(2, initializer, ())
    fetcher = Fetcher(HttpSpec())
    return ChildChunks(pool, 2, doubled, size, lambda _: seconds, lambda _, reason: [reason.code], fetcher)


def run(numbers: list[int], **options: float) -> list[int | str]:
    found = chunks(seconds=options.get("seconds", 30.0)).results(iter(numbers))
    return [one for result in found for one in result]


def test_results_come_in_the_order_of_the_items() -> None:
    assert run(list(range(20))) == [2 * number for number in range(20)]


def test_nothing_comes_of_nothing() -> None:
    assert run([]) == []


def test_a_process_that_dies_costs_only_the_item_that_it_died_of() -> None:
    assert run([1, 2, 3, 4, -1, 5, 6, 7]) == [2, 4, 6, 8, "worker-died", 10, 12, 14]


def test_an_item_that_can_be_divided_costs_only_the_part_that_its_process_died_of() -> None:
    found = chunks()
    found.divide = lambda number: [1, -1, 3] if number == -100 else []
    found.function = doubled_parts
    results = found.results(iter([4, -100, 5]))
    assert [one for result in results for one in result] == [8, 2, "worker-died", 6, 10]


def test_a_process_that_hangs_costs_only_the_item_that_it_hangs_on() -> None:
    assert run([1, -2, 3, 4], seconds=1.0) == [2, "time-limit-exceeded", 6, 8]


def test_what_is_fetched_and_gone_again_over_and_over_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[bool] = []

    def begin(_: object, __: object, *, is_lost: bool = False) -> Future[Outcome]:
        begun.append(is_lost)
        done: Future[Outcome] = Future()
        done.set_result(None)
        return done

    monkeypatch.setattr(Fetcher, "begin", begin)
    found = chunks()
    found.function = lacking
    assert list(found.results(iter([1, 2]))) == [["source-unavailable"] * 2]
    assert begun == [False, *[True] * 7]


def test_what_the_function_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="refused"):
        run([1, -3])


def test_only_a_few_items_are_taken_before_their_results_are() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = chunks().results(numbers())
    next(results)
    assert len(taken) <= 2 * 3 * 3
    results.close()  # type: ignore[attr-defined]  # a generator


def test_processes_that_end_as_they_start_are_an_error() -> None:
    with pytest.raises(InkmergeError) as caught:
        list(chunks(initializer=end_at_once).results(iter([1])))
    assert isinstance(caught.value, WorkerDied)
