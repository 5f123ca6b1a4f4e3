"""One request to the desk by somebody who is signed in: who, in which language, what they may do; and what a page is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from bot.casework.office import Doer, Office
from bot.clock import milliseconds
from bot.engine.language import Language
from bot.web import sign_in
from bot.web.desk import roles, words
from bot.web.desk.roles import Deed
from bot.web.pages import LANGUAGE_COOKIE, TEMPLATES, YEAR, reading
from bot.web.world import WORLD, World
from storage import audit
from storage.audit import LAST
from storage.reading import Snapshot
from storage.sessions import Session
from storage.staff import Person
from storage.statements import Transaction

T = TypeVar("T")

Handler = Callable[["Visit"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """An address of the desk: who may come (`deed`; None: whoever is signed in) and what answers."""

    method: Literal["GET", "POST"]
    path: str
    deed: Deed | None
    answer: Handler


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation: the text's key is `desk.nav.<name>`, shown to whoever may do `deed`."""

    name: str
    path: str
    deed: Deed


class Forbidden(Exception):  # noqa: N818 because nothing is broken: it is not for them
    """Whoever is signed in may not do that."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at the desk who asks for a page or sends one."""

    request: web.Request
    office: Office
    language: Language
    session: Session
    person: Person
    navigation: tuple[Entry, ...]

    @property
    def world(self) -> World:
        """The parts behind the pages."""
        return self.request.app[WORLD]

    @property
    def now(self) -> int:
        """The present in milliseconds since the epoch."""
        return milliseconds(self.world.clock.now())

    @property
    def today(self) -> date:
        """The present day in the municipality's zone."""
        return self.world.clock.now().date()

    @property
    def doer(self) -> Doer:
        """Who this is, as the history of a case tells it."""
        return Doer("staff", self.person.id)

    def may(self, deed: Deed) -> bool:
        """Tells whether they may do that at all; whether with this case, `sees` tells."""
        return roles.may(self.person.role, deed)

    def needs(self, deed: Deed | None) -> None:
        """Raises Forbidden if they may not do that; None is for whoever is signed in."""
        if deed is not None and not self.may(deed):
            raise Forbidden

    def sees(self, unit: int | None) -> bool:
        """Tells whether they see the cases of that unit (None: of none yet)."""
        return roles.sees(self.person.role, self.person.unit_id, unit)

    def say(self, key: str, **places: object) -> str:
        """Returns the text of that key in their language."""
        return self.language.say(key, **places)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a snapshot: it may read with what is written for transactions."""

        def here(connection: Connection) -> T:
            return work(Snapshot(connection))

        return await self.world.database.read(here)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a transaction."""
        return await self.world.database.transaction(work)

    def note(
        self,
        tx: Transaction,
        action: str,
        subject: str,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Writes into the audit log, in this transaction, that they did or saw that."""
        identifier = self.world.database.identifiers.next()
        audit.write(
            tx, identifier, at=self.now, staff_id=self.person.id, action=action, subject=subject, before=before, after=after
        )

    def page(self, name: str, *, here: str = "", status: int = 200, **values: Any) -> web.Response:
        """Returns the page of that template of the desk; `here` is the navigation's entry that it belongs to."""
        return show(
            self.request,
            self.language,
            name,
            status=status,
            person=self.person,
            may=self.may,
            navigation=[entry for entry in self.navigation if self.may(entry.deed)],
            here=here,
            **values,
        )

    def go(self, path: str, done: str = "") -> web.Response:
        """Returns the way to another page, which tells there that this was done (the text's key is `desk.done.<done>`)."""
        target = f"{path}{'&' if '?' in path else '?'}done={quote(done)}" if done else path
        return web.Response(status=303, headers={"Location": target, **HEADERS})


HEADERS = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
"""On pages with forms a browser tells another site nothing and ours its origin, without which a form is refused."""


def show(
    request: web.Request, language: Language, name: str, *, person: Person | None = None, status: int = 200, **values: Any
) -> web.Response:
    """Returns a page of the desk, for somebody or for nobody yet."""
    world = request.app[WORLD]
    catalogue = world.catalogue()
    done = request.query.get("done", "")
    key = f"desk.done.{done}"
    frame = {
        "person": person,
        "municipality": catalogue.municipality,
        "languages": [(other.code, other.name) for other in catalogue.languages.values() if other.code in SPOKEN],
        "path": request.path,
        "done": language.texts.get(key, "") if done else "",
        "may": values.pop("may", None),
        "navigation": values.pop("navigation", []),
        "here": values.pop("here", ""),
        "when": lambda moment: words.at(moment, language),
    }
    answer = request.app[TEMPLATES].page(f"desk/{name}", language, status=status, **frame, **values)
    answer.headers.update(HEADERS)
    if request.query.get("lang") == language.code:
        answer.set_cookie(LANGUAGE_COOKIE, language.code, max_age=YEAR, samesite="Lax")
    return answer


def number_of(text: str) -> int | None:
    """Returns the number that a page or an address bears, None for anything that the database could not hold as an id."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None
    return found if found is not None and found <= LAST else None


SECRET = frozenset({"password", "again", "present", "code"})
"""Fields that no page ever shows again."""

SPOKEN = ("es", "en")
"""The languages that the desk's own texts are whole in."""


def language_of(request: web.Request, person: Person | None = None) -> Language:
    """Returns the language that the desk is read in: what was chosen in this browser, else the person's own."""
    languages = request.app[WORLD].catalogue().languages
    chosen = request.query.get("lang") or request.cookies.get(LANGUAGE_COOKIE) or ""
    own = "" if person is None else person.language
    for code in (chosen, own):
        if code in SPOKEN and code in languages:
            return languages[code]
    found = reading(request)
    return found if found.code in SPOKEN else languages["es"]


def opened(page: Page, navigation: tuple[Entry, ...]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Returns the handler of that page: who is not signed in is shown the way in, who may not is told so."""

    async def handler(request: web.Request) -> web.StreamResponse:
        office = request.app[WORLD].office
        assert office is not None  # `add_desk` opens no desk without one
        found = await sign_in.find(request)
        if found is None:
            return await _way_in(request)
        session, person = found
        visit = Visit(request, office, language_of(request, person), session, person, navigation)
        try:
            visit.needs(page.deed)
            answer = await page.answer(visit)
        except Forbidden:
            return visit.page(
                "message.html", status=403, heading=visit.say("desk.forbidden"), text=visit.say("desk.forbidden.text")
            )
        except web.HTTPNotFound:
            return visit.page("message.html", status=404, heading=visit.say("desk.nowhere"), text=visit.say("desk.nowhere.text"))
        answer.headers.setdefault("Referrer-Policy", HEADERS["Referrer-Policy"])
        return answer

    return handler


async def _way_in(request: web.Request) -> web.Response:
    """Shows the way in. What was written on a page whose session is over is kept on it, to be sent once more."""
    language = language_of(request)
    if request.headers.get("HX-Request") == "true":
        # only a part of a page was asked for: the rest, with what is written there, stays as it is
        answer = show(request, language, "over.html", status=401)
        answer.headers.update({"HX-Retarget": "#content", "HX-Reswap": "afterbegin", "HX-Reselect": "#over"})
        return answer
    if request.method == "GET":
        wanted = quote(request.path_qs, safe="")
        return web.Response(status=303, headers={"Location": f"/desk/sign-in?next={wanted}", **HEADERS})
    form = await request.post()
    kept = [(name, value) for name, value in form.items() if isinstance(value, str) and name not in SECRET]
    lost = sorted({value.filename for value in form.values() if isinstance(value, web.FileField) and value.filename})
    return show(request, language, "session_over.html", status=401, kept=kept, lost=lost)
