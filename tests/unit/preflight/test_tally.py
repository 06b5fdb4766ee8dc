"""Counts of parts of an audience add up, and the worst of all is the example."""

from __future__ import annotations

from inkmerge.errors import InkmergeError
from inkmerge.preflight import ElementTally


def tally(*noted: tuple[str, float]) -> ElementTally:
    found = ElementTally(images=len(noted), distinct=len(noted))
    for recipient, weight in noted:
        found.note(InkmergeError(f"{weight} too much", code="text-overflow"), recipient, weight)
    return found


def test_the_worst_is_the_example_and_of_equal_ones_the_first_by_id() -> None:
    first, second = tally(("r-3", 0.5), ("r-2", 0.25)), tally(("r-9", 0.5), ("r-1", 0.1))
    for one, other in ((first, second), (second, first)):
        whole = tally()
        whole.add(one)
        whole.add(other)
        assert whole.examples["text-overflow"].recipient == "r-3"
        assert (whole.images, whole.distinct) == (4, 4)
