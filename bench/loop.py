"""The event loop on which Minga runs: uvloop where it is installed."""

from __future__ import annotations

import asyncio


def runner() -> asyncio.Runner:
    """Returns what runs coroutines on that loop."""
    try:
        import uvloop
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def name() -> str:
    """Returns which one it is."""
    with runner() as loop:
        return loop.get_loop().__class__.__module__.partition(".")[0]
