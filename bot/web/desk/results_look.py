"""One look at a flow's answers from the desk: what is asked for, counted beside all else, and kept for whoever asks the same."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiMapping
from sqlalchemy import Connection

from bot.reports.filters import CHANNELS, FilterError, days, known
from bot.reports.rows import Filter, Selection

if TYPE_CHECKING:  # heavy: imported by the first count
    from bot.reports.findings import Findings
    from storage.database import Database

PATIENCE = 1.5
"""Seconds that a page waits for a count before it says that it is counting."""

GOOD_FOR = 10.0
"""Seconds that a count is good for; ten times as long as it took, where that is more."""

AT_ONCE = 1
"""How many are counted at once: the others wait, so that answering people goes before."""

MOST = 40
"""How many counts are kept."""

MOST_CONDITIONS = 6


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked of a flow, as it was typed. `of` and `by` are the two questions of a cross-tab."""

    flow: str
    where: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    channel: str = ""
    spoken: str = ""
    unfinished: bool = False
    test: bool = False
    of: str = ""
    by: str = ""

    @property
    def narrowed(self) -> bool:
        """Tells whether it is about fewer conversations than all."""
        return bool(self.where or self.since or self.until or self.channel or self.spoken)

    def query(self) -> str:
        """Returns it as the query of an address, "" for a look at everything."""
        pairs = [("where", one) for one in self.where]
        pairs += [
            (name, getattr(self, name)) for name in ("since", "until", "channel", "spoken", "of", "by") if getattr(self, name)
        ]
        pairs += [(name, "yes") for name in ("unfinished", "test") if getattr(self, name)]
        return f"?{urlencode(pairs)}" if pairs else ""

    def selection(self, now: datetime) -> Selection:
        """Returns which conversations count, but for what is said of answers. Raises FilterError."""
        begin, end = days(self.since, self.until, now.tzinfo)  # type: ignore[arg-type]  # because the clock tells the municipality's time
        channels = known([self.channel], CHANNELS, "filter.channel")
        return Selection(
            partial=self.unfinished, test=self.test, only=Filter((), begin, end, channels, tuple(self.spoken.split()))
        )


def read(flow: str, query: MultiMapping[str]) -> Look:
    """Returns what a page's address asks for."""
    typed = [one.strip()[:200] for one in query.getall("where", [])]
    texts = {name: query.get(name, "").strip()[:100] for name in ("since", "until", "channel", "spoken", "of", "by")}
    ticked = {name: query.get(name) == "yes" for name in ("unfinished", "test")}
    return Look(flow, tuple(dict.fromkeys(filter(None, typed)))[:MOST_CONDITIONS], **texts, **ticked)  # type: ignore[arg-type]  # because these are texts, and those ticks


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, and which count of this process that was."""

    findings: Findings
    number: int


@dataclass(slots=True)
class _Count:
    task: asyncio.Task[Seen]
    began: float
    ended: float = 0.0
    before: Seen | None = None

    def good(self, now: float) -> bool:
        return not self.ended or now - self.ended < max(GOOD_FOR, 10 * (self.ended - self.began))


@dataclass(slots=True)
class Looks:
    """The counts of this process, by what was asked."""

    counts: dict[Hashable, _Count] = field(default_factory=dict)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    made: int = 0

    async def look(self, database: Database, asked: Look, now: datetime) -> tuple[Seen | None, bool]:
        """Returns what there is to find, None while it is counted for the first time; and whether it is the newest.

        Raises FilterError for what does not fit the flow.
        """
        loop = asyncio.get_running_loop()
        count = self.counts.get(asked)
        if count is None or not count.good(loop.time()):
            while len(self.counts) >= MOST:
                del self.counts[next(iter(self.counts))]
            before = None if count is None or count.task.cancelled() or count.task.exception() else count.task.result()
            count = _Count(asyncio.ensure_future(self._counted(database, asked, now)), loop.time(), before=before)
            self.counts[asked] = count
            count.task.add_done_callback(partial(self._ended, asked, count))
        await asyncio.wait({count.task}, timeout=PATIENCE)
        if count.task.done():
            return count.task.result(), True
        return count.before, False

    def _ended(self, asked: Look, count: _Count, _: object) -> None:
        count.ended = count.task.get_loop().time()
        if (count.task.cancelled() or count.task.exception() is not None) and self.counts.get(asked) is count:
            del self.counts[asked]  # what went wrong is tried again by the next who asks

    async def _counted(self, database: Database, asked: Look, now: datetime) -> Seen:
        async with self.gate:

            def work(connection: Connection) -> Findings:
                from bot.reports.discretion import Discretion, discretions, untold
                from storage.findings import Question, find

                found = find(connection, Question(asked.flow, asked.selection(now), now, asked.where, by=asked.by, of=asked.of))
                layout = found.summary.layout
                discretion = discretions(layout)
                crossed = () if found.cross is None else (*found.cross.by.questions, *found.cross.question.questions)
                sensitive = [one.step for one in crossed if discretion[one.column] >= Discretion.SENSITIVE]
                for step in (*untold(found.filter, layout), *sensitive):
                    raise FilterError("report.sensitive_filter", name=step)
                return found

            found = await database.read(work)
            self.made += 1
            return Seen(found, self.made)

    async def end(self) -> None:
        """Waits for what is being counted."""
        tasks = [count.task for count in self.counts.values()]
        await asyncio.gather(*tasks, return_exceptions=True)


LOOKS = web.AppKey("results_looks", Looks)


def fitting(asked: Look) -> Look:
    """Returns the look with a cross-tab only where both of its questions are named, and are not the same."""
    whole = asked.of and asked.by and asked.of != asked.by
    return asked if whole else replace(asked, of="", by="")


def layout_of(connection: Connection, flow: str) -> Any:
    """Returns the flow's questions over all its versions, whatever was answered."""
    from bot.engine.build import build
    from bot.reports.layout import lay_out
    from storage import results

    return lay_out({version: build(content) for version, content in results.versions(connection, flow).items()}, ())
