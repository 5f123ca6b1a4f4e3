"""What reports read, streamed from one snapshot: conversations in the order they began, each with its journal.

The database hands over one row for each conversation, its journal in it as one JSON text, which costs both databases, their
drivers and Python a fraction of what a row for each answer does. The order is that of an index, and nothing is kept in memory but
the rows under way.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, cast

import orjson
from sqlalchemy import JSON, Connection, Float, Select, Text, and_, case, exists, func, literal, or_, select, tuple_
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import aliased

from bot.reports.rows import EVERYTHING, AnswerRow, Condition, Filter, Group, ResultRow, Seen, Selection
from bot.vocabulary import Instance
from storage.conversation_tables import Answer, Conflict, ConversationRow, FlowRow, FlowVersion

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

ROWS = 500
"""Rows that are fetched at once."""

_answer = cast("Any", Answer).__table__.c
_conversation = cast("Any", ConversationRow).__table__.c
_conflict = cast("Any", Conflict).__table__.c
_flow = cast("Any", FlowRow).__table__.c
_version = cast("Any", FlowVersion).__table__.c

_complete = _conversation.receipt.is_not(None) & _conversation.status.in_(("open", "completed"))
"""A completed conversation is open again while an answer is being corrected: its results stand until then."""


def _replaced() -> ColumnElement[bool]:
    """Tells whether another answer of the same person counts in its place: as `storage/conflicts.py` tells staff."""
    other = aliased(ConversationRow)
    theirs = cast("Any", other)
    judged = aliased(Conflict)
    verdict = func.coalesce(cast("Any", judged).verdict, "open")
    later = tuple_(func.coalesce(theirs.ended_at, theirs.updated_at), theirs.id) > tuple_(
        func.coalesce(_conversation.ended_at, _conversation.updated_at), _conversation.id
    )
    better = exists(
        select(1)
        .select_from(other)
        .outerjoin(judged, cast("Any", judged).conversation_id == theirs.id)
        .where(
            theirs.contact_id == _conversation.contact_id,
            theirs.flow == _conversation.flow,
            theirs.id != _conversation.id,
            theirs.receipt.is_not(None),
            theirs.status.in_(("open", "completed")),
            (verdict == "stands") | ((verdict == "open") & later),
        )
        .correlate(ConversationRow)
    )
    return exists(
        select(1).where(
            _conflict.conversation_id == _conversation.id,
            (_conflict.verdict == "aside") | ((_conflict.verdict == "open") & better),
        )
    )


_status = case((_complete & _replaced(), "replaced"), (_complete, "completed"), else_=_conversation.status)


def versions(connection: Connection, flow: str) -> dict[str, str]:
    """Returns the canonical JSON of the flow's versions by their hash, oldest first: answered ones and the present one.

    Empty if there is no such flow.
    """
    used = select(_conversation.version).where(_conversation.flow == flow).distinct()
    present = select(_flow.version).where(_flow.id == flow)
    wanted = _version.version.in_(used) | _version.version.in_(present)
    query = select(_version.version, _version.content).where(_version.flow == flow, wanted)
    rows = connection.execute(query.order_by(_version.created_at, _version.version))
    return {row.version: row.content for row in rows}


def groups(connection: Connection, flow: str, only: Filter = EVERYTHING) -> list[Group]:
    """Returns how many conversations the flow has that pass the filter, by status, test, channel and language."""
    columns = (_status, _conversation.test, _conversation.channel, _conversation.language)
    query = select(*columns).where(_conversation.flow == flow, *_passed(only, connection))
    # counted here, as SQLite would sort all conversations in memory first
    counted = Counter(_streamed(connection, query))
    return [Group(status, bool(test), channel, lang, total) for (status, test, channel, lang), total in sorted(counted.items())]


def standing(connection: Connection, flow: str, receipt: str) -> tuple[str, int, int] | None:
    """Returns how the conversation of that receipt stands, when it began and when it was completed (milliseconds).

    None if no resident's conversation of the flow has it.
    """
    ended = func.coalesce(_conversation.ended_at, _conversation.updated_at)
    found = connection.execute(
        select(_status, _conversation.started_at, ended).where(
            _conversation.flow == flow, _conversation.receipt == receipt, _conversation.test.is_(False)
        )
    ).first()
    return None if found is None else (str(found[0]), int(found[1]), int(found[2]))


def receipts(connection: Connection, flow: str, selection: Selection) -> list[str]:
    """Returns the receipts of the selected conversations, in no order; those that have none are not among them."""
    query = select(_conversation.receipt).where(_conversation.receipt.is_not(None), *_selected(flow, selection, connection))
    return [str(receipt) for (receipt,) in connection.execute(query) if receipt]


def seen(connection: Connection, flow: str, selection: Selection) -> list[Seen]:
    """Returns what the journal of the selected conversations holds: which steps, as which types, in which instances."""
    # distinct, not grouped: few different ones are found among many rows without sorting these
    query = (
        select(_answer.step, _answer.type, _answer.instance, case((_answer.comment != "", 1), else_=0))
        .join_from(Answer, ConversationRow, _answer.conversation_id == _conversation.id)
        .where(*_selected(flow, selection, connection))
        .distinct()
    )
    found: dict[tuple[str, str, str], bool] = {}
    for step, kind, at, commented in connection.execute(query):
        found[step, kind, at] = found.get((step, kind, at), False) or bool(commented)
    return [Seen(step, kind, _instance(at), commented) for (step, kind, at), commented in sorted(found.items())]


def stream(connection: Connection, flow: str, selection: Selection, steps: Collection[str] | None = None) -> Iterator[ResultRow]:
    """Yields the selected conversations of a flow, by when they began, each with its whole journal by sequence.

    With `steps`, of the journal only what was said to these: a few questions cost a fraction of all of them.
    The connection should see one snapshot (`Database.read` gives such a one); it is busy until the last row.
    """
    journal = (
        select(_journal(connection.dialect.name))
        .where(_answer.conversation_id == _conversation.id, *([] if steps is None else [_answer.step.in_(sorted(steps))]))
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    c = _conversation
    status = _status if selection.partial else literal("completed")  # which is all that _selected lets through
    head = (
        select(c.id, func.coalesce(c.receipt, ""), status, c.test, c.language, c.channel, c.version, c.started_at, c.ended_at)
        .add_columns(journal)
        .where(*_selected(flow, selection, connection))
        .order_by(c.started_at, c.id)
    )
    instance = functools.cache(_instance)
    new, loads = tuple.__new__, orjson.loads
    for identifier, receipt, status, test, *rest, written in _streamed(connection, head):
        rows = loads(written) if written is not None else []
        rows.sort()  # by the sequence, which no two share; they come so nearly always
        held = [
            # what AnswerRow._make does, a million times
            new(AnswerRow, (step, instance(at) if at else (), kind, value, empty, reason, comment, answered))
            for _, step, at, kind, value, empty, reason, comment, answered in rows
        ]
        yield ResultRow._make((identifier, receipt, status, bool(test), *rest, held))


def _journal(dialect: str) -> ColumnElement[str]:
    """Returns a conversation's journal as one JSON text; values are JSON already."""
    a = _answer
    before, behind = (a.sequence, a.step, a.instance, a.type), (a.empty, a.reason, a.comment, a.at)
    if dialect == "sqlite":
        return func.json_group_array(func.json_array(*before, func.json(a.value), *behind))
    return sql_cast(func.json_agg(func.json_build_array(*before, sql_cast(a.value, JSON), *behind)), Text)


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """Yields rows as the driver gives them: all columns are texts and numbers, which need nothing done to them."""
    result = connection.execute(query, execution_options={"yield_per": ROWS})
    try:
        # the strategy holds what it read ahead, so the driver's cursor must not be asked past it
        while rows := result.cursor_strategy.fetchmany(result, result.cursor, ROWS):
            yield from rows
    finally:
        result.close()


def _selected(flow: str, selection: Selection, connection: Connection) -> list[ColumnElement[bool]]:
    conditions = [_conversation.flow == flow, *_passed(selection.only, connection)]
    if not selection.partial:
        conditions.append(_status == "completed")
    if not selection.test:
        conditions.append(_conversation.test.is_(False))
    return conditions


def _passed(only: Filter, connection: Connection) -> list[ColumnElement[bool]]:
    passed: list[ColumnElement[bool]] = []
    if only.since is not None:
        passed.append(_conversation.started_at >= only.since)
    if only.until is not None:
        passed.append(_conversation.started_at < only.until)
    if only.channels:
        passed.append(_conversation.channel.in_(only.channels))
    if only.languages:
        passed.append(_conversation.language.in_(only.languages))
    return passed + [_holds(condition, connection) for condition in only.conditions]


def _holds(condition: Condition, connection: Connection) -> ColumnElement[bool]:
    """Tells whether the last word on that step, in any pass, is what the condition wants."""
    said, later = (cast("Any", aliased(Answer)) for _ in range(2))
    inside = func.instr if connection.dialect.name == "sqlite" else func.strpos
    wanted: list[ColumnElement[bool]] = []
    if condition.empties:
        wanted.append(said.empty.in_(condition.empties))
    if condition.values:
        quoted = [orjson.dumps(value).decode() for value in condition.values]
        truths = [truth for truth in ("true", "false") if ("1" if truth == "true" else "0") in condition.values]
        wanted.append(said.value.in_([*quoted, *condition.values, *truths]) & said.empty.is_(None))
        listed = said.type.in_(("select_multiple", "rank", "geopoint"))
        wanted += [listed & (inside(said.value, value) > 0) for value in quoted]
    if condition.span is not None:
        low, high = condition.span
        numeric = said.type.in_(("integer", "decimal", "range")) & said.empty.is_(None)
        number = case((numeric, sql_cast(said.value, Float)), else_=None)
        wanted.append(
            and_(*([number >= low] if low is not None else []), *([number <= high] if high is not None else []), numeric)
        )
    last = ~exists(
        select(1).where(
            later.conversation_id == said.conversation_id,
            later.sequence > said.sequence,
            later.step == said.step,
            later.instance == said.instance,
        )
    )
    return exists(
        select(1)
        .where(said.conversation_id == _conversation.id, said.step == condition.step, or_(*wanted), last)
        .correlate(ConversationRow)
    )


def _instance(text: str) -> Instance:
    return tuple(map(int, text.split("/"))) if text else ()
