"""The words of requests that are not finished: which of them share words with another one, the newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from storage.statements import Statement, Transaction

NEWEST = 300
"""Of one word, how many of the newest requests are looked at: whoever asks the same twice does so within weeks."""

CANDIDATES = 60
"""How many of those that share most words are looked at closely."""

_WORDS = 40
"""Words of one request that are kept."""

_PUT = Statement("INSERT INTO request_word (word, request_id) VALUES (?, ?) ON CONFLICT DO NOTHING")
_DROP = Statement("DELETE FROM request_word WHERE request_id = ?")
_WITH = Statement("SELECT request_id FROM request_word WHERE word = ? ORDER BY request_id DESC LIMIT ?")


class Candidate(NamedTuple):
    """A request that shares words with another. `filed_at` is in milliseconds since the epoch."""

    id: int
    number: str
    kind: str
    state: str
    subject: str
    text: str
    filed_at: int
    unit_id: int | None
    contact_id: int | None


def put(tx: Transaction, request: int, words: Iterable[str]) -> None:
    """Keeps the words of a request."""
    tx.write_many(_PUT, [(word, request) for word in list(dict.fromkeys(words))[:_WORDS]])


def drop(tx: Transaction, request: int) -> None:
    """Forgets the words of a request that is finished."""
    tx.write(_DROP, (request,))


def sharing(tx: Transaction, words: Iterable[str], *, kind: str, but: int) -> list[Candidate]:
    """Returns requests of that kind, not finished, that share most of those words, the most first; `but` is not among them.

    What it costs does not grow with the number of requests: of each word the newest are looked at.
    """
    shared: Counter[int] = Counter()
    for word in list(dict.fromkeys(words))[:_WORDS]:
        found = tx.all(_WITH, (word, NEWEST))
        # a word that few requests have tells more than one that all have
        weight = 3 if len(found) < NEWEST // 10 else 2 if len(found) < NEWEST else 1
        for (request,) in found:
            shared[request] += weight
    del shared[but]
    wanted = [request for request, _ in sorted(shared.items(), key=lambda one: (-one[1], -one[0]))[:CANDIDATES]]
    if not wanted:
        return []
    places = ", ".join("?" * len(wanted))
    sql = (
        f"SELECT id, number, kind, state, subject, text, filed_at, unit_id, contact_id FROM request WHERE id IN ({places})"  # noqa: S608 because the places are question marks
        " AND kind = ? AND merged_into_id IS NULL"
    )
    rows = [Candidate._make(row) for row in tx.all(Statement(sql), (*wanted, kind))]
    return sorted(rows, key=lambda one: wanted.index(one.id))
