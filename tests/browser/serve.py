"""`python serve.py FOLDER PORT`: serves the town of the tests until it is killed. A process of its own, so that it can be."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.web.app import build_app
from storage import migrations
from tests.web.town import town


async def main(folder: Path, port: int) -> None:
    url = f"sqlite:///{folder / 'minga.db'}"
    await asyncio.to_thread(migrations.upgrade, url)
    with town(url, folder) as here:
        assert here.world.exporting is not None
        delivering = asyncio.create_task(here.deliveries.run())
        exporting = asyncio.create_task(here.world.exporting.run())
        runner = web.AppRunner(build_app(here.world), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        print("listening", flush=True)  # noqa: T201 because the test waits for this line
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
            await here.deliveries.end()
            for task in (delivering, exporting):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
