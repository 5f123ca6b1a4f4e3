"""What counts of the codings as columns of an export: behind the questions, one for each pass of a question that was coded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.reports.cells import Cell
from bot.reports.layout import Layout
from bot.reports.rows import Key, ResultRow
from bot.reports.themes.codebook import NONE
from bot.reports.themes.coded import Labels, codeable
from bot.reports.themes.coding import Mark, verdict
from bot.reports.wide import Latest
from bot.vocabulary import Instance

THEMES = "themes"
"""What the column of a question's themes is called behind its own name."""


@dataclass(frozen=True, slots=True)
class Theming:
    """The columns of the themes and what fills them.

    `names` are the columns by step, type and pass of the question that each is of; `marks` what was said of a conversation's
    answers, asked for in their order; `labels` those of every theme, in the order of the book.
    """

    names: Mapping[tuple[str, str, Instance], str]
    marks: Callable[[ResultRow], Sequence[Mark]]
    labels: Mapping[str, Labels]

    def only(self, steps: Collection[str]) -> Theming:
        """Returns the columns of these steps alone, outside repeats."""
        return replace(self, names={key: name for key, name in self.names.items() if key[0] in steps and key[2] == ()})

    def meaning(self, language: str) -> str:
        """Returns what the codes stand for, on one line."""
        return "; ".join(
            f"{code}: {label.get(language) or next(iter(label.values()), code)}" for code, label in self.labels.items()
        )

    def told(self, result: ResultRow, latest: Latest) -> dict[str, tuple[str, ...] | None]:
        """Returns the themes that count by column: () for no theme; None where nobody coded, or two differ in all."""
        by_answer: dict[Key, list[Mark]] = {}
        for mark in self.marks(result):
            by_answer.setdefault((mark.step, mark.at), []).append(mark)
        found: dict[str, tuple[str, ...] | None] = dict.fromkeys(self.names.values())
        for (step, kind, at), name in self.names.items() if by_answer else ():
            answer = latest.get((step, at))
            if answer is None or answer.type != kind or answer.empty is not None:
                continue
            counted = verdict(by_answer.get((step, at), ()))
            if counted is not None and (counted.themes or counted.standing != "open"):
                known = [code for code in self.labels if code in counted.themes]
                found[name] = (*known, *sorted(counted.themes.difference(known)))
        return found

    def cells(self, result: ResultRow, latest: Latest) -> list[Cell]:
        """Returns the same as cells: codes parted by "|", "none" for no theme."""
        return [None if codes is None else "|".join(codes) or NONE for codes in self.told(result, latest).values()]


def themed_by(
    layout: Layout, steps: Collection[str], marks: Callable[[ResultRow], Sequence[Mark]], labels: Mapping[str, Labels]
) -> Theming:
    """Returns the columns for these steps, which were coded; their names are no question's."""
    taken = set(layout.columns())
    names: dict[tuple[str, str, Instance], str] = {}
    for question in codeable(layout):
        for at in question.instances if question.step in steps else ():
            name = f"{question.name(at)}_{THEMES}"
            names[question.step, question.type, at] = name if name not in taken else f"{name}__coded"
    return Theming(names, marks, labels)
