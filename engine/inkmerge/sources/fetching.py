"""A request → what was fetched: from an allowed host, within limits, or a copy of it.

The network is loaded on first use: campaigns whose sources are files need none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy as copied
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Self

from inkmerge.errors import SOURCE_NOT_ALLOWED, SourceUnavailable
from inkmerge.sources.copies import Copies
from inkmerge.sources.request import Fetched, Request, fetched_of
from inkmerge.sources.spec import HttpSpec

if TYPE_CHECKING:
    from inkmerge.sources.download import Downloads
    from inkmerge.sources.transport import Network

_FAILURE_SECONDS: Final = 60.0
"""How long a failure is remembered, so that a batch does not ask a dead server for each recipient."""


def now() -> datetime:
    """Return the time of the machine's clock, in UTC."""
    return datetime.now(UTC)


class Fetcher:
    """Fetches over HTTP from allowed hosts, and keeps copies.

    One fetcher serves a whole run, from any number of threads.

    Args:
        http: Whom to ask, and how long and how much.
        cache_dir: Where copies are kept across runs; None keeps them in memory.
        clock: The time of day.
        network: Where the outside is touched, for tests.
    """

    def __init__(
        self,
        http: HttpSpec,
        cache_dir: Path | None = None,
        *,
        clock: Callable[[], datetime] = now,
        network: Network | None = None,
    ) -> None:
        self.http = http
        self.clock = clock
        self._copies = Copies(cache_dir)
        self._network = network
        self._downloads: Downloads | None = None
        self._now = network.now if network else time.monotonic
        self._failures: dict[str, tuple[float, SourceUnavailable]] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        with self._lock:
            downloads, self._downloads = self._downloads, None
        if downloads is not None:
            downloads.close()

    def get(self, request: Request) -> Fetched:
        """Fetch, or take a copy that is new enough; when the source fails, an old copy.

        Raises:
            SourceUnavailable: It cannot be had and there is no copy, or its host or address is not allowed.
        """
        key = request.key
        copy = self._copies.get(key)
        age = self.clock() - copy.fetched_at if copy else timedelta.max
        if copy and timedelta(0) <= age < timedelta(seconds=request.max_age):
            return fetched_of(copy)
        try:
            self._recall(key)
            newest = self._opened().newest(request, copy)
            if request.check is not None:
                request.check(fetched_of(newest))
        except SourceUnavailable as fault:
            self._remember(key, fault)
            if copy is None or fault.code == SOURCE_NOT_ALLOWED:
                raise
            return replace(fetched_of(copy), stale_because=fault)
        self._copies.put(key, newest)
        return fetched_of(newest)

    def prefetch(self, requests: Sequence[Request]) -> tuple[Fetched | SourceUnavailable, ...]:
        """Fetch several at once, each one time; failures are returned, in the order of the requests."""
        distinct = {(one.key, one.max_bytes): one for one in requests}
        if not distinct:
            return ()
        with ThreadPoolExecutor(self.http.concurrency, "prefetch") as pool:
            found = dict(zip(distinct, pool.map(self._attempt, distinct.values()), strict=True))
        return tuple(found[one.key, one.max_bytes] for one in requests)

    def _attempt(self, request: Request) -> Fetched | SourceUnavailable:
        try:
            return self.get(request)
        except SourceUnavailable as fault:
            return fault

    def _opened(self) -> Downloads:
        from inkmerge.sources.download import Downloads  # noqa: PLC0415  sources that are files need no HTTP
        from inkmerge.sources.transport import Network  # noqa: PLC0415  same

        with self._lock:
            if self._downloads is None:
                self._downloads = Downloads(self.http, self._network or Network(), self.clock)
            return self._downloads

    def _recall(self, key: str) -> None:
        with self._lock:
            until, fault = self._failures.get(key, (0.0, None))
        if fault is not None and self._now() < until:
            raise copied(fault)  # callers fill in places

    def _remember(self, key: str, fault: SourceUnavailable) -> None:
        with self._lock:
            until, earlier = self._failures.get(key, (0.0, None))
            if earlier is not fault or self._now() >= until:
                self._failures[key] = self._now() + _FAILURE_SECONDS, fault
