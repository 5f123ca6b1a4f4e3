"""Labelled answers: cases as data, and how often they are read right (tests/answers/README.md tells the form).

A case is right when it comes out as labelled. It is silently wrong when something was stored that the label does not say:
another value, or any value where the person had to be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.engine.answers.reading import AskBack, Choosable, Question, Reading, Sure
from bot.engine.answers.understanding import understand
from bot.engine.language import Language
from bot.vocabulary import Value

Verdict = Literal["right", "asked", "refused", "wrong"]


@dataclass(frozen=True, slots=True)
class Case:
    """One text and what must come of it; `file` and `question` tell where it stands."""

    file: str
    language: str
    question: str
    asks: Question
    text: str
    expected: str


def cases(file: str, content: Mapping[str, Any]) -> Iterator[Case]:
    """Yields the cases of one file (its YAML read with every scalar a text). Raises KeyError for an unknown question."""
    questions = {name: _question(keys) for name, keys in content["questions"].items()}
    for language in ("es", "en", "qu_EC", "jiv"):
        for name, texts in content.get(language, {}).items():
            for text, expected in texts.items():
                yield Case(file, language, name, questions[name], text, expected)


def _question(keys: Mapping[str, Any]) -> Question:
    options = tuple(
        Choosable(name, entry["label"], tuple(entry.get("words", ()))) if isinstance(entry, Mapping) else Choosable(name, entry)
        for name, entry in keys.get("options", {}).items()
    )
    numbers = {key: float(keys[key]) for key in ("start", "end", "step") if key in keys}
    top = int(keys["top"]) if "top" in keys else None
    return Question(keys["type"], options, top=top, other=keys.get("other") == "true", **numbers)


def read(case: Case, languages: Mapping[str, Language], now: datetime) -> Reading:
    """Reads the case as a person of its language would be read in a flow in all languages."""
    own: Sequence[Language] = (languages[case.language], *(other for code, other in languages.items() if code != case.language))
    return understand(case.asks, case.text, own, now)


def judge(case: Case, reading: Reading) -> tuple[Verdict, bool]:
    """Returns the verdict, and whether it is exactly as labelled.

    `right`: stored as labelled. `asked`: asked back, whatever the label. `refused`: not understood. `wrong`: silently wrong.
    """
    match reading:
        case Sure(value, comment):
            said = written(value) + (" #" if comment else "")
            same = _same(said.removesuffix(" #"), case.expected.removesuffix(" #")) and (case.expected[:1] not in ("?", "-") or _plain(case))
            return ("right" if same else "wrong"), same and said.endswith(" #") == case.expected.endswith(" #")
        case AskBack(_, candidates):
            wanted = case.expected.removeprefix("?").strip()
            exact = case.expected.startswith("?") and (
                not wanted or sorted(written(c.value) for c in candidates) == sorted(part.strip() for part in wanted.split("|"))
            )
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
            return f"{value.get('lat')} {value.get('lon')}"
        case _:
            return str(value)


def _same(said: str, wanted: str) -> bool:
    return said == wanted


def _plain(case: Case) -> bool:
    """A label such as "-5" is a number, not a mark."""
    return len(case.expected) > 1 and case.expected[0] == "-"
