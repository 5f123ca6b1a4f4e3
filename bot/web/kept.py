"""What a simulated person's conversation left in the database, as the page's side panel tells it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from bot.engine.catalogue import Catalogue
from bot.engine.flow import Flow, Step, Texts
from bot.engine.language import Language
from bot.web.transcript import Person
from storage.columns import ANSWER, CONSENT, CONVERSATION

_REFERENCE = re.compile(r"\$\{[^}]*\}")


def kept(connection: sa.Connection, who: Person, catalogue: Catalogue, reader: Language) -> dict[str, Any] | None:
    """Returns the conversation this person is in, or was in last, with its journal; None if they have none."""
    row = connection.execute(
        sa.select(
            CONVERSATION.c.id,
            CONVERSATION.c.flow,
            CONVERSATION.c.version,
            CONVERSATION.c.status,
            CONVERSATION.c.receipt,
            CONVERSATION.c.due_at,
            CONVERSATION.c.due_kind,
        )
        .where(CONVERSATION.c.contact_id == who.contact)
        .order_by(CONVERSATION.c.is_current.desc(), CONVERSATION.c.updated_at.desc(), CONVERSATION.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    flow = catalogue.flows.get(row.version)
    return {
        "flow": row.flow,
        "title": title(flow, reader.code) if flow is not None else row.flow,
        "version": row.version,
        "status": row.status,
        "receipt": row.receipt or "",
        "anonymous": flow is not None and flow.anonymous,
        "due": None if row.due_at is None else {"at": row.due_at, "kind": row.due_kind},
        "rows": _rows(connection, row.id, flow, reader),
        "consents": _consents(connection, row.id),
    }


def title(flow: Flow, language: str) -> str:
    """Returns the flow's title in that language, else in its first."""
    return flow.title.get(language) or flow.title.get(flow.languages[0]) or flow.flow


def _rows(connection: sa.Connection, conversation: int, flow: Flow | None, reader: Language) -> list[dict[str, Any]]:
    journal = connection.execute(
        sa.select(ANSWER).where(ANSWER.c.conversation_id == conversation).order_by(ANSWER.c.sequence)
    ).all()
    last = {(row.step, row.instance): row.sequence for row in journal}
    rows = []
    for row in journal:
        step = _step(flow, row.step)
        value = orjson.loads(row.value)
        rows.append(
            {
                "conversation": str(conversation),
                "sequence": row.sequence,
                "step": row.step,
                "question": _plain(step.label, flow, reader.code) if step is not None and flow is not None else "",
                "pass": row.instance.replace("/", "."),
                "shown": shown(value, step, flow, reader),
                "code": _code(value, row.type),
                "raw": row.raw,
                "comment": row.comment,
                "empty": row.empty,
                "language": row.language,
                "at": row.at,
                "personal": step is not None and (step.personal or step.sensitive),
                "replaced": last[row.step, row.instance] != row.sequence,
            }
        )
    return rows


def _consents(connection: sa.Connection, conversation: int) -> list[dict[str, Any]]:
    found = connection.execute(sa.select(CONSENT).where(CONSENT.c.conversation_id == conversation).order_by(CONSENT.c.id))
    return [{"name": c.name, "version": c.version, "language": c.language, "given": bool(c.given), "at": c.at} for c in found]


def _step(flow: Flow | None, name: str) -> Step | None:
    if flow is None or name not in flow.index:
        return None
    node = flow.program[flow.index[name]]
    return node if isinstance(node, Step) else None


def shown(value: object, step: Step | None, flow: Flow | None, reader: Language) -> str:
    """Returns a stored value as staff read it: labels instead of names, words instead of true and false."""
    match value:
        case None:
            return ""
        case bool():
            return reader.say("web.kept.yes" if value else "web.kept.no")
        case list():
            names = [_label(str(name), step, flow, reader) for name in value]
            if step is not None and step.type == "rank":
                return ", ".join(f"{place}. {name}" for place, name in enumerate(names, start=1))
            return ", ".join(names) or reader.say("web.kept.nothing")
        case {"latitude": latitude, "longitude": longitude} | {"lat": latitude, "lon": longitude}:
            place = value.get("place") if isinstance(value, dict) else None
            return str(place) if place else reader.say("web.chat.position", latitude=latitude, longitude=longitude)
        case dict():
            return str(value.get("name") or value.get("kind") or orjson.dumps(value).decode())
        case str() if step is not None and step.choices:
            return _label(value, step, flow, reader)
        case _:
            return str(value)


def _code(value: object, kind: str) -> str:
    """Returns what exports hold where that is not what people read: the names of choices."""
    if kind.partition(" ")[0] not in {"select_one", "select_multiple", "rank"}:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _label(name: str, step: Step | None, flow: Flow | None, reader: Language) -> str:
    if step is None or flow is None:
        return name
    for choice in step.choices:
        if choice.name == name:
            return _plain(choice.label, flow, reader.code) or name
    return reader.say("engine.other") if name == "other" else name


def _plain(texts: Texts, flow: Flow | None, language: str) -> str:
    """Returns a text as its author wrote it, in the reader's language if there; what depends on answers is left open."""
    first: Sequence[str] = flow.languages if flow is not None else ()
    for code in (language, *first):
        if code in texts:
            return _REFERENCE.sub("…", texts[code].source)
    return ""


def facts(flow: Flow, catalogue: Catalogue, reader: Language) -> str:
    """Returns what the list of flows says about this one: how many questions, in which languages."""
    asked = sum(isinstance(node, Step) and node.type not in {"note", "calculate", "do"} for node in flow.program)
    questions = reader.say("web.setup.question") if asked == 1 else reader.say("web.setup.questions", n=asked)
    names = map(catalogue.name_of, flow.languages)
    return f"{questions} · {', '.join(names)}"
