"""Labelled answers: cases as data, and how often they are read right (tests/answers/README.md tells the form).

A case is right when it comes out as labelled. It is silently wrong when something was stored that the label does not say:
another value, or any value where the person had to be asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.engine.answers.places import Gazetteer
from bot.engine.answers.reading import AskBack, Choosable, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.understanding import understand
from bot.engine.language import Language
from bot.vocabulary import Value

Verdict = Literal["right", "asked", "refused", "wrong"]


@dataclass(frozen=True, slots=True)
class Case:
    """One text and what must come of it; `file`, `question` and `line` (from 1; 0: not known) tell where it stands."""

    file: str
    language: str
    question: str
    asks: Question
    text: str
    expected: str
    line: int = 0


def cases(file: str, content: Mapping[str, Any]) -> Iterator[Case]:
    """Yields the cases of one file (its YAML read with every scalar a text). Raises KeyError for an unknown question."""
    questions = {name: question(keys) for name, keys in content["questions"].items()}
    for language, asked in content.items():
        if language in ("questions", "now"):
            continue
        for name, texts in asked.items():
            for text, expected in texts.items():
                yield Case(file, language, name, questions[name], text, expected)


def question(keys: Mapping[str, Any]) -> Question:
    """Returns the question that those keys describe. Raises KeyError without a type, ValueError for a number that is none."""
    options = tuple(
        Choosable(name, entry["label"], tuple(entry.get("words", ()))) if isinstance(entry, Mapping) else Choosable(name, entry)
        for name, entry in keys.get("options", keys.get("choices", {})).items()
    )
    start, end, step = (float(keys[key]) if key in keys else None for key in ("start", "end", "step"))
    top = int(keys["top"]) if "top" in keys else None
    return Question(keys["type"], options, top, start, end, step, other=keys.get("other") == "true", about=keys.get("label", ""))


def read(case: Case, languages: Mapping[str, Language], now: datetime, places: Gazetteer | None = None) -> Reading:
    """Reads the case as a person of its language would be read in a flow in all languages."""
    own: Sequence[Language] = (languages[case.language], *(other for code, other in languages.items() if code != case.language))
    return understand(case.asks, case.text, own, now, places)


def judge(case: Case, reading: Reading) -> tuple[Verdict, bool]:
    """Returns the verdict, and whether it is exactly as labelled.

    `right`: stored as labelled. `asked`: asked back, whatever the label. `refused`: not understood. `wrong`: silently wrong.
    Who declines to go on (an acknowledgement) is not asked again: that is the value "false", and may be labelled "-" as well.
    """
    match reading:
        case NotUnderstood("declined") if case.expected == "false":
            return "right", True
        case Sure(value, comment):
            unstored = case.expected == "-" or case.expected[:1] == "?"
            wanted = case.expected.removesuffix(" #")
            same = not unstored and wanted in _ways(value)
            return ("right" if same else "wrong"), same and bool(comment) == case.expected.endswith(" #")
        case AskBack(_, candidates):
            wanted = case.expected.removeprefix("?").strip()
            labels = [part.strip() for part in wanted.split("|")]
            named = len(labels) == len(candidates) and all(any(way in labels for way in _ways(c.value)) for c in candidates)
            exact = case.expected.startswith("?") and (not wanted or named)
            return "asked", exact
        case _:
            return "refused", case.expected == "-"


def written(value: Value) -> str:
    """Returns the value as the labels write it."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return str(int(value)) if value == int(value) else repr(value)
        case list():
            return " ".join(value) or "[]"
        case dict():
            return str(value["place"]) if value.get("place") else f"{value.get('lat')} {value.get('lon')}"
        case _:
            return str(value)


def _ways(value: Value) -> tuple[str, ...]:
    """How labels may write a value: a date with a time also without the offset, a parish also without its canton."""
    whole = written(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d", whole):
        return whole, whole[:16]
    parts = whole.split(", ") if isinstance(value, dict) else []
    return (whole, f"{parts[0]}, {parts[-1]}") if len(parts) > 2 else (whole,)


@dataclass(frozen=True, slots=True)
class Score:
    """How the cases of one type of question, or of all, came out.

    `valued` are those labelled with a value. `missed` are those not understood though they hold
    a value; where a question back was due, "I did not understand" asks as well.
    `exact`: just as labelled, candidates and comments included.
    """

    all: int
    valued: int
    right: int
    asked: int
    refused: int
    missed: int
    wrong: int
    exact: int

    @property
    def at_once(self) -> float:
        """Of the cases with a value the share stored at once; 1 where there are none."""
        return self.right / self.valued if self.valued else 1.0

    @property
    def safe(self) -> float:
        """The share that came out right or was asked back (or was refused, where it had to be)."""
        return 1 - (self.wrong + self.missed) / self.all if self.all else 1.0

    @property
    def silent(self) -> float:
        """The share that was stored wrongly without a question."""
        return self.wrong / self.all if self.all else 0.0

    @property
    def good(self) -> bool:
        """Whether the goals are met."""
        return self.safe >= SAFE and self.silent <= SILENT and self.at_once >= AT_ONCE


SAFE, SILENT, AT_ONCE = 0.98, 0.005, 0.92
"""The goals on answers that nobody tuned the lists to: at least, at most, at least."""

Judged = tuple[Case, Reading]


def score(judged: Iterable[Judged]) -> Score:
    """Returns how often those cases were read right."""
    counts: Counter[str] = Counter()
    for case, reading in judged:
        verdict, exact = judge(case, reading)
        valued = case.expected != "-" and case.expected[:1] != "?"
        missed = verdict == "refused" and valued
        counts.update({"all": 1, verdict: 1, "exact": int(exact), "valued": int(valued), "missed": int(missed)})
    names = ("all", "valued", "right", "asked", "refused", "missed", "wrong", "exact")
    return Score(*(counts[name] for name in names))


def by_type(judged: Iterable[Judged]) -> Mapping[str, list[Judged]]:
    """Returns the cases by the type of their question, in the order in which the types first appear."""
    found: dict[str, list[Judged]] = {}
    for case, reading in judged:
        found.setdefault(case.asks.type, []).append((case, reading))
    return found
