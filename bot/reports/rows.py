"""What reports read: one row for each conversation with its journal, as storage streams them.

Times are whole milliseconds since the epoch, as the database keeps them: who writes them out puts them into the municipality's
zone. Nothing here tells who the person is, and nothing may be added that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.vocabulary import Empty, Instance, Value


@dataclass(frozen=True, slots=True)
class Condition:
    """The last word on a step, in any pass of its repeats, is one of `values`, lies in `span`, or is empty for one of `empties`.

    `values` are compared with text, number or truth as they are stored, and with each choice of a list; `span` includes its ends,
    None is no end.
    """

    step: str
    values: tuple[str, ...] = ()
    span: tuple[float | None, float | None] | None = None
    empties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """All that must hold at once. `since` and `until` are milliseconds since the epoch, of the conversation's beginning.

    `since` is included, `until` is not. Empty `channels` and `languages` mean all of them.
    """

    conditions: tuple[Condition, ...] = ()
    since: int | None = None
    until: int | None = None
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


EVERYTHING = Filter()

Status = Literal["open", "completed", "replaced", "partial", "refused", "stopped"]
"""How a conversation stands. "replaced": it was completed, as was another one of the same person, which counts in its place."""

Key = tuple[str, Instance]
"""An answer's place: step and instance."""

SHORT = 12
"""Hex digits of a version that are shown: enough to tell versions apart, few enough to read."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = 15 * 60 * 1_000
_SIXTY = tuple(f"{number:02}" for number in range(60))


class AnswerRow(NamedTuple):
    """A row of the journal. `at` is its instance; `empty` says why `value` is None; `answered_at` is in milliseconds.

    What the person typed (`raw`) is not among it: the value says what it means, and the rest may name somebody.
    """

    step: str
    at: Instance
    type: str
    value: Value
    empty: Empty | None
    reason: str
    comment: str
    answered_at: int


def _says(row: AnswerRow) -> bool:
    return row.empty != "not_asked" and (row.empty is not None or row.value not in ("", None))


class ResultRow(NamedTuple):
    """A conversation and its journal, by sequence.

    `receipt` is empty where none was given. `status` is "completed" also while a completed one is being corrected.
    `conversation` finds it again in the database; it leaves the house in no export.
    """

    conversation: int
    receipt: str
    status: Status
    test: bool
    language: str
    channel: str
    version: str
    started_at: int
    ended_at: int | None
    journal: Sequence[AnswerRow]

    def latest(self) -> dict[Key, AnswerRow]:
        """Returns the last word on each step and instance, in the order of the first.

        What a correction made irrelevant was, in the end, not asked; a calculation that came to nothing says nothing.
        """
        held: dict[Key, AnswerRow] = {}
        whole = True
        for row in self.journal:
            held[row[:2]] = row
            if row[4] or not row[3]:  # by their places, which is faster than by name: empty, or a value that may be none
                whole = False
        return held if whole else {key: row for key, row in held.items() if _says(row)}


class Seen(NamedTuple):
    """Something that the journal holds at least once: a step as this type in this instance, `commented` if with a comment."""

    step: str
    type: str
    at: Instance
    commented: bool


class Group(NamedTuple):
    """How many conversations are alike in these four."""

    status: Status
    test: bool
    channel: str
    language: str
    total: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which conversations count: completed ones of residents, and more where asked for.

    `partial`: also those that were not completed (open, partial, stopped, refused) or are replaced. `test`: also those of test
    contacts. `only` narrows either further; what it passes over is not looked at, and so is not told as left out.
    """

    partial: bool = False
    test: bool = False
    only: Filter = EVERYTHING

    def takes(self, status: Status, *, test: bool) -> bool:
        """Tells whether a conversation counts."""
        return (self.partial or status == "completed") and (self.test or not test)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many conversations a selection took and left out. A test that was not completed is told as a test."""

    taken: int
    test: int
    by_status: Mapping[Status, int]

    @property
    def unfinished(self) -> int:
        """Returns how many were left out because they were not completed, or are replaced."""
        return sum(self.by_status.values())


def left_out(groups: Iterable[Group], selection: Selection) -> LeftOut:
    """Returns what that selection takes and leaves out."""
    taken = test = 0
    by_status: dict[Status, int] = {}
    for group in groups:
        if selection.takes(group.status, test=group.test):
            taken += group.total
        elif group.test and not selection.test:
            test += group.total
        else:
            by_status[group.status] = by_status.get(group.status, 0) + group.total
    return LeftOut(taken, test, by_status)


def local(at: int | None, zone: tzinfo) -> str | None:
    """Returns a time as ISO 8601 in that zone, to the second; None for none."""
    if at is None:
        return None
    quarter, milliseconds = divmod(at, _QUARTER)
    told = _quarter(quarter, zone)
    if told is None:
        return _moment(at, zone).isoformat(timespec="seconds")
    head, second, tail = told
    minute, second = divmod(second + milliseconds // 1_000, 60)
    return f"{head}{_SIXTY[minute]}:{_SIXTY[second]}{tail}"


def _moment(at: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone)


@lru_cache(maxsize=4_096)
def _quarter(quarter: int, zone: tzinfo) -> tuple[str, int, str] | None:
    """Returns of a quarter of an hour what its times have in common: up to the hour, the second of the hour, behind the second.

    None where they have not: the zone's clock changes within it, or does not differ from UTC by quarters.
    """
    first, last = (_moment(at, zone) for at in (quarter * _QUARTER, (quarter + 1) * _QUARTER - 1))
    offset = first.utcoffset()
    if offset is None or offset != last.utcoffset() or offset % timedelta(minutes=15):
        return None
    told = first.isoformat(timespec="seconds")
    return told[:14], first.minute * 60, told[19:]
