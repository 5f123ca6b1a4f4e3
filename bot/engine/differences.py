"""What changed between two versions of a flow, as far as the table of results shows it.

A step of one name and type is one column of the results in whatever version; so a step that goes, comes, or changes its name or
type makes the columns of two versions differ, and so does a choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.engine.flow import Flow, Step

Kind = Literal["removed", "renamed", "retyped", "added", "choice_removed", "choice_renamed"]

_SILENT = frozenset({"note", "do"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `step` is the step's name in the newer version (in the older one where it is gone).

    `old` and `new` say what became of what: names of a renamed step or choice, types of one that was retyped; "" where there is
    none.
    """

    kind: Kind
    step: str
    old: str = ""
    new: str = ""


def differences(older: Flow, newer: Flow) -> tuple[Difference, ...]:
    """Returns what changed, in the order of the older version, then what is new. A renamed one is known by its words."""
    before, after = _columns(older), _columns(newer)
    gone = [name for name in before if name not in after]
    come = {name: _words(step, newer) for name, step in after.items() if name not in before}
    found: list[Difference] = []
    for name, step in before.items():
        if name in after:
            if step.type != after[name].type:
                found.append(Difference("retyped", name, step.type, after[name].type))
            else:
                found += _choices(step, after[name], older, newer)
            continue
        words = _words(step, older)
        twin = next((other for other, said in come.items() if said and said == words), None) if name in gone else None
        if twin is None:
            found.append(Difference("removed", name, name))
        else:
            del come[twin]
            found.append(Difference("renamed", twin, name, twin))
    return (*found, *(Difference("added", name, "", name) for name in come))


def _columns(flow: Flow) -> Mapping[str, Step]:
    return {node.name: node for node in flow.program if isinstance(node, Step) and node.type not in _SILENT}


def _words(step: Step, flow: Flow) -> str:
    """Returns what a step asks; for one that is computed, how."""
    if step.calculation is not None:
        return step.calculation.source
    template = step.label.get(flow.languages[0])
    return " ".join(template.source.split()) if template is not None else ""


def _choices(older: Step, newer: Step, before: Flow, after: Flow) -> Iterator[Difference]:
    labels = {choice.name: choice.label.get(after.languages[0]) for choice in newer.choices}
    known = {choice.name for choice in older.choices}
    for choice in older.choices:
        if choice.name in labels:
            continue
        label = choice.label.get(before.languages[0])
        twin = next((name for name, said in labels.items() if said == label and name not in known), None)
        if twin is None:
            yield Difference("choice_removed", newer.name, choice.name)
        else:
            yield Difference("choice_renamed", newer.name, choice.name, twin)
