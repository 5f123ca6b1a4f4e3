"""Which conversations are looked at, by answer, day, channel and language.

What an official types (`canton=puyo`, `edad=18..29`, `obra=[skipped]`) is judged against the flow before anything is counted: a
mistyped option would else be an empty table that looks like a result.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.engine.answers.folding import fold
from bot.reports.cells import REFUSED, SKIPPED
from bot.reports.layout import Layout, Question
from bot.reports.rows import Condition

CHANNELS = ("telegram", "whatsapp", "sms", "console", "simulator")

_EMPTY = {SKIPPED: "skipped", REFUSED: "refused"}
_CHOOSING = frozenset({"select_one", "select_multiple", "rank"})
_NUMERIC = frozenset({"integer", "decimal", "range"})
_FILES = frozenset({"image", "audio", "video", "file"})
_MOMENTS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "date": ("filter.no_date", lambda word: date.fromisoformat(word).isoformat()),
    "time": ("filter.no_time", lambda word: time.fromisoformat(word).isoformat(timespec="minutes")),
    "datetime": ("filter.no_moment", lambda word: _moment(word).isoformat(timespec="minutes")),
}
_YES = frozenset({"si", "yes", "true", "1", "acepto"})
_NO = frozenset({"no", "false", "0"})
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)?\.\.(-?\d+(?:\.\d+)?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FilterError(ValueError):
    """A filter that no conversation could pass, or that must not be asked. `key` is its text's, `places` fill it."""

    def __init__(self, key: str, **places: object) -> None:
        super().__init__(f"{key} {places}")
        self.key = key
        self.places = places


def conditions(typed: Iterable[str], layout: Layout) -> tuple[Condition, ...]:
    """Returns the conditions that were typed as `question=value`, several values with commas between them.

    A question is named by its step; a choice by its name or its label. Raises FilterError "filter.form" for what is no
    condition, "filter.no_question", "filter.withheld" for a question that tells who somebody is, and
    by what it is asked for "filter.no_choice", "filter.no_number", "filter.no_date", "filter.no_time", "filter.no_moment",
    "filter.no_truth", and "filter.only_empty" for a question of files.
    """
    return tuple(_condition(text, layout) for text in typed)


def days(first: str, last: str, zone: tzinfo) -> tuple[int | None, int | None]:
    """Returns the beginning of the first day and the end of the last as milliseconds, in that zone; None where a text is empty.

    Raises FilterError "filter.day" for what is no day (YYYY-MM-DD), "filter.days" for a last day before the first.
    """
    begin, end = (_day(text) if text else None for text in (first, last))
    if begin is not None and end is not None and end < begin:
        raise FilterError("filter.days", first=first, last=last)
    return (
        None if begin is None else _midnight(begin, zone),
        None if end is None else _midnight(end + timedelta(days=1), zone),
    )


def known(typed: Sequence[str], among: Sequence[str], key: str) -> tuple[str, ...]:
    """Returns what was typed if all of it is among these; commas part several. Raises FilterError of that key."""
    words = tuple(word.strip().lower() for text in typed for word in text.split(",") if word.strip())
    for word in words:
        if word not in among:
            raise FilterError(key, value=word, known=", ".join(among))
    return words


def found(name: str, layout: Layout) -> list[Question]:
    """Returns the questions of that step or column, which tell nothing of who somebody is.

    Raises FilterError "filter.no_question", "filter.withheld".
    """
    matching = [one for one in layout.questions if name in (one.column, one.step)]
    if not matching:
        names = ", ".join(dict.fromkeys(one.step for one in layout.questions if not one.withheld))
        raise FilterError("filter.no_question", name=name, known=names)
    if any(one.withheld for one in matching):
        raise FilterError("filter.withheld", name=name)
    return matching


def _condition(text: str, layout: Layout) -> Condition:
    name, equals, wanted = text.partition("=")
    words = [word.strip() for word in wanted.split(",") if word.strip()]
    if not equals or not name.strip() or not words:
        raise FilterError("filter.form", text=text)
    questions = found(name.strip(), layout)
    step = questions[0].step
    empties = tuple(_EMPTY[word] for word in words if word in _EMPTY)
    words = [word for word in words if word not in _EMPTY]
    kinds = {one.type for one in questions}
    if kinds <= _CHOOSING:
        return Condition(step, tuple(choice_named(word, questions) for word in words), empties=empties)
    if kinds <= _NUMERIC:
        spans = [span for word in words if (span := _RANGE.fullmatch(word))]
        if spans and len(words) > 1:
            raise FilterError("filter.form", text=text)
        if spans:
            low, high = (None if end is None else float(end) for end in spans[0].groups())
            return Condition(step, span=(low, high), empties=empties)
        return Condition(step, tuple(_number(word, step) for word in words), empties=empties)
    return Condition(step, tuple(_plain(word, step, kinds) for word in words), empties=empties)


def choice_named(word: str, questions: Sequence[Question]) -> str:
    """Returns the name of the choice that goes by this name or label. Raises FilterError "filter.no_choice"."""
    codes = [code for one in questions for code in one.codes]
    if word in codes:
        return word
    folded = fold(word)
    for one in questions:
        for step in one.steps.values():
            for choice in step.choices:
                if folded in (fold(choice.name), *(fold(label.source) for label in choice.label.values())):
                    return choice.name
    raise FilterError("filter.no_choice", value=word, name=questions[0].step, known=", ".join(dict.fromkeys(codes)))


def _plain(word: str, step: str, kinds: Collection[str]) -> str:
    """Returns a word as an answer of that one kind is kept; where answers were of several kinds, as it is."""
    (kind, *others) = kinds
    if others:
        return word
    if kind in _MOMENTS:
        key, kept = _MOMENTS[kind]
        try:
            return kept(word)
        except ValueError:
            raise FilterError(key, value=word, name=step) from None
    if kind == "acknowledge":
        if fold(word) in _YES | _NO:
            return "true" if fold(word) in _YES else "false"
        raise FilterError("filter.no_truth", value=word, name=step)
    if kind in _FILES:
        raise FilterError("filter.only_empty", value=word, name=step)
    return word


def _moment(word: str) -> datetime:
    if len(word) <= len("2026-11-30"):
        raise ValueError(word)
    return datetime.fromisoformat(word)


def _number(word: str, step: str) -> str:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise FilterError("filter.no_number", value=word, name=step)
    return str(int(number)) if number.is_integer() else repr(number)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FilterError("filter.day", value=text) from None


def _midnight(day: date, zone: tzinfo) -> int:
    return round((datetime.combine(day, time(), zone) - _EPOCH) / timedelta(milliseconds=1))
