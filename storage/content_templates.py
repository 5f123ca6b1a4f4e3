"""The templates for buttons and lists that were made at the provider, by account and shape: made once, used by every process."""

from __future__ import annotations

from collections.abc import Callable

from storage.database import Database
from storage.statements import Statement

_FIND = Statement("SELECT sid FROM content_template WHERE account = ? AND shape = ?")
_KEEP = Statement("""
    INSERT INTO content_template (account, shape, sid, created_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (account, shape) DO UPDATE SET sid = excluded.sid, created_at = excluded.created_at
""")
_FORGET = Statement("DELETE FROM content_template WHERE account = ? AND shape = ?")


class ContentTemplates:
    """The templates of one account."""

    def __init__(self, database: Database, account: str, now: Callable[[], int]) -> None:
        """`now` returns milliseconds since the epoch."""
        self._database = database
        self._account = account
        self._now = now

    async def find(self, shape: str) -> str | None:
        """Returns the identifier of that shape's template, None if there is none. Raises UnavailableError."""
        row = await self._database.transaction(lambda tx: tx.one(_FIND, (self._account, shape)), apart=True)
        return None if row is None else str(row[0])

    async def keep(self, shape: str, sid: str) -> None:
        """Keeps it in the place of another. Raises UnavailableError."""
        row = (self._account, shape, sid, self._now())
        await self._database.transaction(lambda tx: tx.write(_KEEP, row), apart=True)

    async def forget(self, shape: str) -> None:
        """Forgets it. Raises UnavailableError."""
        await self._database.transaction(lambda tx: tx.write(_FORGET, (self._account, shape)), apart=True)
