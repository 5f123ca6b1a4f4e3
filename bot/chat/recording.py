"""`minga chat --record`: a played chat is kept as a dialogue (`bot.chat.dialogue`) that can be played again and compared."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.channels.console import NAME
from bot.chat.dialogue import Dialogue, told, written_line
from bot.chat.events import Event
from bot.chat.script import Act, Line
from bot.chat.stage import Scene
from bot.chat.talk import Talk
from bot.engine.catalogue import Catalogue
from bot.engine.conversation import advance
from bot.engine.state import Conversation
from bot.vocabulary import Effect, Inbound


class Steady:
    """The engine, with seeds that are the same in each playing: orders drawn by lot and receipts are those of the recording.

    Where several persons answer one flow from one phone, each has a seed and a receipt of their own: one object for each playing.
    """

    def __init__(self) -> None:
        self._begun: dict[str, list[str]] = {}

    def __call__(
        self, catalogue: Catalogue, conversation: Conversation, inbound: Inbound, now: datetime
    ) -> tuple[Conversation, tuple[Effect, ...]]:
        """See `bot.engine.conversation.advance`."""
        if conversation.turns == 0:
            conversation = replace(conversation, seed=self._seed(conversation))
        return advance(catalogue, conversation, inbound, now)

    def _seed(self, conversation: Conversation) -> str:
        told = f"{conversation.flow} {conversation.sequence}"
        begun = self._begun.setdefault(told, [])
        if conversation.seed not in begun:
            begun.append(conversation.seed)
        place = begun.index(conversation.seed)
        return hashlib.sha256(f"{told} {place}".encode() if place else told.encode()).hexdigest()[:32]


def head(scene: Scene, flow: Path, record: Path) -> dict[str, str]:
    """Returns the head of the dialogue that is played in this scene: all that what is said depends on."""
    assert scene.now is not None
    told_of = {
        "flow": os.path.relpath(flow.resolve(), record.resolve().parent).replace(os.sep, "/"),
        "channel": "" if scene.look == NAME else scene.look,
        "lang": scene.language or "",
        "now": scene.now.strftime("%Y-%m-%dT%H:%M"),
        "zone": str(scene.now.tzinfo),
    }
    # an empty municipality is a fact as well: it is told, so that it is played so
    return {key: value for key, value in told_of.items() if value} | {
        "municipality": scene.municipality,
        "contact": scene.contact,
    }


class Recorded:
    """A talk of which a dialogue is kept. The file is whole after every turn, so that nothing is lost by Ctrl-C."""

    def __init__(self, talk: Talk, record: Path, about: dict[str, str]) -> None:
        self._talk = talk
        self._record = record
        self._dialogue = Dialogue(about)
        self._turns: list[list[Event]] = []

    async def begin(self) -> list[Event]:
        """See Talk.begin. Raises OSError where the file cannot be written."""
        return self._keep(await self._talk.begin())

    async def play(self, said: Line) -> list[Event]:
        """See Talk.play: what cannot be done is no part of the dialogue. Raises OSError where the file cannot be written."""
        line = written_line(self._beside_record(said))
        events = await self._talk.play(said)
        self._dialogue.inputs.append(([], line))
        return self._keep(events)

    def _beside_record(self, said: Line) -> Line:
        """A file is named as it is found from where the dialogue lies."""
        match said:
            case Act({"file": str(name)}):
                found = os.path.relpath(Path(name).resolve(), self._record.resolve().parent)
                return Act({"file": found.replace(os.sep, "/")})
            case _:
                return said

    def _keep(self, events: list[Event]) -> list[Event]:
        self._turns.append(events)
        self._record.write_text(told(self._dialogue, self._turns), encoding="utf-8")
        return events
