"""Exports for statistics programs, maps and attachments, read back by the programs' own readers."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pyreadstat
import pytest

from bot.reports.layout import META
from bot.reports.rows import Condition, Filter, Selection
from bot.reports.typed import REFUSE, SKIP, short_names
from bot.reports.wide import Style
from bot.vocabulary import Media
from storage.attachments import Attachments
from storage.database import Database
from storage.export import Exported, ExportRefused, Wanted, write_export
from storage.export_profiles import ProfileRefused, load, save
from storage.further_export import Further, write_further
from tests.reports.survey import NOW, conversations, languages
from tests.storage.test_export import fill, read


@pytest.fixture
def town(database: Database) -> Database:
    """The survey with its four conversations."""
    database.transaction_now(lambda tx: fill(tx, conversations()))
    return database


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    return Wanted("barrio", "csv", tmp_path / "out", Selection(), NOW, languages()["es"], languages())


def written(database: Database, wanted: Wanted, form: Further, attachments: Attachments | None = None) -> Exported:
    return database.read_now(lambda connection: write_further(connection, wanted, form, attachments))


@pytest.mark.parametrize(("form", "reader"), [("sav", pyreadstat.read_sav), ("dta", pyreadstat.read_dta)])
def test_statistics_programs_get_numbers_labels_and_why_there_is_none(
    town: Database, wanted: Wanted, form: Further, reader: Callable[..., tuple[Any, Any]]
):
    (file,) = written(town, wanted, form).files
    frame, meta = reader(str(file.path), output_format="polars", user_missing=True)
    rows = frame.to_dicts()

    assert file.rows == {"wide": 4} and len(rows) == 4
    assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256
    labels = meta.variable_value_labels["canton"]
    assert [labels[row["canton"]] for row in rows] == ["Ibarra", "Puyo", "Otra respuesta", "Loja"]
    assert meta.column_names_to_labels["canton"] == "¿En qué cantón vives?"
    skip, refuse = ("a", "b") if form == "dta" else (SKIP, REFUSE)
    assert [row["edad__integer"] for row in rows] == [None, 34, refuse, 20]
    means = reader(str(file.path), output_format="polars")[0]["edad__integer"].to_list()
    assert means == [None, 34, None, 20], "what is missing is no number to reckon with"
    assert [row["obras"] for row in rows][2] == "[skipped]" and rows[1]["temas_agua"] == 1 and rows[1]["temas_luz"] == 0
    assert meta.variable_value_labels["edad__integer"] == {skip: "[skipped]", refuse: "[refused]"}
    assert not [value for row in rows for value in row.values() if "María" in str(value) or "+593" in str(value)]


def test_a_label_too_long_is_cut_at_a_letter_and_told(town: Database, wanted: Wanted, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("storage.further_export.LABEL_BYTES", {"sav": 18})
    done = written(town, wanted, "sav")
    _, meta = pyreadstat.read_sav(str(done.files[0].path), output_format="polars")

    assert done.cut > 0
    assert meta.column_names_to_labels["canton"] == "¿En qué cant…"


def test_parquet(town: Database, wanted: Wanted):
    (file,) = written(town, wanted, "parquet").files
    frame = pl.read_parquet(file.path)

    assert frame["canton"].to_list() == ["ibarra", "puyo", "other", "loja"]
    assert frame["edad__integer"].to_list() == [None, 34, None, 20]
    types = {
        name: frame.schema[name] for name in ("edad__integer", "row", "nota", "temas/agua", "desde", "started_at", "lugar/lat")
    }
    assert types == {
        "edad__integer": pl.Int64,
        "row": pl.Int64,
        "nota": pl.Int64,
        "temas/agua": pl.Int64,
        "desde": pl.Date,
        "started_at": pl.Datetime("us", "America/Guayaquil"),
        "lugar/lat": pl.Float64,
    }
    assert [day.isoformat() for day in frame["desde"] if day is not None] == ["2020-02-29"]
    assert frame["started_at"][1].isoformat() == "2026-11-20T10:00:00-05:00"
    assert frame["edad__integer__empty"].to_list() == [None, None, "refused", None]
    assert frame["idea"][0] == '=HYPERLINK("http://x")', "no spreadsheet opens it, so text is as it is"


@pytest.mark.parametrize("form", ["sav", "dta", "parquet"])
def test_choices_of_several_stand_as_they_are_asked_for(town: Database, wanted: Wanted, form: Further):
    names = {}
    for multi in ("one", "split", "both"):
        (file,) = written(town, replace(wanted, style=Style(multi), force=True), form).files
        read_ = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}.get(form)
        columns = (
            pl.read_parquet(file.path).columns if read_ is None else read_(str(file.path), output_format="polars")[0].columns
        )
        names[multi] = [name.replace("/", "_") for name in columns if name in ("temas", "temas/agua", "temas_agua")]

    assert names == {"one": ["temas"], "split": ["temas_agua"], "both": ["temas", "temas_agua"]}


@pytest.mark.parametrize(
    ("code", "receipt", "place"), [("es", "Comprobante", "Latitud – ¿Dónde?"), ("en", "Receipt", "Latitude – Where?")]
)
def test_what_is_no_question_is_told_in_words(town: Database, wanted: Wanted, code: str, receipt: str, place: str):
    done = written(town, replace(wanted, style=Style(labels=code)), "sav")
    labels = pyreadstat.read_sav(str(done.files[0].path), output_format="polars")[1].column_names_to_labels

    assert (labels["receipt"], labels["lugar_lat"]) == (receipt, place)
    assert not [name for name in labels if labels[name] == name and name in META]


def test_geojson(town: Database, wanted: Wanted):
    (file,) = written(town, wanted, "geojson").files
    found = orjson.loads(file.path.read_bytes())
    (feature,) = found["features"]

    assert file.rows == {"points": 1}
    assert feature["geometry"] == {"type": "Point", "coordinates": [-78.0, -1.49]}
    assert feature["properties"]["question"] == "lugar" and feature["properties"]["canton"] == "puyo"
    assert "María" not in file.path.read_text(encoding="utf-8") and "La Merced" not in file.path.read_text(encoding="utf-8")


def test_a_map_of_nobody_is_still_geojson(town: Database, wanted: Wanted):
    none = replace(wanted, selection=Selection(only=Filter((Condition("canton", ("loja",)),))))
    (file,) = written(town, none, "geojson").files

    assert orjson.loads(file.path.read_bytes()) == {"type": "FeatureCollection", "features": []}


def test_media(database: Database, wanted: Wanted, tmp_path: Path):
    attachments = Attachments(tmp_path / "attachments")
    kept = attachments.keep(b"a picture", Media("image", "", "image/png", "", 0, "María.png"))
    gone = conversations()[2]
    row = conversations()[1]
    photo = {"kind": "image", "reference": kept.reference, "content_type": "image/png", "sha256": kept.sha256, "size": 9}
    journal = [one._replace(value=photo) if one.step == "foto" else one for one in row.journal]
    database.transaction_now(lambda tx: fill(tx, [row._replace(journal=journal), gone]))
    done = written(database, wanted, "media", attachments)
    with zipfile.ZipFile(done.files[0].path) as archive:
        names = archive.namelist()
        index = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
        content = archive.read(index[0]["file"])

    assert names == [f"foto/000001-{kept.reference[:8]}.png", "index.csv"]
    assert hashlib.sha256(content).hexdigest() == index[0]["sha256"] == kept.sha256
    assert done.cut == 1, "a voice whose file is gone is told"
    assert "María" not in str(index)


def test_what_needs_an_extra_says_so(town: Database, wanted: Wanted, monkeypatch: pytest.MonkeyPatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(ExportRefused) as refused:
        written(town, wanted, "sav")
    assert (refused.value.key, refused.value.places["extra"]) == ("export.needs_extra", "stats")
    assert not list(wanted.folder.iterdir()), "nothing is left of it"


@pytest.mark.parametrize(
    ("style", "there", "missing"),
    [
        (Style(multi="one"), {"temas": "agua other"}, ["temas/agua"]),
        (Style(multi="split"), {"temas/agua": "1", "temas/luz": "0"}, ["temas"]),
        (Style(labels="en"), {"canton": "Puyo", "temas": "Water | other", "obras/1": "Road", "temas/agua": "1"}, []),
        (Style(labels="es", other="Otra respuesta"), {"temas": "Agua | Otra respuesta"}, []),
    ],
)
def test_choices_as_they_are_wanted(town: Database, wanted: Wanted, style: Style, there: dict[str, str], missing: list[str]):
    done = town.read_now(lambda connection: write_export(connection, replace(wanted, style=style, tables=("wide",))))
    rows = read(done.files[0].path)

    assert [file.path.name for file in done.files] == ["barrio-wide.csv"]
    assert {name: rows[1][name] for name in there} == there
    assert not [name for name in missing if name in rows[1]]
    assert rows[1]["temas_other"] == "'-2+3" and rows[1]["zona"] == "La Merced"


def test_labels_in_a_language_that_the_flow_has_not(town: Database, wanted: Wanted):
    with pytest.raises(ExportRefused) as refused:
        town.read_now(lambda connection: write_export(connection, replace(wanted, style=Style(labels="qu"))))
    assert (refused.value.key, refused.value.places["known"]) == ("export.no_language", "es, en")


def test_split_columns_still_tell_why_there_is_no_answer(database: Database, wanted: Wanted):
    row = conversations()[1]
    journal = [one._replace(value=None, empty="refused") if one.step == "temas" else one for one in row.journal]
    database.transaction_now(lambda tx: fill(tx, [row._replace(journal=journal)]))
    done = database.read_now(lambda c: write_export(c, replace(wanted, style=Style(multi="split"), tables=("wide",))))

    assert read(done.files[0].path)[0]["temas/agua"] == "[refused]"


def test_names_for_statistics_programs():
    long = "pregunta_con_un_nombre_larguisimo"
    names = short_names(["temas/agua", "temas_agua", "1a", "año", long + "_a", long + "_b"])

    assert names[:4] == ["temas_agua", "temas_agua_2", "v1a", "ano"]
    assert len({name.lower() for name in names}) == 6
    assert all(len(name) <= 32 and name.isascii() for name in names)


def test_a_profile_comes_back_as_it_was_saved(tmp_path: Path):
    save(tmp_path, "lunes", {"form": "csv", "where": ["canton=puyo"]})

    assert load(tmp_path, "lunes") == {"form": "csv", "where": ["canton=puyo"]}
    (tmp_path / "export-profiles" / "roto.json").write_text("{", encoding="utf-8")
    for name, key in (("martes", "export.no_profile"), ("../x", "export.profile_name"), ("roto", "export.profile_unreadable")):
        with pytest.raises(ProfileRefused) as refused:
            load(tmp_path, name)
        assert refused.value.key == key
