"""The wide table as columns of one type each, for statistics programs: choices are numbers with labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from bot.reports.cells import REFUSED, SKIPPED, Cell
from bot.reports.export import WEIGHT, Weighing
from bot.reports.layout import COMMENT, META, OTHER, PLACE, Layout, Question
from bot.reports.rows import ResultRow
from bot.reports.wide import Latest, Multi, Style, Wide, labels_of

SKIP, REFUSE = -9998, -9997
"""Stand in columns of numbers where a question was skipped, or the person preferred not to say; nothing: it was not asked."""

NAME = 32
"""The longest name that Stata takes; SPSS takes more."""

Kind = Literal["number", "code", "text"]

Exact = Literal["", "whole", "date", "time", "datetime", "moment"]
"""What a column holds where a format has a type for it; "moment" is a time of the world, the others are as the person told it."""

_MOMENTS: Mapping[str, Exact] = {"date": "date", "time": "time", "datetime": "datetime"}
_METAS: Mapping[str, Exact] = {"row": "whole", "test": "whole", "started_at": "moment", "ended_at": "moment"}

_NUMBERS = frozenset({"integer", "decimal", "range", "acknowledge"})
_EMPTIES: Mapping[Cell, int] = {SKIPPED: SKIP, REFUSED: REFUSE}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the wide table, what it holds, what it means, and the choices that its codes stand for, from 1."""

    name: str
    kind: Kind
    label: str
    codes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    asked: bool = False
    exact: Exact = ""

    def value(self, cell: Cell) -> Cell:
        """Returns a cell of the wide table as this column holds it."""
        if self.kind == "text":
            return cell if cell is None or isinstance(cell, str) else f"{cell}"
        if cell in _EMPTIES:
            return _EMPTIES[cell]
        if self.kind == "number":
            return None if isinstance(cell, str) else cell
        return self.codes.index(cell) + 1 if isinstance(cell, str) and cell in self.codes else None


class Typed:
    """Makes rows of a layout; texts are in `language` where the flow has it. `zone` is the municipality's.

    With `weighing`, the last column holds the weights. `other` is what the option for another answer is called, `called` what a
    column is that is no question's, or a part of one's.
    """

    def __init__(
        self,
        layout: Layout,
        zone: tzinfo,
        language: str,
        weighing: Weighing | None = None,
        other: str = OTHER,
        multi: Multi = "both",
        called: Callable[[str], str] = str,
    ) -> None:
        self._wide = Wide(layout, zone, Style(multi))
        self._weighing = weighing
        there = frozenset(self._wide.header)
        all_ = _columns(layout, language, other, called, split=multi == "split")
        columns = tuple(column for column in all_ if column.name in there)
        assert [column.name for column in columns] == self._wide.header, "columns in the order of the wide table"
        self.columns = columns if weighing is None else (*columns, Column(weighing.name, "number", called(WEIGHT)))

    def row(self, number: int, result: ResultRow, latest: Latest) -> list[Cell]:
        """Returns the cells of a conversation."""
        cells = self._wide.row(number, result, latest)
        if self._weighing is not None:
            cells.append(self._weighing.of(result, latest))
        return [column.value(cell) for column, cell in zip(self.columns, cells, strict=True)]


def _columns(layout: Layout, language: str, other: str, called: Callable[[str], str], *, split: bool) -> Iterator[Column]:
    for name in META:
        yield Column(name, "number" if name in ("row", "test") else "text", called(name), exact=_METAS.get(name, ""))
    labels = labels_of(layout, language, other)
    for question in layout.questions:
        named = labels.get((question.step, question.type), {})
        codes = question.codes
        told = tuple(named.get(code, code) for code in codes)
        label = _label(question, language)
        for at in question.instances:
            for name in question.names(at):
                part = name.removeprefix(question.name(at))
                yield _column(question, name, part, label, codes, told, called, split=split)


def _column(
    question: Question,
    name: str,
    part: str,
    label: str,
    codes: tuple[str, ...],
    told: tuple[str, ...],
    called: Callable[[str], str],
    *,
    split: bool,
) -> Column:
    if part == "":
        if question.type == "select_one" and not question.withheld:
            return Column(name, "code", label, codes, told, asked=True)
        kind: Kind = "number" if question.type in _NUMBERS else "text"
        return Column(name, kind, label, asked=True, exact="" if question.withheld else _exact(question))
    if part == f"_{COMMENT}":
        return Column(name, "text", f"{called(COMMENT)} – {label}")
    word = part[1:]
    if question.type == "rank":
        return Column(name, "code", f"{word}. {label}", codes, told)
    if question.type == "select_multiple":
        # where there is no column of all that was chosen, these say why nothing was
        return Column(name, "number", f"{told[codes.index(word)]} – {label}", asked=split, exact="whole")
    return Column(name, "number" if word in PLACE and word != "place" else "text", f"{called(word)} – {label}")


def _exact(question: Question) -> Exact:
    if question.type == "range":
        bounds = [bound for step in question.steps.values() for bound in (step.start, step.step) if bound is not None]
        return "whole" if all(float(bound).is_integer() for bound in bounds) else ""
    return "whole" if question.type in ("integer", "acknowledge") else _MOMENTS.get(question.type, "")


def _label(question: Question, language: str) -> str:
    newest = next(reversed(tuple(question.steps.values())), None)
    if newest is None or question.other:
        return question.column
    template = newest.label.get(language) or next(iter(newest.label.values()), None)
    return question.column if template is None else " ".join(template.source.split())


def short_names(names: list[str]) -> list[str]:
    """Returns names that statistics programs take: letters, digits and "_", at most 32 of them, no two alike in small letters."""
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name.replace("ñ", "n"))
        plain = plain if plain[:1].isalpha() else f"v{plain}"
        short, number = plain[:NAME], 1
        while short.lower() in taken:
            number += 1
            short = f"{plain[: NAME - len(str(number)) - 1]}_{number}"
        taken.add(short.lower())
        found.append(short)
    return found
