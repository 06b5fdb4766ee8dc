"""Mail servers on loopback: a real one, and ones that misbehave as told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Talk = Callable[[socket.socket, threading.Event], None]


@dataclass
class Inbox:
    """What a server took, and whom it refuses.

    Attributes:
        refused: Replies to RCPT TO by address.
        taken: The messages, with who sent them to whom.
        logins: Who logged in.
    """

    refused: dict[str, str] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session
        self.taken.append(envelope)
        return "250 OK"

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Let in whoever knows the password `secret`."""
        del server, session, envelope, mechanism
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"secret", handled=False)


@contextmanager
def serving(inbox: Inbox, implicit_tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """Run a real server in a thread, and give its port."""
    loop = asyncio.new_event_loop()
    protocols: list[SMTP] = []

    def made() -> SMTP:
        protocols.append(SMTP(inbox, hostname="mail.test", ident="test", loop=loop, **options))
        return protocols[-1]

    server = loop.run_until_complete(loop.create_server(made, "127.0.0.1", 0, ssl=implicit_tls))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server, protocols), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server, protocols: list[SMTP]) -> None:
    server.close()
    await server.wait_closed()
    for protocol in protocols:
        if protocol.transport is not None:
            protocol.transport.abort()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def misbehaving(talk: Talk) -> Iterator[int]:
    """Run a server that talks to one caller as told, and give its port; the event is set when the test is over."""
    is_over = threading.Event()

    def answer(listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:  # nobody called
            return
        with closing(connection):
            try:
                talk(connection, is_over)
            except OSError:  # the caller went away
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            is_over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def scripted(*replies: bytes | None, reads_message: bool = True) -> Talk:
    """Send the first of the replies as a greeting, and each other for a line or a message of the caller.

    None hangs up.
    """

    def talk(connection: socket.socket, is_over: threading.Event) -> None:
        with connection.makefile("rb") as lines:
            for number, reply in enumerate(replies):
                if reply is None and not reads_message:
                    return
                line = lines.readline() if number else b""
                while (
                    number and (replies[number - 1] or b"").startswith(b"354") and line not in {b".\r\n", b""}
                ):
                    line = lines.readline()
                if reply is None:
                    return
                connection.sendall(reply)
            is_over.wait()

    return talk
