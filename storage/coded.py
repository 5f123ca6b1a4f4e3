"""What was coded of a flow's answers, met while they stream by: one more cursor beside those of `results`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from bot.reports.layout import Layout
from bot.reports.rows import ResultRow
from bot.reports.themes.coded import Coded, Tallies
from bot.reports.themes.coding import Mark
from bot.reports.themes.columns import Theming, themed_by
from bot.reports.wide import Latest
from storage import theme_streams
from storage.theme_streams import Said


class Beside:
    """Meets what was said of answers while the conversations come by, in the order of `results.stream`; nothing is kept.

    The connection must be that of the stream, so that both see one snapshot.
    """

    def __init__(self, connection: Connection, flow: str) -> None:
        self._said = theme_streams.stream(connection, flow)
        self._next = next(self._said, None)

    def said(self, result: ResultRow) -> Said | None:
        """Returns what was said of this conversation's answers; None where nothing was. In order; some may be passed over."""
        place = (result.started_at, result.conversation)
        while self._next is not None and (self._next.started_at, self._next.conversation) < place:
            self._next = next(self._said, None)
        return self._next if self._next is not None and self._next.conversation == result.conversation else None

    def marks(self, result: ResultRow) -> Sequence[Mark]:
        """Returns the marks on this conversation's answers."""
        said = self.said(result)
        return () if said is None else said.marks


class CodedBeside:
    """Counts what was said of answers while the conversations come by."""

    def __init__(self, connection: Connection, flow: str, layout: Layout) -> None:
        self._tallies = Tallies(layout, theme_streams.said_steps(connection, flow))
        self._labels = theme_streams.labels(connection, flow)
        self._beside = Beside(connection, flow)

    def add(self, result: ResultRow, latest: Latest, mass: float | None) -> None:
        """Counts a conversation that the selection takes. Those that it does not take need not be shown."""
        said = self._beside.said(result)
        self._tallies.add(latest, () if said is None else said.marks, () if said is None else said.chosen, mass)

    def coded(self) -> Mapping[str, Coded]:
        """Returns what was counted, by column."""
        return self._tallies.coded(self._labels)


def beside(connection: Connection, flow: str, layout: Layout) -> CodedBeside | None:
    """Returns what counts the codings of a flow; None where nobody coded anything, so that nothing is paid for it."""
    return CodedBeside(connection, flow, layout) if theme_streams.coded_any(connection, flow) else None


def themed(connection: Connection, flow: str, layout: Layout) -> Theming | None:
    """Returns the columns of a flow's themes for an export, one pass over its conversations; None where nobody coded."""
    steps = theme_streams.coded_steps(connection, flow)
    if not steps:
        return None
    return themed_by(layout, steps, Beside(connection, flow).marks, theme_streams.labels(connection, flow))
