"""How far shares may be trusted, what a cross-tab may say, and how conversations went."""

from __future__ import annotations

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.categories import banded, grouping
from bot.reports.course import HOUR, Coursing, Disposition
from bot.reports.cross import Cross, Crossing
from bot.reports.filters import FilterError
from bot.reports.findings import Findings, document
from bot.reports.intervals import chi_square, design_effect, wilson
from bot.reports.plain_findings import told_findings
from bot.reports.report import told
from bot.reports.report_words import Words
from bot.reports.rows import Filter, ResultRow, Selection
from bot.reports.spread import Numbers
from bot.reports.summary import histogram, summarise
from bot.reports.weights import Cells, weigh
from tests.reports.survey import BEGAN, ECUADOR, NOW, SECOND, conversations, counted, flow, languages, layout, said, talk
from tests.reports.test_weights import people, person, read


def test_wilson_as_published():
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20
    for count, base, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        share = wilson(count, base)
        assert share is not None
        assert [share.low, share.high] == pytest.approx([low, high], abs=1e-4)
    assert wilson(0, 0) is None


@given(st.integers(1, 10_000).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base))), st.floats(1, 5))
def test_an_interval_holds_its_share_and_widens_with_the_design_effect(pair: tuple[int, int], effect: float):
    plain, wide = wilson(*pair), wilson(*pair, effect)

    assert plain is not None and wide is not None
    assert 0 <= wide.low <= plain.low + 1e-12 <= plain.share + 2e-12
    assert plain.share <= plain.high + 1e-12 <= wide.high + 2e-12 <= 1 + 3e-12


def test_a_group_of_light_weights_is_as_sure_as_its_people():
    results = [person("puyo", 20 + n % 60, n) for n in range(300)] + [person("loja", 20 + n % 60, 300 + n) for n in range(100)]
    cross = look(results, weights=True, cross=("canton", "edad")).cross
    assert cross is not None
    light = cross.rows[0]

    for plain, weighted in zip(light.cells, light.weighted, strict=True):
        assert plain is not None and weighted is not None
        if plain.count:
            assert weighted.base < 200 < plain.base
            assert weighted.high - weighted.low < 2 * (plain.high - plain.low), "300 people, not the 120 they weigh"


def test_of_people_who_all_are_without_weight_no_weighted_share_is_told():
    results = [*people(300), *(person("other", 40, 400 + number) for number in range(7))]
    found = look(results, weights=True, cross=("edad", "canton"))
    canton = next(one for one in found.summary.questions if one.question.step == "canton" and one.bars)
    bars = {bar.code: bar for bar in canton.bars}

    assert bars["other"].count == 7 and bars["other"].weighted is None
    assert bars["puyo"].weighted is not None and found.weighting is not None and found.weighting.outside == 7
    assert found.cross is not None
    place = [code for code, _ in found.cross.columns].index("other")
    assert found.cross.total.weighted[place] is None and found.cross.total.cells[place] is not None
    made = told(found, Selection(), languages()["es"], municipality="", root="ab" * 32)
    table = next(one.table for one in made.figures() if one.table.rows[-1][0] == "Otra respuesta")
    assert table.rows[-1][-2:] == ("–", "–")


def test_what_somebody_wrote_as_another_answer_is_called_so_everywhere():
    laid = layout([], SECOND)
    summary = summarise([], laid, [], Selection())
    words = Words(languages()["es"])
    other = next(one for one in summary.questions if one.question.step == "canton_other")

    assert words.asked("canton_other", laid) == words.title(other, laid) == "Otra respuesta a «¿En qué cantón vives?»"


def test_chi_square_as_worked_by_hand():
    test = chi_square([[10, 20], [30, 40]])
    # 100·(10·40-20·30)²/(30·70·40·60) = 0.7937, one degree: p = erfc(√(x/2))
    assert test is not None
    assert test.statistic == pytest.approx(100 * 200**2 / (30 * 70 * 40 * 60))
    assert test.p == pytest.approx(math.erfc(math.sqrt(test.statistic / 2)), rel=1e-12)
    assert (test.freedom, test.smallest) == (1, 12.0)
    two = chi_square([[50, 10, 0], [10, 50, 0], [20, 20, 0], [9, 1, 0]])
    assert two is not None
    assert two.freedom == 3, "a column of nobody is no column"
    assert chi_square([[5, 5]]) is None
    assert chi_square([[5, 0], [5, 0]]) is None


@pytest.mark.parametrize("statistic", [0.5, 2.0, 9.0, 60.0])
def test_two_degrees_have_an_exponential_tail(statistic: float):
    # with two degrees of freedom the tail is exp(-x/2); a 2×3 table is scaled to have that statistic
    base = chi_square([[30, 20, 10], [20, 20, 20]])
    assert base is not None
    scale = statistic / base.statistic
    test = chi_square([[round(1e6 * scale * n) for n in row] for row in ([30, 20, 10], [20, 20, 20])])
    assert test is not None
    assert base.p == pytest.approx(math.exp(-base.statistic / 2), rel=1e-9)
    assert test.p == pytest.approx(math.exp(-test.statistic / 2), rel=1e-6)


def test_equal_weights_have_no_design_effect():
    assert design_effect([(2.0, 10)]) == pytest.approx(1.0)
    assert design_effect([(1.0, 5), (3.0, 5)]) == pytest.approx(10 * 50 / 400)


def answered(canton: str, grade: int, number: int, **more: object) -> ResultRow:
    return talk(flow(SECOND), said("canton", "select_one", canton), said("nota", "range", grade), number=number)


def crossed(results: list[ResultRow], by: str = "canton", question: str = "nota") -> Cross:
    laid = layout(results, SECOND)
    crossing = Crossing(grouping(by, laid), grouping(question, laid))
    for result in results:
        crossing.add(result, result.latest())
    return crossing.cross()


def test_what_differs_is_named():
    results = [answered("puyo", 5 if n % 10 else 1, n) for n in range(100)] + [
        answered("loja", 1 if n % 10 else 5, n) for n in range(100)
    ]
    cross = crossed([*results, talk(flow(SECOND), said("canton", "select_one", "puyo"))])

    assert [(row.code, row.base) for row in cross.rows] == [("puyo", 100), ("loja", 100)]
    assert [code for code, _ in cross.columns] == ["1", "5"]
    assert cross.missing == 1
    assert cross.difference is not None and cross.test is not None
    assert (cross.rows[cross.difference.higher].code, cross.rows[cross.difference.lower].code) in (
        ("puyo", "loja"),
        ("loja", "puyo"),
    )
    assert cross.test.p < 1e-6


def test_what_chance_may_bring_is_no_difference():
    results = [answered(canton, n % 2, n) for n in range(60) for canton in ("puyo", "loja")]
    assert crossed(results).difference is None


def test_small_groups_are_never_compared():
    results = [answered("puyo", 5, n) for n in range(20)] + [answered("loja", 1, n) for n in range(20)]
    cross = crossed(results)

    assert cross.difference is None and cross.compared == 0


def test_of_several_choices_each_counts_and_nothing_is_tested():
    results = [
        talk(flow(SECOND), said("canton", "select_one", "puyo"), said("temas", "select_multiple", ["agua", "luz"])),
        talk(flow(SECOND), said("canton", "select_one", "puyo"), said("temas", "select_multiple", ["agua"])),
    ]
    cross = crossed(results, question="temas")

    assert [cell.count for cell in cross.rows[0].cells] == [2, 1, 0]
    assert cross.test is None


def test_by_channel_and_what_forms_no_groups():
    assert [row.code for row in crossed([answered("puyo", 1, 1)], by="channel").rows] == ["telegram"]
    for name, key in (("idea", "filter.no_groups"), ("anios", "filter.no_groups"), ("nombre", "filter.withheld")):
        with pytest.raises(FilterError) as refused:
            grouping(name, layout([], SECOND))
        assert refused.value.key == key


def test_numbers_fall_into_bands():
    assert [banded(number, 10) for number in (0, 9, 10, 19.5, -3)] == ["0-9", "0-9", "10-19", "10-19", "-10--1"]
    assert banded(0.7, 0.5) == "0.5-1"


def test_a_histogram_holds_everybody():
    numbers = Numbers()
    for number in (15, 18, 22, 22, 40, 63, 64, 90):
        numbers.add(number)
    bins = histogram(numbers)

    assert sum(one.count for one in bins) == 8
    assert (bins[0].low, bins[0].high, bins[-1].high) == (10.0, 20.0, 100.0)


def test_the_course_tells_where_people_leave_and_how_long_they_take():
    new = flow(SECOND)
    first, second = said("canton", "select_one", "puyo"), said("edad", "integer", 30)
    second = second._replace(answered_at=BEGAN + 89_800)
    night = second._replace(answered_at=BEGAN + 9 * HOUR * 1_000)
    results = [
        talk(new, first, second, number=1),
        talk(new, first, night, number=2),
        talk(new, first, number=3, status="open"),
        talk(new, number=4, status="partial", channel="sms"),
        talk(new, first, number=5, test=True),
    ]
    coursing = Coursing(layout(results, SECOND), ECUADOR)
    for result in results:
        coursing.add(result)
    course = coursing.course()

    assert [(one.step, one.reached, one.left, one.seconds) for one in course.passages] == [
        ("", 4, 1, None),
        ("canton", 3, 1, 60.0),
        ("edad", 2, 0, (30 + HOUR) / 2),
    ]
    assert [(day.day.isoformat(), day.started, day.completed) for day in course.days] == [("2026-11-20", 4, 2)]
    assert [(one.name, one.started, one.completed.count) for one in course.channels] == [("telegram", 3, 2), ("sms", 1, 0)]
    assert course.minutes == 5


def look(results: list[ResultRow], *, weights: bool = False, cross: tuple[str, str] | None = None) -> Findings:
    laid = layout(results, SECOND) if weights or cross else layout(results)
    weighting = None
    if weights:
        margins = read()
        cells = Cells(margins)
        for result in results:
            cells.add(result, result.latest())
        weighting = weigh(cells, margins)
    crossing = Crossing(*(grouping(name, laid) for name in cross)) if cross else None
    coursing = Coursing(laid, ECUADOR)
    summary = summarise(
        results,
        laid,
        counted(results),
        Selection(),
        weight=weighting.of if weighting else None,
        watch=coursing.add,
        crossing=crossing,
    )
    disposition = Disposition(10, 7, 2, 1, 4, 5, {"completed": 4, "open": 1})
    done = crossing.cross() if crossing else None
    return Findings(summary, coursing.course(), disposition, Filter(), NOW, weighting, done)


def text(findings: Findings, code: str = "es") -> str:
    return "\n".join(told_findings(findings, languages()[code], width=80, blocks=True))


def test_weighted_stands_beside_unweighted_and_the_sample_beside_the_census():
    findings = look(people(500), weights=True)
    canton = findings.summary.questions[0]
    told = text(findings)

    assert findings.weighting is not None
    assert canton.bars[0].weighted is not None and canton.bars[0].share is not None
    assert canton.bars[0].weighted.share == pytest.approx(0.3, abs=0.005)
    assert canton.bars[0].share.share > 0.7
    wide = canton.bars[0].weighted
    assert wide.high - wide.low > canton.bars[0].share.high - canton.bars[0].share.low
    assert "INEC, Censo 2022, 2022-11-30" in told and "· ponderado 3" in told
    assert "canton: Puyo" in told and "30,0 %" in told
    assert "Efecto de diseño" in told


def test_who_stands_in_no_margin_has_no_weighted_share_rather_than_none_at_all():
    findings = look([*people(500), *[answered("other", 3, n) for n in range(600, 620)]], weights=True)
    bars = {bar.code: bar for bar in findings.summary.questions[0].bars}

    assert bars["other"].count == 20 and bars["other"].weighted is None
    assert bars["puyo"].weighted is not None
    assert "Otra respuesta" in text(findings) and "ponderado 0,0" not in text(findings)


def test_a_cross_stands_weighted_beside_unweighted():
    findings = look(people(500), weights=True, cross=("edad", "canton"))
    assert findings.cross is not None
    total = findings.cross.total

    assert total.cells[0] is not None and total.weighted[0] is not None
    assert total.cells[0].share > 0.7
    assert total.weighted[0].share == pytest.approx(0.3, abs=0.005)
    assert total.weighted[0].high - total.weighted[0].low > total.cells[0].high - total.cells[0].low
    assert "· ponderado 30," in text(findings) or "· ponderado 29," in text(findings)


def test_the_label_is_honest():
    told = text(look(conversations()))

    assert "Invitaciones: 10 personas; llegaron 7, no llegaron 2, en espera 1." in told
    assert "No es una muestra al azar" in told
    assert "llegaron 4, se quedaron 0 (0,0 %)" in told
    for words in ("treinta", "María", "La Merced", "árboles", "Tena", "río"):
        assert words not in told, "nobody's own words are told"


@pytest.mark.parametrize("code", ["es", "en"])
def test_a_cross_is_told_with_what_it_does_not_allow(code: str):
    results = [answered("puyo", 5, n) for n in range(50)] + [answered("loja", 1, n) for n in range(50)]
    told = text(look(results, cross=("canton", "nota")), code)

    assert ("Los intervalos no se tocan" if code == "es" else "The intervals do not touch") in told
    assert ("no permiten" if code == "es" else "do not allow") in told
    assert ("p < 0,001" if code == "es" else "p < 0.001") in told


def test_everything_is_json_too():
    found = orjson.loads(orjson.dumps(document(look(people(300), weights=True, cross=("canton", "edad")))))

    assert found["sample"] == "self-selected"
    assert found["weighting"]["source"] == "INEC, Censo 2022"
    assert found["cross"]["rows"][0]["code"] == "puyo"
    assert found["questions"][0]["bars"][0]["share"]["base"] == 300
    assert found["course"]["passages"][0]["step"] == ""
