"""PostgreSQL's extended protocol, spoken by way of libpq: prepared statements, many in one journey, few microseconds each.

psycopg's cursors cost more than the server does for a statement as small as ours, so this uses psycopg only as far as its libpq
(`psycopg.pq`). Values are int, str, bytes, bool, None, and lists of str or bytes; results are of the same types.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import pq

from storage.statements import Row

Request = tuple[str, Sequence[object]]
"""A statement with `$1` places, and its values."""

_Known = tuple[str, tuple[int, ...]]
_Encoded = tuple[_Known, list[bytes | None], list[int]]

_AT_ONCE = 500
"""Statements in one journey: what they answer fits into the server's socket, so neither side waits for the other to read."""

_INT8, _FLOAT8, _BYTEA, _BOOL, _INFERRED = 20, 701, 17, 16, 0
_TEXT_FORM, _BINARY_FORM = 0, 1


def _int(value: int) -> bytes:
    return b"%d" % value


def _float(value: float) -> bytes:
    return repr(value).encode()  # which Python and PostgreSQL both read back as the same number


def _str(value: str) -> bytes:
    # PostgreSQL has no NUL in texts, and libpq would cut the text at it
    return value.replace("\0", "").encode()


def _bool(value: bool) -> bytes:
    return b"t" if value else b"f"


def _same(value: bytes) -> bytes:
    return value


def _list(values: list[Any]) -> bytes:
    parts = []
    for value in values:
        text = "\\x" + value.hex() if isinstance(value, bytes) else str(value)
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(f'"{escaped}"')
    return ("{" + ",".join(parts) + "}").encode()


# Whole numbers are int8 whatever their size, so that one prepared statement serves them all; the server infers texts.
_WRITERS: dict[type, tuple[int, int, Callable[[Any], bytes]]] = {
    int: (_INT8, _TEXT_FORM, _int),
    float: (_FLOAT8, _TEXT_FORM, _float),
    str: (_INFERRED, _TEXT_FORM, _str),
    bytes: (_BYTEA, _BINARY_FORM, _same),
    bool: (_BOOL, _TEXT_FORM, _bool),
    list: (_INFERRED, _TEXT_FORM, _list),
}


def _bytea(value: bytes) -> bytes:
    return bytes.fromhex(value[2:].decode())


def _truth(value: bytes) -> bool:
    return value == b"t"


_READERS: dict[int, Callable[[bytes], Any]] = {20: int, 21: int, 23: int, 26: int, 1700: int, 701: float, 17: _bytea, 16: _truth}
"""By the oid of the column's type: whole numbers, others, bytes, truth. Everything else is text."""

_OK = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


class Answer:
    """What the server answered to one statement."""

    __slots__ = ("_result",)

    def __init__(self, result: pq.abc.PGresult) -> None:
        self._result = result

    def rows(self) -> list[Row]:
        """Returns all rows."""
        result = self._result
        readers = [_READERS.get(result.ftype(column), bytes.decode) for column in range(result.nfields)]
        rows = []
        for row in range(result.ntuples):
            values = [result.get_value(row, column) for column in range(len(readers))]
            rows.append(tuple([None if value is None else read(value) for value, read in zip(values, readers, strict=True)]))
        return rows

    def touched(self) -> int:
        """Returns how many rows the statement touched."""
        return self._result.command_tuples or 0


class Wire:
    """One connection. Its errors are psycopg's, by the server's code, with the server's words but without the rows' values."""

    def __init__(self, conninfo: str) -> None:
        """Raises psycopg.OperationalError where there is nobody."""
        # psycopg opens it (names, passwords, time limits are its business), we keep its libpq connection
        self._opened = psycopg.connect(conninfo, autocommit=True)
        self._libpq = self._opened.pgconn
        self._libpq.nonblocking = 1
        self._names: dict[_Known, bytes] = {}
        self._made = 0
        self._poll = select.poll()
        self._poll.register(self._libpq.socket, select.POLLIN)

    @property
    def lost(self) -> bool:
        """Tells whether the connection is gone."""
        return self._libpq.status != pq.ConnStatus.OK

    def close(self) -> None:
        """Ends the connection."""
        self._opened.close()

    def run(self, requests: Sequence[Request]) -> Answer:
        """Runs these statements in order and returns the last one's answer. Raises psycopg.Error for the first that fails.

        After an error the transaction is lost: what stood behind was not done.
        """
        return self.run_all(requests)[-1]

    def run_all(self, requests: Sequence[Request]) -> list[Answer]:
        """Does what `run` does and returns every statement's answer."""
        answers: list[Answer] = []
        for start in range(0, len(requests), _AT_ONCE):
            answers += self._journey(requests[start : start + _AT_ONCE])
        return answers

    def _journey(self, requests: Sequence[Request]) -> list[Answer]:
        libpq = self._libpq
        # all of it is encoded before anything is sent: a value of no known type must not leave half a journey behind
        encoded = [_encode(text, values) for text, values in requests]
        fresh: list[_Known] = []
        error: psycopg.Error | None = None
        answers: list[Answer] = []
        libpq.enter_pipeline_mode()
        try:
            prepared = [self._post(request, fresh) for request in encoded]
            libpq.pipeline_sync()
            self._flush()
            for of_query in [of_query for first in prepared for of_query in ((False, True) if first else (True,))]:
                result = self._result()
                if result.status in _OK:
                    if of_query:
                        answers.append(Answer(result))
                elif error is None and result.status != pq.ExecStatus.PIPELINE_ABORTED:
                    error = _error(result)
                while self._maybe_result() is not None:
                    continue
            self._maybe_result()  # the end of the journey
        finally:
            if not self.lost:
                libpq.exit_pipeline_mode()
        if error is not None:
            for name in fresh:  # prepared or not, nobody knows
                self._names.pop(name, None)
            raise error
        return answers

    def _post(self, request: _Encoded, fresh: list[_Known]) -> bool:
        """Hands a statement to libpq; returns whether it is prepared first, which brings an answer of its own."""
        known, values, forms = request
        name = self._names.get(known)
        new = name is None
        if name is None:
            self._made += 1
            name = self._names[known] = b"s%d" % self._made
            fresh.append(known)
            self._libpq.send_prepare(name, known[0].encode(), known[1])
        self._libpq.send_query_prepared(name, values, forms, _TEXT_FORM)
        return new

    def _flush(self) -> None:
        while self._libpq.flush():
            self._poll.modify(self._libpq.socket, select.POLLIN | select.POLLOUT)
            self._poll.poll()
            self._libpq.consume_input()
            self._poll.modify(self._libpq.socket, select.POLLIN)

    def _result(self) -> pq.abc.PGresult:
        result = self._maybe_result()
        if result is None:
            raise psycopg.OperationalError("the server said nothing")
        return result

    def _maybe_result(self) -> pq.abc.PGresult | None:
        libpq = self._libpq
        while libpq.is_busy():
            self._poll.poll()
            libpq.consume_input()
        return libpq.get_result()


def _encode(text: str, values: Sequence[object]) -> _Encoded:
    """Raises KeyError for a value of a type that is not spoken here."""
    oids: list[int] = []
    written: list[bytes | None] = []
    forms: list[int] = []
    for value in values:
        if value is None:
            oids.append(_INFERRED)
            written.append(None)
            forms.append(_TEXT_FORM)
        else:
            oid, form, write = _WRITERS[type(value)]
            oids.append(oid)
            written.append(write(value))
            forms.append(form)
    return (text, tuple(oids)), written, forms


def _error(result: pq.abc.PGresult) -> psycopg.Error:
    code = result.error_field(pq.DiagnosticField.SQLSTATE)
    text = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY)
    try:
        kind: type[psycopg.Error] = psycopg.errors.lookup((code or b"").decode())
    except KeyError:
        # without a code it is libpq itself that speaks: the connection is gone
        kind = psycopg.OperationalError if code is None else psycopg.DatabaseError
    return kind((text or result.error_message or b"").decode(errors="replace"))
