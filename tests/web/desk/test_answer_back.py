"""The answer back at the desk: written by two at once, shown, made public, sent once; and its commitments, kept in public."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.answering_back.answering import AnsweringBack
from bot.answering_back.owing import OwedUpdates
from bot.campaigns.campaigns import Campaigns
from bot.clock import milliseconds
from bot.engine.flow import ConsentText
from bot.engine.source import load
from bot.prices import Prices
from storage import answer_backs, flows, mail
from storage.statements import Statement
from tests.web.desk.conftest import _server
from tests.web.desk.people import enter, unit, words
from tests.web.desk.resident import Resident
from tests.web.town import ZONE, town

FLOW = """
flow: obras
kind: consultation
title: {{es: Obras, en: Works}}
languages: [es, en]
start: {{words: [obras]}}
consent: aviso
{more}
survey:
  - {{type: text, name: idea, label: {{es: ¿Qué obra?, en: Which work?}}}}
  - {{type: text, name: nombre, personal: true, label: {{es: ¿Cómo te llamas?, en: What is your name?}}}}
  - {{type: note, label: {{es: Gracias., en: Thank you.}}}}
"""
CONSENTS = {"aviso": ConsentText("aviso", "1", "follow_up", 90, {"es": "¿Podemos contarte?"})}
PATH = "/desk/results/obras/answer"
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)
ENTRY = {
    "about": "question:idea",
    "heard.es": "Falta agua.",
    "what.es": "Pondremos tubos.",
    "office": "Obras Públicas",
    "due": "2027-03-31",
}


class Writing:
    """A town whose flow can be answered back, with its desk open."""

    def __init__(self, built, stack) -> None:
        world = built.world
        channels = {"simulator": world.simulator}
        reaching = Campaigns(world.database, world.vault, world.clock, channels)
        self.answering = AnsweringBack(
            world.database, reaching, channels, world.clock, lambda: replace(world.catalogue(), consents=CONSENTS),
            public_url="", prices=Prices,
        )  # fmt: skip
        self.town, self.stack = built.but(answering=self.answering), stack
        self.database = world.database

    def open(self, more: str = "") -> None:
        loaded = load(FLOW.format(more=more), "obras.yaml")
        assert loaded.flow is not None, loaded.problems
        opened = (loaded.flow.flow, loaded.flow.version, loaded.content, milliseconds(NOW))
        self.database.transaction_now(lambda tx: flows.open_flow(tx, *opened))
        self.database.transaction_now(self.town.library.renew)

    def close(self) -> None:
        self.database.transaction_now(lambda tx: flows.set_state(tx, "obras", "closed", milliseconds(NOW)))

    async def serve(self):
        self.browser = await _server(self.stack, self.town)

    async def signed_in(self, email: str, role: str, **more):
        await enter(self.town, email, role, **more)
        browser = await self.browser()
        await browser.sign_in(email)
        return browser

    async def public(self):
        return await self.browser()

    def one(self, sql: str, *values: object):
        ((value,),) = self.database.transaction_now(lambda tx: tx.all(Statement(sql), values))
        return value

    def actions(self) -> list[str]:
        return [
            row[0] for row in self.database.transaction_now(lambda tx: tx.all(Statement("SELECT action FROM audit ORDER BY id")))
        ]

    async def look(self) -> None:
        for _ in range(4):
            await self.answering.look(self.town.world.clock.now())
        await self.town.deliveries.run_due()


@pytest.fixture
async def writing(sqlite_url, tmp_path):
    async with AsyncExitStack() as stack:
        with town(sqlite_url, tmp_path, now=NOW) as built:
            made = Writing(built, stack)
            made.open()
            await made.serve()
            yield made


async def post(browser, path, deed, status=200, expected=None, **fields):
    if expected is None:
        found = re.search(r'name="expected" value="(\d+)"', await browser.get(path))
        expected = found[1] if found else "0"
    return await browser.post(path, {"deed": deed, "expected": str(expected), **fields}, status)


async def wrote(browser):
    await post(browser, PATH, "head", **{"heading.es": "Esto haremos.", "place": "", "told": ""})
    await post(browser, PATH, "entry", **ENTRY)


async def test_from_the_first_word_to_the_message_and_the_public_page(writing):
    ana = await writing.signed_in("ana@puyo.ec", "coordinator", name="Ana Grefa")
    luis = await writing.signed_in("luis@puyo.ec", "officer", of=unit(writing.town, "Obras"))
    assert "no" in (await luis.get(PATH, 403)).lower()
    page = await ana.get(PATH)
    assert "todavía no está cerrado" in page
    await wrote(ana)
    # somebody else had the page as it was before: told, nothing overwritten, nothing lost
    eva = await writing.signed_in("eva@puyo.ec", "coordinator")
    page = await post(eva, PATH, "head", 409, expected=1, **{"heading.es": "Otra cosa."})
    assert "Ana Grefa" in page
    assert "Otra cosa." in page
    answer = writing.database.transaction_now(lambda tx: answer_backs.of_flow(tx, "obras"))
    assert answer.heading == {"es": "Esto haremos."}
    # a draft is nobody's but the desk's, and goes nowhere
    anybody = await writing.public()
    for path in ("/compromisos/obras", "/compromisos/1"):
        await anybody.get(path, 404)
    assert "Pondremos tubos" not in await anybody.get("/compromisos")
    assert "Falta agua" not in await anybody.get("/compromisos/datos.json")
    assert "todavía no está cerrado" in await post(ana, PATH, "send", 422, sure="yes")
    person = Resident(writing.town)
    await person.says("obras")
    await person.says("Más agua")
    writing.database.transaction_now(
        lambda tx: tx.run(
            Statement("""INSERT INTO consent (id, contact_id, name, version, language, purpose, days, given, at)
                SELECT 9, id, 'aviso', '1', 'es', 'follow_up', 90, ?, 1 FROM contact"""),
            (True,),
        )
    )
    writing.close()
    preview = words(await ana.get(PATH + "/preview"))
    assert "Qué haremos: Pondremos tubos (responsable: Obras Públicas; hasta el miércoles 31 de marzo de 2027)." in preview
    assert "Personas que lo recibirían: 1" in preview
    assert "Falta el texto en: English" in preview
    assert "Prueba enviada" in await post(ana, PATH, "try", to="simulator", lang="es", place="")
    assert "sure" in await post(ana, PATH, "send", 422)
    sent = await ana.get(PATH)
    version = re.search(r'name="expected" value="(\d+)"', sent)[1]
    await post(ana, PATH, "send", sure="yes", expected=version)
    await post(ana, PATH, "send", 409, sure="yes", expected=version)
    await writing.look()
    assert "enviados" in await ana.get(PATH)
    assert writing.one("SELECT count(*) FROM outbox WHERE priority = 2 AND status = 'sent'") == 1
    # what is public stays as it is
    assert "Ya es público" in await post(ana, PATH, "head", 409, **{"heading.es": "Otra."})
    page = words(await anybody.get("/compromisos/obras"))
    assert "Falta agua. Lo que haremos Pondremos tubos. pendiente" in page
    assert (
        (await anybody.get("/compromisos/datos.csv"))
        .splitlines()[1]
        .startswith("1,obras,Pondremos tubos.,Obras Públicas,2027-03-31,pending")
    )
    assert {"back_written", "back_entry", "back_tried", "back_sent"} <= set(writing.actions())


async def test_what_is_missing_or_wrong_is_told_and_nothing_is_lost(writing):
    ana = await writing.signed_in("ana@puyo.ec", "coordinator")
    assert "Falta el encabezado" in await post(ana, PATH, "head", 422, **{"heading.en": "Hello"})
    await post(ana, PATH, "head", **{"heading.es": "Hola"})
    for wrong, why in (
        ({"heard.es": ""}, "Falta lo que se escuchó"),
        ({"due": ""}, "Un compromiso necesita"),
        ({"due": "2027-02-30"}, "no existe"),
        ({"due": "2020-01-01"}, "ya pasó"),
        ({"office": ""}, "quién es responsable"),
        ({"about": "question:nada"}, "ya no es parte"),
        ({"what.es": "x" * 701}, "demasiado largo"),
    ):
        page = await post(ana, PATH, "entry", 422, **{**ENTRY, "declined.es": "No todo.", **wrong})
        assert why in page
        assert "No todo." in page
    await post(ana, PATH, "entry", **ENTRY)
    identifier = writing.one("SELECT id FROM answer_back_entry")
    await post(ana, PATH, "entry", entry=str(identifier), **{**ENTRY, "heard.es": "Falta luz.", "what.es": "", "due": ""})
    assert writing.one("SELECT count(*) FROM commitment") == 0
    await post(ana, PATH, "drop", entry=str(identifier))
    assert writing.one("SELECT count(*) FROM answer_back_entry") == 0
    writing.close()
    assert "no hay ninguna entrada" in await post(ana, PATH, "publish", 422, sure="yes")


async def test_an_anonymous_flow_has_a_public_page_and_nobody_to_send_to(writing):
    writing.open("anonymous: true\nedit: 'no'")
    ana = await writing.signed_in("ana@puyo.ec", "coordinator")
    await wrote(ana)
    writing.close()
    assert "es anónimo" in await ana.get(PATH)
    assert "es anónimo" in await ana.get(PATH + "/preview")
    assert "no se le puede enviar" in await post(ana, PATH, "send", 422, sure="yes")
    await post(ana, PATH, "publish", sure="yes")
    assert "Pondremos tubos" in await (await writing.public()).get("/compromisos/obras")


async def test_a_commitment_keeps_its_history_and_owes_an_update_when_its_day_passes(writing):
    works, other = unit(writing.town, "Obras"), unit(writing.town, "Turismo")
    ana = await writing.signed_in("ana@puyo.ec", "coordinator")
    luis = await writing.signed_in("luis@puyo.ec", "officer", of=works)
    sol = await writing.signed_in("sol@puyo.ec", "officer", of=other)
    await post(ana, PATH, "head", **{"heading.es": "Hola"})
    await post(ana, PATH, "entry", **{**ENTRY, "unit": str(works)})
    writing.close()
    await post(ana, PATH, "publish", sure="yes")
    page = "/desk/commitments/1"
    assert "Publicar la novedad" not in await sol.get(page)
    await post(sol, page, "update", 403, expected=1, state="done")
    assert "escriba por qué" in await post(luis, page, "update", 422, state="not_done")
    await post(luis, page, "update", state="in_progress", **{"text.es": "Ya hay contrato."})
    # two at once: the second sees what the first said, and what they wrote themselves
    meanwhile = await post(ana, page, "update", 409, expected=1, state="done", **{"text.es": "Listo."})
    assert "Ya hay contrato." in meanwhile
    assert "Listo." in meanwhile
    clock, owed = writing.town.world.clock, OwedUpdates(writing.database, writing.town.world.office)
    anybody = await writing.public()
    clock.move(timedelta(days=126))
    assert await owed.look(clock.now()) == 0  # the day itself is not over
    clock.move(timedelta(days=40))  # an outage
    assert await owed.look(clock.now().replace(hour=3)) == 0
    assert await owed.look(clock.now()) == 1
    assert await OwedUpdates(writing.database, writing.town.world.office).look(clock.now()) == 0
    vault = writing.town.world.vault
    (told,) = writing.database.transaction_now(lambda tx: mail.claim(tx, vault, now=milliseconds(clock.now()), lease=1, limit=9))
    assert (told.to, "Pondremos tubos." in told.text) == ("luis@puyo.ec", True)
    assert "debe una novedad desde el jueves 1 de abril de 2027" in await anybody.get("/compromisos/1")
    assert "Compromiso 1" in await anybody.get("/compromisos?state=owing")
    assert "1 compromiso pasó" in words(await (await writing.signed_in("leo@puyo.ec", "reader", of=works)).get("/desk/notices"))
    assert "Ningún compromiso es así" in await anybody.get("/compromisos?state=done")
    luis = await writing.browser()
    await luis.sign_in("luis@puyo.ec")
    assert "ya pasó: ponga una nueva" in await post(luis, page, "update", 422, state="in_progress", due="2027-03-31")
    await post(luis, page, "update", state="changed", due="2027-12-01", **{"text.es": "Faltó el permiso."})
    shown = words(await anybody.get("/compromisos/1"))
    assert "se prometió" in shown
    assert "Ya hay contrato." in shown
    assert "cambiado · " in shown
    assert "hasta el miércoles 1 de diciembre de 2027 Faltó el permiso." in shown
    assert "debe una novedad" not in shown
    assert "Luis" not in shown  # whoever wrote it is the desk's own matter
