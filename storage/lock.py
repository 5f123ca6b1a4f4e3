"""The lock that says "a server works on this folder": one `serve` at a time, and no `restore` under its feet.

The kernel keeps the lock (flock) for the open file and drops it when the process ends, however it ends; the file itself stays,
and the process id inside it is only there for people to read.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.refusal import LockRefused

LOCK_FILE = "serve.lock"
"""The file in MINGA_DATA that is locked."""


class ServeLock:
    """The held lock. Use it as a context manager, or call `release`; both may happen twice."""

    __slots__ = ("_handle",)

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        """Takes the lock of that folder, which is made if need be.

        `shared`: with others that share it, as several servers on one PostgreSQL do; whoever wants it alone is still refused.
        Raises LockRefused "lock.held" (places: file, pid) if another process has it, "lock.unwritable" if it cannot be made.
        """
        file = folder / LOCK_FILE
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # not truncated on opening: the text belongs to whoever holds the lock
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise LockRefused("lock.unwritable", file=file, error=error.strerror) from error
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            pid = _read_pid(handle)
            os.close(handle)
            raise LockRefused("lock.held", file=file, pid=pid or "?") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Gives the lock back."""
        if self._handle >= 0:
            os.ftruncate(self._handle, 0)
            # said aloud, not left to close(): a child that is just being started may still have the file open
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def _read_pid(handle: int) -> int | None:
    text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None
