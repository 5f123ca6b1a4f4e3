"""Makes what the desk asked for, one export after the other, beside a running server; and looks after the files.

A job is a row, taken with a lease: of several processes one is at it, and what a crash left is taken up again. The work itself is
done by a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot.clock import Clock, milliseconds
from bot.exporting.asked import SCRATCH, Task
from storage import audit, export_jobs
from storage.database import Database, UnavailableError
from storage.export_jobs import FOLDER, Finished, Job
from storage.statements import Transaction

LEASE = 60_000
"""Milliseconds that a job stays with a worker of which nothing is heard."""

BEAT = 1.5
"""Seconds between one word and the next on how far it is."""

TIDY = 60_000
"""Milliseconds between one tidying of the files and the next."""

_CHILD = "from bot.cli.export_child import main; main()"

Heard = Callable[[Mapping[str, Any]], None]
"""Takes what is told of a task: `written` and `total`, at last `finished` or `trouble`."""

Start = Callable[[Task, Heard], Awaitable[None]]
"""Does a task, and returns when it ended; cancelled, it ends the task."""


class Exporting:
    """Does the jobs of one house. Several processes may do so side by side."""

    def __init__(
        self, database: Database, clock: Clock, start: Start, *, data: Path, zone: str, publisher: str = "", public_url: str = ""
    ) -> None:
        """`start` begins a task; `data` is MINGA_DATA; `zone` the municipality's, by name; `publisher` who publishes packages.

        `public_url` is where people find this town's Minga, "" for nowhere.
        """
        self._database = database
        self._clock = clock
        self._start = start
        self.data = data
        self._zone = zone
        self._publisher = publisher
        self._public_url = public_url
        self._asked = asyncio.Event()
        self._log = structlog.get_logger("minga.exports")

    @property
    def folder(self) -> Path:
        """Returns where the files lie."""
        return self.data / FOLDER

    def wake(self) -> None:
        """Somebody asked for an export: it need not wait for the next look."""
        self._asked.set()

    async def run(self, every: float = 5.0) -> None:
        """Looks every few seconds, for ever."""
        tidied = 0
        while True:
            try:
                await self.run_due()
                if self._now() - tidied >= TIDY or tidied > self._now():
                    await self.tidy()
                    tidied = self._now()
            except (UnavailableError, OSError) as error:  # a folder that cannot be read must not end the server
                self._log.warning("exports_unavailable", error=type(error.__cause__ or error).__name__)
            self._asked.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._asked.wait()

    async def run_due(self) -> int:
        """Does every job that nobody is at, and returns how many ended here. Raises UnavailableError."""
        ended = 0
        while job := await self._database.transaction(self._take, apart=True):
            ended += await self._do(job)
        return ended

    def _take(self, tx: Transaction) -> Job | None:
        return export_jobs.take(tx, self._database.identifiers.next(), now=self._now(), lease=LEASE)

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    async def _do(self, job: Job) -> bool:
        assert job.token is not None, "it was taken"
        name = f"{job.token:016x}{secrets.token_hex(8)}"
        task = Task(
            job.flow,
            job.kind,
            job.wanted,
            job.language,
            self._now(),
            self._zone,
            self.data,
            self.folder,
            name,
            self._publisher,
            self._public_url,
        )
        heard: dict[str, Any] = {}
        work = asyncio.ensure_future(self._start(task, heard.update))
        try:
            while not (await asyncio.wait({work}, timeout=BEAT))[0]:
                if not await self._beat(job, heard):
                    self._log.info("export_lost", job=job.id)
                    await _ended(work)
                    await asyncio.to_thread(_drop, self.folder / name)
                    return False
        except asyncio.CancelledError:
            await _ended(work)
            with contextlib.suppress(UnavailableError):
                await self._database.transaction(lambda tx: self._let_go(tx, job), apart=True)
            raise
        if work.exception() is not None:
            heard["trouble"] = {"key": "exports.failed.fault", "places": {"error": type(work.exception()).__name__}}
        if not await self._database.transaction(partial(self._settle, job=job, heard=heard), apart=True):
            await asyncio.to_thread(_drop, self.folder / name)
            return False
        return True

    async def _beat(self, job: Job, heard: Mapping[str, Any]) -> bool:
        """Tells how far it is, and returns whether the job is still this worker's."""

        def work(tx: Transaction) -> bool:
            assert job.token is not None
            written, total = int(heard.get("written", 0)), heard.get("total")
            return export_jobs.beat(tx, job.id, job.token, until=self._now() + LEASE, written=written, total=total)

        try:
            return await self._database.transaction(work, apart=True)
        except UnavailableError:
            return True  # the next beat will tell

    def _let_go(self, tx: Transaction, job: Job) -> None:
        assert job.token is not None
        export_jobs.let_go(tx, job.id, job.token)

    def _settle(self, tx: Transaction, job: Job, heard: Mapping[str, Any]) -> bool:
        """Writes down what came of it; False if the job is this worker's no more."""
        assert job.token is not None
        now = self._now()
        if "finished" not in heard:
            trouble = heard.get("trouble") or {"key": "exports.failed.ended", "places": {}}
            self._log.warning("export_failed", job=job.id, error=trouble["key"])
            return export_jobs.failed(tx, job.id, job.token, trouble["key"], trouble["places"], now=now)
        finished = Finished(**heard["finished"])
        if not export_jobs.done(tx, job.id, job.token, finished, written=finished.told["taken"], now=now):
            return False
        after = {"flow": job.flow, "rows": finished.told["taken"], "sha256": finished.sha256}
        action = "export_made" if job.kind == "answers" else "identity_export"
        audit.write(
            tx, self._database.identifiers.next(), at=now, staff_id=job.staff_id, action=action, subject=f"export:{job.id}",
            after=after,
        )  # fmt: skip
        return True

    async def tidy(self) -> None:
        """Deletes what may no longer be fetched: its time is over, it was deleted, somebody in it was erased, a crash left it."""
        await self._database.transaction(lambda tx: export_jobs.over(tx, self._now()), apart=True)
        # what lies there is looked at first: what is put there in between is not taken for nobody's
        found = await asyncio.to_thread(_listed, self.folder)
        if not found:
            return
        kept, running = await self._database.transaction(lambda tx: (export_jobs.kept(tx), export_jobs.running(tx)), apart=True)
        for path in found:
            name = path.name.removeprefix(SCRATCH)
            if name not in kept and name[:16] not in {f"{token:016x}" for token in running}:
                await asyncio.to_thread(_drop, path)


async def _ended(work: asyncio.Future[None]) -> None:
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _drop(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def in_a_process(database: str, secret: str) -> Start:
    """Returns what does a task in a process of its own. `database` is its URL, `secret` MINGA_SECRET_KEY ("" if unset).

    The process is told both by its standard input: what stands in a command line can be read by everybody on the machine.
    """

    async def start(task: Task, heard: Heard) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
            "PYTHONIOENCODING": "utf-8",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _CHILD, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env=environment, start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            asked = {**asdict(task), "wanted": dict(task.wanted), "data": str(task.data), "folder": str(task.folder)}
            process.stdin.write(json.dumps({"task": asked, "database": database, "secret": secret}).encode())
            process.stdin.close()
            async for line in process.stdout:
                heard(json.loads(line))
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    return start
