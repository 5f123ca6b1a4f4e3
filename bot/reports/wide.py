"""The wide table: one row for each conversation, in it every question's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from bot.reports.cells import MEDIA, WITHHELD, Cell, main, open_value, plain
from bot.reports.layout import META, PLACE, Layout, Question
from bot.reports.rows import SHORT, AnswerRow, Key, ResultRow, local
from bot.vocabulary import Instance, Value

Latest = Mapping[Key, AnswerRow]


class Wide:
    """Makes rows of a layout. `zone` is the municipality's, in which times are told."""

    def __init__(self, layout: Layout, zone: tzinfo) -> None:
        self.header = layout.columns()
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
        cells: list[Cell] = [None] * len(self.header)
        cells[: len(META)] = meta(number, result, self._zone)
        for (step, at), answer in latest.items():
            start, question = self._places[step, answer.type, at]
            if question.withheld:
                cells[start] = WITHHELD if answer.empty is None else main(answer)
                continue
            cells[start] = main(answer)
            if answer.comment and at in question.commented:
                cells[start + len(question.parts) + 1] = plain(answer.comment)
            if question.parts and answer.empty is None:
                offsets = self._offsets[question.column]
                for part, cell in _parts(answer.value, question):
                    offset = offsets.get(part)
                    if offset is not None:
                        cells[start + offset] = cell
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
        case list():
            chosen = set(value)
            for code in question.codes:
                yield code, int(code in chosen)
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
