"""Backup and restore: everything comes back, nothing damaged is taken, whoever was erased since stays erased."""

from __future__ import annotations

import asyncio
import gzip
import io
import itertools
import sqlite3
import subprocess
import sys
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest

from bot.vocabulary import Media
from storage import archive
from storage.archive import unpack
from storage.attachments import Attachments
from storage.backup import BackedUp, backup
from storage.copying import copied_rows
from storage.database import Database
from storage.erasure import erase
from storage.erasure_log import finish
from storage.keys import make_key_file
from storage.lock import ServeLock
from storage.migrations import MigrationRefused, sqlite_path, upgrade
from storage.refusal import ArchiveBroken, BackupRefused, LockRefused
from storage.restore import Restored, restore
from storage.schema import metadata
from storage.statements import Statement, Transaction
from storage.vault import open_vault
from tests.storage.people import MARIA, NOW, VAULT, Person, dumped, insert, ms, put_flow, put_person, rows

YESTERDAY = NOW - timedelta(days=1)
FLOWS = {"taller": ("completed", YESTERDAY), "abierto": ("open", None)}
KEY = "a secret of thirty-two characters or more"
NASTY = "tab\there\nnew line\r\\ back\\slash \\N ñ 🙂 'quote' \x01 \x7f \u2028"


async def fill(database: Database, attachments: Path) -> tuple[str, str]:
    """Puts two people, keys, and an attachment of each; returns the references."""
    await database.transaction(lambda tx: open_vault(tx, secret_key=KEY, folder=None, now_ms=0))
    kept = Attachments(attachments)
    photo = Media("image", "", "image/jpeg", "", 0)
    his, hers = kept.keep(b"his picture", photo).reference, kept.keep(b"her picture", photo).reference

    def put(tx: Transaction) -> None:
        put_flow(tx, "taller", state="closed", content={"title": NASTY})
        put_flow(tx, "abierto")
        put_person(tx, Person(MARIA, 1, FLOWS))
        put_person(tx, Person("pedro", 2, FLOWS, stopped=True))
        tx.write(
            *insert(
                "answer", conversation_id=100, sequence=99, step="x", type="text", raw=NASTY, value=orjson.dumps(NASTY).decode(),
                instance="", reason="", comment="", language="es", channel="sms", tries=0, at=2**62,
            )
        )  # fmt: skip
        for reference, conversation in ((hers, 100), (his, 200)):
            tx.run(Statement("UPDATE media SET reference = ? WHERE conversation_id = ?"), (reference, conversation))

    await database.transaction(put)
    return hers, his


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of the machine that is backed up."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


async def saved(database_url: str, place: Path, destination: Path | None = None) -> BackedUp:
    target = destination or place.parent / "backup.tar.gz"
    return await asyncio.to_thread(backup, database_url, target, attachments=place / "attachments", now=NOW)


async def brought_back(file: Path, database_url: str, folder: Path, *, force: bool = False, secret_key: str = KEY) -> Restored:
    return await restore(
        file, database_url=database_url, folder=folder, attachments=folder / "attachments", secret_key=secret_key,
        now=NOW + timedelta(days=9), force=force,
    )  # fmt: skip


async def contents(database_url: str) -> dict[str, list[tuple[object, ...]]]:
    database = Database(database_url)
    try:
        return {table: sorted(found, key=repr) for table, found in (await dumped(database)).items()}
    finally:
        database.close()


# ── there and back ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["sqlite", "postgres"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Another database, empty: the new machine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other' / 'minga.db'}"
    else:
        with request.getfixturevalue("fresh_postgres")() as url:
            yield url


async def test_everything_comes_back_on_either_database(database_url: str, other_url: str, place: Path, tmp_path: Path) -> None:
    """Also across: a canton that outgrew SQLite restores its backup on PostgreSQL, and the reverse."""
    database = Database(database_url)
    await fill(database, place / "attachments")
    database.close()
    before = await contents(database_url)
    done = await saved(database_url, place)
    assert done.size == done.file.stat().st_size > 1_000
    assert done.file.stat().st_mode & 0o077 == 0
    assert done.manifest.rows == sum(map(len, before.values())) > 70
    assert done.manifest.attachments == 2
    other = tmp_path / "other"
    restored = await brought_back(done.file, other_url, other)
    assert (restored.manifest, restored.erased, restored.aside, restored.opens) == (done.manifest, 0, None, True)
    assert await contents(other_url) == before
    assert tree(other / "attachments") == tree(place / "attachments")
    assert len(tree(place / "attachments")) == 2
    assert not list(other.glob(".restoring*"))
    assert not list(place.parent.glob(".*"))
    assert upgrade(other_url) is False


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_the_restored_database_goes_on(database_url: str, other_url: str, place: Path, tmp_path: Path) -> None:
    """Constraints, sealed texts and identities are as alive as before."""
    database = Database(database_url)
    await fill(database, place / "attachments")
    database.close()
    await brought_back((await saved(database_url, place)).file, other_url, tmp_path / "other")
    again = Database(other_url)
    try:
        ((raw,),) = await rows(again, "SELECT raw FROM inbox WHERE contact_id = 1")
        assert VAULT.open(raw, "inbox.raw") == b"maria"  # type: ignore[arg-type]  # because a row's values are of any type
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await again.transaction(lambda tx: tx.run(Statement("DELETE FROM contact WHERE id = 1")))
        await again.transaction(lambda tx: erase(tx, 1, now=NOW, identifiers=again.identifiers))
    finally:
        again.close()


async def test_a_backup_is_of_one_moment(database_url: str, other_url: str, place: Path, tmp_path: Path) -> None:
    """While turns are written: each adds a contact and its address, so there are as many of one as of the other."""
    database = Database(database_url)
    begun, stop = threading.Event(), threading.Event()

    def write() -> None:
        for number in itertools.count(1):
            database.transaction_now(partial(put_person, person=Person(f"p{number}", number, {})))
            if number == 20:
                begun.set()
            if stop.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        await asyncio.to_thread(begun.wait)
        done = await saved(database_url, place)
    finally:
        stop.set()
        writer.join()
        database.close()
    counts = {name: table.rows for name, table in done.manifest.tables.items()}
    assert counts["contact"] >= 20
    assert counts["contact"] == counts["address"] == counts["inbox"] == counts["outbox"] / 5
    restored = await brought_back(done.file, other_url, tmp_path / "other")
    assert restored.manifest == done.manifest


async def test_into_a_folder_it_is_named_after_the_time(database_url: str, place: Path, tmp_path: Path) -> None:
    done = await saved(database_url, place, tmp_path)
    assert done.file == tmp_path / "minga-20261120-100000.tar.gz"


async def test_the_key_is_left_out(sqlite_url: str, place: Path) -> None:
    (secret,) = make_key_file(place)
    database = Database(sqlite_url)
    await database.transaction(lambda tx: open_vault(tx, secret_key="", folder=place, now_ms=0))
    database.close()
    done = await saved(sqlite_url, place)
    with tarfile.open(done.file) as tar:
        members = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        assert set(members) == {"database.sqlite", "manifest.json"}
        for content in members.values():
            assert content is not None
            assert secret.encode() not in content.read()


async def test_whether_the_key_at_hand_opens_it(sqlite_url: str, place: Path, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    await fill(database, place / "attachments")
    database.close()
    done = await saved(sqlite_url, place)
    for number, (key, opens) in enumerate([(KEY, True), ("newer," + KEY, True), ("another one", False), ("", None)]):
        folder = tmp_path / str(number)
        assert (await brought_back(done.file, f"sqlite:///{folder}/minga.db", folder, secret_key=key)).opens is opens
        assert not (folder / "secret.key").exists()


# ── who was erased since ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("known_by", ["database", "log", "both"])
async def test_who_was_erased_since_stays_erased(sqlite_url: str, place: Path, known_by: str) -> None:
    database = Database(sqlite_url)
    hers, his = await fill(database, place / "attachments")
    done = await saved(sqlite_url, place)
    erased = await database.transaction(lambda tx: erase(tx, 1, now=NOW + timedelta(days=1), identifiers=database.identifiers))
    folder = place if known_by != "database" else None
    await finish(erased, folder=folder, attachments=Attachments(place / "attachments"))
    database.close()
    if known_by == "log":
        sqlite_path(sqlite_url).write_bytes(b"the disk died\n" * 1_000)
    restored = await brought_back(done.file, sqlite_url, place, force=True)
    assert restored.erased == 1
    again = Database(sqlite_url)
    try:
        assert await rows(again, "SELECT id FROM contact") == [(2,)]
        key = VAULT.find_key(Person(MARIA, 1, {}).address)
        assert await rows(again, "SELECT find_key, at FROM erasure") == [(key, ms(NOW + timedelta(days=1)))]
    finally:
        again.close()
    attachments = Attachments(place / "attachments")
    assert attachments.path(his).exists()
    assert not attachments.path(hers).exists()
    assert key.hex().encode() in (place / "erasures.log").read_bytes()


async def test_the_list_survives_two_restores(sqlite_url: str, place: Path) -> None:
    """The second restore finds the erasure in the log, not in the database that the first one had replaced."""
    database = Database(sqlite_url)
    await fill(database, place / "attachments")
    done = await saved(sqlite_url, place)
    await database.transaction(lambda tx: erase(tx, 1, now=NOW, identifiers=database.identifiers))
    database.close()
    assert (await brought_back(done.file, sqlite_url, place, force=True)).erased == 1
    sqlite_path(sqlite_url).unlink()
    assert (await brought_back(done.file, sqlite_url, place)).erased == 1


async def test_on_a_server_the_log_tells_who_was_erased(
    postgres_url: str, fresh_postgres: Callable[[], AbstractContextManager[str]], place: Path
) -> None:
    database = Database(postgres_url)
    hers, his = await fill(database, place / "attachments")
    done = await saved(postgres_url, place)
    erased = await database.transaction(lambda tx: erase(tx, 1, now=NOW, identifiers=database.identifiers))
    await finish(erased, folder=place, attachments=Attachments(place / "attachments"))
    database.close()
    with fresh_postgres() as url:
        assert (await brought_back(done.file, url, place)).erased == 1
        again = Database(url)
        assert await rows(again, "SELECT id FROM contact") == [(2,)]
        again.close()
    assert Attachments(place / "attachments").path(his).exists()
    assert not Attachments(place / "attachments").path(hers).exists()


# ── what is moved aside ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_holds_something_is_moved_aside_only_by_force(sqlite_url: str, place: Path) -> None:
    database = Database(sqlite_url)
    await fill(database, place / "attachments")
    done = await saved(sqlite_url, place)
    young = Attachments(place / "attachments").keep(b"sent since", Media("image", "", "image/jpeg", "", 0))
    await database.transaction(lambda tx: put_person(tx, Person("since", 3, {})))
    database.close()
    before = await contents(sqlite_url)
    with pytest.raises(BackupRefused, match=r"restore\.not_empty"):
        await brought_back(done.file, sqlite_url, place)
    assert await contents(sqlite_url) == before
    restored = await brought_back(done.file, sqlite_url, place, force=True)
    assert restored.aside == sqlite_path(sqlite_url).with_name("minga.db.before-20261129-100000")
    assert await contents(f"sqlite:///{restored.aside}") == before
    assert [row[0] for row in (await contents(sqlite_url))["contact"]] == [1, 2]
    aside = place / "attachments.before-20261129-100000"
    assert list(tree(aside).values()) == [b"sent since"]
    assert young.reference not in "".join(tree(place / "attachments"))


async def test_a_migrated_database_without_rows_is_empty(sqlite_url: str, place: Path, tmp_path: Path) -> None:
    done = await saved(sqlite_url, place)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    upgrade(other)
    await brought_back(done.file, other, tmp_path)


async def test_a_damaged_database_is_moved_aside_only_by_force(sqlite_url: str, place: Path) -> None:
    done = await saved(sqlite_url, place)
    sqlite_path(sqlite_url).write_bytes(b"the disk died\n" * 1_000)
    with pytest.raises(BackupRefused, match=r"restore\.not_empty"):
        await brought_back(done.file, sqlite_url, place)
    restored = await brought_back(done.file, sqlite_url, place, force=True)
    assert restored.aside is not None
    assert restored.aside.read_bytes().startswith(b"the disk died")
    assert upgrade(sqlite_url) is False


async def test_a_server_s_database_must_be_empty(postgres_url: str, place: Path) -> None:
    database = Database(postgres_url)
    await fill(database, place / "attachments")
    database.close()
    done = await saved(postgres_url, place)
    for force in (False, True):
        with pytest.raises(BackupRefused, match=r"restore\.not_empty_server"):
            await brought_back(done.file, postgres_url, place, force=force)


async def test_a_database_in_use_is_not_replaced(sqlite_url: str, place: Path) -> None:
    database = Database(sqlite_url)
    await fill(database, place / "attachments")
    database.close()
    done = await saved(sqlite_url, place)
    with closing(sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None)) as user:
        user.execute("BEGIN")
        user.execute("SELECT count(*) FROM contact").fetchall()
        with pytest.raises(BackupRefused, match=r"restore\.in_use"):
            await brought_back(done.file, sqlite_url, place, force=True)
    assert (await brought_back(done.file, sqlite_url, place, force=True)).aside is not None


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_backups_never_overwrite(database_url: str, place: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    file.write_text("precious")
    with pytest.raises(BackupRefused, match=r"backup\.exists"):
        await saved(database_url, place, file)
    assert file.read_text() == "precious"


async def test_where_there_is_nothing_to_back_up(place: Path, empty_database_url: str) -> None:
    for url in (empty_database_url, "sqlite://"):
        with pytest.raises(BackupRefused, match=r"backup\.no_database"):
            await saved(url, place)
    assert list(place.parent.glob("*.gz")) == []


async def test_where_it_cannot_be_written(sqlite_url: str, place: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match=r"backup\.unwritable"):
        await saved(sqlite_url, place, tmp_path / "nowhere" / "backup.tar.gz")


async def test_a_damaged_database_is_not_backed_up_as_if_it_were_sound(sqlite_url: str, place: Path) -> None:
    database = Database(sqlite_url)
    await fill(database, place / "attachments")
    database.close()
    file = sqlite_path(sqlite_url)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    content = bytearray(file.read_bytes())
    middle = len(content) * 3 // 4 // 4_096 * 4_096
    content[middle : middle + 4_096] = b"\x55" * 4_096
    file.write_bytes(content)
    with pytest.raises(BackupRefused, match=r"backup\.damaged"):
        await saved(sqlite_url, place)
    assert [found.name for found in place.parent.glob("*backup*")] == []


async def test_a_reference_to_nothing_is_damage(sqlite_url: str, place: Path) -> None:
    with closing(sqlite3.connect(sqlite_path(sqlite_url))) as connection:
        connection.execute("INSERT INTO address VALUES (1, 99, 'sms', '', x'00', x'00', 0, NULL, NULL)")
        connection.commit()
    with pytest.raises(BackupRefused, match=r"backup\.damaged.*address.*contact"):
        await saved(sqlite_url, place)


async def test_a_backup_that_does_not_read_back_is_not_kept(
    sqlite_url: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk took it and lost it."""

    class Losing(archive.ArchiveWriter):
        def finish(self, manifest: archive.Manifest) -> archive.Manifest:
            self._files["database.sqlite"] = (1, "0" * 64)
            return super().finish(manifest)

    monkeypatch.setattr("storage.backup.ArchiveWriter", Losing)
    with pytest.raises(BackupRefused, match=r"backup\.not_proved"):
        await saved(sqlite_url, place)
    assert list(place.parent.glob("*.gz")) == []


async def test_no_restore_under_a_running_server(sqlite_url: str, place: Path) -> None:
    done = await saved(sqlite_url, place)
    before = sqlite_path(sqlite_url).read_bytes()
    with ServeLock(place), pytest.raises(LockRefused, match=r"lock\.held"):
        await brought_back(done.file, sqlite_url, place, force=True)
    assert sqlite_path(sqlite_url).read_bytes() == before
    await brought_back(done.file, sqlite_url, place, force=True)


async def test_where_there_is_nothing_to_restore(sqlite_url: str, place: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match=r"restore\.missing"):
        await brought_back(tmp_path / "none.tar.gz", sqlite_url, place)
    done = await saved(sqlite_url, place)
    with pytest.raises(BackupRefused, match=r"restore\.in_memory"):
        await brought_back(done.file, "sqlite://", place)
    with pytest.raises(MigrationRefused, match=r"migrations\.unreachable"):
        await brought_back(done.file, f"postgresql://nobody@/none?host={tmp_path}", place)


def unharmed(damaged: bytes, content: bytes) -> bool:
    """A bit that says how far back a run of equal bytes repeats itself may change and nothing with it."""
    try:
        return gzip.decompress(damaged) == gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return False


async def test_an_archive_cut_short_or_damaged_anywhere_is_refused_and_nothing_changes(
    database_url: str, other_url: str, place: Path, tmp_path: Path
) -> None:
    database = Database(database_url)
    await fill(database, place / "attachments")
    database.close()
    content = (await saved(database_url, place)).file.read_bytes()
    broken = tmp_path / "broken.tar.gz"
    step = len(content) // 12
    tried = 0
    for offset in range(10, len(content) - 8, step):
        flipped = bytearray(content)
        flipped[offset] ^= 0x10
        for damaged in (content[:offset], bytes(flipped)):
            if same(damaged, content):
                continue
            broken.write_bytes(damaged)
            with pytest.raises(ArchiveBroken):
                await brought_back(broken, other_url, tmp_path / "other")
            tried += 1
    assert tried > 15
    assert tree(tmp_path / "other") in ({}, {"serve.lock": b""})
    assert not (tmp_path / "other" / "minga.db").exists()


def same(damaged: bytes, content: bytes) -> bool:
    """A run of equal bytes can be copied from one place as well as from another: some bits of a gzip make no difference."""
    try:
        return gzip.decompress(damaged) == gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return False


def test_the_end_of_the_file_counts_too(sqlite_url: str, place: Path, tmp_path: Path) -> None:
    """Cut within the last bytes every member is whole: only gzip's own sum tells that something is missing."""
    content = backup(sqlite_url, place / "b.tar.gz", attachments=place / "attachments", now=NOW).file.read_bytes()
    for length in (1, 4, 9, 20):
        (tmp_path / "cut.tar.gz").write_bytes(content[:-length])
        with pytest.raises(ArchiveBroken, match=r"restore\.broken"):
            unpack(tmp_path / "cut.tar.gz", None)


async def test_a_table_or_a_file_that_was_swapped_is_refused(sqlite_url: str, place: Path, tmp_path: Path) -> None:
    """Sound gzip, sound tar, other content: the manifest's sums tell."""
    database = Database(sqlite_url)
    await fill(database, place / "attachments")
    database.close()
    done = await saved(sqlite_url, place)
    members = read_members(done.file)
    picture = next(name for name in members if name.startswith("attachments/"))
    other = tmp_path / "other.tar.gz"
    changes: list[tuple[dict[str, bytes], str]] = [
        (members | {picture: b"HER picture"}, picture),
        ({name: content for name, content in members.items() if name != picture}, picture),
        (members | {"attachments/00/" + "0" * 32: b"more"}, "attachments/00/" + "0" * 32),
        ({name: content for name, content in members.items() if name != "manifest.json"}, "manifest.json"),
        (members | {"manifest.json": b"{}"}, "manifest.json"),
        (members | {"manifest.json": b"no json"}, "manifest.json"),
        (members | {"manifest.json": b"[]"}, "manifest.json"),
    ]
    for content, member in changes:
        write_members(other, content)
        with pytest.raises(ArchiveBroken) as broken:
            unpack(other, tmp_path / "unpacked")
        assert (broken.value.key, broken.value.places["member"]) == ("restore.broken", member)


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "attachments/../../evil", "database.sqlite/../x", "tables/a;b.copy", "secret.key"]
)
def test_an_archive_with_a_foreign_member_is_refused(tmp_path: Path, name: str) -> None:
    write_members(tmp_path / "x.tar.gz", {name: b"evil"})
    with pytest.raises(ArchiveBroken, match=r"restore\.no_archive"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "in" / "here")
    assert not list(tmp_path.rglob("*evil*"))


def test_links_in_an_archive_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("database.sqlite")
        member.type = tarfile.SYMTYPE
        member.linkname = "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(ArchiveBroken, match=r"restore\.no_archive"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "here")


@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"", mtime=0), gzip.compress(b"no tar" * 200, mtime=0)])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(ArchiveBroken, match=r"restore\.(no_archive|broken)"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "here")


async def test_backups_of_a_newer_version_are_refused(sqlite_url: str, place: Path, tmp_path: Path) -> None:
    done = await saved(sqlite_url, place)
    members = read_members(done.file)
    manifest = orjson.loads(members["manifest.json"])
    for change, key in (({"format": 2}, "restore.newer_format"), ({"revision": "9999"}, "restore.newer")):
        file = tmp_path / f"{key}.tar.gz"
        write_members(file, members | {"manifest.json": orjson.dumps(manifest | change)})
        with pytest.raises((ArchiveBroken, BackupRefused)) as refused:
            await brought_back(file, f"sqlite:///{tmp_path}/new.db", tmp_path)
        assert refused.value.key == key
    assert not (tmp_path / "new.db").exists()


async def test_a_restore_that_loses_rows_is_refused(
    database_url: str, other_url: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url)
    await fill(database, place / "attachments")
    database.close()
    members = read_members((await saved(database_url, place)).file)
    manifest = orjson.loads(members["manifest.json"])
    manifest["tables"]["answer"]["rows"] += 1
    write_members(tmp_path / "x.tar.gz", members | {"manifest.json": orjson.dumps(manifest)})
    with pytest.raises(BackupRefused, match=r"restore\.failed.*answer"):
        await brought_back(tmp_path / "x.tar.gz", other_url, tmp_path / "other")
    if other_url.startswith("sqlite"):
        assert not sqlite_path(other_url).exists()
    else:
        assert sum(map(len, (await contents(other_url)).values())) == 0


def read_members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}  # type: ignore[union-attr]  # because all are files


def write_members(file: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(file, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def test_copy_s_text_is_read_as_it_was_meant(tmp_path: Path) -> None:
    (tmp_path / "t.copy").write_bytes(b"1\tt\t\\\\x00ff\ta\\tb\\nc\\\\d\\re\n-2\tf\t\\N\t\n3\t\\N\t\\\\x\t\\\\N\n")
    table = archive.Table(3, (("id", "bigint"), ("is", "boolean"), ("raw", "bytea"), ("said", "text")))
    assert list(copied_rows(tmp_path / "t.copy", table)) == [
        (1, True, b"\x00\xff", "a\tb\nc\\d\re"), (-2, False, None, ""), (3, None, b"", "\\N"),
    ]  # fmt: skip
    (tmp_path / "t.copy").write_bytes(b"1\tt\n")
    with pytest.raises(ValueError, match="zip"):
        list(copied_rows(tmp_path / "t.copy", table))


def test_every_table_is_in_a_backup(sqlite_url: str, place: Path) -> None:
    done = backup(sqlite_url, place / "b.tar.gz", attachments=place / "attachments", now=NOW)
    assert set(done.manifest.tables) == set(metadata.tables)
    assert len(done.manifest.tables) > 10


def test_killed_in_the_middle_of_a_restore_leaves_the_old_database(sqlite_url: str, place: Path) -> None:
    """Killed right before the new one takes its place, and right after the old one got its second name."""
    done = backup(sqlite_url, place / "b.tar.gz", attachments=place / "attachments", now=NOW)
    with closing(sqlite3.connect(sqlite_path(sqlite_url))) as connection:
        connection.execute("INSERT INTO duty VALUES ('old', 1)")
        connection.commit()
    script = f"""
import asyncio, os, pathlib
from tests.storage.test_backup import brought_back
pathlib.Path.replace = lambda *_: os._exit(9)
asyncio.run(brought_back(pathlib.Path({str(done.file)!r}), {sqlite_url!r}, pathlib.Path({str(place)!r}), force=True))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    with closing(sqlite3.connect(sqlite_path(sqlite_url))) as connection:
        assert connection.execute("SELECT name FROM duty").fetchall() == [("old",)]
