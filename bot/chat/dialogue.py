"""Dialogues as data that staff can read. A file has a head, a blank line, and then what the person does and what the bot says:

    # a comment, anywhere
    flow: flows/opciones.yaml        the flow, by its file; required
    open: flows/otro.yaml            further flows that are open, separated by commas
    start: puyo                      the word or link by which it begins, where that is not the flow's own name
    channel: sms                     console where nothing else is said
    lang: es                         the person's language, as far as the channel tells it
    now: 2026-11-22T09:00            when it begins
    zone: America/Guayaquil          the municipality's time zone
    dates: count                     whether the flow's opens and closes hold; in a played chat they do not
    municipality: Riobamba           as in the settings
    contact: Ventanilla 3

    < What the bot says; further lines of a message
      are indented below it.
      [Riobamba|Ibarra|Puyo]         the options that it shows
    > What the person writes
    > [puyo]                         a button, by the choice's name; several: > [radio|redes]
    = press 1 puyo                   a button further up the screen: that of the prompt before the present one
    = wait 24h                       what else can happen: wait, location, file, start, restart; text for words in need of quotes
      {canton = "puyo"}              what is stored: the value, or why there is none
    (completed)                      the end

The bot's side is compared with what it says now; `pytest tests/conversations --update` writes it anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.chat.events import Ended, Event, Said, Stored
from bot.chat.script import Act, Line, Restart, ScriptError, Wait, duration

HEAD = ("flow", "open", "start", "channel", "lang", "now", "zone", "dates", "municipality", "contact")

HIDDEN = "XXXX-XXXX-XXXXX"
"""Stands for the code of a request, which is another one each time."""

_CODE = re.compile(r"\b[A-Z0-9]{5}-[A-Z0-9]{5}\b")
_REQUEST_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b")
"""A code that links two channels is another one each time; it is written as XXXXX-XXXXX."""

_DECIMALS = 6
"""Of a degree: a tenth of a metre."""


class DialogueError(Exception):
    """This is no dialogue; the message names the line."""


@dataclass(slots=True)
class Dialogue:
    """`head` as written, `top` the comments above it, `inputs` what the person does, each with the comments before it."""

    head: dict[str, str] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)
    inputs: list[tuple[list[str], str]] = field(default_factory=list)


def read(text: str) -> Dialogue:
    """Returns the dialogue that this file tells. Raises DialogueError for a line that cannot be read."""
    dialogue, comments, in_head = Dialogue(), list[str](), True
    for number, line in enumerate(text.splitlines(), 1):
        if in_head:
            in_head = bool(line.strip())
            if line.startswith("#"):
                dialogue.top.append(line)
            elif in_head:
                key, colon, value = line.partition(":")
                if not colon or key not in HEAD:
                    raise DialogueError(f"line {number}: expected one of {', '.join(HEAD)} and a colon")
                dialogue.head[key] = value.strip()
        elif line.startswith("#"):
            comments.append(line)
        elif line.startswith((">", "=")):
            dialogue.inputs.append((comments, line))
            comments = []
        elif line.strip() and not line.startswith(("<", "  ", "(")):
            raise DialogueError(f"line {number}: a line begins with >, =, <, #, ( or two spaces")
    if "flow" not in dialogue.head:
        raise DialogueError("the head names no flow")
    return dialogue


def line_of(written: str) -> Line:
    """Returns what the player does where a dialogue says this. Raises DialogueError, and ScriptError for a bad duration."""
    mark, _, rest = written.partition(" ")
    if mark == ">":
        if rest.startswith("[") and rest.endswith("]"):
            names = rest[1:-1].split("|")
            return Act({"choice": names[0] if len(names) == 1 else names})
        return Act({"text": rest})
    word, _, rest = rest.partition(" ")
    match word:
        case "wait":
            return Wait(duration(rest))
        case "location":
            return Act({"location": [float(part) for part in rest.split()]})
        case "press":
            back, _, choice = rest.partition(" ")
            return Act({"choice": choice, "back": back})
        case "file" | "start":
            return Act({word: rest})
        case "text":
            return Act({"text": json.loads(rest)})
        case "restart":
            return Restart()
        case _:
            raise DialogueError(f"{written!r}: expected press, wait, location, file, start, text or restart")


def written_line(line: Line) -> str:
    """Returns how a dialogue writes what the player does: `line_of` reads it back."""
    match line:
        case Wait(span):
            return f"= wait {_span(span)}"
        case Restart():
            return "= restart"
        case Act(event):
            match event:
                case {"text": str(text)}:
                    plain = text == text.strip() and text.isprintable() and text and not (text[0] == "[" and text[-1] == "]")
                    return f"> {text}" if plain else f"= text {json.dumps(text, ensure_ascii=False)}"
                case {"choice": choice}:
                    return "> [" + "|".join([choice] if isinstance(choice, str) else choice) + "]"
                case {"location": place}:
                    return "= location " + " ".join(f"{part:.{_DECIMALS}f}".rstrip("0").rstrip(".") for part in place)
                case {"file": str(name)}:
                    return f"= file {name}"
    raise ScriptError("unknown_key", key=str(line), keys=", ".join(HEAD))


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def told(dialogue: Dialogue, turns: Sequence[Sequence[Event | str]]) -> str:
    """Returns the file's text: the head and inputs as they are, with the events of each turn (the first is the start).

    An event that is a text is an error that the player is told.
    """
    lines = [*dialogue.top, *(f"{key}: {value}".rstrip() for key, value in dialogue.head.items()), ""]
    lines += [line for event in turns[0] for line in _written(event)]
    for (comments, line), events in zip(dialogue.inputs, turns[1:], strict=True):
        lines += [*comments, line]
        lines += [line for event in events for line in _written(event)]
    return "\n".join(lines) + "\n"


def _written(event: Event | str) -> list[str]:
    match event:
        case str():
            return [f"(error) {event}"]
        case Said(message, files):
            first, *more = _CODE.sub("XXXXX-XXXXX", _REQUEST_CODE.sub(HIDDEN, message.text)).split("\n")
            lines = [f"< {first}".rstrip(), *(f"  {line}".rstrip() for line in more)]
            lines += [f"  [{file.kind}: {file.name}]" for file in files]
            return [*lines, "  [" + "|".join(option.label for option in message.options) + "]"] if message.options else lines
        case Stored():
            name = "/".join([event.name, *map(str, event.at)])
            return [f"  {{{name} = {_value(event)}}}"]
        case Ended(outcome):
            return [f"({outcome})"]


def _value(answer: Stored) -> str:
    """A file's reference is another each time: its kind and name tell enough."""
    if answer.empty is not None:
        return answer.empty
    match answer.value:
        case {"reference": _, "kind": kind, "name": name}:
            return f"{kind} {name}"
        case Mapping() | list() | str() | int() | float() | bool() | None:
            return json.dumps(answer.value, ensure_ascii=False)
