"""Plays flows with the engine alone: no database, no channel. Between any two turns the state goes through JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from textwrap import dedent

from bot.engine.catalogue import Catalogue, Limits
from bot.engine.conversation import advance, begin
from bot.engine.flow import ConsentText, Flow
from bot.engine.language import Language
from bot.engine.source import load
from bot.engine.state import Conversation, decode, encode, lobby, lobby_after
from bot.translations import load_languages
from bot.vocabulary import (
    Begin,
    Effect,
    EndConversation,
    Inbound,
    Location,
    OfferLink,
    Perform,
    Press,
    RecordAnswer,
    Result,
    Say,
    SetTimer,
    Staff,
    Start,
    TellMyData,
    TellPersons,
    Text,
    Timer,
    Value,
)

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@cache
def languages() -> Mapping[str, Language]:
    """The product's languages, read once for all tests."""
    return load_languages(ROOT / "locales")


def flow_of(text: str, library: Mapping[str, str] | None = None) -> Flow:
    """Loads a flow; a mistake in it fails the test with its problems."""
    loaded = load(dedent(text), "prueba.yaml", library=library or {})
    assert loaded.flow is not None, loaded.problems
    return loaded.flow


class Play:
    """One person and the engine."""

    def __init__(
        self,
        *flows: Flow | str,
        lang: str = "es",
        consents: Mapping[str, ConsentText] | None = None,
        dated: bool = True,
        limits: Limits | None = None,
        contact: str = "Ventanilla 3.",
    ) -> None:
        known = [flow_of(flow) if isinstance(flow, str) else flow for flow in flows]
        self.catalogue = Catalogue(
            {flow.version: flow for flow in known},
            {flow.flow: flow.version for flow in known},
            languages(),
            consents or {},
            "Puyo",
            contact,
            dated,
            limits or Limits(),
        )
        self.now = NOON
        self.conversation: Conversation = lobby(lang, "semilla")
        self.effects: list[Effect] = []
        self.completed: dict[str, Conversation] = {}
        self.away: dict[str, Conversation] = {}
        self.brought: dict[str, Value] = {}
        """What an effect of a `do` step brings, by its name."""
        self.persons: list[object] = [{"number": 1, "name": "", "current": True}]

    # ── the person's side ────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, flow: str | None = None, presets: Mapping[str, str] | None = None) -> Play:
        """Begins a flow, the only one if none is named."""
        return self.turn(Start(flow or next(iter(self.catalogue.open)), presets or {}))

    def say(self, *texts: str) -> Play:
        """Writes, each message long after the prompt was read."""
        for text in texts:
            self.turn(Text(text))
        return self

    def quickly(self, text: str, *, since: float | None = 1.0, former: bool = False) -> Play:
        """Writes within a breath of the present prompt, or before it could be read."""
        return self.turn(Text(text, "former" if former else "current", since))

    def press(self, choice: str, prompt: int | None = None) -> Play:
        """Presses a button of the present prompt, or of the one with that number."""
        assert self.conversation.prompt is not None or prompt is not None
        number = prompt if prompt is not None else self.conversation.prompt.number  # type: ignore[union-attr] # because just asserted
        return self.turn(Press(number, choice))

    def locate(self, latitude: float, longitude: float) -> Play:
        """Shares a position."""
        return self.turn(Location(latitude, longitude))

    def wait(self, **span: float) -> Play:
        """Lets time pass; every timer that falls due on the way rings."""
        target = self.now + timedelta(**span)
        while (timer := self.timer) is not None and timer.due is not None and timer.kind is not None and timer.due <= target:
            self.now = max(self.now, timer.due)
            self.turn(Timer(timer.kind, timer.token))
        self.now = target
        return self

    def turn(self, inbound: Inbound, rounds: int = 5) -> Play:
        """One inbound, and what follows from it within the same transaction."""
        before = self.conversation
        stored = encode(before)
        self.conversation, effects = advance(self.catalogue, decode(stored), inbound, self.now)
        again = advance(self.catalogue, before, inbound, self.now)
        assert (encode(again[0]), again[1]) == (encode(self.conversation), effects), "advance is no function"
        assert encode(before) == stored, "advance changed what it was given"
        self.effects.extend(effects)
        if rounds:
            self._follow(effects, rounds - 1)
        return self

    def _follow(self, effects: tuple[Effect, ...], rounds: int) -> None:
        for effect in effects:
            match effect:
                case EndConversation(outcome=outcome):
                    if outcome == "completed":
                        self.completed[self.conversation.flow] = self.conversation
                    self.conversation = lobby_after(self.conversation)
                case TellMyData(effect=name):
                    self.turn(Result(name, {"addresses": 1, "conversations": [], "consents": []}), rounds)
                case OfferLink(effect=name):
                    self.turn(Result(name, "CDFGH-JKMNP"), rounds)
                case TellPersons(effect=name, said=said):
                    self.turn(Result(name, {"persons": self.persons, "most": 8, "said": said}), rounds)
                case Perform(effect=name, result=result):
                    self.turn(Result(result, self.brought.get(name)), rounds)
                case Begin():
                    self._begin(effect, rounds)
                case _:
                    pass

    def _begin(self, effect: Begin, rounds: int) -> None:
        if self.conversation.status == "open":
            self.away[self.conversation.flow] = self.conversation
        if effect.flow in self.away and not effect.anew:
            self.conversation = self.away.pop(effect.flow)
            self.turn(Staff("resume"), rounds)
            return
        if effect.flow in self.completed and not effect.anew:
            self.conversation = self.completed[effect.flow]
        else:
            flow = self.catalogue.current(effect.flow)
            assert flow is not None
            self.conversation = begin(
                flow, language=self.conversation.language, seed="semilla 2", now=self.now, presets=effect.presets
            )
        self.turn(Start(effect.flow, effect.presets), rounds)

    # ── what can be seen ─────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def timer(self) -> SetTimer | None:
        """The timer that is set now."""
        timers = [effect for effect in self.effects if isinstance(effect, SetTimer)]
        return timers[-1] if timers and timers[-1].kind is not None else None

    @property
    def says(self) -> list[Say]:
        """Everything said so far."""
        return [effect for effect in self.effects if isinstance(effect, Say)]

    @property
    def last(self) -> str:
        """The last message."""
        return self.says[-1].text

    @property
    def asked(self) -> str:
        """What the prompt on the screen asks: the step's name."""
        prompts = [said for said in self.says if said.kind == "prompt"]
        return prompts[-1].step if self.conversation.prompt is not None else ""

    @property
    def choices(self) -> list[str]:
        """The options of the last message."""
        return [option.name for option in self.says[-1].choices]

    @property
    def journal(self) -> list[RecordAnswer]:
        """Every row recorded."""
        return [effect for effect in self.effects if isinstance(effect, RecordAnswer)]

    @property
    def answers(self) -> dict[str, Value]:
        """The latest value of every answer, by name and instance."""
        latest: dict[str, Value] = {}
        for row in self.journal:
            latest["/".join([row.step, *map(str, row.at)])] = row.value
        return latest

    @property
    def outcome(self) -> str | None:
        """How the last conversation ended."""
        ends = [effect.outcome for effect in self.effects if isinstance(effect, EndConversation)]
        return ends[-1] if ends else None
