"""The spool: where messages wait that came while the database could not take them.

One file of lines in the data folder, each sealed and on the disk before its sender is answered: a line counts as the row. Lines
are read from the start, in order, and the file is emptied when the last was handled; who is killed in between reads them again,
and what was handled by then is known as seen. A line that was cut short by a crash was never acknowledged, and is dropped.
"""

from __future__ import annotations

import asyncio
import os
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from storage.refusal import Refused
from storage.vault import SealBroken, Vault

FILE = "spool"
"""The file in MINGA_DATA."""

UNREADABLE = "spool.unreadable"
"""The file beside it, where lines go that no key opens."""

CONTEXT = "spool"
"""The vault's context of a line."""


class SpoolRefused(Refused):
    """The spool cannot be read: there are messages of residents in it, or it cannot be known."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One event as it came in. `key` says whose it is (their find key), and is empty where nobody knows."""

    channel: str
    account: str
    event: str
    received_at: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events in order. `size` is how many bytes of the file they are, `keys` whose, `broken` the lines that do not open."""

    events: tuple[Spooled, ...]
    keys: tuple[bytes, ...]
    broken: tuple[bytes, ...]
    size: int


def waiting_in(folder: Path) -> int:
    """Returns how many events wait in the spool of that folder (MINGA_DATA), whoever it belongs to. Raises OSError."""
    try:
        with (folder / FILE).open("rb") as lines:
            return sum(1 for _ in lines)
    except FileNotFoundError:
        return 0


class Spool:
    """The spool of one process: no other may use the same file."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        """`folder` is MINGA_DATA. What a former process left is counted. Raises SpoolRefused "spool.unreadable"."""
        self._file = folder / FILE
        self._vault = vault
        self._waiting: Counter[bytes] = Counter()
        self._lines: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._guard = asyncio.Lock()
        self._filled = asyncio.Event()
        self._read_at = self._end = 0
        self._torn = False
        try:
            self._count()
        except FileNotFoundError:
            return
        except OSError as error:
            raise SpoolRefused("spool.unreadable", file=self._file, error=error.strerror or type(error).__name__) from error

    @property
    def waiting(self) -> int:
        """Returns how many events wait."""
        return self._waiting.total()

    def holds(self, key: bytes) -> bool:
        """Tells whether events of that address wait here: then later ones must wait behind them."""
        return key in self._waiting

    async def filled(self) -> None:
        """Returns when there is something to be handled."""
        await self._filled.wait()

    async def append(self, event: Spooled) -> None:
        """Appends the event, and returns when it is on the disk. Raises OSError, and then it is not kept."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # from now on: whoever comes next must not overtake it
        self._waiting[event.key] += 1
        self._lines.append((self._line(event), written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        try:
            await asyncio.shield(written)
        except OSError:
            self._drop(event.key)
            raise
        self._filled.set()

    async def read(self, limit: int = 64) -> Batch:
        """Returns the first events that wait, at most so many; `done` is to be called when they are handled. Raises OSError."""
        raw = await asyncio.to_thread(self._lines_from, self._read_at, limit)
        events, keys, broken = [], [], []
        for line in raw:
            event = self._open(line)
            keys.append(b"" if event is None else event.key)
            if event is None:
                broken.append(line)
            else:
                events.append(event)
        return Batch(tuple(events), tuple(keys), tuple(broken), sum(map(len, raw)))

    async def done(self, batch: Batch) -> None:
        """Forgets a batch that was handled. Lines that did not open are kept apart. Raises OSError: then nothing is forgotten."""
        if batch.broken:
            await asyncio.to_thread(self._keep_apart, batch.broken)
        async with self._guard:
            if self._read_at + batch.size == self._end:  # lines that are not written yet begin the file anew
                await asyncio.to_thread(self._empty)
                self._read_at = self._end = 0
                self._filled.clear()
            else:
                self._read_at += batch.size
        for key in batch.keys:
            self._drop(key)

    # ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _write(self) -> None:
        """Writes all lines that wait, one sync for as many as there are."""
        try:
            while self._lines:
                async with self._guard:
                    lines, self._lines = self._lines, []
                    content = b"".join(line for line, _ in lines)
                    try:
                        await asyncio.to_thread(self._put, content)
                    except OSError as error:
                        self._torn = True
                        for _, written in lines:
                            written.set_exception(error)
                        continue
                    self._end += len(content)
                    for _, written in lines:
                        written.set_result(None)
        finally:
            self._writing = None

    def _put(self, content: bytes) -> None:
        fresh = not self._file.exists()
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            if self._torn:  # what a failed write or a crash left must not be read together with this
                os.ftruncate(descriptor, self._end)
                self._torn = False
            place = self._end
            rest = memoryview(content)
            while rest:
                count = os.pwrite(descriptor, rest, place)
                place, rest = place + count, rest[count:]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            _sync(self._file.parent)

    def _empty(self) -> None:
        descriptor = os.open(self._file, os.O_WRONLY)
        try:
            os.ftruncate(descriptor, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _lines_from(self, place: int, limit: int) -> list[bytes]:
        found: list[bytes] = []
        with self._file.open("rb") as file:
            file.seek(place)
            while len(found) < limit and file.tell() < self._end:
                found.append(file.readline())
        return found

    def _keep_apart(self, lines: tuple[bytes, ...]) -> None:
        file = self._file.with_name(UNREADABLE)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())

    def _count(self) -> None:
        """Counts what a former process left: whole lines, and whose they are."""
        with self._file.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    self._torn = True
                    break
                event = self._open(line)
                self._waiting[b"" if event is None else event.key] += 1
                self._end += len(line)
        if self._end:
            self._filled.set()

    def _drop(self, key: bytes) -> None:
        self._waiting[key] -= 1
        if self._waiting[key] <= 0:
            del self._waiting[key]

    # ── a line ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _line(self, event: Spooled) -> bytes:
        told: dict[str, Any] = {
            "channel": event.channel,
            "account": event.account,
            "event": event.event,
            "received_at": event.received_at,
            "body": b64encode(event.body).decode(),
            "headers": dict(event.headers),
            "key": event.key.hex(),
        }
        return b64encode(self._vault.seal(orjson.dumps(told), CONTEXT)) + b"\n"

    def _open(self, line: bytes) -> Spooled | None:
        try:
            told = orjson.loads(self._vault.open(b64decode(line, validate=False), CONTEXT))
            return Spooled(
                told["channel"], told["account"], told["event"], told["received_at"], b64decode(told["body"]), told["headers"],
                bytes.fromhex(told["key"]),
            )  # fmt: skip
        except (SealBroken, NoBase64, ValueError, KeyError, TypeError):
            return None


def _sync(folder: Path) -> None:
    """Makes the file's name durable too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
