"""What workers lack is fetched once, and what waits for it goes on when all of it is there."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, cast

from inkmerge.errands import Errands
from inkmerge.errors import SourceUnavailable
from inkmerge.sources import Fetcher, Outcome, Request

A, B = Request("http://shop.example/a"), Request("http://shop.example/b")


class Slow:
    """Fetches when the test says so."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, bool]] = []
        self.futures: list[Future[Outcome]] = []

    def begin(self, request: Request, *, is_lost: bool = False) -> Future[Outcome]:
        self.begun.append((request.url[-1], is_lost))
        self.futures.append(Future())
        return self.futures[-1]


def errands() -> tuple[Errands[str], Any]:
    slow = Slow()
    return Errands(cast("Fetcher", slow)), slow


def test_what_several_wait_for_is_fetched_once() -> None:
    waiting, slow = errands()
    waiting.send("first", [A], {})
    waiting.send("second", [A, B], {})
    assert (slow.begun, len(waiting), waiting.done()) == ([("a", False), ("b", False)], 2, [])
    slow.futures[0].set_result(None)
    assert waiting.done() == [("first", {A.key: None})]
    fault = SourceUnavailable("gone")
    slow.futures[1].set_result(fault)
    assert waiting.done() == [("second", {A.key: None, B.key: fault})]
    assert (len(waiting), waiting.futures) == (0, ())


def test_what_is_lacking_although_it_was_fetched_is_lost() -> None:
    waiting, slow = errands()
    waiting.send("one", [A, B], {A.key: None, B.key: SourceUnavailable("gone")})
    assert slow.begun == [("a", True), ("b", False)]


def test_what_goes_wrong_beyond_errors_of_ours_is_a_reason() -> None:
    waiting, slow = errands()
    waiting.send("one", [A], {})
    slow.futures[0].set_exception(RecursionError("too deep"))
    ((_, outcomes),) = waiting.done()
    assert isinstance(outcomes[A.key], SourceUnavailable)
    assert "RecursionError: too deep" in str(outcomes[A.key])
