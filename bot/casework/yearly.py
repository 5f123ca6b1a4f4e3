"""The records that reports count, out of the database."""

from __future__ import annotations

from datetime import date, tzinfo
from typing import cast

from bot.casework.office import SERIES
from bot.clock import moment
from bot.requests.annual import Happened, Record
from bot.requests.states import Outcome, State
from bot.requests.terms import Unit
from storage import request_report
from storage.statements import Transaction


def records(tx: Transaction, year: int, zone: tzinfo, *, kind: str = "information") -> list[Record]:
    """Returns every request of that kind filed in that year, by number, those that were tried out among them."""
    lines, histories = request_report.of_year(tx, SERIES[kind], year)
    return [
        Record(
            number=line.number,
            serial=line.serial,
            state=cast("State", line.state),
            sequence=line.sequence,
            outcome=cast("Outcome | None", line.outcome),
            source=line.source,
            channel=line.channel,
            form=line.form,
            printed=cast("Unit", line.printed),
            due=date.fromisoformat(line.due),
            filed=moment(line.filed_at, zone).date(),
            test=line.test,
            public_text=line.public_text,
            history=tuple(
                Happened(past.sequence, past.kind, past.from_state, past.to_state, moment(past.at, zone).date(), past.data)
                for past in histories.get(line.id, [])
            ),
        )
        for line in lines
    ]


def last_number(tx: Transaction, year: int, *, kind: str = "information") -> int:
    """Returns the last number given in that year."""
    return request_report.last(tx, SERIES[kind], year)


def years(tx: Transaction, *, kind: str = "information") -> list[int]:
    """Returns the years in which something of that kind was filed, newest first."""
    return request_report.years(tx, SERIES[kind])
