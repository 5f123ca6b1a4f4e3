"""The words that all parts share: who writes, what comes in, what goes out, what the engine wants done.

Everything here is a frozen record without behaviour. This module imports nothing of the project, so every layer may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Value = str | int | float | bool | list[str] | dict[str, object] | None
"""An answer as it is stored: text, number, truth, list of choice names, a record (place, file), or nothing."""

Empty = Literal["skipped", "refused", "not_asked"]
"""Why an answer has no value. `not_asked` is written when a correction made a former answer irrelevant."""

Outcome = Literal["completed", "partial", "refused", "stopped"]
"""How a conversation ended."""

Instance = tuple[int, ...]
"""Which pass of the enclosing repeats an answer belongs to, outermost first, counted from 1; empty outside repeats."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be reached: a channel and the identifier that the channel gives them.

    `account` is our own side of it (bot id, sender number): two bots are two worlds.
    """

    channel: str
    identifier: str
    account: str = ""


# ── what comes in ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Start:
    """Begin (or take up again) a flow, by word, link, menu or command.

    `flow` is the flow's identifier, `presets` are answers that the link brings. From a channel it may also be the name of a link
    or a start word ("puyo"), or empty ("begin with whatever there is"): the turn finds out what that means.
    """

    flow: str
    presets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """A typed message.

    `on_screen` says which prompt the person had before them while writing: the present one, the one before it (the present one
    had not been accepted by the provider yet), or "perhaps" the present one, which was on its way just then. `since` is the time
    in seconds since the present prompt was accepted (perhaps: handed over), None if unknown: within the step's `join` a further
    message belongs to the former text answer.
    `edited`: the person changed a message that they had sent before; it is no new answer by itself.
    """

    text: str
    on_screen: Literal["current", "former", "perhaps"] = "current"
    since: float | None = None
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A button or list row. It carries the number of the prompt that showed it, so it is judged by that, never by order.

    `index` stands for the choice where its name has no room in a button: its place in the options shown, from 0. `does`: most
    buttons choose; `tick` puts a choice in or takes it out, `done` sends what is ticked, `page` turns to page `index` of a long
    list. The turn does what only concerns the screen; the engine hears of choices alone, several of them joined by spaces.
    `message` is the provider's identifier of the message that bears the button, where it tells one.
    """

    prompt: int
    choice: str
    index: int | None = None
    does: Literal["choose", "tick", "done", "page"] = "choose"
    message: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A shared position in degrees (WGS 84); accuracy in metres."""

    latitude: float
    longitude: float
    accuracy: float | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment that is already stored. `reference` finds the file, `sha256` proves it, `size` is in bytes.

    `album` is the same for attachments that the person sent together, as one; empty for one alone.
    """

    kind: Literal["image", "audio", "video", "file"]
    reference: str
    content_type: str
    sha256: str
    size: int
    name: str = ""
    caption: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class Unserved:
    """Somebody wrote where nobody is served (a group). They are told so once a day, in the text of the product of that key."""

    key: str


@dataclass(frozen=True, slots=True)
class Timer:
    """The clock's word. A token that is no longer the conversation's own makes it harmless.

    `shown` is when the provider took the question that is waiting for an answer (now, while it still tries): the question's clock
    starts then. None: unknown, or the person wrote after it.
    """

    kind: Literal["reminder", "expire"]
    token: int
    shown: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What an effect with a result brought back."""

    effect: str
    value: Value


@dataclass(frozen=True, slots=True)
class Staff:
    """Something a member of staff, or the operator of a test chat, does to a conversation."""

    action: Literal["restart", "close", "resume"]


Inbound = Start | Text | Press | Location | Media | Timer | Result | Staff


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event of a channel, parsed: from whom, what, when, and its raw form.

    `event` is the provider's identifier of it; (channel, address.account, event) is unique for ever.
    `written_at` is the provider's time when it tells one. `language` is the person's, as far as the channel tells it.
    `aliases` are further addresses of the same person that this event itself names (a number beside a business-scoped id).
    `number` is the message's place among all messages of its talk, ours and theirs, where the channel numbers them.
    """

    address: Address
    event: str
    content: Start | Text | Press | Location | Media | Staff | Unserved
    received_at: datetime
    written_at: datetime | None = None
    raw: bytes = b""
    language: str | None = None
    test: bool = False
    aliases: tuple[Address, ...] = ()
    number: int | None = None


# ── what goes out ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as it is shown: its name, its whole label, and the label as cut for the channel (equal if not cut)."""

    name: str
    label: str
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """A message to the person.

    `kind`: `prompt` waits for an answer, `note` is a step's own text, `reply` is a word of the product.
    `step` names the step or, for words of the product, what is being talked about ("consent", "menu", "review" …).
    `prompt` is the number that a Press of one of `choices` will carry; `several` allows more than one choice.
    `wants` is the answer's type ("location" lets a channel show its location button).
    `media` are attachments to show before the text: kind → file name in the flow's folder.
    `passing`: it names others than the reader, so no copy is kept once it is sent.
    """

    text: str
    kind: Literal["prompt", "note", "reply"] = "reply"
    step: str = ""
    choices: tuple[Option, ...] = ()
    prompt: int = 0
    several: bool = False
    wants: str = ""
    media: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    passing: bool = False


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """One row for the journal. (conversation, sequence) is its identity, so writing it twice is harmless.

    `comment` is what a person said beside a closed answer. `reason` tells more about an empty one
    ("not_understood", "consent", "correction"). `tries` counts the failed tries before it.
    """

    sequence: int
    step: str
    type: str
    at: Instance
    raw: str
    value: Value
    empty: Empty | None
    language: str
    tries: int = 0
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """The person's word on a consent text: which one, which version, in which language it was shown."""

    name: str
    version: str
    language: str
    purpose: str
    days: int
    given: bool


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The person's language from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Wake this conversation at `due` (aware) with Timer(kind, token); replaces the one set before. None: no timer."""

    kind: Literal["reminder", "expire"] | None
    due: datetime | None
    token: int


@dataclass(frozen=True, slots=True)
class EndConversation:
    """This conversation is over."""

    outcome: Outcome
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a flow, or take it up again, in this same turn, after what was said so far."""

    flow: str
    presets: Mapping[str, str] = field(default_factory=dict)
    anew: bool = False


@dataclass(frozen=True, slots=True)
class StopContact:
    """No surveys, reminders or campaigns for this person until they opt in by words."""


@dataclass(frozen=True, slots=True)
class ResumeContact:
    """The person opted in again."""


@dataclass(frozen=True, slots=True)
class TellMyData:
    """Has a result, answered from our own database: {"addresses": n, "conversations": [...], "consents": [...]}."""

    effect: str


@dataclass(frozen=True, slots=True)
class OfferLink:
    """Has a result: a code that links another channel of this person when they say it there."""

    effect: str


@dataclass(frozen=True, slots=True)
class TellPersons:
    """Has a result: who shares this phone, {"persons": [{"number", "name", "current"}], "most": n, "said": text}.

    `name` is "" for whoever gave none; `said` comes back as it is: names are kept nowhere in a conversation's state.
    """

    effect: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class AddPerson:
    """Somebody else takes this phone, who was never here: a contact of their own ("" where they give no name)."""

    name: str


@dataclass(frozen=True, slots=True)
class ChangePerson:
    """Somebody takes this phone who is one of those who share it, by their number."""

    number: int


@dataclass(frozen=True, slots=True)
class NamePerson:
    """The name by which this person is called among those who share the phone."""

    name: str


@dataclass(frozen=True, slots=True)
class EraseMyData:
    """Erase this person (invariant 6). What is said in the same turn is still delivered.

    `phone`: and everybody who shares the phone and is known nowhere else.
    """

    phone: bool = False


@dataclass(frozen=True, slots=True)
class Perform:
    """Has a result under that name: what a `do` step has done. `given` are the values of the answers that it names.

    `anonymous`: nothing of whose it is may be kept.
    """

    effect: str
    result: str
    given: Mapping[str, Value] = field(default_factory=dict)
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """A person of the town hall is wanted."""

    reason: str


Effect = (
    Say
    | RecordAnswer
    | RecordConsent
    | SetLanguage
    | SetTimer
    | EndConversation
    | Begin
    | StopContact
    | ResumeContact
    | TellMyData
    | OfferLink
    | TellPersons
    | AddPerson
    | ChangePerson
    | NamePerson
    | EraseMyData
    | HandOver
    | Perform
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as a channel shall send it: rendered, with what the person will see.

    `layout` says how the options appear: as buttons, as a list, numbered in the text, or there are none.
    `edits` is the provider's identifier of the message that this one takes the place of, empty for a new message. `ticked` are
    the names of the options that are ticked so far, `page` is the page of a long list that is shown, from 0.
    """

    address: Address
    text: str
    step: str
    prompt: int
    layout: Literal["none", "buttons", "list", "numbered"]
    options: tuple[Option, ...] = ()
    several: bool = False
    wants: str = ""
    media: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    edits: str = ""
    ticked: tuple[str, ...] = ()
    page: int = 0
