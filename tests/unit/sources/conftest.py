"""A server on loopback that misbehaves as told, and a network on which names lead to it."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest

from inkmerge.sources import Fetcher, HttpSpec
from inkmerge.sources.transport import Network

PUBLIC = "93.184.215.14"
"""An address of the public Internet; nothing is ever sent to it here."""


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    path: str
    headers: dict[str, str]


Script = Callable[["Talk"], None]


@dataclass(frozen=True)
class Talk:
    """One request, and the way to answer it."""

    seen: Seen
    socket: socket.socket
    ended: threading.Event

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self, body: bytes = b"", status: str = "200 OK", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("content-length", str(len(body)))
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self.send(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)

    def drip(self, pieces: Iterable[bytes], pause: float) -> None:
        """Send pieces with pauses, until the test is over."""
        for piece in pieces:
            self.send(piece)
            if self.ended.wait(pause):
                return


class Server:
    """Answers by scripts; a path with several uses one after the other, and the last for ever."""

    def __init__(self) -> None:
        self.scripts: dict[str, list[Script]] = {}
        self.seen: list[Seen] = []
        self.ended = threading.Event()
        outer = self

        class _Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    outer._talk(self.request)
                except OSError:
                    pass  # the client has gone

        class _Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.listening = _Server(("127.0.0.1", 0), _Handler)
        self.port = self.listening.server_address[1]
        self.thread = threading.Thread(
            target=self.listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()

    def on(self, path: str, *scripts: Script) -> None:
        self.scripts[path] = list(scripts)

    def gives(self, path: str, body: bytes, **headers: str) -> None:
        self.on(path, lambda talk: talk.reply(body, **headers))

    def close(self) -> None:
        self.ended.set()
        self.listening.shutdown()
        self.listening.server_close()

    def _talk(self, connection: socket.socket) -> None:
        held = b""
        while True:
            while b"\r\n\r\n" not in held:
                piece = connection.recv(65536)
                if not piece:
                    return
                held += piece
            head, _, held = held.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            seen = Seen(first.split(" ")[1], headers)
            self.seen.append(seen)
            scripts = self.scripts.get(seen.path)
            if scripts is None:
                script: Script = lambda talk: talk.reply(status="404 Not Found")  # noqa: E731  one of several
            else:
                script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
            script(Talk(seen, connection, self.ended))


class Outside(httpcore.NetworkBackend):
    """A network of names and addresses, all of which are the server on loopback."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.names: dict[str, list[list[str]]] = {}
        self.connected: list[tuple[str, int]] = []
        self.slept: list[float] = []
        self.seconds = 0.0
        self.refused: set[str] = set()

    def resolve(self, host: str, _port: int) -> Sequence[str]:
        answers = self.names.get(host, [[PUBLIC]])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if not found:
            raise socket.gaierror(-2, "Name or service not known")
        return found

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        self.connected.append((host, port))
        if host in self.refused:
            raise httpcore.ConnectError("refused")
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.server.port, *args, **kwargs)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def network(self, **changes: Any) -> Network:
        return Network(**{"resolve": self.resolve, "connect": self, "sleep": self.sleep, **changes})


@dataclass
class Clock:
    """The time of day, which tests move."""

    time: datetime = datetime(2026, 11, 26, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Shop:
    """A server called shop.example, and fetchers that may ask it."""

    server: Server
    outside: Outside
    cache: Path
    clock: Clock = field(default_factory=Clock)
    public: str = PUBLIC

    def fetcher(self, *, network: Network | None = None, **http: Any) -> Fetcher:
        settings = {"allow": ("shop.example",), "retries": 0, **http}
        return Fetcher(
            HttpSpec(**settings), self.cache, clock=self.clock, network=network or self.outside.network()
        )


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Shop:
    return Shop(server, Outside(server), tmp_path / "copies")
