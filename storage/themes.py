"""What staff said of free answers, as rows: codings are only ever appended, quotes are changed, and both go with their answer.

An answer is named by its conversation and its place in the journal. Only the last word on a question counts: what is said of an
answer that was corrected since is passed over, and the corrected one is to be coded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.reports.themes.codebook import Codebook
from bot.reports.themes.coding import Mark
from bot.vocabulary import Instance
from storage.identifiers import Identifiers
from storage.refusal import Refused
from storage.statements import Statement, Transaction


class AnswerKey(NamedTuple):
    """Which answer: the conversation, and the place in its journal."""

    conversation: int
    sequence: int


class CodingRefused(Refused):
    """Nothing was written: "themes.gone" where the answer is there no more, or was corrected since it was looked at."""


class Word(NamedTuple):
    """Somebody's latest word on an answer. `themes` None: taken back. `book` is the version of the book that it is by."""

    answer: AnswerKey
    coder: int
    settled: bool
    themes: tuple[str, ...] | None
    book: str
    at: int


class QuoteRow(NamedTuple):
    """A quote of an answer; `released_at` None: nobody released it. Times are milliseconds since the epoch."""

    id: int
    answer: AnswerKey
    text: str
    staff_id: int
    chosen_at: int
    released_by: int | None
    released_at: int | None


LAST_WORD = """
    a.empty IS NULL AND a.value NOT IN ('""', 'null') AND NOT EXISTS (
        SELECT 1 FROM answer later WHERE later.conversation_id = a.conversation_id AND later.sequence > a.sequence
            AND later.step = a.step AND later.instance = a.instance)
"""
"""Of a row `a` of the journal: it is the last word on its question, and says something."""
_NEWEST = """NOT EXISTS (
    SELECT 1 FROM coding n WHERE n.conversation_id = c.conversation_id AND n.sequence = c.sequence AND n.kind = c.kind
        AND n.staff_id = c.staff_id AND n.id > c.id)
"""


def spelt(text: str, **pieces: str) -> str:
    """Returns the text with its `{pieces}` put in: those given, `last` (LAST_WORD), `newest` (c is somebody's latest word)."""
    for name, piece in (pieces | {"last": LAST_WORD, "newest": _NEWEST}).items():
        text = text.replace(f"{{{name}}}", piece)
    return text


_BOOK = Statement("""
    INSERT INTO theme_book (version, name, content, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (version) DO NOTHING
""")
_THERE = Statement(spelt("""
    SELECT v.flow, a.step FROM answer a JOIN conversation v ON v.id = a.conversation_id
    WHERE a.conversation_id = ? AND a.sequence = ? AND {last} {locking}
"""), locking="FOR KEY SHARE OF a")  # fmt: skip
_CODE = Statement("""
    INSERT INTO coding (id, conversation_id, sequence, flow, step, kind, themes, staff_id, book, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
""")
_WORDS = Statement(
    spelt("""
    SELECT c.staff_id, c.kind, c.themes, c.book, c.at FROM coding c
    WHERE c.conversation_id = ? AND c.sequence = ? AND {newest} ORDER BY c.id
""")
)
_NEWEST_OF = Statement(
    spelt("""
    SELECT c.conversation_id, c.sequence, c.kind, c.themes, c.book, c.at FROM coding c
    WHERE c.flow = ? AND c.step = ? AND c.staff_id = ? AND c.themes IS NOT NULL AND {newest} ORDER BY c.id DESC LIMIT 1
""")
)
_QUOTE = Statement("""
    INSERT INTO quote (id, conversation_id, sequence, flow, step, text, staff_id, chosen_at, released_by, released_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)
    ON CONFLICT (conversation_id, sequence) DO UPDATE SET text = excluded.text, staff_id = excluded.staff_id,
        chosen_at = excluded.chosen_at, released_by = NULL, released_at = NULL
""")
_QUOTE_OF = Statement("""
    SELECT id, text, staff_id, chosen_at, released_by, released_at FROM quote WHERE conversation_id = ? AND sequence = ?
""")
_RELEASE = Statement("""
    UPDATE quote SET released_by = ?, released_at = ? WHERE conversation_id = ? AND sequence = ? AND chosen_at = ?
""")
_DROP_QUOTE = Statement("DELETE FROM quote WHERE conversation_id = ? AND sequence = ? AND chosen_at = ?")

# ── written ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def keep_book(tx: Transaction, book: Codebook, now: int) -> None:
    """Keeps a book as it is, so that what was coded by it can be understood when its file has changed."""
    tx.run(_BOOK, (book.version, book.name, book.content, now))


def code(
    tx: Transaction,
    identifiers: Identifiers,
    answer: AnswerKey,
    *,
    flow: str,
    step: str,
    themes: Sequence[str] | None,
    staff_id: int,
    book: Codebook,
    now: int,
    settled: bool = False,
) -> None:
    """Appends what somebody says of an answer; None takes back what they said. `settled`: it decides where others differ.

    Raises CodingRefused where that is no last word on that question any more.
    """
    _present(tx, answer, flow, step)
    keep_book(tx, book, now)
    kind = "settled" if settled else "coded"
    written = None if themes is None else " ".join(book.ordered(themes))
    tx.run(_CODE, (identifiers.next(), *answer, flow, step, kind, written, staff_id, book.version, now))


def quote(
    tx: Transaction, identifiers: Identifiers, answer: AnswerKey, *, flow: str, step: str, text: str, staff_id: int, now: int
) -> None:
    """Keeps a quote of an answer, instead of the one that was there. It is not released, whatever the former was.

    Raises CodingRefused.
    """
    _present(tx, answer, flow, step)
    tx.run(_QUOTE, (identifiers.next(), *answer, flow, step, text, staff_id, now))


def release(tx: Transaction, of: QuoteRow, *, staff_id: int | None, now: int) -> bool:
    """Releases a quote as it was looked at, or with None takes it back; False where somebody changed it since."""
    return tx.run(_RELEASE, (staff_id, None if staff_id is None else now, *of.answer, of.chosen_at)) == 1


def drop_quote(tx: Transaction, of: QuoteRow) -> bool:
    """Drops a quote as it was looked at; False where somebody changed it since."""
    return tx.run(_DROP_QUOTE, (*of.answer, of.chosen_at)) == 1


def _present(tx: Transaction, answer: AnswerKey, flow: str, step: str) -> None:
    if tx.one(_THERE, answer) != (flow, step):
        raise CodingRefused("themes.gone", step=step)


# ── read ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def words(tx: Transaction, answer: AnswerKey) -> list[Word]:
    """Returns everybody's latest word on an answer, in the order they were given; those taken back among them."""
    return [
        Word(answer, staff_id, kind == "settled", themes_of(themes), book, at)
        for staff_id, kind, themes, book, at in tx.all(_WORDS, answer)
    ]


def marks_of(found: Sequence[Word], step: str, at: Instance, kind: str) -> list[Mark]:
    """Returns the words that still stand as marks on an answer to that step."""
    return [Mark(step, at, kind, one.coder, one.settled, one.themes) for one in found if one.themes is not None]


def newest(tx: Transaction, flow: str, step: str, staff_id: int) -> Word | None:
    """Returns the word that somebody gave last on a question, that still stands; None if there is none."""
    row = tx.one(_NEWEST_OF, (flow, step, staff_id))
    if row is None:
        return None
    conversation, sequence, kind, themes, book, at = row
    return Word(AnswerKey(conversation, sequence), staff_id, kind == "settled", themes_of(themes), book, at)


def quote_of(tx: Transaction, answer: AnswerKey) -> QuoteRow | None:
    """Returns the quote of an answer; None if it has none."""
    row = tx.one(_QUOTE_OF, answer)
    return None if row is None else QuoteRow(row[0], answer, *row[1:])


def themes_of(written: str | None) -> tuple[str, ...] | None:
    """Returns themes as they were written into a row; None where somebody took their word back."""
    return None if written is None else tuple(written.split())


def instance_of(text: str) -> Instance:
    """Returns the passes of the enclosing repeats as they were written into a row."""
    return tuple(map(int, text.split("/"))) if text else ()
