"""The list in which staff code answers: one after another by the keyboard, or twenty on a page; a form that needs no script.

What a card's buttons send is the whole form; `only`, `confirm` or `settle` names the card that is meant, `all` every one that has
something ticked. Two who code the same answer do not see each other's themes before both have coded it.
"""

from __future__ import annotations

from aiohttp import web

from bot.reports.themes.codebook import NONE, Codebook
from bot.web.desk import results, themes
from bot.web.desk.theme_cards import SIZE, Card, Sent, around, cards_of, sent_in, suggested_in
from bot.web.desk.theme_view import View, address_of, answer_of, place_told, view_of
from bot.web.desk.themes import Opened
from bot.web.desk.visit import Page, Visit
from storage import theme_lists
from storage import themes as kept
from storage.statements import Transaction
from storage.theme_lists import FIRST, Listed, Which
from storage.themes import CodingRefused


async def page(visit: Visit) -> web.Response:
    """Shows a page of the list."""
    of = await themes.opened(visit)
    return await _page(visit, of, themes.question(visit, of), view_of(visit.request.query, of.found.book))


async def sent(visit: Visit) -> web.StreamResponse:
    """Writes down what is ticked, and goes on with the list; whoever asked for one card alone gets that."""
    of = await themes.opened(visit)
    step = themes.question(visit, of)
    book = of.found.book
    view = view_of(visit.request.query, book)
    if book is None:
        return await _page(visit, of, step, view, status=409)
    form = sent_in(await visit.request.post(), book)
    if form.undo:
        return await _undo(visit, of, step, book, view)
    wanted = [one for one in (form.only, form.confirm, form.settle) if one] or [
        key for key in form.keys if form.ticked.get(key) or key in form.none
    ]
    for key in wanted:
        form.notes[key] = await _save(visit, of, step, book, form, key)
    if visit.request.headers.get("HX-Request") == "true" and len(wanted) == 1:
        return await _card(visit, of, step, book, view, form, wanted[0])
    if any(form.notes.values()) or not wanted:
        said = next((told for told in form.notes.values() if told), "") or visit.say("themes.nothing_ticked")
        return await _page(visit, of, step, view, form=form, problem=said, status=422)
    return visit.go(f"{address_of(of, step)}?{view.query()}", "themes_saved")


async def _save(visit: Visit, of: Opened, step: str, book: Codebook, form: Sent, key: str) -> str:
    """Writes down what one card says; returns why it cannot be, "" if it is."""
    answer = answer_of(key)
    settles = key == form.settle
    if answer is None:
        return visit.say("themes.gone")
    if settles:
        visit.needs("release_results")

    def work(tx: Transaction) -> bool:
        listed = theme_lists.one(tx, of.flow, step, answer)
        if listed is None:
            raise CodingRefused("themes.gone", step=step)
        codes = form.ticked.get(key, ())
        if key == form.confirm and not codes and key not in form.none:
            codes = suggested_in(book, listed)
        if not codes and key not in form.none:
            return False
        kept.code(
            tx, visit.world.database.identifiers, answer, flow=of.flow, step=step, themes=codes, staff_id=visit.person.id,
            book=book, now=visit.now, settled=settles,
        )  # fmt: skip
        # the log tells who did what to which question, not to whose answer: that goes when the answer does
        action = "answer_settled" if settles else "answer_coded"
        visit.note(tx, action, f"{of.flow}/{step}", after={"themes": " ".join(codes) or NONE})
        return True

    try:
        written = await visit.write(work)
    except CodingRefused as refused:
        return visit.say(refused.key)
    return "" if written else visit.say("themes.nothing_ticked")


async def _undo(visit: Visit, of: Opened, step: str, book: Codebook, view: View) -> web.StreamResponse:
    """Takes back what this person said last on the question, and shows the list from that answer on."""

    def work(tx: Transaction) -> Listed | None:
        last = kept.newest(tx, of.flow, step, visit.person.id)
        if last is None:
            return None
        listed = theme_lists.one(tx, of.flow, step, last.answer)
        if listed is None:
            return None
        kept.code(
            tx, visit.world.database.identifiers, last.answer, flow=of.flow, step=step, themes=None,
            staff_id=visit.person.id, book=book, now=visit.now, settled=last.settled,
        )  # fmt: skip
        visit.note(tx, "coding_undone", f"{of.flow}/{step}", before={"themes": " ".join(last.themes or ()) or NONE})
        return listed

    listed = await visit.write(work)
    if listed is None:
        return await _page(visit, of, step, view, problem=visit.say("themes.nothing_to_undo"), status=409)
    started_at, conversation, sequence = listed.place
    target = view.query(which="new", theme="", before="", after=place_told((started_at, conversation, sequence - 1)))
    return visit.go(f"{address_of(of, step)}?{target}", "themes_undone")


async def _card(visit: Visit, of: Opened, step: str, book: Codebook, view: View, form: Sent, key: str) -> web.Response:
    """Answers one card as it stands now, for the page to put into its place."""
    answer = answer_of(key)

    def work(tx: Transaction) -> list[Card]:
        listed = None if answer is None else theme_lists.one(tx, of.flow, step, answer)
        return [] if listed is None else cards_of(tx, visit, book, [listed], form)

    cards = await visit.read(work)
    if not cards:
        return visit.page("themes_gone.html", key=key, text=form.notes.get(key) or visit.say("themes.gone"))
    return visit.page("themes_card.html", card=cards[0], **around(visit, of, step, book, view))


async def _page(
    visit: Visit,
    of: Opened,
    step: str,
    view: View,
    *,
    form: Sent | None = None,
    problem: str = "",
    status: int = 200,
) -> web.Response:
    book = of.found.book
    size = 1 if view.one else SIZE
    blind = not visit.may("release_results")
    options = {"which": view.which, "staff_id": visit.person.id, "theme": view.theme, "blind": blind}

    def work(tx: Transaction) -> tuple[list[Card], bool, bool, dict[Which, int]]:
        rows = theme_lists.page(tx, of.flow, step, after=view.after, before=view.before, limit=size + 1, **options)  # type: ignore[arg-type]  # because mypy sees one type for all that is unpacked
        if view.before is None:
            rows, more, less = rows[:size], len(rows) > size, view.after != FIRST
        else:
            rows, more, less = rows[-size:], True, len(rows) > size
        counts = theme_lists.counts(tx, of.flow, step, staff_id=visit.person.id, blind=blind)
        return (cards_of(tx, visit, book, rows, form) if book is not None else []), more, less, counts

    cards, more, less, counts = await visit.read(work)
    address = address_of(of, step)
    return visit.page(
        "themes_list.html",
        here="results",
        status=status,
        title=of.label(step, visit.language.code),
        views=[(which, count, f"{address}?{View(which, one=view.one).query()}") for which, count in counts.items()],
        view=view,
        cards=cards,
        problem=problem,
        next=f"{address}?{view.query(before='', after=place_told(cards[-1].listed.place))}" if more and cards else "",
        previous=f"{address}?{view.query(after='', before=place_told(cards[0].listed.place))}" if less and cards else "",
        size_address=f"{address}?{view.query(one='' if view.one else '1')}",
        **themes.book_of(visit, of),
        **around(visit, of, step, book, view),
        **results.doors(visit, of.flow, "themes"),
    )


PAGES = (Page("GET", themes.ONE, "code_answers", page), Page("POST", themes.ONE, "code_answers", sent))
