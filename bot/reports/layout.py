"""Which questions a flow has over all its versions, and the columns they get in a table of one row for each conversation.

Versions are merged by step name, in the order of the newest. A step whose type changed is two questions: the older type keeps
the plain name, a later one is `name__type`. A choice of several, a position in an order or a coordinate is a column `name/part`;
a pass of a repeat is `name_1`, of a repeat in a repeat `name_1_2`; what was said beside a closed answer is `name_comment`, only
where anybody said something. A name that is taken already gets its type, and if need be a number, behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.engine.flow import Flow, Step
from bot.reports.cells import MEDIA
from bot.reports.rows import Seen
from bot.reports.withheld import withheld
from bot.vocabulary import Instance

META = ("receipt", "row", "status", "test", "language", "channel", "started_at", "ended_at", "version")
"""The columns before the questions. `row` numbers the conversations of one export, so that its tables can be joined."""

COMMENT = "comment"
PLACE = ("lat", "lon", "accuracy", "place")
OTHER = "other"

_SILENT = frozenset({"note", "do"})
"""Types that have no column unless the journal holds an answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """A step as one type, over all versions that have it so.

    `steps` is the step in each of them, oldest version first; for the text of an `other`, that of the question it belongs to.
    `codes` are the choices of all versions. `parts` are further columns: a choice, a position, a coordinate, `file`, `sha256`.
    `instances` are the passes of its repeats that have columns, `((),)` outside repeats; `commented` those with comments.
    """

    step: str
    type: str
    column: str
    steps: Mapping[str, Step]
    codes: tuple[str, ...]
    parts: tuple[str, ...]
    instances: tuple[Instance, ...]
    commented: frozenset[Instance]
    withheld: bool
    other: bool

    def name(self, at: Instance) -> str:
        """Returns the name of its column in that instance."""
        return "_".join([self.column, *map(str, at)])

    def names(self, at: Instance) -> list[str]:
        """Returns the names of all its columns in that instance, the main one first."""
        name = self.name(at)
        comment = [f"{name}_{COMMENT}"] if at in self.commented else []
        return [name, *(f"{name}/{part}" for part in self.parts), *comment]


@dataclass(frozen=True, slots=True)
class Layout:
    """A flow's questions over all versions. `flows` are the versions, oldest first, by their hash."""

    flows: Mapping[str, Flow]
    questions: tuple[Question, ...]

    @property
    def newest(self) -> Flow:
        """Returns the newest version."""
        return tuple(self.flows.values())[-1]

    @property
    def languages(self) -> tuple[str, ...]:
        """Returns the languages of all versions, those of the newest first."""
        return tuple(dict.fromkeys(code for flow in reversed(tuple(self.flows.values())) for code in flow.languages))

    def columns(self) -> list[str]:
        """Returns the names of all columns of the wide table."""
        return [*META, *(name for question in self.questions for at in question.instances for name in question.names(at))]


def lay_out(flows: Mapping[str, Flow], seen: Iterable[Seen]) -> Layout:
    """Returns the layout of a flow.

    `flows` are its versions (at least one), oldest first, by their hash; `seen` is what the journal holds of them.
    """
    present: dict[tuple[str, str], list[Seen]] = {}
    for one in seen:
        present.setdefault((one.step, one.type), []).append(one)
    identifying = frozenset(name for flow in flows.values() for name in withheld(flow))
    listed = [dict(_steps(flow)) for flow in flows.values()]
    taken = set(META)
    questions: list[Question] = []
    for name in _merged([list(steps) for steps in listed], [step for step, _ in present]):
        kinds = [_type(name, steps[name]) for steps in listed if name in steps]
        kinds += sorted(kind for step, kind in present if step == name)
        for kind in dict.fromkeys(kinds):
            found = present.get((name, kind), [])
            if kind in _SILENT and not found:
                continue
            steps = {
                version: held[name]
                for version, held in zip(flows, listed, strict=True)
                if name in held and _type(name, held[name]) == kind
            }
            question = _question(name, kind, steps, found, withhold=name in identifying)
            question = _named(question, taken)
            taken.update(column for at in question.instances for column in question.names(at))
            questions.append(question)
    return Layout(flows, tuple(questions))


def _steps(flow: Flow) -> Iterator[tuple[str, Step]]:
    """Yields what a version can hold answers of: each step, and after it the text of its `other`."""
    for node in flow.program:
        if isinstance(node, Step):
            yield node.name, node
            if node.other:
                yield f"{node.name}_{OTHER}", node


def _type(name: str, step: Step) -> str:
    return step.type if name == step.name else "text"


def _merged(orders: Sequence[list[str]], further: Iterable[str]) -> list[str]:
    """Returns all names in the order of the last list; each other name after the one it stands behind in its own list."""
    merged = list(orders[-1])
    for names in reversed(orders[:-1]):
        known = set(merged)
        place = 0
        for name in names:
            if name in known:
                place = merged.index(name) + 1
            else:
                merged.insert(place, name)
                place += 1
    return list(dict.fromkeys([*merged, *further]))


def _question(name: str, kind: str, steps: Mapping[str, Step], found: Sequence[Seen], *, withhold: bool) -> Question:
    other = any(step.name != name for step in steps.values())
    own = [] if other else list(steps.values())
    codes = _codes(own)
    return Question(
        step=name,
        type=kind,
        column=name,
        steps=steps,
        codes=codes,
        parts=() if withhold else tuple(_parts(kind, own, codes)),
        instances=_instances({step.depth for step in steps.values()}, {one.at for one in found}),
        commented=frozenset() if withhold else frozenset(one.at for one in found if one.commented),
        withheld=withhold,
        other=other,
    )


def _codes(steps: Sequence[Step]) -> tuple[str, ...]:
    """Returns the choices of all versions: those of the newest as written, then former ones, then `other`."""
    codes = dict.fromkeys(choice.name for step in reversed(steps) for choice in step.choices)
    if any(step.other for step in steps):
        codes.pop(OTHER, None)
        codes[OTHER] = None
    return tuple(codes)


def _parts(kind: str, steps: Sequence[Step], codes: Sequence[str]) -> Iterator[str]:
    accepted = frozenset(what for step in steps for what in step.accept)
    match kind:
        case "select_multiple":
            yield from codes
        case "rank":
            longest = max((step.top or len(step.choices) + step.other for step in steps), default=0)
            yield from map(str, range(1, longest + 1))
    if kind == "geopoint" or "location" in accepted:
        yield from PLACE
    if kind in MEDIA:
        yield "sha256"
        if "text" in accepted:
            yield "text"
    elif not MEDIA.isdisjoint(accepted):
        yield from ("file", "sha256")


def _instances(depths: set[int], seen: set[Instance]) -> tuple[Instance, ...]:
    found = set(seen)
    for depth in depths:
        if not any(len(at) == depth for at in found):
            found.add((1,) * depth)
    passes = [at[0] for at in found if len(at) == 1]
    found |= {(number,) for number in range(1, max(passes, default=0) + 1)}
    return tuple(sorted(found or {()}, key=lambda at: (len(at), at)))


def _named(question: Question, taken: set[str]) -> Question:
    """Returns the question under the first name that leaves all its columns apart from those that are there already."""
    typed = f"{question.step}__{question.type}"
    for column in itertools.chain((question.step, typed), (f"{typed}_{number}" for number in itertools.count(2))):
        named = replace(question, column=column)
        if taken.isdisjoint(name for at in named.instances for name in named.names(at)):
            return named
    raise AssertionError("the numbers never end")
