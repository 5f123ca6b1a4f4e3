"""Minga without the web: a database, a vault, the turns, and residents who answer the survey as fast as they are answered."""

from __future__ import annotations

import asyncio
import itertools
import math
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from zoneinfo import ZoneInfo

import orjson
from survey import MESSAGES, START, answers, catalogue, loaded

from bot.channels.simulator import NAME, SimulatorChannel
from bot.clock import RealClock, milliseconds
from bot.engine.build import build
from bot.turn import Library, Turns
from bot.vocabulary import Address, Incoming, Text
from storage import flows, migrations
from storage.database import Database
from storage.vault import Vault, open_vault

ZONE = ZoneInfo("America/Guayaquil")
SECRET = "a secret that is used by measurements only"
_WARM = 0.4
_RUN = secrets.token_hex(4)
_PEOPLE = itertools.count()
"""Whoever answers is new, in every run of this process and of others on the same database."""


@dataclass(frozen=True, slots=True)
class Turned:
    """Turns a second, the median of their seconds, CPU microseconds of this process for each, turns in a commit."""

    rate: float
    latency: float
    cpu: float
    group: float


@dataclass(frozen=True, slots=True)
class Town:
    """What a measurement needs of it."""

    database: Database
    vault: Vault
    turns: Turns
    clock: RealClock


@contextmanager
def town(url: str) -> Iterator[Town]:
    """Yields a town over that database, which is made if it is not there; the survey is open."""
    migrations.upgrade(url)
    clock = RealClock(ZONE)
    database = Database(url)
    try:
        now = milliseconds(clock.now())
        vault = database.transaction_now(lambda tx: open_vault(tx, secret_key=SECRET, folder=None, now_ms=now))
        survey = loaded()
        flow, content = survey.flow, survey.content
        assert flow is not None
        database.transaction_now(lambda tx: flows.open_flow(tx, flow.flow, flow.version, content, now))
        library = Library(catalogue(), build)
        database.transaction_now(library.renew)
        yield Town(database, vault, Turns(database, vault, library, {NAME: SimulatorChannel()}, clock), clock)
    finally:
        database.close()


async def answer(place: Town, flight: int, seconds: float) -> Turned:
    """Lets that many residents answer at once, each in order; whoever has finished gives way to somebody new."""
    await _residents(place, flight, _WARM)
    groups, jobs = _tally(place)
    begun, used = time.perf_counter(), time.process_time()
    times = await _residents(place, flight, seconds)
    took, used = time.perf_counter() - begun, time.process_time() - used
    after = _tally(place)
    return Turned(len(times) / took, median(times), used / len(times) * 1e6, (after[1] - jobs) / max(after[0] - groups, 1))


async def _residents(place: Town, flight: int, seconds: float) -> list[float]:
    times: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*[_resident(place, until, times) for _ in range(flight)])
    return times


async def _resident(place: Town, until: float, times: list[float]) -> None:
    while await _converse(place, until, times):
        pass


async def finish_one(place: Town) -> None:
    """Has one conversation from start to end."""
    await _converse(place, math.inf, [])


async def _converse(place: Town, until: float, times: list[float]) -> bool:
    """Has one conversation; returns whether it was finished in time. Raises ValueError if it does not go as it should."""
    person = next(_PEOPLE)
    address = Address(NAME, f"{_RUN}-{person}", "telegram")
    for number, text in enumerate((START, *answers(person))):
        begun = time.perf_counter()
        if begun >= until:
            return False
        event = f"{_RUN}-{person}-{number}"
        raw = orjson.dumps({"id": event, "person": address.identifier, "look": "telegram", "does": {"text": text}})
        now = place.clock.now()
        handled = await place.turns.handle(Incoming(address, event, Text(text), now, written_at=now, raw=raw, test=True))
        times.append(time.perf_counter() - begun)
        if handled.seen or handled.trouble or not handled.outbox or (handled.end == "completed") != (number == MESSAGES - 1):
            raise ValueError(f"{text!r} was answered by {handled}")
    return True


def _tally(place: Town) -> tuple[int, int]:
    tallies = place.database.tallies()
    return sum(tally.groups for tally in tallies), sum(tally.jobs for tally in tallies)
