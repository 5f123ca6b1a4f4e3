"""Coding at the desk: what is kept, who sees whose themes, who decides, what is quoted and by whom released."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from bot.engine.source import load
from storage import flows
from storage.statements import Statement, Transaction
from tests.reports.survey import BEGAN
from tests.reports.test_themes_coded import SURVEY
from tests.storage.people import insert
from tests.storage.test_results import put, said, talk
from tests.web.desk.people import enter, words
from tests.web.town import Town

ANSWERS = (
    "El agua llega turbia",
    "Soy Luz Grefa, vivo en la calle Bolívar 245 y mi celular es 0991234567. La calle está llena de huecos",
    "no sé",
)
LIST = "/desk/results/barrio_abierto/themes/idea"
VOICE = {"kind": "audio", "reference": "a" * 32, "content_type": "audio/ogg", "name": "v.ogg", "caption": ""}


@pytest.fixture
async def town(small: Town) -> Town:
    """A town in which three people wrote and one spoke, and four may look at it."""
    text = SURVEY.replace("flow: barrio", "flow: barrio_abierto")
    loaded = load(text, "barrio_abierto.yaml")
    flow = loaded.flow
    assert flow is not None, loaded.problems

    def fill(tx: Transaction) -> None:
        flows.open_flow(tx, flow.flow, flow.version, loaded.content, 0)
        for number, answer in enumerate((*ANSWERS, VOICE), 1):
            journal = [said("idea", answer), said("nombre", "Luz Grefa"), said("queja", "todo")]
            put(tx, talk(number, *journal, version=flow.version, began=BEGAN + number), flow=flow.flow)

    small.world.database.transaction_now(fill)
    for name, role in (("ana", "coordinator"), ("eva", "officer"), ("leo", "reader"), ("iris", "officer")):
        await enter(small, f"{name}@puyo.ec", role)
    return small


def rows(town: Town, query: str) -> list[Any]:
    return town.world.database.transaction_now(lambda tx: tx.all(Statement(query)))


def coded(town: Town) -> list[Any]:
    return rows(town, "SELECT conversation_id, kind, themes FROM coding ORDER BY id")


def form(*, ticked: dict[str, Sequence[str]], **more: str) -> list[tuple[str, str]]:
    """What a page of the list sends: its cards, what is ticked on them, and the button."""
    fields = [("key", key) for key in ticked]
    fields += [("n:" + key, "1") if code == "none" else ("t:" + key, code) for key, codes in ticked.items() for code in codes]
    return [*fields, *more.items()]


async def test_a_page_is_coded_without_a_script_and_nothing_by_itself(small_browsers: Callable[[], Any], town: Town):
    eva = await small_browsers()
    await eva.sign_in("eva@puyo.ec")
    page = await eva.get(LIST)
    assert page.count("<article") == 4
    assert "El agua llega turbia" in page
    assert "checked" not in page  # a suggestion is no coding
    assert re.search(r'class="theme suggested"[^>]*><input type="checkbox" name="t:1-1" value="agua"', page)

    await eva.post(LIST, form(ticked={"1-1": ["agua", "vias"], "2-1": [], "3-1": ["none"]}, all="1"))
    assert coded(town) == [(1, "coded", "agua vias"), (3, "coded", "")]
    left = await eva.get(LIST)
    assert left.count("<article") == 2
    await eva.post(LIST, form(ticked={"2-1": []}, confirm="2-1"))
    assert coded(town)[-1] == (2, "coded", "vias")
    nothing = await eva.post(LIST, form(ticked={"4-1": []}, only="4-1"), 422)
    assert "No hay nada marcado" in words(nothing)
    page = await eva.post(LIST, form(ticked={}, undo="1"))
    assert "Se deshizo lo último" in words(page)
    assert coded(town)[-1] == (2, "coded", None)

    overview = words(await eva.get("/desk/results/barrio_abierto/themes"))
    assert "2 de 4 codificadas" in overview
    assert "Sin codificar: 2 (50 %). Codificadas sin tema: 1 (25 %)." in overview
    audit = rows(town, "SELECT action, subject, after FROM audit WHERE action LIKE '%cod%' ORDER BY id")
    assert [line[0] for line in audit] == ["answer_coded"] * 3 + ["coding_undone"]
    assert audit[0][1:] == ("barrio_abierto/idea", '{"themes":"agua vias"}')


async def test_a_part_of_the_page_is_answered_alone_and_what_cannot_be_kept_stays_ticked(
    small_browsers: Callable[[], Any], town: Town
):
    eva = await small_browsers(**{"HX-Request": "true"})
    await eva.sign_in("eva@puyo.ec")
    card = await eva.post(LIST, form(ticked={"1-1": ["agua"]}, only="1-1"))
    assert card.strip().startswith("<article")
    assert "Guardado: Agua potable." in words(card)
    corrected = insert("answer", conversation_id=2, sequence=9, step="idea", type="text", instance="", raw="", value='"otra"',
        reason="", comment="", language="es", channel="telegram", tries=0, at=0)  # fmt: skip
    town.world.database.transaction_now(lambda tx: tx.run(*corrected))
    gone = await eva.post(LIST, form(ticked={"2-1": ["vias"]}, only="2-1"))
    assert "la persona la corrigió" in words(gone)
    assert coded(town) == [(1, "coded", "agua")]


async def test_two_do_not_see_each_other_before_both_have_coded_and_a_coordinator_decides(
    small_browsers: Callable[[], Any], town: Town
):
    eva, iris, ana, leo = [await small_browsers() for _ in range(4)]
    for browser, name in ((eva, "eva"), (iris, "iris"), (ana, "ana"), (leo, "leo")):
        await browser.sign_in(f"{name}@puyo.ec")
    await eva.post(LIST, form(ticked={"1-1": ["agua"]}, only="1-1"))
    second = await iris.get(f"{LIST}?which=second")
    assert second.count("<article") == 1
    assert "checked" not in second and "Eva" not in second
    assert "Eva" not in await ana.get(f"{LIST}?which=all")
    await iris.post(LIST, form(ticked={"1-1": ["agua", "salud"]}, only="1-1"))
    assert "Eva : Agua potable" in words(await iris.get(f"{LIST}?which=differ"))
    assert "Difieren. Eva : Agua potable" in words(await ana.get(f"{LIST}?which=differ"))

    await iris.post(LIST, form(ticked={"1-1": ["salud"]}, settle="1-1"), 403)
    await leo.get(LIST, 403)
    await ana.post(f"{LIST}?which=differ", form(ticked={"1-1": ["agua"]}, settle="1-1"))
    assert coded(town)[-1] == (1, "settled", "agua")
    assert "No hay" not in words(await ana.get(f"{LIST}?which=all"))
    assert (await ana.get(f"{LIST}?which=differ")).count("<article") == 0
    assert "Decidió Ana: Agua potable" in words(await eva.get(f"{LIST}?which=mine&theme=agua"))
    overview = words(await eva.get("/desk/results/barrio_abierto/themes"))
    assert "1 codificada por dos o más: iguales el 0 %" in overview


async def test_a_quote_is_made_of_the_answers_words_hides_who_it_is_and_is_released_by_a_coordinator(
    small_browsers: Callable[[], Any], town: Town
):
    eva, ana = await small_browsers(), await small_browsers()
    await eva.sign_in("eva@puyo.ec")
    await ana.sign_in("ana@puyo.ec")
    address = f"{LIST}/quote/2-1"
    page = await eva.get(address)
    proposed = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[1]
    assert "Grefa" not in proposed and "Bolívar" not in proposed and "0991234567" not in proposed
    assert "llena de huecos" in proposed

    wrong = await eva.post(address, {"deed": "choose", "was": "", "text": "La calle está llena de baches"}, 422)
    assert "palabras que la respuesta no tiene" in words(wrong)
    warned = await eva.post(address, {"deed": "choose", "was": "", "text": "Soy Luz Grefa, vivo en la calle Bolívar 245"}, 422)
    assert "Todavía parece haber datos personales" in words(warned)
    await eva.post(address, {"deed": "choose", "was": "", "text": "La calle está llena de huecos"})
    assert rows(town, "SELECT text, released_at FROM quote") == [("La calle está llena de huecos", None)]
    ((was,),) = rows(town, "SELECT chosen_at FROM quote")
    await eva.post(address, {"deed": "release", "was": str(was), "sure": "yes"}, 403)
    assert "Otra persona cambió" in words(await ana.post(address, {"deed": "release", "was": "7", "sure": "yes"}, 409))
    await ana.post(address, {"deed": "release", "was": str(was), "sure": "yes"})
    assert rows(town, "SELECT released_at IS NOT NULL FROM quote") == [(1,)]
    await eva.post(address, {"deed": "drop", "was": str(was)}, 403)
    await eva.get("/desk/results/barrio_abierto/themes/queja/quote/2-3", 403)
    await eva.get("/desk/results/barrio_abierto/themes/nombre", 404)


async def test_a_voice_note_is_heard_and_that_is_written_down(small_browsers: Callable[[], Any], town: Town):
    path = town.world.attachments.path("a" * 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"OggS" + bytes(60))
    eva = await small_browsers()
    await eva.sign_in("eva@puyo.ec")
    assert f'<audio controls preload="none" src="{LIST}/media/4-1"' in await eva.get(LIST)
    answer = await eva.client.get(f"{LIST}/media/4-1", headers=eva.headers)
    assert (answer.status, answer.content_type, await answer.read()) == (200, "audio/ogg", b"OggS" + bytes(60))
    assert rows(town, "SELECT subject FROM audit WHERE action = 'answer_heard'") == [("barrio_abierto/idea",)]
    await eva.get(f"{LIST}/media/1-1", 404)
    await eva.post(LIST, form(ticked={"4-1": ["salud"]}, only="4-1"))
    assert coded(town) == [(4, "coded", "salud")]


async def test_a_book_with_mistakes_is_told_and_codes_nothing(small_browsers: Callable[[], Any], town: Town, tmp_path: Any):
    from bot.codebooks import book_of

    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "barrio_abierto.yaml").write_text("codebook: x\nthemes:\n  agua: {label: Agua}\n", encoding="utf-8")
    own = town.but(books=lambda flow: book_of(tmp_path, flow))
    found = own.world.books("barrio_abierto")
    assert found.own and found.book is None
    assert [(one.line, one.code) for one in found.errors] == [(3, "missing_key")]
    assert own.world.books("otro").book is not None
    assert orjson.loads(own.world.books("otro").book.content)["name"] == "municipal"
