"""How much of each question a published report may show, by what the flow says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from bot.engine.flow import Enter, Flow, Leave, Step
from bot.reports.layout import OTHER, Layout
from bot.reports.rows import Filter
from bot.reports.withheld import computed_from


class Discretion(IntEnum):
    """OPEN shows all figures, GUARDED no group that is small; the others show none.

    COARSE is what splits the groups of something guarded in another way: both together could give a hidden group away.
    FEW is for a whole page, where a condition leaves too few people. The larger holds where two apply.
    """

    OPEN = 0
    GUARDED = 1
    FEW = 2
    COARSE = 3
    SENSITIVE = 4
    WITHHELD = 5


def discretions(layout: Layout) -> Mapping[str, Discretion]:
    """Returns the discretion of every question by its column.

    A question is sensitive, or guarded, if any version of the flow says so. What is computed from something sensitive is
    sensitive too, and what is asked only because of such an answer. Guarded is what tells where somebody belongs: marked
    `personal` or `quasi`, what others are coarsened to, and any place. What is coarsened, what is computed from something
    guarded, and the text of its `other` are coarse.
    """
    found: dict[str, Discretion] = {}
    for flow in layout.flows.values():
        steps = [node for node in flow.program if isinstance(node, Step)]
        guarded = {step.name for step in steps if step.personal or step.quasi or step.type == "geopoint"}
        guarded |= {step.quasi["coarsen"] for step in steps if "coarsen" in step.quasi}
        split = {step.name for step in steps if "coarsen" in step.quasi} | computed_from(flow, guarded)
        split |= {f"{step.name}_{OTHER}" for step in steps if step.other and step.name in guarded}
        sensitive = {step.name for step in steps if step.sensitive}
        sensitive |= computed_from(flow, sensitive)
        sensitive |= {f"{step.name}_{OTHER}" for step in steps if step.other and step.name in sensitive}
        # how many were asked is how many answered the other question in that way
        sensitive |= {name for name, read in asked_if([flow]).items() if not read.isdisjoint(sensitive)}
        for names, discretion in ((guarded, Discretion.GUARDED), (split, Discretion.COARSE), (sensitive, Discretion.SENSITIVE)):
            for name in names:
                found[name] = max(found.get(name, Discretion.OPEN), discretion)
    return {one.column: Discretion.WITHHELD if one.withheld else found.get(one.step, Discretion.OPEN) for one in layout.questions}


def untold(only: Filter, layout: Layout) -> tuple[str, ...]:
    """Returns the steps of the filter's conditions that no report may count by, because they are sensitive or withheld."""
    told = discretions(layout)
    steps = {one.step for one in layout.questions if told[one.column] >= Discretion.SENSITIVE}
    return tuple(condition.step for condition in only.conditions if condition.step in steps)


def asked_if(flows: Iterable[Flow]) -> dict[str, frozenset[str]]:
    """Returns for each step the steps that its conditions read, those of its groups included, in any version."""
    found: dict[str, frozenset[str]] = {}
    for flow in flows:
        open_: list[Enter] = []
        for node in flow.program:
            match node:
                case Enter():
                    open_.append(node)
                case Leave():
                    open_.pop()
                case Step() as step:
                    conditions = [step.relevant, *(condition for enter in open_ for condition in (enter.relevant, enter.count))]
                    read = {name for one in conditions if one is not None for name in one.names}
                    found[step.name] = found.get(step.name, frozenset()) | read
                    if step.other:
                        found[f"{step.name}_{OTHER}"] = found[step.name] | {step.name}
    return found
