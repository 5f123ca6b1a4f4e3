"""An installation of Minga in a folder of its own, with the survey of the benchmarks open, and the driver beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Literal
from urllib.request import urlopen

HERE = Path(__file__).parent
ROOT = HERE.parent
Wire = Literal["tg", "twilio"]

PATHS: dict[Wire, str] = {"tg": "/webhooks/telegram", "twilio": "/webhooks/twilio"}
SECRET, TOKEN = "s3cr3t-token", "0123456789abcdef0123456789abcdef"
"""What the driver signs with."""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def build_driver(folder: Path) -> Path:
    """Returns the compiled driver."""
    if shutil.which("cc") is None:
        raise SystemExit("the benchmarks need a C compiler (cc) and OpenSSL's headers")
    made = folder / "driver"
    subprocess.run(["cc", "-O2", "-w", "-o", made, HERE / "driver.c", "-lcrypto"], check=True)
    return made


class Installation:
    """One server. `settings` are those that differ, without MINGA_; `api` is the port where the driver plays the provider."""

    def __init__(self, folder: Path, wire: Wire, api: int, **settings: object) -> None:
        folder.mkdir(parents=True)
        self.port, self.folder = free_port(), folder
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "flows").mkdir()
        shutil.copy(HERE / "encuesta.yaml", folder / "flows")
        url = f"http://127.0.0.1:{api}"
        one: dict[str, object] = (
            {"telegram_token": "4242:bench", "telegram_mode": "webhook", "telegram_secret": SECRET, "telegram_api_url": url}
            if wire == "tg"
            else {"twilio_account_sid": "AC" + TOKEN, "twilio_auth_token": TOKEN, "twilio_api_url": url}
        )
        limits = {"telegram_pace": 10000, "whatsapp_pace": 10000, "person_pace": 0}  # it is Minga that is measured
        more = {
            "data": folder / "data",
            "flows": folder / "flows",
            "port": self.port,
            "public_url": f"http://127.0.0.1:{self.port}",
        }
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("MINGA_")}
        self.environment |= {f"MINGA_{name.upper()}": str(value) for name, value in (more | one | limits | settings).items()}
        self.environment |= {"PYTHONPATH": str(ROOT), "LANG": "en_US.UTF-8"}
        self.minga("flow", "open", "encuesta")

    def minga(self, *words: str) -> str:
        """Runs a command and returns what it told."""
        done = subprocess.run(
            self._line(*words), env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"minga {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._line("serve"), env=self.environment, cwd=self.folder, stdout=log, stderr=log)

    def kill(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Returns what the (SQLite) database holds."""
        with closing(sqlite3.connect(self.folder / "data" / "minga.db", timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    @staticmethod
    def _line(*words: str) -> list[str]:
        return [sys.executable, "-m", "bot", *words]


def wait_for(port: int, seconds: float = 60.0) -> None:
    """Returns when somebody listens there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"nobody listens at {port}")


def wait_ready(port: int, seconds: float = 90.0) -> None:
    """Returns when that server answers: it listens long before it has started, and its start is not what is measured."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nobody answers at {port}")


def drive(
    driver: Path, *, port: int, api: int, wire: Wire, path: str, pid: int | None, **options: object
) -> subprocess.Popen[str]:
    """Starts the driver; an option that is True is a flag."""
    line = [str(driver), "--port", str(port), "--api-port", str(api), "--wire", wire, "--path", path]
    line += ["--pids", str(pid)] if pid is not None else []
    for name, value in options.items():
        line += [f"--{name.replace('_', '-')}"] if value is True else [f"--{name.replace('_', '-')}", str(value)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result(running: subprocess.Popen[str], timeout: float) -> dict[str, Any]:
    """Returns what the driver measured."""
    out, err = running.communicate(timeout=timeout)
    if err:
        sys.stderr.write(err[:2000])
    measured: dict[str, Any] = json.loads(out)
    return measured
