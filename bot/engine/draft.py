"""A conversation while one turn works on it: its fields, unfrozen, and the effects so far.

Inside a turn the engine changes this draft; outside, only frozen conversations exist. One record is copied in and one out,
instead of one copy for every change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.engine.catalogue import Catalogue
from bot.engine.flow import Flow, Step
from bot.engine.language import Language
from bot.engine.state import Asking, Conversation, Prompt, Status
from bot.vocabulary import Effect, Empty, Instance, Option, RecordAnswer, Say, Value

_REMEMBERED_PROMPTS = 12


def key_of(name: str, at: Instance) -> str:
    """Returns the key under which `held` keeps the answer to that step in that instance."""
    return name if not at else name + "/" + "/".join(map(str, at))


class Draft:
    """What one turn works on. `flow` is None in the lobby."""

    __slots__ = (
        "active_at", "asked", "catalogue", "consented", "declined", "editing", "effects", "empties", "finished", "flow", "former",
        "frames", "handed_over", "held", "language", "node", "now", "origin", "presets", "prompt", "prompts", "reminded",
        "reviewed", "said", "sequence", "speaks", "status", "steps", "stopped", "tries", "turns",
    )  # fmt: skip

    def __init__(self, catalogue: Catalogue, conversation: Conversation, now: datetime) -> None:
        c = conversation
        self.catalogue = catalogue
        self.origin = c
        self.now = now
        self.effects: list[Effect] = []
        self.steps = 0
        self.flow: Flow | None = catalogue.flows[c.version] if c.version else None
        self.language = c.language
        self.speaks: Language = catalogue.language(c.language)
        self.status: Status = c.status
        self.node = c.node
        self.frames = c.frames
        self.held: Mapping[str, Value] = c.held
        self.empties: Mapping[str, Empty] = c.empties
        self.presets = c.presets
        self.prompt = c.prompt
        self.tries = c.tries
        self.sequence = c.sequence
        self.prompts = c.prompts
        self.turns = c.turns + 1
        self.said = c.said
        self.asked = c.asked
        self.former = c.former
        self.editing = c.editing
        self.finished = c.finished
        self.reviewed = c.reviewed
        self.consented = c.consented
        self.declined = c.declined
        self.reminded = c.reminded
        self.handed_over = c.handed_over
        self.stopped = c.stopped
        self.active_at = c.active_at

    def freeze(self) -> Conversation:
        """Returns the conversation as this turn leaves it."""
        c = self.origin
        return Conversation(
            c.flow, c.version, self.language, c.seed, self.status, self.node, self.frames, self.held, self.empties, self.presets,
            self.prompt, self.tries, self.sequence, self.prompts, self.turns, self.said, self.asked, self.former, self.editing,
            self.finished, self.reviewed, self.consented, self.declined, self.reminded, self.handed_over, self.stopped,
            self.active_at,
        )  # fmt: skip

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def listens(self) -> tuple[Language, ...]:
        """Returns the languages in which this person may answer: theirs first, then the flow's, then the product's."""
        codes = [self.language, *(self.flow.languages if self.flow else ()), *self.catalogue.languages]
        heard = [known for code in dict.fromkeys(codes) if (known := self.catalogue.knows(code)) is not None]
        return tuple(dict.fromkeys(heard)) or (self.speaks,)

    def speak(self, language: str) -> None:
        """Speaks that language from now on."""
        self.language = language
        self.speaks = self.catalogue.language(language)

    def reply(self, key: str, **places: object) -> None:
        """Says a text of the product. `{contact}` is known to all of them."""
        places.setdefault("contact", self.contact)
        self.effects.append(Say(self.speaks.say(key, **places), step=key.partition(".")[2], language=self.language))

    def say(self, text: str, *, step: str) -> None:
        """Says a text that is made already, about that."""
        self.effects.append(Say(text, step=step, language=self.language))

    @property
    def contact(self) -> str:
        """Returns how to reach a person, as a sentence; "" where nothing is said of it."""
        contact = self.catalogue.contact.strip()
        return contact if not contact or contact[-1] in ".!?" else f"{contact}."

    # ── prompts ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def ask(
        self,
        asking: Asking,
        text: str,
        *,
        step: str,
        node: int = -1,
        at: Instance = (),
        options: tuple[Option, ...] = (),
        detail: Any = None,
        several: bool = False,
        wants: str = "",
        media: Mapping[str, str] | None = None,
    ) -> None:
        """Puts a prompt on the screen and remembers what was shown."""
        self.prompts += 1
        if node < 0 and isinstance(detail, dict):
            detail = {**detail, "shown": self._shown(asking)}
        self.prompt = Prompt(
            self.prompts, asking, node, at, tuple([option.name for option in options]), {}, self.language, detail
        )
        if node >= 0:
            self.asked = (*self.asked[1 - _REMEMBERED_PROMPTS :], (self.prompts, node, at))
        self.effects.append(Say(text, "prompt", step, options, self.prompts, several, wants, media or {}, self.language))

    def ask_own(self, asking: Asking, text: str, options: tuple[Option, ...], *, under: str = "", **detail: object) -> None:
        """Puts one of the product's own questions on the screen. It keeps the labels shown, and over which prompt it lies
        (`under`), so that the person comes back to that.
        """
        kept = {"labels": [option.label for option in options], "under": under, **detail}
        self.ask(asking, text, step=asking, options=options, detail=kept)

    def _shown(self, asking: Asking) -> Mapping[str, list[int]]:
        """Returns under which numbers each of the product's own questions was shown since the flow itself asked something: a
        button of any of them means the same.
        """
        former = self.prompt or self.origin.prompt
        kept = former.detail if former is not None and former.node < 0 and isinstance(former.detail, dict) else {}
        shown: Mapping[str, list[int]] = kept.get("shown", {})
        return {**shown, asking: [*shown.get(asking, [])[1 - _REMEMBERED_PROMPTS :], self.prompts]}

    def under(self) -> str:
        """Returns what the flow itself is asking, also where a question of the product's own lies over it."""
        prompt = self.prompt
        if prompt is None:
            return "question"
        if isinstance(prompt.detail, dict) and prompt.detail.get("under"):
            return str(prompt.detail["under"])
        return prompt.asking

    def yes_no(self) -> tuple[Option, ...]:
        """Returns the two options of a question of the product's own."""
        return (Option("yes", self.speaks.say("engine.yes")), Option("no", self.speaks.say("engine.no")))

    # ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def record(
        self,
        name: str,
        kind: str,
        at: Instance,
        raw: str,
        value: Value,
        *,
        empty: Empty | None = None,
        reason: str = "",
        comment: str = "",
    ) -> None:
        """Appends a row to the journal and holds it as the latest word."""
        key = key_of(name, at)
        self.sequence += 1
        self.effects.append(
            RecordAnswer(self.sequence, name, kind, at, raw, value, empty, self.language, self.tries, reason, comment)
        )
        if empty == "not_asked":
            self.held = {known: held for known, held in self.held.items() if known != key}
        else:
            self.held = {**self.held, key: value}
        if empty in ("skipped", "refused"):
            self.empties = {**self.empties, key: empty}
        elif key in self.empties:
            self.empties = {known: why for known, why in self.empties.items() if known != key}

    def step_at(self, node: int) -> Step:
        """Returns the step at that node of the running flow's program."""
        assert self.flow is not None
        step = self.flow.program[node]
        assert isinstance(step, Step)
        return step
