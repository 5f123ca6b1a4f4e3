"""What stands in the wide table, the long table and the codebook."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.reports import codebook
from bot.reports.counts import Counts
from bot.reports.long import HEADER, Long
from bot.reports.rows import ResultRow, local
from bot.reports.wide import Wide
from tests.reports.survey import ECUADOR, FIRST, SECOND, conversations, flow, languages, layout, said, talk


def wide(results: list[ResultRow]) -> list[dict[str, Any]]:
    """The wide table, without its empty cells."""
    table = Wide(layout(results), ECUADOR)
    rows = [table.row(number, result, result.latest()) for number, result in enumerate(results, 1)]
    return [{name: cell for name, cell in zip(table.header, row, strict=True) if cell is not None} for row in rows]


def long(results: list[ResultRow]) -> list[dict[str, Any]]:
    """The long table, without its empty cells."""
    table = Long(layout(results), ECUADOR)
    rows = [row for number, result in enumerate(results, 1) for row in table.rows(number, result, result.latest())]
    return [{name: cell for name, cell in zip(HEADER, row, strict=True) if cell is not None} for row in rows]


def test_times_are_those_of_the_zone_whenever_its_clock_changes() -> None:
    chance = random.Random(3)
    # by quarters of an hour from UTC, by other minutes and seconds; changing at the full hour, and once in its midst
    zones = [ECUADOR, UTC, *map(ZoneInfo, ("Asia/Kathmandu", "Europe/Madrid", "America/Caracas")), timezone(timedelta(minutes=7))]
    changes = [1_774_746_000_000, 1_793_494_800_000, 1_462_084_200_000]
    ats = [change + chance.randint(-2_000_000, 2_000_000) for change in changes for _ in range(100)]
    for zone in zones:
        for at in (*changes, *ats, -1, 0, 999):
            told = datetime.fromtimestamp(at // 1_000, UTC).astimezone(zone).isoformat(timespec="seconds")
            assert local(at, zone) == told


def book(results: list[ResultRow]) -> list[dict[str, Any]]:
    """The codebook, without its empty cells."""
    laid, counts = layout(results), Counts()
    for result in results:
        counts.add(result, result.latest())
    names = codebook.header(laid)
    rows = list(codebook.rows(laid, counts, languages()))
    return [{name: cell for name, cell in zip(names, row, strict=True) if cell is not None} for row in rows]


def questions(rows: list[dict[str, Any]], step: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["kind"] == "question" and row["step"] == step]


def test_a_whole_conversation_as_a_row():
    row = wide(conversations())[1]

    assert row == {
        "receipt": "RECEIPT002",
        "row": 2,
        "status": "completed",
        "test": 0,
        "language": "es",
        "channel": "telegram",
        "started_at": "2026-11-20T10:00:00-05:00",
        "ended_at": "2026-11-20T10:05:00-05:00",
        "version": flow(SECOND).version[:12],
        "canton": "puyo",
        "canton_comment": "vivo cerca del río",
        "edad__integer": 34,
        "idea": 'Más árboles:\n- ñandú, "comillas"; fin',
        "temas": "agua other",
        "temas/agua": 1,
        "temas/luz": 0,
        "temas/other": 1,
        "temas_other": "-2+3",
        "obras": "via luz parque",
        "obras/1": "via",
        "obras/2": "luz",
        "obras/3": "parque",
        "nota": 4,
        "desde": "2020-02-29",
        "lugar": "geo:-1.49,-78.0;u=12.5",
        "lugar/lat": -1.49,
        "lugar/lon": -78.0,
        "lugar/accuracy": 12.5,
        "foto": "c" * 32,
        "foto/sha256": "d" * 64,
        "foto_comment": "mi calle",
        "anios_1": 5,
        "anios_2": -7,
        "nombre": "[withheld]",
        "zona": "La Merced",
        "celular": "[withheld]",
        "saludo": "[withheld]",
        "grupo": "adulto",
        "acepto": 1,
    }


def test_skipped_refused_and_not_asked_are_three_things():
    row = wide(conversations())[2]

    assert row["edad__integer"] == "[refused]"
    assert row["obras"] == "[skipped]"
    assert "temas" not in row, "a correction made it irrelevant: not asked"
    assert "temas/luz" not in row, "not asked is no 0"
    assert "obras/1" not in row
    assert "saludo" not in row, "nothing was computed"


def test_none_of_the_choices_is_an_answer():
    row = wide(conversations())[3]

    assert row["temas"] == "[none]"
    assert [row[f"temas/{code}"] for code in ("agua", "luz", "other")] == [0, 0, 0]


def test_a_text_that_reads_like_a_code_is_told_from_it():
    assert wide(conversations())[3]["idea"] == "'[skipped]"


def test_an_attachment_where_a_text_is_asked_and_the_other_way_round():
    row = wide(conversations())[2]

    assert (row["idea"], row["idea/file"], row["idea/sha256"]) == ("[audio]", "a" * 32, "b" * 64)
    assert (row["foto"], row["foto/text"]) == ("[text]", "no tengo foto")
    assert (row["lugar"], row["lugar/place"]) == ("160150", "160150")
    assert "lugar/lat" not in row


def test_the_latest_word_counts():
    assert wide(conversations())[2]["canton"] == "other"


def test_nothing_tells_who_somebody_is():
    results = conversations()
    table = Wide(layout(results), ECUADOR)
    documents = [table.document(number, result, result.latest()) for number, result in enumerate(results, 1)]
    listed = Long(layout(results), ECUADOR)
    data = [
        document for number, result in enumerate(results, 1) for document in listed.documents(number, result, result.latest())
    ]
    everything = orjson.dumps([wide(results), long(results), book(results), documents, data]).decode()

    assert "La Merced" in everything, "what is coarsened when published may be read by staff"
    assert "María" not in everything
    assert "+593" not in everything


def test_what_was_said_beside_a_withheld_answer_is_withheld_too():
    results = [talk(flow(SECOND), said("nombre", "text", None, empty="refused", comment="soy Ana")), *conversations()]

    assert "Ana" not in orjson.dumps([wide(results), long(results)]).decode()


def test_every_answer_has_a_row_in_the_long_table():
    rows = long(conversations())
    third = [row for row in rows if row["row"] == 3]

    assert [(row["step"], row.get("value"), row.get("empty")) for row in third] == [
        ("canton", "other", None),
        ("canton_other", "Tena", None),
        ("edad", None, "refused"),
        ("idea", "a" * 32, None),
        ("obras", None, "skipped"),
        ("lugar", "160150", None),
        ("foto", "no tengo foto", None),
        ("nombre", None, "refused"),
        ("celular", None, "skipped"),
    ]
    assert [row.get("reason") for row in third if "reason" in row] == ["not_understood", "consent"]
    assert [(row["instance"], row["value"]) for row in rows if row["step"] == "anios"] == [("1", 5), ("2", -7)]
    assert rows[0]["answered_at"] == "2026-11-20T10:01:00-05:00"
    assert next(row for row in rows if row["step"] == "idea" and row["row"] == 3)["sha256"] == "b" * 64


def test_the_codebook_counts_each_version_apart():
    rows = book(conversations())
    old, new = flow(FIRST).version[:12], flow(SECOND).version[:12]

    assert [(row["version"], row["conversations"]) for row in rows if row["kind"] == "version"] == [(old, 1), (new, 3)]
    assert [
        (row["version"], row["column"], row["type"], row["answered"], row["skipped"], row["refused"], row["not_asked"])
        for row in questions(rows, "edad")
    ] == [(old, "edad", "text", 1, 0, 0, 0), (new, "edad__integer", "integer", 2, 0, 1, 0)]
    obras = questions(rows, "obras")[0]
    assert (obras["answered"], obras["skipped"], obras["refused"], obras["not_asked"]) == (1, 1, 0, 1)
    assert questions(rows, "anios")[0]["not_asked"] == 2
    assert questions(rows, "anios")[0]["repeat"] == "hogar"
    assert questions(rows, "anios")[0]["column"] == "anios_1 … anios_2"


def test_the_codebook_tells_labels_choices_and_conditions():
    rows = book(conversations())
    choices = [row for row in rows if row["kind"] == "choice" and row["step"] == "temas"]
    temas, nombre = questions(rows, "temas")[0], questions(rows, "nombre")[0]

    assert [(row["column"], row["code"], row["label_es"], row["label_en"], row["answered"]) for row in choices] == [
        ("temas/agua", "agua", "Agua", "Water", 1),
        ("temas/luz", "luz", "Luz", "Light", 0),
        ("temas/other", "other", "Otra respuesta", "Another answer", 1),
    ]
    assert temas["relevant"] == "(${canton} != 'loja') and (${edad} != '')"
    assert temas["required"] == 0
    assert questions(rows, "canton")[0]["required"] == 1
    assert questions(rows, "canton_other")[0]["relevant"] == "selected(${canton}, 'other')"
    assert nombre["withheld"] == 1
    assert questions(rows, "idea")[0]["label_es"] == "¿Qué cambiarías en ${canton}?"


def test_every_column_of_the_wide_table_is_in_the_codebook():
    results = conversations()
    told = {row["column"] for row in book(results) if "column" in row}
    ends = {name for column in told for name in column.split(" … ")}

    assert set(layout(results).columns()) <= ends


def test_as_data_answers_keep_their_types():
    results = conversations()
    table = Wide(layout(results), ECUADOR)
    second, third = (table.document(number, results[number - 1], results[number - 1].latest()) for number in (2, 3))
    answers: Any = second["answers"]

    assert answers["temas"] == ["agua", "other"]
    assert answers["anios"] == {"1": 5, "2": -7}
    assert answers["acepto"] is True
    assert answers["lugar"] == {"lat": -1.49, "lon": -78.0, "accuracy": 12.5, "place": None}
    assert answers["foto"] == {"kind": "image", "reference": "c" * 32, "content_type": "image/png", "sha256": "d" * 64, "size": 9}
    assert second["comments"] == {"canton": "vivo cerca del río", "foto": "mi calle"}
    assert second["empty"] == {"nombre": "withheld", "celular": "withheld", "saludo": "withheld"}
    assert third["empty"] == {"edad__integer": "refused", "obras": "skipped", "nombre": "refused", "celular": "skipped"}
