"""Mails go to a real server over a socket, once each, and wait while there is none."""

from __future__ import annotations

import asyncio
import contextlib
import email
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import policy
from functools import partial
from io import BufferedRWPair

import pytest

from bot.clock import MovableClock, milliseconds
from bot.mail_server import Server, read_server
from bot.mailing import WAITS, Mailing
from storage import mail
from storage.database import Database
from storage.identifiers import Identifiers
from storage.statements import Statement
from tests.world import ECUADOR, VAULT

NOW = datetime(2026, 11, 26, 9, tzinfo=ECUADOR)
IDENTIFIERS = Identifiers()


class Post:
    """As much of a mail server (RFC 5321) as a sender needs. `refuses`: words of addresses it will not take, with its answer."""

    def __init__(self) -> None:
        self.took: list[str] = []
        self.refuses: dict[str, bytes] = {}
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Opens to nobody any more."""
        with contextlib.suppress(OSError):  # it is closed already
            self._door.shutdown(socket.SHUT_RDWR)  # or the thread that waits for somebody would keep it open
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as wire:
                self._talk(wire)

    def _talk(self, wire: BufferedRWPair) -> None:
        def say(words: bytes) -> None:
            wire.write(words + b"\r\n")
            wire.flush()

        say(b"220 town.test ESMTP")
        while line := wire.readline():
            word = line.decode().strip()
            match word[:4].upper():
                case "EHLO" | "HELO":
                    say(b"250 town.test")
                case "RCPT":
                    say(next((answer for part, answer in self.refuses.items() if part in word), b"250 ok"))
                case "DATA":
                    say(b"354 go on")
                    lines = []
                    while (part := wire.readline()) != b".\r\n":
                        lines.append(part)
                    self.took.append(b"".join(lines).decode())
                    say(b"250 taken")
                case "QUIT":
                    say(b"221 bye")
                    return
                case _:
                    say(b"250 ok")


@pytest.fixture
def post() -> Iterator[Post]:
    server = Post()
    yield server
    server.close()


def queue(database: Database, to: str, text: str = "Vence mañana: el contrato del puente.") -> None:
    """Queues a mail."""
    give = partial(mail.queue, vault=VAULT, identifier=IDENTIFIERS.next(), to=to, subject="Solicitud ñ", text=text)
    database.transaction_now(lambda tx: give(tx, now=milliseconds(NOW)))


def statuses(database: Database) -> list[tuple[str, str | None]]:
    """Returns what became of each."""
    return database.transaction_now(
        lambda tx: [tuple(row) for row in tx.all(Statement("SELECT status, error FROM mail ORDER BY id"))]
    )


def mailing(database: Database, clock: MovableClock, port: int | None) -> Mailing:
    """Returns the mailing of a town with a server at that port."""
    server = None if port is None else Server("smtp", "127.0.0.1", port)
    return Mailing(database, VAULT, clock, server, "Municipio <avisos@municipio.test>")


def test_a_mail_is_handed_over_once(database: Database, post: Post) -> None:
    queue(database, "ana@municipio.test")
    sender = mailing(database, MovableClock(NOW), post.port)
    assert asyncio.run(sender.run_due()) == 1
    assert asyncio.run(sender.run_due()) == 0
    message = email.message_from_string(post.took[0], policy=policy.default)
    assert (message["To"], message["From"], message["Subject"]) == (
        "ana@municipio.test",
        "Municipio <avisos@municipio.test>",
        "Solicitud ñ",
    )
    assert "mañana" in message.get_body().get_content()  # type: ignore[union-attr]  # because it has a body
    assert message["Message-ID"].startswith("<minga.")
    assert statuses(database) == [("sent", None)]


def test_without_a_server_mails_wait(database: Database) -> None:
    queue(database, "ana@municipio.test")
    assert asyncio.run(mailing(database, MovableClock(NOW), None).run_due()) == 0
    assert statuses(database) == [("queued", None)]


def test_one_that_is_refused_does_not_hold_the_others(database: Database, post: Post) -> None:
    post.refuses = {"nadie": b"550 nobody here", "luego": b"451 later"}
    for to in ("nadie@municipio.test", "luego@municipio.test", "ana@municipio.test", "mal\ncorreo@municipio.test"):
        queue(database, to)
    assert asyncio.run(mailing(database, MovableClock(NOW), post.port).run_due()) == 1
    assert statuses(database) == [("dead", "refused"), ("queued", "refused"), ("sent", None), ("dead", "ValueError")]


def test_while_the_server_is_down_it_is_tried_again_and_given_up_in_the_end(database: Database, post: Post) -> None:
    queue(database, "ana@municipio.test")
    post.close()
    clock = MovableClock(NOW)
    sender = mailing(database, clock, post.port)
    for wait in WAITS:
        asyncio.run(sender.run_due())
        assert statuses(database) == [("queued", "ConnectionRefusedError")]
        asyncio.run(sender.run_due())  # it is not due yet: nothing is tried
        clock.move(timedelta(seconds=wait))
    asyncio.run(sender.run_due())
    assert statuses(database) == [("dead", "ConnectionRefusedError")]


def test_what_a_crash_left_behind_is_taken_up(database: Database, post: Post) -> None:
    queue(database, "ana@municipio.test")
    claimed = database.transaction_now(lambda tx: mail.claim(tx, VAULT, now=milliseconds(NOW), lease=60_000, limit=5))
    assert [letter.to for letter in claimed] == ["ana@municipio.test"]
    clock = MovableClock(NOW)
    sender = mailing(database, clock, post.port)
    assert asyncio.run(sender.run_due()) == 0
    clock.move(timedelta(seconds=61))
    assert asyncio.run(sender.run_due()) == 1


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", None),
        ("smtp://correo.test", Server("smtp", "correo.test", 587)),
        ("smtps://ana%40a.test:p%3Aq@correo.test", Server("smtps", "correo.test", 465, "ana@a.test", "p:q")),
        ("smtp://u:p@correo.test:25/", Server("smtp", "correo.test", 25, "u", "p")),
    ],
)
def test_the_server_is_read_from_its_address(url: str, server: Server | None) -> None:
    assert read_server(url) == server


@pytest.mark.parametrize("url", ["correo.test", "http://correo.test", "smtp://", "smtp://correo.test/ruta", "smtp://h:puerto"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_server(url)
