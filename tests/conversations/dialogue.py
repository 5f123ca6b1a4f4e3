"""Dialogues as data that staff can read. A file has a head, a blank line, and then what the person does and what the bot says:

    # a comment, anywhere
    flow: flows/opciones.yaml        the flow, by its file; required
    channel: sms                     console where nothing else is said
    lang: es
    now: 2026-11-22T09:00            when it begins

    < What the bot says; further lines of a message
      are indented below it.
      [Riobamba|Ibarra|Puyo]         the options that it shows
    > What the person writes
    > [puyo]                         a button, by the choice's name; several: > [radio|redes]
    = wait 24h                       what else can happen: wait, location, file, restart
      {canton = "puyo"}              what is stored: the value, or why there is none
    (completed)                      the end

The bot's side is compared with what it says now; `pytest tests/conversations --update` writes it anew.
"""

import json
from dataclasses import dataclass, field

HEAD = ("flow", "channel", "lang", "now")


@dataclass
class Dialogue:
    """`head` as written, `before` the comments before the first line, `inputs` what the person does with comments before each."""

    head: dict[str, str] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)
    inputs: list[tuple[list[str], str]] = field(default_factory=list)


def read(text):
    """Returns the dialogue that this file tells. Raises ValueError naming the line that cannot be read."""
    dialogue, lines = Dialogue(), text.splitlines()
    comments = []
    in_head = True
    for number, line in enumerate(lines, 1):
        if in_head:
            if not line.strip():
                in_head = False
            elif line.startswith("#"):
                dialogue.top.append(line)
            else:
                key, colon, value = line.partition(":")
                if not colon or key not in HEAD:
                    raise ValueError(f"line {number}: expected one of {', '.join(HEAD)} and a colon")
                dialogue.head[key] = value.strip()
        elif line.startswith("#"):
            comments.append(line)
        elif line.startswith((">", "=")):
            dialogue.inputs.append((comments, line))
            comments = []
        elif line.strip() and not line.startswith(("<", "  ", "(")):
            raise ValueError(f"line {number}: a line begins with >, =, <, #, ( or two spaces")
    if "flow" not in dialogue.head:
        raise ValueError("the head names no flow")
    return dialogue


def line_of(line):
    """Returns the line of `minga chat --json` that this line of a dialogue stands for. Raises ValueError."""
    return json.dumps(_event(line), ensure_ascii=False)


def _event(line):
    mark, _, rest = line.partition(" ")
    if mark == ">":
        if rest.startswith("[") and rest.endswith("]"):
            names = rest[1:-1].split("|")
            return {"choice": names[0] if len(names) == 1 else names}
        return {"text": rest}
    word, _, rest = rest.partition(" ")
    match word:
        case "wait":
            return {"wait": rest}
        case "location":
            return {"location": [float(part) for part in rest.split()]}
        case "file":
            return {"file": rest}
        case "restart":
            return {"restart": True}
        case _:
            raise ValueError(f"{line!r}: expected wait, location, file or restart")


def written(event):
    """Returns the lines of a dialogue that tell this event of `minga chat`."""
    match event:
        case {"say": text, "choices": choices}:
            first, *more = text.split("\n")
            lines = [f"< {first}".rstrip(), *(f"  {line}".rstrip() for line in more)]
            return [*lines, "  [" + "|".join(choice["label"] for choice in choices) + "]"] if choices else lines
        case {"answer": answer}:
            name = "/".join([answer["name"], *map(str, answer.get("at", []))])
            return [f"  {{{name} = {_value(answer)}}}"]
        case {"end": outcome}:
            return [f"({outcome})"]
        case {"error": error}:
            return [f"(error) {error}"]
        case {"turn": _}:
            return []
    raise AssertionError(event)


def _value(answer):
    """A file's reference is another each time: its kind and name tell enough."""
    match answer:
        case {"empty": str(empty)}:
            return empty
        case {"value": {"reference": _, "kind": kind, "name": name}}:
            return f"{kind} {name}"
        case {"value": value}:
            return json.dumps(value, ensure_ascii=False)
    raise AssertionError(answer)


def told(dialogue, turns):
    """Returns the file's text: the head and inputs as they were, with the events of each turn (the first is the start)."""
    lines = [*dialogue.top, *(f"{key}: {value}" for key, value in dialogue.head.items()), ""]
    lines += [line for event in turns[0] for line in written(event)]
    for (comments, line), events in zip(dialogue.inputs, turns[1:], strict=True):
        lines += [*comments, line]
        lines += [line for event in events for line in written(event)]
    return "\n".join(lines) + "\n"
