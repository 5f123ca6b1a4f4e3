"""`minga keys rotate`: everything that the ring seals is moved under the newest secret, so that older ones can be retired.

The vault's two random keys are wrapped anew, and every identity row is sealed anew, in batches. The lookup key stays what it is,
so every address is found as before. A run that was cut short is taken up by running it again: rows under the newest secret are
left alone. What the data key sealed stays as it is (that key is wrapped anew, not changed) and is emptied after MINGA_RAW_DAYS
anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, TextClause, text

from storage.database import Database
from storage.keys import KEY_FILE, Ring, find_secrets, make_ring, make_secret, read_key_file, write_key_file
from storage.lock import ServeLock
from storage.refusal import KeyRefused
from storage.statements import Statement, Transaction

BATCH = 250
"""Identity rows sealed anew in one transaction: some milliseconds, so a running server's turns hardly wait."""

_SECRETS = Statement("SELECT name, wrapped FROM secret ORDER BY name")
_REWRAP = Statement("UPDATE secret SET wrapped = ? WHERE name = ? AND wrapped = ?")
# only where nobody changed it since it was read
_ROWS = (
    (
        Statement("UPDATE address SET identity = ? WHERE id = ? AND identity = ?"),
        text("SELECT id, identity FROM address WHERE id > :after ORDER BY id LIMIT :batch"),
    ),
    (
        Statement("UPDATE contact SET name = ? WHERE id = ? AND name = ?"),
        text("SELECT id, name FROM contact WHERE id > :after AND name IS NOT NULL ORDER BY id LIMIT :batch"),
    ),
    (
        Statement("UPDATE request SET identity = ? WHERE id = ? AND identity = ?"),
        text("SELECT id, identity FROM request WHERE id > :after AND identity IS NOT NULL ORDER BY id LIMIT :batch"),
    ),
    (
        Statement("UPDATE staff SET totp = ? WHERE id = ? AND totp = ?"),
        text("SELECT id, totp FROM staff WHERE id > :after AND totp IS NOT NULL ORDER BY id LIMIT :batch"),
    ),
)
"""What the ring seals, row by row: how it is written, and how the next rows are read."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: identity rows sealed anew, rows that were under the newest secret already, secrets in the ring."""

    sealed: int
    ready: int
    secrets: int


async def rotate(database: Database, ring: Ring, *, secrets: int, batch: int = BATCH) -> Rotated:
    """Moves everything under the newest secret of the ring; `secrets` says how many it has.

    Raises KeyRefused "keys.wrong" if the ring does not open the vault's keys, and, once all other rows are done,
    "keys.rows_closed" (places: count) if some identity opens with none of its secrets: then an older one is still missing from
    it.
    """
    await database.transaction(lambda tx: _rewrap(tx, ring), apart=True)
    sealed = ready = closed = 0
    for write, read in _ROWS:
        after = 0
        while rows := await database.read(partial(_next, read=read, after=after, batch=batch)):
            after = rows[-1][0]
            changes: list[tuple[bytes, int, bytes]] = []
            for identifier, identity in rows:
                if _opens(ring, identity):
                    ready += 1
                    continue
                try:
                    changes.append((ring.identity.rotate(identity), identifier, identity))
                except InvalidToken:
                    closed += 1
            if changes:
                await database.transaction(partial(_reseal, write=write, changes=changes), apart=True)
                sealed += len(changes)
    if closed:
        raise KeyRefused("keys.rows_closed", count=closed)
    return Rotated(sealed, ready, secrets)


async def rotate_keys(database: Database, *, secret_key: str, folder: Path, server: bool, forget: bool = False) -> Rotated:
    """Rotates as the operator's settings say: what `minga keys rotate` does.

    With MINGA_SECRET_KEY (`secret_key`), the operator has put the new secret first and the older ones after it. With the key file
    in `folder`, a new secret is made and put first, unless a former run was cut short, which is then finished; no server may run
    meanwhile, for it would go on with the old one. `forget` drops the older secrets from the key file: backups that were made
    under them then open no more. Raises what `rotate`, `find_secrets` and ServeLock raise.
    """
    if secret_key or server:
        secrets = find_secrets(secret_key, folder=folder, server=server, used=True)
        return await rotate(database, make_ring(secrets), secrets=len(secrets))
    with ServeLock(folder):
        found = read_key_file(folder)
        if found is None:
            raise KeyRefused("keys.missing", file=folder / KEY_FILE)
        secrets = found
        if await _all_ready(database, make_ring(secrets)):
            secrets = (make_secret(), *secrets)
            # first on the disk, then in use: whatever moment the power goes, the file opens everything
            write_key_file(folder, secrets)
        done = await rotate(database, make_ring(secrets), secrets=len(secrets))
        if forget:
            write_key_file(folder, secrets[:1])
        return done


def _rewrap(tx: Transaction, ring: Ring) -> None:
    try:
        for name, wrapped in tx.all(_SECRETS):
            tx.write(_REWRAP, (ring.wrap.rotate(wrapped), name, wrapped))
    except InvalidToken:
        raise KeyRefused("keys.wrong", source="MINGA_SECRET_KEY") from None


def _reseal(tx: Transaction, write: Statement, changes: list[tuple[bytes, int, bytes]]) -> None:
    tx.write_many(write, changes)


async def _all_ready(database: Database, ring: Ring) -> bool:
    for _, read in _ROWS:
        after = 0
        while rows := await database.read(partial(_next, read=read, after=after, batch=BATCH)):
            if not all(_opens(ring, identity) for _, identity in rows):
                return False
            after = rows[-1][0]
    return True


def _next(connection: Connection, read: TextClause, after: int, batch: int) -> Sequence[Any]:
    return connection.execute(read, {"after": after, "batch": batch}).fetchall()


def _opens(ring: Ring, identity: bytes) -> bool:
    try:
        ring.newest.decrypt(identity)
    except InvalidToken:
        return False
    return True
