"""Whole runs of a flow, played on the engine alone: the shortest, a typical and the longest way through it.

The real engine says what it would say, so notes, consent, summary and repeats count as they come. Which answers lead along a
short or a long way is found by trying, one question after the other, each answer of those that decide the way; where several
decide together, a still longer way may exist. The typical way is the one in the middle of runs whose answers are drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.engine.catalogue import Catalogue
from bot.engine.conversation import advance, begin
from bot.engine.flow import Flow, Step
from bot.engine.state import Conversation, Prompt
from bot.rehearsal.guesses import expressions, guesses
from bot.vocabulary import Inbound, Location, Media, Press, Say, Start, Text, Value

Name = Literal["shortest", "typical", "longest"]

DRAWN = 21
"""How many runs with drawn answers tell what is typical."""
_TURNS = 1_000
_TRIES = 12
_BUDGET = 6_000
"""How many turns are played for one flow at most, but for the last runs."""
_SENTENCE = "En la esquina del parque, cerca de la escuela"
_MEDIA: tuple[Literal["image", "audio", "video", "file"], ...] = ("image", "audio", "video", "file")

SKIP: Value = None
"""The wish to leave a question out."""

Wishes = Mapping[str, Value]
"""Which answer a question shall get: step → value."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the person sent, and what was said to it."""

    heard: str
    said: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One run. `asked` are the questions it met; `stuck` is the one that no guess could answer, "" where it came to its end."""

    turns: tuple[Turn, ...]
    asked: tuple[str, ...]
    stuck: str = ""


Weigh = Callable[[Way], float]
"""How long a way is."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The three ways by language. `freed` are questions whose constraint no guess could meet: they were played without it."""

    by_language: Mapping[str, Mapping[Name, Way]]
    freed: tuple[str, ...]


def ways(flow: Flow, catalogue: Catalogue, now: datetime, weigh: Weigh) -> Ways:
    """Returns the three ways in each language of the flow.

    `catalogue` must hold the flow as the open one; `now` is aware.
    """
    search = _Search(flow, catalogue, now, weigh)
    short, typical, long = search.extreme(sign=1), search.typical(), search.extreme(sign=-1)
    named: dict[Name, Wishes] = {"shortest": short, "typical": typical, "longest": long}
    found = {}
    for language in flow.languages:
        runs = {name: search.play(wishes, language) for name, wishes in named.items()}
        # what is drawn may be shorter than the shortest that the search came upon
        order = sorted(runs.values(), key=weigh)
        found[language] = dict(zip(named, order, strict=True))
    return Ways(found, tuple(sorted(search.free)))


class _Search:
    """Looks for ways. Counts what it plays, so that a large flow does not cost minutes."""

    def __init__(self, flow: Flow, catalogue: Catalogue, now: datetime, weigh: Weigh) -> None:
        self.flow = flow
        self.catalogue = catalogue
        self.now = now
        self.weigh = weigh
        self.left = _BUDGET
        self.free: frozenset[str] = frozenset()
        self.guessed: dict[str, tuple[Value, ...]] = {}

    def extreme(self, sign: int) -> Wishes:
        """Returns the wishes of the shortest way (`sign` 1) or of the longest (-1)."""
        wishes: dict[str, Value] = {}
        best = self.weigh(self.play(wishes)) * sign
        for _ in range(2):
            before = best
            for name, values in self.deciding():
                for value in values:
                    if self.left <= 0:
                        return wishes
                    tried = {**wishes, name: value}
                    weight = self.weigh(self.play(tried)) * sign
                    if weight < best:
                        wishes, best = tried, weight
            if best == before:
                break
        return wishes

    def typical(self) -> Wishes:
        """Returns the wishes of the run in the middle of some whose answers are drawn, the same ones each time."""
        chance = random.Random(self.flow.version)  # noqa: S311 because it draws answers, not secrets
        drawn: list[tuple[float, int, Wishes]] = []
        for number in range(DRAWN):
            if self.left <= 0 and drawn:
                break
            wishes: dict[str, Value] = {}
            for node in self.flow.program:
                if isinstance(node, Step) and (values := self.guesses(node)):
                    wishes[node.name] = chance.choice(values)
            drawn.append((self.weigh(self.play(wishes)), number, wishes))
        drawn.sort(key=lambda one: one[:2])
        return drawn[len(drawn) // 2][2]

    def deciding(self) -> Iterator[tuple[str, Sequence[Value]]]:
        """Yields the questions whose answer may change the way, with the answers worth trying."""
        asked_about = {name for expression in expressions(self.flow) for name in expression.names}
        for node in self.flow.program:
            if not isinstance(node, Step) or node.type in ("note", "calculate", "do"):
                continue
            values = list(self.guesses(node))
            if node.type == "acknowledge":
                values = [True, False] if node.required is not True else []
            if node.name not in asked_about and not (node.other and "other" in values):
                continue
            if node.required is not True:
                values.append(SKIP)
            yield node.name, values
        if self.flow.consent:
            yield "consent", ["yes", "no"]

    def guesses(self, step: Step) -> tuple[Value, ...]:
        """Returns what may be answered to the step."""
        if step.name not in self.guessed:
            self.guessed[step.name] = guesses(step, self.flow, self.now)
        return self.guessed[step.name]

    def play(self, wishes: Wishes, language: str | None = None) -> Way:
        """Returns the run that those wishes lead along.

        Where nothing that is guessed passes a constraint, the run is played again without that constraint: what is said counts.
        """
        while True:
            way = self.run(wishes, language or self.flow.languages[0])
            if not way.stuck or way.stuck in self.free:
                return way
            self.free |= {way.stuck}
            self.flow = _freed(self.flow, way.stuck)
            self.catalogue = replace(self.catalogue, flows={**self.catalogue.flows, self.flow.version: self.flow})
            self.guessed.pop(way.stuck, None)

    def run(self, wishes: Wishes, language: str) -> Way:
        flow = self.flow
        fresh = begin(flow, language=language, seed="way", now=self.now)
        state, effects = advance(self.catalogue, fresh, Start(flow.flow), self.now)
        turns = [Turn(flow.words[0] if flow.words else flow.flow, tuple([one for one in effects if isinstance(one, Say)]))]
        asked: list[str] = []
        while state.status == "open" and state.prompt is not None and len(turns) < _TURNS:
            prompt = state.prompt
            if prompt.asking == "question":
                asked.append(_step(flow, prompt).name)
            taken = self.answered(state, prompt, wishes, language)
            if taken is None:
                return Way(tuple(turns), tuple(asked), _step(flow, prompt).name)
            state, turn = taken
            turns.append(turn)
        return Way(tuple(turns), tuple(asked))

    def answered(self, state: Conversation, prompt: Prompt, wishes: Wishes, language: str) -> tuple[Conversation, Turn] | None:
        """Returns what becomes of the conversation by the first answer that is taken; None where none is."""
        for inbound, heard in self.replies(prompt, wishes, language):
            self.left -= 1
            after, effects = advance(self.catalogue, state, inbound, self.now)
            if after.tries == 0 and not _same(after.prompt, prompt):
                return after, Turn(heard, tuple([one for one in effects if isinstance(one, Say)]))
        return None

    def replies(self, prompt: Prompt, wishes: Wishes, language: str) -> Iterator[tuple[Inbound, str]]:
        """Yields what the person may send to that prompt, as the engine hears it and as it reads on an SMS."""
        options = prompt.options
        match prompt.asking:
            case "question":
                step = _step(self.flow, prompt)
                wished = [wishes[step.name]] if step.name in wishes else []
                for value in [*wished, *self.guesses(step)[:_TRIES]]:
                    yield from _sent(step, prompt, value, self.skip(language))
                yield from _sent(step, prompt, True, "")
                if step.required is not True:
                    yield from _sent(step, prompt, SKIP, self.skip(language))
            case "consent":
                chosen = str(wishes.get("consent", "yes"))
                yield Press(prompt.number, chosen), str(options.index(chosen) + 1)
            case "other":
                yield Text(_SENTENCE), _SENTENCE
            case _ if options:
                yield Press(prompt.number, options[0]), "1"
            case _:
                yield Text("ok"), "ok"

    def skip(self, language: str) -> str:
        """Returns the word by which a question is left out."""
        words = self.catalogue.language(language).words.get("skip", ())
        return str(words[0]) if words else "skip"


def _step(flow: Flow, prompt: Prompt) -> Step:
    node = flow.program[prompt.node]
    assert isinstance(node, Step)
    return node


def _same(after: Prompt | None, before: Prompt) -> bool:
    """Tells whether the same thing is asked again: the answer was not taken."""
    return after is not None and (after.asking, after.node, after.at) == (before.asking, before.node, before.at)


def _sent(step: Step, prompt: Prompt, value: Value, skip: str) -> Iterator[tuple[Inbound, str]]:
    """Yields the message that gives this value, nothing where it cannot be given to this prompt."""
    if value is SKIP:
        yield Text(skip), skip
        return
    match step.type:
        case "select_one" | "select_multiple" | "rank":
            names = [name for name in (value if isinstance(value, list) else [value]) if name in prompt.options]
            if step.type == "rank":  # what a filter leaves is put in order whole
                names = [*names, *(name for name in prompt.options if name not in names)][: step.top]
            if value is True:
                names = list(prompt.options[:1])
            if names:
                yield (
                    Press(prompt.number, " ".join(map(str, names))),
                    ", ".join(str(prompt.options.index(str(name)) + 1) for name in names),
                )
        case "acknowledge":
            yield Press(prompt.number, "yes" if value else "no"), "1" if value else "2"
        case "geopoint":
            yield Location(-1.6709, -78.6471), ""
        case "image" | "audio" | "video" | "file":
            yield _attachment(step.type), ""
        case "text" if step.accept and "text" not in step.accept:
            yield from ((_attachment(kind), "") for kind in _MEDIA if kind in step.accept)
        case _ if value is not True:
            text = written(step, value)
            yield Text(text), text
        case _:
            pass


def written(step: Step, value: Value) -> str:
    """Returns a value of an open question as a person types it: dates with the day first, telephones as they are dialled."""
    if step.type in ("date", "datetime") and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return f"{moment:%d/%m/%Y}" if step.type == "date" else f"{moment:%d/%m/%Y %H:%M}"
    if step.type == "phone":
        return "0" + str(value).removeprefix("+593")
    return str(value)


def _attachment(kind: Literal["image", "audio", "video", "file"]) -> Media:
    return Media(kind, "0" * 32, "application/octet-stream", "0" * 64, 1)


def _freed(flow: Flow, name: str) -> Flow:
    """Returns the flow without the constraint of that step."""
    at = flow.index[name]
    program = [replace(node, constraint=None) if place == at and isinstance(node, Step) else node
               for place, node in enumerate(flow.program)]  # fmt: skip
    return replace(flow, program=tuple(program))
