"""A conversation: one person's way through one version of a flow, as a value that survives JSON between any two turns."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from bot.vocabulary import Empty, Instance, Outcome, Value

Status = Literal["lobby", "open", "completed", "partial", "refused", "stopped"]

Asking = Literal[
    "question",
    "other",
    "candidates",
    "consent",
    "language",
    "leave",
    "review",
    "edit",
    "erase",
    "menu",
    "confirm_other",
    "pause",
    "persons",
    "nickname",
    "documents",
]
"""What the prompt on the screen asks: a step of the flow (question, other, confirm_other, candidates), or a question of the
product's own."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is on the person's screen, so that "2" means what that person saw.

    `number` is carried by its buttons. `node` and `at` say which step and instance it asks (node is -1 for the product's own).
    `options` are the names in the order shown; `cut` maps labels as cut for the channel to names. `language` is the one it
    was shown in. `detail` belongs to the kind: the flow to leave for, the readings between which a question back lets choose.
    """

    number: int
    asking: Asking
    node: int = -1
    at: Instance = ()
    options: tuple[str, ...] = ()
    cut: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    detail: Any = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The whole state. `flow` is empty in the lobby (no flow running).

    `held` has the latest value of every question answered so far, in the order of first answering (None where it is empty:
    `empties` says why); its keys are `name`, or `name/1/2` inside repeats.
    `node` and `frames` are the place in the program (frames: present pass of each open repeat, counted from 1).
    `sequence` numbers the journal rows, `prompts` the prompts, `turns` the turns (which makes it the timer's token).
    `said` are the notes already said. `asked` remembers the last prompts (number, node, at) for late buttons.
    `former` is the question answered last, to which a further message may belong. `editing`: the question at `node` is
    asked again although it has an answer. `finished`: it was completed before and is being corrected.
    `active_at` is the person's last word, in milliseconds since the epoch. `stopped`: the person wants no surveys.
    """

    flow: str
    version: str
    language: str
    seed: str
    status: Status = "open"
    node: int = 0
    frames: Instance = ()
    held: Mapping[str, Value] = field(default_factory=dict)
    empties: Mapping[str, Empty] = field(default_factory=dict)
    presets: Mapping[str, str] = field(default_factory=dict)
    prompt: Prompt | None = None
    tries: int = 0
    sequence: int = 0
    prompts: int = 0
    turns: int = 0
    said: tuple[str, ...] = ()
    asked: tuple[tuple[int, int, Instance], ...] = ()
    former: tuple[int, Instance] | None = None
    editing: bool = False
    finished: bool = False
    reviewed: bool = False
    consented: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    reminded: int = 0
    handed_over: bool = False
    stopped: bool = False
    active_at: int = 0


LEFT = "left"
"""The lobby's preset that names the flow whose conversation ended in the middle."""


def lobby(language: str, seed: str, *, stopped: bool = False) -> Conversation:
    """Returns the state of a person who is in no flow."""
    return Conversation(
        flow="", version="", language=language, seed=seed, status="lobby", prompts=first_number(seed), stopped=stopped
    )


def lobby_after(conversation: Conversation) -> Conversation:
    """Returns the lobby of a person whose conversation has just ended: they were here before, in this language.

    Of one that the clock ended it keeps the flow among its presets: who still answers it is told if it has closed meanwhile.
    """
    c = conversation
    left = {LEFT: c.flow} if c.status == "partial" else {}
    return Conversation(
        flow="", version="", language=c.language, seed=c.seed, status="lobby", prompts=c.prompts, turns=1, stopped=c.stopped,
        presets=left,
    )  # fmt: skip


def first_number(seed: str) -> int:
    """Returns where this conversation's prompt numbers start: apart from those of others, so that an old button of a
    former conversation is known to be old.
    """
    return int.from_bytes(hashlib.sha256(f"prompt\n{seed}".encode()).digest()[:3], "big") * 1_000


def receipt(seed: str) -> str:
    """Returns the code of 10 characters (50 bits, base 32) under which the person finds this conversation in the public file."""
    return base64.b32encode(hashlib.sha256(f"receipt\n{seed}".encode()).digest())[:10].decode()


def ended(conversation: Conversation) -> bool:
    """Tells whether this conversation is over."""
    return conversation.status not in ("open", "lobby")


def outcome(conversation: Conversation) -> Outcome | None:
    """Returns how it ended, None while it has not."""
    match conversation.status:
        case "completed" | "partial" | "refused" | "stopped" as status:
            return status
        case _:
            return None


def encode(conversation: Conversation) -> bytes:
    """Returns the conversation as JSON. `decode(encode(c)) == c`."""
    c, p = conversation, conversation.prompt
    return orjson.dumps(
        (
            c.flow, c.version, c.language, c.seed, c.status, c.node, c.frames, c.held, c.empties, c.presets,
            None if p is None else (p.number, p.asking, p.node, p.at, p.options, p.cut, p.language, p.detail),
            c.tries, c.sequence, c.prompts, c.turns, c.said, c.asked, c.former, c.editing, c.finished, c.reviewed,
            c.consented, c.declined, c.reminded, c.handed_over, c.stopped, c.active_at,
        )
    )  # fmt: skip


def decode(content: bytes | str) -> Conversation:
    """Returns the conversation that `encode` wrote. Raises ValueError for anything else."""
    fields = orjson.loads(content)
    if not isinstance(fields, list) or len(fields) != 27:
        message = "not a conversation of this version of the program"
        raise ValueError(message)
    (
        flow, version, language, seed, status, node, frames, held, empties, presets, prompt, tries, sequence, prompts, turns,
        said, asked, former, editing, finished, reviewed, consented, declined, reminded, handed_over, stopped, active_at,
    ) = fields  # fmt: skip
    return Conversation(
        flow, version, language, seed, status, node, tuple(frames), held, empties, presets,
        None if prompt is None else Prompt(
            prompt[0], prompt[1], prompt[2], tuple(prompt[3]), tuple(prompt[4]), prompt[5], prompt[6], prompt[7]
        ),
        tries, sequence, prompts, turns, tuple(said), tuple([(number, place, tuple(at)) for number, place, at in asked]),
        None if former is None else (former[0], tuple(former[1])), editing, finished, reviewed,
        tuple(consented), tuple(declined), reminded, handed_over, stopped, active_at,
    )  # fmt: skip
