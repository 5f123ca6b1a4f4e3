"""What is asked, and what a reading of the reply can be: the records that every kind of answer shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.vocabulary import Value

if TYPE_CHECKING:
    from bot.engine.flow import StepType


@dataclass(frozen=True, slots=True)
class Choosable:
    """One option as the person saw it, in the order shown: its number is its index + 1.

    `name` is what is stored, `label` what was shown, `words` further ways people write it, `cut` the label as the channel
    cut it ("" if it was not cut).
    """

    name: str
    label: str
    words: tuple[str, ...] = ()
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is on the screen, as far as reading the reply needs it.

    `top`: how many a rank asks for (None: all). `start`, `end`, `step`: a range's bounds and grid. `accept`: what a text or
    media question takes ("text", "audio" …). `other`: an answer outside the options is welcome. `about`: the question's own
    words, in which a number's unit may be told, and whether it looks back or ahead.
    """

    type: StepType
    options: tuple[Choosable, ...] = ()
    top: int | None = None
    start: float | None = None
    end: float | None = None
    step: float | None = None
    accept: frozenset[str] = frozenset()
    required: bool = True
    other: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing the person may have meant: the value to store, and how to say it in their language."""

    value: Value
    label: str


@dataclass(frozen=True, slots=True)
class Sure:
    """Understood. `comment` is the whole message where it tells more than the closed answer ("sí pero no hay agua")."""

    value: Value
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AskBack:
    """Something was understood, but not enough to store it unasked.

    `reason` is the end of a text key, `answers.ask.<reason>`. `candidates` are what may have been meant; it is empty where
    there is nothing to choose from (an incomplete date).
    """

    reason: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing fits. `reason` is the end of a text key, `answers.not_understood.<reason>`; "" means the question's type."""

    reason: str = ""


Reading = Sure | AskBack | NotUnderstood
