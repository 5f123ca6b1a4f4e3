"""What a new version of a flow means for the conversations that run on an older one, told like any other thing to look at.

They go on with the version that they began with; what differs is what the results of both will have in common.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bot.engine.build import build
from bot.engine.differences import Difference, differences
from bot.engine.flow import Enter, Flow, Step
from bot.engine.problem import Problem
from bot.engine.source import Loaded
from bot.engine.state import decode
from storage.running import Running

_STEPS = 4
SHORT = 8
"""How many characters of a version are shown."""


def stranded(loaded: Loaded, running: Running) -> tuple[Problem, ...]:
    """Returns what whoever opens this version should know, as warnings; nothing where nobody was ever in another one.

    `loaded` is the version to be opened, without errors.
    """
    newer = loaded.flow
    assert newer is not None
    found: list[Problem] = []
    told: set[Difference] = set()
    lines = Lines(loaded)
    for version in dict.fromkeys((*running.open, *running.ended)):
        if version == newer.version or version not in running.contents:
            continue
        older = build(running.contents[version])
        states = running.open.get(version, ())
        if states:
            found.append(lines.problem("", "strands", version=version[:SHORT], count=len(states), steps=_where(older, states)))
        fresh = [one for one in differences(older, newer) if one not in told]
        told.update(fresh)
        people = len(states) + running.ended.get(version, 0)
        found += [
            lines.problem(one.step, f"strands_{one.kind}", step=one.step, old=one.old, new=one.new, count=people) for one in fresh
        ]
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.code)))


class Lines:
    """Where the steps of a flow stand in its file."""

    def __init__(self, loaded: Loaded) -> None:
        flow = loaded.flow
        assert flow is not None
        self.file = loaded.file
        self.lines = {node.name: node.line for node in flow.program if isinstance(node, Step | Enter)}
        self.first = loaded.outline.document.line(("flow",)) if loaded.outline is not None else 1

    def problem(self, at: str, code: str, /, **places: object) -> Problem:
        """Returns a warning at that step, at the flow's name where there is no such step."""
        told = {name: str(value) for name, value in places.items()}
        return Problem(self.file, self.lines.get(at, self.first), "warning", code, told)


def _where(flow: Flow, states: tuple[str, ...]) -> str:
    """Returns at which steps these conversations stand, the commonest first: "edad (12), idea (3)"."""
    counted = Counter(filter(None, (step_of(flow, state) for state in states)))
    return ", ".join(_each(counted)) or "–"


def _each(counted: Mapping[str, int]) -> Iterator[str]:
    ranked = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    yield from (f"{name} ({count})" for name, count in ranked[:_STEPS])
    if len(ranked) > _STEPS:
        yield f"… ({sum(count for _, count in ranked[_STEPS:])})"


def step_of(flow: Flow, state: str) -> str:
    """Returns the step that a conversation is at, by its encoded state; "" where that cannot be told."""
    try:
        conversation = decode(state)
    except ValueError:
        return ""
    prompt = conversation.prompt
    place = prompt.node if prompt is not None and prompt.node >= 0 else conversation.node
    node = flow.program[place] if 0 <= place < len(flow.program) else None
    return node.name if isinstance(node, Step | Enter) else ""
