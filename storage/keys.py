"""The operator's secrets: how MINGA_SECRET_KEY becomes a ring of keys, and the key file that serves when it is not set.

A secret is any text. HKDF stretches each into two Fernet keys, one that wraps the vault's own random keys and one that seals
identity, so that a text sealed for one purpose never opens for the other. Several secrets, newest first, make a ring: the newest
seals, all of them open.
"""

from __future__ import annotations

import base64
import os
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.refusal import KeyRefused

KEY_FILE = "secret.key"
"""The file in MINGA_DATA that holds the secrets when MINGA_SECRET_KEY does not."""

WEAK_BELOW = 32
"""A secret with fewer characters than this can be guessed by machine: HKDF stretches it, but does not slow a guesser down."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys made from the secrets, newest first.

    `wrap` holds the vault's own keys; `identity` seals addresses and names; `newest` is the identity key in use now.
    """

    wrap: MultiFernet
    identity: MultiFernet
    newest: Fernet


def read_secrets(text: str) -> tuple[str, ...]:
    """Returns the secrets of a comma-separated text, newest first, without surrounding spaces and empty pieces."""
    return tuple(secret for piece in text.split(",") if (secret := piece.strip()))


def make_secret() -> str:
    """Returns a new random secret of 256 bits, as 43 characters that need no quoting anywhere."""
    return randomness.token_urlsafe(32)


def make_ring(secrets: Sequence[str]) -> Ring:
    """Returns the ring of these secrets, newest first. Raises ValueError if there is none."""
    if not secrets:
        raise ValueError("a ring needs at least one secret")
    identity = [Fernet(_stretch(secret, "identity")) for secret in secrets]
    return Ring(MultiFernet([Fernet(_stretch(secret, "wrap")) for secret in secrets]), MultiFernet(identity), identity[0])


def find_secrets(secret_key: str, *, folder: Path | None, server: bool, used: bool) -> tuple[str, ...]:
    """Returns the secrets to use, newest first: MINGA_SECRET_KEY, else the key file, else (only where nothing can be lost) new
    ones.

    `secret_key` is the setting's value, "" if unset; `folder` is MINGA_DATA, None for a database in memory; `server` says that
    the database is PostgreSQL, whose processes may run on several machines and so can share no file; `used` that it holds
    something. Raises KeyRefused "keys.empty", "keys.server", "keys.server_used", "keys.missing", or what reading and making the
    key file raise.
    """
    if secret_key:
        secrets = read_secrets(secret_key)
        if not secrets:
            raise KeyRefused("keys.empty")
        return secrets
    if server:
        raise KeyRefused("keys.server_used" if used else "keys.server")
    if folder is None:
        return (make_secret(),)
    found = read_key_file(folder)
    if found is not None:
        return found
    if used:
        raise KeyRefused("keys.missing", file=folder / KEY_FILE)
    return make_key_file(folder)


def weak(secrets: Sequence[str]) -> tuple[int, ...]:
    """Returns which secrets are too short to be safe, as positions counted from 1 (1 is the newest)."""
    return tuple(place for place, secret in enumerate(secrets, 1) if len(secret) < WEAK_BELOW)


def read_key_file(folder: Path) -> tuple[str, ...] | None:
    """Returns the secrets of the key file in that folder, None if there is no such file.

    Raises KeyRefused "keys.file_unreadable" or "keys.file_empty".
    """
    file = folder / KEY_FILE
    try:
        secrets = read_secrets(file.read_text("utf-8").replace("\n", ","))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyRefused("keys.file_unreadable", file=file, error=_reason(error)) from error
    if not secrets:
        raise KeyRefused("keys.file_empty", file=file)
    return secrets


def make_key_file(folder: Path) -> tuple[str, ...]:
    """Makes the key file with one new secret and returns its content; if another process was quicker, returns theirs.

    The file appears whole or not at all, readable by its owner only, and is on the disk when this returns, so that what is
    sealed under it can be opened after a power cut. Raises KeyRefused "keys.file_unwritable".
    """
    secret = make_secret()
    file = folder / KEY_FILE
    draft = folder / f".{KEY_FILE}.{os.getpid()}.{randomness.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(draft, secret + "\n")
        try:
            # a link, not a rename: it fails where the file exists already, and never shows a half-written one
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _sync_folder(folder)
    except OSError as error:
        raise KeyRefused("keys.file_unwritable", file=file, error=_reason(error)) from error
    found = read_key_file(folder)
    assert found is not None
    return found


def write_key_file(folder: Path, secrets: Sequence[str]) -> None:
    """Puts these secrets, newest first, into the key file: the old content stays whole until the new one has taken its place.

    Raises KeyRefused "keys.file_unwritable".
    """
    file = folder / KEY_FILE
    draft = folder / f".{KEY_FILE}.{os.getpid()}.{randomness.token_hex(4)}"
    try:
        _write_private(draft, "\n".join(secrets) + "\n")
        draft.replace(file)
        _sync_folder(folder)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise KeyRefused("keys.file_unwritable", file=file, error=_reason(error)) from error


def _stretch(secret: str, purpose: str) -> bytes:
    # no salt: the secret is all there is to start from, and the wrapped keys are random anyway
    derived = HKDF(SHA256(), 32, salt=None, info=f"minga {purpose} 1".encode()).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def _write_private(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else type(error).__name__
