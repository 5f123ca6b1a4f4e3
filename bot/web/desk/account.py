"""One's own account: password, second factor, language, and the browsers that are signed in."""

from __future__ import annotations

import base64
import binascii
import secrets

import segno
from aiohttp import web

from bot.clock import moment
from bot.turn import linking
from bot.web import sign_in
from bot.web.desk import passwords, totp
from bot.web.desk.door import refused
from bot.web.desk.visit import SPOKEN, Page, Visit
from bot.web.sign_in import HASHER
from storage import digests, sessions, staff, staff_codes, throttle
from storage.statements import Transaction
from storage.vault import SealBroken

PATH = "/desk/account"
_CONTEXT = "desk.totp"


async def page(visit: Visit) -> web.Response:
    """Shows the account."""
    return await _account(visit)


async def sent(visit: Visit) -> web.StreamResponse:
    """Does what one of the page's forms asks for."""
    form = await visit.request.post()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    match given.get("deed", ""):
        case "password":
            return await _password(visit, given)
        case "others":
            return await _end_others(visit)
        case "language" if given.get("language", "") in SPOKEN:
            return await _language(visit, given["language"])
        case "chat":
            return await _offer_code(visit)
        case "chat_off":
            return await _unlink(visit)
        case "digest" | "digest_off":
            return await _digest(visit, off=given["deed"] == "digest_off")
        case "factor":
            return _offer_factor(visit)
        case "factor_confirm":
            return await _confirm_factor(visit, given)
        case "factor_off":
            return await _drop_factor(visit, given)
        case _:
            raise web.HTTPNotFound


async def _account(visit: Visit, *, problem: str = "", at: str = "", status: int = 200, code: str = "") -> web.Response:
    found = await visit.read(lambda tx: sessions.of_staff(tx, visit.person.id, visit.now))
    zone = visit.office.zone
    browsers = [
        {
            "agent": browser(session.agent),
            "began": moment(session.created_at, zone),
            "seen": moment(session.seen_at, zone),
            "own": session.token == visit.session.token,
            "whole": session.second_factor,
        }
        for session in found
    ]
    person = visit.person.id
    chat, undigested = await visit.read(lambda tx: (staff_codes.channel(tx, person), digests.is_off(tx, person)))
    return visit.page(
        "account.html", here="account", browsers=browsers, problem=problem, at=at, status=status, least=passwords.LEAST,
        chat=chat, code=code, minutes=linking.VALID // 60_000, undigested=undigested,
    )  # fmt: skip


async def _password(visit: Visit, given: dict[str, str]) -> web.Response:
    if not await _is_present(visit, given.get("present", "")):
        return await _account(visit, problem=visit.say("desk.password.present_wrong"), at="password", status=422)
    password = given.get("password", "")
    problem = refused(visit.language, password, given.get("again", ""), visit.person, visit.world.catalogue().municipality)
    if problem:
        return await _account(visit, problem=problem, at="password", status=422)
    hashed = await visit.request.app[HASHER].hash(password)

    def work(tx: Transaction) -> None:
        staff.set_password(tx, visit.person.id, hashed)
        sessions.end_all(tx, visit.person.id, but=visit.session.token)
        visit.note(tx, "password_set", f"staff:{visit.person.id}")

    await visit.write(work)
    return visit.go(PATH, "password")


async def _is_present(visit: Visit, password: str) -> bool:
    """Tells whether that is the present password; a few tries only, or a desk left open would be a place to guess at it."""
    key = sign_in.key(visit.world, "present", str(visit.person.id))
    now = visit.now

    def held(tx: Transaction) -> bool:
        if throttle.wait(tx, key, now, limit=sign_in.PER_ACCOUNT, window=sign_in.WINDOW):
            return True
        throttle.tried(tx, key, now, window=sign_in.WINDOW)
        return False

    if await visit.write(held):
        return False
    right = await visit.request.app[HASHER].verify(visit.person.password, password)
    if right:
        await visit.write(lambda tx: throttle.clear(tx, key))
    return right


async def _end_others(visit: Visit) -> web.Response:
    def work(tx: Transaction) -> None:
        ended = sessions.end_all(tx, visit.person.id, but=visit.session.token)
        visit.note(tx, "sessions_ended", f"staff:{visit.person.id}", after={"sessions": ended})

    await visit.write(work)
    return visit.go(PATH, "others")


async def _language(visit: Visit, code: str) -> web.Response:
    await visit.write(lambda tx: staff.set_language(tx, visit.person.id, code))
    return visit.go(f"{PATH}?lang={code}", "language")


async def _offer_code(visit: Visit) -> web.Response:
    """Shows a code that, typed in a chat, has notices sent there."""

    def work(tx: Transaction) -> str:
        visit.note(tx, "chat_offered", f"staff:{visit.person.id}")
        return linking.make_for_staff(tx, visit.world.vault, visit.person.id, visit.now)

    return await _account(visit, code=await visit.write(work))


async def _unlink(visit: Visit) -> web.Response:
    def work(tx: Transaction) -> None:
        staff_codes.unlink(tx, visit.person.id)
        visit.note(tx, "chat_off", f"staff:{visit.person.id}")

    await visit.write(work)
    return visit.go(PATH, "chat_off")


async def _digest(visit: Visit, *, off: bool) -> web.Response:
    done = "digest_off" if off else "digest_on"

    def work(tx: Transaction) -> None:
        digests.switch(tx, visit.person.id, off=off, now=visit.now)
        visit.note(tx, done, f"staff:{visit.person.id}")

    await visit.write(work)
    return visit.go(PATH, done)


def _offer_factor(visit: Visit, *, secret: str = "", problem: str = "", status: int = 200) -> web.Response:
    secret = secret or totp.secret_of(secrets.token_bytes(totp.BYTES))
    issuer = " ".join(filter(None, ("Minga", visit.world.catalogue().municipality)))
    code = segno.make(totp.address(secret, visit.person.email, issuer), error="m", micro=False)
    sealed = base64.urlsafe_b64encode(visit.world.vault.seal(secret.encode(), _context(visit))).decode()
    return visit.page(
        "factor.html",
        status=status,
        picture=code.svg_data_uri(scale=5, border=4, light="#ffffff"),
        secret=" ".join(secret[begin : begin + 4] for begin in range(0, len(secret), 4)),
        sealed=sealed,
        problem=problem,
    )


async def _confirm_factor(visit: Visit, given: dict[str, str]) -> web.Response:
    try:
        sealed = base64.urlsafe_b64decode(given.get("sealed", ""))
        secret = visit.world.vault.open(sealed, _context(visit)).decode()
    except (binascii.Error, ValueError, SealBroken):
        return _offer_factor(visit, problem=visit.say("desk.factor.again"), status=422)
    step = totp.matched(secret, given.get("code", ""), visit.now // 1000)
    if step is None:
        return _offer_factor(visit, secret=secret, problem=visit.say("desk.code.wrong"), status=422)

    def work(tx: Transaction) -> None:
        staff.set_totp(tx, visit.person.id, visit.world.vault.seal_identity(f"{secret} {step}"))
        sessions.end_all(tx, visit.person.id, but=visit.session.token)
        visit.note(tx, "second_factor_on", f"staff:{visit.person.id}")

    await visit.write(work)
    return visit.go(PATH, "factor")


async def _drop_factor(visit: Visit, given: dict[str, str]) -> web.Response:
    if not await _is_present(visit, given.get("present", "")):
        return await _account(visit, problem=visit.say("desk.password.present_wrong"), at="factor", status=422)

    def work(tx: Transaction) -> None:
        staff.set_totp(tx, visit.person.id, None)
        visit.note(tx, "second_factor_off", f"staff:{visit.person.id}")

    await visit.write(work)
    return visit.go(PATH, "factor_off")


def _context(visit: Visit) -> str:
    return f"{_CONTEXT}.{visit.person.id}"


def browser(agent: str) -> str:
    """Returns which browser on which system that is, as people would say it; "" where nothing is known."""
    programs = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
               ("Linux", "Linux"))  # fmt: skip
    found = [next((name for mark, name in known if mark in agent), "") for known in (programs, systems)]
    return " · ".join(filter(None, found))


PAGES = (Page("GET", PATH, None, page), Page("POST", PATH, None, sent))
