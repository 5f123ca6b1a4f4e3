"""A database of the first version with messages in it becomes one of this version, and nothing of it is lost."""

from alembic import command
from sqlalchemy import text

from storage.migrations.running import configuration, migrating_engine

_ROW = """INSERT INTO outbox (id, lane, contact_id, conversation_id, channel, priority, prompt, payload, status, due_at,
    lease_until, attempts, accepted_at, provider_id, error, created_at)
    VALUES (:id, 7, NULL, NULL, 'telegram', 0, 3, :payload, :status, 5, :lease, 2, NULL, :provider, :error, 4)"""


def test_messages_survive_the_way_up_and_down(empty_database_url):
    engine = migrating_engine(empty_database_url)
    try:
        with engine.begin() as connection:
            command.upgrade(_on(connection), "0001")
            connection.execute(text("INSERT INTO contact VALUES (1, 'es', FALSE, 0, '{}', NULL, NULL, 1)"))
            connection.execute(text("INSERT INTO address VALUES (7, 1, 'telegram', 'bot9', :key, :key, 1)"), {"key": b"k"})
            for number, status in enumerate(("queued", "sending", "sent", "failed", "dead"), start=1):
                row = {"id": number, "payload": b"sealed", "status": status, "error": None, "provider": f"p{number}"}
                connection.execute(text(_ROW), {**row, "lease": 9 if status == "sending" else None})
            before = connection.execute(
                text("SELECT id, lane, status, due_at, attempts, provider_id FROM outbox ORDER BY id")
            ).all()
            command.upgrade(_on(connection), "0002")
            after = "SELECT id, lane, status, due_at, attempts, provider_id FROM outbox ORDER BY id"
            assert connection.execute(text(after)).all() == before
            assert connection.execute(text("SELECT DISTINCT sender, flow, units, payload FROM outbox")).all() == [
                ("telegram/bot9", "", 0, b"sealed")
            ]
            connection.execute(text("UPDATE outbox SET status = 'waiting' WHERE id = 1"))
            command.downgrade(_on(connection), "0001")
            assert connection.execute(text("SELECT status FROM outbox ORDER BY id")).scalars().all() == [
                "dead", "sending", "sent", "failed", "dead",
            ]  # fmt: skip
    finally:
        engine.dispose()


def _on(connection):
    config = configuration()
    config.attributes["connection"] = connection
    return config
