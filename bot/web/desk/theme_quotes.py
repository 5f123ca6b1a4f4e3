"""Quotes: staff choose a piece of an answer, what is personal in it is hidden, and who may release results makes it public.

Only words may be taken away: a quote holds the answer's own, in its order (`bot/reports/themes/quotes.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection

from bot.reports.themes.quotes import LONGEST, fault, tidy
from bot.requests.redaction import MARK, Redacted, net, redact
from bot.web.desk import themes
from bot.web.desk.theme_view import address_of, answer_of
from bot.web.desk.themes import Opened
from bot.web.desk.visit import Forbidden, Page, Visit
from storage import staff, theme_lists
from storage import themes as kept
from storage.reading import Snapshot
from storage.statements import Transaction
from storage.theme_lists import Listed
from storage.themes import AnswerKey, CodingRefused, QuoteRow

PATH = themes.ONE + "/quote/{answer}"


@dataclass(frozen=True, slots=True)
class _Here:
    """The answer that is looked at, its quote if it has one, who chose and released it, and what is known of its author."""

    of: Opened
    step: str
    listed: Listed
    quote: QuoteRow | None
    people: tuple[str, str]
    known: Mapping[str, str]

    @property
    def text(self) -> str:
        """Returns the answer as it was written."""
        return str(self.listed.value)


async def page(visit: Visit) -> web.Response:
    """Shows the answer with what is personal in it marked, and what would be quoted."""
    return _page(visit, await _opened(visit))


async def sent(visit: Visit) -> web.StreamResponse:
    """Keeps the quote as it was sent, releases it, takes it back or drops it."""
    here = await _opened(visit)
    form = {name: value for name, value in (await visit.request.post()).items() if isinstance(value, str)}
    deed = form.get("deed", "")
    was = form.get("was", "")
    if was != ("" if here.quote is None else str(here.quote.chosen_at)):
        return _page(visit, here, problems=(visit.say("themes.quote_changed"),), status=409)
    match deed:
        case "choose":
            return await _choose(visit, here, form)
        case "release" | "withhold" | "drop" if here.quote is not None:
            return await _change(visit, here, here.quote, deed, sure=form.get("sure") == "yes")
        case _:
            raise web.HTTPBadRequest


async def _choose(visit: Visit, here: _Here, form: Mapping[str, str]) -> web.StreamResponse:
    text = net(tidy(form.get("text", ""), MARK), here.known).text
    wrong = fault(text, here.text, MARK)
    left = redact(text, here.known)
    problems = []
    if wrong is not None:
        problems.append(visit.say(f"themes.quote_{wrong}", limit=LONGEST))
    elif left.spans and form.get("anyway") != "yes":
        problems.append(visit.say("themes.quote_personal", found=_found(visit, left)))
    if problems:
        return _page(visit, here, text=text or form.get("text", ""), problems=tuple(problems), warned=wrong is None, status=422)

    def work(tx: Transaction) -> None:
        kept.quote(
            tx, visit.world.database.identifiers, here.listed.answer, flow=here.of.flow, step=here.step, text=text,
            staff_id=visit.person.id, now=visit.now,
        )  # fmt: skip
        visit.note(tx, "quote_chosen", f"{here.of.flow}/{here.step}")

    try:
        await visit.write(work)
    except CodingRefused as refused:
        return _page(visit, here, text=text, problems=(visit.say(refused.key),), status=409)
    return visit.go(visit.request.path, "quote_chosen")


async def _change(visit: Visit, here: _Here, quote: QuoteRow, deed: str, *, sure: bool) -> web.StreamResponse:
    if deed in ("release", "withhold") or quote.released_at is not None:
        visit.needs("release_results")  # what is public is no coder's to take away, either
    if deed == "release" and not sure:
        return _page(visit, here, problems=(visit.say("desk.problem.sure"),), status=422)
    told = {"release": "quote_released", "withhold": "quote_withheld", "drop": "quote_dropped"}[deed]

    def work(tx: Transaction) -> bool:
        match deed:
            case "drop":
                done = kept.drop_quote(tx, quote)
            case _:
                done = kept.release(tx, quote, staff_id=visit.person.id if deed == "release" else None, now=visit.now)
        if done:
            visit.note(tx, told, f"{here.of.flow}/{here.step}")
        return done

    if not await visit.write(work):
        return _page(visit, await _opened(visit), problems=(visit.say("themes.quote_changed"),), status=409)
    return visit.go(f"{address_of(here.of, here.step)}?which=quoted" if deed == "drop" else visit.request.path, told)


async def _opened(visit: Visit) -> _Here:
    """Returns the answer. Raises HTTPNotFound for one that is gone, Forbidden for one that must not be quoted."""
    of = await themes.opened(visit)
    step = themes.question(visit, of)
    answer = answer_of(visit.request.match_info["answer"])
    if step not in of.quotable:
        raise Forbidden

    def work(connection: Connection) -> tuple[Listed | None, QuoteRow | None, tuple[str, str], Mapping[str, str]]:
        tx = Snapshot(connection)
        listed = None if answer is None else theme_lists.one(tx, of.flow, step, answer)
        if listed is None:
            return None, None, ("", ""), {}
        quote = kept.quote_of(tx, listed.answer)
        return listed, quote, _people(tx, quote), _known(tx, of, listed.answer)

    listed, quote, people, known = await visit.world.database.read(work)
    if listed is None or not isinstance(listed.value, str):
        raise web.HTTPNotFound
    return _Here(of, step, listed, quote, people, known)


def _people(tx: Transaction, quote: QuoteRow | None) -> tuple[str, str]:
    if quote is None:
        return "", ""
    chose = staff.by_id(tx, quote.staff_id)
    released = None if quote.released_by is None else staff.by_id(tx, quote.released_by)
    return "" if chose is None else chose.name, "" if released is None else released.name


def _known(tx: Transaction, of: Opened, answer: AnswerKey) -> Mapping[str, str]:
    """Returns what the author said of themselves elsewhere in the conversation, for the program to look for and not to show."""
    personal = {one.step for one in of.layout.questions if one.withheld or any(step.personal for step in one.steps.values())}
    found: dict[str, str] = {}
    for kind, value in theme_lists.said_beside(tx, answer, personal):
        key = kind if kind in ("phone", "email") else "name"
        found[key] = f"{found[key]} {value}" if key in found and key == "name" else value
    return found


def _page(
    visit: Visit,
    here: _Here,
    *,
    text: str | None = None,
    problems: tuple[str, ...] = (),
    warned: bool = False,
    status: int = 200,
) -> web.Response:
    redacted = redact(here.text, here.known)
    proposed = here.quote.text if here.quote is not None else redacted.text
    return visit.page(
        "themes_quote.html",
        here="results",
        status=status,
        title=here.of.label(here.step, visit.language.code),
        back=f"{address_of(here.of, here.step)}#a-{visit.request.match_info['answer']}",
        address=visit.request.path,
        listed=here.listed,
        pieces=_pieces(here.text, redacted),
        found=_found(visit, redacted),
        text=proposed if text is None else text,
        quote=here.quote,
        chose=here.people[0],
        released=here.people[1],
        longest=LONGEST,
        problems=problems,
        warned=warned,
        releases=visit.may("release_results"),
    )


def _pieces(text: str, redacted: Redacted) -> list[tuple[str, bool]]:
    pieces, after = [], 0
    for span in redacted.spans:
        pieces += [(text[after : span.start], False), (text[span.start : span.end], True)]
        after = span.end
    return [one for one in [*pieces, (text[after:], False)] if one[0]]


def _found(visit: Visit, redacted: Redacted) -> str:
    kinds = Counter(span.kind for span in redacted.spans)
    return ", ".join(f"{visit.say(f'desk.personal.{kind}')} ({count})" for kind, count in kinds.items())


PAGES = (Page("GET", PATH, "code_answers", page), Page("POST", PATH, "code_answers", sent))
