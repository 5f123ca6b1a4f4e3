"""Erasing a person (invariant 6): what goes, what stays, and that a restored backup forgets them again."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.engine.state import decode
from bot.vocabulary import Address, Media
from storage.attachments import Attachments
from storage.database import Database
from storage.erasure import Erased, erase, eraser, is_free
from storage.erasure_log import Entry, Tidied, append_log, erase_again, finish, mirror, noted, read_log, tidy
from storage.statements import Statement, Transaction
from storage.vault import SealBroken
from tests.storage.people import ECUADOR, MARIA, NOW, VAULT, Person, dumped, insert, ms, put_flow, put_person, rows

YESTERDAY = NOW - timedelta(days=1)
FLOWS = {
    "taller": ("completed", YESTERDAY),
    "corte": ("partial", YESTERDAY),
    "abierto": ("completed", YESTERDAY),
    "pausado": ("open", None),
}
PERSON = Person(MARIA, 1, FLOWS)
OTHER = Person("pedro", 2, FLOWS)


def put_all(tx: Transaction) -> None:
    put_flow(tx, "taller", state="closed")
    put_flow(tx, "corte", content={"closes": "2026-11-20T09:59"})
    put_flow(tx, "abierto", content={"closes": "2026-11-20T10:01"})
    put_flow(tx, "pausado", state="paused")
    put_person(tx, PERSON)
    put_person(tx, OTHER)


async def erased(database: Database, contact: int = 1, now: datetime = NOW) -> Erased:
    return await database.transaction(lambda tx: erase(tx, contact, now=now, identifiers=database.identifiers))


async def test_nothing_of_the_person_is_left(database: Database) -> None:
    """Looks for the person's word in every column of every table, sealed ones opened with every key and context."""
    await database.transaction(put_all)
    assert traces(await dumped(database), MARIA) > 40
    other = {table: traces({table: found}, "pedro") for table, found in (await dumped(database)).items()}
    await erased(database)
    left = await dumped(database)
    assert traces(left, MARIA) == 0
    assert {table: traces({table: found}, "pedro") for table, found in left.items()} == other
    key = VAULT.find_key(PERSON.address)
    assert [table for table, found in left.items() if any(key in row for row in found)] == ["erasure"]
    assert await rows(database, "SELECT channel, account, find_key, at FROM erasure") == [("telegram", "bot1", key, ms(NOW))]


def traces(tables: dict[str, list[tuple[object, ...]]], word: str) -> int:
    """In how many values the word stands, plain or sealed."""
    return sum(word in opened(value).casefold() for found in tables.values() for row in found for value in row)


def opened(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    for context in ("inbox.raw", "outbox.payload", "quarantine.raw"):
        try:
            return VAULT.open(value, context).decode()
        except SealBroken:
            continue
    try:
        return VAULT.open_identity(value)
    except SealBroken:
        return ""


async def test_no_number_leads_back_to_the_person(database: Database) -> None:
    await database.transaction(put_all)
    await erased(database)
    for table in ("conversation", "inbox", "outbox", "quarantine", "consent", "media", "address"):
        assert await rows(database, f"SELECT * FROM {table} WHERE contact_id = 1") == []
    assert await rows(database, "SELECT id FROM contact ORDER BY id") == [(2,)]
    assert await rows(database, "SELECT * FROM conversation WHERE address_id = 1") == []
    assert len(await rows(database, "SELECT * FROM conversation WHERE contact_id IS NULL")) == 4
    assert await rows(database, "SELECT status, lane, error FROM outbox WHERE contact_id IS NULL ORDER BY id") == [
        ("dead", 0, "erased"), ("dead", 0, "erased"), ("sent", 0, None), ("dead", 0, None), ("dead", 0, "erased"),
    ]  # fmt: skip


@pytest.mark.parametrize("flow", [0, 1])
async def test_coded_answers_of_closed_flows_stay(database: Database, flow: int) -> None:
    """Closed by staff, or by its own date: the results stand, without a contact."""
    await database.transaction(put_all)
    before = await rows(database, "SELECT status, ended_at, receipt FROM conversation WHERE id = ?", 100 + flow)
    await erased(database)
    kept = await rows(
        database, "SELECT step, value, raw, comment FROM answer WHERE conversation_id = ? ORDER BY sequence", 100 + flow
    )
    assert kept == [
        ("canton", '"puyo"', "", ""), ("edad", "34", "", ""), ("tools", '["radio","other"]', "", ""),
        ("young", '"no"', "", ""), ("none", "null", "", ""),
    ]  # fmt: skip
    assert await rows(database, "SELECT status, ended_at, receipt FROM conversation WHERE id = ?", 100 + flow) == before


@pytest.mark.parametrize("flow", [2, 3])
async def test_answers_of_flows_that_are_not_closed_are_taken_back(database: Database, flow: int) -> None:
    await database.transaction(put_all)
    await erased(database)
    assert await rows(database, "SELECT * FROM answer WHERE conversation_id = ?", 100 + flow) == []
    ended = ms(YESTERDAY if flow == 2 else NOW)
    assert await rows(database, "SELECT status, ended_at, receipt, due_at FROM conversation WHERE id = ?", 100 + flow) == [
        ("stopped", ended, None, None)
    ]


async def test_states_can_still_be_read(database: Database) -> None:
    await database.transaction(put_all)
    await erased(database)
    states = await rows(database, "SELECT state, status FROM conversation WHERE contact_id IS NULL ORDER BY id")
    assert [status for _, status in states] == ["completed", "partial", "stopped", "stopped"]
    for state, _ in states:
        assert decode(str(state)).held == {}


async def test_an_open_conversation_of_a_closed_flow_ends_as_stopped_and_keeps_its_coded_answers(database: Database) -> None:
    def put(tx: Transaction) -> None:
        put_flow(tx, "taller", state="closed")
        put_person(tx, Person(MARIA, 1, {"taller": ("open", None)}))

    await database.transaction(put)
    await erased(database)
    assert await rows(database, "SELECT status, ended_at, due_at FROM conversation") == [("stopped", ms(NOW), None)]
    assert len(await rows(database, "SELECT * FROM answer")) == 5


@pytest.mark.parametrize("stopped", [True, False])
async def test_only_the_word_stop_outlives_a_person(database: Database, *, stopped: bool) -> None:
    def put(tx: Transaction) -> None:
        put_person(tx, Person(MARIA, 1, {}, stopped=stopped))

    await database.transaction(put)
    await erased(database)
    marks = await rows(database, "SELECT channel, account, find_key, at FROM stop_mark")
    assert marks == ([("telegram", "bot1", VAULT.find_key(PERSON.address), ms(PERSON.began))] if stopped else [])


async def test_erasing_nobody(database: Database) -> None:
    await database.transaction(put_all)
    before = await dumped(database)
    assert await erased(database, 99) == Erased((), (), ms(NOW))
    assert await dumped(database) == before


async def test_an_address_of_another_contact_may_have_served(database: Database) -> None:
    """Addresses are linked and unlinked: a conversation may name an address that now is somebody else's."""

    def put(tx: Transaction) -> None:
        put_all(tx)
        tx.run(Statement("UPDATE conversation SET address_id = 1 WHERE id = 200"))

    await database.transaction(put)
    await erased(database)
    assert await rows(database, "SELECT contact_id, address_id FROM conversation WHERE id = 200") == [(2, None)]


async def test_the_references_are_told_for_deletion(database: Database) -> None:
    await database.transaction(put_all)
    done = await erased(database)
    assert set(done.references) == {"a" * 32, "b" * 32} | {f"{100 + place:032x}" for place in range(4)}
    assert done.addresses == (("telegram", "bot1", VAULT.find_key(PERSON.address)),)


def test_what_is_free() -> None:
    for kind in ("text", "phone", "email", "geopoint", "image", "audio", "video", "file", "do", "note"):
        assert is_free(kind, "x"), kind
    for kind in (
        "integer",
        "decimal",
        "select_one",
        "select_multiple",
        "rank",
        "range",
        "date",
        "time",
        "datetime",
        "acknowledge",
    ):
        assert not is_free(kind, "x"), kind
        assert is_free(kind, {"reference": "x"}), kind


# ── after the commit ─────────────────────────────────────────────────────────────────────────────────────────────────────

ADDRESS = Address("telegram", "593991234567", "bot1")


async def test_files_go_and_the_log_is_written(tmp_path: Path) -> None:
    attachments = Attachments(tmp_path / "media")
    kept = attachments.keep(b"a picture", Media("image", "", "image/jpeg", "", 0))
    other = attachments.keep(b"another", Media("image", "", "image/jpeg", "", 0))
    done = Erased((("telegram", "bot1", b"\x01\xff" * 16),), (kept.reference, "no reference.jpg"), 5)
    await finish(done, folder=tmp_path, attachments=attachments)
    assert not attachments.path(kept.reference).exists()
    assert attachments.path(other.reference).exists()
    assert read_log(tmp_path) == {Entry(5, "telegram", "bot1", b"\x01\xff" * 16)}
    await finish(done, folder=None, attachments=None)
    await finish(done, folder=tmp_path, attachments=attachments)
    assert len(read_log(tmp_path)) == 1


def test_a_line_cut_short_is_passed_over_and_harms_no_other(tmp_path: Path) -> None:
    first, second, third = (Entry(at, "sms", "", bytes([at]) * 32) for at in (1, 2, 3))
    assert read_log(tmp_path) == set()
    append_log(tmp_path, [first, second])
    file = tmp_path / "erasures.log"
    file.write_bytes(file.read_bytes()[:-20])
    append_log(tmp_path, [third])
    append_log(tmp_path, [])
    assert read_log(tmp_path) == {first, third}
    assert file.stat().st_mode & 0o077 == 0


def test_the_log_holds_no_identity(tmp_path: Path) -> None:
    append_log(tmp_path, [Entry(1, "telegram", "bot1", VAULT.find_key(ADDRESS))])
    assert b"593991234567" not in (tmp_path / "erasures.log").read_bytes()


async def test_the_log_is_made_whole_from_the_database(database: Database, tmp_path: Path) -> None:
    """The process died between the commit and the append."""
    await database.transaction(put_all)
    await erased(database)
    old = Entry(1, "sms", "", b"x" * 32)
    append_log(tmp_path, [old])
    entry = Entry(ms(NOW), "telegram", "bot1", VAULT.find_key(PERSON.address))
    assert await mirror(database, tmp_path) == {old, entry}
    assert read_log(tmp_path) == {old, entry}
    size = (tmp_path / "erasures.log").stat().st_size
    await mirror(database, tmp_path)
    assert (tmp_path / "erasures.log").stat().st_size == size


async def test_a_restored_database_forgets_again(database: Database) -> None:
    """The database as it was backed up holds both; Maria was erased since."""
    await database.transaction(put_all)
    later = NOW + timedelta(days=3)
    entries = {
        Entry(ms(NOW), "telegram", "bot1", VAULT.find_key(PERSON.address)),
        Entry(ms(NOW), "telegram", "bot1", b"unknown" * 4),
    }
    contacts, references = await erase_again(database, entries, now=later)
    assert contacts == 1
    assert len(references) == 6
    assert traces(await dumped(database), MARIA) == 0
    assert traces(await dumped(database), "pedro") > 0
    assert await database.read(noted) == entries
    assert await erase_again(database, entries, now=later) == (0, ())
    assert len(await rows(database, "SELECT * FROM erasure")) == 2


async def test_who_came_back_is_not_erased_again(database: Database) -> None:
    """Erased, came back, backed up, restored: the second contact was never asked to be forgotten."""
    await database.transaction(put_all)
    before = Entry(ms(PERSON.began) - 1, "telegram", "bot1", VAULT.find_key(PERSON.address))
    assert await erase_again(database, {before}, now=NOW) == (0, ())
    assert await rows(database, "SELECT id FROM contact ORDER BY id") == [(1,), (2,)]


async def test_erasing_stays_true_to_all_constraints(database: Database) -> None:
    """Twice the same person, and the same words again afterwards: no unique index and no check stands in the way."""
    await database.transaction(put_all)
    await erased(database)

    def again(tx: Transaction) -> None:
        tx.write(*insert("contact", id=1, language="es", test=False, clock_offset=0, lobby="", created_at=ms(NOW)))
        tx.write(
            *insert(
                "address", id=1, contact_id=1, channel="telegram", account="bot1", find_key=VAULT.find_key(PERSON.address),
                identity=VAULT.seal_identity(MARIA), created_at=ms(NOW),
            )
        )  # fmt: skip

    await database.transaction(again)
    assert (await erased(database)).addresses == (("telegram", "bot1", VAULT.find_key(PERSON.address)),)
    assert await rows(database, "SELECT * FROM address WHERE contact_id = 1") == []


async def test_what_a_crash_left_undone_is_tidied(database: Database, tmp_path: Path) -> None:
    attachments = Attachments(tmp_path / "attachments")
    mine, hers, young = (attachments.keep(b"x", Media("image", "", "image/jpeg", "", 0)).reference for _ in range(3))
    for reference in (mine, hers):
        os.utime(attachments.path(reference), (0, 0))

    def put(tx: Transaction) -> None:
        put_all(tx)
        for reference, conversation in ((mine, 200), (hers, 100)):
            tx.run(Statement("UPDATE media SET reference = ? WHERE conversation_id = ?"), (reference, conversation))

    await database.transaction(put)
    now = datetime.fromtimestamp(time.time(), ECUADOR)
    assert await tidy(database, folder=tmp_path, attachments=attachments, now=now) == Tidied(0, 0, 0)
    assert not (tmp_path / "erasures.log").exists()
    await database.transaction(lambda tx: eraser(database.identifiers, ECUADOR)(tx, VAULT, 1, ms(NOW)))
    assert await tidy(database, folder=tmp_path, attachments=attachments, now=now) == Tidied(1, 0, 1)
    assert [attachments.path(reference).exists() for reference in (mine, hers, young)] == [True, False, True]
    assert read_log(tmp_path) == {Entry(ms(NOW), "telegram", "bot1", VAULT.find_key(PERSON.address))}
    assert await tidy(database, folder=tmp_path, attachments=attachments, now=now) == Tidied(0, 0, 0)


async def test_the_eraser_judges_closing_in_the_municipality_s_zone(database: Database) -> None:
    """10:00 in Ecuador is 15:00 in UTC: the flow that closes at 10:01 is not closed yet."""
    await database.transaction(put_all)
    await database.transaction(lambda tx: eraser(database.identifiers, ECUADOR)(tx, VAULT, 1, ms(NOW)))
    assert await rows(database, "SELECT * FROM answer WHERE conversation_id = 102") == []
    assert len(await rows(database, "SELECT * FROM answer WHERE conversation_id = 101")) == 5


async def test_a_database_file_put_back_by_hand_forgets_again_at_the_next_start(database: Database, tmp_path: Path) -> None:
    await database.transaction(put_all)
    append_log(tmp_path, [Entry(ms(NOW), "telegram", "bot1", VAULT.find_key(PERSON.address))])
    done = await tidy(database, folder=tmp_path, attachments=Attachments(tmp_path / "attachments"), now=NOW)
    assert done == Tidied(0, 1, 0)
    assert traces(await dumped(database), MARIA) == 0
