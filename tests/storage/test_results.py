"""What reports read, from SQLite and PostgreSQL alike: streamed from one snapshot, in order, the selected conversations only."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from bot.reports.rows import AnswerRow, Condition, Filter, Group, ResultRow, Seen, Selection
from storage import results
from storage.database import Database
from storage.statements import Transaction
from tests.reports.survey import BEGAN, seen
from tests.storage.people import insert

FLOW, OTHER = "barrio", "plaza"
NUMBERS = itertools.count(1)


def put_versions(tx: Transaction, flow: str, *versions: str) -> None:
    """Keeps a flow in these versions, the last one present."""
    for at, version in enumerate(versions):
        tx.write(*insert("flow_version", version=version, flow=flow, content=f'{{"is":"{version}"}}', created_at=at))
    tx.write(*insert("flow", id=flow, state="open", version=versions[-1], updated_at=0))


def put(tx: Transaction, result: ResultRow, *, flow: str = FLOW, status: str | None = None) -> None:
    """Puts a conversation with its journal."""
    stored = status or result.status
    tx.write(
        *insert(
            "conversation",
            id=result.conversation,
            flow=flow,
            version=result.version,
            status=stored,
            is_current=False,
            state="{}",
            language=result.language,
            channel=result.channel,
            test=result.test,
            started_at=result.started_at,
            updated_at=0,
            ended_at=None if stored == "open" else result.ended_at,
            receipt=result.receipt or None,
        )
    )
    for sequence, row in enumerate(result.journal, 1):
        tx.write(
            *insert(
                "answer",
                conversation_id=result.conversation,
                sequence=sequence,
                step=row.step,
                type=row.type,
                instance="/".join(map(str, row.at)),
                raw="",
                value=orjson.dumps(row.value).decode(),
                empty=row.empty,
                reason=row.reason,
                comment=row.comment,
                language="es",
                channel=result.channel,
                tries=0,
                at=row.answered_at,
            )
        )


def talk(number: int, *journal: AnswerRow, version: str = "v2", began: int = BEGAN, **changed: Any) -> ResultRow:
    """A completed conversation."""
    row = ResultRow(number, f"R{number:09}", "completed", False, "es", "telegram", version, began, began + 1_000, list(journal))
    return row._replace(**changed)


def said(step: str, value: Any, **changed: Any) -> AnswerRow:
    """A row of the journal."""
    return AnswerRow(step, (), "text", value, None, "", "", BEGAN)._replace(**changed)


LATE = talk(1, said("idea", "agua", comment="ya"), said("n", 2**60, type="integer"), began=BEGAN + 10)
EARLY = talk(
    2,
    said("idea", None, empty="refused", reason="consent"),
    said("r", {"lat": -1.5, "lon": 78.25}, type="geopoint", at=(1, 12)),
    said("idea", ["á", "ñ"]),
    version="v1",
)
SILENT = talk(3, began=BEGAN + 20)
PARTIAL = talk(4, said("otra", 1.5, type="decimal"), status="partial", receipt="", began=BEGAN + 30)
TEST = talk(5, said("idea", "x"), test=True, channel="simulator", began=BEGAN + 40)
CORRECTING = talk(6, said("idea", "y"), ended_at=None, began=BEGAN + 50)
OPEN = talk(7, said("idea", "z"), status="open", receipt="", ended_at=None, language="en", began=BEGAN + 60)
EVERYBODY = [EARLY, LATE, SILENT, PARTIAL, TEST, CORRECTING, OPEN]
DEFAULT = [EARLY, LATE, SILENT, CORRECTING]
ALL = Selection(partial=True, test=True)


@pytest.fixture
def town(database: Database) -> Database:
    """A database in which all these spoke, and somebody else in another flow."""

    def fill(tx: Transaction) -> None:
        put_versions(tx, FLOW, "v1", "v2", "v3", "v4")
        put_versions(tx, OTHER, "w1")
        for result in EVERYBODY:
            put(tx, result, status="open" if result is CORRECTING else None)
        put(tx, talk(8, said("idea", "nada"), version="w1"), flow=OTHER)

    database.transaction_now(fill)
    return database


def streamed(database: Database, selection: Selection = Selection()) -> list[ResultRow]:  # noqa: B008 because it is frozen
    return database.read_now(lambda connection: list(results.stream(connection, FLOW, selection)))


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), DEFAULT),
        (Selection(partial=True), [one for one in EVERYBODY if one is not TEST]),
        (Selection(test=True), [EARLY, LATE, SILENT, TEST, CORRECTING]),
        (ALL, EVERYBODY),
    ],
)
def test_the_selected_conversations_come_with_their_journals(town: Database, selection: Selection, expected: list[ResultRow]):
    assert streamed(town, selection) == expected


def test_small_parts_make_the_same_whole(town: Database, monkeypatch: pytest.MonkeyPatch):
    whole = streamed(town, ALL)
    monkeypatch.setattr(results, "ROWS", 2)

    assert streamed(town, ALL) == whole


def test_whatever_was_said_comes_back_as_it_is_and_in_its_order(database: Database):
    """The database writes the journal as one JSON text: nothing in it may be read twice, cut, rounded or put elsewhere."""
    texts = ['"\\', "a\x00b", "\u2028 \U0001f33d", "[1]", "null", ""]
    values: list[Any] = [*texts, -0.0, 1e-7, 0.1 + 0.2, 1.0, 10**18, True, [], ["x"], {"ñ": [None, {}]}]
    told = talk(
        1,
        *(said(f"q{number % 4}", value, comment='"\t\x01\n,', reason="\\") for number, value in enumerate(values)),
        *(said("many", number, at=(number, 1)) for number in range(40)),
    )

    def fill(tx: Transaction) -> None:
        put_versions(tx, FLOW, "v2")
        put(tx, told)

    database.transaction_now(fill)

    (result,) = streamed(database)
    assert repr(result.journal) == repr(told.journal), "1 is neither 1.0 nor True"


def test_two_that_began_at_once_keep_their_answers_apart(database: Database):
    talks = [talk(number, said("idea", f"de {number}"), said("n", number)) for number in (12, 11, 13)]

    def fill(tx: Transaction) -> None:
        put_versions(tx, FLOW, "v2")
        for one in talks:
            put(tx, one)

    database.transaction_now(fill)

    assert streamed(database) == sorted(talks)


def test_what_was_seen_is_what_the_rows_hold(town: Database):
    for selection in (Selection(), ALL):
        found = town.read_now(lambda connection, s=selection: results.seen(connection, FLOW, s))
        assert sorted(found) == seen(streamed(town, selection))
    assert Seen("r", "geopoint", (1, 12), False) in found
    assert Seen("idea", "text", (), True) in found


def test_versions_that_anybody_answered_and_the_present_one_oldest_first(town: Database):
    assert town.read_now(lambda connection: results.versions(connection, FLOW)) == {
        "v1": '{"is":"v1"}',
        "v2": '{"is":"v2"}',
        "v4": '{"is":"v4"}',
    }
    assert list(town.read_now(lambda connection: results.versions(connection, FLOW))) == ["v1", "v2", "v4"]
    assert town.read_now(lambda connection: results.versions(connection, "nada")) == {}


def test_groups_count_everybody(town: Database):
    found = town.read_now(lambda connection: results.groups(connection, FLOW))

    assert found == [
        Group("completed", False, "telegram", "es", 4),
        Group("completed", True, "simulator", "es", 1),
        Group("open", False, "telegram", "en", 1),
        Group("partial", False, "telegram", "es", 1),
    ]


def test_one_snapshot_while_people_go_on_answering(town: Database):
    def read(connection: Any) -> tuple[Sequence[ResultRow], Sequence[ResultRow]]:
        rows = results.stream(connection, FLOW, Selection())
        first = next(rows)
        town.transaction_now(lambda tx: put(tx, talk(99, said("idea", "tarde"), began=BEGAN + 5)))
        return [first, *rows], list(results.stream(connection, FLOW, Selection()))

    if town.url.database == ":memory:":
        pytest.skip("the one connection of a database in memory does one thing at a time")
    during, again = town.read_now(read)

    assert during == again == DEFAULT
    assert [row.conversation for row in streamed(town)] == [2, 99, 1, 3, 6]


def test_the_orders_are_those_of_an_index_on_sqlite(sqlite_url: str):
    database = Database(sqlite_url)
    plans: list[str] = []

    def explain(connection: Any) -> None:
        from sqlalchemy import event

        @event.listens_for(connection, "before_cursor_execute")
        def before(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

        list(results.stream(connection, FLOW, Selection()))

    database.read_now(explain)
    database.close()

    assert len(plans) >= 3
    assert not [plan for plan in plans if "TEMP B-TREE" in plan], plans


def test_memory_stays_flat(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(results, "ROWS", 100)

    def fill(tx: Transaction) -> None:
        put_versions(tx, FLOW, "v2")
        for number in range(500):
            answers = [said(f"s{step}", "una respuesta de largo usual") for step in range(10)]
            put(tx, talk(number + 1, *answers, began=BEGAN + number))

    database.transaction_now(fill)

    def count(connection: Any) -> int:
        return sum(len(row.journal) for row in results.stream(connection, FLOW, Selection()))

    def held() -> int:
        tracemalloc.start()
        try:
            assert database.read_now(count) == 5_000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    held()  # what is made once and kept (plans of queries) is no matter of the rows
    # 5,000 answers kept would be some 2.5 MB; what is on its way are 100 rows of each cursor
    assert held() < 600_000


def numbers(database: Database, only: Filter) -> list[int]:
    selection = Selection(only=only)
    found = database.read_now(lambda c: [row.conversation for row in results.stream(c, FLOW, selection)])
    assert sum(group.total for group in database.read_now(lambda c: results.groups(c, FLOW, only))) == len(found)
    return found


@pytest.mark.parametrize(
    ("condition", "passed"),
    [
        (Condition("canton", ("puyo",)), [2, 3]),
        (Condition("canton", ("ibarra", "puyo")), [1, 2, 3]),
        (Condition("temas", ("agua",)), [2]),
        (Condition("temas", ("gua",)), []),
        (Condition("edad", ("34",)), [2]),
        (Condition("edad", span=(20.0, 40.0)), [2, 3]),
        (Condition("edad", span=(None, 20.0)), [3]),
        (Condition("edad", span=(35.0, None)), []),
        (Condition("edad", empties=("refused",)), [1]),
        (Condition("edad", ("34",), empties=("refused",)), [1, 2]),
        (Condition("acepto", ("1",)), [3]),
        (Condition("nada", ("x",)), []),
    ],
)
def test_a_condition_looks_at_the_last_word(database: Database, condition: Condition, passed: list[int]):
    def fill(tx: Transaction) -> None:
        put_versions(tx, FLOW, "v2")
        put(tx, talk(1, said("canton", "puyo"), said("canton", "ibarra"), said("edad", None, type="integer", empty="refused")))
        put(
            tx, talk(2, said("canton", "puyo"), said("edad", 34, type="integer"), said("temas", ["agua"], type="select_multiple"))
        )
        put(tx, talk(3, said("canton", "ibarra"), said("canton", "puyo"), said("edad", 20, type="integer"), said("acepto", True)))

    database.transaction_now(fill)
    assert numbers(database, Filter((condition,))) == passed


def test_days_channels_and_languages(database: Database):
    def fill(tx: Transaction) -> None:
        put_versions(tx, FLOW, "v2")
        put(tx, talk(1, began=BEGAN))
        put(tx, talk(2, began=BEGAN + 10, channel="sms"))
        put(tx, talk(3, began=BEGAN + 20, language="en"))

    database.transaction_now(fill)
    assert numbers(database, Filter(since=BEGAN + 10)) == [2, 3]
    assert numbers(database, Filter(until=BEGAN + 10)) == [1]
    assert numbers(database, Filter(channels=("sms",))) == [2]
    assert numbers(database, Filter(languages=("en", "qu"))) == [3]
