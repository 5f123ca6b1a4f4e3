"""Exports in the background: made once, told of while they are made, taken up again, called off, deleted in their time."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot.clock import MovableClock, milliseconds
from bot.exporting import making
from bot.exporting import task as tasks
from bot.exporting.asked import Task, Told, Trouble
from bot.exporting.work import Exporting, Heard, Start, in_a_process
from bot.reports.order import Order, kept
from storage import audit, erasure, export_jobs, staff
from storage.attachments import Attachments
from storage.database import Database
from storage.export_jobs import DAY, TRIES, Job
from storage.identifiers import Identifiers
from storage.statements import Statement
from tests.reports.survey import NOW, conversations, languages
from tests.storage.people import insert
from tests.storage.test_export import fill
from tests.world import ECUADOR, VAULT, until

ZONE = "America/Guayaquil"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW.astimezone(ECUADOR))


def at_hand(database: Database) -> Start:
    """Does tasks in a thread of this process, over the test's own database."""

    async def start(task: Task, heard: Heard) -> None:
        def tell(told: Told) -> None:
            heard({"written": told.written, "total": told.total})

        found = await asyncio.to_thread(tasks.run, task, database, VAULT, languages(), tell)
        heard(
            {"trouble": {"key": found.key, "places": found.places}}
            if isinstance(found, Trouble)
            else {"finished": found._asdict()}
        )

    return start


def filled(database: Database) -> Database:
    """The survey with its conversations, and somebody of the staff."""

    def work(tx: Any) -> None:
        fill(tx, conversations())
        assert staff.add(tx, 7, email="ana@example.org", name="Ana", role="administrator", language="es", now=0)

    database.transaction_now(work)
    return database


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Database]:
    """On SQLite alone, for what is the same on both."""
    database = filled(Database(sqlite_url))
    yield database
    database.close()


def worker(database: Database, clock: MovableClock, folder: Path, start: Start | None = None) -> Exporting:
    return Exporting(database, clock, start or at_hand(database), data=folder, zone=ZONE)


def ask(database: Database, clock: MovableClock, **options: Any) -> int:
    identifier = Identifiers().next()
    kind, reason = options.pop("kind", "answers"), options.pop("reason", "")
    database.transaction_now(
        lambda tx: export_jobs.ask(
            tx, identifier, flow="barrio", wanted=kept(Order(**options)), staff=7, now=milliseconds(clock.now()), kind=kind,
            reason=reason,
        )
    )  # fmt: skip
    return identifier


def job_of(database: Database, identifier: int) -> Job:
    found = database.transaction_now(lambda tx: export_jobs.load(tx, identifier))
    assert found is not None
    return found


def content(folder: Path, job: Job) -> bytes:
    assert job.file is not None
    return (folder / export_jobs.FOLDER / job.file).read_bytes()


def cells(workbook: bytes) -> list[list[tuple[Any, ...]]]:
    return [list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(io.BytesIO(workbook)).worksheets]


async def test_what_is_asked_for_is_made_and_says_what_it_is(house: Database, clock: MovableClock, tmp_path: Path):
    sheet, table, several = ask(house, clock), ask(house, clock, form="csv", tables="wide"), ask(house, clock, form="jsonl")
    assert await worker(house, clock, tmp_path).run_due() == 3

    jobs = [job_of(house, one) for one in (sheet, table, several)]
    for job in jobs:
        assert (job.state, job.written, job.total, job.told["taken"]) == ("done", 4, 4, 4)
        assert hashlib.sha256(content(tmp_path, job)).hexdigest() == job.sha256
        assert len(content(tmp_path, job)) == job.size
    by_hand = making.wanted(Order(), "barrio", tmp_path / "cli", clock.now(), languages()["es"], languages(), force=False)
    made = house.read_now(lambda c: making.make(c, Order(), by_hand, attachments=Attachments(tmp_path / "none"), publisher=""))
    assert cells(content(tmp_path, jobs[0])) == cells(made.exported.files[0].path.read_bytes()), "as the terminal makes it"
    wide = list(csv.reader(io.StringIO(content(tmp_path, jobs[1]).decode())))
    assert [row[0] for row in cells(content(tmp_path, jobs[0]))[0]] == [row[0] for row in wide]
    with zipfile.ZipFile(io.BytesIO(content(tmp_path, jobs[2]))) as packed:
        said = {one["name"]: one["sha256"] for one in jobs[2].told["files"]}
        assert {name: hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()} == said
    lines = house.transaction_now(lambda tx: audit.page(tx, before=audit.LAST, limit=9, staff_id=7, subject=""))
    assert {line.action for line in lines} == {"export_made"}


async def test_of_two_workers_one_makes_it(database: Database, clock: MovableClock, tmp_path: Path):
    house = filled(database)
    made: list[str] = []

    def counting(start: Start) -> Start:
        async def counted(task: Task, heard: Heard) -> None:
            made.append(task.name)
            await start(task, heard)

        return counted

    for _ in range(4):
        ask(house, clock, form="csv", tables="wide")
    both = [worker(house, clock, tmp_path, counting(at_hand(house))) for _ in range(2)]
    done = await asyncio.gather(*(one.run_due() for one in both))
    assert sum(done) == len(made) == 4
    assert len(list((tmp_path / export_jobs.FOLDER).iterdir())) == 4


async def test_a_process_killed_in_the_middle_is_told_of_and_its_job_can_begin_again(
    house: Database, sqlite_url: str, clock: MovableClock, tmp_path: Path
):
    job = ask(house, clock, form="csv")
    real, pids = in_a_process(sqlite_url, ""), []
    create = asyncio.create_subprocess_exec

    async def killed(*words: Any, **options: Any) -> Any:
        process = await create(*words, **options)
        pids.append(process.pid)
        if len(pids) == 1:
            os.kill(process.pid, signal.SIGKILL)
        return process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "create_subprocess_exec", killed)
        await worker(house, clock, tmp_path, real).run_due()
        assert (job_of(house, job).state, job_of(house, job).error) == ("failed", "exports.failed.ended")
        again = ask(house, clock, form="csv")
        await worker(house, clock, tmp_path, real).run_due()
    assert job_of(house, again).state == "done"
    assert hashlib.sha256(content(tmp_path, job_of(house, again))).hexdigest() == job_of(house, again).sha256


async def test_what_a_dead_worker_left_is_taken_up_when_its_lease_is_over_and_given_up_at_last(
    database: Database, clock: MovableClock, tmp_path: Path
):
    house = filled(database)
    job = ask(house, clock, form="csv")
    now = milliseconds(clock.now())
    assert house.transaction_now(lambda tx: export_jobs.take(tx, 1, now=now, lease=60_000)) is not None
    assert await worker(house, clock, tmp_path).run_due() == 0, "somebody is at it"

    clock.move(timedelta(minutes=2))
    assert await worker(house, clock, tmp_path).run_due() == 1
    assert not house.transaction_now(lambda tx: export_jobs.beat(tx, job, 1, until=0, written=1, total=1)), "it was taken away"
    assert job_of(house, job).state == "done"

    cursed = ask(house, clock, form="csv")
    for token in range(2, 2 + TRIES):
        at = milliseconds(clock.now())
        assert house.transaction_now(lambda tx, token=token, at=at: export_jobs.take(tx, token, now=at, lease=60_000))
        clock.move(timedelta(minutes=2))
    assert await worker(house, clock, tmp_path).run_due() == 0
    assert (job_of(house, cursed).state, job_of(house, cursed).error) == ("failed", "exports.failed.killed")


async def test_a_stopped_server_puts_it_back_and_a_cancelled_one_leaves_nothing(
    house: Database, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.exporting.work.BEAT", 0.01)
    ended: list[str] = []

    async def endless(task: Task, heard: Heard) -> None:
        heard({"written": 1, "total": 4})
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(task.name)

    job = ask(house, clock, form="csv")
    working = asyncio.create_task(worker(house, clock, tmp_path, endless).run_due())
    await until(lambda: job_of(house, job).written == 1)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert (job_of(house, job).state, job_of(house, job).tries, len(ended)) == ("queued", 0, 1)

    working = asyncio.create_task(worker(house, clock, tmp_path, endless).run_due())
    await until(lambda: job_of(house, job).state == "running")
    assert house.transaction_now(lambda tx: export_jobs.cancel(tx, job, 0))
    assert await working == 0
    assert (job_of(house, job).state, len(ended)) == ("cancelled", 2)


async def test_files_go_in_their_time_and_with_whoever_is_erased(house: Database, clock: MovableClock, tmp_path: Path):
    exporting = worker(house, clock, tmp_path)
    old, kept_one = ask(house, clock, form="csv", tables="wide"), None
    await exporting.run_due()
    (exporting.folder / "left by a crash").write_text("x")
    clock.move(timedelta(days=6))
    kept_one = ask(house, clock, form="csv", tables="wide")
    await exporting.run_due()
    clock.move(timedelta(milliseconds=DAY + 1))
    await exporting.tidy()

    assert [path.name for path in exporting.folder.iterdir()] == [job_of(house, kept_one).file]
    assert (job_of(house, old).gone_why, job_of(house, old).there) == ("time", False)

    def someone_is_erased(tx: Any) -> None:
        tx.write(*insert("contact", id=1, language="es", test=False, clock_offset=0, lobby="{}", created_at=0))
        tx.run(Statement("UPDATE conversation SET contact_id = 1 WHERE id = 1"))
        erasure.remove(tx, 1, now=clock.now())

    house.transaction_now(someone_is_erased)
    await exporting.tidy()
    assert job_of(house, kept_one).gone_why == "erased"
    assert list(exporting.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("break_", "key"),
    [
        (lambda patch: patch.setattr("bot.exporting.task._placed", _full), "exports.failed.full"),
        (lambda patch: patch.setattr("bot.exporting.task._placed", _broken), "exports.failed.disk"),
    ],
)
async def test_a_full_disk_is_told_and_leaves_nothing(
    house: Database, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, break_: Callable[[Any], None], key: str
):
    break_(monkeypatch)
    job = ask(house, clock, form="csv")
    exporting = worker(house, clock, tmp_path)
    await exporting.run_due()
    assert (job_of(house, job).state, job_of(house, job).error) == ("failed", key)
    assert list(exporting.folder.iterdir()) == []


def _full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


def _broken(*_: Any) -> None:
    raise OSError(5, "Input/output error")
