"""Small cells of published tables: joined, or hidden together with so many others that nobody can work them out.

A table is published with its totals, so a hidden cell is what the totals leave over. What an attacker can learn of it is the
least and the most that it may be; both are found exactly, as flows through the table of hidden cells.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise

K = 5
"""Fewer people than this are a small cell."""

Table = list[list[int | None]]
"""None is hidden."""


def merged(counts: Mapping[str, int], k: int = K) -> dict[str, tuple[str, ...]]:
    """Returns which codes are told together, by the name that they get: a code of `k` and more people stands alone.

    Small ones go together under "", with the next larger ones while they are fewer than `k`. Codes of nobody stand alone: that
    nobody chose it tells of nobody.
    """
    small = [code for code, count in counts.items() if 0 < count < k]
    if small:
        rest = sorted((code for code, count in counts.items() if count >= k), key=lambda code: counts[code])
        while sum(counts[code] for code in small) < k and rest:
            small.append(rest.pop(0))
    found: dict[str, tuple[str, ...]] = {code: (code,) for code in counts if code not in small}
    return found | {"": tuple(small)} if small else found


def hide_line(counts: Sequence[int], k: int = K) -> list[int | None] | None:
    """Returns counts that are published with their sum, small ones hidden with others; None where even that would tell."""
    hidden = {place for place, count in enumerate(counts) if 0 < count < k}
    if hidden:
        rest = sorted((place for place, count in enumerate(counts) if count >= k), key=lambda place: counts[place])
        while rest and (len(hidden) < 2 or sum(counts[place] for place in hidden) < k):
            hidden.add(rest.pop(0))
        if len(hidden) < 2 or sum(counts[place] for place in hidden) < k:
            return None
    return [None if place in hidden else count for place, count in enumerate(counts)]


def hide_table(counts: Sequence[Sequence[int]], k: int = K) -> Table | None:
    """Returns a table that is published with the totals of its rows and columns, and hides what must be hidden.

    Each small cell may be anything over a span of at least k-1, each other hidden cell is uncertain too; None where hiding every
    cell would not do. It hides more until nothing can be worked out.
    """
    hidden = {(r, c) for r, row in enumerate(counts) for c, count in enumerate(row) if 0 < count < k}
    safe: set[tuple[int, int]] = set()
    while True:
        failing = None
        for cell in sorted(hidden - safe):
            if not _safe(counts, hidden, cell, k):
                failing = cell
                break
            # hiding more never tells more of it
            safe.add(cell)
        if failing is None:
            break
        further = _next(counts, hidden, failing)
        if further is None:
            return None
        hidden.add(further)
    return [[None if (r, c) in hidden else count for c, count in enumerate(row)] for r, row in enumerate(counts)]


def hide_several(counts: Sequence[Sequence[int]], bases: Sequence[int], k: int = K) -> Table | None:
    """Returns a table whose columns do not part the people of a row, who may be in several: the more so its columns stand alone.

    It is published with the total of each column and with how many people each row has (`bases`), and hides as `hide_table` does.
    """
    columns: list[list[int | None]] = []
    for column in zip(*counts, strict=True):
        hidden = {r for r, count in enumerate(column) if 0 < count < k}
        while any(not _free(column, bases, hidden, r, k) for r in hidden):
            shown = [r for r in range(len(column)) if r not in hidden]
            some = [r for r in shown if column[r]] or shown
            if not some:
                return None
            hidden.add(min(some, key=lambda r: (column[r], r)))
        columns.append([None if r in hidden else count for r, count in enumerate(column)])
    return [list(row) for row in zip(*columns, strict=True)]


def _free(column: Sequence[int], bases: Sequence[int], hidden: set[int], row: int, k: int) -> bool:
    """Tells whether that hidden cell may be so many things that nothing is learnt of it."""
    total = sum(column[r] for r in hidden)
    least = max(0, total - sum(bases[r] for r in hidden if r != row))
    return min(bases[row], total) - least >= (k - 1 if 0 < column[row] < k else 1)


def bounds(counts: Sequence[Sequence[int]], hidden: set[tuple[int, int]], cell: tuple[int, int]) -> tuple[int, int]:
    """Returns the least and the most that a hidden cell may be, for whoever knows the others and all totals."""
    row, column = cell
    value = counts[row][column]
    limit = sum(counts[row])
    up = _flow(counts, hidden - {cell}, ("column", column), ("row", row), limit)
    down = _flow(counts, hidden - {cell}, ("row", row), ("column", column), value)
    return value - min(value, down), value + up


def _safe(counts: Sequence[Sequence[int]], hidden: set[tuple[int, int]], cell: tuple[int, int], k: int) -> bool:
    least, most = bounds(counts, hidden, cell)
    small = 0 < counts[cell[0]][cell[1]] < k
    return most - least >= (k - 1 if small else 1)


def _next(counts: Sequence[Sequence[int]], hidden: set[tuple[int, int]], cell: tuple[int, int]) -> tuple[int, int] | None:
    """Returns the smallest cell still shown in that cell's row or column, else anywhere; one of nobody as the last resort."""
    shown = [(r, c) for r, row in enumerate(counts) for c in range(len(row)) if (r, c) not in hidden]
    near = [one for one in shown if one[0] == cell[0] or one[1] == cell[1]]
    for among in (near, shown):
        some = [one for one in among if counts[one[0]][one[1]]]
        if some or among:
            return min(some or among, key=lambda one: (counts[one[0]][one[1]], one))
    return None


_Node = tuple[str, int]


def _flow(counts: Sequence[Sequence[int]], hidden: set[tuple[int, int]], source: _Node, sink: _Node, limit: int) -> int:
    """Returns how much can be moved from source to sink, at most `limit`.

    Moving from a row to a column adds to their cell, which has no end; moving from a column to a row takes from it, at most all.
    """
    room: dict[_Node, dict[_Node, int]] = {}
    for r, c in hidden:
        room.setdefault(("row", r), {})[("column", c)] = limit
        room.setdefault(("column", c), {})[("row", r)] = counts[r][c]
    moved = 0
    while moved < limit:
        came: dict[_Node, _Node] = {source: source}
        waiting = deque([source])
        while waiting and sink not in came:
            node = waiting.popleft()
            for other, free in room.get(node, {}).items():
                if free > 0 and other not in came:
                    came[other] = node
                    waiting.append(other)
        if sink not in came:
            break
        path = [sink]
        while path[-1] != source:
            path.append(came[path[-1]])
        steps = [(b, a) for a, b in pairwise(path)]
        amount = min(limit - moved, *(room[a][b] for a, b in steps))
        for a, b in steps:
            room[a][b] -= amount
            back = room.setdefault(b, {})
            back[a] = back.get(a, 0) + amount
        moved += amount
    return moved
