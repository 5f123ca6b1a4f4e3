"""What of a flow's results is public: prepared, released, counted anew, withdrawn; and what is said where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from storage.reading import Snapshot
from storage.statements import Statement, Transaction


class Release(NamedTuple):
    """A row of `release`, as `storage/release_tables.py` describes it, without its content."""

    id: int
    flow: str
    shown: tuple[str, ...]
    counted: int
    until: int | None
    root: str
    final: bool
    counted_at: int
    looked_at: int
    package: str | None
    prepared_by: int
    prepared_at: int
    released_by: int | None
    released_at: int | None
    withdrawn_by: int | None
    withdrawn_at: int | None
    why: str

    @property
    def is_public(self) -> bool:
        """Tells whether anybody may see it."""
        return self.released_at is not None and self.withdrawn_at is None


class Count(NamedTuple):
    """What was counted: `content` is the JSON of the reports. The others are the columns of those names."""

    content: str
    counted: int
    until: int | None
    root: str
    final: bool


class Notice(NamedTuple):
    """What the public is told of results that are not released. `expected` is a day (ISO) or empty, as `why` may be."""

    why: str
    expected: str


_COLUMNS = (
    "id, flow, shown, counted, until, root, final, counted_at, looked_at, package, prepared_by, prepared_at, released_by, "
    "released_at, withdrawn_by, withdrawn_at, why"
)
_ONE = Statement(f"SELECT {_COLUMNS} FROM release WHERE id = ?")  # noqa: S608 because the columns are our own
_CONTENT = Statement("SELECT content FROM release WHERE id = ?")
_LATEST = Statement(
    f"SELECT {_COLUMNS} FROM release WHERE flow = ? AND released_at IS NOT NULL ORDER BY released_at DESC, id DESC LIMIT 1"  # noqa: S608 because the columns are our own
)
_ALL_LATEST = Statement(
    f"""SELECT {_COLUMNS} FROM release r WHERE released_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM release o WHERE o.flow = r.flow AND o.released_at IS NOT NULL
        AND (o.released_at > r.released_at OR (o.released_at = r.released_at AND o.id > r.id))
    )"""  # noqa: S608 because the columns are our own
)
# the open data of what is public no longer: the file goes when nothing refers to it
_DROP_PACKAGES = Statement("""
    DELETE FROM media WHERE reference IN (SELECT package FROM release WHERE flow = ? AND id <> ? AND package IS NOT NULL)
""")
_NO_PACKAGES = Statement("UPDATE release SET package = NULL WHERE flow = ? AND id <> ? AND package IS NOT NULL")
_DROP_DRAFT_PACKAGES = Statement("""
    DELETE FROM media WHERE reference IN (
        SELECT package FROM release WHERE flow = ? AND released_at IS NULL AND package IS NOT NULL
    )
""")
_DROP_DRAFTS = Statement("DELETE FROM release WHERE flow = ? AND released_at IS NULL")
_DRAFT = Statement("""
    INSERT INTO release (id, flow, shown, content, counted, until, root, final, counted_at, looked_at, package, prepared_by,
        prepared_at, why)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')
""")
_REPLACED = Statement("""
    UPDATE release SET withdrawn_at = ?, withdrawn_by = ?, content = NULL
    WHERE flow = ? AND released_at IS NOT NULL AND withdrawn_at IS NULL
""")
_RELEASE = Statement("UPDATE release SET released_at = ?, released_by = ? WHERE id = ? AND released_at IS NULL")
_WITHDRAW = Statement("""
    UPDATE release SET withdrawn_at = ?, withdrawn_by = ?, why = ?, content = NULL
    WHERE id = ? AND released_at IS NOT NULL AND withdrawn_at IS NULL
""")
_CLAIM = Statement("UPDATE release SET looked_at = ? WHERE id = ? AND looked_at = ? AND withdrawn_at IS NULL")
_RECOUNT = Statement("""
    UPDATE release SET content = ?, counted = ?, until = ?, root = ?, final = ?, counted_at = ?
    WHERE id = ? AND released_at IS NOT NULL AND withdrawn_at IS NULL
""")
_END = Statement("UPDATE release SET final = ? WHERE id = ?")
_NOTICE = Statement("SELECT why, expected FROM release_notice WHERE flow = ?")
_NOTICES = Statement("SELECT flow, why, expected FROM release_notice")
_SAY = Statement("""
    INSERT INTO release_notice (flow, why, expected, staff_id, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (flow) DO UPDATE SET
        why = excluded.why, expected = excluded.expected, staff_id = excluded.staff_id, at = excluded.at
""")
_UNSAY = Statement("DELETE FROM release_notice WHERE flow = ?")
# the newest ones that are counted: beyond them the public page of a flow that is open does not look
_NEWEST = Statement("""
    SELECT started_at FROM conversation
    WHERE flow = ? AND NOT test AND receipt IS NOT NULL AND status IN ('open', 'completed')
    ORDER BY started_at DESC LIMIT 1 OFFSET ?
""")
# only what is still there to be quoted: whoever was erased is quoted no more
_QUOTES = Statement("SELECT text FROM quote WHERE flow = ? AND released_at IS NOT NULL ORDER BY id")


def _read(row: Sequence[object]) -> Release:
    values = list(row)
    values[2] = tuple(orjson.loads(str(values[2])))
    values[6] = bool(values[6])
    return Release._make(values)


def one(tx: Transaction, identifier: int) -> Release | None:
    """Returns that release or draft."""
    row = tx.one(_ONE, (identifier,))
    return None if row is None else _read(row)


def content(tx: Transaction, identifier: int) -> str | None:
    """Returns the JSON of the reports as they were counted; None for what is public no longer."""
    row = tx.one(_CONTENT, (identifier,))
    return None if row is None else row[0]


def latest(tx: Transaction, flow: str) -> Release | None:
    """Returns the last release of the flow, be it public or withdrawn; None if there never was one."""
    row = tx.one(_LATEST, (flow,))
    return None if row is None else _read(row)


def all_latest(tx: Transaction) -> dict[str, Release]:
    """Returns the last release of every flow that ever had one."""
    return {found.flow: found for found in map(_read, tx.all(_ALL_LATEST))}


def released(connection: Connection, flow: str) -> Release | None:
    """Returns what is public of that flow now, None for nothing."""
    found = latest(Snapshot(connection), flow)
    return found if found is not None and found.is_public else None


def prepare(
    tx: Transaction, identifier: int, flow: str, shown: Sequence[str], count: Count, package: str | None, *, by: int, now: int
) -> None:
    """Keeps a draft in the place of all others of the flow: nobody but staff sees it."""
    tx.run(_DROP_DRAFT_PACKAGES, (flow,))
    tx.run(_DROP_DRAFTS, (flow,))
    told = orjson.dumps(list(shown)).decode()
    tx.run(_DRAFT, (identifier, flow, told, *count, now, now, package, by, now))


def release(tx: Transaction, draft: Release, *, by: int, now: int) -> bool:
    """Makes the draft public, in the place of what was. False if it is there no longer, or public already."""
    present = one(tx, draft.id)
    if present is None or present.released_at is not None:
        return False  # pressed twice: what is public already must not be replaced by itself
    tx.run(_REPLACED, (now, by, draft.flow))
    if tx.run(_RELEASE, (now, by, draft.id)) == 0:
        return False
    tx.run(_UNSAY, (draft.flow,))
    _drop_packages(tx, draft.flow, but=draft.id)
    return True


def withdraw(tx: Transaction, identifier: int, why: str, *, by: int, now: int) -> bool:
    """Takes a release back; its figures and open data are kept no longer. False if it is not public."""
    found = one(tx, identifier)
    if found is None or tx.run(_WITHDRAW, (now, by, why, identifier)) == 0:
        return False
    _drop_packages(tx, found.flow)
    return True


def _drop_packages(tx: Transaction, flow: str, *, but: int = 0) -> None:
    """Lets go of the open data of all releases of that flow but one (0: of all)."""
    for statement in (_DROP_PACKAGES, _NO_PACKAGES):
        tx.run(statement, (flow, but))


def claim(tx: Transaction, found: Release, now: int) -> bool:
    """Notes that somebody looks now whether it is to be counted anew. False if another process does already."""
    return tx.run(_CLAIM, (now, found.id, found.looked_at)) == 1


def recount(tx: Transaction, identifier: int, count: Count, now: int) -> None:
    """Keeps what was counted anew, if it is still public."""
    tx.run(_RECOUNT, (count.content, count.counted, count.until, count.root, count.final, now, identifier))


def end(tx: Transaction, identifier: int) -> None:
    """Says that it is counted no more."""
    tx.run(_END, (True, identifier))


def notice(tx: Transaction, flow: str) -> Notice | None:
    """Returns what is said of results that are not released."""
    row = tx.one(_NOTICE, (flow,))
    return None if row is None else Notice._make(row)


def notices(tx: Transaction) -> dict[str, Notice]:
    """Returns the same of all flows."""
    return {str(flow): Notice(str(why), str(expected)) for flow, why, expected in tx.all(_NOTICES)}


def say(tx: Transaction, flow: str, said: Notice, *, by: int, now: int) -> None:
    """Keeps what is said of results that are not released; nothing at all takes it away."""
    if said == Notice("", ""):
        tx.run(_UNSAY, (flow,))
    else:
        tx.run(_SAY, (flow, said.why, said.expected, by, now))


def newest(tx: Transaction, flow: str, place: int) -> int | None:
    """Returns when the conversation began that is at that place among those completed, 0 for the newest; None beyond the last."""
    row = tx.one(_NEWEST, (flow, place))
    return None if row is None else int(row[0])


def quotes(tx: Transaction, flow: str) -> tuple[str, ...]:
    """Returns the quotes of that flow that may be shown now."""
    return tuple(str(text) for (text,) in tx.all(_QUOTES, (flow,)))
