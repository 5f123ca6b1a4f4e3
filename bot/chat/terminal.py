"""The chat in a terminal: what the bot says is indented, options are numbered, a prompt waits for the person's words."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from bot.chat.events import Ended, Event, File, Said
from bot.chat.recording import Recorded
from bot.chat.script import Act, Line, Restart, ScriptError, Wait, duration
from bot.chat.talk import Talk
from bot.engine.language import Language
from bot.vocabulary import Outgoing

_COMMANDS: Mapping[str, str] = {
    "/salir": "exit", "/exit": "exit", "/esperar": "wait", "/wait": "wait", "/archivo": "file", "/file": "file",
    "/lugar": "place", "/place": "place", "/reiniciar": "restart", "/restart": "restart",
}  # fmt: skip
_INDENT = "    "
_WIDEST = 96


@dataclass(frozen=True, slots=True)
class Ink:
    """How things are set off: escape codes on a terminal, nothing in a pipe."""

    bold: str = ""
    dim: str = ""
    plain: str = ""


def ink_for(out: TextIO) -> Ink:
    """Returns the ink for this output: none unless it is a terminal, and none where NO_COLOR asks for none."""
    if out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return Ink("\033[1m", "\033[2m", "\033[0m")
    return Ink()


def play(talk: Talk | Recorded, source: TextIO, out: TextIO, language: Language, runner: asyncio.Runner) -> None:
    """Plays until the source ends, /salir, or Ctrl-D. Raises KeyboardInterrupt on Ctrl-C."""
    ink = ink_for(out)
    echo = not source.isatty()
    out.write(f"{ink.dim}{language.say('chat.hint')}{ink.plain}\n\n")
    _show(out, runner.run(talk.begin()), language, ink)
    while True:
        out.write(f"{ink.bold}{language.say('chat.you')}>{ink.plain} ")
        out.flush()
        text = source.readline()
        if echo:
            out.write(text if text.endswith("\n") else text + "\n")
        elif not text:
            out.write("\n")
        if not text:
            out.flush()
            return
        try:
            said = command(text.strip())
            if said is None:
                return
            _show(out, runner.run(talk.play(said)), language, ink)
        except ScriptError as error:
            out.write(f"{ink.dim}{language.say(f'chat.error.{error.code}', **error.places)}{ink.plain}\n")


def command(text: str) -> Line | None:
    """Returns what a typed line means: a command of this terminal, else the person's own words; None to leave.

    Raises ScriptError for a command that says too little or too much.
    """
    word, _, rest = text.partition(" ")
    match _COMMANDS.get(word.casefold()):
        case "exit":
            return None
        case "wait":
            return Wait(duration(rest))
        case "file":
            return Act({"file": _path(rest)})
        case "place":
            return Act({"location": _degrees(rest)})
        case "restart":
            return Restart()
        case _:
            return Act({"text": text})


def _path(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    path = words[0] if len(words) == 1 else text.strip()
    if not path:
        raise ScriptError("wrong_type", key="/archivo", example="/archivo foto.jpg")
    return path


def _degrees(text: str) -> list[float]:
    try:
        latitude, longitude = (float(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ScriptError("place", value=text.strip(), example="/lugar -1.67, -78.65") from error
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ScriptError("place", value=text.strip(), example="/lugar -1.67, -78.65")
    return [latitude, longitude]


def _show(out: TextIO, events: list[Event], language: Language, ink: Ink) -> None:
    for event in events:
        match event:
            case Said(message, files):
                width = min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)
                out.write(bubble(message, ink, width, files) + "\n")
            case Ended(outcome):
                out.write(f"{ink.dim}— {language.say(f'chat.end.{outcome}')}{ink.plain}\n\n")
            case _:
                pass
    out.flush()


def bubble(message: Outgoing, ink: Ink, width: int, files: Sequence[File] = ()) -> str:
    """Returns the message, indented and wrapped, with its options numbered below unless its text numbers them already."""
    lines = [wrapped for line in message.text.split("\n") for wrapped in _wrap(line, _INDENT, _INDENT, width)]
    for file in files or [File(kind, name, None) for kind, name in message.media.items()]:
        lines.append(f"{_INDENT}{ink.dim}[{file.kind}: {file.name}]{ink.plain}")
        if file.path is not None:
            lines.append(f"{_INDENT}{ink.dim}{file.path}{ink.plain}")
    if message.layout in ("buttons", "list"):
        digits = len(str(len(message.options)))
        for number, option in enumerate(message.options, start=1):
            head = f"{_INDENT}  {number:>{digits}}  "
            lines += _wrap(option.label, head, " " * len(head), width)
    return "\n".join(lines) + "\n"


def _wrap(line: str, first: str, rest: str, width: int) -> list[str]:
    return textwrap.wrap(line, max(width, 30), initial_indent=first, subsequent_indent=rest, break_long_words=False) or [""]
