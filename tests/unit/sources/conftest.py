"""A network on which names lead to the server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest

from inkmerge.sources import Fetcher, HttpSpec
from inkmerge.sources.transport import Network
from loopback import Server

PUBLIC = "93.184.215.14"
"""An address of the public Internet; nothing is ever sent to it here."""


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
def shop(server: Server, tmp_path: Path) -> Shop:
    return Shop(server, Outside(server), tmp_path / "copies")
