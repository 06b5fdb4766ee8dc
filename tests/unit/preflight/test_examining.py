"""A process that is lost with part of an audience costs the recipient and the image element that caused it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from pebble import ProcessExpired

from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.preflight import examining
from inkmerge.preflight.counting import Counted, Row
from inkmerge.preflight.tally import ElementTally
from inkmerge.sources import Fetcher, HttpSpec

ROWS: list[Row] = [(f"r-{number}", {}) for number in range(600)]


class Pool:
    """Does at once what it is asked for; whoever looks at `r-7` for the element `b` hangs, at `r-300` for `a` crashes."""

    is_broken = False

    def __init__(self, *_: object) -> None:
        pass

    def schedule(self, _: object, arguments: Any, seconds: float) -> Future[list[Counted]]:
        asked, fetched = arguments
        assert fetched == {}
        elements = asked[0].elements
        assert seconds == DEFAULT_LIMITS.seconds + (DEFAULT_LIMITS.load_seconds if len(asked) > 1 else 0)
        future: Future[list[Counted]] = Future()
        ids = {one.row[0] for one in asked}
        if "r-7" in ids and "b" in elements:
            future.set_exception(TimeoutError())
        elif "r-300" in ids and "a" in elements:
            future.set_exception(ProcessExpired("gone", 11))
        else:
            counted = [Counted(name, ElementTally(images=len(asked)), frozenset()) for name in elements]
            future.set_result(counted)
        return future

    def close(self) -> None:
        pass


def test_a_lost_process_costs_one_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "ChildPool", Pool)
    images: Counter[str] = Counter()
    fallbacks: dict[str, Counter[str]] = {"a": Counter(), "b": Counter()}
    start, nobody = (Path(), DEFAULT_LIMITS), Fetcher(HttpSpec())
    for parts in examining.examine(iter(ROWS), ("a", "b"), start, 2, nobody):
        for name, tally, _ in parts:
            images[name] += tally.images
            fallbacks[name].update(tally.fallbacks)
            for example in tally.examples.values():
                assert example.recipient == {"a": "r-300", "b": "r-7"}[name]
    assert images == {"a": 600, "b": 600}
    assert fallbacks == {"a": Counter({"worker-died": 1}), "b": Counter({"time-limit-exceeded": 1})}
