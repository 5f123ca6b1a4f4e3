"""What tells who somebody is, and therefore stays out of results and exports.

Phone numbers and e-mail addresses always; texts, attachments and places that a flow marks `personal` unless it also says how they
are coarsened when published (`quasi`): a name is the first kind, a neighbourhood the second. Numbers, dates and choices stay.
What is computed from something withheld, as a text, is withheld with it.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.engine.flow import Flow, Step

_ALWAYS = frozenset({"phone", "email"})
_WORDS = frozenset({"text", "image", "audio", "video", "file", "geopoint", "do"})


def withheld(flow: Flow) -> frozenset[str]:
    """Returns the names of the flow's steps that tell who somebody is; those of `other` texts among them."""
    steps = [node for node in flow.program if isinstance(node, Step)]
    found = {step.name for step in steps if _identifies(step)}
    found |= {f"{step.name}_other" for step in steps if step.other and step.personal and not step.quasi}
    return frozenset(found | computed_from(flow, found))


def computed_from(flow: Flow, names: Collection[str]) -> frozenset[str]:
    """Returns the names of calculations that read one of these, directly or through another calculation."""
    reached = set(names)
    found: set[str] = set()
    while True:
        more = {
            node.name
            for node in flow.program
            if isinstance(node, Step) and node.calculation is not None and not reached.isdisjoint(node.calculation.names)
        } - found
        if not more:
            return frozenset(found)
        found |= more
        reached |= more


def _identifies(step: Step) -> bool:
    return step.type in _ALWAYS or (step.personal and not step.quasi and step.type in _WORDS)
