"""What the forms of an answer back do: heading, entries, making it public; nothing is overwritten, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from aiohttp import web

from bot.web.desk.answer_back import LONGEST, Kept, OvertakenError, Written, name_of, ready, subjects, written
from bot.web.desk.visit import Visit, number_of
from storage import answer_backs
from storage.answer_backs import AnswerBack, Said, Texts
from storage.statements import Transaction


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
        problems.append(visit.say("back.problem.heading", language=name_of(visit, first)))
    place = fields.get("place", "")
    place = place if place == found.choices.place else ""
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
    if fields.get("about", "") not in dict(subjects(visit, found)):
        problems.append(visit.say("back.problem.about"))
    if not heard.get(first):
        problems.append(visit.say("back.problem.heard", language=name_of(visit, first)))
    promises = bool(what or due)
    if promises and not (what.get(first) and due):
        problems.append(visit.say("back.problem.promise", language=name_of(visit, first)))
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
