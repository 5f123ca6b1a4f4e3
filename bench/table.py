"""A row of the one table that `make bench` prints, and how it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `goal` is what it should be, `met` whether it is (None where a person judges); `beside` explains it."""

    question: str
    figure: str
    goal: str = ""
    met: bool | None = None
    beside: str = ""


def show(rows: Sequence[Row]) -> str:
    """Returns the rows as a table of text."""
    cells = [("what", "measured", "goal", "", "beside")]
    cells += [
        (row.question, row.figure, row.goal, {True: "met", False: "NOT MET", None: ""}[row.met], row.beside) for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = ["  ".join([*(line[column].ljust(widths[column]) for column in range(4)), line[4]]).rstrip() for line in cells]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def spread(values: Sequence[float]) -> str:
    """Returns least and greatest of some runs, as a row tells them beside their median."""
    return f"{min(values):,.3g}–{max(values):,.3g} in {len(values)} runs"
