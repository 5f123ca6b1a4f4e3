"""`minga serve` as a process: it answers, it ends in order, it refuses what cannot work, and it goes on past what is broken."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.lock import ServeLock
from tests.ports import free_port
from tests.test_cli import BROKEN, OWN

TOKEN = "123456789:AAF-kq_dQW4w9WgXcQ0123456789abcdefg"


class Server:
    """`minga serve` in a folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        clean = {name: value for name, value in os.environ.items() if not name.upper().startswith(("MINGA_", "LC_", "LANG"))}
        self.environment = {**clean, "MINGA_PORT": str(self.port), "PYTHONUNBUFFERED": "1", **settings}
        self.process: subprocess.Popen[str] | None = None

    def minga(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except OSError:
                assert self.process.poll() is None, self.process.communicate()
                time.sleep(0.05)
        raise AssertionError("it does not answer")

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def write(self, person: str, does: dict[str, object]) -> int:
        """A resident does something in the simulator; returns the status of the answer. Raises OSError where there is none."""
        body = json.dumps({"id": secrets.token_hex(8), "look": "telegram", "language": "es", "does": does}).encode()
        headers = {"Content-Type": "application/json", "Cookie": f"minga_person={person}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/simulator/messages", body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    if server.process is not None and server.process.poll() is None:
        server.process.kill()
        server.process.communicate()


def events(err: str) -> list[str]:
    return [json.loads(line)["event"] for line in err.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_opens_what_ships_answers_and_ends_in_order(number: int, server: Server) -> None:
    server.start()
    assert server.get("/readyz")[0] == 200
    assert server.get("/")[0] == 200
    assert "minga_turns_total" in server.get("/metrics")[1]
    code, out, err = server.end(number)
    assert code == 0
    assert f"http://127.0.0.1:{server.port}/" in out
    assert "Parando" in err
    assert events(err)[0] == "serving"
    assert events(err)[-1] == "stopped"
    assert "Traceback" not in err
    assert oct((server.folder / "data").stat().st_mode & 0o077) == "0o0", "nobody else on the machine looks into the data"
    server.start()
    assert server.get("/readyz")[0] == 200
    assert server.end()[0] == 0


def test_a_kill_leaves_nothing_in_the_way(server: Server) -> None:
    server.start()
    assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
    server.start()
    assert server.get("/readyz")[0] == 200


def test_stopping_finishes_what_was_begun_and_sends_what_was_queued(server: Server) -> None:
    """Whoever was answered is kept, whoever was kept was answered, and nothing waits in the outbox."""
    server.start()
    answered: list[int] = []

    def residents() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                answered.append(server.write(secrets.token_urlsafe(18), {"start": "derechos_informacion"}))

    crowd = [threading.Thread(target=residents) for _ in range(8)]
    for resident in crowd:
        resident.start()
    until = time.monotonic() + 30
    while len(answered) < 40 and time.monotonic() < until:
        time.sleep(0.01)
    code, _, err = server.end()
    for resident in crowd:
        resident.join()
    assert code == 0, err
    assert len(answered) >= 40
    assert set(answered) == {200}
    with contextlib.closing(sqlite3.connect(server.folder / "data" / "minga.db")) as connection:
        assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (len(answered),)
        assert connection.execute("SELECT DISTINCT status FROM outbox").fetchall() == [("sent",)]


def test_flows_opened_and_closed_beside_it_take_effect(server: Server) -> None:
    (server.folder / "data" / "flows").mkdir(parents=True)
    (server.folder / "data" / "flows" / "parque.yaml").write_text(OWN, encoding="utf-8")
    server.start()
    assert server.minga("flow", "open", "parque").returncode == 0
    until = time.monotonic() + 20
    while "El parque" not in server.get("/")[1] and time.monotonic() < until:
        time.sleep(0.2)
    assert "El parque" in server.get("/")[1]


def test_a_broken_flow_is_told_and_the_rest_goes_on(server: Server) -> None:
    (server.folder / "data" / "flows").mkdir(parents=True)
    (server.folder / "data" / "flows" / "parque.yaml").write_text(BROKEN, encoding="utf-8")
    server.environment["MINGA_PROT"] = "80"
    server.start()
    assert server.get("/readyz")[0] == 200
    _, _, err = server.end()
    assert "parque.yaml:8:" in err
    assert "broken_flow" in events(err)
    assert "MINGA_PROT" in err
    assert "unknown_setting" in events(err)


def test_a_port_that_is_taken_is_told(server: Server) -> None:
    with socket.create_server(("127.0.0.1", server.port)):
        done = server.minga("serve")
    assert done.returncode == 2
    assert "MINGA_PORT" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_address_that_is_not_this_machines_is_told(server: Server) -> None:
    server.environment["MINGA_HOST"] = "192.0.2.1"
    done = server.minga("serve")
    assert done.returncode == 2
    assert "MINGA_HOST" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_second_server_on_the_same_data_is_refused(server: Server) -> None:
    with ServeLock(server.folder / "data"):
        done = server.minga("serve")
    assert done.returncode == 2
    assert "serve.lock" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_servers_of_one_postgres_share_the_folder_and_nobody_restores_under_them(tmp_path: Path) -> None:
    with ServeLock(tmp_path, shared=True), ServeLock(tmp_path, shared=True), pytest.raises(Exception, match=r"lock\.held"):
        ServeLock(tmp_path)


def test_with_a_real_channel_there_is_no_simulator(server: Server) -> None:
    server.environment |= {"MINGA_TELEGRAM_TOKEN": TOKEN, "MINGA_MUNICIPALITY": "GAD de Tena"}
    server.start()
    status, page = server.get("/")
    assert status == 200
    assert "GAD de Tena" in page
    assert "/simulator/" not in page
    assert server.get("/simulator/stream")[0] == 404
    _, out, err = server.end()
    assert TOKEN not in out + err
    assert "MINGA_SIMULATOR" in out


def test_check_needs_neither_database_nor_web() -> None:
    found = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", "check", "flows/ciudades_abiertas.yaml"],
        cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in found.stderr.splitlines() if line.startswith("import time")}
    assert "bot.engine.source" in imported
    assert not imported & {"aiohttp", "sqlalchemy", "sqlmodel", "alembic", "structlog", "phonenumbers"}


def test_a_server_imports_nothing_heavy_before_it_answers() -> None:
    code = "import bot.serving, bot.assembly, bot.web.app, bot.duties, bot.housekeeping, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    imported = set(done.stdout.split())
    assert "sqlalchemy" in imported
    assert not imported & {"sqlmodel", "sqlalchemy.orm", "alembic", "phonenumbers", "xlsxwriter", "psycopg", "openpyxl"}
