"""One simulated resident: what they do when a message with a question comes, and after how long. They see what a screen shows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from bot.engine.flow import Flow, Step
from bot.engine.language import Language
from bot.rehearsal.mix import Chances, Mix
from bot.rehearsal.phrasing import choosing, control, listed, opened, valued, voice
from bot.vocabulary import Location, Media, Option, Outgoing, Press, Text, Value

Kind = Literal["image", "audio", "video", "file"]
Content = Text | Press | Location | Media
Act = tuple[timedelta, Content]
"""After how long the person does what."""

_ASIDES = 2
"""How often one person strays from one question at most: help, back, nonsense …"""
_TRIES = 3
_PATIENCE = 8
"""After so many tries at one question everybody gives up, whatever the chances say: else some would go on for ever."""
_MOST = 600
"""How many messages one person answers at most: no flow asks that much of anybody."""
_READING = 25.0
"""Characters a second: how fast a message is read."""
_WEARY = 1.5
"""By how much more likely people leave at a question that asks for words, for something personal, or after a long text."""
_LONG = 300
_ATTACHED: tuple[Kind, ...] = ("audio", "image", "video", "file")


@dataclass(frozen=True, slots=True)
class Town:
    """What all residents have in common: the flow, how they behave, what passes each step's constraint, who keeps their files."""

    flow: Flow
    mix: Mix
    languages: Mapping[str, Language]
    known: Mapping[str, Sequence[Value]]
    attach: Callable[[Kind], Media]


@dataclass(slots=True)
class Person:
    """One of them. `gone`: they stopped answering; `out`: they said stop, or have had enough.

    `wishes` are the answers that they thought of, `tries` how often they answered a question that came again, `asides` how often
    they strayed from it; `last` is the question answered last, `acts` counts the messages that asked them something.
    """

    town: Town
    channel: str
    language: str
    chance: random.Random
    gone: bool = False
    out: bool = False
    wishes: dict[str, Value] = field(default_factory=dict)
    tries: Counter[str] = field(default_factory=Counter)
    asides: Counter[str] = field(default_factory=Counter)
    last: str = ""
    acts: int = 0

    def hear(self, message: Outgoing) -> list[Act]:
        """Returns what the person does about a message that they have just got; nothing for one that asks nothing."""
        if not message.prompt or self.out:
            return []
        chances = self.town.mix.chances
        if self.gone:
            if not self._happens(chances.come_back):
                return []
            self.gone = False
        if message.language in self.town.languages:
            self.language = message.language
        step = self._step(message)
        where = message.step
        if self.last == where:
            self.tries[where] += 1
        self.acts += 1
        if self.acts > _MOST or self.tries[where] >= _PATIENCE:
            self.out = True
            return []
        if self._happens(chances.leave * self._burden(message, step)):
            self.gone = True
            return []
        pause = self._pause(message)
        if self._happens(chances.stop):
            self.out = True
            return [(pause, control(self._speaks(), "stop", self.chance))]
        aside = self._aside(message, chances)
        if aside is not None:
            self.last = ""
            return [(pause, aside)]
        self.last = where
        return self._answer(message, step, pause)

    def _happens(self, percent: float) -> bool:
        return self.chance.random() * 100 < percent

    def _speaks(self) -> Language:
        return self.town.languages[self.language]

    def _step(self, message: Outgoing) -> Step | None:
        place = self.town.flow.index.get(message.step)
        node = self.town.flow.program[place] if place is not None else None
        return node if isinstance(node, Step) else None

    def _burden(self, message: Outgoing, step: Step | None) -> float:
        weight = 1.0 + self.tries[message.step]
        weight *= _WEARY if message.wants == "text" else 1.0
        weight *= _WEARY if step is not None and step.personal else 1.0
        return weight * (_WEARY if len(message.text) > _LONG else 1.0)

    def _pause(self, message: Outgoing) -> timedelta:
        mix = self.town.mix
        if self._happens(mix.chances.late):
            return timedelta(seconds=self.chance.lognormvariate(0, 0.8) * mix.late.total_seconds())
        thinking = self.chance.lognormvariate(0, 0.6) * mix.pause.total_seconds()
        return timedelta(seconds=thinking * (_WEARY if message.wants == "text" else 1.0) + len(message.text) / _READING)

    def _aside(self, message: Outgoing, chances: Chances) -> Content | None:
        """Returns what strays from the question; None for most."""
        drawn = [(name, self._happens(getattr(chances, name))) for name in ("help", "back", "repeat", "language", "nonsense")]
        strays = next((name for name, happens in drawn if happens), None)
        if strays is None or self.asides[message.step] >= _ASIDES:
            return None
        if strays == "language" and len(self.town.flow.languages) < 2:
            return None
        self.asides[message.step] += 1
        if strays == "nonsense":
            return Text(self.chance.choice(voice(self.language).nonsense))
        return control(self._speaks(), strays, self.chance)

    # ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _answer(self, message: Outgoing, step: Step | None, pause: timedelta) -> list[Act]:
        if step is None:
            return [(pause, self._own(message))]
        skips = step.required is not True and self.tries[step.name] == 0 and self._happens(self.town.mix.chances.skip)
        weary = step.required is not True and self.tries[step.name] >= _TRIES
        if skips or weary:
            section = "refuse" if step.personal and self.chance.random() < 0.5 else "skip"
            return [(pause, listed(self._speaks(), section, self.chance))]
        if message.options:
            return [(pause, self._chosen(message, step))]
        return self._free(step, pause)

    def _own(self, message: Outgoing) -> Content:
        """Answers a question of the product's own, or what the other choice is."""
        options = {option.name: option for option in message.options}
        chances = self.town.mix.chances
        match message.step:
            case "consent":
                wanted = "yes" if self._happens(chances.consent) else "no"
            case "review":
                wanted = "correct" if self._happens(chances.correct) else "send"
            case "language":
                wanted = next((name for name in sorted(options) if name != self.language), self.language)
            case "menu":
                wanted = f"flow:{self.town.flow.flow}"
            case "erase" | "leave":
                wanted = "no"
            case _:
                wanted = self.chance.choice(sorted(options)) if options else ""
        if wanted in options:
            return choosing(message, [wanted], self._way(), None, self.chance)
        if message.options:
            return choosing(message, [message.options[0].name], "number", None, self.chance)
        return Text(self.chance.choice(voice(self.language).open) if message.wants == "text" else "ok")

    def _way(self) -> str:
        ways = self.town.mix.ways
        return self.chance.choices(list(ways), list(ways.values()))[0]

    def _chosen(self, message: Outgoing, step: Step) -> Content:
        way = self._way()
        names = self._wished(message.options, step)
        clear = self.tries[step.name] > 0
        if not clear and len(message.options) > 1 and self._happens(self.town.mix.chances.hesitate):
            first, second = self.chance.sample(sorted(option.label for option in message.options), 2)
            return Text(voice(self.language).either.format(first, second))
        return choosing(message, names, "number" if clear else way, step, self.chance)

    def _wished(self, options: Sequence[Option], step: Step) -> list[str]:
        """Returns the names of the options that the person takes: their wish, as far as it is shown."""
        shown = sorted(option.name for option in options)
        if step.type == "acknowledge":
            return ["yes"]
        if step.type in {"select_one", "select_multiple", "rank", "range"}:
            wish = self._wish(step)
            wanted = [str(name) for name in (wish if isinstance(wish, list) else [wish]) if str(name) in shown]
            if step.type == "rank":
                rest = [name for name in shown if name not in wanted]
                self.chance.shuffle(rest)
                return [*wanted, *rest][: step.top]
            if wanted:
                return wanted
        if shown == ["no", "yes"]:  # a question back: was that meant?
            return ["yes" if self.chance.random() < 0.9 else "no"]
        return [self.chance.choice(shown)]

    def _wish(self, step: Step) -> Value:
        if step.name not in self.wishes or (self.tries[step.name] and step.type not in {"select_one", "rank"}):
            known = self.town.known[step.name]
            self.wishes[step.name] = self.chance.choice(known) if known else ""
        return self.wishes[step.name]

    def _free(self, step: Step, pause: timedelta) -> list[Act]:
        match step.type:
            case "geopoint":
                return [(pause, Location(-1.67 + self.chance.uniform(-0.1, 0.1), -78.65 + self.chance.uniform(-0.1, 0.1)))]
            case "image" | "audio" | "video" | "file":
                return [(pause, self.town.attach(step.type))]
            case "text" if step.accept and "text" not in step.accept:
                return [(pause, self.town.attach(next(kind for kind in _ATTACHED if kind in step.accept)))]
            case _:
                text = opened(
                    step, valued(step, self.town.known[step.name], self.language, self.chance), self.language, self.chance
                )
        words = text.text.split()
        if step.type == "text" and len(words) > 3 and self._happens(self.town.mix.chances.pieces):
            half = len(words) // 2
            second = pause + timedelta(seconds=self.chance.uniform(0.5, 2.5))
            return [(pause, Text(" ".join(words[:half]))), (second, Text(" ".join(words[half:])))]
        return [(pause, text)]
