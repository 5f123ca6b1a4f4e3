"""A file of labelled answers as somebody wrote it: its cases with their lines, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from bot.engine.answers.labelled import Case, question
from bot.engine.answers.reading import Question
from bot.engine.flow import StepType
from bot.engine.loading.document import Document, read
from bot.engine.problem import Problem, Problems, ordered

ANSWERED = tuple(kind for kind in get_args(StepType) if kind not in ("note", "calculate", "group", "call", "do"))
"""The types of question that a person answers."""

STANDING = datetime(2026, 11, 25, 10, 0)  # noqa: DTZ001 because it is local time, and whoever reads the cases adds the zone
"""When the cases are asked unless the file tells `now`."""

_OPTIONS = ("options", "choices")
_KEYS = ("type", *_OPTIONS, "top", "start", "end", "step", "accept", "required", "other", "label")


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """The cases of a file, the local time at which they are asked, and what is wrong with it."""

    cases: tuple[Case, ...]
    now: datetime
    problems: tuple[Problem, ...]


def read_labelled(text: str | bytes, file: str, languages: Collection[str]) -> LabelledFile:
    """Reads a file of labelled answers. Never raises for what it holds; a question with a mistake brings no cases."""
    problems = Problems(file)
    document = read(text, problems)
    if document is None:
        return LabelledFile((), STANDING, ordered(problems))
    data = document.data
    asked = _questions(document, problems)
    now = STANDING
    if "now" in data:
        try:
            now = datetime.fromisoformat(str(data["now"])).replace(tzinfo=None)
        except ValueError:
            problems.error(document.line(("now",)), "wrong_value", key="now", value=data["now"], expected="2026-11-25T10:00")
    found: list[Case] = []
    for language, by_question in data.items():
        if language in ("questions", "now"):
            continue
        if language not in languages:
            problems.error(document.key((language,)), "answers_language", code=language, known=", ".join(sorted(languages)))
            continue
        for name, texts in (by_question if isinstance(by_question, dict) else {}).items():
            if name not in asked:
                near = problems.near(name, asked)
                problems.error(document.key((language, name)), "answers_question", name=name, near=near)
            elif not isinstance(texts, dict):
                problems.error(document.line((language, name)), "expected_mapping", key=name)
            elif (asks := asked[name]) is not None:
                for said, expected in texts.items():
                    line = document.key((language, name, said))
                    if isinstance(expected, str):
                        found.append(Case(file, language, name, asks, said, expected, line))
                    else:
                        problems.error(line, "expected_text", key=said)
        if not isinstance(by_question, dict):
            problems.error(document.line((language,)), "expected_mapping", key=language)
    for case in found:
        _possible(case, problems)
    return LabelledFile(tuple(found), now, ordered(problems))


def _questions(document: Document, problems: Problems) -> dict[str, Question | None]:
    """The questions by name; None for one with a mistake, which is told."""
    written = document.data.get("questions")
    if not isinstance(written, dict):
        code = "missing_key" if written is None else "expected_mapping"
        problems.error(document.line(("questions",)), code, key="questions", where=problems.file)
        return {}
    return {name: _question(document, name, keys, problems) for name, keys in written.items()}


def _question(document: Document, name: str, keys: object, problems: Problems) -> Question | None:
    before = len(problems.found)
    path = ("questions", name)
    if not isinstance(keys, dict):
        problems.error(document.line(path), "expected_mapping", key=name)
        return None
    for key in keys:
        if key not in _KEYS:
            problems.error(document.key((*path, key)), "unknown_key", key=key, where=name, near=problems.near(key, _KEYS))
    if "type" not in keys:
        problems.error(document.line(path), "missing_key", key="type", where=name)
    elif keys["type"] not in ANSWERED:
        near = problems.near(str(keys["type"]), ANSWERED)
        problems.error(document.line((*path, "type")), "unknown_type", type=keys["type"], near=near)
    for key in ("top", "start", "end", "step"):
        if key in keys and not _is_number(keys[key]):
            problems.error(document.line((*path, key)), "wrong_value", key=key, value=keys[key], expected="1, 5, 10")
    options = keys.get("options", keys.get("choices", {}))
    if not isinstance(options, dict):
        problems.error(document.line((*path, "choices" if "choices" in keys else "options")), "choices_mapping", key=name)
        return None
    for option, entry in options.items():
        if not (isinstance(entry, str) or (isinstance(entry, dict) and isinstance(entry.get("label"), str))):
            at = next((*path, key, option) for key in _OPTIONS if key in keys)
            problems.error(document.line(at), "missing_key", key="label", where=option)
    if keys.get("type") in ("select_one", "select_multiple", "rank") and not options:
        problems.error(document.line(path), "no_choices", name=name)
    return question(keys) if len(problems.found) == before else None


def _is_number(written: object) -> bool:
    try:
        float(str(written))
    except ValueError:
        return False
    return True


def _possible(case: Case, problems: Problems) -> None:
    """A label that names no option can never come out: it is a slip of the pen, not a failure to understand."""
    names = {option.name for option in case.asks.options}
    if case.asks.type not in ("select_one", "select_multiple", "rank") or case.expected in ("-", "[]"):
        return
    asked = case.expected.startswith("?")
    wanted = case.expected.removeprefix("?").replace("|", " ") if asked else case.expected.removesuffix("#")
    each = wanted.split() if case.asks.type != "select_one" or asked else [wanted.strip()]
    for name in each:
        if name not in names and name != "[]" and not (name == "other" and case.asks.other):
            problems.error(case.line, "answers_label", name=name, near=problems.near(name, names))
