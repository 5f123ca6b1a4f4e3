"""What is kept for a while goes when its time has come, and not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.engine.flow import Enter, Flow, Leave, Step
from bot.engine.state import decode
from storage.database import Database
from storage.retention import Retained, Terms, retain, retain_answers, retain_texts, terms_of
from storage.statements import Statement, Transaction
from tests.storage.people import (
    ECUADOR,
    NOW,
    VAULT,
    Person,
    Spoken,
    dumped,
    insert,
    ms,
    put_conversation,
    put_flow,
    put_person,
    rows,
)

DAYS = timedelta(days=1)
TERMS = Terms(frozenset({"edad", "phone", "photo", "canton_other"}), "follow_up")


async def texts(database: Database, now: datetime, batch: int = 500) -> int:
    return await retain_texts(database, raw_days=30, now_ms=ms(now), batch=batch)


async def answers(database: Database, now: datetime, terms: Terms = TERMS, batch: int = 500) -> tuple[int, tuple[str, ...]]:
    return await retain_answers(database, terms=lambda _: terms, days={"follow_up": 10}, now_ms=ms(now), batch=batch)


async def left(database: Database, conversation: int) -> set[str]:
    return {str(step) for (step,) in await rows(database, "SELECT step FROM answer WHERE conversation_id = ?", conversation)}


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_texts_are_emptied_after_their_days_and_not_before(database: Database) -> None:
    began = NOW - 30 * DAYS
    await database.transaction(lambda tx: put_person(tx, Person("maria", 1, {}, began=began)))
    await database.transaction(lambda tx: put_person(tx, Person("pedro", 2, {}, began=NOW)))
    before = await dumped(database)
    assert await texts(database, NOW - timedelta(seconds=1)) == 0
    assert await dumped(database) == before
    assert (
        await texts(database, NOW + timedelta(seconds=1)) == 1 + 3 + 2
    )  # inbox, what was sent, given up or waits for their word, quarantine
    assert await rows(database, "SELECT raw, contact_id FROM inbox WHERE event = 'e1'") == [(None, None)]
    assert (
        len(await rows(database, "SELECT * FROM quarantine WHERE raw IS NULL AND find_key IS NULL AND contact_id IS NULL")) == 2
    )
    assert await rows(database, "SELECT status, contact_id, provider_id FROM outbox WHERE payload IS NULL ORDER BY id") == [
        ("sent", None, None), ("dead", None, None), ("dead", None, None),
    ]  # fmt: skip
    assert len(await rows(database, "SELECT * FROM inbox WHERE raw IS NOT NULL AND contact_id = 2")) == 1
    assert await rows(database, "SELECT error FROM outbox WHERE error IS NOT NULL") == [("never_wrote",)]
    assert await texts(database, NOW + timedelta(seconds=1)) == 0


async def test_an_event_whose_text_is_gone_still_counts_as_seen(database: Database) -> None:
    await database.transaction(lambda tx: put_person(tx, Person("maria", 1, {}, began=NOW - 60 * DAYS)))
    await texts(database, NOW)
    assert await rows(database, "SELECT channel, account, event FROM inbox") == [("telegram", "bot1", "e1")]


async def test_what_waits_to_be_sent_keeps_its_text(database: Database) -> None:
    """A campaign queued long before it is due, or an outage that lasted: emptying it would break the database's own check."""
    await database.transaction(lambda tx: put_person(tx, Person("maria", 1, {}, began=NOW - 60 * DAYS)))
    await texts(database, NOW)
    assert await rows(database, "SELECT status FROM outbox WHERE payload IS NOT NULL ORDER BY id") == [("queued",), ("sending",)]


async def test_a_run_is_many_small_transactions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(tx: Transaction) -> None:
        for number in range(25):
            tx.write(
                *insert(
                    "inbox", id=number + 1, channel="sms", account="", event=str(number), received_at=0,
                    raw=VAULT.seal(b"x", "inbox.raw"),
                )
            )  # fmt: skip

    await database.transaction(put)
    sizes = counted(database, monkeypatch)
    assert await texts(database, NOW, batch=10) == 25
    assert [size for size in sizes if size] == [10, 10, 5]


def counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sizes: list[int] = []
    transaction = database.transaction

    async def counting(work: Callable[[Transaction], object], **options: Any) -> object:
        result = await transaction(work, **options)
        sizes.append(result if isinstance(result, int) else 0)
        return result

    monkeypatch.setattr(database, "transaction", counting)
    return sizes


# ── personal answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

ENDED = NOW - 100 * DAYS


async def put(database: Database, person: Person, *, state: str = "open", at: datetime = NOW) -> None:
    def work(tx: Transaction) -> None:
        put_flow(tx, "taller", state=state, at=ms(at))
        put_person(tx, person)

    await database.transaction(work)


def done(*, days: int = 365, status: str = "completed", ended: datetime | None = ENDED) -> Person:
    return Person("maria", 1, {"taller": (status, ended)}, began=ENDED - DAYS, consent_days=days)


async def test_personal_answers_go_after_the_days_of_the_consent_text(database: Database) -> None:
    await put(database, done(days=90))
    all_steps = await left(database, 100)
    assert await answers(database, ENDED + 90 * DAYS - timedelta(seconds=1)) == (0, ())
    assert await answers(database, ENDED + 90 * DAYS) == (4, ("a" * 32,))
    assert await left(database, 100) == all_steps - TERMS.personal
    assert await answers(database, ENDED + 900 * DAYS) == (0, ())
    (state,) = (await rows(database, "SELECT state FROM conversation"))[0]
    assert decode(str(state)).held.keys() == all_steps - TERMS.personal
    assert len(await rows(database, "SELECT * FROM media")) == 1  # the other attachment, which no personal answer refers to


@pytest.mark.parametrize(
    ("flow_state", "closed", "closes", "ended", "begins"),
    [
        ("open", None, None, ENDED, ENDED),  # no closing date: from the conversation's end
        ("open", None, ENDED + 20 * DAYS, ENDED, ENDED + 20 * DAYS),  # from the closing date
        ("closed", ENDED + 5 * DAYS, ENDED + 20 * DAYS, ENDED, ENDED + 5 * DAYS),  # closed by staff before its date
        ("closed", ENDED + 25 * DAYS, ENDED + 20 * DAYS, ENDED, ENDED + 20 * DAYS),  # or after it
        ("closed", ENDED + 5 * DAYS, None, ENDED, ENDED),
        ("closed", ENDED + 5 * DAYS, None, None, ENDED + 5 * DAYS),  # never ended: from when staff closed
        ("open", None, ENDED + 20 * DAYS, None, ENDED + 20 * DAYS),  # never ended: from the closing date
        ("paused", ENDED, None, None, None),  # still open
    ],
)
async def test_when_the_days_begin_to_count(
    database: Database,
    *,
    flow_state: str,
    closed: datetime | None,
    closes: datetime | None,
    ended: datetime | None,
    begins: datetime | None,
) -> None:
    await put(database, done(days=30, status="completed" if ended else "open", ended=ended), state=flow_state, at=closed or NOW)
    terms = replace(TERMS, closes_at=None if closes is None else ms(closes))
    if begins is None:
        assert (await answers(database, NOW + 9_000 * DAYS, terms))[0] == 0
        return
    assert (await answers(database, begins + 30 * DAYS - timedelta(seconds=1), terms))[0] == 0
    assert (await answers(database, begins + 30 * DAYS, terms))[0] == 4


async def test_which_days_were_told(database: Database) -> None:
    """In this conversation; else the person's last word in another one; else what the consent text says now."""
    await put(database, done(days=90))
    await database.transaction(lambda tx: tx.run(Statement("UPDATE consent SET conversation_id = NULL")))
    assert (await answers(database, ENDED + 89 * DAYS))[0] == 0
    await database.transaction(lambda tx: tx.run(Statement("UPDATE consent SET given = ?"), (False,)))
    assert (await answers(database, ENDED + 9 * DAYS))[0] == 0
    assert (await answers(database, ENDED + 10 * DAYS))[0] == 4


async def test_what_the_conversation_told_goes_before_what_another_did(database: Database) -> None:
    await put(database, done(days=90))
    later = insert(
        "consent", id=999, contact_id=1, conversation_id=None, name="follow_up", version="2", language="es", purpose="x", days=5,
        given=True, at=ms(NOW),
    )  # fmt: skip
    await database.transaction(lambda tx: tx.write(*later))
    assert (await answers(database, ENDED + 89 * DAYS))[0] == 0
    assert (await answers(database, ENDED + 90 * DAYS))[0] == 4


async def test_anonymous_conversations_are_held_to_it_as_well(database: Database) -> None:
    await put(database, done(days=90))
    await database.transaction(lambda tx: tx.run(Statement("UPDATE conversation SET contact_id = NULL")))
    await database.transaction(lambda tx: tx.run(Statement("UPDATE consent SET contact_id = NULL")))
    assert (await answers(database, ENDED + 89 * DAYS))[0] == 0
    assert (await answers(database, ENDED + 90 * DAYS))[0] == 4


@pytest.mark.parametrize(
    "terms", [Terms(frozenset(), "follow_up"), Terms(frozenset({"edad"}), ""), Terms(frozenset({"edad"}), "other")]
)
async def test_without_personal_steps_or_a_consent_text_there_is_no_term(database: Database, terms: Terms) -> None:
    await put(database, done(days=1))
    assert await answers(database, NOW + 9_000 * DAYS, terms) == (0, ())


async def test_passes_of_a_repeat_go_too(database: Database) -> None:
    spoken = {
        "edad": Spoken("integer", 1),
        "edad/1": Spoken("integer", 2),
        "edad/2/1": Spoken("integer", 3),
        "edades": Spoken("integer", 4),
    }
    person = replace(done(days=1), answers=spoken)
    await put(database, person)
    # the journal keeps the step's name apart from its pass; the state has both in one key
    await database.transaction(lambda tx: tx.run(Statement("UPDATE answer SET step = 'edad' WHERE step LIKE 'edad/%'")))
    assert (await answers(database, NOW))[0] == 3
    (state,) = (await rows(database, "SELECT state FROM conversation"))[0]
    assert decode(str(state)).held == {"edades": 4}


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_many_conversations_of_one_moment(database: Database, batch: int) -> None:
    """The walk goes on behind the last row, also where many began in the same millisecond."""

    def work(tx: Transaction) -> None:
        put_flow(tx, "taller")
        person = Person("maria", 1, {}, began=ENDED - DAYS, consent_days=90)
        put_person(tx, person)
        for number in range(40):
            put_conversation(
                tx, replace(person, answers={"edad": Spoken("integer", number)}), 1_000 + number, "taller", "completed", ENDED
            )

    await database.transaction(work)
    assert await answers(database, NOW, batch=batch) == (40, ())
    assert await rows(database, "SELECT * FROM answer") == []


async def test_both_in_one_run(database: Database) -> None:
    await put(database, done(days=90))
    ran = await retain(database, raw_days=30, terms=lambda _: TERMS, days={}, now_ms=ms(NOW))
    assert ran == Retained(6, 4, ("a" * 32,))
    assert await retain(database, raw_days=30, terms=lambda _: TERMS, days={}, now_ms=ms(NOW)) == Retained(0, 0, ())


def test_terms_come_from_the_flow() -> None:
    program = (
        Step("select_one", "canton", personal=True, other=True), Step("integer", "edad", personal=True), Step("text", "idea"),
        Enter("casa", 0, 0, 5), Step("text", "nombre", personal=True, depth=1), Leave(3),
    )  # fmt: skip
    flow = Flow(
        "f",
        "v",
        "survey",
        {"es": "F"},
        ("es",),
        program,
        {},
        consent="follow_up",
        closes=datetime.fromisoformat("2026-12-31T20:00"),
    )
    assert terms_of(flow, ECUADOR) == Terms(
        frozenset({"canton", "canton_other", "edad", "nombre"}), "follow_up", ms(datetime(2026, 12, 31, 20, 0, tzinfo=ECUADOR))
    )
    assert terms_of(replace(flow, closes=None, consent=""), ECUADOR).closes_at is None
