"""E-mails to staff, and to residents who chose that: handed to the municipality's mail server, outside the event loop.

What is owed is a row; this only hands it over. Without MINGA_SMTP_URL the rows wait, the desk shows what they say, and
`minga doctor` warns.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial

import structlog

from bot.clock import Clock, milliseconds
from bot.mail_server import Server
from storage import mail
from storage.database import Database, UnavailableError
from storage.mail import Letter
from storage.statements import Transaction
from storage.vault import Vault

AT_ONCE = 20
"""Mails claimed in one go."""

LEASE = 10 * 60_000
"""Milliseconds that one go may take; after that another process takes its mails up."""

WAITS = (60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 24 * 3_600)
"""Seconds between one try and the next; after the last one it is given up, and staff see it."""

PATIENCE = 30.0
"""Seconds that the mail server may take for one word."""


class Mailing:
    """Hands due mails to the server. Several processes may do so side by side."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, server: Server | None, sender: str) -> None:
        """`sender` is the address that mails come from."""
        self._database = database
        self._vault = vault
        self._clock = clock
        self._server = server
        self._sender = sender
        self._log = structlog.get_logger("minga.mail")

    async def run(self, every: float = 5.0) -> None:
        """Looks every few seconds, for ever."""
        while True:
            try:
                await self.run_due()
            except UnavailableError as error:
                self._log.warning("mail_unavailable", error=type(error.__cause__ or error).__name__)
            await asyncio.sleep(every)

    async def run_due(self) -> int:
        """Hands over all that is due and returns how many the server took. Raises UnavailableError."""
        if self._server is None:
            return 0
        took = 0
        while letters := await self._database.transaction(self._claim, apart=True):
            settled = await asyncio.to_thread(self._hand_over, letters)
            took += sum(error is None for error in settled.values())
            await self._database.transaction(partial(self._settle, letters=letters, settled=settled), apart=True)
        return took

    def _claim(self, tx: Transaction) -> list[Letter]:
        return mail.claim(tx, self._vault, now=milliseconds(self._clock.now()), lease=LEASE, limit=AT_ONCE)

    def _settle(self, tx: Transaction, letters: list[Letter], settled: dict[int, Failure | None]) -> None:
        now = milliseconds(self._clock.now())
        for letter in letters:
            failure = settled.get(letter.id, Failure("not_tried", for_good=False))
            if failure is None:
                mail.sent(tx, letter.id)
            elif failure.for_good or letter.attempts > len(WAITS):
                mail.dead(tx, letter.id, error=failure.error)
            else:
                mail.again(tx, letter.id, due_at=now + WAITS[letter.attempts - 1] * 1000, error=failure.error)
        failed = [failure.error for failure in settled.values() if failure is not None]
        if failed:
            self._log.warning("mail_failed", number=len(failed), error=failed[0])

    def _hand_over(self, letters: list[Letter]) -> dict[int, Failure | None]:
        """Returns what became of each: None if the server took it. One that fails does not keep the others from going."""
        assert self._server is not None
        settled: dict[int, Failure | None] = {}
        try:
            with connect(self._server) as server:
                for letter in letters:
                    settled[letter.id] = _tried(partial(self._send, server, letter))
        except (OSError, smtplib.SMTPException) as error:
            failure = Failure(type(error).__name__, for_good=False)
            settled = {letter.id: settled.get(letter.id, failure) for letter in letters}
        return settled

    def _send(self, server: smtplib.SMTP, letter: Letter) -> None:
        server.send_message(self._message(letter))

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock.now())
        # the same for every try, so that a mail that was taken without our hearing of it is one mail to its reader's program
        domain = self._sender.rpartition("@")[2].strip("> ") or "localhost"
        message["Message-ID"] = f"<minga.{letter.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text, cte="quoted-printable")  # for servers that take seven bits only
        return message


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mail was not taken, by the error's name; `for_good`: the server will never take it."""

    error: str
    for_good: bool


def connect(server: Server) -> smtplib.SMTP:
    """Returns an open connection, signed in. Raises OSError and smtplib.SMTPException."""
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        found: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
    else:
        found = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
        found.ehlo()
        if found.has_extn("starttls"):
            found.starttls(context=context)
            found.ehlo()
    if server.user:
        found.login(server.user, server.password)
    return found


def _tried(send: Callable[[], object]) -> Failure | None:
    try:
        send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return Failure("refused", for_good=all(500 <= code < 600 for code in codes))
    except smtplib.SMTPResponseException as error:
        return Failure(f"smtp_{error.smtp_code}", for_good=500 <= error.smtp_code < 600)
    except ValueError as error:  # an address that cannot be written into a mail's head
        return Failure(type(error).__name__, for_good=True)
    return None
