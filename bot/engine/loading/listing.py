"""Choices as written, in the form of the canonical JSON: an ordered list of name, label, words and further columns."""

from __future__ import annotations

import re
from typing import Any

from bot.engine.loading.document import Path
from bot.engine.loading.filling import Filler
from bot.engine.loading.fitting import fit
from bot.engine.loading.written import IDENTIFIER, LANGUAGE
from bot.engine.model import Choice

_NAME = re.compile(r"\S{1,100}")
_OWN = frozenset({"label", "words"})

Listing = list[dict[str, Any]]
"""Choices in the order written."""


def listing(raw: Any, path: Path, filler: Filler, step: str) -> Listing:
    """Returns the choices at that path. `step` is the context of their texts: the step, or the list that several steps use."""
    document = filler.document
    problems = document.problems
    if not isinstance(raw, dict):
        problems.error(document.line(path), "choices_mapping", key=str(path[-1]))
        return []
    if not raw:
        problems.error(document.line(path), "no_choices", name=step)
    found: Listing = []
    for name, written in raw.items():
        at = (*path, name)
        if _NAME.fullmatch(name) is None:
            problems.error(document.key(at), "choice_name", name=name)
        found.append(_choice(name, written, at, filler, step))
    return found


def _choice(name: str, written: Any, at: Path, filler: Filler, step: str) -> dict[str, Any]:
    document = filler.document
    problems = document.problems
    choice: dict[str, Any] = {"name": name, "label": {}}
    if isinstance(written, list):
        problems.error(document.line(at), "expected_text", key=name)
        return choice
    if isinstance(written, str) or _is_text(written, filler.languages):
        label_at, given = at, {"label": written} if written else {}
        if not given:
            problems.error(document.key(at), "missing_key", key="label", where=name)
    else:
        label_at, given = (*at, "label"), fit(Choice, written, at, document, name)
    if "label" in given:
        choice["label"] = filler.fill(given["label"], label_at, step)
    if "words" in given:
        choice["words"] = _words(given["words"], (*at, "words"), filler)
    columns = {key: value for key, value in given.items() if key not in _OWN}
    for key, value in columns.items():
        if not isinstance(value, str):
            problems.error(document.line((*at, key)), "expected_text", key=key)
        elif IDENTIFIER.fullmatch(key) is None:
            problems.error(document.key((*at, key)), "column_name", name=key)
    if columns:
        choice["columns"] = {key: value.strip() for key, value in columns.items() if isinstance(value, str)}
    return choice


def _words(written: list[str] | dict[str, list[str]], at: Path, filler: Filler) -> dict[str, list[str]]:
    if isinstance(written, list):
        return {filler.languages[0]: written}
    filler.undeclared(written, at)
    return {code: said for code, said in written.items() if code in filler.languages}


def _is_text(written: dict[str, Any], languages: tuple[str, ...]) -> bool:
    """Tells whether a mapping is the label itself, by language: its keys are languages, one of them the flow's."""
    return any(key in languages for key in written) and all(LANGUAGE.fullmatch(key) for key in written)
