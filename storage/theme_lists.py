"""Free answers as staff go through them: those that nobody coded, those that two read differently, in pages, in the order given.

Only completed conversations of residents are listed, as reports count them by default.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, NamedTuple, get_args

import orjson

from bot.reports.themes.coded import FREE
from bot.vocabulary import Instance
from storage.statements import Statement, Transaction
from storage.themes import AnswerKey, QuoteRow, Word, instance_of, spelt, themes_of

Which = Literal["new", "second", "mine", "differ", "quoted", "all"]
"""new: nobody coded it; second: others did, this person did not; mine: this person did; differ: two did, and not alike, and
nobody decided; quoted: a quote is chosen."""

WHICH: tuple[Which, ...] = get_args(Which)

Place = tuple[int, int, int]
"""Where an answer stands in the list: when its conversation began, its conversation, its sequence."""

FIRST: Place = (-1, -1, -1)


class Listed(NamedTuple):
    """An answer of the list. `value` is what JSON holds: text, or an attachment. Times are milliseconds since the epoch."""

    answer: AnswerKey
    started_at: int
    step: str
    at: Instance
    type: str
    value: Any
    language: str

    @property
    def place(self) -> Place:
        """Returns where it stands."""
        return (self.started_at, *self.answer)


class Progress(NamedTuple):
    """How far a question is: answers, those that somebody coded, those that this person did, quotes chosen and released."""

    answered: int
    coded: int
    mine: int
    quotes: int
    released: int


_FREE = ", ".join(f"'{kind}'" for kind in sorted(FREE))
_COLUMNS = "a.conversation_id, a.sequence, v.started_at, a.step, a.instance, a.type, a.value, a.language"
_FROM = spelt(
    """
    FROM conversation v JOIN answer a ON a.conversation_id = v.id
    WHERE v.flow = ? AND v.receipt IS NOT NULL AND v.status IN ('open', 'completed') AND NOT v.test
        AND a.step = ? AND a.type IN ({free}) AND {last}
""",
    free=_FREE,
)
_STANDS = "c.conversation_id = a.conversation_id AND c.sequence = a.sequence AND c.themes IS NOT NULL AND {newest}"


def _has(condition: str = "") -> str:
    """Tells whether there is a word on the answer that stands and fulfils the condition."""
    return spelt("EXISTS (SELECT 1 FROM coding c WHERE {stands} {condition})", stands=_STANDS, condition=condition)


_CODED = _has()
_MINE = _has("AND c.kind = 'coded' AND c.staff_id = ?")
_OF_THEME = _has("AND c.kind = 'coded' AND c.staff_id = ? AND ' ' || c.themes || ' ' LIKE ? ESCAPE '!'")
_OTHERS = _has("AND c.kind = 'coded' AND c.staff_id <> ?")
_DIFFER = spelt(
    "(SELECT count(DISTINCT c.themes) FROM coding c WHERE {stands} AND c.kind = 'coded') > 1 AND NOT {settled}",
    settled=_has("AND c.kind = 'settled'"),
    stands=_STANDS,
)
_QUOTED = "EXISTS (SELECT 1 FROM quote q WHERE q.conversation_id = a.conversation_id AND q.sequence = a.sequence)"
_ANSWERED = Statement(
    spelt(
        """
        SELECT a.step, count(*), sum(CASE WHEN {coded} THEN 1 ELSE 0 END), sum(CASE WHEN {mine} THEN 1 ELSE 0 END)
        FROM conversation v JOIN answer a ON a.conversation_id = v.id
        WHERE v.flow = ? AND v.receipt IS NOT NULL AND v.status IN ('open', 'completed') AND NOT v.test
            AND a.type IN ({free}) AND {last}
        GROUP BY a.step
        """,
        coded=_CODED,
        mine=_MINE,
        free=_FREE,
    )
)
_QUOTES = Statement("""
    SELECT step, count(*), sum(CASE WHEN released_at IS NULL THEN 0 ELSE 1 END) FROM quote WHERE flow = ? GROUP BY step
""")
_BESIDE = Statement("SELECT step, type, value FROM answer WHERE conversation_id = ? AND empty IS NULL ORDER BY sequence")
_ONE = Statement(f"SELECT {_COLUMNS} {_FROM} AND a.conversation_id = ? AND a.sequence = ?")


def page(
    tx: Transaction,
    flow: str,
    step: str,
    *,
    which: Which,
    staff_id: int,
    theme: str = "",
    blind: bool = True,
    after: Place = FIRST,
    before: Place | None = None,
    limit: int,
) -> list[Listed]:
    """Returns the next answers of that list after that place, or with `before` the last ones before that.

    `theme` narrows "mine" to what this person gave that theme; `blind` narrows "differ" to what this person coded too.
    """
    condition, values = _condition(which, staff_id, theme, blind=blind)
    beside, order, place = (">", "", after) if before is None else ("<", " DESC", before)
    query = (
        f"SELECT {_COLUMNS} {_FROM} AND {condition} AND (v.started_at, a.conversation_id, a.sequence) {beside} (?, ?, ?)"
        f" ORDER BY v.started_at{order}, a.conversation_id{order}, a.sequence{order} LIMIT ?"
    )
    rows = [_listed(row) for row in tx.all(Statement(query), (flow, step, *values, *place, limit))]
    return rows if before is None else rows[::-1]


def counts(tx: Transaction, flow: str, step: str, *, staff_id: int, blind: bool = True) -> dict[Which, int]:
    """Returns how long each list is, in one look."""
    conditions = [_condition(which, staff_id, "", blind=blind) for which in WHICH]
    sums = ", ".join(f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)" for condition, _ in conditions)
    values = [value for _, given in conditions for value in given]
    row = tx.one(Statement(f"SELECT {sums} {_FROM}"), (*values, flow, step))
    assert row is not None, "a sum is one row"
    return {which: int(found or 0) for which, found in zip(WHICH, row, strict=True)}


def one(tx: Transaction, flow: str, step: str, answer: AnswerKey) -> Listed | None:
    """Returns that answer if it is one of the list of all; None for one that is gone, or was corrected since."""
    row = tx.one(_ONE, (flow, step, *answer))
    return None if row is None else _listed(row)


def progress(tx: Transaction, flow: str, staff_id: int) -> dict[str, Progress]:
    """Returns how far each question with free answers is, by its step, as that person sees it."""
    quotes = {step: (int(chosen), int(released)) for step, chosen, released in tx.all(_QUOTES, (flow,))}
    return {
        step: Progress(int(answered), int(coded), int(mine), *quotes.get(step, (0, 0)))
        for step, answered, coded, mine in tx.all(_ANSWERED, (staff_id, flow))
    }


def words_on(tx: Transaction, answers: Sequence[AnswerKey]) -> dict[AnswerKey, list[Word]]:
    """Returns everybody's latest word on each of these answers, those taken back left out."""
    found: dict[AnswerKey, list[Word]] = {answer: [] for answer in answers}
    if answers:
        places = ", ".join("?" * len(answers))
        query = spelt(
            "SELECT c.conversation_id, c.sequence, c.staff_id, c.kind, c.themes, c.book, c.at FROM coding c"
            " WHERE c.conversation_id IN ({places}) AND c.themes IS NOT NULL AND {newest} ORDER BY c.id",
            places=places,
        )
        for conversation, sequence, coder, kind, written, book, at in tx.all(Statement(query), [one[0] for one in answers]):
            key = AnswerKey(conversation, sequence)
            if key in found:
                found[key].append(Word(key, coder, kind == "settled", themes_of(written), book, at))
    return found


def quotes_on(tx: Transaction, answers: Sequence[AnswerKey]) -> dict[AnswerKey, QuoteRow]:
    """Returns the quotes of these answers."""
    if not answers:
        return {}
    places = ", ".join("?" * len(answers))
    query = (
        "SELECT id, conversation_id, sequence, text, staff_id, chosen_at, released_by, released_at FROM quote"  # noqa: S608 because the places are question marks
        f" WHERE conversation_id IN ({places})"
    )
    rows = tx.all(Statement(query), [one[0] for one in answers])
    return {
        AnswerKey(conversation, sequence): QuoteRow(identifier, AnswerKey(conversation, sequence), *rest)
        for identifier, conversation, sequence, *rest in rows
    }


def said_beside(tx: Transaction, answer: AnswerKey, steps: Collection[str]) -> list[tuple[str, str]]:
    """Returns (type, text) of what the author of an answer said to these steps in the same conversation."""
    rows = tx.all(_BESIDE, (answer.conversation,))
    return [(kind, text) for step, kind, value in rows if step in steps and isinstance(text := orjson.loads(value), str) and text]


def _condition(which: Which, staff_id: int, theme: str, *, blind: bool) -> tuple[str, tuple[object, ...]]:
    match which:
        case "new":
            return f"NOT {_CODED}", ()
        case "second":
            return f"{_OTHERS} AND NOT {_MINE}", (staff_id, staff_id)
        case "mine" if theme:
            written = theme.replace("!", "!!").replace("_", "!_").replace("%", "!%")
            return _OF_THEME, (staff_id, f"% {written} %")
        case "mine":
            return _MINE, (staff_id,)
        case "differ" if blind:
            return f"{_DIFFER} AND {_MINE}", (staff_id,)
        case "differ":
            return _DIFFER, ()
        case "quoted":
            return _QUOTED, ()
        case _:
            return "1 = 1", ()


def _listed(row: tuple[Any, ...]) -> Listed:
    conversation, sequence, started_at, step, at, kind, value, language = row
    return Listed(AnswerKey(conversation, sequence), started_at, step, instance_of(at), kind, orjson.loads(value), language)
