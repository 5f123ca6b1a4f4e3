"""The JSON player: one object a line in, one object a line out, each flushed, so that a program can play a resident."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, TextIO

import orjson

from bot.chat.events import Event, as_json
from bot.chat.recording import Recorded
from bot.chat.script import ScriptError, line
from bot.chat.talk import Talk
from bot.engine.language import Language


def play(talk: Talk | Recorded, source: Iterable[str], out: TextIO, language: Language, runner: asyncio.Runner) -> None:
    """Plays every line of the source. A line that cannot be played is answered with {"error": …} and the play goes on.

    After the start and after each line {"turn": n} says that everything it led to has been told.
    """
    turn = 0
    _tell(out, runner.run(talk.begin()), turn)
    for text in source:
        if not text.strip():
            continue
        turn += 1
        events: list[Event] = []
        try:
            events = runner.run(talk.play(line(text)))
        except ScriptError as error:
            _write(out, {"error": language.say(f"chat.error.{error.code}", **error.places)})
        _tell(out, events, turn)


def _tell(out: TextIO, events: list[Event], turn: int) -> None:
    for event in events:
        _write(out, as_json(event))
    _write(out, {"turn": turn})


def _write(out: TextIO, event: dict[str, Any]) -> None:
    out.write(orjson.dumps(event).decode() + "\n")
    out.flush()
