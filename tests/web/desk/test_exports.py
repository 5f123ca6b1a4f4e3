"""Downloads at the desk: who may, what is chosen, what is written down, and that the file is what it says it is."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from bot.exporting import task as tasks
from bot.exporting.asked import Task, Told, Trouble
from bot.exporting.work import Exporting, Heard
from storage import audit
from storage.statements import Statement
from tests.reports.survey import conversations
from tests.storage.test_export import fill
from tests.web.desk.people import enter, words
from tests.web.town import LANGUAGES, Town

PATH = "/desk/results/barrio/exports"


@pytest.fixture
def small(small: Town, tmp_path: Path) -> Town:
    """The town with the survey's answers, and somebody who makes exports."""
    world = small.world

    async def start(task: Task, heard: Heard) -> None:
        def tell(told: Told) -> None:
            heard({"written": told.written, "total": told.total})

        found = await asyncio.to_thread(tasks.run, task, world.database, world.vault, LANGUAGES, tell)
        assert not isinstance(found, Trouble), found
        heard({"finished": found._asdict()})

    def work(tx: Any) -> None:
        tx.run(Statement("DELETE FROM flow WHERE id = 'barrio'"))  # the town has one of that name
        fill(tx, conversations())

    world.database.transaction_now(work)
    exporting = Exporting(world.database, world.clock, start, data=tmp_path, zone="America/Guayaquil", publisher="Pastaza")
    return small.but(exporting=exporting)


def actions(town: Town) -> list[tuple[str, dict[str, Any]]]:
    lines = town.world.database.transaction_now(lambda tx: audit.page(tx, before=audit.LAST, limit=50, staff_id=None, subject=""))
    return [(line.action, dict(line.after)) for line in reversed(lines) if line.action.startswith(("export", "identity"))]


async def fetch(browser: Any, page: str) -> bytes:
    found = re.search(rf'href="({PATH}/\d+)" download', page)
    assert found, page
    answer = await browser.client.get(found[1], headers=browser.headers)
    assert answer.status == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''barrio-")
    return bytes(await answer.read())


async def test_from_the_form_to_the_file_with_each_step_written_down(small: Town, small_browsers: Any):
    await enter(small, "rosa@example.org", "coordinator")
    browser = await small_browsers()
    await browser.sign_in("rosa@example.org")
    page = await browser.get(PATH)
    assert "Todavía no se ha preparado ninguna" in words(page)
    assert "identidades" not in words(page), "not a coordinator's"

    wanted = {"deed": "start", "form": "csv", "tables": "wide", "multi": "one", "labels": "es", "save": "lunes"}
    page = await browser.post(PATH, wanted)
    assert "Empieza en unos segundos" in words(page)
    assert 'hx-get="/desk/results/barrio/exports/jobs"' in page
    exporting = small.world.exporting
    assert exporting is not None
    await exporting.run_due()

    page = await browser.get(PATH + "?profile=lunes")
    assert "Conversaciones contadas: 4." in words(page)
    assert re.search(r'value="csv" checked', page), "the saved options fill the form"
    content = await fetch(browser, page)
    assert hashlib.sha256(content).hexdigest() in page
    assert content.startswith(b"receipt,row,")
    assert [action for action, _ in actions(small)] == ["export_asked", "export_made", "export_fetched"]
    assert actions(small)[0][1] == {"flow": "barrio", "form": "csv", "multi": "one", "labels": "es", "tables": "wide"}

    job = re.search(r'name="job" value="(\d+)"', page)
    assert job
    page = await browser.post(PATH, {"deed": "delete", "job": job[1]})
    assert "El archivo se borró a mano" in words(page)
    assert not list(exporting.folder.iterdir())
    await browser.get(f"{PATH}/{job[1]}", 404)
    await browser.post(PATH, {"deed": "again", "job": job[1]})
    assert actions(small)[-1][0] == "export_asked"


async def test_what_cannot_be_made_is_told_at_once_and_what_was_chosen_is_kept(small: Town, small_browsers: Any):
    await enter(small, "rosa@example.org", "coordinator")
    browser = await small_browsers()
    await browser.sign_in("rosa@example.org")
    form = {"deed": "start", "form": "csv_excel", "where": "canton=narnia", "since": "2026-12-02", "until": "2026-12-01"}
    assert "2026-12-02" in words(await browser.post(PATH, form, 422))
    form |= {"since": "", "until": "", "where": "nada=1"}
    page = await browser.post(PATH, form, 422)
    assert "nada" in words(page)
    assert re.search(r'value="csv_excel" checked', page)
    assert "Mayúsculas" not in page
    form |= {"where": "", "save": "¡Lunes!"}
    assert "lunes" in words(await browser.post(PATH, form, 422)).lower()
    form |= {"save": "", "since": "ayer"}
    assert "Publique un solo paquete" in words(await browser.post(PATH, form, 422)), "two can be subtracted from each other"
    assert actions(small) == []


async def test_names_are_for_administrators_who_say_why_and_go_after_a_day(small: Town, small_browsers: Any):
    await enter(small, "rosa@example.org", "coordinator")
    await enter(small, "ines@example.org", "administrator")
    rosa, ines = await small_browsers(), await small_browsers()
    await rosa.sign_in("rosa@example.org")
    await ines.sign_in("ines@example.org")
    wanted = {"deed": "identity", "reason": "Entregar los premios del sorteo", "sure": "yes"}
    await rosa.post(PATH, wanted, 403)
    await ines.post(PATH, {**wanted, "reason": "porque sí"}, 422)
    assert actions(small) == []
    await ines.post(PATH, wanted)
    exporting = small.world.exporting
    assert exporting is not None
    await exporting.run_due()

    page = await ines.get(PATH)
    assert (await fetch(ines, page)).startswith(b"receipt,row,channel,address")
    found = re.search(rf'href="({PATH}/\d+)" download', page)
    assert found
    await rosa.get(found[1], 404)
    assert found[1] not in await rosa.get(PATH)
    told = actions(small)
    assert [action for action, _ in told] == ["identity_asked", "identity_export", "identity_fetched"]
    assert told[0][1]["reason"] == "Entregar los premios del sorteo"


async def test_who_only_looks_gets_no_file(small: Town, small_browsers: Any):
    await enter(small, "luis@example.org", "officer")
    browser = await small_browsers()
    await browser.sign_in("luis@example.org")
    for path in (PATH, PATH + "/jobs", PATH + "/1"):
        await browser.get(path, 403)
    await browser.post(PATH, {"deed": "start", "form": "csv"}, 403)


CENSUS = "question,category,count,source,date\ncanton,puyo,300,INEC,2022-11-30\ncanton,loja,700,,\n"


def handed_in(deed: str, content: str, least: str = "1") -> FormData:
    form = FormData({"deed": deed, "cap": "5", "least": least})
    form.add_field("margins", io.BytesIO(content.encode()), filename="censo.csv", content_type="text/csv")
    return form


async def test_a_census_is_tried_kept_shown_and_taken_away(small: Town, small_browsers: Any):
    await enter(small, "rosa@example.org", "coordinator")
    browser = await small_browsers()
    await browser.sign_in("rosa@example.org")
    path = "/desk/results/barrio/weights"
    assert "Los resultados no se ponderan" in words(await browser.get(path))
    for content, told in (
        (CENSUS.replace("INEC", ""), "censo.csv, línea 2: falta «source»"),
        (CENSUS.replace("2022-11-30", "ayer"), "censo.csv, línea 2: falta «date»"),
        (CENSUS.replace("loja", "narnia"), "censo.csv, línea 3: «narnia»"),
    ):
        assert told in words(await browser.post(path, handed_in("keep", content), 422))
    assert "menos de 5 personas" in words(await browser.post(path, handed_in("keep", CENSUS, "5"), 422))
    assert "no se guardó nada" in words(await browser.post(path, handed_in("try", CENSUS)))
    assert "Los resultados no se ponderan" in words(await browser.get(path))

    page = words(await browser.post(path, handed_in("keep", CENSUS)))
    assert "INEC" in page
    assert "30,0 %" in page
    assert 'name="weights" value="yes" checked' in await browser.get(PATH)
    await browser.post(PATH, {"deed": "start", "form": "csv", "tables": "wide", "weights_offered": "yes", "weights": "yes"})
    exporting = small.world.exporting
    assert exporting is not None
    await exporting.run_due()
    page = await browser.get(PATH)
    assert "La columna weight pondera a: INEC (2022-11-30)." in words(page)
    assert (await fetch(browser, page)).split(b"\r\n")[0].endswith(b",weight")
    assert "Los resultados ya no se ponderan" in words(await browser.post(path, {"deed": "remove"}))
