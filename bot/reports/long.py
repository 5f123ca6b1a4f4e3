"""The long table: one row for each answer, skipped and refused ones among it; what was not asked has no row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from bot.reports.cells import WITHHELD, Cell, main, open_value, plain, where
from bot.reports.layout import Layout
from bot.reports.rows import SHORT, AnswerRow, Key, ResultRow, local
from bot.reports.wide import CODES, Latest, Style, labelled, labels_of

HEADER = (
    "receipt", "row", "version", "step", "instance", "type", "value", "empty", "reason", "sha256", "comment", "answered_at",
)  # fmt: skip
"""`value` is the main cell of the wide table where there is an answer; `empty` says why there is none."""


class Long:
    """Makes the rows of conversations. `zone` is the municipality's, in which times are told."""

    def __init__(self, layout: Layout, zone: tzinfo, style: Style = CODES) -> None:
        self._zone = zone
        self._labels = labels_of(layout, style.labels, style.other)
        self._withheld = {(question.step, question.type) for question in layout.questions if question.withheld}

    def rows(self, number: int, result: ResultRow, latest: Latest) -> Iterator[list[Cell]]:
        """Yields the rows of the number-th conversation (from 1), in the order of first answering."""
        for key, answer in latest.items():
            empty, shown, kept = self._empty(answer)
            value = answer.value
            attached = value if shown and isinstance(value, dict) and "reference" in value else None
            yield [
                *_place(number, result, key),
                answer.type,
                str(attached["reference"]) if attached is not None else self._value(answer) if shown else None,
                empty,
                answer.reason or None,
                str(attached.get("sha256") or "") or None if attached is not None else None,
                plain(answer.comment) if kept else None,
                local(answer.answered_at, self._zone),
            ]

    def documents(self, number: int, result: ResultRow, latest: Latest) -> Iterator[dict[str, object]]:
        """Yields the same as data: lists as lists, places and attachments as objects."""
        for key, answer in latest.items():
            empty, shown, kept = self._empty(answer)
            head = dict(zip(HEADER[:5], _place(number, result, key), strict=True))
            yield {
                **head,
                "type": answer.type,
                "value": open_value(answer.value) if shown else None,
                "empty": empty,
                "reason": answer.reason or None,
                "comment": (answer.comment or None) if kept else None,
                "answered_at": local(answer.answered_at, self._zone),
            }

    def _value(self, answer: AnswerRow) -> Cell:
        value, labels = answer.value, self._labels.get((answer.step, answer.type))
        if labels is not None:
            return labelled(answer, labels)
        if isinstance(value, str):
            return plain(value)
        return where(value) if isinstance(value, dict) else main(answer)

    def _empty(self, answer: AnswerRow) -> tuple[str | None, bool, bool]:
        """Returns why there is no value to show, whether there is one, and whether a comment may be shown."""
        kept = (answer.step, answer.type) not in self._withheld
        if answer.empty is not None:
            return answer.empty, False, kept
        return (None, True, True) if kept else (WITHHELD.strip("[]"), False, False)


def _place(number: int, result: ResultRow, key: Key) -> tuple[Cell, ...]:
    step, at = key
    return (result.receipt or None, number, result.version[:SHORT], step, "/".join(map(str, at)) or None)
