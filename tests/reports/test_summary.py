"""What answers add up to, and how a terminal tells it."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.plain import left_out_line, told
from bot.reports.rows import Group, Selection, left_out
from bot.reports.spread import Numbers
from bot.reports.summary import QuestionSummary, Summary, summarise
from tests.reports.survey import FIRST, SECOND, conversations, counted, flow, languages, layout, said, talk


def summed(results=None, groups=None, selection=None) -> Summary:
    results = conversations() if results is None else results
    return summarise(results, layout(results), counted(results) if groups is None else groups, selection or Selection())


def question(summary: Summary, column: str) -> QuestionSummary:
    return next(one for one in summary.questions if one.question.column == column)


def bars(summary: Summary, column: str) -> list[tuple[str, int]]:
    return [(bar.code, bar.count) for bar in question(summary, column).bars]


def test_choices_are_counted_over_all_versions():
    summary = summed()

    assert bars(summary, "canton") == [("puyo", 1), ("loja", 1), ("ibarra", 1), ("other", 1)]
    assert bars(summary, "temas") == [("agua", 1), ("luz", 0), ("other", 1)]
    assert bars(summary, "nota") == [("4", 1)]
    assert bars(summary, "grupo") == [("adulto", 1)]
    assert [question(summary, "canton").bars[0].label["en"].source] == ["Puyo"]


def test_skipped_refused_and_not_asked_are_counted_apart():
    summary = summed()

    obras, age = question(summary, "obras"), question(summary, "edad__integer")
    assert (obras.answered, obras.skipped, obras.refused, obras.not_asked) == (1, 1, 0, 2)
    assert (age.answered, age.skipped, age.refused, age.not_asked) == (2, 0, 1, 1)
    assert question(summary, "temas").not_asked == 2


def test_orders_have_borda_points_and_mean_places():
    new = flow(SECOND)
    orders = (["via", "luz", "parque"], ["luz", "via", "parque"], ["via"])
    summary = summed([talk(new, said("obras", "rank", order), number=n) for n, order in enumerate(orders)])

    assert [(one.code, one.points, one.mean, one.placed) for one in question(summary, "obras").ranking] == [
        ("via", 5, pytest.approx(4 / 3), 3),
        ("luz", 3, 1.5, 2),
        ("parque", 0, 3.0, 2),
    ]


def test_dates_span_and_attachments_are_counted_by_kind():
    summary = summed()

    assert question(summary, "desde").span == ("2020-02-29", "2020-02-29")
    assert question(summary, "idea").attached == {"audio": 1}
    assert question(summary, "foto").attached == {"image": 1}


@given(st.lists(st.integers(-1_000, 1_000) | st.floats(-1e6, 1e6), min_size=2, max_size=60))
def test_quartiles_are_those_of_a_spreadsheet(values: list[float]):
    numbers = Numbers()
    for value in values:
        numbers.add(value)
    spread = numbers.spread()

    assert spread is not None
    assert (spread.lower, spread.median, spread.upper) == pytest.approx(statistics.quantiles(values, n=4, method="inclusive"))
    assert (spread.smallest, spread.largest) == (min(values), max(values))
    assert not spread.rounded


def test_many_different_numbers_are_rounded_and_say_so():
    numbers = Numbers(distinct=1_000)
    for value in range(100_000):
        numbers.add(value + 0.5)
    spread = numbers.spread()

    assert spread is not None
    assert spread.rounded
    assert len(numbers.values) <= 1_001
    assert spread.median == pytest.approx(50_000, rel=0.06)
    assert (spread.smallest, spread.largest) == (0.5, 99_999.5)


def test_no_numbers_have_no_spread():
    assert Numbers().spread() is None


def test_a_calculation_of_somebodys_words_is_only_counted():
    text = FIRST + '  - {type: calculate, name: eco, calculation: "concat(${idea}, ${canton_other})"}\n'
    made = flow(text)
    results = [talk(made, said("idea", "text", "mi casa"), said("eco", "calculate", "mi casa"))]
    summary = summarise(results, layout(results, text), counted(results), Selection())

    assert question(summary, "eco").bars == ()
    assert question(summary, "eco").answered == 1


def test_what_a_selection_leaves_out():
    groups = [
        Group("completed", False, "telegram", "es", 5),
        Group("completed", True, "simulator", "es", 2),
        Group("open", True, "simulator", "es", 1),
        Group("partial", False, "sms", "es", 3),
        Group("open", False, "sms", "es", 4),
    ]
    plain, partial, test = (
        left_out(groups, selection) for selection in (Selection(), Selection(partial=True), Selection(partial=True, test=True))
    )

    assert (plain.taken, plain.test, plain.unfinished) == (5, 3, 7)
    assert (partial.taken, partial.test, partial.unfinished) == (12, 3, 0)
    assert (test.taken, test.test, test.unfinished) == (15, 0, 0)


def test_the_terminal_tells_it():
    lines = "\n".join(told(summed(), languages()["es"], width=80, blocks=True))

    assert "Mi barrio\n═════════\nConversaciones: 4\nEstado: completadas 4\nCanal: telegram 4\nIdioma: es 4\n" in lines
    assert (
        "1. ¿En qué cantón vives?  [canton]\n   Respuestas 4 · omitida 0 · prefirió no decir 0 · no se preguntó 0\n"
        "   Puyo            ████████ 1 (25,0 %; 4,6–69,9)\n" in lines
    )
    assert "Mediana 27 · la mitad entre 23,5 y 30,5 · de 20 a 34" in lines
    assert "Vía     puntos 2 · puesto medio 1,00 · primera 1 · la ordenaron 1" in lines
    assert "Textos: 3\n   Audios: 1" in lines
    for words in ("treinta", "María", "La Merced", "árboles", "Tena", "río"):
        assert words not in lines, "nobody's own words are told"


def test_the_terminal_tells_it_in_english_without_blocks():
    lines = "\n".join(told(summed(), languages()["en"], width=80, blocks=False))

    assert lines.startswith("My neighbourhood\n================\n")
    assert "   Puyo            ######## 1 (25.0 %; 4.6–69.9)" in lines
    assert "Another answer" in lines


def test_nothing_yet():
    lines = list(told(summed([], []), languages()["es"], width=80, blocks=True))

    assert lines[2:4] == ["Conversaciones: 0", "Conversaciones contadas: 0. Ninguna quedó fuera por incompleta o de prueba."]
    assert "   Respuestas 0 · omitida 0 · prefirió no decir 0 · no se preguntó 0" in lines


def test_the_terminal_says_what_was_left_out_and_why():
    groups = [
        Group("completed", False, "telegram", "es", 4),
        Group("stopped", False, "telegram", "es", 2),
        Group("open", False, "sms", "en", 1),
        Group("completed", True, "simulator", "es", 3),
    ]
    lines = list(told(summed(groups=groups), languages()["es"], width=80, blocks=True))

    assert lines[3] == "Estado: completadas 7 · abiertas 1 · detenidas 2"
    assert lines[6] == (
        "Conversaciones contadas: 4. Quedaron fuera 6: abiertas 1, detenidas 2 (--with-partial las incluye), "
        "de prueba 3 (--with-test las incluye)."
    )
    on_a_page = left_out_line(summed(groups=groups).left_out, languages()["es"], typed=False)
    assert on_a_page == "Conversaciones contadas: 4. Quedaron fuera 6: abiertas 1, detenidas 2, de prueba 3."
