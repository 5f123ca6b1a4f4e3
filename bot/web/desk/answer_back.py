"""What is answered back to a flow, as its page shows it. What its forms do is `answer_forms.py`, its pages `answer_sending`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.answering_back.answering import closed
from bot.answering_back.words import lacking
from bot.clock import moment
from bot.engine.flow import Flow
from bot.web.desk import results
from bot.web.desk.results import Listed
from bot.web.desk.visit import Visit
from storage import answer_backs, by_place, staff
from storage.answer_backs import AnswerBack, Entry, Texts
from storage.by_place import Choices
from storage.reading import Snapshot
from storage.staff import Person, Unit

BELOW = "/answer"
PATH = results.ONE + BELOW

LONGEST = 700
"""Characters of one text: what is said must fit into a chat message."""


class OvertakenError(Exception):
    """Somebody changed it since it was looked at. Nothing was overwritten."""


@dataclass(frozen=True, slots=True)
class Written:
    """What there is for a flow, with all that its page shows. `answer` None: nothing was written yet."""

    here: Listed
    answer: AnswerBack | None
    entries: tuple[Entry, ...]
    choices: Choices
    people: tuple[Person, ...]
    units: tuple[Unit, ...]

    @property
    def flow(self) -> Flow:
        """Returns the flow, in its present version."""
        return self.here.flow

    @property
    def languages(self) -> tuple[str, ...]:
        """Returns the languages that it is written in, the one that may not be missing first."""
        known = self.flow.languages
        return tuple(sorted(known, key=lambda code: code != "es")) if "es" in known else known

    @property
    def version(self) -> int:
        """Returns the count of its changes, 0 where there is none."""
        return 0 if self.answer is None else self.answer.version

    @property
    def lacks(self) -> tuple[str, ...]:
        """Returns the languages in which something of it is not written."""
        texts: list[Texts] = [] if self.answer is None else [self.answer.heading]
        for entry in self.entries:
            texts += [entry.heard, entry.declined, {} if entry.promise is None else entry.promise.what]
        return lacking(texts, self.languages)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a form held that could not be taken: it is shown again, with why. `entry` is the id of the entry, "" for a new one."""

    deed: str = ""
    entry: str = ""
    fields: Mapping[str, str] | None = None
    told: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def address(flow: str) -> str:
    """Returns the address of that flow's page."""
    return f"{results.PATH}/{flow}{BELOW}"


async def written(visit: Visit) -> Written:
    """Returns what there is for the flow of the address. Raises HTTPNotFound."""
    here = await results.found(visit)

    def work(connection: Connection) -> Written:
        tx = Snapshot(connection)
        answer = answer_backs.of_flow(tx, here.row.flow)
        entries = () if answer is None else tuple(answer_backs.entries(tx, answer.id))
        choices = by_place.choices(connection, here.row.flow)
        return Written(here, answer, entries, choices, tuple(staff.listed(tx)), tuple(staff.units(tx)))

    return await visit.world.database.read(work)


def show(
    visit: Visit, found: Written, sending: Mapping[str, Any], *, status: int = 200, kept: Kept | None = None
) -> web.Response:
    """Returns the page."""
    answer, kept = found.answer, kept or Kept()
    code = visit.language.code
    over = closed(found.here.row.state, found.flow, visit.world.clock.now())
    heading: Mapping[str, str] = {} if answer is None else answer.heading
    place = found.choices.place if answer is None else answer.place
    told = found.choices.told[:3] if answer is None else answer.told
    if kept.deed == "head" and kept.fields is not None:
        heading = {one: kept.fields.get(f"heading.{one}", "") for one in found.languages}
        place, told = kept.fields.get("place", ""), kept.told
    forms = [_form(visit, found, entry, kept) for entry in found.entries]
    return visit.page(
        "answer_back.html",
        here="results",
        status=status,
        flow=found.here.row.flow,
        title=results.title_of(found.flow, code),
        address=address(found.here.row.flow),
        state=found.here.row.state,
        over=over,
        anonymous=found.flow.anonymous,
        answer=answer,
        public_at=None if answer is None or answer.public_at is None else moment(answer.public_at, visit.office.zone),
        updated_at=None if answer is None else moment(answer.updated_at, visit.office.zone),
        version=found.version,
        written_in=[(one, name_of(visit, one)) for one in found.languages],
        lacks=[name_of(visit, one) for one in found.lacks],
        heading=heading,
        by_place=(found.choices.place, _label(found, found.choices.place, code)) if found.choices.place else None,
        placed=bool(place) and place == found.choices.place,
        told=told,
        tellable=[(step, _label(found, step, code)) for step in found.choices.told],
        forms=forms,
        fresh=_form(visit, found, None, kept),
        subjects=subjects(visit, found),
        units=found.units,
        officers=[one for one in found.people if one.active],
        longest=LONGEST,
        kept=kept,
        **results.doors(visit, found.here.row.flow, "answer"),
        **sending,
    )


def name_of(visit: Visit, code: str) -> str:
    """Returns what that language calls itself."""
    return visit.office.language(code).name


def _label(found: Written, step: str, code: str) -> str:
    question = next((one for one in found.choices.layout.questions if one.step == step), None)
    texts = {} if question is None or not question.steps else list(question.steps.values())[-1].label
    template = texts.get(code) or next(iter(texts.values()), None)
    return " ".join(template.source.split()) if template is not None else step


def subjects(visit: Visit, found: Written) -> list[tuple[str, str]]:
    """Returns what an entry may be about: the whole, each question, each theme of one that is coded."""
    code = visit.language.code
    matters = [("whole", visit.say("back.about.whole"))]
    for step in dict.fromkeys(
        one.step for one in found.choices.layout.questions if not one.withheld and not one.other and one.steps
    ):
        label = _label(found, step, code)
        matters.append((f"question:{step}", label))
        if any(one.step == step and one.type in ("text", "audio", "video") for one in found.choices.layout.questions):
            for theme, texts in found.choices.labels.items() if step in found.choices.told else ():
                named = texts.get(code) or next(iter(texts.values()), theme)
                matters.append((f"theme:{step}:{theme}", f"{label} → {named}"))
    return matters


def _form(visit: Visit, found: Written, entry: Entry | None, kept: Kept) -> Mapping[str, Any]:
    """Returns what an entry's form shows: what was typed and not taken, else what is written."""
    identifier = "" if entry is None else str(entry.id)
    if kept.deed == "entry" and kept.entry == identifier and kept.fields is not None:
        return {"id": identifier, "open": True, "entry": entry, "values": kept.fields, "about": kept.fields.get("about", "whole")}
    values: dict[str, str] = {}
    about = "whole"
    if entry is not None:
        promise = entry.promise
        about = ":".join(filter(None, (entry.about, entry.step, entry.theme)))
        named = {"heard": entry.heard, "declined": entry.declined, "what": {} if promise is None else promise.what}
        values = {f"{name}.{code}": text for name, texts in named.items() for code, text in texts.items()}
        if promise is not None:
            values |= {"office": promise.office, "due": promise.due_on}
            values |= {"unit": str(promise.unit_id or ""), "officer": str(promise.officer_id or "")}
    told = dict(subjects(visit, found)).get(about, about)
    return {"id": identifier, "open": False, "entry": entry, "values": values, "about": about, "told": told}


def ready(visit: Visit, found: Written) -> list[str]:
    """Returns what keeps it from being public: the flow is not over, or nothing is written."""
    problems = []
    if not closed(found.here.row.state, found.flow, visit.world.clock.now()):
        problems.append(visit.say("back.problem.not_closed"))
    if found.answer is None or not found.answer.heading or not found.entries:
        problems.append(visit.say("back.problem.empty"))
    return problems
