"""What casework works with, who does it, and why it may not be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Literal

from bot.channels.channel import Channel
from bot.clock import milliseconds, moment
from bot.engine.language import Language, find_code
from bot.requests.calendar import TableDay, WorkingDays, working_days
from bot.requests.law import Law
from storage import calendar_days
from storage.identifiers import Identifiers
from storage.requests import Case
from storage.statements import Transaction
from storage.vault import Vault

SERIES: Mapping[str, str] = {"information": "SAIP", "suggestion": "SUG", "complaint": "QJA"}
"""Kind → the series that its numbers are of: solicitud de acceso a la información pública, sugerencia, queja."""


@dataclass(frozen=True, slots=True)
class Office:
    """A town hall at work. `seat` is its canton's key, for local holidays; `decrees` are the days that ship with the program."""

    vault: Vault
    identifiers: Identifiers
    channels: Mapping[str, Channel]
    languages: Mapping[str, Language]
    law: Law
    zone: tzinfo
    municipality: str = ""
    contact: str = ""
    seat: str = ""
    public_url: str = ""
    decrees: tuple[TableDay, ...] = field(default=())

    def days(self, tx: Transaction) -> WorkingDays:
        """Returns which days are worked: the rule, the known decrees, and on top of them what the municipality entered."""
        return working_days((*self.decrees, *(TableDay(*line) for line in calendar_days.lines(tx))))

    def day(self, at: int) -> date:
        """Returns the local day of a time in milliseconds since the epoch."""
        return moment(at, self.zone).date()

    def day_begins(self, at: int) -> int:
        """Returns when the local day of that time began, both in milliseconds since the epoch."""
        return milliseconds(moment(at, self.zone).replace(hour=0, minute=0, second=0, microsecond=0))

    def language(self, code: str) -> Language:
        """Returns that language as far as the product speaks it, else the first one."""
        return self.languages[find_code(code, self.languages) or next(iter(self.languages))]


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something to a request."""

    kind: Literal["resident", "staff", "clock"]
    staff_id: int | None = None


RESIDENT = Doer("resident")
CLOCK = Doer("clock")


class NotThereError(Exception):
    """There is no such request."""


class ConflictError(Exception):
    """Somebody changed the request since it was looked at: `case` is as it stands now. Nothing was overwritten."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.number)
        self.case = case


class MissingError(Exception):
    """Something that the step needs was not said: `what` names it ("reason", "text", "outcome", "other", "person")."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
