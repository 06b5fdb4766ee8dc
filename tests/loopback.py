"""A server on loopback that misbehaves as told."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass


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
