"""The serve lock: held by one process, dropped by the kernel when that process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.lock import ServeLock
from storage.refusal import LockRefused

HOLD = """
import sys, time
from pathlib import Path
from storage.lock import ServeLock
lock = ServeLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()


def test_one_holds_it_and_the_other_hears_who(tmp_path: Path) -> None:
    process = holder(tmp_path)
    with pytest.raises(LockRefused) as refused:
        ServeLock(tmp_path)
    assert (refused.value.key, refused.value.places) == ("lock.held", {"file": tmp_path / "serve.lock", "pid": process.pid})
    end(process)
    with ServeLock(tmp_path):
        assert (tmp_path / "serve.lock").read_text() == f"{os.getpid()}\n"


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    end(process)
    assert (tmp_path / "serve.lock").read_text() == f"{process.pid}\n"  # its text stays, its lock does not
    with ServeLock(tmp_path):
        assert (tmp_path / "serve.lock").read_text() == f"{os.getpid()}\n"


def test_the_same_process_gets_it_once_only(tmp_path: Path) -> None:
    """Two servers in one process would be two writers as well; and reading the file must not drop the lock (as fcntl's would)."""
    first = ServeLock(tmp_path / "data")
    (tmp_path / "data" / "serve.lock").read_text()
    with pytest.raises(LockRefused, match=r"lock\.held"):
        ServeLock(tmp_path / "data")
    first.release()
    first.release()
    ServeLock(tmp_path / "data").release()
    assert (tmp_path / "data" / "serve.lock").read_text() == ""


def test_a_child_does_not_keep_it(tmp_path: Path) -> None:
    lock = ServeLock(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, close_fds=False, text=True
    )
    lock.release()
    ServeLock(tmp_path).release()
    end(child)


def test_where_it_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(LockRefused, match=r"lock\.unwritable"):
        ServeLock(tmp_path / "data")


def test_servers_on_one_postgresql_share_it_and_restore_waits_for_all(tmp_path: Path) -> None:
    first, second = ServeLock(tmp_path, shared=True), ServeLock(tmp_path, shared=True)
    with pytest.raises(LockRefused, match=r"lock\.held"):
        ServeLock(tmp_path)
    first.release()
    with pytest.raises(LockRefused, match=r"lock\.held"):
        ServeLock(tmp_path)
    second.release()
    with ServeLock(tmp_path), pytest.raises(LockRefused, match=r"lock\.held"):
        ServeLock(tmp_path, shared=True)
