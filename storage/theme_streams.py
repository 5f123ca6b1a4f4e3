"""What staff said of a flow's answers, streamed beside them: the last word of each person on each, and released quotes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bot.reports.themes.codebook import Texts, kept_labels
from bot.reports.themes.coded import Chosen
from bot.reports.themes.coding import Mark
from storage.themes import instance_of, spelt

ROWS = 500
"""Rows that are fetched at once."""


class Said(NamedTuple):
    """What was said of the answers of one conversation, and when it began: the order of `results.stream`."""

    started_at: int
    conversation: int
    marks: tuple[Mark, ...]
    chosen: tuple[Chosen, ...]


_ANY = "SELECT 1 FROM (SELECT flow FROM coding UNION ALL SELECT flow FROM quote WHERE released_at IS NOT NULL) t WHERE flow = ?"
_BOOKS = """
    SELECT b.content FROM theme_book b JOIN (SELECT book, max(id) AS newest FROM coding WHERE flow = ? GROUP BY book) used
        ON used.book = b.version ORDER BY used.newest
"""
_MARKS = spelt("""
    SELECT v.started_at, v.id, a.step, a.instance, a.type, c.staff_id, c.kind, c.themes
    FROM conversation v JOIN coding c ON c.conversation_id = v.id
        JOIN answer a ON a.conversation_id = c.conversation_id AND a.sequence = c.sequence
    WHERE v.flow = ? AND c.themes IS NOT NULL AND {newest} AND {last}
    ORDER BY v.started_at, v.id, c.id
""")
_CHOSEN = spelt("""
    SELECT v.started_at, v.id, a.step, a.instance, q.text, a.language
    FROM conversation v JOIN quote q ON q.conversation_id = v.id
        JOIN answer a ON a.conversation_id = q.conversation_id AND a.sequence = q.sequence
    WHERE v.flow = ? AND q.released_at IS NOT NULL AND {last}
    ORDER BY v.started_at, v.id, q.id
""")


def labels(connection: Connection, flow: str) -> dict[str, Texts]:
    """Returns the labels of all themes that a flow's answers were ever coded by, as the book says that was used last.

    In the order of that book; what only earlier ones had comes behind.
    """
    found: dict[str, Texts] = {}
    for (content,) in connection.exec_driver_sql(_with_places(connection, _BOOKS), (flow,)):
        found = kept_labels(content) | {code: label for code, label in found.items() if code not in kept_labels(content)}
    return found


def coded_any(connection: Connection, flow: str) -> bool:
    """Tells whether anybody ever coded an answer of that flow, or released a quote of one."""
    return connection.exec_driver_sql(_with_places(connection, f"{_ANY} LIMIT 1"), (flow,)).first() is not None


def coded_steps(connection: Connection, flow: str) -> frozenset[str]:
    """Returns the questions of which anybody ever coded an answer."""
    rows = connection.exec_driver_sql(_with_places(connection, "SELECT DISTINCT step FROM coding WHERE flow = ?"), (flow,))
    return frozenset(step for (step,) in rows)


def said_steps(connection: Connection, flow: str) -> frozenset[str]:
    """Returns the questions of which anybody ever coded an answer, or released a quote."""
    query = "SELECT step FROM coding WHERE flow = ? UNION SELECT step FROM quote WHERE flow = ? AND released_at IS NOT NULL"
    return frozenset(step for (step,) in connection.exec_driver_sql(_with_places(connection, query), (flow, flow)))


def stream(connection: Connection, flow: str) -> Iterator[Said]:
    """Yields what was said of a flow's answers, conversation by conversation in the order of `results.stream`.

    Only the last word of each person on the last word of each answer, and released quotes.
    """
    marks = _grouped(_streamed(connection, _MARKS, flow))
    chosen = _grouped(_streamed(connection, _CHOSEN, flow))
    mark, quoted = next(marks, None), next(chosen, None)
    while mark is not None or quoted is not None:
        place = min(one[0] for one in (mark, quoted) if one is not None)
        here: list[Mark] = []
        quotes: list[Chosen] = []
        if mark is not None and mark[0] == place:
            here = [
                Mark(step, instance_of(at), kind, staff_id, how == "settled", tuple(themes.split()))
                for step, at, kind, staff_id, how, themes in mark[1]
            ]
            mark = next(marks, None)
        if quoted is not None and quoted[0] == place:
            quotes = [Chosen(step, instance_of(at), text, language) for step, at, text, language in quoted[1]]
            quoted = next(chosen, None)
        yield Said(*place, tuple(here), tuple(quotes))


def _streamed(connection: Connection, query: str, flow: str) -> Iterator[tuple[Any, ...]]:
    result = connection.execution_options(yield_per=ROWS).exec_driver_sql(_with_places(connection, query), (flow,))
    try:
        for row in result:
            yield tuple(row)
    finally:
        result.close()


def _grouped(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[tuple[int, int], list[tuple[Any, ...]]]]:
    place: tuple[int, int] | None = None
    held: list[tuple[Any, ...]] = []
    for started_at, conversation, *rest in rows:
        here = (started_at, conversation)
        if place is not None and here != place:
            yield place, held
            held = []
        place = here
        held.append(tuple(rest))
    if place is not None:
        yield place, held


def _with_places(connection: Connection, query: str) -> str:
    """Returns the query as the driver wants its places."""
    return query if connection.dialect.name == "sqlite" else query.replace("%", "%%").replace("?", "%s")
