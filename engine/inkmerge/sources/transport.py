"""One request over the network → its answer: the address that is checked is the one connected to.

httpcore's pool does the work, with httpx's addresses and its trust in certificates; httpx's client is left out, since
redirects, cookies, proxies of the environment and decoding are either refused here or done under limits.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import httpcore
import httpx

from inkmerge.errors import (
    SOURCE_MALFORMED,
    SOURCE_NOT_ALLOWED,
    SOURCE_TOO_LARGE,
    Location,
    SourceUnavailable,
)
from inkmerge.sources.addresses import is_public, parsed_address
from inkmerge.sources.body import CODINGS, Body, BodyDamaged, BodyTooLarge
from inkmerge.sources.spec import HttpSpec

_USER_AGENT: Final = "Inkmerge"
_SPARE: Final = 4
"""Connections for each request that may be under way."""
_DEADLINE: Final[ContextVar[float]] = ContextVar("deadline")
"""When the request that this thread carries out must be done; httpcore hands only single time limits down."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class Network:
    """Where the outside is touched; tests put their own in.

    Attributes:
        resolve: A host and a port to addresses.
        connect: Makes connections to addresses.
        now: Seconds of a clock that never goes back.
        sleep: Waits.
    """

    resolve: Callable[[str, int], Sequence[str]] = resolve
    connect: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Interrupted(Exception):
    """A request failed in a way that another attempt may mend."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        status: The status code.
        headers: Values by name in lower case.
        data: The decoded body of a status 200, else empty.
    """

    status: int
    headers: Mapping[str, str]
    data: bytes


class Transport:
    """A pool of connections to public addresses."""

    def __init__(self, http: HttpSpec, network: Network) -> None:
        self._http = http
        self._network = network
        self._turns = threading.BoundedSemaphore(http.concurrency)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            # a pool that is full closes idle connections to make room, now and then one that was just given away
            max_connections=_SPARE * http.concurrency,
            keepalive_expiry=10.0,
            network_backend=_Guard(network, allows_private=http.allow_private),
        )

    def get(self, url: httpx.URL, headers: Mapping[str, str], largest: int, deadline: float) -> Answer:
        """Send one request; redirects are not followed.

        Raises:
            Interrupted: Another attempt may help.
            SourceUnavailable: The address is not allowed, or the body too large or not decodable.
        """
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path or b"/"
        )
        sent = {
            "user-agent": _USER_AGENT,
            "accept": "*/*",
            **headers,
            "accept-encoding": "gzip, deflate",
        }
        if not self._turns.acquire(timeout=max(0.0, deadline - self._network.now())):
            raise Interrupted("waits too long for others to be done")
        token = _DEADLINE.set(deadline)
        try:
            with self._pool.stream(
                "GET", target, headers=list(sent.items()), extensions={"timeout": self._time_limits(deadline)}
            ) as response:
                return self._answer(response, largest, place_of(url))
        except httpcore.TimeoutException:
            raise Interrupted("takes too long to answer") from None
        except httpcore.ConnectError as fault:
            raise _unconnected(fault, place_of(url)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as fault:
            raise Interrupted(f"breaks off: {fault or type(fault).__name__}") from None
        finally:
            _DEADLINE.reset(token)
            self._turns.release()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _time_limits(self, deadline: float) -> dict[str, float]:
        http = self._http
        return {
            "connect": http.connect_seconds,
            "read": http.read_seconds,
            "write": http.read_seconds,
            "pool": max(0.0, deadline - self._network.now()),
        }

    def _answer(self, response: httpcore.Response, largest: int, place: Location) -> Answer:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }
        if response.status != 200:
            return Answer(response.status, headers, b"")
        coding = headers.get("content-encoding", "").strip().lower()
        if coding not in CODINGS:
            raise SourceUnavailable(
                f"the answer is encoded as {coding[:40]!r}, which was not asked for",
                code=SOURCE_MALFORMED,
                location=place,
            )
        body = Body(coding, largest)
        try:
            body.announce(headers.get("content-length", ""))
            for piece in response.iter_stream():
                body.feed(piece)
            return Answer(200, headers, body.whole())
        except BodyTooLarge:
            raise SourceUnavailable(
                f"the answer has more than {largest:,} bytes",
                code=SOURCE_TOO_LARGE,
                location=place,
                hint="ask for less, or raise max_bytes",
            ) from None
        except BodyDamaged:
            raise Interrupted("sends a body that does not unpack") from None


def place_of(url: httpx.URL) -> Location:
    """Return an address as a place, without what may be secret in it."""
    shown = f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"
    return Location(shown + ("?…" if url.query else ""))


def _unconnected(fault: httpcore.ConnectError, place: Location) -> Exception:
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return Interrupted(f"cannot be reached: {fault}")
    return SourceUnavailable(
        f"the server's certificate is not trusted: {cause.verify_message}",
        location=place,
        hint="check the address; name your own authority's certificates with SSL_CERT_FILE",
    )


class _Guard(httpcore.NetworkBackend):
    """Resolves a host once, checks every address, and connects to one that was checked."""

    def __init__(self, network: Network, *, allows_private: bool) -> None:
        self._network = network
        self._allows_private = allows_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._checked(host, port, self._left(timeout))
        for last, address in enumerate(addresses, 1 - len(addresses)):
            try:
                stream = self._network.connect.connect_tcp(
                    address, port, self._left(timeout), local_address, socket_options
                )
                return _TimedStream(stream, self._left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == 0:
                    raise
        raise httpcore.ConnectError("the host has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002  httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  same
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError(f"{path}: sockets of the file system are not connected to")

    def sleep(self, seconds: float) -> None:
        self._network.sleep(seconds)

    def _left(self, timeout: float | None) -> float:
        """Return the seconds that one step may take."""
        left = _DEADLINE.get() - self._network.now()
        if left <= 0:
            raise httpcore.ReadTimeout("the time limit for the whole request has passed")
        return left if timeout is None else min(timeout, left)

    def _checked(self, host: str, port: int, seconds: float) -> list[str]:
        found = list(dict.fromkeys(_resolved(self._network.resolve, host, port, seconds)))
        for text in found:
            address = parsed_address(text)
            if not self._allows_private and not is_public(address):
                raise SourceUnavailable(
                    f"{host} is at {address}, which is no address of the public Internet",
                    code=SOURCE_NOT_ALLOWED,
                    location=Location(host),
                    hint="nothing was sent; where a source in your own network is meant, set allow_private = true",
                )
        return found


def _resolved(
    ask: Callable[[str, int], Sequence[str]], host: str, port: int, seconds: float
) -> Sequence[str]:
    """Resolve in a thread of its own: the system's resolver knows no time limit."""
    found: list[Sequence[str] | Exception] = []

    def work() -> None:
        try:
            found.append(ask(host, port))
        except (OSError, UnicodeError) as fault:
            found.append(fault)

    thread = threading.Thread(target=work, daemon=True, name="resolve")
    thread.start()
    thread.join(seconds)
    if not found:
        raise httpcore.ConnectTimeout("the host's name is not resolved in time")
    if isinstance(found[0], Exception):
        raise httpcore.ConnectError(f"the host's name is not resolved: {found[0]}")
    return found[0]


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no step goes beyond the deadline of its request."""

    def __init__(self, stream: httpcore.NetworkStream, left: Callable[[float | None], float]) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        connected = self._stream.get_extra_info("socket")
        if connected is not None:
            with suppress(OSError):  # the other side has left
                connected.shutdown(
                    socket.SHUT_RDWR
                )  # which wakes a thread that reads from it; closing does not
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _TimedStream(inner, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
