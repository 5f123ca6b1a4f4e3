"""The wide table: one row for each conversation, in it every question's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from bot.reports.cells import MEDIA, WITHHELD, Cell, main, open_value, plain
from bot.reports.layout import META, OTHER, PLACE, Layout, Question
from bot.reports.rows import SHORT, AnswerRow, Key, ResultRow, local
from bot.vocabulary import Instance, Value

Latest = Mapping[Key, AnswerRow]

_CLOSED = frozenset({"select_one", "select_multiple"})
_OPEN_NOT = _CLOSED | MEDIA | {"rank"}

KEPT = 4_096
"""So many different answers to a closed question are kept as cells; further ones are told anew each time."""

Multi = Literal["one", "split", "both"]
"""How a choice of several is written: names in one column, a column of 1 and 0 for each choice, or both."""


@dataclass(frozen=True, slots=True)
class Style:
    """How answers stand in tables: `labels` is the language in which choices are told by their labels, empty for their names.

    `other` is what the option for another answer is called there.
    """

    multi: Multi = "both"
    labels: str = ""
    other: str = OTHER


CODES = Style()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cells of a question stand in a row, in one instance: the main one at `start`, parts up to before `end`.

    `comment` is the place of what was said beside it, 0 where nobody said anything. `offsets` are the parts' from `start`. Where
    it is `open`, numbers and words are cells as they are. `told` keeps the cells of closed answers, which come again and again.
    """

    question: Question
    start: int
    end: int
    comment: int
    offsets: Mapping[str, int]
    labels: Mapping[str, str] | None
    open: bool
    told: dict[str | tuple[str, ...], Sequence[Cell]] | None


class Wide:
    """Makes rows of a layout. `zone` is the municipality's, in which times are told."""

    def __init__(self, layout: Layout, zone: tzinfo, style: Style = CODES) -> None:
        names = layout.columns()
        self._width = len(names)
        self._keep = _kept(layout, style.multi)
        self.header = names if self._keep is None else [names[place] for place in self._keep]
        self._split = style.multi == "split"
        self._zone = zone
        labels = labels_of(layout, style.labels, style.other)
        self._places: dict[str, dict[str, dict[Instance, Place]]] = {}
        start = len(META)
        for question in layout.questions:
            for at in question.instances:
                end = start + 1 + len(question.parts)
                comment = end if at in question.commented else 0
                passes = self._places.setdefault(question.step, {}).setdefault(question.type, {})
                passes[at] = Place(
                    question,
                    start,
                    end,
                    comment,
                    {part: offset for offset, part in enumerate(question.parts, 1)},
                    labels.get((question.step, question.type)),
                    question.type not in _OPEN_NOT and not question.withheld,
                    {} if question.type in _CLOSED else None,
                )
                start = end + (1 if comment else 0)

    def row(self, number: int, result: ResultRow, latest: Latest) -> list[Cell]:
        """Returns the cells of a conversation, the number-th (from 1) of this export."""
        cells: list[Cell] = [None] * self._width
        cells[: len(META)] = meta(number, result, self._zone)
        places = self._places
        for answer in latest.values():
            step, at, kind, value, empty, _, comment, _ = answer
            place = places[step][kind][at]
            if place.open and type(value) is str:
                cells[place.start] = plain(value)
            elif place.open and (type(value) is int or type(value) is float):
                cells[place.start] = value
            elif place.told is not None and empty is None and (type(value) is str or type(value) is list):
                same = value if type(value) is str else tuple(value)
                told = place.told.get(same)
                if told is None:
                    told = self._told(place, answer)
                    if len(place.told) < KEPT:
                        place.told[same] = told
                cells[place.start : place.end] = told
            else:
                cells[place.start : place.end] = self._told(place, answer)
            if comment and place.comment:
                cells[place.comment] = plain(comment)
        return cells if self._keep is None else [cells[place] for place in self._keep]

    def _told(self, place: Place, answer: AnswerRow) -> list[Cell]:
        """Returns the cells from the main one to the last part."""
        question = place.question
        cells: list[Cell] = [None] * (place.end - place.start)
        if question.withheld:
            cells[0] = WITHHELD if answer.empty is None else main(answer)
            return cells
        cells[0] = main(answer) if place.labels is None else labelled(answer, place.labels)
        if answer.empty is not None:
            if self._split and question.type == "select_multiple":
                # the column that would tell is not there
                cells[1:] = [main(answer)] * len(question.parts)
            return cells
        if question.type == "select_multiple" and isinstance(answer.value, list) and question.parts:
            chosen = answer.value
            cells[1 : 1 + len(question.codes)] = [int(code in chosen) for code in question.codes]
            return cells
        for part, cell in _parts(answer.value, question):
            offset = place.offsets.get(part)
            if offset is not None:
                cells[offset] = cell if place.labels is None or not isinstance(cell, str) else place.labels.get(cell, cell)
        return cells

    def document(self, number: int, result: ResultRow, latest: Latest) -> dict[str, object]:
        """Returns a conversation as data: the same head, then answers, why others are missing, and comments, by column name.

        Inside repeats a name stands for an object of instances: "1", or "1/2" in a repeat in a repeat.
        """
        head = dict(zip(META, meta(number, result, self._zone), strict=True))
        answers: dict[str, object] = {}
        empty: dict[str, object] = {}
        comments: dict[str, object] = {}
        for (step, at), answer in latest.items():
            question = self._places[step][answer.type][at].question
            if answer.empty is not None:
                _put(empty, question.column, at, answer.empty)
            elif question.withheld:
                _put(empty, question.column, at, "withheld")
            else:
                _put(answers, question.column, at, open_value(answer.value))
            if answer.comment and at in question.commented:
                _put(comments, question.column, at, answer.comment)
        return {**head, "test": result.test, "answers": answers, "empty": empty, "comments": comments}


def labels_of(layout: Layout, language: str, other: str = OTHER) -> dict[tuple[str, str], dict[str, str]]:
    """Returns the labels of the choices by step and type, in that language or the first there is; nothing for no language.

    `other` is what the option for another answer is called, which no flow has a label for.
    """
    if not language:
        return {}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for question in layout.questions:
        if question.codes:
            texts = found.setdefault((question.step, question.type), {})
            for step in question.steps.values():
                if step.other:
                    texts.setdefault(OTHER, other)
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
