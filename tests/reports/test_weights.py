"""Margins from a file, and raking: against an independent implementation, by its properties, and where it cannot be done."""

from __future__ import annotations

import random
import warnings

import pytest

from bot.reports.margins import Margins, MarginsError, read_margins
from bot.reports.rows import ResultRow
from bot.reports.weights import Cells, RakingError, Weighting, weigh
from tests.reports.survey import SECOND, flow, layout, said, talk

CENSUS = """source: INEC, Censo 2022
date: 2022-11-30
margins:
  canton: {puyo: 300, Loja: 700}
  edad: {15-29: 450, 30-64: 400, 65+: 150}
"""
CSV = """question,category,count,source,date
canton,puyo,300,"INEC, Censo 2022",2022-11-30
canton,loja,700,,
edad,15-29,450,,
edad,30-64,400,,
edad,65+,150,,
"""


def read(text: str = CENSUS, *, yaml_file: bool = True) -> Margins:
    return read_margins(text, yaml_file=yaml_file, sha256="ab" * 32, layout=layout([], SECOND))


def person(canton: str, age: int | None, number: int = 1) -> ResultRow:
    answers = [said("canton", "select_one", canton)]
    if age is not None:
        answers.append(said("edad", "integer", age))
    return talk(flow(SECOND), *answers, number=number)


def people(count: int, seed: int = 7) -> list[ResultRow]:
    chance = random.Random(seed)
    return [
        person(
            chance.choices(["puyo", "loja"], [3, 1])[0],
            chance.choice([chance.randint(15, 29), chance.randint(15, 40), chance.randint(20, 90)]),
            number,
        )
        for number in range(count)
    ]


def weighted(results: list[ResultRow], margins: Margins, **options: float) -> Weighting:
    cells = Cells(margins)
    for result in results:
        cells.add(result, result.latest())
    return weigh(cells, margins, **options)  # type: ignore[arg-type]  # because the options are told apart by their names


def test_both_kinds_of_file_say_the_same():
    one, other = read(), read(CSV, yaml_file=False)

    assert (one.source, one.date.isoformat()) == (other.source, other.date.isoformat()) == ("INEC, Censo 2022", "2022-11-30")
    assert [dict(margin.counts) for margin in one.margins] == [dict(margin.counts) for margin in other.margins]
    assert dict(one.margins[0].counts) == {"puyo": 300, "loja": 700}, "a label stands for its choice"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_agrees_with_svy(seed: int):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of another's package
        polars, svy = pytest.importorskip("polars"), pytest.importorskip("svy")
        margins, results = read(), people(500, seed)
        ours = weighted(results, margins, cap=float("inf"))
        cells = [tuple(margin.of(one, one.latest()) for margin in margins.margins) for one in results]
        frame = polars.DataFrame({"canton": [c for c, _ in cells], "edad": [e for _, e in cells], "one": [1.0] * len(cells)})
        shares = {m.grouping.name: {c: n / sum(m.counts.values()) for c, n in m.counts.items()} for m in margins.margins}
        raked = svy.Sample(frame, svy.Design(wgt="one")).weighting.rake(shares=shares, tol=1e-12, max_iter=1_000)
    theirs = raked.data["rk_wgt"].to_list()

    assert max(abs(ours.weights[cell] - weight) for cell, weight in zip(cells, theirs, strict=True)) < 1e-6


def test_a_table_of_two_by_two_as_worked_by_hand():
    # without interaction in the sample, raking is done after one round: weight = (0.3/0.6) or (0.7/0.4) times (0.5/0.5)
    sample = [("puyo", 20), ("puyo", 50)] * 30 + [("loja", 20), ("loja", 50)] * 20
    results = [person(canton, age, number) for number, (canton, age) in enumerate(sample)]
    margins = read("source: s\ndate: 2022-01-01\nmargins:\n  canton: {puyo: 30, loja: 70}\n  edad: {15-29: 1, 30-64: 1}\n")
    done = weighted(results, margins)

    assert done.weights[("puyo", "15-29")] == pytest.approx(0.5)
    assert done.weights[("loja", "30-64")] == pytest.approx(1.75)
    assert done.effect == pytest.approx((60 * 0.25 + 40 * 1.75**2) / 100)
    assert [(one.code, one.people, one.sample, one.census) for one in done.compared[:2]] == [
        ("puyo", 60, 0.6, 0.3),
        ("loja", 40, 0.4, 0.7),
    ]
    assert [one.weighted for one in done.compared[:2]] == pytest.approx([0.3, 0.7])


def test_margins_are_met_and_the_mean_is_one():
    results = people(2_000)
    done = weighted(results, read(), cap=float("inf"))

    assert all(abs(one.census - one.weighted) < 1e-9 for one in done.compared)
    assert sum(done.of(one, one.latest()) or 0 for one in results) == pytest.approx(done.people)
    assert done.capped == 0


def test_the_cap_holds_and_says_whom_it_held():
    results = people(2_000)
    free, held = weighted(results, read(), cap=float("inf")), weighted(results, read(), cap=2.0)

    assert max(free.weights.values()) > 2
    assert max(held.weights.values()) <= 2.0001 and min(held.weights.values()) >= 0.4999
    assert held.capped > 0
    assert held.effect < free.effect
    assert sum(held.of(one, one.latest()) or 0 for one in results) == pytest.approx(held.people)


def test_who_lacks_a_margins_answer_has_no_weight():
    results = [*people(300), person("puyo", None, 301), person("other", 40, 302)]
    done = weighted(results, read())

    assert (done.people, done.outside) == (300, 2)
    assert done.of(results[-1], results[-1].latest()) is None


def test_a_category_of_few_is_refused():
    results = [one for one in people(200) if (one.journal[1].value or 0) < 65]  # type: ignore[operator]  # because ages are numbers

    with pytest.raises(RakingError) as refused:
        weighted(results, read())
    assert (refused.value.key, refused.value.places["categories"]) == ("weights.small", "65+")


def test_margins_that_no_weights_meet_are_refused():
    # all of puyo are young and all of loja old, so both margins would have to be the same
    results = [person("puyo", 20, n) for n in range(50)] + [person("loja", 50, n) for n in range(50)]
    margins = read("source: s\ndate: 2022-01-01\nmargins:\n  canton: {puyo: 30, loja: 70}\n  edad: {15-29: 60, 30-64: 40}\n")

    with pytest.raises(RakingError) as refused:
        weighted(results, margins)
    assert refused.value.key == "weights.diverges"


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        (CENSUS.replace("source: INEC, Censo 2022\n", ""), "margins.no_source", 1),
        (CENSUS.replace("2022-11-30", "noviembre"), "margins.no_date", 2),
        (CENSUS.replace("canton:", "pueblo:"), "margins.question", 4),
        (CENSUS.replace("canton: {puyo: 300, Loja: 700}", "nombre: {a: 1, b: 2}"), "margins.question", 4),
        (CENSUS.replace("canton: {puyo: 300, Loja: 700}", "temas: {agua: 1, luz: 2}"), "margins.type", 4),
        (CENSUS.replace("Loja", "Quito"), "margins.category", 4),
        (CENSUS.replace("Loja", "Puyo"), "margins.twice", 4),
        (CENSUS.replace("700", "-7"), "margins.count", 4),
        (CENSUS.replace("700", "muchas"), "margins.count", 4),
        (CENSUS.replace("700", "nan"), "margins.count", 4),
        (CENSUS.replace("65+", "mayores"), "margins.span", 5),
        (CENSUS.replace("65+", "60-90"), "margins.overlap", 5),
        (CENSUS.replace("{15-29: 450, 30-64: 400, 65+: 150}", "{15-29: 450}"), "margins.one", 5),
        (CENSUS.replace("{15-29: 450, 30-64: 400, 65+: 150}", "3"), "margins.one", 5),
        ("source: s\ndate: 2022-01-01\n", "margins.empty", 1),
        ("source: s\ndate: 2022-01-01\nmargins: {}\n", "margins.empty", 1),
        ("- 1\n", "margins.yaml", 1),
        ("source: [\n", "margins.yaml", 2),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, key: str, line: int):
    with pytest.raises(MarginsError) as refused:
        read(text)
    assert (refused.value.key, refused.value.places["line"]) == (key, line)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("question,category\n", "margins.columns", 1),
        (CSV.replace("edad,65+,150", "edad,65+,x"), "margins.count", 6),
        (CSV.replace('"INEC, Censo 2022"', ""), "margins.no_source", 2),
    ],
)
def test_mistakes_in_csv_too(text: str, key: str, line: int):
    with pytest.raises(MarginsError) as refused:
        read(text, yaml_file=False)
    assert (refused.value.key, refused.value.places["line"]) == (key, line)


def test_an_age_belongs_to_one_span():
    margin = read().margins[1]
    ages = [margin.of(one, one.latest()) for one in (person("puyo", age) for age in (14, 15, 29, 30, 64, 65, 120))]

    assert ages == [None, "15-29", "15-29", "30-64", "30-64", "65+", "65+"]
