"""The pages of what is answered back: written, shown beforehand as each person gets it, tried, sent, held, broken off."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.answering_back import trying
from bot.answering_back.answering import AnsweringBack, AnsweringRefused
from bot.answering_back.progress import Progress, progress
from bot.campaigns.campaigns import CampaignRefused
from bot.clock import moment
from bot.web.desk import answer_back, answer_forms, results
from bot.web.desk.answer_back import Kept, OvertakenError, Written
from bot.web.desk.visit import Page, Visit, number_of
from storage import answer_backs, campaigns
from storage.statements import Transaction

DEEDS = ("send", "pause", "resume", "cancel", "try")
PREVIEW = answer_back.PATH + "/preview"


async def page(visit: Visit) -> web.Response:
    """Shows what is written, the forms to go on writing, and how the sending goes."""
    found = await answer_back.written(visit)
    return answer_back.show(visit, found, await sending(visit, found))


async def sent(visit: Visit) -> web.StreamResponse:
    """Does what a form of the page asks for; what cannot be done is told beside what was written."""
    found = await answer_back.written(visit)
    raw = await visit.request.post()
    fields = {name: value for name, value in raw.items() if isinstance(value, str)}
    deed = fields.get("deed", "")
    if deed in DEEDS:
        return await done(visit, found, deed, fields)
    told = [value for value in raw.getall("told", []) if isinstance(value, str)]
    refused = await answer_forms.write(visit, found, fields, told)
    if refused is None:
        return visit.go(answer_back.address(found.here.row.flow), f"back_{deed}")
    fresh = await answer_back.written(visit)
    return answer_back.show(visit, fresh, await sending(visit, fresh), status=refused[1], kept=refused[0])


async def sending(visit: Visit, found: Written) -> Mapping[str, Any]:
    """Returns what the page shows of the sending."""
    answer = found.answer
    campaign = None if answer is None else answer.campaign_id
    gone = None if campaign is None else await visit.read(lambda tx: _progress(tx, campaign))
    return {
        "progress": gone,
        "prices": [] if gone is None else [f"{price / 1e6:.2f} {currency}" for currency, price in sorted(gone.price.items())],
        "answers": visit.world.answering is not None,
        "begun_at": None if gone is None else moment(gone.campaign.created_at, visit.office.zone),
    }


def _progress(tx: Transaction, campaign: int) -> Progress | None:
    found = campaigns.look(tx, campaign)
    return None if found is None else progress(tx, found)


async def done(visit: Visit, found: Written, deed: str, fields: Mapping[str, str]) -> web.StreamResponse:
    """Does one of DEEDS; what cannot be done is told."""
    answering = visit.world.answering
    if answering is None:
        raise web.HTTPNotFound
    problems: list[str] = []
    if deed in ("send", "cancel") and fields.get("sure") != "yes":
        problems.append(visit.say("desk.problem.sure"))
    if deed == "send":
        problems += answer_back.ready(visit, found)
        if found.flow.anonymous:
            problems.append(visit.say("back.problem.anonymous"))
    status = 422
    if not problems:
        try:
            match deed:
                case "send":
                    await _send(visit, answering, found, fields)
                case "try":
                    return await _try(visit, answering, found, fields)
                case _:
                    await _move(visit, answering, found, deed)
        except OvertakenError:
            status = 409
            problems = [await answer_forms.overtaken(visit)]
        except (AnsweringRefused, CampaignRefused):
            status = 409
            problems = [visit.say("back.problem.moved")]
        else:
            return visit.go(answer_back.address(found.here.row.flow), f"back_{deed}")
    fresh = await answer_back.written(visit)
    kept = Kept(deed, "", fields, (), tuple(problems))
    return answer_back.show(visit, fresh, await sending(visit, fresh), status=status, kept=kept)


async def _send(visit: Visit, answering: AnsweringBack, found: Written, fields: Mapping[str, str]) -> None:
    answer = found.answer
    assert answer is not None  # `ready` told so otherwise
    expected = number_of(fields.get("expected", "")) or 0
    figures = await answering.figures(answer)

    def work(tx: Transaction) -> None:
        if not answer_backs.touch(tx, answer.id, expected, staff=visit.person.id, now=visit.now):
            raise OvertakenError
        answer_backs.publish(tx, answer.id, staff=visit.person.id, now=visit.now)
        answering.begin(tx, answer, figures)
        visit.note(tx, "back_sent", f"flow:{answer.flow}")

    # apart: like everything that touches a campaign, and no contact
    await visit.world.database.transaction(work, apart=True)


async def _move(visit: Visit, answering: AnsweringBack, found: Written, deed: str) -> None:
    campaign = None if found.answer is None else found.answer.campaign_id
    if campaign is None:
        raise CampaignRefused("campaign.unknown", campaign=0)
    move = {"pause": answering.pause, "resume": answering.resume, "cancel": answering.cancel}[deed]

    def work(tx: Transaction) -> None:
        move(tx, campaign)
        visit.note(tx, f"back_{deed}", f"flow:{found.here.row.flow}")

    await visit.world.database.transaction(work, apart=True)


async def _try(visit: Visit, answering: AnsweringBack, found: Written, fields: Mapping[str, str]) -> web.StreamResponse:
    """Sends it to whoever visits, or into the simulator, as somebody of that language and place gets it."""
    if found.answer is None:
        raise web.HTTPNotFound
    place, code = fields.get("place", ""), fields.get("lang", "")
    to_self = fields.get("to") == "self"
    words = await answering.words(found.answer, fresh=True)

    def work(tx: Transaction) -> bool:
        target = trying.own_chat(tx, visit.person.id) if to_self else trying.simulator(tx) if visit.world.simulated else None
        if target is None:
            return False
        trying.send(tx, visit.office, words, target, code=words.language(code), place=place, now=visit.now)
        visit.note(tx, "back_tried", f"flow:{found.here.row.flow}", after={"to": "self" if to_self else "simulator"})
        return True

    tried = await visit.write(work)
    back = f"{answer_back.address(found.here.row.flow)}/preview?{urlencode({'place': place, 'code': code})}"
    return visit.go(back, "back_tried" if tried else "back_not_tried")


async def preview(visit: Visit) -> web.Response:
    """Shows exactly what somebody of a place and a language gets on each channel, whom it reaches and what that costs."""
    found = await answer_back.written(visit)
    answering = visit.world.answering
    if answering is None or found.answer is None:
        raise web.HTTPNotFound
    code = visit.request.query.get("code", "")
    code = code if code in found.languages else found.languages[0]
    words = await answering.words(found.answer, fresh=True)
    places = _places(found, code)
    place = visit.request.query.get("place", "")
    place = place if place in dict(places) else ""
    plan = None if found.flow.anonymous else await answering.plan(words)
    cost, currency = (None, "") if plan is None else await asyncio.to_thread(answering.price, plan)
    own = words.results.of(place)[0]
    chat, simulator = await visit.read(lambda tx: (trying.own_chat(tx, visit.person.id), trying.simulator(tx)))
    return visit.page(
        "answer_preview.html",
        here="results",
        flow=found.here.row.flow,
        title=results.title_of(found.flow, visit.language.code),
        back=answer_back.address(found.here.row.flow),
        written_in=[(one, visit.office.language(one).name) for one in found.languages],
        code=code,
        places=places,
        place=place,
        own=bool(own.lines),
        seen=answering.seen(words, code, place),
        plan=plan,
        cost=cost,
        currency=currency,
        anonymous=found.flow.anonymous,
        covered=bool(words.frame.consents),
        linked=bool(words.frame.public_url),
        lacks=[visit.office.language(one).name for one in found.lacks],
        chat=chat is not None,
        simulator=simulator is not None and visit.world.simulated,
        **results.doors(visit, found.here.row.flow, "answer"),
    )


def _places(found: Written, code: str) -> list[tuple[str, str]]:
    """Returns the choices of the question that tells somebody's place, where each is told of their own."""
    assert found.answer is not None
    if found.answer.place != found.choices.place:
        return []
    question = next((one for one in found.choices.layout.questions if one.step == found.answer.place), None)
    if question is None or not question.steps:
        return []
    step = list(question.steps.values())[-1]
    return [(one.name, (one.label.get(code) or next(iter(one.label.values()))).source) for one in step.choices if one.label]


PAGES = (
    Page("GET", answer_back.PATH, "answer_back", page),
    Page("POST", answer_back.PATH, "answer_back", sent),
    Page("GET", PREVIEW, "answer_back", preview),
)
