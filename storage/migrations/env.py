"""What alembic runs: our tables, on a connection that is handed in or, from the command line, opened from `-x url=…`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context

from storage.migrations.running import migrating_engine
from storage.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection


def known(name: str | None, _kind: str, _parents: object) -> bool:
    """Tells whether alembic shall look at that: what searches documents is made by statements that no metadata knows."""
    return name is None or "document_words" not in name


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite changes a table by building it anew
        compare_type=True,
        compare_server_default=True,
        include_name=known,
    )
    with context.begin_transaction():
        context.run_migrations()


handed: Connection | None = context.config.attributes.get("connection")
if handed is not None:
    migrate(handed)
else:
    url = context.get_x_argument(as_dictionary=True).get("url")
    if not url:
        raise SystemExit("say which database: -x url=sqlite:///scratch.db")
    engine = migrating_engine(url)
    with engine.begin() as opened:
        migrate(opened)
    engine.dispose()
