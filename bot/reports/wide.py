"""The wide table: one row for each conversation, in it every question's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from bot.reports.cells import MEDIA, WITHHELD, Cell, main, open_value, plain
from bot.reports.layout import META, PLACE, Layout, Question
from bot.reports.rows import SHORT, AnswerRow, Key, ResultRow, local
from bot.vocabulary import Instance, Value

Latest = Mapping[Key, AnswerRow]


Multi = Literal["one", "split", "both"]
"""How a choice of several is written: names in one column, a column of 1 and 0 for each choice, or both."""


@dataclass(frozen=True, slots=True)
class Style:
    """How answers stand in tables: `labels` is the language in which choices are told by their labels, empty for their names."""

    multi: Multi = "both"
    labels: str = ""


CODES = Style()


class Wide:
    """Makes rows of a layout. `zone` is the municipality's, in which times are told."""

    def __init__(self, layout: Layout, zone: tzinfo, style: Style = CODES) -> None:
        names = layout.columns()
        self._width = len(names)
        self._keep = _kept(layout, style.multi)
        self.header = names if self._keep is None else [names[place] for place in self._keep]
        self._split = style.multi == "split"
        self._labels = labels_of(layout, style.labels)
        self._zone = zone
        self._places: dict[tuple[str, str, Instance], tuple[int, Question]] = {}
        self._offsets: dict[str, dict[str, int]] = {}
        start = len(META)
        for question in layout.questions:
            # the places of parts behind the main column are the same in each instance
            self._offsets[question.column] = {part: offset for offset, part in enumerate(question.parts, 1)}
            for at in question.instances:
                self._places[question.step, question.type, at] = (start, question)
                start += len(question.names(at))

    def row(self, number: int, result: ResultRow, latest: Latest) -> list[Cell]:
        """Returns the cells of a conversation, the number-th (from 1) of this export."""
        cells: list[Cell] = [None] * self._width
        cells[: len(META)] = meta(number, result, self._zone)
        for (step, at), answer in latest.items():
            start, question = self._places[step, answer.type, at]
            if question.withheld:
                cells[start] = WITHHELD if answer.empty is None else main(answer)
                continue
            labels = self._labels.get((step, answer.type)) if self._labels else None
            value = answer.value
            if labels is not None:
                cells[start] = labelled(answer, labels)
            elif (
                type(value) is int
                or type(value) is float
                or (type(value) is str and value.isalnum() and question.type not in MEDIA)
            ):
                cells[start] = value  # the common case, for which main() would say the same
            else:
                cells[start] = main(answer)
            if self._split and question.type == "select_multiple" and answer.empty is not None:
                # the column that would tell is not there
                cells[start + 1 : start + 1 + len(question.parts)] = [main(answer)] * len(question.parts)
            if answer.comment and at in question.commented:
                cells[start + len(question.parts) + 1] = plain(answer.comment)
            if question.parts and answer.empty is None:
                offsets = self._offsets[question.column]
                if type(value) is list and question.type == "select_multiple":
                    cells[start + 1 : start + 1 + len(question.codes)] = [0] * len(question.codes)
                    for name in value:
                        if name in question.codes:
                            cells[start + offsets[name]] = 1
                    continue
                for part, cell in _parts(answer.value, question):
                    offset = offsets.get(part)
                    if offset is not None:
                        cells[start + offset] = cell if labels is None or not isinstance(cell, str) else labels.get(cell, cell)
        return cells if self._keep is None else [cells[place] for place in self._keep]

    def document(self, number: int, result: ResultRow, latest: Latest) -> dict[str, object]:
        """Returns a conversation as data: the same head, then answers, why others are missing, and comments, by column name.

        Inside repeats a name stands for an object of instances: "1", or "1/2" in a repeat in a repeat.
        """
        head = dict(zip(META, meta(number, result, self._zone), strict=True))
        answers: dict[str, object] = {}
        empty: dict[str, object] = {}
        comments: dict[str, object] = {}
        for (step, at), answer in latest.items():
            question = self._places[step, answer.type, at][1]
            if answer.empty is not None:
                _put(empty, question.column, at, answer.empty)
            elif question.withheld:
                _put(empty, question.column, at, "withheld")
            else:
                _put(answers, question.column, at, open_value(answer.value))
            if answer.comment and at in question.commented:
                _put(comments, question.column, at, answer.comment)
        return {**head, "test": result.test, "answers": answers, "empty": empty, "comments": comments}


def labels_of(layout: Layout, language: str) -> dict[tuple[str, str], dict[str, str]]:
    """Returns the labels of the choices by step and type, in that language or the first there is; nothing for no language."""
    if not language:
        return {}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for question in layout.questions:
        if question.codes:
            texts = found.setdefault((question.step, question.type), {})
            for step in question.steps.values():
                for choice in step.choices:
                    template = choice.label.get(language) or next(iter(choice.label.values()), None)
                    texts[choice.name] = " ".join(template.source.split()) if template is not None else choice.name
    return found


def labelled(answer: AnswerRow, labels: Mapping[str, str]) -> Cell:
    """Returns the main cell with labels for names; those of several are parted by " | ", which no label needs."""
    match answer.value:
        case list() as names if names:
            return " | ".join(labels.get(name, name) for name in names)
        case str() as name if answer.empty is None:
            return plain(labels.get(name, name))
    return main(answer)


def _kept(layout: Layout, multi: Multi) -> list[int] | None:
    """Returns the places of the columns that are written; None for all."""
    if multi == "both":
        return None
    places = list(range(len(META)))
    start = len(META)
    for question in layout.questions:
        for at in question.instances:
            names = question.names(at)
            whole = question.type != "select_multiple" or not question.parts
            comment = 1 if at in question.commented else 0
            last = len(names) - comment
            own = range(len(names)) if whole else range(1) if multi == "one" else range(1, last)
            places += [start + place for place in own]
            if not whole and comment:
                places.append(start + last)
            start += len(names)
    return places


def meta(number: int, result: ResultRow, zone: tzinfo) -> tuple[Cell, ...]:
    """Returns the cells before the questions."""
    return (
        result.receipt or None,
        number,
        result.status,
        int(result.test),
        result.language,
        result.channel,
        local(result.started_at, zone),
        local(result.ended_at, zone),
        result.version[:SHORT],
    )


def _parts(value: Value, question: Question) -> Iterator[tuple[str, Cell]]:
    match value:
        case list() if question.type == "rank":
            for position, name in enumerate(value, 1):
                yield str(position), plain(name)
        case dict() if "reference" in value:
            yield "file", str(value["reference"])
            yield "sha256", str(value.get("sha256") or "") or None
        case dict():
            for part in PLACE:
                coordinate = value.get(part)
                yield part, coordinate if isinstance(coordinate, (int, float)) else plain(str(coordinate or ""))
        case str() if question.type in MEDIA:
            yield "text", plain(value)


def _put(into: dict[str, object], column: str, at: Instance, value: object) -> None:
    if not at:
        into[column] = value
        return
    passes = into.setdefault(column, {})
    assert isinstance(passes, dict)
    passes["/".join(map(str, at))] = value
