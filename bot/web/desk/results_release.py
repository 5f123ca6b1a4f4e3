"""Releasing a flow's results: what is to be shown is chosen, seen exactly as the public will see it, released, and withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from aiohttp import web
from markupsafe import Markup

from bot.clock import moment
from bot.reports.kept import KeptError, from_json
from bot.web.desk import results
from bot.web.desk.results_look import LOOKS, layout_of
from bot.web.desk.visit import Page, Visit, number_of
from bot.web.published import speaks
from bot.web.results_made import told_of
from bot.web.results_public import Public, public_page
from bot.web.results_seen import LAG, Held
from storage import releases
from storage.refusal import Refused
from storage.releases import Count, Notice, Release
from storage.statements import Transaction

PATH = results.ONE + "/release"
DRAFT = PATH + "/{release}"

GOOD_FOR = 2 * 3600_000
"""Milliseconds for which what was previewed may be released: later it is counted again, so that nobody releases an old day."""

LONGEST = 500
"""Characters of what the public is told."""


async def page(visit: Visit) -> web.Response:
    """Shows how a flow's results stand to the public, and what may be released of it."""
    return await _page(visit, await results.found(visit))


async def _page(
    visit: Visit, seen: Held, *, status: int = 200, problems: tuple[str, ...] = (), given: Mapping[str, str] | None = None,
    chosen: frozenset[str] | None = None,
) -> web.Response:  # fmt: skip
    name, zone = seen.row.flow, visit.office.zone
    layout = await visit.world.database.read(lambda connection: layout_of(connection, name))
    before = seen.public.shown if seen.public is not None else ()
    return visit.page(
        "release.html",
        here="results",
        status=status,
        flow=name,
        title=seen.title(visit.language.code),
        seen=seen,
        problems=problems,
        given=given or {},
        too_early=too_early(seen),
        released_at=None if seen.public is None or seen.public.released_at is None else moment(seen.public.released_at, zone),
        questions=_questions(visit, layout, chosen if chosen is not None else frozenset(before)),
        lag=LAG,
        **results.doors(visit, name, "release"),
    )


def too_early(seen: Held) -> bool:
    """Tells whether nothing may be released yet: who votes must not know how others did."""
    return seen.flow.kind == "vote" and not seen.over


def _questions(visit: Visit, layout: Any, chosen: frozenset[str]) -> list[dict[str, object]]:
    """Returns the questions with what a report tells of each: of some only that they were asked, and why no figure is told."""
    from bot.reports.discretion import Discretion, discretions
    from bot.reports.report_words import Words

    told, said = discretions(layout), Words(visit.language)
    rows: list[dict[str, object]] = []
    for one in layout.questions:
        how = told[one.column]
        written = one.type == "text" or one.other
        key = "text" if written and how < Discretion.COARSE else how.name.lower()
        rows.append(
            {
                "column": one.column,
                "label": said.asked(one.step, layout),
                "how": visit.say(f"live.how.{key}"),
                "figures": how < Discretion.FEW,
                "chosen": one.column in chosen if chosen else True,
            }
        )
    return rows


async def sent(visit: Visit) -> web.StreamResponse:
    """Counts for a preview, withdraws what is public, or says when results are expected."""
    seen = await results.found(visit)
    form = await visit.request.post()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    match given.get("deed", ""):
        case "prepare":
            shown = [one for one in form.getall("shown", []) if isinstance(one, str)]
            return await _prepare(visit, seen, given, shown)
        case "withdraw":
            return await _withdraw(visit, seen, given)
        case "say":
            return await _say(visit, seen, given)
        case _:
            raise web.HTTPNotFound


async def _prepare(visit: Visit, seen: Held, given: Mapping[str, str], shown: list[str]) -> web.StreamResponse:
    name, now = seen.row.flow, visit.now
    layout = await visit.world.database.read(lambda connection: layout_of(connection, name))
    offered = {str(one["column"]): one["figures"] for one in _questions(visit, layout, frozenset())}
    chosen = tuple(column for column in offered if column in shown)
    problems = []
    if too_early(seen):
        problems.append(visit.say("live.vote_open"))
    if not any(offered[column] for column in chosen):
        problems.append(visit.say("live.choose_one"))
    if not seen.over and given.get("sure") != "yes":
        problems.append(visit.say("live.sure_missing"))
    if given.get("package") == "yes" and any(figures and column not in chosen for column, figures in offered.items()):
        problems.append(visit.say("live.package_whole"))
    if problems:
        return await _page(visit, seen, status=422, problems=tuple(problems), given=given, chosen=frozenset(chosen))
    wanted = told_of(visit.request.app, seen, chosen)

    def count(connection: Any) -> Count | int:
        from bot.web.results_counting import TooFewError, first

        try:
            return first(connection, wanted, seen.release)
        except TooFewError as error:
            return error.counted

    async with visit.request.app[LOOKS].gate:
        counted = await visit.world.database.read(count)
    if isinstance(counted, int):
        few = visit.say("live.too_few" if seen.over else "live.too_few_open", count=counted, least=LAG)
        return await _page(visit, seen, status=422, problems=(few,), given=given, chosen=frozenset(chosen))
    package = None
    if given.get("package") == "yes" and seen.over:
        try:
            package = await _package(visit, seen)
        except Refused as error:
            refused = visit.say("live.no_package", why=visit.say(error.key, **error.places))
            return await _page(visit, seen, status=422, problems=(refused,), given=given, chosen=frozenset(chosen))
    identifier = visit.world.database.identifiers.next()

    def keep(tx: Transaction) -> None:
        releases.prepare(tx, identifier, name, chosen, counted, package, by=visit.person.id, now=now)

    await visit.write(keep)
    return visit.go(f"{results.PATH}/{name}/release/{identifier}")


async def _package(visit: Visit, seen: Held) -> str:
    """Returns the reference of the open data, made and kept as a file. Raises Refused where nobody could be hidden in them."""
    from bot.web.results_package import make

    return await make(visit, seen.row.flow)


async def _draft(visit: Visit, seen: Held) -> tuple[Release, str] | None:
    """Returns the draft that the address names, with its content; None if it is there no more."""
    identifier = number_of(visit.request.match_info["release"])

    def work(tx: Transaction) -> tuple[Release | None, str | None]:
        return (None, None) if identifier is None else (releases.one(tx, identifier), releases.content(tx, identifier))

    draft, content = await visit.read(work)
    if draft is None or content is None or draft.flow != seen.row.flow or draft.released_at is not None:
        return None
    return draft, content


async def _gone(visit: Visit, seen: Held) -> web.Response:
    return await _page(visit, seen, status=404, problems=(visit.say("live.draft_gone"),))


async def preview(visit: Visit) -> web.Response:
    """Shows what would be public, exactly as the public would see it."""
    seen = await results.found(visit)
    found = await _draft(visit, seen)
    return await _gone(visit, seen) if found is None else await _preview(visit, seen, *found)


async def _preview(
    visit: Visit, seen: Held, draft: Release, content: str, *, problem: str = "", status: int = 200
) -> web.Response:
    from bot.reports.page import fragments

    quotes = await visit.read(lambda tx: releases.quotes(tx, draft.flow))
    try:
        report = from_json(content, speaks(visit.request).code, quotes)
    except KeptError as error:
        raise web.HTTPNotFound from error
    # our own HTML, in which every text is escaped
    body = Markup(fragments(report.sections))  # noqa: S704  # because of that
    changed = 0 if seen.release is None else abs(draft.counted - seen.release.counted)
    about = {
        "problem": problem,
        "open": not seen.over,
        "difference": changed if 0 < changed < LAG else 0,
        "back": f"{results.PATH}/{draft.flow}/release",
    }
    answer = public_page(visit.request, Public(seen, draft, report, ()), body, status=status, kept=False, draft=about)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def confirmed(visit: Visit) -> web.StreamResponse:
    """Releases what was previewed."""
    seen = await results.found(visit)
    found = await _draft(visit, seen)
    if found is None:
        return await _gone(visit, seen)
    draft, content = found
    form = await visit.request.post()
    if form.get("sure") != "yes":
        return await _preview(visit, seen, draft, content, problem=visit.say("live.sure_missing"), status=422)
    if too_early(seen):
        return await _preview(visit, seen, draft, content, problem=visit.say("live.vote_open"), status=422)
    if visit.now - draft.prepared_at > GOOD_FOR:
        return await _preview(visit, seen, draft, content, problem=visit.say("live.draft_old"), status=409)

    def work(tx: Transaction) -> bool:
        done = releases.release(tx, draft, by=visit.person.id, now=visit.now)
        if done:
            told = {
                "release": draft.id,
                "shown": list(draft.shown),
                "counted": draft.counted,
                "package": draft.package is not None,
            }
            before = None if seen.public is None else {"release": seen.public.id, "shown": list(seen.public.shown)}
            visit.note(tx, "results_released", f"flow:{draft.flow}", before=before, after=told)
        return done

    if not await visit.write(work):
        return await _gone(visit, seen)
    return visit.go(f"{results.PATH}/{draft.flow}/release", "results_released")


async def _withdraw(visit: Visit, seen: Held, given: Mapping[str, str]) -> web.StreamResponse:
    why = " ".join(given.get("why", "").split())[:LONGEST]
    public = seen.public
    if public is None:
        return await _page(visit, seen, status=409, problems=(visit.say("live.not_public"),))
    if not why:
        return await _page(visit, seen, status=422, problems=(visit.say("live.say_why"),), given=given)

    def work(tx: Transaction) -> bool:
        done = releases.withdraw(tx, public.id, why, by=visit.person.id, now=visit.now)
        if done:
            visit.note(tx, "results_withdrawn", f"flow:{public.flow}", before={"release": public.id}, after={"why": why})
        return done

    if not await visit.write(work):
        return await _page(visit, seen, status=409, problems=(visit.say("live.not_public"),))
    return visit.go(f"{results.PATH}/{public.flow}/release", "results_withdrawn")


async def _say(visit: Visit, seen: Held, given: Mapping[str, str]) -> web.StreamResponse:
    why, expected = " ".join(given.get("why", "").split())[:LONGEST], given.get("expected", "").strip()
    if expected and not _is_day(expected):
        return await _page(visit, seen, status=422, problems=(visit.say("filter.day", value=expected),), given=given)
    said = Notice(why, expected)

    def work(tx: Transaction) -> None:
        before = releases.notice(tx, seen.row.flow)
        releases.say(tx, seen.row.flow, said, by=visit.person.id, now=visit.now)
        told = None if before is None else before._asdict()
        visit.note(tx, "results_said", f"flow:{seen.row.flow}", before=told, after=said._asdict())

    await visit.write(work)
    return visit.go(f"{results.PATH}/{seen.row.flow}/release", "results_said")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


PAGES = (
    Page("GET", PATH, "release_results", page),
    Page("POST", PATH, "release_results", sent),
    Page("GET", DRAFT, "release_results", preview),
    Page("POST", DRAFT, "release_results", confirmed),
)
