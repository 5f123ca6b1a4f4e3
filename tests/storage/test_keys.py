"""The operator's secrets: reading, stretching, the key file, and when the house refuses to open."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken
from hypothesis import given
from hypothesis import strategies as st

from bot.vocabulary import Address
from storage.database import Database
from storage.keys import find_secrets, make_key_file, make_ring, make_secret, read_key_file, read_secrets, weak, write_key_file
from storage.refusal import KeyRefused
from storage.rotation import rotate, rotate_keys
from storage.statements import Statement, Transaction
from storage.vault import SealBroken, Vault, open_vault

NOW = 1_790_000_000_000
LONG = "una contraseña larga de verdad y sin comas"


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("one", ("one",)),
        (" new , old ", ("new", "old")),
        ("new,,old,", ("new", "old")),
        ("ñandú con espacios", ("ñandú con espacios",)),
        ("", ()),
        (" , ", ()),
    ],
)
def test_secrets_are_read_newest_first(text: str, secrets: tuple[str, ...]) -> None:
    assert read_secrets(text) == secrets


@given(st.text(min_size=1).filter(lambda secret: read_secrets(secret) == (secret,)))
def test_any_text_is_a_secret(secret: str) -> None:
    ring = make_ring([secret])
    assert make_ring([secret]).identity.decrypt(ring.identity.encrypt(b"593")) == b"593"


def test_a_ring_seals_with_the_newest_and_opens_with_all() -> None:
    old, both, new = make_ring(["old"]), make_ring(["new", "old"]), make_ring(["new"])
    assert both.identity.decrypt(old.identity.encrypt(b"x")) == b"x"
    assert new.identity.decrypt(both.identity.encrypt(b"x")) == b"x"
    with pytest.raises(InvalidToken):
        old.identity.decrypt(both.identity.encrypt(b"x"))
    with pytest.raises(InvalidToken):  # what wraps keys never opens an identity
        old.identity.decrypt(old.wrap.encrypt(b"x"))
    with pytest.raises(ValueError, match="at least one"):
        make_ring([])


def test_the_stretching_stays_what_it_is() -> None:
    """A change of it would lock every municipality out of its data."""
    identity = b"gAAAAABrB2N39N7wQyyVO1UG5Vclxo9IPumCerlJgRieJiUrmfD9243-ayHCbFVdNWo1UerM8C-chaomVTEkZ23I9JDKiQ_VIA=="
    wrapped = b"gAAAAABrB2N36cx8BpHxCuKZt4zmuJXTYiNoBH4v5ih39GxHxPgDuQdviAj5vZexp7pdFtrWRCBVg4kHV6Q_Sl3HUSpicJ_66A=="
    ring = make_ring(["la primera clave"])
    assert ring.identity.decrypt(identity) == b"593991234567"
    assert ring.wrap.decrypt(wrapped) == b"x"


def test_weak_secrets_are_told_by_their_place() -> None:
    assert weak([LONG, "corta", "x" * 32, "y" * 31]) == (2, 4)
    assert weak([make_secret()]) == ()


def test_made_secrets_are_long_and_differ() -> None:
    assert len(make_secret()) == 43
    assert make_secret() != make_secret()
    assert read_secrets(make_secret() + "," + make_secret())


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    secrets = make_key_file(folder)
    file = folder / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert weak(secrets) == ()
    assert make_key_file(folder) == secrets == read_key_file(folder)
    assert [file.name for file in folder.iterdir()] == ["secret.key"]


def test_processes_that_start_together_agree_on_the_key_file(tmp_path: Path) -> None:
    made: list[tuple[str, ...]] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        made.append(make_key_file(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_the_key_file_is_replaced_whole(tmp_path: Path) -> None:
    old = make_key_file(tmp_path)
    write_key_file(tmp_path, ("new", *old))
    assert read_key_file(tmp_path) == ("new", *old)
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_key_files_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    assert read_key_file(tmp_path) is None
    (tmp_path / "secret.key").write_text(" \n,\n")
    with pytest.raises(KeyRefused, match=r"keys\.file_empty"):
        read_key_file(tmp_path)
    (tmp_path / "secret.key").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(KeyRefused, match=r"keys\.file_unreadable"):
        read_key_file(tmp_path)
    (tmp_path / "secret.key").unlink()
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(KeyRefused, match=r"keys\.file_unreadable"):
        read_key_file(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyRefused, match=r"keys\.file_unwritable"):
        make_key_file(tmp_path / "file" / "data")
    with pytest.raises(KeyRefused, match=r"keys\.file_unwritable"):
        write_key_file(tmp_path / "nowhere", ["x"])


def test_where_secrets_come_from(tmp_path: Path) -> None:
    def find(
        secret_key: str = "", folder: Path | None = tmp_path, *, server: bool = False, used: bool = False
    ) -> tuple[str, ...]:
        return find_secrets(secret_key, folder=folder, server=server, used=used)

    assert find("new,old", server=True, used=True) == ("new", "old")
    for secret_key, server, used, key in [
        (" , ", False, False, "keys.empty"),
        ("", True, False, "keys.server"),
        ("", True, True, "keys.server_used"),
        ("", False, True, "keys.missing"),
    ]:
        with pytest.raises(KeyRefused) as refused:
            find(secret_key, server=server, used=used)
        assert refused.value.key == key
        assert not (tmp_path / "secret.key").exists()
    made = find()
    assert find(used=True) == made == read_key_file(tmp_path)
    assert find("new", used=True) == ("new",)
    assert find(folder=None) != find(folder=None)


# ── the database and its keys ────────────────────────────────────────────────────────────────────────────────────────────

TELEGRAM = Address("telegram", "1234567", "bot1")
_PUT = Statement(
    "INSERT INTO address (id, contact_id, channel, account, find_key, identity, created_at)"
    " VALUES (?, ?, 'telegram', 'bot1', ?, ?, 0)"
)
_CONTACT = Statement(
    "INSERT INTO contact (id, language, test, clock_offset, lobby, created_at) VALUES (?, 'es', FALSE, 0, '', 0)"
)
_IDENTITIES = Statement("SELECT identity FROM address ORDER BY id")


async def opened(database: Database, secret_key: str, folder: Path | None = None) -> Vault:
    return await database.transaction(lambda tx: open_vault(tx, secret_key=secret_key, folder=folder, now_ms=NOW))


async def put_people(database: Database, vault: Vault, numbers: range) -> None:
    def put(tx: Transaction) -> None:
        if numbers.start == 0:
            tx.write(_CONTACT, (1,))
        for number in numbers:
            address = Address("telegram", str(number), "bot1")
            tx.write(_PUT, (number + 1, 1, vault.find_key(address), vault.seal_identity(address.identifier)))

    await database.transaction(put)


async def identities(database: Database, vault: Vault) -> list[str]:
    rows = await database.transaction(lambda tx: tx.all(_IDENTITIES))
    return [vault.open_identity(identity) for (identity,) in rows]


async def test_the_keys_are_made_once_and_open_again(database: Database) -> None:
    first = await opened(database, LONG)
    again = await opened(database, LONG)
    assert again.find_key(TELEGRAM) == first.find_key(TELEGRAM)
    assert again.open(first.seal(b"hola", "inbox.raw"), "inbox.raw") == b"hola"
    stored = b"".join(
        wrapped for (wrapped,) in await database.transaction(lambda tx: tx.all(Statement("SELECT wrapped FROM secret")))
    )
    assert len(stored) > 200
    assert LONG.encode() not in stored


async def test_a_wrong_secret_is_refused(database: Database, tmp_path: Path) -> None:
    await opened(database, LONG)
    with pytest.raises(KeyRefused) as refused:
        await opened(database, "another one", tmp_path)
    assert (refused.value.key, refused.value.places) == ("keys.wrong", {"source": "MINGA_SECRET_KEY"})
    make_key_file(tmp_path)
    with pytest.raises(KeyRefused) as refused:
        await opened(database, "another one", tmp_path)
    assert (refused.value.key, refused.value.places) == ("keys.wrong_beside_file", {"file": tmp_path / "secret.key"})
    await opened(database, "newer, " + LONG)


async def test_a_missing_secret_is_refused(database: Database, tmp_path: Path) -> None:
    await opened(database, LONG)
    with pytest.raises(KeyRefused) as refused:
        await opened(database, "", tmp_path)
    assert refused.value.key == ("keys.missing" if database.dialect == "sqlite" else "keys.server_used")
    assert read_key_file(tmp_path) is None


async def test_a_key_file_is_made_for_an_empty_sqlite_database_only(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    if database.dialect == "postgresql":
        with pytest.raises(KeyRefused, match=r"keys\.server"):
            await opened(database, "", folder)
        assert not folder.exists()
        return
    vault = await opened(database, "", folder)
    assert (await opened(database, "", folder)).find_key(TELEGRAM) == vault.find_key(TELEGRAM)
    write_key_file(folder, ["another one"])
    with pytest.raises(KeyRefused) as refused:
        await opened(database, "", folder)
    assert (refused.value.key, refused.value.places) == ("keys.wrong", {"source": str(folder / "secret.key")})


async def test_rows_without_keys_are_refused(database: Database) -> None:
    """Somebody emptied the table of keys: new ones would make the old rows unreadable for ever."""
    await put_people(database, await opened(database, LONG), range(1))
    await database.transaction(lambda tx: tx.run(Statement("DELETE FROM secret WHERE name = 'data'")))
    with pytest.raises(KeyRefused, match=r"keys\.lost"):
        await opened(database, LONG)
    await database.transaction(lambda tx: tx.run(Statement("DELETE FROM secret")))
    with pytest.raises(KeyRefused, match=r"keys\.lost"):
        await opened(database, LONG)


async def test_a_database_in_memory_has_an_ephemeral_key() -> None:
    database = Database("sqlite://")
    try:
        vault = await opened(database, "", None)
        assert vault.open(vault.seal(b"x", "c"), "c") == b"x"
    finally:
        database.close()


# ── rotation ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_rotation_retires_the_old_secret_and_finds_everybody_as_before(database: Database) -> None:
    before = await opened(database, "old")
    await put_people(database, before, range(25))
    both = await opened(database, "new,old")
    await put_people(database, both, range(25, 30))
    done = await rotate(database, make_ring(["new", "old"]), secrets=2, batch=7)
    assert (done.sealed, done.ready, done.secrets) == (25, 5, 2)
    after = await opened(database, "new")
    assert after.find_key(TELEGRAM) == before.find_key(TELEGRAM)
    assert after.open(before.seal(b"hola", "inbox.raw"), "inbox.raw") == b"hola"
    assert await identities(database, after) == [str(number) for number in range(30)]
    with pytest.raises(KeyRefused, match=r"keys\.wrong"):
        await opened(database, "old")
    with pytest.raises(SealBroken):
        await identities(database, before)
    again = await rotate(database, make_ring(["new", "old"]), secrets=2, batch=7)
    assert (again.sealed, again.ready) == (0, 30)


async def test_a_rotation_cut_short_is_taken_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = await opened(database, "old")
    await put_people(database, vault, range(25))
    transaction, calls = database.transaction, []

    async def until_the_third(work: object, **options: object) -> object:
        calls.append(work)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return await transaction(work, **options)  # type: ignore[arg-type]  # because it only passes on what it was given

    monkeypatch.setattr(database, "transaction", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        await rotate(database, make_ring(["new", "old"]), secrets=2, batch=10)
    monkeypatch.undo()
    assert await identities(database, await opened(database, "new,old")) == [str(number) for number in range(25)]
    done = await rotate(database, make_ring(["new", "old"]), secrets=2, batch=10)
    assert (done.sealed, done.ready) == (15, 10)


async def test_rotation_tells_what_no_secret_opens(database: Database) -> None:
    vault = await opened(database, "old")
    await put_people(database, vault, range(3))
    await database.transaction(
        lambda tx: tx.run(
            Statement("UPDATE address SET identity = ? WHERE id = 2"), (make_ring(["lost"]).identity.encrypt(b"x"),)
        )
    )
    with pytest.raises(KeyRefused) as refused:
        await rotate(database, make_ring(["new", "old"]), secrets=2)
    assert (refused.value.key, refused.value.places) == ("keys.rows_closed", {"count": 1})
    with pytest.raises(KeyRefused, match=r"keys\.wrong"):
        await rotate(database, make_ring(["another"]), secrets=1)


async def test_rotate_as_the_settings_say(database: Database, tmp_path: Path) -> None:
    if database.dialect == "postgresql":
        await put_people(database, await opened(database, "old"), range(3))
        with pytest.raises(KeyRefused, match=r"keys\.server_used"):
            await rotate_keys(database, secret_key="", folder=tmp_path, server=True)
        assert (await rotate_keys(database, secret_key="new,old", folder=tmp_path, server=True)).sealed == 3
        return
    await put_people(database, await opened(database, "", tmp_path), range(3))
    old = read_key_file(tmp_path)
    done = await rotate_keys(database, secret_key="", folder=tmp_path, server=False)
    assert (done.sealed, done.ready, done.secrets) == (3, 0, 2)
    assert old is not None
    secrets = read_key_file(tmp_path)
    assert secrets is not None
    assert secrets[1:] == old
    assert await identities(database, await opened(database, "", tmp_path)) == ["0", "1", "2"]
    # cut short after the file was written: the next run finishes that one, it does not begin another
    write_key_file(tmp_path, ("newest", *secrets))
    done = await rotate_keys(database, secret_key="", folder=tmp_path, server=False, forget=True)
    assert (done.sealed, done.secrets) == (3, 3)
    assert read_key_file(tmp_path) == ("newest",)
    assert await identities(database, await opened(database, "", tmp_path)) == ["0", "1", "2"]


async def test_the_key_file_is_not_rotated_under_a_running_server(sqlite_url: str, tmp_path: Path) -> None:
    from storage.lock import ServeLock
    from storage.refusal import LockRefused

    database = Database(sqlite_url)
    try:
        await opened(database, "", tmp_path)
        before = read_key_file(tmp_path)
        with ServeLock(tmp_path), pytest.raises(LockRefused, match=r"lock\.held"):
            await rotate_keys(database, secret_key="", folder=tmp_path, server=False)
        assert read_key_file(tmp_path) == before
        (tmp_path / "secret.key").unlink()
        with pytest.raises(KeyRefused, match=r"keys\.missing"):
            await rotate_keys(database, secret_key="", folder=tmp_path, server=False)
    finally:
        database.close()


def test_importing_the_keys_is_cheap() -> None:
    """`minga doctor` and every command that opens the vault pay for it."""
    script = "import storage.keys, sys; print('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "False"
