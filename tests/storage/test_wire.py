"""PostgreSQL by way of libpq: values come back as they went, and after any error the connection is as good as new."""

import psycopg
import pytest

from storage.postgresql import connect

VALUES = [
    (0, "int8"), (-(1 << 62), "int8"), ((1 << 63) - 1, "int8"), ("", "text"), ("ñandú 'x' \\ % ? $1 {} \"", "text"),
    (b"", "bytea"), (bytes(range(256)), "bytea"), (True, "bool"), (False, "bool"), (None, "text"), (None, "bytea"), (7, "int4"),
    (0.1, "float8"), (-1e300, "float8"),
]  # fmt: skip


@pytest.fixture
def wire(postgres_url):
    wire = connect(postgres_url)
    yield wire
    wire.close()


@pytest.mark.parametrize(("value", "kind"), VALUES)
def test_a_value_comes_back_as_it_went(wire, value, kind):
    for _ in range(2):  # prepared, then known
        ((back,),) = wire.run([(f"SELECT $1::{kind}", (value,))]).rows()
        assert back == value
        assert type(back) is type(value)


def test_lists_are_arrays(wire):
    texts, keys = ["a,b", 'c"d', "e\\f", ""], [b"\x00\xff", b'"\\', b"", b"x"]
    sql = "SELECT * FROM unnest($1::text[], $2::bytea[])"
    assert wire.run([(sql, (texts, keys))]).rows() == list(zip(texts, keys, strict=True))


def test_a_nul_is_left_out_since_the_server_knows_none(wire):
    assert wire.run([("SELECT $1::text", ("a\0b",))]).rows() == [("ab",)]


def test_many_statements_are_one_journey_and_longer_ones_several(wire):
    wire.run([("CREATE TEMP TABLE t (n int8)", ())])
    wire.run([("INSERT INTO t VALUES ($1)", (n,)) for n in range(1_201)])
    assert wire.run([("SELECT count(*), sum(n) FROM t", ())]).rows() == [(1_201, 1_200 * 1_201 // 2)]
    assert wire.run([("UPDATE t SET n = n WHERE n < $1", (5,))]).touched() == 5


@pytest.mark.parametrize(
    "batch",
    [
        [("SELECT 1/$1::int8", (0,))],
        [("this is no SQL", ())],
        [("SELECT $1::int8", ("no number",))],
        [("SELECT 1", ()), ("SELECT 1/$1::int8", (0,)), ("SELECT 2", ()), ("SELECT $1::text || 'never seen before'", ("x",))],
    ],
)
def test_after_an_error_it_goes_on(wire, batch):
    wire.run([("BEGIN", ())])
    with pytest.raises(psycopg.Error):
        wire.run(batch)
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        wire.run([("SELECT 1", ())])
    wire.run([("ROLLBACK", ())])
    assert wire.run([("SELECT $1::text || 'never seen before'", ("x",))]).rows() == [("xnever seen before",)]
    assert not wire.lost


def test_an_error_has_the_servers_kind_but_not_what_the_row_held(wire):
    wire.run([("CREATE TEMP TABLE t (name text UNIQUE)", ()), ("INSERT INTO t VALUES ($1)", ("maría",))])
    with pytest.raises(psycopg.errors.UniqueViolation) as caught:
        wire.run([("INSERT INTO t VALUES ($1)", ("maría",))])
    assert "maría" not in str(caught.value)
    assert "t_name_key" in str(caught.value)


def test_a_value_of_no_known_type_leaves_nothing_behind(wire):
    wire.run([("CREATE TEMP TABLE t (n int8)", ())])
    with pytest.raises(KeyError):
        wire.run([("INSERT INTO t VALUES ($1)", (1,)), ("INSERT INTO t VALUES ($1)", (1.5j,))])
    assert wire.run([("SELECT count(*) FROM t", ())]).rows() == [(0,)]


def test_a_server_that_goes_is_an_operational_error(wire, postgres_url):
    with psycopg.connect(postgres_url, autocommit=True) as other:
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        other.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")
    with pytest.raises(psycopg.OperationalError):
        wire.run([("SELECT 1", ())])
    assert wire.lost
