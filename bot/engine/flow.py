"""A flow as the engine walks it: frozen, filled, every reference resolved.

`source` reads the YAML into this; `check` judges it; `conversation` walks it. Texts are templates per language, expressions
are parsed trees. Steps lie in one flat program in which groups and repeats are brackets, so that going on never depends on
how many questions there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal

from bot.engine.expressions import Expression, Template

Kind = Literal["survey", "consultation", "vote", "request", "course", "event"]

StepType = Literal[
    "note",
    "text",
    "integer",
    "decimal",
    "select_one",
    "select_multiple",
    "rank",
    "range",
    "date",
    "time",
    "datetime",
    "geopoint",
    "image",
    "audio",
    "video",
    "file",
    "phone",
    "email",
    "acknowledge",
    "calculate",
    "do",
]

MEDIA: frozenset[StepType] = frozenset({"image", "audio", "video", "file"})
"""The types of step that an attachment answers."""

Texts = Mapping[str, Template]
"""A text in each language of the flow."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a question: its name (stored), its labels, further ways people write it, further columns."""

    name: str
    label: Texts
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retries:
    """How many failed tries after the first are borne, and the way out then."""

    times: int = 3
    then: Literal["skip", "end", "staff"] = "staff"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing said, asked or computed.

    `name` is unique in the program ("call" prefixes it: `part.name`); `named` is False where the author gave none.
    `depth` counts the enclosing repeats: the answer's instance has that many indices.
    """

    type: StepType
    name: str
    line: int = 0
    named: bool = True
    depth: int = 0
    label: Texts = field(default_factory=dict)
    hint: Texts = field(default_factory=dict)
    required: bool | Expression = True
    required_message: Texts = field(default_factory=dict)
    relevant: Expression | None = None
    constraint: Expression | None = None
    constraint_message: Texts = field(default_factory=dict)
    not_understood: Texts = field(default_factory=dict)
    default: Expression | None = None
    read_only: bool = False
    calculation: Expression | None = None
    choices: tuple[Choice, ...] = ()
    list_name: str = ""
    choice_filter: Expression | None = None
    other: bool = False
    order: Literal["written", "random"] = "written"
    top: int | None = None
    start: float | None = None
    end: float | None = None
    step: float | None = None
    accept: frozenset[str] = frozenset()
    join: float = 3.0
    retries: Retries = Retries()
    media: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False
    sensitive: bool = False
    quasi: Mapping[str, str] = field(default_factory=dict)
    effect: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enter:
    """Opens a group or a repeat; `end` is the index of its Leave. A repeat has `count` or `while_`.

    `after`: the `while_` looks at answers given inside, so it is asked after each pass, not before the first.
    """

    name: str
    line: int
    depth: int
    end: int
    relevant: Expression | None = None
    label: Texts = field(default_factory=dict)
    repeat: bool = False
    count: Expression | None = None
    while_: Expression | None = None
    after: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leave:
    """Closes the group or repeat that was opened at index `begin`."""

    begin: int


Node = Step | Enter | Leave


@dataclass(frozen=True, slots=True)
class Flow:
    """One version of a flow. `version` is the sha256 (hex) of the canonical JSON of the loaded, filled model."""

    flow: str
    version: str
    kind: Kind
    title: Mapping[str, str]
    languages: tuple[str, ...]
    program: tuple[Node, ...]
    index: Mapping[str, int]
    words: tuple[str, ...] = ()
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    opens: datetime | None = None
    closes: datetime | None = None
    consent: str = ""
    reminders: tuple[timedelta, ...] = ()
    quiet: tuple[time, time] | None = (time(20), time(8))
    expires: timedelta | None = None
    edit: Literal["no", "until_close"] = "until_close"
    review: bool = False
    anonymous: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)
    file: str = ""

    def step(self, name: str) -> Step:
        """Returns the step of that name. Raises KeyError where there is none."""
        node = self.program[self.index[name]]
        assert isinstance(node, Step)
        return node


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A text of flows/consents.yaml: what the person agrees to, for what, and for how many days after closing."""

    name: str
    version: str
    purpose: str
    days: int
    text: Mapping[str, str]
