"""Talks in which a person is wanted: who waits, and one of them to read, take, write in and give back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from bot.casework import attending
from bot.casework.attending import Hindered, TakenError, UnsendableError, Writer
from bot.casework.office import MissingError
from bot.clock import moment
from bot.web.desk import talk, uploads, words
from bot.web.desk.uploads import NONE, Uploads
from bot.web.desk.visit import Page, Visit, number_of
from bot.web.download import stored
from bot.web.pages import megabytes
from storage import hand_overs
from storage.hand_overs import HandOver
from storage.statements import Transaction

PATH = "/desk/conversations"
ONE = PATH + "/{talk}"
ENDED = 20
LONGEST = 3000
"""Letters of one message: what every channel takes in a few parts."""


async def page(visit: Visit) -> web.Response:
    """Lists the talks: those that wait, the longest first, those that somebody has, and the last that ended."""

    def work(tx: Transaction) -> tuple[list[HandOver], list[HandOver]]:
        return hand_overs.open_ones(tx), hand_overs.ended(tx, ENDED)

    open_ones, ended = await visit.read(work)
    groups = {
        "waiting": [one for one in open_ones if one.taken_at is None],
        "taken": [one for one in open_ones if one.taken_at is not None],
        "ended": ended,
    }
    return visit.page(
        "conversations.html",
        here="conversations",
        groups=[(name, [_row(visit, one) for one in ones]) for name, ones in groups.items()],
    )


def _row(visit: Visit, of: HandOver) -> Mapping[str, Any]:
    waited = (of.taken_at or of.ended_at or visit.now) - of.wanted_at
    return {
        "of": of,
        "path": f"{PATH}/{of.id}",
        "title": _title(visit, of),
        "why": _why(visit, of),
        "wanted": moment(of.wanted_at, visit.office.zone),
        "waited": lasting(visit, waited),
        "mine": of.staff_id == visit.person.id,
    }


def lasting(visit: Visit, span: int) -> str:
    """Returns how long that is, of milliseconds, in the largest unit that says it well."""
    minutes = max(0, span) // 60_000
    if minutes < 60:
        return visit.say("desk.talk.minutes", count=minutes)
    if minutes < 48 * 60:
        return visit.say("desk.talk.hours", count=minutes // 60)
    return visit.say("desk.talk.days", count=minutes // 1440)


def _title(visit: Visit, of: HandOver) -> str:
    if of.flow is None:
        return visit.say("desk.talk.lobby")
    flow = visit.world.catalogue().current(of.flow)
    return of.flow if flow is None else flow.title.get(visit.language.code) or next(iter(flow.title.values()), of.flow)


def _why(visit: Visit, of: HandOver) -> str:
    return visit.say("desk.talk.why.asked") if of.reason == "asked" else visit.say("desk.talk.why.step", step=of.reason)


async def _found(visit: Visit) -> HandOver:
    identifier = number_of(visit.request.match_info["talk"])
    found = None if identifier is None else await visit.read(lambda tx: hand_overs.load(tx, identifier))
    if found is None:
        raise web.HTTPNotFound
    return found


async def one(visit: Visit) -> web.Response:
    """Shows a talk. Texts are opened for it, and who reads them is written down."""
    return await _page(visit, await _found(visit))


async def _page(
    visit: Visit, of: HandOver, *, status: int = 200, problems: Sequence[str] = (), text: str = "", files: Uploads = NONE
) -> web.Response:
    def work(tx: Transaction) -> talk.Rows:
        visit.note(tx, "talk_read", f"talk:{of.id}")
        return talk.rows(tx, of, visit.now)

    found = await visit.write(work)
    closed = attending.closed_since(visit.office, of, visit.now)
    return visit.page(
        "conversation.html",
        here="conversations",
        status=status,
        row=_row(visit, of),
        of=of,
        address=f"{PATH}/{of.id}",
        taken=None if of.taken_at is None else moment(of.taken_at, visit.office.zone),
        ended=None if of.ended_at is None else moment(of.ended_at, visit.office.zone),
        answers=talk.answers(visit, found),
        before=talk.before(visit, found),
        since=talk.since(visit, found.lines),
        mine=of.ended_at is None and of.staff_id == visit.person.id,
        closed=None if closed is None else words.at(moment(closed, visit.office.zone), visit.language),
        tongue=visit.office.language(of.language).name,
        served=of.channel in visit.office.channels,
        longest=LONGEST,
        takes_files=attending.takes_files(visit.office, of),
        largest=visit.say("desk.file.largest"),
        problems=problems,
        kept={"action": "write", "files": files},
        text=text,
    )


async def lines(visit: Visit) -> web.Response:
    """Shows only what was written since it was taken: the page asks for it every few seconds while somebody has the talk."""
    of = await _found(visit)
    if of.ended_at is not None or of.staff_id != visit.person.id:
        return web.Response(status=286, text="")  # htmx: ask no more
    found = await visit.read(lambda tx: hand_overs.lines(tx, of.id))
    return visit.page("conversation_lines.html", since=talk.since(visit, found), address=f"{PATH}/{of.id}")


async def sent(visit: Visit) -> web.StreamResponse:
    """Takes the talk, writes in it, or gives it back."""
    of = await _found(visit)
    form = await visit.request.post()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    match given.get("deed", ""):
        case "take":
            return await _take(visit, of, number_of(given.get("holder", "")))
        case "write":
            return await _write(visit, of, given.get("text", ""), await uploads.read(visit, form, f"talk:{of.id}"))
        case "give_back":
            return await _give_back(visit, of)
        case _:
            raise web.HTTPNotFound


def _writer(visit: Visit) -> Writer:
    return Writer(visit.person.id, visit.person.name)


async def _take(visit: Visit, of: HandOver, holder: int | None) -> web.Response:
    def work(tx: Transaction) -> None:
        attending.take(tx, visit.office, of, _writer(visit), instead_of=holder, now=visit.now)
        visit.note(tx, "talk_taken", f"talk:{of.id}", before={"staff": of.staff} if of.staff else None)

    try:
        await visit.write(work)
    except TakenError as error:
        return await _lost(visit, error.of)
    return visit.go(f"{PATH}/{of.id}", "talk_taken")


async def _write(visit: Visit, of: HandOver, text: str, files: Uploads) -> web.Response:
    problems = list(files.problems)
    if len(text) > LONGEST:
        problems.append(visit.say("desk.talk.too_long", longest=LONGEST))
    if problems:
        return await _page(visit, of, status=422, problems=problems, text=text, files=files)

    def work(tx: Transaction) -> None:
        sent = [file.media for file in files.files]
        attending.write(tx, visit.office, of, _writer(visit), text, files=sent, now=visit.now)
        visit.note(tx, "talk_written", f"talk:{of.id}")

    try:
        await visit.write(work)
    except MissingError:
        return await _page(visit, of, status=422, problems=[visit.say("desk.talk.nothing")])
    except UnsendableError as error:
        problems = [_hindered(visit, of, file) for file in error.files]
        return await _page(visit, of, status=422, problems=problems, text=text, files=files)
    except TakenError as error:
        return await _lost(visit, error.of, text)
    return visit.go(f"{PATH}/{of.id}#write")


def _hindered(visit: Visit, of: HandOver, file: Hindered) -> str:
    return visit.say(f"desk.talk.file.{file.why}", name=file.name, channel=of.channel, limit=megabytes(file.most))


async def _give_back(visit: Visit, of: HandOver) -> web.Response:
    """Only whoever has it gives it back; what nobody has may be settled by anybody."""

    def note(tx: Transaction) -> None:
        stands = hand_overs.load(tx, of.id)
        if stands is None or stands.staff_id not in (None, visit.person.id):
            raise TakenError(stands)
        visit.note(tx, "talk_given_back", f"talk:{of.id}")

    try:
        done = await visit.world.turns.give_back(of.id, note)
    except TakenError:
        done = False
    if not done:
        return await _lost(visit, await _found(visit))
    return visit.go(PATH, "talk_given_back")


async def _lost(visit: Visit, of: HandOver | None, text: str = "") -> web.Response:
    """Somebody was faster, or the person went back to the bot: what was written is shown again."""
    if of is None:
        raise web.HTTPNotFound
    key = "over" if of.ended_at is not None else "others" if of.staff_id is not None else "untaken"
    return await _page(visit, of, status=409, problems=[visit.say(f"desk.talk.lost.{key}", name=of.staff)], text=text)


async def file(visit: Visit) -> web.StreamResponse:
    """Answers an attachment that the person sent while somebody had the talk: to be kept, never shown inside a page of ours."""
    of = await _found(visit)
    identifier = number_of(visit.request.match_info["line"])
    content = None if identifier is None else await visit.read(lambda tx: hand_overs.line(tx, of.id, identifier))
    told = talk.opened(visit, content)
    if told is None or "reference" not in told:
        raise web.HTTPNotFound
    reference = str(told["reference"])
    answer = await stored(visit.world.attachments, reference, str(told.get("name") or reference))
    await visit.write(lambda tx: visit.note(tx, "talk_file", f"talk:{of.id}"))
    return answer


PAGES = (
    Page("GET", PATH, "converse", page),
    Page("GET", ONE, "converse", one),
    Page("POST", ONE, "converse", sent),
    Page("GET", ONE + "/lines", "converse", lines),
    Page("GET", ONE + "/files/{line}", "converse", file),
)
