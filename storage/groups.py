"""Many transactions in one commit: a worker owns one connection, drains its queue into groups, and tells the results."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from storage.statements import Statement, Transaction


class UnavailableError(Exception):
    """The database did not take the transaction: nothing of it is stored, and doing it again is safe."""


class ClosedError(UnavailableError):
    """The database was closed (the program ends) before the transaction was begun."""


AddressKey = tuple[str, str, bytes]
"""Channel, account and find key of an address."""


class Job:
    """A function waiting for its transaction, and afterwards its result or its error."""

    __slots__ = ("address", "ahead", "error", "future", "loop", "result", "work")

    def __init__(
        self,
        work: Callable[[Transaction], Any],
        future: asyncio.Future[Any] | concurrent.futures.Future[Any],
        loop: asyncio.AbstractEventLoop | None,
        address: AddressKey | None = None,
        ahead: Statement | None = None,
    ) -> None:
        self.work = work
        self.future = future
        self.loop = loop
        self.address = address
        self.ahead = ahead
        self.result: Any = None
        self.error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one commit may carry: `jobs` of them, and no new one begun after `seconds`."""

    jobs: int = 256
    seconds: float = 0.05


@dataclass(slots=True)
class Tally:
    """What a worker has done: groups committed, jobs in them, groups that failed, the longest group in seconds."""

    groups: int = 0
    jobs: int = 0
    failed: int = 0
    longest: float = 0.0


class Driver(Protocol):
    """Runs groups on one connection of one kind of database."""

    def group(self, first: Job, more: Callable[[], Job | None], bounds: Bounds) -> list[Job]:
        """Runs `first` and what `more` yields in one transaction, sets each job's result or error, and returns them.

        An error in one job undoes that job alone. If the commit fails, every job's error is `UnavailableError`.
        """

    def close(self) -> None:
        """Ends the connection."""


class Worker:
    """A thread that owns one connection and commits its queue in groups, in the order of arrival."""

    def __init__(self, name: str, connect: Callable[[], Driver], bounds: Bounds) -> None:
        self.tally = Tally()
        self._connect = connect
        self._bounds = bounds
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Appends a job to the queue."""
        self._queue.put(job)

    def waiting(self) -> int:
        """Returns how many jobs wait."""
        return self._queue.qsize()

    def end(self) -> None:
        """Does what is queued, then ends; returns when it has ended."""
        self._queue.put(None)
        self._thread.join()

    def _more(self) -> Job | None:
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None
        if job is None:
            self._ended = True
        return job

    def _work(self) -> None:
        driver: Driver | None = None
        while not self._ended:
            job = self._queue.get()
            if job is None:
                break
            begun = time.monotonic()
            try:
                if driver is None:
                    driver = self._connect()
                jobs = driver.group(job, self._more, self._bounds)
            except Exception as error:  # noqa: BLE001  # because those who wait must hear of it, and the worker must live on
                job.error = UnavailableError(f"the database cannot be used: {error}")
                job.error.__cause__ = error
                jobs = [job]
            self._count(jobs, time.monotonic() - begun)
            tell(jobs)
        if driver is not None:
            driver.close()

    def _count(self, jobs: list[Job], seconds: float) -> None:
        tally = self.tally
        tally.longest = max(tally.longest, seconds)
        if isinstance(jobs[0].error, UnavailableError):
            tally.failed += 1
        else:
            tally.groups += 1
            tally.jobs += len(jobs)


def tell(jobs: list[Job]) -> None:
    """Hands each job's result or error to whoever waits: one call into each event loop for the whole group."""
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if job.loop is None:
            _settle([job])
        else:
            loops.setdefault(job.loop, []).append(job)
    for loop, group in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, group)
        except RuntimeError:  # the loop was closed: nobody waits any more
            continue


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():  # cancelled by whoever waited: the work is committed all the same
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
