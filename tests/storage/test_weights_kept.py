"""Weights that are kept: raked anew at each look, of everybody, and told why where they no longer fit."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.reports.filters import FilterError
from bot.reports.margins import read_margins
from bot.reports.rows import ResultRow, Selection
from bot.reports.weights import Weighting, weigh
from storage import weights
from storage.database import Database
from storage.export import Wanted, read_layout, write_export
from storage.findings import Question, find
from storage.weights import Offered
from tests.reports.survey import NOW, languages
from tests.reports.test_weights import CENSUS, people, person, read, weighted
from tests.storage.test_export import fill
from tests.storage.test_results import put

OFFERED = Offered("censo.yaml", "yaml", CENSUS, 5.0, 5)


def kept(database: Database, offered: Offered = OFFERED, identifier: int = 1) -> Weighting:
    """Keeps these margins as the command does, and returns what raking gave."""
    selection = Selection()
    given = database.read_now(lambda c: weights.rake(c, "barrio", offered, read_layout(c, "barrio", selection), selection))
    database.transaction_now(lambda tx: weights.store(tx, identifier, "barrio", offered, given, staff=None, now=identifier))
    return given


def found(database: Database, *where: str, **options: Any) -> Any:
    return database.read_now(lambda c: find(c, Question("barrio", Selection(), NOW, where, **options)))


def shares(weighting: Weighting) -> list[float]:
    return [one.weighted for one in weighting.compared]


def numbered(talks: list[ResultRow], start: int = 1) -> list[ResultRow]:
    return [one._replace(conversation=n, receipt=f"RECEIPT{n:04}") for n, one in enumerate(talks, start)]


def test_every_look_is_weighted_by_what_is_kept_as_if_the_file_were_handed_in(database: Database):
    talks = numbered(people(200))
    database.transaction_now(lambda tx: fill(tx, talks))
    assert found(database).weighting is None
    kept(database)
    direct = weighted(talks, read())
    by_default = found(database).weighting
    assert dict(by_default.weights) == pytest.approx(dict(direct.weights), abs=1e-9)
    by_hand = found(database, margins=OFFERED.margins)
    assert by_hand.summary.questions == found(database).summary.questions
    assert found(database, stored=False).weighting is None

    stored = database.transaction_now(lambda tx: weights.in_use(tx, "barrio"))
    assert stored is not None
    assert (stored.source, stored.day, stored.sha256, stored.cap, stored.people) == (
        "INEC, Censo 2022", "2022-11-30", OFFERED.sha256, 5.0, direct.people,
    )  # fmt: skip
    assert stored.effect == pytest.approx(direct.effect)
    assert [one["weighted"] for one in stored.solution["compared"]] == pytest.approx(shares(direct))


def test_new_answers_are_raked_in_and_history_stays(sqlite_url: str):
    database = Database(sqlite_url)
    try:
        talks, later = numbered(people(200)), numbered([person("loja", 70) for _ in range(60)], 201)
        database.transaction_now(lambda tx: fill(tx, talks))
        before = kept(database)
        for one in later:
            database.transaction_now(partial(put, result=one, flow="barrio"))
        after = found(database).weighting
        assert after.people == before.people + 60
        assert shares(after) == pytest.approx([one.census for one in after.compared], abs=1e-6)
        narrowed = found(database, "canton=puyo")
        assert narrowed.weighting.weights == after.weights, "weights are of everybody, whatever a look is narrowed to"

        kept(database, replace(OFFERED, cap=3.0), identifier=2)
        first, second = reversed(database.transaction_now(lambda tx: weights.listed(tx, "barrio")))
        assert (first.people, first.ended_at, second.people, second.ended_at) == (before.people, 2, after.people, None)
        assert database.transaction_now(lambda tx: weights.end(tx, "barrio", staff=None, now=3))
        assert not database.transaction_now(lambda tx: weights.end(tx, "barrio", staff=None, now=4))
        assert found(database).weighting is None
    finally:
        database.close()


def test_what_no_longer_fits_is_told_and_the_look_is_had(sqlite_url: str):
    database = Database(sqlite_url)
    try:
        database.transaction_now(lambda tx: fill(tx, numbered(people(200))))
        kept(database)
        narrow = replace(OFFERED, least=10_000)
        database.transaction_now(
            lambda tx: weights.store(tx, 2, "barrio", narrow, weighted(people(200), read()), staff=None, now=2)
        )
        look = found(database)
        assert look.weighting is None
        assert (look.unweighted.key, look.unweighted.places["file"]) == ("weights.small", "censo.yaml")
        with pytest.raises(FilterError):
            kept(database, narrow, identifier=3)
    finally:
        database.close()


def test_the_census_that_ships_fits_the_flow_that_ships():
    from bot.engine.source import load
    from bot.reports.layout import lay_out
    from bot.reports.weights import Cells

    flows = Path(__file__).parents[2] / "flows"
    loaded = load((flows / "ciudades_abiertas.yaml").read_text(encoding="utf-8"), "ciudades_abiertas.yaml")
    assert loaded.flow is not None
    text = (flows / "margins" / "ciudades_abiertas.csv").read_text(encoding="utf-8")
    margins = read_margins(text, yaml_file=False, sha256="", layout=lay_out({loaded.flow.version: loaded.flow}, ()))
    (canton,) = margins.margins
    assert sum(canton.counts.values()) == 3_307_508
    assert set(canton.counts) == {"riobamba", "ibarra", "puyo", "guayaquil"}
    cells = Cells(margins)
    cells.people.update({(code,): 75 for code in canton.counts})
    # of four equal samples two thousand times as large as the smallest canton's share: the cap holds, and says so
    assert weigh(cells, margins).capped > 0


def table(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))


def test_exports_hold_the_weights_unless_they_are_not_wanted(sqlite_url: str, tmp_path: Path):
    database = Database(sqlite_url)
    try:
        talks = [*numbered(people(200)), *numbered([person("loja", None)], 201)]
        database.transaction_now(lambda tx: fill(tx, talks))
        kept(database)
        direct = found(database).weighting
        wanted = Wanted("barrio", "csv", tmp_path, Selection(), NOW, languages()["es"], languages(), weights=True)
        done = database.read_now(lambda c: write_export(c, wanted))
        wide = table(tmp_path / "barrio-wide.csv")
        given = [direct.of(talk, talk.latest()) for talk in talks]
        assert [float(row["weight"] or 0) for row in wide] == pytest.approx([one or 0 for one in given])
        assert wide[-1]["weight"] == "", "who said nothing that the margins have counts for nobody"
        book = table(tmp_path / "barrio-codebook.csv")
        assert [row["kind"] for row in book if row["column"] == "weight"] == ["column"]
        assert done.weights is not None

        without = database.read_now(lambda c: write_export(c, replace(wanted, weights=False, force=True)))
        assert without.weights is None
        assert "weight" not in (tmp_path / "barrio-wide.csv").read_text(encoding="utf-8").partition("\n")[0]
    finally:
        database.close()
