"""What hides personal data in the database, and what finds an address again without showing it.

Two random keys live in the table `secret`, wrapped by the ring of the operator's secrets: the *lookup* key makes the keyed hash
by which an address is found, and never changes; the *data* key seals what is written for every message. Identity itself (the
addresses) is sealed by the ring, so that it can be moved to a new secret row by row (`rotation.py`).

Sealing 400 bytes costs about 1 µs, opening them too, finding 1.5 µs, sealing or opening an identity 5 µs (bench/vault.py).
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.vocabulary import Address
from storage.keys import KEY_FILE, Ring, find_secrets, make_ring
from storage.refusal import KeyRefused
from storage.statements import Statement, Transaction

_FORM = b"\x01"
"""The first byte of every sealed text: which form follows. 1 is a nonce of 12 bytes, then AES-256-GCM with its tag."""

_NONCE = 12
_LEAST = 1 + _NONCE + 16


class SealBroken(Exception):  # noqa: N818 because it tells what was found, as InvalidTag and InvalidToken do
    """A sealed text does not open: it was sealed with another key, for another place, or it was damaged."""


class Vault:
    """Seals, opens and finds. It keeps only keys, so one may be shared by every thread of a process."""

    __slots__ = ("_cipher", "_lookup", "_ring")

    def __init__(self, ring: Ring, lookup: bytes, data: bytes) -> None:
        self._ring = ring
        # keyed once and copied for each address: half the cost, and unlike hmac.digest it keeps the interpreter's lock, which
        # the thread that writes would take and keep for a while
        self._lookup = hmac.new(lookup, digestmod="sha256")
        self._cipher = AESGCM(data)

    def find_key(self, address: Address) -> bytes:
        """Returns the 32 bytes by which this address is found: the same for ever in one database, useless without its key."""
        name = f"{address.channel}\n{address.account}\n{address.identifier}"
        keyed = self._lookup.copy()
        keyed.update(name.encode())
        return keyed.digest()

    def seal(self, content: bytes, context: str) -> bytes:
        """Returns the content sealed for that context ("inbox.raw"); it is 29 bytes longer, and opens there only."""
        # 96 random bits a text: under one key good for 2^32 texts, some thousand years of a canton's messages
        nonce = os.urandom(_NONCE)
        return _FORM + nonce + self._cipher.encrypt(nonce, content, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Returns what `seal` sealed for that context. Raises SealBroken."""
        if len(sealed) < _LEAST or sealed[:1] != _FORM:
            raise SealBroken(f"{context}: not a sealed text of this version")
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], context.encode())
        except InvalidTag:
            raise SealBroken(f"{context}: sealed with another key or for another place, or damaged") from None

    def seal_identity(self, text: str) -> bytes:
        """Returns an address or a name sealed by the newest secret."""
        return self._ring.identity.encrypt(text.encode())

    def open_identity(self, sealed: bytes) -> str:
        """Returns the address or name that any secret of the ring sealed. Raises SealBroken."""
        try:
            return self._ring.identity.decrypt(sealed).decode()
        except InvalidToken:
            raise SealBroken("identity: no secret of the ring opens it; was one left out of MINGA_SECRET_KEY?") from None


_SECRETS = Statement("SELECT name, wrapped FROM secret")
_ADD_SECRET = Statement("INSERT INTO secret (name, wrapped, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
_USED = Statement("""
    SELECT EXISTS (SELECT 1 FROM address) OR EXISTS (SELECT 1 FROM inbox) OR EXISTS (SELECT 1 FROM outbox)
        OR EXISTS (SELECT 1 FROM quarantine) OR EXISTS (SELECT 1 FROM erasure) OR EXISTS (SELECT 1 FROM stop_mark)
    """)


def open_vault(tx: Transaction, *, secret_key: str, folder: Path | None, now_ms: int) -> Vault:
    """Returns the vault of this database. On an empty database its keys are made; otherwise they must open with the secrets.

    `secret_key` is MINGA_SECRET_KEY ("" if unset). `folder` is MINGA_DATA, where SQLite's key file is looked for and, for an
    empty database, made; None means a database in memory, whose secret lives as long as the process. Raises KeyRefused:
    "keys.empty", "keys.server", "keys.server_used", "keys.missing", "keys.wrong", "keys.wrong_beside_file", "keys.lost", or what
    reading and making the key file raise.
    """
    wrapped: dict[str, bytes] = dict(tx.all(_SECRETS))
    used = bool(wrapped) or bool((tx.one(_USED) or (False,))[0])
    ring = make_ring(find_secrets(secret_key, folder=folder, server=tx.dialect == "postgresql", used=used))
    if not wrapped and not used:
        for name in ("lookup", "data"):
            tx.write(_ADD_SECRET, (name, ring.wrap.encrypt(os.urandom(32)), now_ms))
        # read again: where two processes start on one server, the other's keys may have been first
        wrapped = dict(tx.all(_SECRETS))
    if not {"lookup", "data"} <= wrapped.keys():
        raise KeyRefused("keys.lost")
    try:
        return Vault(ring, ring.wrap.decrypt(wrapped["lookup"]), ring.wrap.decrypt(wrapped["data"]))
    except InvalidToken:
        if secret_key and folder is not None and (folder / KEY_FILE).exists():
            raise KeyRefused("keys.wrong_beside_file", file=folder / KEY_FILE) from None
        source = "MINGA_SECRET_KEY" if secret_key else str(folder and folder / KEY_FILE)
        raise KeyRefused("keys.wrong", source=source) from None
