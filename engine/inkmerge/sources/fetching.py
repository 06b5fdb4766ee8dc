"""A request → what was fetched: from an allowed host, within limits, or a copy of it.

The network is loaded on first use: campaigns whose sources are files need none.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy as copied
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from threading import Lock, local
from typing import TYPE_CHECKING, Final, Self

from inkmerge.errors import SOURCE_NOT_ALLOWED, InkmergeError, SourceUnavailable
from inkmerge.sources.copies import Copies, Copy
from inkmerge.sources.request import Fetched, Request, Unfetched, fetched_of
from inkmerge.sources.spec import HttpSpec

if TYPE_CHECKING:
    from inkmerge.sources.download import Downloads
    from inkmerge.sources.transport import Network

Outcome = SourceUnavailable | None
"""What became of a request: None when there is a copy as new as asked for, else why not."""
_FAILURE_SECONDS: Final = 60.0
"""How long a failure is remembered, so that a batch does not ask a dead server for each recipient."""
_MOST_MET: Final = 20_000


def now() -> datetime:
    """Return the time of the machine's clock, in UTC."""
    return datetime.now(UTC)


class Fetcher:
    """Fetches over HTTP from allowed hosts, and keeps copies.

    One fetcher serves a whole run, from any number of threads. Of several processes that share a folder of copies,
    one may fetch for all: the others are not online, raise `Unfetched`, and are told with `settle` what became of it.

    Args:
        http: Whom to ask, how long and how much, and how much is kept.
        cache_dir: Where copies are kept across runs; None keeps them in memory.
        clock: The time of day.
        network: Where the outside is touched, for tests.
        is_online: Whether it may ask anybody.
    """

    def __init__(
        self,
        http: HttpSpec,
        cache_dir: Path | None = None,
        *,
        clock: Callable[[], datetime] = now,
        network: Network | None = None,
        is_online: bool = True,
    ) -> None:
        self.http = http
        self.clock = clock
        self._copies = Copies(cache_dir, http.cache_bytes, timedelta(days=http.cache_days), clock)
        self._network = network
        self._downloads: Downloads | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._now = network.now if network else time.monotonic
        self._failures: dict[str, tuple[float, SourceUnavailable]] = {}
        self._met: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()
        self._is_online = is_online
        self._thread = local()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, and give up what is being fetched; the next request opens new ones."""
        with self._lock:
            downloads, self._downloads = self._downloads, None
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)
        if downloads is not None:
            downloads.close()

    @property
    def is_online(self) -> bool:
        """Whether this thread may ask anybody."""
        return self._is_online and not getattr(self._thread, "is_held_back", False)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let this thread ask nobody for a while, to learn from `Unfetched` what it needs."""
        self._thread.is_held_back = True
        try:
            yield
        finally:
            self._thread.is_held_back = False

    def get(self, request: Request) -> Fetched:
        """Fetch, or take a copy that is new enough; when the source fails, an old copy.

        Raises:
            SourceUnavailable: It cannot be had and there is no copy, or its host or address is not allowed.
            DataError: The copy cannot be kept.
            Unfetched: It would have to be asked for, and nobody may be asked.
        """
        key = request.key
        copy = self._copies.get(key)
        if copy is not None and self._is_new_enough(key, copy, request):
            return fetched_of(copy)
        fault = self._recalled(key)
        if fault is None:
            if not self.is_online:
                raise Unfetched((request,))
            try:
                return self._fetched(key, request, copy)
            except SourceUnavailable as failure:
                self._remember(key, failure)
                fault = failure
        if copy is None or fault.code == SOURCE_NOT_ALLOWED:
            raise fault
        return replace(fetched_of(copy), stale_because=fault)

    def prefetch(self, requests: Sequence[Request]) -> tuple[Fetched | SourceUnavailable, ...]:
        """Fetch several at once, each one time; failures are returned, in the order of the requests."""
        distinct = {(one.key, one.max_bytes): one for one in requests}
        if not distinct:
            return ()
        pool = self._pool()
        futures = {name: pool.submit(self._attempt, one) for name, one in distinct.items()}
        return tuple(futures[one.key, one.max_bytes].result() for one in requests)

    def begin(self, request: Request, *, is_lost: bool = False) -> Future[Outcome]:
        """Fetch in the background, for a process that shares the copies; `concurrency` at most are under way.

        What was fetched since this fetcher was opened is taken as it is: a run sees one state of everything.

        Args:
            request: What is to be fetched.
            is_lost: Whether the copy is known to be gone, and has to be made anew.
        """
        with self._lock:
            if is_lost:
                self._met.pop(request.key, None)
            elif request.key in self._met:
                done: Future[Outcome] = Future()
                done.set_result(None)
                return done
        return self._pool().submit(self._outcome, request)

    def require(self, requests: Sequence[Request]) -> None:
        """Have several things fetched at once before they are taken one by one.

        Raises:
            Unfetched: Nobody may be asked; it names all that would have to be.
        """
        if self.is_online:
            if len(requests) > 1:
                self.prefetch(requests)
            return
        lacking: list[Request] = []
        for request in requests:
            try:
                self.get(request)
            except Unfetched as fault:
                lacking += fault.requests
            except SourceUnavailable:
                continue  # whoever takes it will be told
        if lacking:
            raise Unfetched(tuple(lacking))

    def settle(self, outcomes: Mapping[str, Outcome]) -> None:
        """Take over what another process fetched, by the keys of requests; failures hold until the next call."""
        with self._lock:
            self._failures = {key: (inf, fault) for key, fault in outcomes.items() if fault is not None}
        for key, fault in outcomes.items():
            if fault is None:
                self._meet(key)

    def _is_new_enough(self, key: str, copy: Copy, request: Request) -> bool:
        if not self.is_online:
            with self._lock:
                if key in self._met:
                    return True
        return timedelta(0) <= self.clock() - copy.fetched_at < timedelta(seconds=request.max_age)

    def _fetched(self, key: str, request: Request, copy: Copy | None) -> Fetched:
        newest = self._opened().newest(request, copy)
        found = fetched_of(newest)
        if request.check is not None:
            found = replace(found, checked=request.check(found))
        self._copies.put(key, newest)
        self._meet(key)
        return found

    def _attempt(self, request: Request) -> Fetched | SourceUnavailable:
        try:
            return self.get(request)
        except SourceUnavailable as fault:
            return fault
        except InkmergeError as fault:  # the copy cannot be kept
            return SourceUnavailable(fault.message, location=fault.location, hint=fault.hint)

    def _outcome(self, request: Request) -> Outcome:
        found = self._attempt(request)
        return found if isinstance(found, SourceUnavailable) else found.stale_because

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.http.concurrency, "fetch")
            return self._threads

    def _opened(self) -> Downloads:
        from inkmerge.sources.download import Downloads  # noqa: PLC0415  sources that are files need no HTTP
        from inkmerge.sources.transport import Network  # noqa: PLC0415  same

        with self._lock:
            if self._downloads is None:
                self._downloads = Downloads(self.http, self._network or Network(), self.clock)
            return self._downloads

    def _recalled(self, key: str) -> SourceUnavailable | None:
        with self._lock:
            until, fault = self._failures.get(key, (0.0, None))
        if fault is None or self._now() >= until:
            return None
        return copied(fault)  # callers fill in places

    def _remember(self, key: str, fault: SourceUnavailable) -> None:
        with self._lock:
            self._failures[key] = self._now() + _FAILURE_SECONDS, copied(fault)

    def _meet(self, key: str) -> None:
        with self._lock:
            self._met[key] = None
            self._met.move_to_end(key)
            if len(self._met) > _MOST_MET:
                self._met.popitem(last=False)
