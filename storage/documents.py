"""What is published already: titles, texts and links, searched by words without accents, on both databases.

SQLite searches with FTS5, PostgreSQL with its own text search; both over words that `bot/engine/answers/stemming` made plain and
short, so that "contratos" finds "contrato" and both databases find the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from bot.engine.answers.stemming import stems
from storage.statements import Statement, Transaction


class Document(NamedTuple):
    """Something published. `key` names it for ever (its link, if nothing else), `published` is an ISO date or ""."""

    key: str
    title: str
    text: str
    link: str
    published: str = ""
    source: str = ""


class Hit(NamedTuple):
    """A document that was found, with the piece of its text where the words are."""

    title: str
    link: str
    excerpt: str


class Source(NamedTuple):
    """Where documents came from, how many, and when they were loaded last (milliseconds since the epoch)."""

    source: str
    documents: int
    loaded_at: int


EXCERPT = 220
"""Letters of an excerpt."""

_NEAR = 6
"""Words of which half must be there where no document has them all."""

_TIES = 8
"""Times the limit: so many of the best are looked at for which of the equally good ones is newer, and no others are read."""

_WORDS = 24

_PUT = Statement("""
    INSERT INTO document (id, key, title, text, link, published, source, words, loaded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET title = excluded.title, text = excluded.text, link = excluded.link,
        published = excluded.published, source = excluded.source, words = excluded.words, loaded_at = excluded.loaded_at
""")
_DROP_OTHERS = Statement("DELETE FROM document WHERE source = ? AND loaded_at < ?")
_COUNT = Statement("SELECT count(*) FROM document")
_SOURCES = Statement("SELECT source, count(*), max(loaded_at) FROM document GROUP BY source ORDER BY source")
_FORGET = Statement("DELETE FROM document WHERE source = ?")
_DROP = Statement("DELETE FROM document WHERE key = ?")
_SEARCH_SQLITE = Statement("""
    SELECT d.title, d.text, d.link
    FROM (SELECT rowid, rank FROM document_words WHERE document_words MATCH ? ORDER BY rank LIMIT ?) w
    JOIN document d ON d.id = w.rowid ORDER BY w.rank, d.published DESC, d.id LIMIT ?
""")
# the best are those that name most of the words in their title, then the newer ones: to rank by all their words PostgreSQL would
# have to take every text apart again, half a millisecond each
_SEARCH_POSTGRESQL = Statement("""
    SELECT d.title, d.text, d.link FROM document d WHERE to_tsvector('simple', d.words) @@ to_tsquery('simple', ?)
    ORDER BY (
        SELECT count(*) FROM unnest(string_to_array(?, ' ')) w
        WHERE position(w IN translate(lower(d.title), 'áéíóúü', 'aeiouu')) > 0
    ) DESC, d.published DESC, d.id LIMIT ?
""")
BY_INDEX = Statement("SELECT set_config('enable_seqscan', ?, true)")
"""Before and after a search on PostgreSQL ("off", "on"): words that most documents have look cheaper to read than to look up, but
making the vector of every text anew takes seconds."""


def put(tx: Transaction, identifier: int, document: Document, *, now: int) -> None:
    """Keeps a document, in place of the one of the same key. The title counts three times: it is what people name."""
    words = " ".join([*stems(document.title) * 3, *stems(document.text)])
    row = (identifier, *document[:4], document.published, document.source, words, now)
    tx.run(_PUT, row)


def drop_others(tx: Transaction, source: str, *, before: int) -> int:
    """Drops the documents of that source that were not put since `before`; returns how many."""
    return tx.run(_DROP_OTHERS, (source, before))


def drop(tx: Transaction, key: str) -> None:
    """Drops the document of that key, if it is there."""
    tx.run(_DROP, (key,))


def sources(tx: Transaction) -> list[Source]:
    """Returns where the documents came from."""
    return [Source._make(row) for row in tx.all(_SOURCES)]


def forget(tx: Transaction, source: str) -> int:
    """Drops all documents of that source; returns how many."""
    return tx.run(_FORGET, (source,))


def count(tx: Transaction) -> int:
    """Returns how many documents there are."""
    row = tx.one(_COUNT)
    return 0 if row is None else row[0]


def search(tx: Transaction, text: str, *, limit: int) -> list[Hit]:
    """Returns the documents that have most of the words of that text, the best first; none where only some chance word is.

    All words that say something are asked for first; if nothing has them all, at least half of them must be there.
    """
    wanted = list(dict.fromkeys(stems(text)))[:_WORDS]
    if not wanted:
        return []
    found = _run(tx, [wanted], limit)
    if not found and len(wanted) > 1:
        need = (len(wanted) + 1) // 2
        # asked for as every half of the longest words, which say most: any single word would bring nearly everything there is
        longest = sorted(wanted, key=lambda word: (-len(word), word))[:_NEAR]
        near = _run(tx, list(combinations(longest, (len(longest) + 1) // 2)), limit * 3)
        found = [row for row in near if len(set(wanted) & set(stems(f"{row[0]} {row[1]}"))) >= need][:limit]
    return [Hit(title, link, excerpt(body, wanted)) for title, body, link in found]


def excerpt(text: str, wanted: Iterable[str]) -> str:
    """Returns the piece of the text around the first of those stems, on whole words."""
    flat = " ".join(text.split())
    if len(flat) <= EXCERPT:
        return flat
    looked = set(wanted)
    start = next(
        (found.start() for found in re.finditer(r"\w+", flat) if stems(found[0])[:1] and stems(found[0])[0] in looked), 0
    )
    start = max(0, start - EXCERPT // 4)
    start = 0 if start == 0 else flat.find(" ", start) + 1
    piece = flat[start : start + EXCERPT]
    end = len(piece) if start + EXCERPT >= len(flat) else piece.rfind(" ")
    return ("…" if start else "") + piece[:end] + ("…" if start + end < len(flat) else "")


def _run(tx: Transaction, groups: Sequence[Sequence[str]], limit: int) -> list[tuple[str, str, str]]:
    """Returns title, text and link of the documents that have all words of one of the groups, the best first."""
    if tx.dialect == "sqlite":
        quoted = [[f'"{word}"' for word in group] for group in groups]
        query = " OR ".join(f"({' AND '.join(group)})" for group in quoted)
        return tx.all(_SEARCH_SQLITE, (query, limit * _TIES, limit))
    query = " | ".join(f"({' & '.join(group)})" for group in groups)
    named = " ".join(dict.fromkeys(word for group in groups for word in group))
    tx.one(BY_INDEX, ("off",))
    found = tx.all(_SEARCH_POSTGRESQL, (query, named, limit))
    tx.one(BY_INDEX, ("on",))
    return found
