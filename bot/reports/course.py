"""How conversations went: when they began, how far they came, how long each question took, by channel and language.

It looks at all conversations of residents, unfinished ones too, whatever a summary counts. A step's time is that between the
answer before it and its first answer; over an hour is counted as an hour, so that a pause overnight cannot move a median.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo

from bot.engine.flow import Texts
from bot.reports.intervals import Share, wilson
from bot.reports.layout import Layout
from bot.reports.rows import ResultRow, local

HOUR = 3_600

_DONE = ("completed", "replaced")
_SILENT = frozenset({"calculate", "do", "note"})


@dataclass(frozen=True, slots=True)
class Day:
    """How many conversations began on that day, and how many of those were completed since."""

    day: date
    started: int
    completed: int


@dataclass(frozen=True, slots=True)
class Passage:
    """How many came to a word on that question, how many of those gave none after it and are not done, and its time.

    `seconds` is the median; None where nobody's is known. `label` is empty for the beginning (step ""), before any answer.
    """

    step: str
    label: Texts
    reached: int
    left: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Completion:
    """Of a channel or language: how many began, and the share that was completed."""

    name: str
    started: int
    completed: Share | None


@dataclass(frozen=True, slots=True)
class Course:
    """See the module. `minutes` is the median length of a completed conversation."""

    days: tuple[Day, ...]
    passages: tuple[Passage, ...]
    channels: tuple[Completion, ...]
    languages: tuple[Completion, ...]
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Disposition:
    """What became of those who were asked, and of all who began. Numbers of people for campaigns, of conversations after that.

    `reached`: a channel took the invitation and never took it back; `unreachable`: it failed for good; `waiting`: neither yet.
    `invited_started` are invited people who began the flow (None where an anonymous flow cannot tell).
    """

    invited: int
    reached: int
    unreachable: int
    waiting: int
    invited_started: int | None
    started: int
    statuses: Mapping[str, int]


class Coursing:
    """Gathers while conversations stream by; as large as the flow and its days, not as the answers."""

    def __init__(self, layout: Layout, zone: tzinfo) -> None:
        self._layout = layout
        self._zone = zone
        self._days: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._left: Counter[str] = Counter()
        self._seconds: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._channels: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._languages: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._minutes: dict[int, int] = defaultdict(int)

    def add(self, result: ResultRow) -> None:
        """Counts a conversation; tests are passed over."""
        if result.test:
            return
        done = result.status in _DONE
        day = (local(result.started_at, self._zone) or "")[:10]
        for tally in (self._days[day], self._channels[result.channel], self._languages[result.language]):
            tally[0] += 1
            tally[1] += done
        before, last = result.started_at, ""
        seen: set[str] = set()
        taken = self._seconds
        for step, _, kind, _, empty, _, _, at in result.journal:
            if (empty is not None and empty == "not_asked") or kind in _SILENT:
                continue
            if step not in seen:
                seen.add(step)
                seconds = (at - before + 500) // 1_000
                taken[step][seconds if 0 <= seconds <= HOUR else HOUR if seconds > 0 else 0] += 1
            before, last = at, step
        if not done:
            self._left[last] += 1
        elif result.ended_at is not None:
            self._minutes[min(24 * 60, max(0, (result.ended_at - result.started_at) // 60_000))] += 1

    def course(self) -> Course:
        """Returns what was gathered, questions in the order of the newest version."""
        started = sum(tally[0] for tally in self._days.values())
        passages = [Passage("", {}, started, self._left[""], None)]
        for name in dict.fromkeys(question.step for question in self._layout.questions):
            if name not in self._seconds:
                continue
            seconds = self._seconds[name]
            reached = sum(seconds.values())  # each who came to it took some time
            question = next(one for one in self._layout.questions if one.step == name)
            label = next(reversed(tuple(question.steps.values()))).label if question.steps and not question.other else {}
            passages.append(Passage(name, label, reached, self._left[name], _median(seconds)))
        return Course(
            tuple(Day(date.fromisoformat(day), *tally) for day, tally in sorted(self._days.items())),
            tuple(passages),
            _completions(self._channels),
            _completions(self._languages),
            _median(self._minutes),
        )


def _completions(tallies: Mapping[str, list[int]]) -> tuple[Completion, ...]:
    ordered = sorted(tallies.items(), key=lambda pair: (-pair[1][0], pair[0]))
    return tuple(Completion(name, started, wilson(done, started)) for name, (started, done) in ordered)


def _median(counts: Mapping[int, int]) -> float | None:
    total = sum(counts.values())
    if not total:
        return None
    places = [(total - 1) // 2, total // 2]
    found: list[int] = []
    before = 0
    for value in sorted(counts):
        before += counts[value]
        while places and places[0] < before:
            found.append(value)
            places.pop(0)
    return sum(found) / 2
