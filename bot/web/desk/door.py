"""The way in and out: sign-in, the code of the second factor, a first or a new password by a link, sign-out."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from bot.clock import milliseconds
from bot.engine.language import Language
from bot.web import sign_in
from bot.web.desk import passwords
from bot.web.desk.visit import HEADERS, language_of, show
from bot.web.sign_in import HASHER, Held
from bot.web.world import WORLD
from storage import audit, sessions, staff
from storage.reading import Snapshot
from storage.staff import Person
from storage.statements import Transaction

HOME = "/desk"


def target(wanted: str) -> str:
    """Returns where to go after sign-in: the page of the desk that was wanted, and no other site whatever it says."""
    inside = wanted == HOME or wanted.startswith((HOME + "/", HOME + "?"))
    plain = inside and not any(letter in wanted for letter in "\\\r\n\t") and wanted.isprintable()
    return wanted if plain else HOME


async def sign_in_page(request: web.Request) -> web.Response:
    """Shows the way in; where nobody works yet, how the first person is entered; in the clear, why not here."""
    language = language_of(request)
    if await sign_in.find(request) is not None:
        return _go(target(request.query.get("next", "")))
    if sign_in.way(request) == "open":
        return _in_the_clear(request, language)
    world = request.app[WORLD]
    if not await world.database.read(lambda connection: staff.anybody(Snapshot(connection))):
        return show(request, language, "nobody.html")
    return _sign_in(request, language, wanted=request.query.get("next", ""))


async def sign_in_sent(request: web.Request) -> web.Response:
    """Signs in, or tells that it was not right."""
    language = language_of(request)
    if sign_in.way(request) == "open":
        return _in_the_clear(request, language)
    form = await request.post()
    email, password, wanted = (str(form.get(name, "")) for name in ("email", "password", "next"))
    match await sign_in.enter(request, email, password):
        case Held(minutes):
            text = language.say("desk.sign_in.held", minutes=minutes)
            return _sign_in(request, language, wanted=wanted, email=email, problem=text, status=429)
        case None:
            text = language.say("desk.sign_in.wrong")
            return _sign_in(request, language, wanted=wanted, email=email, problem=text, status=403)
        case entered:
            answer = _go(target(wanted) if entered.whole else f"/desk/code?next={quote(target(wanted), safe='')}")
            sign_in.give_cookie(request, answer, entered.token)
            return answer


async def code_page(request: web.Request) -> web.Response:
    """Asks for the code of the second factor."""
    if await sign_in.find(request, half=True) is None:
        return _go("/desk/sign-in")
    return show(request, language_of(request), "code.html", wanted=request.query.get("next", ""), problem="")


async def code_sent(request: web.Request) -> web.Response:
    """Takes the code."""
    language = language_of(request)
    found = await sign_in.find(request, half=True)
    if found is None:
        return _go("/desk/sign-in")
    form = await request.post()
    wanted = str(form.get("next", ""))
    match await sign_in.confirm(request, *found, str(form.get("code", ""))):
        case Held(minutes):
            text, status = language.say("desk.sign_in.held", minutes=minutes), 429
        case None:
            text, status = language.say("desk.code.wrong"), 403
        case entered:
            answer = _go(target(wanted))
            sign_in.give_cookie(request, answer, entered.token)
            return answer
    return show(request, language, "code.html", status=status, wanted=wanted, problem=text)


async def out(request: web.Request) -> web.Response:
    """Signs out: the row goes, and the cookie with it."""
    found = await sign_in.find(request)
    answer = _go("/desk/sign-in?done=out")
    if found is not None:
        session, person = found
        world = request.app[WORLD]
        now = milliseconds(world.clock.now())

        def end(tx: Transaction) -> None:
            sessions.end(tx, session.token)
            identifier = world.database.identifiers.next()
            audit.write(tx, identifier, at=now, staff_id=person.id, action="sign_out", subject=f"staff:{person.id}")

        await world.database.transaction(end)
    sign_in.take_cookie(request, answer)
    return answer


async def password_page(request: web.Request) -> web.Response:
    """Shows the page of a link with which a password is set."""
    language = language_of(request)
    if sign_in.way(request) == "open":
        return _in_the_clear(request, language)
    token = request.query.get("token", "")
    person = await _offered(request, token)
    if person is None:
        return _void(request, language)
    return _set(request, language, token, person)


async def password_sent(request: web.Request) -> web.Response:
    """Sets the password that was typed twice; every session of that person ends, and the link is used up."""
    language = language_of(request)
    if sign_in.way(request) == "open":
        return _in_the_clear(request, language)
    form = await request.post()
    token, password, again = (str(form.get(name, "")) for name in ("token", "password", "again"))
    person = await _offered(request, token)
    if person is None:
        return _void(request, language)
    world = request.app[WORLD]
    problem = refused(language, password, again, person, world.catalogue().municipality)
    if problem:
        return _set(request, language, token, person, problem=problem, status=422)
    hashed = await request.app[HASHER].hash(password)
    now = milliseconds(world.clock.now())

    def work(tx: Transaction) -> bool:
        if staff.offered(tx, sign_in.hash_of(token), now) is None:
            return False
        staff.set_password(tx, person.id, hashed)
        sessions.end_all(tx, person.id)
        identifier = world.database.identifiers.next()
        audit.write(tx, identifier, at=now, staff_id=person.id, action="password_set", subject=f"staff:{person.id}")
        return True

    if not await world.database.transaction(work):
        return _void(request, language)
    return _go("/desk/sign-in?done=password")


def refused(language: Language, password: str, again: str, person: Person, municipality: str) -> str:
    """Returns why that password is not taken, "" if it is."""
    if password != again:
        return language.say("desk.password.differ")
    weak = passwords.weakness(password, (person.email, person.name, municipality))
    return "" if weak is None else language.say(f"desk.password.{weak}", least=passwords.LEAST)


async def _offered(request: web.Request, token: str) -> Person | None:
    world = request.app[WORLD]
    now = milliseconds(world.clock.now())
    hashed = sign_in.hash_of(token)
    return await world.database.read(lambda connection: staff.offered(Snapshot(connection), hashed, now))


def _sign_in(
    request: web.Request, language: Language, *, wanted: str, email: str = "", problem: str = "", status: int = 200
) -> web.Response:
    return show(request, language, "sign_in.html", status=status, wanted=wanted, email=email, problem=problem)


def _set(
    request: web.Request, language: Language, token: str, whose: Person, *, problem: str = "", status: int = 200
) -> web.Response:
    return show(
        request, language, "password.html", status=status, token=token, whose=whose, problem=problem, least=passwords.LEAST
    )


def _in_the_clear(request: web.Request, language: Language) -> web.Response:
    office = request.app[WORLD].office
    public = office.public_url if office is not None and office.public_url.startswith("https://") else ""
    return show(request, language, "in_the_clear.html", status=403, public=public, host=request.host)


def _void(request: web.Request, language: Language) -> web.Response:
    return show(
        request,
        language,
        "message.html",
        status=410,
        heading=language.say("desk.password.void"),
        text=language.say("desk.password.void.text"),
    )


def _go(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, **HEADERS})


ROUTES = (
    web.get("/desk/sign-in", sign_in_page),
    web.post("/desk/sign-in", sign_in_sent),
    web.get("/desk/code", code_page),
    web.post("/desk/code", code_sent),
    web.get("/desk/password", password_page),
    web.post("/desk/password", password_sent),
    web.post("/desk/out", out),
)
"""What is open to whoever is not signed in."""
