"""What staff say of free answers, on both databases: appended, counted beside the answers, gone with them."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.engine.source import load
from bot.reports.rows import Selection
from bot.reports.themes.codebook import Codebook, read_codebook
from storage import flows, staff, theme_lists, theme_streams, themes
from storage.database import Database
from storage.erasure import remove
from storage.export import Wanted, write_export
from storage.findings import Question, find
from storage.reading import Snapshot
from storage.statements import Statement, Transaction
from storage.themes import AnswerKey, CodingRefused
from tests.reports.survey import BEGAN, languages
from tests.reports.test_themes_coded import SURVEY
from tests.storage.people import NOW, insert
from tests.storage.test_results import put, said, talk

ANA, EVA = 1, 2
NOW_MS = round(NOW.timestamp() * 1_000)


def book(extra: str = "") -> Codebook:
    text = "codebook: barrio\nthemes:\n" + "".join(
        f"  {code}: {{label: {{es: {code.title()}, en: {code}}}, definition: {{es: x, en: x}}, words: [{code}]}}\n"
        for code in ["agua", "vias", *extra.split()]
    )
    found, problems = read_codebook(text.encode(), "barrio.yaml")
    assert found is not None, problems
    return found


@pytest.fixture
def town(database: Database) -> Database:
    """Three people answered; the first of them is known, and corrected their answer once."""
    loaded = load(SURVEY, "barrio.yaml")
    flow = loaded.flow
    assert flow is not None

    def fill(tx: Transaction) -> None:
        flows.open_flow(tx, "barrio", flow.version, loaded.content, 0)
        for identifier, name in ((ANA, "ana"), (EVA, "eva")):
            staff.add(tx, identifier, email=f"{name}@puyo.ec", name=name, role="coordinator", now=0)
        tx.write(*insert("contact", id=1, language="es", test=False, clock_offset=0, lobby="", lobby_prompt_id=None,
            stopped_at=None, created_at=0))  # fmt: skip
        first = [said("idea", "agua sucia"), said("idea", "agua y vías")]
        for number, journal in enumerate((first, [said("idea", "vías")], [said("idea", "nada")]), 1):
            put(tx, talk(number, *journal, version=flow.version, began=BEGAN - number))
        tx.write(Statement("UPDATE conversation SET contact_id = 1 WHERE id = 1"), ())

    database.transaction_now(fill)
    return database


def coded(town: Database, answer: tuple[int, int], *codes: str, by: int = ANA, **options: Any) -> None:
    options = {"themes": codes, "book": book(), "now": NOW_MS, **options}
    town.transaction_now(
        lambda tx: themes.code(
            tx, town.identifiers, AnswerKey(*answer), flow="barrio", step="idea", staff_id=by, **options
        )
    )  # fmt: skip


def quoted(town: Database, answer: tuple[int, int], text: str) -> None:
    key = AnswerKey(*answer)

    def work(tx: Transaction) -> None:
        themes.quote(tx, town.identifiers, key, flow="barrio", step="idea", text=text, staff_id=ANA, now=NOW_MS)
        row = themes.quote_of(tx, key)
        assert row is not None
        assert themes.release(tx, row, staff_id=EVA, now=NOW_MS + 1)
        assert not themes.release(tx, row._replace(chosen_at=1), staff_id=EVA, now=NOW_MS + 1)

    town.transaction_now(work)


def found(town: Database) -> Any:
    asked = Question("barrio", Selection(), NOW)
    return town.read_now(lambda connection: find(connection, asked)).coded


def test_codings_are_counted_beside_the_answers_and_the_latest_of_each_person_is_taken(town: Database):
    assert found(town) == {}
    coded(town, (1, 2), "agua", "vias")
    coded(town, (2, 1), "agua")
    coded(town, (2, 1), "vias")
    coded(town, (2, 1), "vias", by=EVA)
    coded(town, (3, 1), "agua", by=EVA)
    coded(town, (3, 1), by=EVA, themes=None)
    quoted(town, (1, 2), "agua […] vías")

    idea = found(town)["idea"]
    assert [(one.code, one.label["en"], one.part.count) for one in idea.themes] == [("vias", "vias", 2), ("agua", "agua", 1)]
    assert (idea.answered, idea.coded, idea.uncoded.count, idea.coders, idea.doubly) == (3, 2, 1, 2, 1)
    assert [(one.text, one.themes) for one in idea.quotes] == [("agua […] vías", ("agua", "vias"))]
    assert town.read_now(lambda connection: len(list(theme_streams.stream(connection, "barrio")))) == 2


def test_a_corrected_answer_is_to_be_coded_again(town: Database):
    with pytest.raises(CodingRefused):
        coded(town, (1, 1), "agua")
    with pytest.raises(CodingRefused):
        coded(town, (9, 1), "agua")
    coded(town, (3, 1), "agua")
    town.transaction_now(lambda tx: tx.write(*insert("answer", conversation_id=3, sequence=2, step="idea", type="text",
        instance="", raw="", value='"otra"', empty=None, reason="", comment="", language="es", channel="telegram", tries=0,
        at=0)))  # fmt: skip

    assert "idea" not in found(town)


def test_a_changed_book_keeps_the_words_of_the_former(town: Database):
    coded(town, (1, 2), "agua", "vias")
    coded(town, (2, 1), "mercado", book=book("mercado"), now=NOW_MS + 1)

    idea = found(town)["idea"]
    assert {one.code: one.label["es"] for one in idea.themes} == {"agua": "Agua", "vias": "Vias", "mercado": "Mercado"}


def test_nothing_of_it_outlives_the_answer(town: Database):
    coded(town, (1, 2), "agua")
    coded(town, (1, 2), "agua", settled=True)
    quoted(town, (1, 2), "agua y vías")
    coded(town, (2, 1), "vias")
    town.transaction_now(lambda tx: remove(tx, 1, now=NOW + timedelta(days=1)))

    left = town.transaction_now(lambda tx: tx.all(Statement("SELECT conversation_id FROM coding")))
    assert left == [(2,)]
    assert town.transaction_now(lambda tx: tx.all(Statement("SELECT text FROM quote"))) == []


def test_the_lists_of_the_desk(town: Database):
    coded(town, (1, 2), "agua")
    coded(town, (1, 2), "vias", by=EVA)
    coded(town, (2, 1), "vias", by=EVA)
    quoted(town, (2, 1), "vías")

    def look(tx: Transaction) -> None:
        def listed(**options: Any) -> list[int]:
            rows = theme_lists.page(tx, "barrio", "idea", **{"staff_id": ANA, "limit": 9, **options})
            return [one.answer.conversation for one in rows]

        lists = {which: listed(which=which, blind=False) for which in theme_lists.WHICH}
        assert lists == {"new": [3], "second": [2], "mine": [1], "differ": [1], "quoted": [2], "all": [3, 2, 1]}
        found = theme_lists.counts(tx, "barrio", "idea", staff_id=ANA, blind=False)
        assert found == {which: len(rows) for which, rows in lists.items()}
        assert listed(which="differ", staff_id=3) == []  # who coded neither and decides nothing
        assert (listed(which="mine", theme="agua"), listed(which="mine", theme="a_ua")) == ([1], [])
        assert listed(which="all", limit=2) == [3, 2]
        (_, second), (first, *_) = (theme_lists.page(tx, "barrio", "idea", which="all", staff_id=ANA, limit=n) for n in (2, 1))
        assert listed(which="all", after=second.place) == [1]
        assert listed(which="all", before=second.place) == [3]
        assert listed(which="all", after=first.place, limit=1) == [2]
        progress = theme_lists.progress(tx, "barrio", ANA)
        assert progress == {"idea": (3, 2, 1, 1, 1)}

    town.read_now(lambda connection: look(Snapshot(connection)))


def test_an_export_has_a_column_of_themes_and_says_what_they_mean(town: Database, tmp_path: Path):
    def exported(form: Any) -> Any:
        wanted = Wanted("barrio", form, tmp_path / form, Selection(), NOW, languages()["es"], languages())
        town.read_now(lambda connection: write_export(connection, wanted))
        return tmp_path / form

    before = (exported("csv") / "barrio-wide.csv").read_text(encoding="utf-8")
    assert "themes" not in before
    coded(town, (1, 2), "vias", "agua")
    coded(town, (2, 1))
    coded(town, (1, 2), "agua", by=EVA)
    (tmp_path / "csv").rename(tmp_path / "before")

    rows = list(csv.DictReader((exported("csv") / "barrio-wide.csv").read_text(encoding="utf-8").splitlines()))
    assert sorted((row["idea"], row["idea_themes"]) for row in rows) == [("agua y vías", "agua"), ("nada", ""), ("vías", "none")]
    book = list(csv.DictReader((tmp_path / "csv" / "barrio-codebook.csv").read_text(encoding="utf-8").splitlines()))
    told = [(row["kind"], row["code"], row["label_es"][:7]) for row in book if row["column"] == "idea_themes"]
    assert told == [
        ("part", "", "los tem"),
        ("choice", "agua", "Agua"),
        ("choice", "vias", "Vias"),
        ("choice", "none", "Sin tem"),
    ]
    lines = (exported("jsonl") / "barrio-wide.jsonl").read_text(encoding="utf-8").splitlines()
    assert [orjson.loads(line)["themes"] for line in lines] == [{}, {"idea_themes": []}, {"idea_themes": ["agua"]}]


def test_the_last_word_of_somebody_is_found_to_be_taken_back(town: Database):
    coded(town, (1, 2), "agua")
    coded(town, (2, 1), "vias")
    last = town.transaction_now(lambda tx: themes.newest(tx, "barrio", "idea", ANA))
    assert last.answer == (2, 1)
    coded(town, last.answer, themes=None)
    again = town.transaction_now(lambda tx: themes.newest(tx, "barrio", "idea", ANA))
    assert (again.answer, again.themes) == ((1, 2), ("agua",))


def test_what_ships_is_a_book_without_mistakes():
    file = Path(__file__).parents[2] / "themes" / "municipal.yaml"
    shipped, problems = read_codebook(file.read_bytes(), str(file))
    assert problems == ()
    assert shipped is not None and len(shipped.themes) > 20
