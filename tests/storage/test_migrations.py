"""The tables come from the revisions, are what storage/*_tables.py say, and every constraint has a name."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from storage import migrations
from storage.migrations import HEAD, MigrationRefused, revision, upgrade
from storage.migrations.running import configuration, migrating_engine
from storage.schema import metadata


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = migrating_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD


def test_an_empty_database_gets_all_tables_once(empty_database_url: str) -> None:
    assert revision(empty_database_url) is None
    assert upgrade(empty_database_url) is True
    assert revision(empty_database_url) == HEAD
    assert upgrade(empty_database_url) is False
    with connected(empty_database_url) as connection:
        found = {name for name in inspect(connection).get_table_names() if not name.startswith("document_words")}
        assert found == set(metadata.tables) | {"alembic_version"}


def test_alembic_finds_nothing_to_change(database_url: str) -> None:
    config = configuration()
    with connected(database_url) as connection:
        config.attributes["connection"] = connection
        command.check(config)  # raises where tables and revisions differ


def test_the_revisions_build_what_the_tables_say(database_url: str) -> None:
    """`alembic check` sees neither CHECK constraints nor conditions of indexes nor table options: the database's own words do."""
    with connected(database_url) as connection:
        built = described(connection)
        metadata.drop_all(connection)
        assert described(connection) == set()
        metadata.create_all(connection)
        said = described(connection)
    assert len(built) > 50
    assert built == said


def described(connection: Connection) -> set[str]:
    """Everything that a schema consists of, as the database itself tells it."""
    if connection.dialect.name == "sqlite":
        pieces: set[str] = set()
        for table, kind, sql in connection.execute(
            text("SELECT tbl_name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'")
        ):
            flat = re.sub(r"\s+", " ", sql)
            if kind == "index":
                pieces.add(flat)
            else:
                body, _, options = flat.partition("(")[2].rpartition(")")
                pieces |= {f"{table}: {piece.strip()}" for piece in re.split(r",(?![^(]*\))", body)} | {f"{table}{options}"}
        return pieces
    queries = [
        """SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(column_default, '')
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'""",
        """SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass""",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
    ]
    return {piece for query in queries for (piece,) in connection.execute(text(query))}


def test_every_constraint_has_a_name_in_the_database(database_url: str) -> None:
    seen = 0
    with connected(database_url) as connection:
        looking = inspect(connection)
        for table in metadata.tables:
            names = [looking.get_pk_constraint(table)["name"]]
            names += [key["name"] for key in looking.get_foreign_keys(table)]
            names += [unique["name"] for unique in looking.get_unique_constraints(table)]
            names += [check["name"] for check in looking.get_check_constraints(table)]
            names += [index["name"] for index in looking.get_indexes(table)]
            for name in names:
                seen += 1
                assert re.match(rf"(pk|fk|uq|ck|ix)_{table}(_|$)", name or ""), f"{table}: a constraint is called {name}"
    assert seen > 50


def test_every_foreign_key_has_an_index(database_url: str) -> None:
    """Without one, deleting a contact or a conversation would read whole tables."""
    seen = 0
    with connected(database_url) as connection:
        looking = inspect(connection)
        for table in metadata.tables:
            firsts = {index["column_names"][0] for index in looking.get_indexes(table)}
            firsts |= {looking.get_pk_constraint(table)["constrained_columns"][0]}
            for key in looking.get_foreign_keys(table):
                if key["referred_table"] in {"flow", "flow_version", "staff", "unit"}:  # from there nothing is ever deleted
                    continue
                seen += 1
                assert key["constrained_columns"][0] in firsts, f"{table}: {key}"
    assert seen > 5


def test_a_newer_database_is_refused(database_url: str) -> None:
    with connected(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MigrationRefused) as refused:
        upgrade(database_url)
    assert (refused.value.key, refused.value.places["found"]) == ("migrations.newer", "9999")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "minga.db").write_text("this was never a database\n" * 100)
    with pytest.raises(MigrationRefused, match=r"migrations.unreachable.*not a database"):
        upgrade(f"sqlite:///{tmp_path / 'minga.db'}")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match=r"migrations\.unreachable"):
        upgrade(f"sqlite:///{tmp_path / 'nowhere' / 'minga.db'}")


def test_a_server_that_is_not_there_is_refused_without_telling_the_password(tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match=r"migrations\.unreachable") as refused:
        upgrade(f"postgresql://minga:geheim@/minga?host={tmp_path}")
    assert "geheim" not in str(refused.value)
    assert str(tmp_path) in str(refused.value.places["database"])


def test_a_failed_upgrade_leaves_nothing_behind(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last table does not come")

    from alembic import op

    create = op.create_table

    def until_media(name: str, *rest: object, **options: object) -> object:
        if name == "media":
            fail()
        return create(name, *rest, **options)  # type: ignore[arg-type]  # because it only passes on what the revision gave

    monkeypatch.setattr(op, "create_table", until_media)
    with pytest.raises(RuntimeError, match="does not come"):
        upgrade(empty_database_url)
    monkeypatch.undo()
    with connected(empty_database_url) as connection:
        assert inspect(connection).get_table_names() == []
    assert upgrade(empty_database_url) is True


def test_processes_that_start_together_upgrade_once(empty_database_url: str) -> None:
    done: list[object] = []

    def start() -> None:
        try:
            done.append(upgrade(empty_database_url))
        except Exception as error:  # noqa: BLE001 because a thread's error must reach the assertion
            done.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(outcome, bool) for outcome in done), done
    assert revision(empty_database_url) == HEAD


def test_a_ready_database_is_recognised_without_alembic(database_url: str) -> None:
    script = f"import sys; from storage.migrations import upgrade; upgrade({database_url!r}); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_down_and_up_again(database_url: str) -> None:
    config = configuration()
    with connected(database_url) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(config, "head")
    assert upgrade(database_url) is False


@pytest.mark.parametrize(
    ("url", "driver", "plain"),
    [
        ("postgresql://a:b@h/d", "postgresql+psycopg://a:b@h/d", "postgresql://a:b@h/d"),
        ("postgres://a:b@h/d", "postgresql+psycopg://a:b@h/d", "postgresql://a:b@h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d", "postgresql://h/d"),
        ("sqlite:///data/minga.db", "sqlite:///data/minga.db", "sqlite:///data/minga.db"),
    ],
)
def test_urls(url: str, driver: str, plain: str) -> None:
    assert (migrations.driver_url(url), migrations.plain_url(url)) == (driver, plain)


def test_an_in_memory_database_has_no_file() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValueError, match="in-memory"):
            migrations.sqlite_path(url)


def test_the_fast_path_leaves_the_file_free(sqlite_url: str) -> None:
    upgrade(sqlite_url)
    with closing(sqlite3.connect(migrations.sqlite_path(sqlite_url), timeout=0)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
