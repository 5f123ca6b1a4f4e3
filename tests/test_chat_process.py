"""`minga chat` as a process: killed in the middle it goes on where it was, and Ctrl-C leaves quietly."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOWS = ROOT / "tests" / "conversations" / "flows"


class Chat:
    """A running `minga chat`."""

    def __init__(self, folder, *arguments):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("MINGA_", "LC_", "LANG"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "chat", *arguments],
            cwd=folder,
            env={**environment, "MINGA_DATA": str(folder / "data"), "PYTHONPATH": str(ROOT), "LANG": "es_EC.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def turn(self, said=None):
        """Sends a line (none: the start) and returns the events of its turn."""
        if said is not None:
            self.process.stdin.write(json.dumps(said) + "\n")
            self.process.stdin.flush()
        events = []
        for line in self.process.stdout:
            event = json.loads(line)
            if "turn" in event:
                return events
            events.append(event)
        raise AssertionError(self.process.stderr.read())

    def until(self, words):
        """Reads until these words have come."""
        read = ""
        while words not in read:
            more = self.process.stdout.read(1)
            assert more, read + self.process.stderr.read()
            read += more
        return read

    def stop(self, number):
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture
def chat(tmp_path):
    running = []

    def start(*arguments):
        running.append(Chat(tmp_path, *arguments))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait(30)
        for pipe in (one.process.stdin, one.process.stdout, one.process.stderr):
            pipe.close()


def test_killed_in_the_middle_it_goes_on_where_it_was(chat, tmp_path):
    arguments = (str(FLOWS / "opciones.yaml"), "--json", "--as", "ana")
    first = chat(*arguments)
    assert first.turn()[0]["step"] == "canton"
    assert first.turn({"choice": "puyo"})[0]["answer"]["value"] == "puyo"
    assert first.stop(signal.SIGKILL)[0] == -signal.SIGKILL

    second = chat(*arguments)
    assert [event["step"] for event in second.turn()] == ["resume", "medios"]
    assert second.turn({"choice": ["radio"]})[0]["answer"]["value"] == ["radio"]
    assert second.turn({"text": "2 1"})[-1] == {"end": "completed"}
    second.process.stdin.close()
    assert second.process.wait(30) == 0
    assert second.process.stderr.read() == ""

    database = sqlite3.connect(tmp_path / "data" / "minga.db")
    assert database.execute("SELECT step, value FROM answer ORDER BY conversation_id, sequence").fetchall() == [
        ("canton", '"puyo"'),
        ("medios", '["radio"]'),
        ("obras", '["parque","calle"]'),
    ]
    database.close()


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_ctrl_c_leaves_quietly(chat, arguments):
    running = chat(str(FLOWS / "opciones.yaml"), *arguments)
    running.until('"turn":0' if arguments else "tú>")
    code, errors = running.stop(signal.SIGINT)
    assert code == 130
    assert errors.strip() == ""


def test_bytes_that_are_no_text_do_not_end_the_play(chat):
    running = chat(str(FLOWS / "direccion.yaml"), "--json")
    running.turn()
    running.process.stdin.buffer.write(b'{"text": "\xff"}\n')
    assert running.turn({"text": "Sucre"})[0]["answer"]["name"] == "calle"


def test_a_refusal_is_one_line(chat):
    running = chat("ciudades_abiertas", "--channel", "fax")
    out, errors = running.process.communicate(timeout=30)
    assert (running.process.returncode, out) == (2, "")
    assert errors.count("\n") == 1
    assert "fax" in errors
