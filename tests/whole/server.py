"""`minga serve` in a process of its own, by nothing but its settings, that can be killed and begun again; and other commands."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.ports import free_port

ROOT = Path(__file__).parents[2]


class Server:
    """One installation in a folder. `values` are settings by field's name, added to data, flows and port."""

    def __init__(self, folder: Path, **values: Any) -> None:
        self.port = free_port()
        self.values = {"data": folder / "data", "flows": folder / "flows", "port": self.port} | values
        self.log = folder / "log"
        self.process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts it and waits until it answers."""
        with self.log.open("ab") as log:
            self.process = await self._begin("serve", out=log)
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{self.url}/healthz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    assert self.process.returncode is None, self.log.read_text()
                    await asyncio.sleep(0.1)

    async def kill(self, how: int = signal.SIGKILL) -> None:
        """Ends it, and waits until it is gone."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        await self.process.wait()

    async def command(self, *words: str) -> str:
        """Runs another command on the same installation; returns what it wrote."""
        process = await self._begin(*words, out=asyncio.subprocess.PIPE)
        told, _ = await process.communicate()
        assert process.returncode == 0, told.decode()
        return told.decode()

    async def _begin(self, *words: str, out: Any) -> asyncio.subprocess.Process:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MINGA_")}
        environment |= {f"MINGA_{name.upper()}": str(value) for name, value in self.values.items()}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words, cwd=self.log.parent, env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=out, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
