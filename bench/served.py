"""`minga serve` as a process of its own, and a resident who writes to it from the moment it is started."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

from town import SECRET

_ROOT = Path(__file__).parent.parent
_PATIENCE = 60.0
"""Seconds after which a server that does not answer is given up."""


class Served:
    """A server over the database of a folder. `begun` is when its process was started, on `time.perf_counter`."""

    def __init__(self, folder: Path, *, secret: str = SECRET) -> None:
        self.port = _free_port()
        settings = {
            "MINGA_DATABASE_URL": f"sqlite:///{folder / 'minga.db'}", "MINGA_DATA": str(folder / "data"),
            "MINGA_FLOWS": str(folder / "flows"), "MINGA_PORT": str(self.port), "MINGA_SIMULATOR": "on",
            "MINGA_SECRET_KEY": secret,
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MINGA_")}
        self.begun = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=_ROOT, env=kept | settings, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def write(self, person: str, does: dict[str, object]) -> float:
        """Lets that person do something; returns the seconds from the process's start to the answer's commit.

        Raises OSError if the server ended, or did not queue a reply within a minute.
        """
        body = json.dumps({"id": secrets.token_hex(8), "look": "telegram", "language": "es", "does": does})
        headers = {"Content-Type": "application/json", "Cookie": f"minga_person={person}"}
        while time.perf_counter() - self.begun < _PATIENCE:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
            try:
                connection.request("POST", "/simulator/messages", body, headers)
                answer = connection.getresponse()
                content = answer.read()
            except ConnectionRefusedError:
                if self._process.poll() is not None:
                    raise OSError(self._told()) from None
                time.sleep(0.005)
                continue
            finally:
                connection.close()
            if answer.status != 200 or json.loads(content)["replies"] == 0:
                self._process.kill()
                raise OSError(f"{answer.status}: {content.decode()}\n{self._told()}")
            return time.perf_counter() - self.begun
        raise OSError("the server did not answer")

    def _told(self) -> str:
        assert self._process.stderr is not None
        return self._process.stderr.read().decode()

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self._process.kill()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()


def somebody() -> str:
    """Returns a person who has never written, as the page's cookie names one."""
    return secrets.token_urlsafe(18)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
