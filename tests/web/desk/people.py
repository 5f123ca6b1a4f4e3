"""Staff and cases for the tests of the desk: people who can sign in, and requests that came by chat."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from bot.casework import filing, steps
from bot.casework.filing import Filing
from bot.casework.office import RESIDENT
from bot.clock import milliseconds
from bot.web.desk.passwords import Hasher
from storage import staff
from storage.requests import Case
from tests.web.town import Town

PASSWORD = "mangos de la finca azul"
CHEAP = {"memory_kib": 64, "passes": 1}
"""Hashes that take no effort: how much the real ones take is measured elsewhere."""

WHO = {"name": "Luz Tanguila", "document": "1600123456", "email": "luz@example.org", "phone": "+593991112233"}


def now_of(town: Town) -> int:
    return milliseconds(town.world.clock.now())


def unit(town: Town, name: str) -> int:
    database = town.world.database
    return database.transaction_now(lambda tx: staff.add_unit(tx, database.identifiers.next(), name, now_of(town)))


async def enter(town: Town, email: str, role: str, *, of: int | None = None, name: str = "", password: str = PASSWORD) -> int:
    """Enters somebody with a password and returns their id."""
    database = town.world.database
    hashed = await Hasher(**CHEAP).hash(password) if password else ""

    def work(tx):
        identifier = database.identifiers.next()
        told = name or email.partition("@")[0].title()
        assert staff.add(tx, identifier, email=email, name=told, role=role, unit=of, now=now_of(town))
        if hashed:
            staff.set_password(tx, identifier, hashed)
        return identifier

    return await database.transaction(work)


async def filed(town: Town, text: str = "Quiero el contrato del puente sobre el Pastaza", **changes: Any) -> Case:
    """Files a request as if by chat."""
    office = town.world.office
    assert office is not None
    said = {"identity": WHO, "filed_at": now_of(town), **changes}
    done = await town.world.database.transaction(lambda tx: filing.file(tx, office, Filing(text, **said), RESIDENT))
    return done.case


async def stepped(town: Town, name: str, *arguments: Any, **options: Any) -> Case:
    """Does a step of casework."""
    office = town.world.office
    step = getattr(steps, name)
    case, doer, *rest = arguments
    return await town.world.database.transaction(lambda tx: step(tx, office, case.id, doer, *rest, now=now_of(town), **options))


@dataclass
class Browser:
    """Somebody's browser: it keeps cookies, and says where its forms come from."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, status: int = 200, **options: Any) -> str:
        answer = await self.client.get(path, headers={"Accept": "text/html", **self.headers}, **options)
        text = await answer.text()
        assert answer.status == status, text
        return text

    async def post(self, path: str, data: Any, status: int = 200, *, follow: bool = True) -> str:
        sent = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", **self.headers}
        answer = await self.client.post(path, data=data, headers=sent, allow_redirects=follow)
        text = await answer.text()
        assert answer.status == status, text
        return text

    async def sign_in(self, email: str, password: str = PASSWORD, status: int = 200) -> str:
        return await self.post("/desk/sign-in", {"email": email, "password": password, "next": "/desk"}, status)

    async def does(
        self, case: Case | str, deed: str, status: int = 200, *, files: Any = (), expected: int | None = None, **fields: Any
    ) -> str:
        """Sends a form of a case's page, as it stood when `expected` was its last event (as it stands now unless told)."""
        number = case if isinstance(case, str) else case.number
        if expected is None:
            found = re.search(r'name="expected" value="(\d+)"', await self.get(f"/desk/requests/{number}"))
            expected = int(found[1]) if found else 0
        return await self.sends(f"/desk/requests/{number}", status, files=files, deed=deed, expected=str(expected), **fields)

    async def sends(self, path: str, status: int = 200, *, files: Any = (), **fields: Any) -> str:
        """Sends a form with files, each (name, content, content type)."""
        form = FormData()
        for name, value in fields.items():
            form.add_field(name, value)
        form._is_multipart = True
        for name, content, kind in files:
            form.add_field("files", io.BytesIO(content), filename=name, content_type=kind)
        return await self.post(path, form, status)


def words(page: str) -> str:
    """Returns the text of a page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
