from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inbound.door import UNHURRIED, Town, town


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town whose provider sends again what was refused, on each database."""
    with town(database_url, tmp_path, bounds=UNHURRIED) as built:
        yield built


@pytest.fixture
def small(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """The same on SQLite only."""
    with town(sqlite_url, tmp_path) as built:
        yield built


@pytest.fixture
def spooling(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town whose provider sends nothing again, with a spool."""
    with town(sqlite_url, tmp_path, name="sms", spooled=True) as built:
        yield built
