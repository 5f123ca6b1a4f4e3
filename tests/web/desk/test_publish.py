"""Into the public register and out of it; on both databases."""

from __future__ import annotations

import re

from bot.casework.office import Doer
from storage import audit, requests
from tests.web.desk.people import WHO, enter, filed, stepped, unit, words

ASKED = "Soy Luz Tanguila, cédula 1600123456. Quiero el contrato del puente. Llámenme al 099 111 2233."


async def seated(town, browsers, role, email):
    who = await enter(town, email, role)
    browser = await browsers()
    await browser.sign_in(email)
    return browser, who


async def answered(town, who):
    case = await filed(town, ASKED, identity=WHO)
    return await stepped(town, "answer", case, Doer("staff", who), "full", "Estimada Luz: va el contrato.")


def form(page, **changes):
    texts = dict(re.findall(r'<textarea id="public-\w+" name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
    expected = re.search(r'name="expected" value="(\d+)"', page)[1]
    return {"deed": "release", "expected": expected, "sure": "yes", **texts, **changes}


async def test_personal_data_is_hidden_the_officer_looks_and_it_goes_out_and_back(here, browsers):
    carlos, who = await seated(here, browsers, "coordinator", "carlos@puyo.ec")
    case = await answered(here, who)
    path = f"/desk/requests/{case.number}/publish"
    assert path in await carlos.get(f"/desk/requests/{case.number}")
    page = await carlos.get(path)
    sent = form(page)
    for secret in ("Luz", "Tanguila", "1600123456", "099 111 2233"):
        assert secret not in sent["question"] + sent["answer"]
    assert "<mark>" in page  # but the officer sees what was taken
    assert "contrato del puente" in sent["question"]
    assert "registro público" in await carlos.post(path, sent)
    out = await here.world.database.transaction(lambda tx: requests.load(tx, case.id))
    assert out.released_at is not None
    assert out.public_text == sent["question"]
    assert out.public_answer == sent["answer"]
    page = await carlos.get(path)
    back = {"deed": "withhold", "expected": re.search(r'name="expected" value="(\d+)"', page)[1]}
    assert "ya no está" in await carlos.post(path, back)
    gone = await here.world.database.transaction(lambda tx: requests.load(tx, case.id))
    assert (gone.released_at, gone.public_text, gone.public_answer) == (None, "", "")
    lines = [line for line in here.world.database.transaction_now(audit.page) if line.subject == case.number]
    assert [line.action for line in lines] == ["withhold", "release"]
    assert lines[1].after["public_text"] == sent["question"]


async def test_what_still_looks_personal_needs_a_second_word(small, small_browsers):
    carlos, who = await seated(small, small_browsers, "coordinator", "carlos@puyo.ec")
    case = await answered(small, who)
    path = f"/desk/requests/{case.number}/publish"
    sent = form(await carlos.get(path), question="Escribir a otra@example.org por el puente")
    page = await carlos.post(path, sent, 422)
    assert "todavía parece haber datos personales: correo (1)" in words(page)
    assert "Escribir a otra@example.org por el puente" in page  # what was written stays
    await carlos.post(path, {**sent, "sure": ""}, 422)
    await carlos.post(path, {**sent, "question": " "}, 422)
    await carlos.post(path, {**sent, "anyway": "yes"})
    out = await small.world.database.transaction(lambda tx: requests.load(tx, case.id))
    assert out.public_text == "Escribir a otra@example.org por el puente"


async def test_only_answered_requests_and_only_for_who_may_publish(small, small_browsers):
    carlos, who = await seated(small, small_browsers, "coordinator", "carlos@puyo.ec")
    case, fresh = await answered(small, who), await filed(small)
    complaint = await filed(small, "Una queja", kind="complaint", identity={})
    for one in (fresh, complaint):
        await carlos.get(f"/desk/requests/{one.number}/publish", 403)
        assert "/publish" not in await carlos.get(f"/desk/requests/{one.number}")
    works = unit(small, "Obras")
    await stepped(small, "assign", case, Doer("staff", who), unit=works, officer=None)
    await enter(small, "eva@puyo.ec", "officer", of=works)
    eva = await small_browsers()
    await eva.sign_in("eva@puyo.ec")
    assert "/publish" not in await eva.get(f"/desk/requests/{case.number}")
    await eva.get(f"/desk/requests/{case.number}/publish", 403)
    await eva.post(f"/desk/requests/{case.number}/publish", {"deed": "release", "question": "x", "sure": "yes"}, 403)


async def test_somebody_faster_is_told_here_too(small, small_browsers):
    carlos, who = await seated(small, small_browsers, "coordinator", "carlos@puyo.ec")
    case = await answered(small, who)
    path = f"/desk/requests/{case.number}/publish"
    sent = form(await carlos.get(path), question="Mi versión")
    await stepped(small, "note", case, Doer("staff", who), "Un momento")
    page = await carlos.post(path, sent, 409)
    assert "Otra persona cambió" in page
    assert "Mi versión" in page
