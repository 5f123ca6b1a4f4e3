"""The public register: what was asked and answered, as staff released it; counted, searched, subscribed to, taken as data.

Of what is not released nothing is shown: a request that there is not and one that is not public answer alike. It is counted.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from aiohttp import web

from bot.casework import yearly
from bot.casework.office import Office
from bot.casework.publishing import PATH
from bot.clock import milliseconds, moment
from bot.engine.answers.stemming import stems
from bot.engine.language import Language
from bot.reports.csv_table import CsvTable
from bot.requests.annual import Counts, counts, fact
from bot.requests.redaction import MARK
from bot.requests.states import OUTCOMES, portal
from bot.web.desk import words
from bot.web.desk.visit import number_of
from bot.web.download import stored
from bot.web.published import KEPT, kept_copy, look, office_of, page, speaks
from bot.web.world import WORLD
from storage import register
from storage.register import Place, Shown, Wanted
from storage.statements import Transaction

SIZE = 20
FEED = 30
COUNTED_FOR = 600
"""Seconds for which the counts on top are good: a page that anybody may ask for reads no whole year each time."""

_DATA = 50_000
_SNIPPET = 320
_WORDS = 12

FIELDS = (
    "numero", "tipo", "fecha_recepcion", "fecha_respuesta", "dias_corridos", "estado_portal", "resultado", "solicitud",
    "respuesta", "fecha_publicacion", "archivos",
)  # fmt: skip
"""Columns of the data; what each means is `register.field.<name>`."""


@dataclass(slots=True)
class Counted:
    """The counts of each year, with the time (milliseconds since the epoch) until which they are good."""

    years: dict[int, tuple[int, Counts]] = field(default_factory=dict)


COUNTED = web.AppKey("register_counts", Counted)


async def listing(request: web.Request) -> web.Response:
    """Shows what was released, the newest first."""
    office, language, query = office_of(request), speaks(request), request.query
    wanted = _wanted(request)
    after = _place(query.get("after", ""))
    sought = query.get("q", "").strip()[:200]
    this_year = request.app[WORLD].clock.now().year

    def work(tx: Transaction) -> tuple[list[Shown], list[int]]:
        rows = [] if sought and not wanted.words else register.page(tx, wanted, after=after, limit=SIZE + 1)
        return rows, yearly.years(tx)

    rows, years = await look(request, work)
    shown = rows[:SIZE]
    kept = {name: value for name, value in (("q", sought), ("year", query.get("year", "")), ("outcome", wanted.outcome)) if value}
    year = wanted.year or this_year
    counted = await _counts(request, year)
    return page(
        request,
        "register/list.html",
        rows=[_line(office, one, language) for one in shown],
        figures=_figures(counted, language),
        counted_year=year,
        q=sought,
        sought=bool(sought or wanted.year or wanted.outcome),
        years=years,
        year=wanted.year,
        outcomes=[one for one in OUTCOMES if one != "duplicate"],
        outcome=wanted.outcome,
        first=_address(kept) if after is not None else "",
        more=_address({**kept, "after": f"{shown[-1].released_at}_{shown[-1].id}"}) if len(rows) > SIZE else "",
        data_query=f"?{urlencode(kept)}" if kept else "",
    )


async def one(request: web.Request) -> web.Response:
    """Shows a released request. Raises HTTPNotFound for every other number alike."""
    office, language = office_of(request), speaks(request)
    number = request.match_info["number"]
    if number != number.upper():
        raise web.HTTPMovedPermanently(f"{PATH}/{number.upper()}")

    tests = request.app[WORLD].simulated

    def work(tx: Transaction) -> tuple[Shown, list[register.File]] | None:
        found = register.one(tx, number, tests=tests)
        return None if found is None else (found, register.files(tx, found.id))

    found = await look(request, work)
    if found is None:
        raise web.HTTPNotFound
    shown, files = found
    facts = [(language.say("register.received"), words.long(office.day(shown.filed_at), language))]
    if shown.answered_at is not None:
        facts.append((language.say("register.answered"), words.long(office.day(shown.answered_at), language)))
    if shown.outcome:
        facts.append((language.say("desk.outcome"), language.say(f"desk.outcome.{shown.outcome}")))
    facts.append((language.say("register.state"), language.say(f"desk.state.{shown.state}")))
    return page(request, "register/request.html", one=shown, files=files, facts=facts, size=words.size, mark=MARK)


async def download(request: web.Request) -> web.Response:
    """Answers a file that was released with its request."""
    number, wanted = request.match_info["number"], number_of(request.match_info["file"])

    tests = request.app[WORLD].simulated

    def work(tx: Transaction) -> register.File | None:
        shown = register.one(tx, number, tests=tests)
        return None if shown is None else next((one for one in register.files(tx, shown.id) if one.id == wanted), None)

    found = await look(request, work)
    if found is None:
        raise web.HTTPNotFound
    return await stored(request.app[WORLD].attachments, found.reference, found.name, cache=f"public, max-age={KEPT}")


async def feed(request: web.Request) -> web.Response:
    """Answers the last released requests as an Atom feed (RFC 4287)."""
    office, language = office_of(request), speaks(request)
    rows = await look(request, lambda tx: register.page(tx, Wanted(), limit=FEED))
    home = (office.public_url or f"{request.scheme}://{request.host}").rstrip("/") + PATH
    who = office.municipality or language.say("campaign.nameless")
    updated = _stamp(max((one.released_at for one in rows), default=0))
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language.code}">',
        f"<title>{_xml(language.say('register.heading'))} · {_xml(who)}</title>",
        f'<link href="{_xml(home)}"/><link rel="self" href="{_xml(home)}/feed.xml"/><id>{_xml(home)}</id>',
        f"<updated>{updated}</updated><author><name>{_xml(who)}</name></author>",
    ]
    for row in rows:
        text = "\n\n".join(filter(None, (row.public_text, row.public_answer)))
        lines += [
            f"<entry><title>{_xml(f'{row.number}: {_short(row.public_text, 100)}')}</title>",
            f'<link href="{_xml(home)}/{row.number}"/><id>{_xml(home)}/{row.number}</id>',
            f'<updated>{_stamp(row.released_at)}</updated><content type="text">{_xml(text)}</content></entry>',
        ]
    answer = web.Response(text="\n".join([*lines, "</feed>\n"]), content_type="application/atom+xml", charset="utf-8")
    return kept_copy(request, answer)


async def data(request: web.Request) -> web.Response:
    """Answers the released requests as CSV (UTF-8), filtered as the page is."""
    office = office_of(request)
    wanted = _wanted(request)
    sought = request.query.get("q", "").strip()
    today = request.app[WORLD].clock.now().date()

    def work(tx: Transaction) -> list[tuple[Shown, int]]:
        rows = [] if sought and not wanted.words else register.page(tx, replace(wanted, tests=False), limit=_DATA)
        counted = register.file_counts(tx)
        return [(one, counted.get(one.id, 0)) for one in rows]

    out = io.StringIO(newline="")
    table = CsvTable(out, FIELDS)
    for shown, files in await look(request, work):
        filed = office.day(shown.filed_at)
        answered = None if shown.answered_at is None else office.day(shown.answered_at)
        # a released request whose term runs on is never called late here: whether it is, its own term says
        state = portal(shown.state, shown.outcome, overdue=False)  # type: ignore[arg-type]  # because constraints of the database say that they are
        table.write(
            [
                shown.number, shown.kind, filed.isoformat(), answered.isoformat() if answered else None,
                (answered - filed).days if answered else None, state, shown.outcome, shown.public_text,
                shown.public_answer or None, office.day(shown.released_at).isoformat(), files,
            ]
        )  # fmt: skip
    return _csv(request, out.getvalue(), f"solicitudes-{today.isoformat()}.csv")


async def dictionary(request: web.Request) -> web.Response:
    """Answers what each column of the data means."""
    languages = office_of(request).languages
    out = io.StringIO(newline="")
    table = CsvTable(out, ("campo", "descripcion_es", "descripcion_en"))
    for name in FIELDS:
        table.write([name, *(languages[code].say(f"register.field.{name}") for code in ("es", "en"))])
    return _csv(request, out.getvalue(), "solicitudes-diccionario.csv")


def _csv(request: web.Request, text: str, name: str) -> web.Response:
    answer = web.Response(text=text, content_type="text/csv", charset="utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return kept_copy(request, answer)


async def _counts(request: web.Request, year: int) -> Counts:
    world, counted = request.app[WORLD], request.app[COUNTED]
    now = milliseconds(world.clock.now())
    known = counted.years.get(year)
    if known is not None and known[0] - COUNTED_FOR * 1000 <= now < known[0]:
        return known[1]
    zone, today = office_of(request).zone, world.clock.now().date()
    made = await look(request, lambda tx: counts([fact(one, today) for one in yearly.records(tx, year, zone) if not one.test]))
    if len(counted.years) > 50:
        counted.years.clear()
    counted.years[year] = now + COUNTED_FOR * 1000, made
    return made


def _figures(counted: Counts, language: Language) -> list[tuple[str, str]]:
    share = f"{counted.in_term} ({100 * counted.in_term // counted.answered}\u00a0%)" if counted.answered else "—"
    days = "—" if counted.median_days is None else f"{counted.median_days:g}".replace(".", "," if language.code == "es" else ".")
    return [
        ("received", str(counted.received)),
        ("answered", str(counted.answered)),
        ("in_term", share),
        ("median", days),
    ]


def _line(office: Office, shown: Shown, language: Language) -> Mapping[str, str]:
    return {
        "number": shown.number,
        "language": shown.language,
        "filed": words.short(office.day(shown.filed_at), language),
        "outcome": language.say(f"desk.outcome.{shown.outcome}") if shown.outcome else "",
        "test": language.say("desk.test") if shown.test else "",
        "kind": "" if shown.kind == "information" else language.say(f"desk.kind.{shown.kind}"),
        "text": _short(shown.public_text, _SNIPPET),
        "answer": _short(shown.public_answer, _SNIPPET),
    }


def _wanted(request: web.Request) -> Wanted:
    query = request.query
    year, outcome = query.get("year", ""), query.get("outcome", "")
    return Wanted(
        words=tuple(dict.fromkeys(stems(query.get("q", "")[:200])))[:_WORDS],
        year=int(year) if len(year) == 4 and year.isascii() and year.isdecimal() else None,
        outcome=outcome if outcome in OUTCOMES else "",
        tests=request.app[WORLD].simulated,
    )


def _place(text: str) -> Place | None:
    at, _, identifier = text.partition("_")
    found = number_of(at), number_of(identifier)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _address(query: Mapping[str, str]) -> str:
    return f"{PATH}?{urlencode(query)}" if query else PATH


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _stamp(at: int) -> str:
    found: datetime = moment(at, UTC)
    return f"{found:%Y-%m-%dT%H:%M:%SZ}"


def _xml(text: str) -> str:
    # what XML 1.0 has no place for would make the whole feed unreadable
    return escape("".join(letter for letter in text if letter in "\n\t" or letter >= " "), {'"': "&quot;"})


ROUTES = (
    web.get(PATH, listing),
    web.get(PATH + "/feed.xml", feed),
    web.get(PATH + "/datos.csv", data),
    web.get(PATH + "/diccionario.csv", dictionary),
    web.get(PATH + "/{number}", one),
    web.get(PATH + "/{number}/{file}", download),
)


def add_register(app: web.Application) -> None:
    """Opens the register in that application."""
    app[COUNTED] = Counted()
    app.add_routes(ROUTES)
