"""Who is at the desk: sessions behind a cookie, passwords and codes tried a few times only.

The cookie's token is random and kept as its sha256; the row says who it is, and a row that is gone is signed out. Over https the
cookie is `__Host-`: sent to this host alone, over https alone, and no other host can have set it. On this machine's own loopback,
where nobody listens, it goes without. Anywhere else no cookie is given at all: there is no weaker one.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from aiohttp import web

from bot.clock import milliseconds
from bot.vocabulary import Address
from bot.web.desk import totp
from bot.web.desk.passwords import Hasher
from bot.web.world import WORLD, World
from storage import audit, sessions, staff, throttle
from storage.reading import Snapshot
from storage.sessions import Session
from storage.staff import Person
from storage.statements import Transaction

Way = Literal["https", "loopback", "open"]
"""How a browser reaches us: encrypted, from this machine itself, or in the clear over a network."""

COOKIES = {"https": "__Host-minga_desk", "loopback": "minga_desk"}

WINDOW = 15 * 60 * 1000
"""Milliseconds in which tries are counted."""

PER_ACCOUNT = 8
PER_ADDRESS = 60
"""Tries in the window: for one account from anywhere, and from one address for any account (a town hall shares one)."""

HALF = 10 * 60 * 1000
"""Milliseconds in which the code must follow the password."""

HASHER = web.AppKey("hasher", Hasher)


@dataclass(frozen=True, slots=True)
class Held:
    """Too many tries: nothing was looked at. `minutes` until the next one, at least one."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Entered:
    """The right word. `token` is the cookie's; `whole` False while the code of the second factor is still to come."""

    token: str
    whole: bool
    person: Person


def way(request: web.Request) -> Way:
    """Tells how this browser reaches us.

    A proxy that says https is believed: what follows from it is a cookie that only https carries, so nobody gains by lying.
    """
    told = request.headers.get("X-Forwarded-Proto", "").split(",")[0].strip().lower()
    if request.scheme == "https" or told == "https":
        return "https"
    return "loopback" if not told and _is_loopback(request.host or "") else "open"


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def give_cookie(request: web.Request, answer: web.StreamResponse, token: str) -> None:
    """Signs the browser in. Raises KeyError in the clear, where there is no cookie to give."""
    how = way(request)
    answer.set_cookie(COOKIES[how], token, path="/", httponly=True, samesite="Lax", secure=how == "https")


def take_cookie(request: web.Request, answer: web.StreamResponse) -> None:
    """Takes the cookie away."""
    how = way(request)
    if how != "open":
        answer.del_cookie(COOKIES[how], path="/", httponly=True, samesite="Lax", secure=how == "https")


async def find(request: web.Request, *, half: bool = False) -> tuple[Session, Person] | None:
    """Returns who this browser is signed in as; with `half`, who gave the password and owes the code. None for nobody."""
    name = COOKIES.get(way(request), "")
    token = request.cookies.get(name, "")
    if not token or len(token) > 100:
        return None
    world = request.app[WORLD]
    now, hashed = milliseconds(world.clock.now()), hash_of(token)
    found = await world.database.read(lambda connection: sessions.find(Snapshot(connection), hashed, now))
    if found is None or found[0].second_factor is half:
        return None
    session, person = found
    if half and session.created_at < now - HALF:
        return None
    if not half and now - session.seen_at > sessions.NOTED:
        await world.database.transaction(lambda tx: sessions.seen(tx, hashed, now))
    return session, person


async def enter(request: web.Request, email: str, password: str) -> Entered | Held | None:
    """Returns what came of that e-mail and password; None where they are not right, whichever of the two it is."""
    world = request.app[WORLD]
    hasher = request.app[HASHER]
    by_account, by_address = key(world, "account", staff.folded(email)), key(world, "address", address_of(request))
    now = milliseconds(world.clock.now())

    def look(tx: Transaction) -> tuple[int, Person | None]:
        wait = max(
            throttle.wait(tx, by_account, now, limit=PER_ACCOUNT, window=WINDOW),
            throttle.wait(tx, by_address, now, limit=PER_ADDRESS, window=WINDOW),
        )
        if wait:
            return wait, None
        for tries in (by_account, by_address):  # counted before it is looked at: a hundred at once are a hundred tries
            throttle.tried(tx, tries, now, window=WINDOW)
        return 0, staff.by_email(tx, email)

    wait, person = await world.database.transaction(look)
    if wait:
        return Held(max(1, -(-wait // 60_000)))
    known = person if person is not None and person.active else None
    right = await hasher.verify("" if known is None else known.password, password)
    if known is None or not right:
        if known is not None:
            await world.database.transaction(lambda tx: _note(tx, world, known, "sign_in_failed", now, staff_id=None))
        return None
    fresh = await hasher.hash(password) if hasher.outdated(known.password) else ""
    token = secrets.token_urlsafe(32)
    whole = known.totp is None

    def begin(tx: Transaction) -> None:
        throttle.clear(tx, by_account)
        if fresh:
            staff.set_password(tx, known.id, fresh)
        _begin(tx, request, known, token, now, whole=whole)

    await world.database.transaction(begin)
    return Entered(token, whole, known)


async def confirm(request: web.Request, session: Session, person: Person, code: str) -> Entered | Held | None:
    """Returns what came of the second factor's code; the half session becomes a whole one with a token of its own.

    A code opens once: the step it was of is kept beside the secret. Raises SealBroken if the secret cannot be opened.
    """
    world = request.app[WORLD]
    now = milliseconds(world.clock.now())
    tries = key(world, "code", str(person.id))
    token = secrets.token_urlsafe(32)

    def work(tx: Transaction) -> Entered | Held | None:
        if wait := throttle.wait(tx, tries, now, limit=PER_ACCOUNT, window=WINDOW):
            return Held(max(1, -(-wait // 60_000)))
        throttle.tried(tx, tries, now, window=WINDOW)
        if not use_code(tx, world, person.id, code, now):
            _note(tx, world, person, "sign_in_failed", now, staff_id=None)
            return None
        throttle.clear(tx, tries)
        sessions.end(tx, session.token)
        _begin(tx, request, person, token, now, whole=True)
        return Entered(token, whole=True, person=person)

    return await world.database.transaction(work)


def use_code(tx: Transaction, world: World, person_id: int, code: str, now: int) -> bool:
    """Tells whether that is a code of that person's second factor that was not used yet, and uses it up. Raises SealBroken."""
    person = staff.by_id(tx, person_id)
    if person is None or person.totp is None:
        return False
    secret, _, last = world.vault.open_identity(person.totp).partition(" ")
    step = totp.matched(secret, code, now // 1000, after=int(last or -1))
    if step is None:
        return False
    return staff.set_totp(tx, person.id, world.vault.seal_identity(f"{secret} {step}"), instead_of=person.totp)


def hash_of(token: str) -> bytes:
    """Returns what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def address_of(request: web.Request) -> str:
    """Returns where a request comes from: what a proxy on this machine says last, else the other end of the line."""
    remote = request.remote or ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and _is_loopback(f"[{remote}]" if ":" in remote else remote) else remote


def _begin(tx: Transaction, request: web.Request, person: Person, token: str, now: int, *, whole: bool) -> None:
    agent = request.headers.get("User-Agent", "")[:300]
    sessions.begin(tx, hash_of(token), staff_id=person.id, second_factor=whole, agent=agent, now=now)
    if whole:
        _note(tx, request.app[WORLD], person, "sign_in", now, staff_id=person.id)


def _note(tx: Transaction, world: World, person: Person, action: str, now: int, *, staff_id: int | None) -> None:
    identifier = world.database.identifiers.next()
    audit.write(tx, identifier, at=now, staff_id=staff_id, action=action, subject=f"staff:{person.id}")


def key(world: World, kind: str, who: str) -> str:
    """Returns under what the tries of that kind for that one are counted; nobody reads from it who it is."""
    return world.vault.find_key(Address("desk", who, kind)).hex()
