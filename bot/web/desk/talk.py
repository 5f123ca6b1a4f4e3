"""A talk as the desk reads it: the answers so far, what was written before anybody took it, and what was written since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from bot.casework.attending import STEP
from bot.channels import payload
from bot.channels.channel import Raw, UnparsableError
from bot.clock import moment
from bot.engine.build import build
from bot.engine.flow import Flow, Step
from bot.vocabulary import Incoming, Location, Media, Press, Start, Text
from bot.web.desk.visit import Visit
from storage import flows, hand_overs, inbox, outbox
from storage.hand_overs import Got, HandOver, Line, Wrote
from storage.statements import Transaction
from storage.vault import SealBroken

MOST = 100
"""Messages of each side that are opened for reading: the last before somebody took it."""

BEFORE = 24 * 3600 * 1000
"""Milliseconds before the person asked for somebody, of what was written outside any flow."""

Side = Literal["resident", "bot", "staff"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message. `kind` is what came instead of or beside words ("image", "press" …), "" for words alone.

    `file` is the line whose attachment may be fetched, `status` where a message of staff has got to.
    """

    id: int
    side: Side
    who: str
    at: datetime
    text: str
    kind: str = ""
    file: int | None = None
    name: str = ""
    status: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of the flow and what the journal has for it now."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database holds of a talk."""

    answers: list[hand_overs.Answered]
    wrote: list[Wrote]
    got: list[Got]
    lines: list[Line]
    content: str | None


def rows(tx: Transaction, of: HandOver, now: int) -> Rows:
    """Returns the rows of a talk."""
    since = 0 if of.conversation_id is not None else of.wanted_at - BEFORE
    span = {"since": since, "until": of.taken_at or of.ended_at or now, "limit": MOST}
    return Rows(
        [] if of.conversation_id is None else hand_overs.answers(tx, of.conversation_id),
        hand_overs.wrote(tx, of, **span),
        hand_overs.got(tx, of, **span),
        hand_overs.lines(tx, of.id),
        None if of.version is None else flows.content(tx, of.version),
    )


def answers(visit: Visit, found: Rows) -> list[Answer]:
    """Returns each question that was answered with its latest answer, in the order of asking."""
    flow = None if found.content is None else build(found.content)
    labels = {} if flow is None else _labels(flow, visit.language.code)
    latest: dict[tuple[str, str], Answer] = {}
    for row in found.answers:
        name = labels.get(row.step, row.step) + (f" ({row.instance})" if row.instance else "")
        told = visit.say(f"desk.talk.empty.{row.empty}") if row.empty is not None else row.raw or str(orjson.loads(row.value))
        latest[row.step, row.instance] = Answer(name, told)
    return list(latest.values())


def _labels(flow: Flow, code: str) -> dict[str, str]:
    steps = [node for node in flow.program if isinstance(node, Step)]
    return {
        step.name: label.source
        for step in steps
        if (label := step.label.get(code) or next(iter(step.label.values()), None)) is not None
    }


def before(visit: Visit, found: Rows) -> list[Said]:
    """Returns what was written before anybody took it, both sides, in order, opened for reading."""
    said = [one for row in found.wrote if (one := _wrote(visit, row)) is not None]
    said += [_got(visit, row) for row in found.got]
    return sorted(said, key=lambda one: (one.at, one.id))


def since(visit: Visit, lines: list[Line]) -> list[Said]:
    """Returns what was written since it was taken."""
    return [_line(visit, line) for line in lines]


def _wrote(visit: Visit, row: Wrote) -> Said | None:
    at = moment(row.received_at, visit.office.zone)
    channel = visit.office.channels.get(row.channel)
    try:
        body = visit.world.vault.open(row.raw, inbox.RAW)
        parsed = [] if channel is None else channel.parse(Raw(row.event, body, at, row.account))
    except (SealBroken, UnparsableError, ValueError, KeyError):
        return Said(row.id, "resident", "", at, visit.say("desk.talk.unreadable"))
    texts = [told for one in parsed if isinstance(one, Incoming) and (told := _in_words(one.content)) is not None]
    if not texts:
        return None
    kind = next((kind for _, kind in texts if kind), "")
    return Said(row.id, "resident", "", at, "\n".join(text for text, _ in texts if text), kind)


def _in_words(content: object) -> tuple[str, str] | None:
    match content:
        case Text(text=text):
            return text, ""
        case Press(choice=choice):
            return choice, "press"
        case Media(kind=kind, caption=caption):
            return caption, kind
        case Location(latitude=latitude, longitude=longitude):
            return f"{latitude}, {longitude}", "location"
        case Start(flow=flow):
            return flow, "start"
        case _:
            return None


def _got(visit: Visit, row: Got) -> Said:
    at = moment(row.at, visit.office.zone)
    try:
        message = payload.unpack(visit.world.vault.open(row.payload, outbox.PAYLOAD))
    except (SealBroken, ValueError):
        return Said(row.id, "bot", "", at, visit.say("desk.talk.unreadable"))
    kind = next(iter(message.media), "")
    side: Side = "staff" if message.step == STEP else "bot"
    return Said(row.id, side, "", at, message.text, kind, options=tuple(option.label for option in message.options))


def _line(visit: Visit, line: Line) -> Said:
    side: Side = "resident" if line.staff_id is None else "staff"
    at = moment(line.at, visit.office.zone)
    status = _status(visit, line)
    told = opened(visit, line.content)
    if told is None:
        return Said(line.id, side, line.staff, at, visit.say("desk.talk.emptied"), status=status)
    return Said(
        line.id, side, line.staff, at, str(told.get("text", "")), str(told.get("kind", "")),
        line.id if "reference" in told else None, str(told.get("name", "")), status,
    )  # fmt: skip


def opened(visit: Visit, content: bytes | None) -> dict[str, object] | None:
    """Returns what a line holds, None where it was emptied or no key opens it."""
    if content is None:
        return None
    try:
        told: dict[str, object] = orjson.loads(visit.world.vault.open(content, hand_overs.CONTENT))
    except SealBroken:
        return None
    return told


def _status(visit: Visit, line: Line) -> str:
    if line.staff_id is None:
        return ""
    if line.status == "waiting" and line.error == outbox.OPENED:
        return visit.say("desk.talk.status.opened")
    return visit.say(f"desk.talk.status.{line.status or 'nowhere'}")
