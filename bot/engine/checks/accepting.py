"""Warnings that a flow accepts with a reason: `x-check: {code: reason}` in a step, a group, or above them for the whole flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.engine.loading.document import Path
from bot.engine.loading.outline import Outline
from bot.engine.problem import Problem

ACCEPTABLE = frozenset(
    {
        "control_word", "labels_cut", "labels_list", "labels_numbered", "no_closing", "no_consent", "options_numbered",
        "sms_costly", "sms_segments", "sms_stop_word", "start_word_control",
    }
)  # fmt: skip
"""The warnings that may be accepted. An error never may."""


@dataclass(frozen=True, slots=True)
class _Word:
    """One reason: for which warning, and for which lines of the file. `key` is the line where it stands."""

    code: str
    reason: str
    key: int
    first: int
    last: int

    def covers(self, problem: Problem) -> bool:
        here = self.first <= problem.line <= self.last
        return here and problem.severity == "warning" and problem.code == self.code and bool(self.reason)


def accept(outline: Outline, found: Iterable[Problem]) -> list[Problem]:
    """Returns the problems of that file, those that it accepts with their reason; the innermost reason counts.

    Besides, what is wrong with the reasons themselves: one for something that is no warning, or that says nothing, is an error;
    one for a warning that there is not is a warning, since it would hide the next one.
    """
    words = list(_words(outline))
    used: set[_Word] = set()
    judged: list[Problem] = []
    for problem in found:
        word = next((word for word in reversed(words) if word.covers(problem)), None)
        if word is not None:
            used.add(word)
            judged.append(replace(problem, accepted=word.reason))
        else:
            judged.append(problem)
    problems = outline.document.problems
    for word in words:
        if word.code not in ACCEPTABLE:
            near = problems.near(word.code, sorted(ACCEPTABLE))
            judged.append(Problem(problems.file, word.key, "error", "accept_unknown", {"code": word.code, "near": near}))
        elif not word.reason:
            judged.append(Problem(problems.file, word.key, "error", "accept_why", {"code": word.code}))
        elif word not in used:
            judged.append(Problem(problems.file, word.key, "warning", "accept_unused", {"code": word.code}))
    return judged


def _words(outline: Outline) -> Iterator[_Word]:
    """Yields every reason, outer ones before those inside them."""
    document = outline.document
    yield from _at(outline, outline.accepted, (), 1, document.last(()))
    for entry in outline.walk():
        if entry.accepted and not entry.inlined:
            yield from _at(outline, entry.accepted, entry.path, document.line(entry.path), document.last(entry.path))


def _at(outline: Outline, accepted: Mapping[str, str], path: Path, first: int, last: int) -> Iterator[_Word]:
    for code, reason in accepted.items():
        yield _Word(code, reason, outline.document.key((*path, "x-check", code)), first, last)
