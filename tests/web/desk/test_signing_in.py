"""The way in and out, on both databases where rows matter."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.clock import MovableClock
from bot.web import sign_in
from bot.web.desk import totp
from storage import audit, staff
from tests.web.desk.people import PASSWORD, enter, now_of, unit, words


def audited(town, action):
    rows = town.world.database.transaction_now(audit.page)
    return [row for row in rows if row.action == action]


async def test_where_nobody_works_yet_it_says_how_the_first_one_is_entered(small, small_browsers):
    page = await (await small_browsers()).get("/desk")
    assert "minga staff add" in page
    assert "<input" not in page


async def test_in_and_out(here, browsers):
    await enter(here, "ana@puyo.ec", "administrator", name="Ana Grefa")
    ana = await browsers()
    assert "Entrar a la mesa" in await ana.get("/desk/requests/SAIP-2026-1")
    page = await ana.sign_in("  ANA@puyo.ec ")
    assert "Ana Grefa" in page
    (cookie,) = list(ana.client.session.cookie_jar)
    assert cookie.key == "minga_desk"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert len(audited(here, "sign_in")) == 1
    old = cookie.value
    assert "Usted salió" in await ana.post("/desk/out", {})
    ana.client.session.cookie_jar.update_cookies({"minga_desk": old})
    assert "Entrar a la mesa" in await ana.get("/desk")  # the row went, not only the cookie
    assert len(audited(here, "sign_out")) == 1


async def test_what_is_wrong_is_not_told(small, small_browsers):
    await enter(small, "ana@puyo.ec", "administrator")
    gone = await enter(small, "eva@puyo.ec", "administrator")
    await small.world.database.transaction(lambda tx: staff.set_active(tx, gone, active=False))
    await enter(small, "new@puyo.ec", "administrator", password="")
    browser = await small_browsers()
    said = set()
    for email, password in (("ana@puyo.ec", "x"), ("nobody@puyo.ec", PASSWORD), ("eva@puyo.ec", PASSWORD), ("new@puyo.ec", "")):
        page = await browser.sign_in(email, password, status=403)
        said.add(re.sub(r'value="[^"]*"', "", words(page)))
        assert f'value="{email}"' in page  # nobody types it again
    assert len(said) == 1
    assert len(audited(small, "sign_in_failed")) == 2  # of those who work here: Ana, and who has no password yet


async def test_after_eight_tries_an_account_waits_also_for_the_right_word(here, browsers, monkeypatch):
    monkeypatch.setattr(sign_in, "PER_ACCOUNT", 3)
    await enter(here, "ana@puyo.ec", "administrator")
    await enter(here, "eva@puyo.ec", "administrator")
    browser = await browsers()
    answers = await asyncio.gather(*(browser.client.post(
        "/desk/sign-in", data={"email": "ana@puyo.ec", "password": f"no {n}"}, headers={"Sec-Fetch-Site": "same-origin"}
    ) for n in range(6)))  # fmt: skip
    assert sorted(answer.status for answer in answers) == [403] * 3 + [429] * 3  # at once or one by one
    page = await browser.sign_in("ana@puyo.ec", status=429)
    assert "Espere 15 minutos" in words(page)
    await browser.sign_in("eva@puyo.ec")  # others come in


async def test_an_address_waits_too_and_a_proxy_of_our_own_is_believed(small, small_browsers, monkeypatch):
    monkeypatch.setattr(sign_in, "PER_ADDRESS", 2)
    one = await small_browsers(**{"X-Forwarded-For": "203.0.113.5"})
    for email in ("a@x.ec", "b@x.ec"):
        await one.sign_in(email, "x", status=403)
    await one.sign_in("c@x.ec", "x", status=429)
    other = await small_browsers(**{"X-Forwarded-For": "203.0.113.5, 198.51.100.7"})
    await other.sign_in("c@x.ec", "x", status=403)


async def test_the_right_word_clears_the_account(small, small_browsers, monkeypatch):
    monkeypatch.setattr(sign_in, "PER_ACCOUNT", 3)
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    for _ in range(3):
        await browser.sign_in("ana@puyo.ec", "x", status=403)
        await browser.sign_in("ana@puyo.ec", "x", status=403)
        await browser.sign_in("ana@puyo.ec")
        await browser.post("/desk/out", {})


async def test_in_the_clear_nothing_is_asked_and_https_is_shown(small, small_browsers):
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers(Host="minga.puyo.gob.ec")
    page = await browser.get("/desk/sign-in", status=403)
    assert "cifrado" in page
    assert "reverse_proxy" in page
    assert "<input" not in page
    page = await browser.sign_in("ana@puyo.ec", status=403)
    assert "cifrado" in page
    assert len(list(browser.client.session.cookie_jar)) == 0
    assert "cifrado" in await browser.get("/desk/password?token=x", status=403)


async def test_in_the_clear_the_public_address_is_shown_where_there_is_one(small):
    from aiohttp.test_utils import TestClient, TestServer

    from bot.web.app import build_app

    office = replace(small.world.office, public_url="https://minga.puyo.gob.ec")
    async with TestClient(TestServer(build_app(small.but(office=office).world))) as client:
        page = await (await client.get("/desk/sign-in", headers={"Host": "10.0.0.4:8080"})).text()
    assert 'href="https://minga.puyo.gob.ec/desk"' in page


async def test_behind_https_the_cookie_is_of_this_host_alone(small, small_browsers):
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers(Host="minga.puyo.gob.ec", **{"X-Forwarded-Proto": "https"})
    sent = {"email": "ana@puyo.ec", "password": PASSWORD}
    headers = {**browser.headers, "Sec-Fetch-Site": "same-origin", "Origin": "https://minga.puyo.gob.ec"}
    answer = await browser.client.post("/desk/sign-in", data=sent, headers=headers, allow_redirects=False)
    assert answer.status == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-minga_desk=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    token = cookie.partition("=")[2].partition(";")[0]
    told = {**browser.headers, "Cookie": f"__Host-minga_desk={token}", "Accept": "text/html"}
    assert (await browser.client.get("/desk", headers=told, allow_redirects=False)).status == 200
    # the plain name opens nothing there, whoever set it
    told["Cookie"] = f"minga_desk={token}"
    assert (await browser.client.get("/desk", headers=told, allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.example"},
    ],
)
async def test_a_form_that_no_page_of_ours_sent_is_refused(small, small_browsers, headers):
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    answer = await browser.client.post("/desk/sign-in", data={"email": "ana@puyo.ec", "password": PASSWORD}, headers=headers)
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers


async def test_a_browser_that_tells_its_origin_alone_is_let_in(small, small_browsers):
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    here = f"http://{browser.client.host}:{browser.client.port}"
    sent = {"email": "ana@puyo.ec", "password": PASSWORD}
    answer = await browser.client.post("/desk/sign-in", data=sent, headers={"Origin": here}, allow_redirects=False)
    assert answer.status == 303
    # without which a browser would tell "null" on every form: its origin is told to ourselves, and to nobody else
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/desk/audit", "/desk/audit"),
        ("/desk?view=all", "/desk?view=all"),
        ("https://elsewhere.example/", "/desk"),
        ("//elsewhere.example/desk", "/desk"),
        ("/desktop", "/desk"),
        ("/desk/\r\nSet-Cookie: x=1", "/desk"),
        ("/desk/\\elsewhere.example", "/desk"),
        ("", "/desk"),
    ],
)
async def test_after_sign_in_one_is_where_one_wanted_and_on_no_other_site(small, small_browsers, wanted, goes):
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    sent = {"email": "ana@puyo.ec", "password": PASSWORD, "next": wanted}
    answer = await browser.client.post(
        "/desk/sign-in", data=sent, headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False
    )
    assert answer.headers["Location"] == goes


async def test_a_link_sets_a_password_once(here, browsers):
    ana = await enter(here, "ana@puyo.ec", "administrator")
    token = secrets.token_urlsafe(32)
    later = now_of(here) + 3_600_000
    await here.world.database.transaction(lambda tx: staff.offer(tx, ana, sign_in.hash_of(token), expires_at=later))
    browser, other = await browsers(), await browsers()
    await other.sign_in("ana@puyo.ec")
    page = await browser.get(f"/desk/password?token={token}")
    assert "ana@puyo.ec" in page
    new = "cuatro tucanes sin prisa"
    for first, again, said in (
        (new, new + "x", "no son iguales"),
        ("tres pe", "tres pe", "12 letras"),
        ("ana.puyo.2026", "ana.puyo.2026", "su nombre"),
    ):
        page = await browser.post("/desk/password", {"token": token, "password": first, "again": again}, 422)
        assert said in words(page)
        assert first not in page
    assert "guardada" in await browser.post("/desk/password", {"token": token, "password": new, "again": new})
    await browser.get(f"/desk/password?token={token}", status=410)
    await browser.post("/desk/password", {"token": token, "password": new, "again": new}, 410)
    assert "Entrar a la mesa" in await other.get("/desk")  # every session ended
    await browser.sign_in("ana@puyo.ec", status=403)
    await browser.sign_in("ana@puyo.ec", new)


async def test_the_second_factor_is_set_up_asked_for_and_used_once(here, browsers):
    ana = await enter(here, "ana@puyo.ec", "administrator")
    town = here
    clock = MovableClock(town.world.clock.now())
    object.__setattr__(town.world, "clock", clock)
    browser = await browsers()
    await browser.sign_in("ana@puyo.ec")
    page = await browser.post("/desk/account", {"deed": "factor"})
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert 'src="data:image/svg+xml' in page
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)[1]

    def code():
        return totp.code(secret, now_of(town) // 30_000)

    page = await browser.post("/desk/account", {"deed": "factor_confirm", "sealed": sealed, "code": "000000"}, 422)
    assert secret in page.replace(" ", "")  # the same key: nobody scans twice
    await browser.post("/desk/account", {"deed": "factor_confirm", "sealed": "bm8=", "code": code()}, 422)
    page = await browser.post("/desk/account", {"deed": "factor_confirm", "sealed": sealed, "code": code()})
    assert "segundo paso está puesto" in page
    await browser.post("/desk/out", {})

    assert "Código de seis números" in await browser.sign_in("ana@puyo.ec")
    assert "Entrar a la mesa" in await (await browsers()).get("/desk/audit")
    page = await browser.get("/desk/audit")  # half a session opens nothing
    assert "Registro de acciones" not in page
    await browser.post("/desk/code", {"code": "000000"}, 403)
    await browser.post("/desk/code", {"code": code()}, 403)  # the one that set it up is used
    clock.move(timedelta(seconds=30))
    half = next(c.value for c in browser.client.session.cookie_jar if c.key == "minga_desk")
    page = await browser.post("/desk/code", {"code": code(), "next": "/desk/audit"})
    assert "Registro de acciones" in page
    assert half != next(c.value for c in browser.client.session.cookie_jar if c.key == "minga_desk")
    sealed_now = await town.world.database.transaction(lambda tx: staff.by_id(tx, ana).totp)
    assert secret.encode() not in sealed_now

    page = await browser.post("/desk/account", {"deed": "factor_off", "present": "no"}, 422)
    assert "actual no es correcta" in page
    assert "está quitado" in await browser.post("/desk/account", {"deed": "factor_off", "present": PASSWORD})
    assert len(audited(town, "second_factor_on")) == len(audited(town, "second_factor_off")) == 1


async def test_half_a_session_waits_ten_minutes_for_the_code(small, small_browsers):
    ana = await enter(small, "ana@puyo.ec", "administrator")
    clock = MovableClock(small.world.clock.now())
    object.__setattr__(small.world, "clock", clock)
    secret = totp.secret_of(b"x" * 20)
    sealed = small.world.vault.seal_identity(f"{secret} 0")
    await small.world.database.transaction(lambda tx: staff.set_totp(tx, ana, sealed))
    browser = await small_browsers()
    assert "seis números" in await browser.sign_in("ana@puyo.ec")
    clock.move(timedelta(minutes=11))
    page = await browser.post("/desk/code", {"code": totp.code(secret, now_of(small) // 30_000)})
    assert "Entrar a la mesa" in page


async def test_sessions_are_listed_closed_and_end_by_themselves(here, browsers):
    await enter(here, "ana@puyo.ec", "administrator")
    clock = MovableClock(here.world.clock.now())
    object.__setattr__(here.world, "clock", clock)
    one = await browsers(**{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    two = await browsers(**{"User-Agent": "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Safari/537"})
    await one.sign_in("ana@puyo.ec")
    await two.sign_in("ana@puyo.ec")
    page = await one.get("/desk/account")
    assert "Firefox · Linux" in page
    assert "Chrome · Android" in page
    assert "están cerradas" in await one.post("/desk/account", {"deed": "others"})
    assert "Entrar a la mesa" in await two.get("/desk")
    await one.get("/desk/account")
    clock.move(timedelta(hours=1, minutes=59))
    assert "Ana" in await one.get("/desk")  # used: it goes on
    clock.move(timedelta(hours=1, minutes=59))
    assert "Ana" in await one.get("/desk")
    clock.move(timedelta(hours=2, minutes=1))
    assert "Entrar a la mesa" in await one.get("/desk")  # left alone
    await one.sign_in("ana@puyo.ec")
    for _ in range(11):
        clock.move(timedelta(hours=1))
        assert "Ana" in await one.get("/desk")
    clock.move(timedelta(hours=1, seconds=1))
    assert "Entrar a la mesa" in await one.get("/desk")  # a working day is over


async def test_whoever_is_deactivated_is_out_at_once(small, small_browsers):
    ana = await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    await browser.sign_in("ana@puyo.ec")
    await small.world.database.transaction(lambda tx: staff.set_active(tx, ana, active=False))
    assert "Entrar a la mesa" in await browser.get("/desk")


async def test_the_password_is_changed_with_the_present_one(small, small_browsers):
    await enter(small, "ana@puyo.ec", "administrator")
    browser, other = await small_browsers(), await small_browsers()
    await browser.sign_in("ana@puyo.ec")
    await other.sign_in("ana@puyo.ec")
    new = "cuatro tucanes sin prisa"
    page = await browser.post("/desk/account", {"deed": "password", "present": "no", "password": new, "again": new}, 422)
    assert "actual no es correcta" in page
    page = await browser.post("/desk/account", {"deed": "password", "present": PASSWORD, "password": "x", "again": "x"}, 422)
    assert "muy corta" in page
    await browser.post("/desk/account", {"deed": "password", "present": PASSWORD, "password": new, "again": new})
    assert "Ana" in await browser.get("/desk")
    assert "Entrar a la mesa" in await other.get("/desk")
    await other.sign_in("ana@puyo.ec", new)


async def test_the_language_is_chosen_here_or_is_ones_own(small, small_browsers):
    await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    assert '<html lang="en">' in await browser.get("/desk/sign-in?lang=en")
    assert "Sign in to the desk" in await browser.get("/desk/sign-in")  # the cookie keeps it
    other = await small_browsers()
    await other.sign_in("ana@puyo.ec")
    assert '<html lang="es">' in await other.get("/desk")
    await other.post("/desk/account", {"deed": "language", "language": "en"})
    third = await small_browsers()
    await third.sign_in("ana@puyo.ec")
    assert '<html lang="en">' in await third.get("/desk")


async def test_a_form_whose_session_is_over_is_not_lost(small, small_browsers):
    from tests.web.desk.people import filed

    works = unit(small, "Obras")
    await enter(small, "eva@puyo.ec", "officer", of=works)
    case = await filed(small, unit_id=works)
    eva = await small_browsers()
    page = await eva.does(
        case, "note", 401, text="Un texto «largo» y costoso", files=[("acta.pdf", b"%PDF-1.4", "application/pdf")], expected=0
    )
    assert "Un texto «largo» y costoso" in page
    assert "acta.pdf" in page
    assert f'action="/desk/requests/{case.number}"' in page
    secret = await eva.post("/desk/account", {"deed": "password", "present": PASSWORD, "password": "otra", "again": "otra"}, 401)
    assert PASSWORD not in secret
    assert "otra" not in re.findall(r'value="([^"]*)"', secret)


async def test_a_part_of_a_page_that_is_asked_for_too_late_leaves_the_rest_as_it_is(small, small_browsers):
    browser = await small_browsers(**{"HX-Request": "true"})
    for answer in (
        await browser.client.get("/desk?kind=complaint", headers=browser.headers, allow_redirects=False),
        await browser.client.post(
            "/desk/requests/SAIP-2026-1",
            data={"deed": "identify"},
            headers={**browser.headers, "Sec-Fetch-Site": "same-origin"},
            allow_redirects=False,
        ),
    ):
        assert answer.status == 401
        assert answer.headers["HX-Retarget"] == "#content"
        assert answer.headers["HX-Reswap"] == "afterbegin"
        assert 'id="over"' in await answer.text()


async def test_neither_logs_nor_tables_hold_a_word_of_it(here, browsers, caplog):
    await enter(here, "ana@puyo.ec", "administrator")
    browser = await browsers()
    with capture_logs() as logs:
        await browser.sign_in("ana@puyo.ec", "una palabra equivocada", status=403)
        await browser.sign_in("ana@puyo.ec")
    token = next(c.value for c in browser.client.session.cookie_jar if c.key == "minga_desk")
    assert logs == []
    for secret in (token, PASSWORD, "una palabra equivocada"):
        assert secret not in caplog.text

    def dump(tx):
        from storage.statements import Statement

        tables = ("staff", "staff_session", "set_password", "throttle", "audit")
        return [row for table in tables for row in tx.all(Statement(f"SELECT * FROM {table}"))]

    rows = await here.world.database.transaction(dump)
    assert len(rows) >= 5
    text = " ".join(str(value) for row in rows for value in row)
    for secret in (token, PASSWORD, "equivocada"):
        assert secret not in text


async def test_the_daily_round_forgets_tries_and_links_whose_time_is_over(small, small_browsers, tmp_path):
    from bot.housekeeping import Housekeeping
    from storage.statements import Statement

    ana = await enter(small, "ana@puyo.ec", "administrator")
    browser = await small_browsers()
    await browser.sign_in("ana@puyo.ec", "x", status=403)
    await small.world.database.transaction(lambda tx: staff.offer(tx, ana, b"x" * 32, expires_at=now_of(small) + 1000))
    keeping = Housekeeping(small.world.database, tmp_path, small.world.attachments, 30, small.world.catalogue)

    async def left():
        rows = "SELECT (SELECT count(*) FROM throttle), (SELECT count(*) FROM set_password)"
        return await small.world.database.transaction(lambda tx: tuple(tx.one(Statement(rows))))

    now = small.world.clock.now()
    await keeping.tidy(now)
    assert await left() == (2, 1)
    await keeping.tidy(now + timedelta(days=2))
    assert await left() == (0, 0)
