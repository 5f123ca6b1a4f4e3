"""Public results: what is released and how, what is not, and that nobody's answer can be read out of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.reports.chart_bars import Bars, Row
from bot.reports.kept import KeptError, answered, from_json, to_json
from bot.reports.piece import Figure, Quote, Quotes, Report, Section, Sentence, Table
from bot.web import results as pages
from bot.web.app import build_app
from bot.web.desk import results_look
from bot.web.desk.passwords import Hasher
from bot.web.desk.results_look import LOOKS
from bot.web.results_made import MADE
from bot.web.sign_in import HASHER
from storage import audit, releases
from storage.statements import Statement
from tests.web.answers_of import OBRAS, Flow
from tests.web.desk.people import CHEAP, Browser, enter, words
from tests.web.town import ZONE, Town, town

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=ZONE)
RELEASE = "/desk/results/obras/release"
PUBLIC = "/resultados/obras"


class Hall:
    """A town with the flow that people answer, its public pages, and a coordinator's desk."""

    def __init__(self, here: Town, client: TestClient, flow: Flow) -> None:
        self.town, self.client, self.flow = here, client, flow
        self.app = client.server.app  # type: ignore[attr-defined]  # because aiohttp's TestServer has it

    async def get(self, path: str, status: int = 200, **headers: str) -> str:
        answer = await self.client.get(path, headers={"Accept": "text/html", **headers})
        assert answer.status == status, await answer.text()
        return await answer.text()

    async def desk(self, role: str = "coordinator") -> Browser:
        await enter(self.town, f"{role}@puyo.ec", role)
        browser = Browser(self.client)
        await browser.sign_in(f"{role}@puyo.ec")
        return browser

    async def release(self, browser: Browser, *shown: str, **more: str) -> str:
        """Releases these questions, as staff do, and returns the preview."""
        form = [("deed", "prepare"), ("sure", "yes"), *(("shown", one) for one in shown), *more.items()]
        preview = await browser.post(RELEASE, form)
        address = re.search(rf'action="({RELEASE}/\d+)#draft"', preview)
        assert address is not None, words(preview)
        await browser.post(address[1], {"sure": "yes"})
        return preview

    async def later(self, **by: int) -> None:
        """Lets time pass, has somebody look, and waits for what that starts."""
        self.town.world.clock.move(timedelta(**by))  # type: ignore[attr-defined]  # because the clock of these tests stands still
        await self.client.get(PUBLIC)
        await self.app[MADE].settle()

    def number(self, page: str) -> int:
        found = re.search(r"(\d+) respuestas contadas", page)
        assert found is not None, words(page)
        return int(found[1])


async def _hall(stack: AsyncExitStack, url: str, folder: Path, **how: Any) -> Hall:
    here = stack.enter_context(town(url, folder, now=NOW))
    app = build_app(here.world)
    app[HASHER] = Hasher(**CHEAP)
    client = await stack.enter_async_context(TestClient(TestServer(app)))
    return Hall(here, client, Flow(here, **how))


@pytest.fixture
async def hall(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Hall]:
    async with AsyncExitStack() as stack:
        yield await _hall(stack, sqlite_url, tmp_path)


@pytest.fixture
async def anywhere(database_url: str, tmp_path: Path) -> AsyncIterator[Hall]:
    async with AsyncExitStack() as stack:
        yield await _hall(stack, database_url, tmp_path)


async def test_what_is_not_released_shows_nothing_and_says_why(hall: Hall) -> None:
    hall.flow.answer("agua", 20)
    page = await hall.get(PUBLIC)
    assert "La consulta sigue abierta; sus resultados todavía no se publican." in page
    assert "Agua" not in page and "20" not in words(page).replace("2026", "")
    for below in ("/imagen.png", "/informe.pdf", "/datos.zip"):
        assert "todavía no se publican" in await hall.get(PUBLIC + below, 404)
    assert "Obras para el cantón" in await hall.get("/resultados")

    browser = await hall.desk()
    await browser.post(RELEASE, {"deed": "say", "why": "Falta el conteo del papel", "expected": "2026-12-10"})
    hall.flow.close()
    page = await hall.get(PUBLIC)
    assert "todavía no ha publicado" in page and "Falta el conteo del papel" in page and "10 de diciembre de 2026" in page
    assert "mañana" in await browser.post(RELEASE, {"deed": "say", "expected": "mañana"}, 422)
    assert "not published" in await hall.get(PUBLIC + "?lang=en")


@pytest.mark.parametrize(
    "name", ["nada", "..%2F..%2Fetc%2Fpasswd", "%27%20OR%201=1--", "%3Cscript%3E", "a" * 3000, "%F0%9F%8C%BD", "%00"]
)
async def test_what_there_is_not_is_told_so(hall: Hall, name: str) -> None:
    for below in ("", "/imagen.png", "/informe.pdf", "/datos.zip"):
        page = await hall.get(f"/resultados/{name}{below}", 404)
        assert "No hay una consulta con ese nombre" in page and "<script>" not in page


async def test_released_as_it_was_previewed_and_withdrawn_both_written_down(anywhere: Hall) -> None:
    hall = anywhere
    hall.flow.answer("agua", 12, idea="llamen a Luz Tanguila al 0991112233")
    hall.flow.answer("luz", 8)
    hall.flow.answer("parque", 7, test=True)
    hall.flow.close()
    browser = await hall.desk()
    preview = await hall.release(browser, "canton", "obra", "salud")
    page = await hall.get(PUBLIC)
    sheet = re.compile(r'<div class="report">.*?\n</div>', re.DOTALL)
    assert sheet.findall(preview) == sheet.findall(page) != []
    assert "Agua potable y alcantarillado" in page and "60,0\N{NO-BREAK SPACE}%" in page
    assert hall.number(page) == 20
    # what staff left out is nowhere, nor what is sensitive, nor anybody's words
    english = await hall.get(PUBLIC + "?lang=en")
    for hidden in (
        "¿Qué más?",
        "What else?",
        "Luz Tanguila",
        "0991112233",
        "¿Cuántos años",
        "How old",
        "No la tengo",
        "Sí, una",
        ">edad",
    ):
        assert hidden not in page + english, hidden
    assert "2 preguntas" in page and "dato sensible" in page
    assert (await hall.client.get(PUBLIC + "/informe.pdf")).content_type == "application/pdf"
    assert (await (await hall.client.get(PUBLIC + "/imagen.png")).read()).startswith(b"\x89PNG")
    assert f"{PUBLIC}/imagen.png" in page and "20 respuestas contadas" in await hall.get("/resultados?lang=es")

    assert "por qué" in await browser.post(RELEASE, {"deed": "withdraw"}, 422)
    await browser.post(RELEASE, {"deed": "withdraw", "why": "Se contó dos veces <b>una</b> parroquia"})
    page = await hall.get(PUBLIC)
    assert "retiró estos resultados el jueves 26 de noviembre de 2026" in page and "dos veces &lt;b&gt;una" in page
    assert "Agua potable" not in page
    await hall.get(PUBLIC + "/informe.pdf", 404)
    lines = hall.town.world.database.transaction_now(lambda tx: audit.page(tx, subject="flow:obras"))
    assert [line.action for line in lines] == ["results_withdrawn", "results_released"]
    assert lines[1].after["shown"] == ["canton", "obra", "salud"] and lines[1].after["counted"] == 20
    kept = Statement("SELECT content FROM release")
    assert hall.town.world.database.transaction_now(lambda tx: tx.all(kept)) == [(None,)]


async def test_who_may_look_and_who_may_release(hall: Hall) -> None:
    hall.flow.answer("agua", 9)
    for role in ("reader", "officer"):
        browser = await hall.desk(role)
        page = await browser.get("/desk/results/obras")
        assert "9 respuestas contadas" in page and "/release" not in page
        await browser.get(RELEASE, 403)
        await browser.post(RELEASE, {"deed": "prepare", "shown": "obra", "sure": "yes"}, 403)
    assert "todavía no se publican" in await hall.get(PUBLIC)


async def test_no_two_states_of_a_page_are_fewer_than_five_people_apart(anywhere: Hall) -> None:
    hall = anywhere
    browser = await hall.desk()
    hall.flow.answer("agua", 9)
    few = await browser.post(RELEASE, {"deed": "prepare", "shown": "obra", "sure": "yes"}, 422)
    assert "4 respuestas" in words(few)
    hall.flow.answer("agua", 3)
    await hall.release(browser, "obra")
    states = [hall.number(await hall.get(PUBLIC))]
    assert states == [7]
    for obra in ("luz",) * 12:
        hall.flow.answer(obra)
        await hall.later(minutes=11)
        states.append(hall.number(await hall.get(PUBLIC)))
    assert sorted(set(states)) == [7, 12, 17]
    # one who is erased, or whose answer is taken back, does not show either
    gone = Statement("UPDATE conversation SET status = 'stopped', receipt = NULL WHERE receipt = ?")
    hall.town.world.database.transaction_now(lambda tx: tx.run(gone, ("R000000001",)))
    await hall.later(minutes=11)
    assert hall.number(await hall.get(PUBLIC)) == 17
    hall.flow.close()
    await hall.later(minutes=2)
    page = await hall.get(PUBLIC)
    assert hall.number(page) == 23 and "resultados definitivos" in page


async def test_five_who_count_stay_out_where_the_newest_do_not_count(hall: Hall) -> None:
    browser = await hall.desk()
    hall.flow.answer("agua", 12)
    aside = Statement("INSERT INTO conflict (conversation_id, verdict, at) VALUES (?, 'aside', ?)")
    for receipt in hall.flow.answer("luz", 3):
        put = (hall.flow.ids[receipt], hall.flow.now)
        hall.town.world.database.transaction_now(lambda tx, put=put: tx.write(aside, put))
    await hall.release(browser, "obra")
    # of the newest five only two count; the next five on, it is seven that stay out
    assert hall.number(await hall.get(PUBLIC)) == 12 - 7


async def test_it_is_counted_again_no_sooner_than_it_should_and_by_one_process(hall: Hall) -> None:
    browser = await hall.desk()
    hall.flow.answer("agua", 10)
    await hall.release(browser, "obra")
    hall.flow.answer("agua", 10)
    await hall.later(minutes=9)
    assert hall.number(await hall.get(PUBLIC)) == 5
    hall.town.world.clock.move(timedelta(minutes=2))  # type: ignore[attr-defined]  # because the clock of these tests stands still
    for _ in range(3):
        assert hall.number(await hall.get(PUBLIC)) == 5  # nobody waits for the count
    await hall.app[MADE].settle()
    assert hall.number(await hall.get(PUBLIC)) == 15


async def test_a_question_that_one_of_five_was_asked_waits_for_more(hall: Hall) -> None:
    browser = await hall.desk()
    hall.flow.answer("agua", 15)
    hall.flow.answer("agua", 5, edad=None)
    await hall.release(browser, "obra", "edad")
    hall.flow.answer("luz", 2)
    hall.flow.answer("luz", 8, edad=None)
    await hall.later(minutes=11)
    assert hall.number(await hall.get(PUBLIC)) == 15
    hall.flow.answer("luz", 8)
    await hall.later(minutes=11)
    assert hall.number(await hall.get(PUBLIC)) == 33
    hall.flow.close()
    await hall.later(minutes=2)
    assert hall.number(await hall.get(PUBLIC)) == 38


async def test_a_vote_is_told_when_it_is_over_and_nobody_is_swayed_unasked(sqlite_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        hall = await _hall(stack, sqlite_url, tmp_path, kind="vote")
        hall.flow.answer("agua", 30)
        browser = await hall.desk()
        assert "votación" in await browser.post(RELEASE, {"deed": "prepare", "shown": "obra", "sure": "yes"}, 422)
        hall.flow.close()
        await hall.release(browser, "obra")
        assert hall.number(await hall.get(PUBLIC)) == 30


async def test_an_open_consultation_is_released_only_by_who_says_they_mean_it(hall: Hall) -> None:
    hall.flow.answer("agua", 30)
    browser = await hall.desk()
    await browser.post(RELEASE, {"deed": "prepare", "shown": "obra"}, 422)
    assert "al menos una pregunta" in await browser.post(RELEASE, {"deed": "prepare", "shown": "salud", "sure": "yes"}, 422)
    preview = await browser.post(RELEASE, {"deed": "prepare", "shown": "obra", "sure": "yes"})
    address = re.search(rf'action="({RELEASE}/\d+)#draft"', preview)
    assert address is not None
    await browser.post(address[1], {}, 422)
    hall.town.world.clock.move(timedelta(hours=1, minutes=59))  # type: ignore[attr-defined]  # because the clock of these tests stands still
    await browser.get(address[1])
    assert "todavía no se publican" in await hall.get(PUBLIC)
    for gone in ("9999", "nada", "9" * 40):
        assert "ya no está" in await browser.get(f"{RELEASE}/{gone}", 404)
        assert "ya no está" in await browser.post(f"{RELEASE}/{gone}", {"sure": "yes"}, 404)
    # whoever presses twice releases once, and what is public stays so
    database = hall.town.world.database
    draft = database.transaction_now(lambda tx: releases.one(tx, int(address[1].rpartition("/")[2])))
    assert draft is not None
    assert [database.transaction_now(lambda tx: releases.release(tx, draft, by=draft.prepared_by, now=1)) for _ in "ab"] == [
        True,
        False,
    ]
    assert hall.number(await hall.get(PUBLIC)) == 25


async def test_small_groups_are_nowhere(hall: Hall) -> None:
    hall.flow.answer("agua", 40, canton="puyo")
    hall.flow.answer("agua", 20, canton="mera")
    hall.flow.answer("luz", 3, canton="arajuno")
    hall.flow.close()
    await hall.release(await hall.desk(), "canton", "obra")
    page = words(await hall.get(PUBLIC))
    assert "Arajuno oculto" in page and "Arajuno 3" not in page and "Puyo 40" in page
    assert "Los grupos de menos de 5 personas no se muestran" in page


async def test_a_copy_is_kept_until_it_is_another(hall: Hall) -> None:
    hall.flow.answer("agua", 12)
    await hall.release(await hall.desk(), "obra")
    for path, kind in ((PUBLIC, "text/html"), (PUBLIC + "/imagen.png", "image/png"), ("/resultados", "text/html")):
        one = await hall.client.get(path)
        assert one.headers["Cache-Control"] == "public, max-age=300" and one.content_type == kind
        again = await hall.client.get(path, headers={"If-None-Match": one.headers["ETag"]})
        assert again.status == 304 and await again.read() == b""
        plain = await hall.client.get(path, headers={"Accept-Encoding": "identity"})
        assert await plain.read() == await one.read() and "Content-Encoding" not in plain.headers
    tag = (await hall.client.get(PUBLIC)).headers["ETag"]
    hall.flow.answer("luz", 9)
    await hall.later(minutes=11)
    assert (await hall.client.get(PUBLIC, headers={"If-None-Match": tag})).status == 200


async def test_whoever_has_a_receipt_learns_whether_it_is_counted(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    early = hall.flow.answer("agua", 12)
    await hall.release(await hall.desk(), "obra")
    late = hall.flow.answer("agua")[0]
    browser = Browser(hall.client)

    async def ask(receipt: str, status: int = 200) -> str:
        return words(await browser.post(PUBLIC, {"receipt": receipt}, status))

    assert f"Sí: la respuesta con el comprobante {early[0]}" in await ask(f" {early[0].lower()} ")
    assert "aún no contada" in await ask(early[-1]) and "aún no contada" in await ask(late)
    assert "Ninguna respuesta completa" in await ask("<script>alert(1)</script>")
    monkeypatch.setattr(pages, "TRIES", 4)
    for _ in range(3):
        await ask("NADANADANA")
    assert "demasiados comprobantes" in await ask(early[0], 429)
    await hall.later(minutes=16)
    assert "Sí:" in await ask(early[0])


async def test_open_data_come_with_the_results_only_where_nobody_is_found_in_them(hall: Hall) -> None:
    hall.flow.answer("agua", 3)
    browser = await hall.desk()
    hall.flow.close()
    assert "Con menos de 5" in await browser.post(RELEASE, {"deed": "prepare", "shown": "obra"}, 422)
    hall.flow.answer("agua", 30)
    # the file tells of every question, so what staff leave out would be in it
    part = await browser.post(RELEASE, {"deed": "prepare", "shown": "obra", "package": "yes"}, 422)
    assert "lleva todas las preguntas" in part
    await hall.release(browser, "canton", "obra", "edad", "idea", package="yes")
    assert "/datos.zip" in await hall.get(PUBLIC)
    answer = await hall.client.get(PUBLIC + "/datos.zip")
    assert answer.status == 200 and (await answer.read()).startswith(b"PK")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    await hall.release(browser, "obra")
    assert "ese archivo no" in await hall.get(PUBLIC + "/datos.zip", 404)
    kept = Statement("SELECT (SELECT count(*) FROM media), (SELECT count(package) FROM release)")
    assert hall.town.world.database.transaction_now(lambda tx: tx.one(kept)) == (0, 0)


async def test_what_another_version_counted_is_counted_again(hall: Hall) -> None:
    hall.flow.answer("agua", 12)
    hall.flow.close()
    await hall.release(await hall.desk(), "obra")
    database = hall.town.world.database
    database.transaction_now(lambda tx: tx.run(Statement('UPDATE release SET content = \'{"es": {"": "Old"}}\'')))
    hall.app[MADE].things.clear()
    assert "se están contando de nuevo" in await hall.get(PUBLIC)
    await hall.app[MADE].settle()
    assert hall.number(await hall.get(PUBLIC)) == 12


def test_a_report_comes_back_as_it_was_but_for_words_that_may_not_be_shown() -> None:
    table = Table("Obras", ("Obra", "Personas"), (("Agua", "12"),))
    figure = Figure("q1", Bars((Row("Agua", "100 %", 1.0, 0.7, 1.0), Row("Luz", "oculto", None))), "Obras", "Agua: 12", table)
    quotes = Quotes("Dijeron:", (Quote("que llegue el agua", "Puyo"), Quote("me llamo Luz")))
    report = Report("Obras", "Informe", "es", (Section("q", "¿Qué?", (Sentence("Todo", "lead"), figure, quotes)),), "Fin")
    content = to_json({"es": report}, {"q": 12})
    assert "que llegue" not in content and "me llamo" not in content and answered(content) == {"q": 12}
    assert from_json(content, "es", ["que llegue el agua", "me llamo Luz"]) == report
    shown = from_json(content, "es", ["que llegue el agua"]).sections[0].pieces[2]
    assert shown == Quotes("Dijeron:", (Quote("que llegue el agua", "Puyo"),))
    for broken in ("{}", "[]", '{"es": 1}', '{"es": {"": "Nothing"}}', '{"es": {"": "Report"}}'):
        with pytest.raises(KeptError):
            from_json(broken, "es", ())


ZONED = OBRAS.replace(
    "  - {{type: text, name: idea",
    "  - {{type: text, name: zona, label: {{es: ¿Barrio?, en: Part?}}, required: false, quasi: {{coarsen: canton}}}}\n"
    "  - {{type: text, name: idea",
)
"""The same, and a question that says by which other one quotes are told."""


async def test_only_released_quotes_are_shown_and_none_of_somebody_who_was_erased(sqlite_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        await _quoting(await _hall(stack, sqlite_url, tmp_path, text=ZONED))


async def _quoting(hall: Hall) -> None:
    told = hall.flow.answer("agua", 6, canton="puyo", idea="El agua llega turbia cada mañana")
    (other,) = hall.flow.answer("agua", canton="puyo", idea="La vereda está rota frente a la escuela")
    hall.flow.close()
    ana = await hall.desk()

    async def quoted(receipt: str, text: str, *, release: bool) -> None:
        key = f"{hall.flow.ids[receipt]}-5"
        themes = "/desk/results/obras/themes/idea"
        await ana.post(themes, [("key", key), (f"t:{key}", "agua"), ("only", key)])
        await ana.post(f"{themes}/quote/{key}", {"deed": "choose", "was": "", "text": text})
        ((was,),) = hall.town.world.database.transaction_now(
            lambda tx: tx.all(Statement("SELECT chosen_at FROM quote WHERE text = ?"), (text,))
        )
        if release:
            await ana.post(f"{themes}/quote/{key}", {"deed": "release", "was": str(was), "sure": "yes"})

    await quoted(told[0], "El agua llega turbia", release=True)
    await quoted(other, "La vereda está rota", release=False)
    await hall.release(ana, "canton", "idea")
    page = await hall.get(PUBLIC)
    assert "El agua llega turbia Puyo" in words(page) and "La vereda" not in page and "cada mañana" not in page
    stored = Statement("SELECT content FROM release")
    ((content,),) = hall.town.world.database.transaction_now(lambda tx: tx.all(stored))
    assert "turbia" not in content  # where it is kept nobody's words are: an erased person is in no forgotten copy

    await hall.release(ana, "idea")
    page = await hall.get(PUBLIC)
    assert "El agua llega turbia" in page and "Puyo" not in page  # nor by way of a quote what staff left out
    gone = Statement("DELETE FROM answer WHERE conversation_id = ?")
    hall.town.world.database.transaction_now(lambda tx: tx.run(gone, (hall.flow.ids[told[0]],)))
    page = await hall.get(PUBLIC)
    assert "turbia" not in page and hall.number(page) == 7


async def test_the_desk_narrows_crosses_and_refuses(hall: Hall) -> None:
    hall.flow.answer("agua", 20, canton="puyo")
    hall.flow.answer("luz", 20, canton="mera")
    hall.flow.answer("luz", 2, canton="arajuno")
    hall.flow.answer("agua", 3, test=True)
    browser = await hall.desk("reader")
    page = words(await browser.get("/desk/results/obras"))
    assert "42 respuestas contadas" in page and "42 completadas" not in page
    assert "¿Tienes una discapacidad? Es un dato sensible" in page and "3 de prueba" in page.replace(
        "de prueba, aparte 3", "3 de prueba"
    )
    page = words(await browser.get("/desk/results/obras?where=canton%3Dpuyo"))
    assert "20 respuestas contadas" in page
    page = words(await browser.get("/desk/results/obras?where=canton%3Darajuno"))
    assert "2 respuestas contadas" in page and "Luz 2" not in page and "100,0" not in page.split("Qué se preguntó")[1]
    page = words(await browser.get("/desk/results/obras?of=obra&by=canton&test=yes"))
    assert "45 respuestas contadas" in page and "Según" in page
    for query, told in (
        ("where=salud%3Dno", "sensible"),
        ("of=salud&by=canton", "sensible"),
        ("where=nada%3D1", "no tiene la pregunta"),
        ("since=ayer", "ayer"),
        ("since=2026-11-27&until=2026-11-01", "2026-11-27"),
        ("channel=paloma", "paloma"),
        ("where=%3Cscript%3E%3D1", "&lt;script&gt;"),
    ):
        page = await browser.get(f"/desk/results/obras?{query}", 422)
        assert told in page.split('role="alert"')[1].split("</section>")[0], query
        assert "<script>" not in page
    await browser.get("/desk/results/nada", 404)
    await browser.get("/desk/results/secreto%00", 404)


async def test_a_long_count_keeps_nobody_waiting_and_is_made_once(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.flow.answer("agua", 6)
    browser = await hall.desk("reader")
    monkeypatch.setattr(results_look, "PATIENCE", 0)
    page = await browser.get("/desk/results/obras")
    assert "Se está contando" in page and "respuestas contadas" not in page
    await hall.app[LOOKS].end()
    assert "6 respuestas contadas" in await browser.get("/desk/results/obras")
    hall.flow.answer("agua", 6)
    assert "6 respuestas contadas" in await browser.get("/desk/results/obras")  # good for some seconds
    for count in hall.app[LOOKS].counts.values():
        count.ended -= 3600
    page = await browser.get("/desk/results/obras")
    assert "6 respuestas contadas" in page and "se está contando de nuevo" in page
    await hall.app[LOOKS].end()
    assert "12 respuestas contadas" in await browser.get("/desk/results/obras")
