"""The digest at the desk: anybody sees their own, and switches the mail off and on again."""

from __future__ import annotations

from typing import Any

from storage import audit, digests
from tests.web.desk.people import enter, filed, unit, words
from tests.web.town import Town


async def test_it_is_seen_without_mail_and_switched_off_and_on(small: Town, small_browsers: Any):
    works = unit(small, "Obras")
    ana = await enter(small, "ana@example.org", "officer", of=works)
    browser = await small_browsers()
    await browser.sign_in("ana@example.org")
    page = words(await browser.get("/desk/digest"))
    assert "No hay nada que contarle esta semana." in page
    assert "No hay servidor de correo" in page

    day = 24 * 3600 * 1000
    now = round(small.world.clock.now().timestamp() * 1000)
    late = await filed(small, filed_at=now - 60 * day, unit_id=works)
    assert late.number not in words(await browser.get("/desk/digest")), "what was gathered is kept for some minutes"

    assert "Ya no recibirá el resumen por correo" in words(await browser.post("/desk/account", {"deed": "digest_off"}))
    database = small.world.database
    assert database.transaction_now(lambda tx: digests.is_off(tx, ana))
    assert "Recibirá de nuevo" in words(await browser.post("/desk/account", {"deed": "digest"}))
    assert [one.id for one in database.transaction_now(digests.wanting)] == [ana]
    lines = database.transaction_now(lambda tx: audit.page(tx, before=audit.LAST, limit=9, staff_id=ana, subject=f"staff:{ana}"))
    assert {"digest_off", "digest_on"} <= {line.action for line in lines}
