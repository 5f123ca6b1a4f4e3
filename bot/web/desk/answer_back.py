"""What is answered back to a flow: written entry by entry, and made public. Its pages and its sending are `answer_sending.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.answering_back.answering import closed
from bot.answering_back.words import lacking
from bot.clock import moment
from bot.engine.flow import Flow
from bot.web.desk import results
from bot.web.desk.results import Listed
from bot.web.desk.visit import Visit, number_of
from storage import answer_backs, by_place, staff
from storage.answer_backs import AnswerBack, Entry, Said, Texts
from storage.by_place import Choices
from storage.reading import Snapshot
from storage.staff import Person, Unit
from storage.statements import Transaction

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
    place = (found.choices.places[0] if found.choices.places else "") if answer is None else answer.place
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
        written_in=[(one, _name(visit, one)) for one in found.languages],
        lacks=[_name(visit, one) for one in found.lacks],
        heading=heading,
        place=place,
        places=[(step, _label(found, step, code)) for step in found.choices.places],
        told=told,
        tellable=[(step, _label(found, step, code)) for step in found.choices.told],
        forms=forms,
        fresh=_form(visit, found, None, kept),
        subjects=_subjects(visit, found),
        units=found.units,
        officers=[one for one in found.people if one.active],
        longest=LONGEST,
        kept=kept,
        **results.doors(visit, found.here.row.flow, "answer"),
        **sending,
    )


def _name(visit: Visit, code: str) -> str:
    return visit.office.language(code).name


def _label(found: Written, step: str, code: str) -> str:
    question = next((one for one in found.choices.layout.questions if one.step == step), None)
    texts = {} if question is None or not question.steps else list(question.steps.values())[-1].label
    template = texts.get(code) or next(iter(texts.values()), None)
    return " ".join(template.source.split()) if template is not None else step


def _subjects(visit: Visit, found: Written) -> list[tuple[str, str]]:
    """Returns what an entry may be about: the whole, each question, each theme of one that is coded."""
    code = visit.language.code
    subjects = [("whole", visit.say("back.about.whole"))]
    for step in dict.fromkeys(
        one.step for one in found.choices.layout.questions if not one.withheld and not one.other and one.steps
    ):
        label = _label(found, step, code)
        subjects.append((f"question:{step}", label))
        if any(one.step == step and one.type in ("text", "audio", "video") for one in found.choices.layout.questions):
            for theme, texts in found.choices.labels.items() if step in found.choices.told else ():
                named = texts.get(code) or next(iter(texts.values()), theme)
                subjects.append((f"theme:{step}:{theme}", f"{label} → {named}"))
    return subjects


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
    told = dict(_subjects(visit, found)).get(about, about)
    return {"id": identifier, "open": False, "entry": entry, "values": values, "about": about, "told": told}


async def write(visit: Visit, found: Written, fields: Mapping[str, str], told: Sequence[str]) -> tuple[Kept, int] | None:
    """Does what a form asks for; returns what could not be taken, and the status that tells so. Raises HTTPNotFound."""
    deed, entry = fields.get("deed", ""), fields.get("entry", "")
    match deed:
        case "head":
            problems, work = _head(visit, found, fields, told)
        case "entry":
            problems, work = _entry(visit, found, fields)
        case "drop":
            problems, work = _drop(visit, found, fields)
        case "publish":
            problems, work = _publish(visit, found, fields)
        case _:
            raise web.HTTPNotFound
    status = 422
    if found.answer is not None and found.answer.public_at is not None:
        problems, status = [visit.say("back.problem.public")], 409
    if not problems:
        try:
            await visit.write(work)
        except OvertakenError:
            problems, status = [await overtaken(visit)], 409
    return (Kept(deed, entry, fields, tuple(told), tuple(problems)), status) if problems else None


async def overtaken(visit: Visit) -> str:
    """Returns the words that tell who changed it meanwhile."""
    answer = (await written(visit)).answer
    return visit.say("back.problem.overtaken", who="—" if answer is None else answer.updated)


Work = tuple[list[str], Callable[[Transaction], None]]
"""What is wrong with a form, and what it does if nothing is."""


def _touched(tx: Transaction, visit: Visit, found: Written, fields: Mapping[str, str]) -> AnswerBack:
    """Returns the answer, counted as changed by whoever visits; it is begun where there is none. Raises OvertakenError."""
    expected = number_of(fields.get("expected", "")) or 0
    flow = found.here.row.flow
    if found.answer is None or expected == 0:
        identifier = visit.world.database.identifiers.next()
        begun = answer_backs.add(
            tx, identifier, flow, heading={}, place="", told=(), staff=visit.person.id, now=visit.now
        )  # fmt: skip
        answer = answer_backs.of_flow(tx, flow)
        if not begun or answer is None:
            raise OvertakenError
        return answer
    if not answer_backs.touch(tx, found.answer.id, expected, staff=visit.person.id, now=visit.now):
        raise OvertakenError
    return found.answer


def _texts(fields: Mapping[str, str], name: str, languages: Sequence[str]) -> dict[str, str]:
    texts = {code: fields.get(f"{name}.{code}", "").replace("\r\n", "\n").strip() for code in languages}
    return {code: text for code, text in texts.items() if text}


def _too_long(visit: Visit, *texts: Texts) -> list[str]:
    return (
        [visit.say("back.problem.long", most=LONGEST)]
        if any(len(one) > LONGEST for each in texts for one in each.values())
        else []
    )


def _head(visit: Visit, found: Written, fields: Mapping[str, str], told: Sequence[str]) -> Work:
    heading = _texts(fields, "heading", found.languages)
    first = found.languages[0]
    problems = _too_long(visit, heading)
    if not heading.get(first):
        problems.append(visit.say("back.problem.heading", language=_name(visit, first)))
    place = fields.get("place", "")
    place = place if place in found.choices.places else ""
    kept = [step for step in told if step in found.choices.told]

    def work(tx: Transaction) -> None:
        answer = _touched(tx, visit, found, fields)
        answer_backs.change(tx, answer.id, heading=heading, place=place, told=kept)
        before = {} if found.answer is None else {"heading": found.answer.heading, "place": found.answer.place}
        visit.note(
            tx, "back_written", f"flow:{answer.flow}", before=before, after={"heading": heading, "place": place, "told": kept}
        )

    return problems, work


def _entry(visit: Visit, found: Written, fields: Mapping[str, str]) -> Work:
    about, _, rest = fields.get("about", "").partition(":")
    step, _, theme = rest.partition(":")
    heard, declined, what = (_texts(fields, name, found.languages) for name in ("heard", "declined", "what"))
    office, due = fields.get("office", "").strip(), fields.get("due", "").strip()
    unit, officer = number_of(fields.get("unit", "")), number_of(fields.get("officer", ""))
    first = found.languages[0]
    problems = _too_long(visit, heard, declined, what, {"": office})
    if fields.get("about", "") not in dict(_subjects(visit, found)):
        problems.append(visit.say("back.problem.about"))
    if not heard.get(first):
        problems.append(visit.say("back.problem.heard", language=_name(visit, first)))
    promises = bool(what or due)
    if promises and not (what.get(first) and due):
        problems.append(visit.say("back.problem.promise", language=_name(visit, first)))
    if due and _day(due) is None:
        problems.append(visit.say("back.problem.day"))
    elif due and due < visit.today.isoformat():
        problems.append(visit.say("back.problem.past"))
    if unit is not None and unit not in {one.id for one in found.units}:
        unit = None
    if officer is not None and officer not in {one.id for one in found.people if one.active}:
        officer = None
    office = office or next((one.name for one in found.units if one.id == unit), "")
    if promises and not office:
        problems.append(visit.say("back.problem.office"))
    identifier = number_of(fields.get("entry", ""))
    former = next((one for one in found.entries if one.id == identifier), None)
    said = Said(about, step, theme, heard, declined, what, office, unit, officer, due)

    def work(tx: Transaction) -> None:
        answer = _touched(tx, visit, found, fields)
        entry = None if former is None else former.id
        if identifier is not None and former is None:
            raise OvertakenError  # somebody took it out meanwhile
        answer_backs.say(tx, answer.id, entry, said, visit.world.database.identifiers.next)
        before = None if former is None else {"heard": former.heard, "declined": former.declined}
        visit.note(tx, "back_entry", f"flow:{answer.flow}", before=before, after=said._asdict())

    return problems, work


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _drop(visit: Visit, found: Written, fields: Mapping[str, str]) -> Work:
    identifier = number_of(fields.get("entry", ""))
    former = next((one for one in found.entries if one.id == identifier), None)

    def work(tx: Transaction) -> None:
        answer = _touched(tx, visit, found, fields)
        if former is None:
            raise OvertakenError
        answer_backs.drop(tx, answer.id, former.id)
        visit.note(tx, "back_entry_dropped", f"flow:{answer.flow}", before={"heard": former.heard})

    return [], work


def _publish(visit: Visit, found: Written, fields: Mapping[str, str]) -> Work:
    problems = ready(visit, found)
    if fields.get("sure") != "yes":
        problems.append(visit.say("desk.problem.sure"))

    def work(tx: Transaction) -> None:
        answer = _touched(tx, visit, found, fields)
        answer_backs.publish(tx, answer.id, staff=visit.person.id, now=visit.now)
        visit.note(tx, "back_published", f"flow:{answer.flow}")

    return problems, work


def ready(visit: Visit, found: Written) -> list[str]:
    """Returns what keeps it from being public: the flow is not over, or nothing is written."""
    problems = []
    if not closed(found.here.row.state, found.flow, visit.world.clock.now()):
        problems.append(visit.say("back.problem.not_closed"))
    if found.answer is None or not found.answer.heading or not found.entries:
        problems.append(visit.say("back.problem.empty"))
    return problems
