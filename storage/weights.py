"""Weights that are kept for a flow: the margins its answers are raked to whenever somebody looks, and what raking gave before.

Answers come in while a flow is open, so what is in use are the margins with their bounds, not the numbers: every look rakes anew,
everybody who counts, whatever it is narrowed to. What raking gave when somebody stored the margins stays with them, as history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import Connection

from bot.reports.filters import FilterError
from bot.reports.layout import Layout
from bot.reports.margins import Margins, read_margins
from bot.reports.rows import Filter, Selection
from bot.reports.weights import Cells, Unweighted, Weighting, weigh
from storage import results
from storage.reading import Snapshot
from storage.statements import Statement, Transaction

Form = Literal["csv", "yaml"]

BYTES = 200_000
"""A file of margins is never larger: it has a line for each category."""

_COLUMNS = (
    "w.id, w.flow, w.name, w.form, w.content, w.sha256, w.source, w.day, w.cap, w.least, w.people, w.outside, w.effect, "
    "w.capped, w.rounds, w.solution, w.staff_id, s.name, w.stored_at, w.ended_at"
)
_FROM = "FROM stored_weights w LEFT JOIN staff s ON s.id = w.staff_id"
_ADD = Statement("""
    INSERT INTO stored_weights (id, flow, name, form, content, sha256, source, day, cap, least, people, outside, effect, capped,
        rounds, solution, staff_id, stored_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
""")
_IN_USE = Statement(f"SELECT {_COLUMNS} {_FROM} WHERE w.flow = ? AND w.ended_at IS NULL")
_OF_FLOW = Statement(f"SELECT {_COLUMNS} {_FROM} WHERE w.flow = ? ORDER BY w.id DESC LIMIT ?")
_ALL = Statement(f"SELECT {_COLUMNS} {_FROM} ORDER BY w.flow, w.id DESC LIMIT ?")
_END = Statement("UPDATE stored_weights SET ended_at = ?, ended_by = ? WHERE flow = ? AND ended_at IS NULL")


class Stored(NamedTuple):
    """A row of `stored_weights`, with the name of who stored it ("" from the terminal). `solution` is read."""

    id: int
    flow: str
    name: str
    form: Form
    content: str
    sha256: str
    source: str
    day: str
    cap: float
    least: int
    people: int
    outside: int
    effect: float
    capped: int
    rounds: int
    solution: Mapping[str, Any]
    staff_id: int | None
    staff: str
    stored_at: int
    ended_at: int | None

    def margins(self, layout: Layout) -> Margins:
        """Returns the margins, judged against the flow as it is now. Raises MarginsError."""
        return read_margins(self.content, yaml_file=self.form == "yaml", sha256=self.sha256, layout=layout)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file of margins that somebody wants to use, with its bounds."""

    name: str
    form: Form
    content: str
    cap: float
    least: int

    @property
    def sha256(self) -> str:
        """Returns the file's sha256, in hex."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    def margins(self, layout: Layout) -> Margins:
        """Returns the margins that it holds. Raises MarginsError."""
        return read_margins(self.content, yaml_file=self.form == "yaml", sha256=self.sha256, layout=layout)


def form_of(name: str) -> Form:
    """Returns how a file of that name is written."""
    return "csv" if name.lower().endswith(".csv") else "yaml"


def rake(connection: Connection, flow: str, kept: Stored | Offered, layout: Layout, selection: Selection) -> Weighting:
    """Returns the weights of everybody whom this selection counts, whatever else it is narrowed to.

    The state of the answers is that of its end (`until`). Raises MarginsError, RakingError.
    """
    margins = kept.margins(layout)
    cells = Cells(margins)
    steps = {question.step for margin in margins.margins for question in margin.grouping.questions}
    everybody = replace(selection, only=Filter(until=selection.only.until))
    for result in results.stream(connection, flow, everybody, steps):
        cells.add(result, result.latest())
    return weigh(cells, margins, cap=kept.cap, least=kept.least)


def raked(connection: Connection, flow: str, layout: Layout, selection: Selection) -> Weighting | Unweighted | None:
    """Returns the weights by the margins that are kept for the flow; None where none are, Unweighted where they do not fit."""
    kept = in_use(Snapshot(connection), flow)
    if kept is None:
        return None
    try:
        return rake(connection, flow, kept, layout, selection)
    except FilterError as error:
        return Unweighted(error.key, {"file": kept.name, **error.places})


def in_use(tx: Transaction, flow: str) -> Stored | None:
    """Returns what that flow's answers are weighted to, None if to nothing."""
    row = tx.one(_IN_USE, (flow,))
    return None if row is None else _stored(row)


def listed(tx: Transaction, flow: str = "", limit: int = 100) -> list[Stored]:
    """Returns what was ever stored of that flow, or of all, the newest of each first."""
    rows = tx.all(_OF_FLOW, (flow, limit)) if flow else tx.all(_ALL, (limit,))
    return [_stored(row) for row in rows]


def store(
    tx: Transaction, identifier: int, flow: str, offered: Offered, weighting: Weighting, *, staff: int | None, now: int
) -> None:
    """Uses these margins from now on, in place of those before, and keeps what raking gives now."""
    tx.run(_END, (now, staff, flow))
    margins, one = weighting.margins, weighting
    tx.run(
        _ADD,
        (
            identifier, flow, offered.name, offered.form, offered.content, margins.sha256, margins.source,
            margins.date.isoformat(), float(offered.cap), offered.least, one.people, one.outside, float(one.effect), one.capped,
            one.rounds, orjson.dumps(_solution(one)).decode(), staff, now,
        ),
    )  # fmt: skip


def end(tx: Transaction, flow: str, *, staff: int | None, now: int) -> bool:
    """Weights that flow's answers no more; False if they were not weighted."""
    return tx.run(_END, (now, staff, flow)) == 1


def _solution(one: Weighting) -> dict[str, object]:
    return {
        "weights": [{"cell": list(cell), "weight": weight} for cell, weight in one.weights.items()],
        "compared": [asdict(compared) for compared in one.compared],
    }


def _stored(row: Sequence[Any]) -> Stored:
    stored = Stored._make(row)
    return stored._replace(staff=stored.staff or "", solution=orjson.loads(stored.solution))  # type: ignore[arg-type]  # because it is text until here
