"""Stored attachments that go to a person: where each lies, and an address for a while where a provider fetches it.

The address bears reference and end, sealed: nobody guesses one, none can be listed, and it leads nowhere two hours later.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from bot.channels.stored import file_name, reference_of
from bot.clock import milliseconds
from storage.attachments import Attachments
from storage.vault import SealBroken, Vault

PUBLIC = "/media"
"""Where a provider fetches files, those of flows as well: /media/<version>/<name>."""

MINUTES = 120
"""How long such an address is good for: a provider fetches at once, or a few times where it failed."""

_MARK = "s."
_SEALED = "stored.address"
_SHAPE = struct.Struct(">Q16s")


class StoredFiles:
    """The attachments that messages name as `bot.channels.stored` does. `now` is the time, aware."""

    def __init__(self, attachments: Attachments, vault: Vault, now: Callable[[], datetime]) -> None:
        self._attachments = attachments
        self._vault = vault
        self._now = now

    def find(self, name: str) -> Path | None:
        """Returns where the file lies that a message names so; None where it is none of these, or gone."""
        return self._at(reference_of(name)) if reference_of(name) else None

    def path(self, name: str) -> str | None:
        """Returns the public path at which that file can be fetched for a while; None where `find` finds none."""
        reference = reference_of(name)
        if self.find(name) is None:
            return None
        until = milliseconds(self._now()) + MINUTES * 60_000
        sealed = self._vault.seal(_SHAPE.pack(until, bytes.fromhex(reference)), _SEALED)
        token = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        return f"{PUBLIC}/{_MARK}{token}/{quote(file_name(name))}"

    def at(self, version: str) -> Path | None:
        """Returns the file of a public path, None for one that nobody made here or that is no longer good."""
        token = version.removeprefix(_MARK)
        if not is_stored(version):
            return None
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            until, reference = _SHAPE.unpack(self._vault.open(sealed, _SEALED))
        except (binascii.Error, ValueError, SealBroken, struct.error):
            return None
        return self._at(reference.hex()) if milliseconds(self._now()) < until else None

    def _at(self, reference: str) -> Path | None:
        try:
            path = self._attachments.path(reference)
        except ValueError:
            return None
        return path if path.is_file() else None


def is_stored(version: str) -> bool:
    """Tells whether a public path of that version leads to a stored attachment, and so is nobody else's to keep."""
    return version.startswith(_MARK)
