"""What workers lack of the network → fetched by the parent, many things at once.

Workers ask nobody: a server that is slow would cost them the time that a drawing may take, and each of them would ask
for the same. They hand back what they lack, and get the rows again once a copy is on the disk, or with the reason why
there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from inkmerge.errors import SourceUnavailable
from inkmerge.sources import Fetcher, Outcome, Request

T = TypeVar("T")

TRIPS: Final = 8
"""Times that something may have to be fetched for one thing: items, their pictures, and what was removed meanwhile."""


@dataclass(frozen=True, slots=True)
class _Errand(Generic[T]):
    """Something that waits, and what for, by the keys of requests."""

    waiting: T
    futures: Mapping[str, Future[Outcome]]


class Errands(Generic[T]):
    """Fetches what is lacking for things that wait for it; each request is sent once, however many wait.

    Args:
        fetcher: What fetches; None where nothing is on the network.
    """

    def __init__(self, fetcher: Fetcher | None) -> None:
        self._fetcher = fetcher
        self._errands: list[_Errand[T]] = []
        self._under_way: dict[str, Future[Outcome]] = {}

    def __len__(self) -> int:
        """Return how many things wait."""
        return len(self._errands)

    @property
    def futures(self) -> tuple[Future[Outcome], ...]:
        """What things wait for; each is done when something may go on."""
        return tuple(future for errand in self._errands for future in errand.futures.values())

    def send(self, waiting: T, requests: Sequence[Request], told: Mapping[str, Outcome]) -> None:
        """Have something fetched.

        Args:
            waiting: What waits for it.
            requests: What is lacking.
            told: What this was told before: a copy that is lacking all the same is lost.
        """
        assert self._fetcher is not None  # else nobody lacks anything
        for request in requests:
            if request.key not in self._under_way:
                is_lost = request.key in told and told[request.key] is None
                self._under_way[request.key] = self._fetcher.begin(request, is_lost=is_lost)
        futures = {request.key: self._under_way[request.key] for request in requests}
        self._errands.append(_Errand(waiting, futures))

    def done(self) -> list[tuple[T, dict[str, Outcome]]]:
        """Return what need not wait any longer, with what became of its requests."""
        found = []
        left = []
        for errand in self._errands:
            if all(future.done() for future in errand.futures.values()):
                found.append((errand.waiting, {key: _outcome(one) for key, one in errand.futures.items()}))
            else:
                left.append(errand)
        self._errands = left
        self._under_way = {key: one for key, one in self._under_way.items() if not one.done()}
        return found


def _outcome(future: Future[Outcome]) -> Outcome:
    fault = future.exception()
    if (
        fault is not None
    ):  # whatever a server's bytes brought about, it costs recipients their images, not the run
        return SourceUnavailable(f"{type(fault).__name__}: {fault}")
    return future.result()


def removed() -> SourceUnavailable:
    """Return what to say after `TRIPS`."""
    return SourceUnavailable(
        "what the image needs is removed before it is used", hint="raise cache_bytes under [http]"
    )
