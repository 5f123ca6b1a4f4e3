"""Open data from both databases: valid by another judge, nobody alone, and nothing that can be worked out."""

from __future__ import annotations

import csv
import io
import json
import random
import warnings
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.engine.source import load
from bot.reports.filters import FilterError
from bot.reports.rows import ResultRow, Selection
from bot.reports.themes.codebook import read_codebook
from storage import flows, staff, themes
from storage.database import Database
from storage.export import ExportRefused, Wanted
from storage.open_data import Published, Publishing, write_package
from storage.statements import Statement, Transaction
from tests.reports.survey import NOW, flow, languages, said, talk
from tests.storage.people import insert
from tests.storage.test_results import put

FLOW = """
flow: barrio
kind: survey
title: {es: Mi barrio}
languages: [es]
survey:
  - type: select_one
    name: canton
    label: {es: ¿En qué cantón vives?}
    choices: {puyo: {label: {es: Puyo}}, loja: {label: {es: Loja}}, mera: {label: {es: Mera}}}
  - {type: text, name: zona, label: {es: ¿Barrio?}, personal: true, quasi: {coarsen: canton}, required: false}
  - {type: integer, name: edad, label: {es: ¿Tu edad?}, personal: true, quasi: {band: "10"}, required: false}
  - type: select_one
    name: obra
    label: {es: ¿Qué obra?}
    choices: {agua: {label: {es: Agua}}, luz: {label: {es: Luz}}, via: {label: {es: Vía}}}
  - type: select_multiple
    name: temas
    label: {es: ¿Qué te importa?}
    choices: {aire: {label: {es: Aire}}, rio: {label: {es: Río}}}
    required: false
  - type: select_one
    name: voto
    sensitive: true
    label: {es: ¿Por quién votas?}
    choices: {a: {label: {es: A}}, b: {label: {es: B}}}
  - {type: geopoint, name: lugar, label: {es: ¿Dónde?}, required: false}
  - {type: text, name: idea, label: {es: ¿Qué cambiarías?}, required: false}
  - {type: text, name: nombre, label: {es: ¿Cómo te llamas?}, personal: true, required: false}
"""


def person(number: int, canton: str, age: int, work: str) -> ResultRow:
    place: dict[str, object] = {"lat": -1.49123 - (number % 7) / 100, "lon": -78.00456, "accuracy": 5.0, "place": None}
    return talk(
        flow(FLOW),
        said("canton", "select_one", canton),
        said("zona", "text", f"La Merced {number}"),
        said("edad", "integer", age),
        said("obra", "select_one", work),
        said("temas", "select_multiple", ["aire"] if number % 3 else ["aire", "rio"]),
        said("voto", "select_one", "a"),
        said("lugar", "geopoint", place),
        said("idea", "text", f"=idea {number}"),
        said("nombre", "text", f"María {number}"),
        number=number,
    )


def crowd(count: int = 400) -> list[ResultRow]:
    chance = random.Random(3)
    cantons = ["puyo"] * 12 + ["loja"] * 7 + ["mera"]
    works = ["agua"] * 12 + ["luz"] * 7 + ["via"]
    people = [person(n, chance.choice(cantons), chance.randint(18, 70), chance.choice(works)) for n in range(1, count)]
    return [*people, person(count, "mera", 97, "via")]


@pytest.fixture
def town(database: Database) -> Database:
    """A town of four hundred, one of whom is 97 years old."""

    def fill(tx: Transaction) -> None:
        loaded = load(FLOW, "barrio.yaml")
        assert loaded.flow is not None, loaded.problems
        version = loaded.flow.version
        tx.write(*insert("flow_version", version=version, flow="barrio", content=loaded.content, created_at=0))
        tx.write(*insert("flow", id="barrio", state="open", version=version, updated_at=0))
        for result in crowd():
            put(tx, result)

    database.transaction_now(fill)
    return database


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    return Wanted("barrio", "csv", tmp_path / "out", Selection(), NOW, languages()["es"], languages())


def published(database: Database, wanted: Wanted, **changed: Any) -> tuple[Published, dict[str, str]]:
    done = database.read_now(lambda c: write_package(c, wanted, replace(Publishing("Municipio de Pastaza"), **changed)))
    with zipfile.ZipFile(done.exported.files[0].path) as archive:
        return done, {name: archive.read(name).decode() for name in archive.namelist()}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_frictionless_finds_it_valid(town: Database, wanted: Wanted, tmp_path: Path):
    def code(tx: Transaction) -> None:
        book, _ = read_codebook(b"codebook: b\nthemes: {agua: {label: Agua, definition: x}}\n", "b.yaml")
        assert book is not None
        staff.add(tx, 1, email="eva@puyo.ec", name="Eva", role="officer", now=0)
        rows = tx.all(Statement("SELECT conversation_id, sequence FROM answer WHERE step = 'idea' ORDER BY 1 LIMIT 90"))
        for place, row in enumerate(rows):
            codes = ["agua"] if place else []
            of = themes.AnswerKey(*row)
            themes.code(tx, town.identifiers, of, flow="barrio", step="idea", themes=codes, staff_id=1, book=book, now=0)

    town.transaction_now(code)
    assert "themes" not in published(town, wanted, by="canton")[1]["answers.csv"]
    done, files = published(town, replace(wanted, force=True), by="canton", texts=("idea",))
    fields_ = json.loads(files["datapackage.json"])["resources"][0]["schema"]["fields"]
    assert [one["title"] for one in fields_ if one["name"] == "idea_themes"] == [
        f"Temas – {next(one['title'] for one in fields_ if one['name'] == 'idea')}"
    ]
    assert {row["idea_themes"] for row in table(files["answers.csv"])} == {"", "agua", "none"}
    with zipfile.ZipFile(done.exported.files[0].path) as archive:
        archive.extractall(tmp_path / "package")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of another's package
        import frictionless

        report = frictionless.validate(str(tmp_path / "package" / "datapackage.json"))
        broken = files["answers.csv"].replace("puyo", "quito")
        (tmp_path / "package" / "answers.csv").write_text(broken, encoding="utf-8", newline="")
        again = frictionless.validate(str(tmp_path / "package" / "datapackage.json"))

    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])[:5]
    assert not again.valid, "it would find a mistake"


def test_nobody_stands_alone_and_nothing_names_them(town: Database, wanted: Wanted):
    done, files = published(town, wanted)
    rows = table(files["answers.csv"])
    groups = Counter((row["canton"], row["edad"], row["lugar/lat"], row["lugar/lon"]) for row in rows)

    assert len(rows) == done.people and done.rows
    assert min(groups.values()) >= 5
    assert not [name for name in rows[0] if name in ("zona", "nombre", "voto", "idea", "receipt", "started_at", "channel")]
    assert all("97" not in row["edad"] and "90-99" not in row["edad"] for row in rows)
    for words in ("María", "La Merced", "RECEIPT", "idea 1", "-78.00456"):
        assert not [name for name, content in files.items() if words in content]


def test_counts_show_no_small_cell_and_fit_the_rows(town: Database, wanted: Wanted):
    _, files = published(town, wanted, by="canton")
    counts, rows = table(files["counts.csv"]), table(files["answers.csv"])
    shown = [int(row["count"]) for row in counts if row["count"] not in ("[hidden]", "")]

    assert not [count for count in shown if 0 < count < 5]
    for row in counts:
        if row["question"] == "obra" and row["group"] == "puyo" and row["count"] != "[hidden]":
            works = row["option"].split("+")
            assert int(row["count"]) == sum(1 for one in rows if one["canton"] == "puyo" and one["obra"] in works)
    assert {row["group_question"] for row in counts} == {"canton"}


def test_counts_alone(town: Database, wanted: Wanted):
    done, files = published(town, wanted, rows=False)
    counts = {(row["question"], row["option"]): row["count"] for row in table(files["counts.csv"])}

    assert not done.rows and "answers.csv" not in files
    assert done.people == 400
    assert int(counts["obra", "agua"]) == sum(
        1 for one in crowd() if any(a.step == "obra" and a.value == "agua" for a in one.journal)
    )
    assert not [1 for question, _ in counts if question in ("voto", "nombre", "zona", "idea")]


def test_a_text_goes_out_only_when_it_was_released_and_as_no_formula(town: Database, wanted: Wanted):
    _, files = published(town, wanted, texts=("idea",))

    assert table(files["answers.csv"])[0]["idea"].startswith("'=idea")
    for step in ("nombre", "zona", "voto", "nada"):
        with pytest.raises(ExportRefused) as refused:
            published(town, wanted, texts=(step,))
        assert refused.value.key == "export.not_released"


def test_what_is_personal_in_a_released_text_is_hidden_and_voice_keeps_its_place(town: Database, wanted: Wanted):
    voice = {
        "kind": "audio",
        "reference": "a" * 32,
        "content_type": "audio/ogg",
        "sha256": "b" * 64,
        "size": 9,
        "name": "",
        "caption": "",
    }
    told = "Mi cédula es 1710034065, mi correo ana@puyo.ec"
    ages = [said("edad", "integer", empty="refused"), *[said("edad", "integer", empty="skipped")] * 9]
    extra = [
        talk(flow(FLOW), said("canton", "select_one", "loja"), age, said("idea", "text", told if n else voice), number=900 + n)
        for n, age in enumerate(ages)
    ]

    def come(tx: Transaction) -> None:
        for one in extra:
            put(tx, one)

    town.transaction_now(come)
    done, files = published(town, wanted, texts=("idea",))
    rows = table(files["answers.csv"])

    assert "1710034065" not in files["answers.csv"] and "ana@puyo.ec" not in files["answers.csv"]
    assert [row["idea"] for row in rows].count("[audio]") == 1 and not [row for row in rows if None in row]
    assert min(Counter((row["canton"], row["edad"], row["lugar/lat"], row["lugar/lon"]) for row in rows).values()) >= 5
    assert done.people == 410, "nobody is left over"


@pytest.mark.parametrize("by", ["voto", "edad", "temas", "idea", "nombre", "nada", "channel"])
def test_what_counts_cannot_be_told_by(town: Database, wanted: Wanted, by: str):
    with pytest.raises(FilterError):
        published(town, wanted, by=by)


def test_of_a_handful_nothing_is_published(town: Database, wanted: Wanted):
    with pytest.raises(ExportRefused) as refused:
        published(town, replace(wanted, where=("edad=97",)))
    assert refused.value.key == "export.too_few"
    assert not wanted.folder.exists() or not list(wanted.folder.iterdir())


def test_the_record_says_what_it_is(town: Database, wanted: Wanted):
    _, files = published(town, wanted)
    package, record = json.loads(files["datapackage.json"]), json.loads(files["dcat.jsonld"])

    assert package["$schema"].endswith("/2.0/datapackage.json")
    assert "no es una muestra al azar" in package["description"]
    assert package["resources"][0]["schema"]["fields"][0]["categories"][0] == {"value": "puyo", "label": "Puyo"}
    assert record["@type"] == "dcat:Dataset" and record["dct:publisher"]["foaf:name"] == "Municipio de Pastaza"
    assert record["dct:temporal"]["dcat:startDate"]["@value"] == "2026-11-20"
    assert [one["spdx:checksum"]["spdx:checksumValue"] for one in record["dcat:distribution"]] == [
        one["hash"].removeprefix("sha256:") for one in package["resources"]
    ]


def test_the_record_says_where_it_is_and_whether_more_comes(town: Database, wanted: Wanted):
    page = "https://minga.gob.ec/resultados/barrio"

    def record(**changed: Any) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(published(town, replace(wanted, force=True), **changed)[1]["dcat.jsonld"])
        return found

    nowhere, there = record(), record(page=page, download=f"{page}/datos.zip")
    town.transaction_now(lambda tx: flows.set_state(tx, "barrio", "closed", 1))

    assert "dcat:accessURL" not in nowhere["dcat:distribution"][0] and "dcat:downloadURL" not in nowhere["dcat:distribution"][0]
    assert {one["dcat:accessURL"]["@id"] for one in there["dcat:distribution"]} == {page}
    assert {one["dcat:downloadURL"]["@id"] for one in there["dcat:distribution"]} == {f"{page}/datos.zip"}
    assert there["dct:accrualPeriodicity"]["@id"].endswith("/frequency/IRREG")
    assert record()["dct:accrualPeriodicity"]["@id"].endswith("/frequency/NEVER")


def test_a_package_with_tests_in_it_says_so(town: Database, wanted: Wanted):
    _, files = published(town, replace(wanted, selection=Selection(test=True)))

    assert json.loads(files["datapackage.json"])["description"].startswith("DATOS DE PRUEBA")
