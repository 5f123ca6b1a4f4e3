"""Answers beside a campaign: the campaign's messages are queued in the database, and residents answer the survey meanwhile."""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from wires_installation import PATHS, Installation, drive, free_port, result, wait_ready

from bot.channels import payload
from bot.vocabulary import Address, Outgoing
from storage import outbox
from storage.database import Database
from storage.identifiers import Identifiers
from storage.vault import open_vault

_BATCH = 10_000


def campaign(driver: Path, options: argparse.Namespace) -> None:
    alone = _answers(driver, options, count=0)
    beside = _answers(driver, options, count=options.count)
    rate = _rate(driver, options)
    print(f"answers p50 p95 p99: alone {alone['reply_ms']} ms, beside the campaign {beside['reply_ms']} ms")
    print(
        f"beside the campaign ({beside['campaign']:.0f}/s) p99 is {beside['reply_ms'][2] / alone['reply_ms'][2]:.2f} times that"
    )
    print(f"the campaign by itself went at {rate:.1f} messages/s of {options.rate} set: {100 * (rate / options.rate - 1):+.1f} %")


@contextmanager
def _serving(options: argparse.Namespace, count: int) -> Iterator[tuple[Installation, int]]:
    """Yields a server with a campaign of so many messages, and the port at which it looks for the Bot API."""
    with tempfile.TemporaryDirectory() as folder:
        api = free_port()
        # residents and campaign share the sender and its pace: the campaign gets what the answers leave
        house = Installation(Path(folder) / "minga", "tg", api, telegram_pace=min(options.rate, 10_000))
        if count:
            house.minga("doctor")  # makes tables and keys
            _queue(house, count)
        house.start()
        try:
            wait_ready(house.port)
            yield house, api
        finally:
            house.kill()


def _answers(driver: Path, options: argparse.Namespace, *, count: int) -> dict[str, Any]:
    with _serving(options, count) as (house, api):
        assert house.process is not None
        before, begun = _sent(house), time.monotonic()
        running = drive(
            driver, port=house.port, api=api, wire="tg", path=PATHS["tg"], pid=house.process.pid, conc=min(options.conc, 8),
            seconds=options.seconds, warm=8, api_delay=20,
        )  # fmt: skip
        measured = result(running, options.seconds + 200)
        measured["campaign"] = (_sent(house) - before) / (time.monotonic() - begun)
        return measured


def _rate(driver: Path, options: argparse.Namespace) -> float:
    """Returns how many messages a second go when nobody answers: counted in the database over some seconds."""
    with _serving(options, options.count) as (house, api):
        seconds = options.seconds + 20
        running = drive(driver, port=house.port, api=api, wire="tg", path=PATHS["tg"], pid=None, convs=-1, seconds=seconds)
        time.sleep(12)  # whatever failed before the driver was there is tried again by then
        before, begun = _sent(house), time.monotonic()
        time.sleep(options.seconds)
        after, ended = _sent(house), time.monotonic()
        running.kill()
        running.wait()
        return (after - before) / (ended - begun)


def _sent(house: Installation) -> int:
    with closing(sqlite3.connect(house.folder / "data" / "minga.db", timeout=30)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox WHERE status = 'sent' AND priority = 2").fetchone()[0])


def _queue(house: Installation, count: int) -> None:
    """Queues a campaign as the commands do: rows in the outbox, of priority 2."""
    data = house.folder / "data"
    database = Database(f"sqlite:///{data / 'minga.db'}")
    now = time.time_ns() // 1_000_000
    vault = database.transaction_now(lambda tx: open_vault(tx, secret_key="", folder=data, now_ms=now))
    next_id = Identifiers().next

    def row(number: int) -> tuple[object, ...]:
        message = Outgoing(Address("telegram", str(900_000_000 + number), "4242"), "ZZ Aviso del municipio.", "aviso", 0, "none")
        sealed = vault.seal(payload.pack(message), outbox.PAYLOAD)
        place = next_id()
        return (place, place, None, None, "telegram", outbox.CAMPAIGN, 0, sealed, now, now, "4242", "aviso")

    try:
        for start in range(0, count, _BATCH):
            rows = [row(number) for number in range(start, min(start + _BATCH, count))]
            database.transaction_now(partial(outbox.queue, rows=rows))
    finally:
        database.close()
