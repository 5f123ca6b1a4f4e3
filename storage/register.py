"""What staff released: requests and answers of the public register, newest first, by word, year and outcome; their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from storage.documents import BY_INDEX
from storage.statements import Row, Statement, Transaction

SOURCE = "register"
"""The source of the documents that released requests are, where what is published is searched."""


class Shown(NamedTuple):
    """A released request. Times are milliseconds since the epoch; both texts are without personal data. `language` is theirs."""

    id: int
    number: str
    year: int
    kind: str
    state: str
    outcome: str | None
    language: str
    filed_at: int
    answered_at: int | None
    released_at: int
    public_text: str
    public_answer: str
    test: bool


class File(NamedTuple):
    """A released file. `reference` is where it lies."""

    id: int
    reference: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which released requests: with all these words (`bot.engine.answers.stemming.stems`), of that year, with that outcome.

    `tests`: also those of test contacts, which nobody but who tries the program shall see.
    """

    words: tuple[str, ...] = ()
    year: int | None = None
    outcome: str = ""
    tests: bool = False


Place = tuple[int, int]
"""Where a page ended: when the last one on it was released, and its id."""

_COLUMNS = (
    "r.id, r.number, r.year, r.kind, r.state, r.outcome, r.language, r.filed_at, r.answered_at, r.released_at, r.public_text,"
    " r.public_answer, r.test"
)
_RELEASED = "r.released_at IS NOT NULL"
_REAL = "NOT r.test"
_ONE = Statement(f"SELECT {_COLUMNS} FROM request r WHERE r.number = ? AND {_RELEASED}")  # noqa: S608 because all of it stands above
_FILES = Statement("""
    SELECT f.id, f.reference, f.name, m.content_type, m.size FROM request_file f JOIN media m ON m.reference = f.reference
    WHERE f.request_id = ? AND f.released ORDER BY f.sequence, f.id
""")
_COUNTS = Statement("SELECT request_id, count(*) FROM request_file WHERE released GROUP BY request_id")
_MATCH = {
    "sqlite": "SELECT rowid FROM document_words WHERE document_words MATCH ?",
    "postgresql": "SELECT d.id FROM document d WHERE to_tsvector('simple', d.words) @@ to_tsquery('simple', ?)",
}


def page(tx: Transaction, wanted: Wanted, *, after: Place | None = None, limit: int) -> list[Shown]:
    """Returns released requests, the last released first, from the one after that place on."""
    conditions, values = [_RELEASED], list[object]()
    if not wanted.tests:
        conditions.append(_REAL)
    if wanted.words:
        conditions.append(f"r.id IN ({_MATCH[tx.dialect]})")
        values.append(_query(tx, wanted.words))
    if wanted.year is not None:
        conditions.append("r.year = ?")
        values.append(wanted.year)
    if wanted.outcome:
        conditions.append("r.outcome = ?")
        values.append(wanted.outcome)
    if after is not None:
        conditions.append("(r.released_at, r.id) < (?, ?)")
        values += after
    sql = (
        f"SELECT {_COLUMNS} FROM request r WHERE {' AND '.join(conditions)}"  # noqa: S608 because all of it stands above
        " ORDER BY r.released_at DESC, r.id DESC LIMIT ?"
    )
    by_index = tx.dialect == "postgresql" and bool(wanted.words)
    if by_index:
        tx.one(BY_INDEX, ("off",))
    rows = tx.all(Statement(sql), (*values, limit))
    if by_index:
        tx.one(BY_INDEX, ("on",))
    return [_shown(row) for row in rows]


def one(tx: Transaction, number: str, *, tests: bool = False) -> Shown | None:
    """Returns the released request of that number; None if there is none, it is not released, or (without `tests`) is a test."""
    row = tx.one(_ONE, (number,))
    found = None if row is None else _shown(row)
    return found if found is not None and (tests or not found.test) else None


def _shown(row: Row) -> Shown:
    return Shown._make((*row[:-1], bool(row[-1])))


def files(tx: Transaction, request: int) -> list[File]:
    """Returns the files of a request that were released with it."""
    return [File._make(row) for row in tx.all(_FILES, (request,))]


def file_counts(tx: Transaction) -> dict[int, int]:
    """Returns how many released files each request has, by its id; those without any are left out."""
    return {int(request): int(count) for request, count in tx.all(_COUNTS)}


def _query(tx: Transaction, words: Sequence[str]) -> str:
    return " AND ".join(f'"{word}"' for word in words) if tx.dialect == "sqlite" else " & ".join(words)
