"""Who takes part in a rehearsal and how they behave: shares and chances, with defaults that a file may change.

The defaults are assumptions, not measurements: nobody knows beforehand how a municipality's people answer. They are meant for
comparing one form of a flow with another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import PlainValidator

from bot.engine.loading.document import Document, read
from bot.engine.loading.fields import Mapped
from bot.engine.loading.fitting import fit
from bot.engine.loading.written import expects, scalar, seconds, whole
from bot.engine.model import Form
from bot.engine.problem import Problem, Problems, ordered

CHANNELS = ("telegram", "whatsapp", "sms")
WAYS = ("press", "number", "label", "word", "sentence", "typo")
"""How a closed question is answered: by button, the option's number, its label, one of its words, in a sentence, misspelt."""


@dataclass(frozen=True, slots=True)
class Chances:
    """What people do, in percent.

    At each question: `leave` without a word, answer `late` (hours later), say `stop`, `help`, `back` or `repeat`, change the
    `language`, write `nonsense`, write in several `pieces`, `skip` where one may, `hesitate` between two options. Once: `consent`
    to what is asked of them, `come_back` on a reminder, `correct` something in the summary.
    """

    leave: float = 1.5
    late: float = 4.0
    stop: float = 0.3
    help: float = 0.7
    back: float = 1.0
    repeat: float = 0.5
    language: float = 0.3
    nonsense: float = 2.0
    pieces: float = 5.0
    skip: float = 25.0
    hesitate: float = 2.0
    consent: float = 85.0
    come_back: float = 35.0
    correct: float = 8.0


@dataclass(frozen=True, slots=True)
class Mix:
    """The whole of it. Shares are in any unit; without `languages`, everybody begins in the flow's first one.

    `within` is the time in which people begin, in `bursts` waves; `pause` how long they take for a short answer, `late` how long
    when they let it lie, both in the middle.
    """

    channels: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({"whatsapp": 70, "telegram": 20, "sms": 10}))
    languages: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    ways: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"press": 50, "number": 20, "label": 15, "word": 5, "sentence": 5, "typo": 5})
    )
    chances: Chances = Chances()
    within: timedelta = timedelta(days=3)
    bursts: int = 3
    pause: timedelta = timedelta(seconds=20)
    late: timedelta = timedelta(hours=8)


def _percent(value: Any) -> float:
    text = scalar(value).removesuffix("%").strip()
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise expects("0 … 100", value)
    return number


def _share(value: Any) -> float:
    text = scalar(value).removesuffix("%").strip()
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise expects("70, 20, 10", value)
    return number


_Percent = Annotated[float | None, PlainValidator(_percent)]
_Seconds = Annotated[int | None, PlainValidator(seconds)]


class _Chances(Form):
    """The chances, in percent."""

    leave: _Percent = None
    late: _Percent = None
    stop: _Percent = None
    help: _Percent = None
    back: _Percent = None
    repeat: _Percent = None
    language: _Percent = None
    nonsense: _Percent = None
    pieces: _Percent = None
    skip: _Percent = None
    hesitate: _Percent = None
    consent: _Percent = None
    come_back: _Percent = None
    correct: _Percent = None


class _File(Form):
    """The whole file; each key may be left out."""

    channels: Mapped | None = None
    languages: Mapped | None = None
    ways: Mapped | None = None
    chances: _Chances | None = None
    within: _Seconds = None
    bursts: Annotated[int | None, PlainValidator(whole(1, 1_000))] = None
    pause: _Seconds = None
    late: _Seconds = None


def load_mix(text: str | bytes, file: str) -> tuple[Mix, tuple[Problem, ...]]:
    """Reads a mix. What is not told stays as it is by default. Never raises for what the file holds."""
    problems = Problems(file)
    document = read(text, problems)
    if document is None:
        return Mix(), ordered(problems)
    given = fit(_File, document.data, (), document)
    told: dict[str, Any] = {}
    for key, known in (("channels", CHANNELS), ("languages", ()), ("ways", WAYS)):
        if key in given:
            told[key] = _shares(given[key], key, known, document)
    for key in ("within", "pause", "late"):
        if key in given:
            told[key] = timedelta(seconds=given[key])
    if "bursts" in given:
        told["bursts"] = given["bursts"]
    if "chances" in given:
        told["chances"] = Chances(**given["chances"])
    return Mix(**told), ordered(problems)


def _shares(written: Mapping[str, Any], key: str, known: tuple[str, ...], document: Document) -> Mapping[str, float]:
    problems = document.problems
    found: dict[str, float] = {}
    for name, value in written.items():
        if known and name not in known:
            problems.error(document.key((key, name)), "unknown_key", key=name, where=key, near=problems.near(name, known))
            continue
        try:
            found[name] = _share(value)
        except Exception:  # noqa: BLE001  # because whatever the reader says of it, the line and what is expected are told here
            shown = value if isinstance(value, str) else "…"
            problems.error(document.line((key, name)), "wrong_value", key=name, value=shown, expected="70, 20, 10")
    if not problems.fatal and not sum(found.values()) > 0:
        problems.error(document.line((key,)), "mix_nothing", key=key)
    return MappingProxyType(found)


def only(channel: str) -> Mix:
    """Returns the default mix with everybody on that channel."""
    return Mix(channels=MappingProxyType({channel: 1.0}))


NAMES = tuple(one.name for one in fields(Chances))
"""The chances by name."""
