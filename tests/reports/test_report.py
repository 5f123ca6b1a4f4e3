"""What a report tells whatever it is printed as: scales, places, themes, the course, and what nobody can work out of it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import product

import pytest

from bot.reports.categories import grouping
from bot.reports.chart_likert import Likert
from bot.reports.chart_map import Map
from bot.reports.course import Coursing, Disposition
from bot.reports.cross import Crossing
from bot.reports.discretion import Discretion, discretions
from bot.reports.ecuador import located, seats
from bot.reports.findings import Findings
from bot.reports.intervals import wilson
from bot.reports.page import fragments
from bot.reports.piece import Bullets, Facts, Figure, Piece, Quotes, Report, Section, Sentence, Table
from bot.reports.report import told
from bot.reports.report_cross import Group, grouped
from bot.reports.report_lead import Ranked, lead
from bot.reports.report_words import Words
from bot.reports.rows import Condition, Filter, ResultRow, Selection
from bot.reports.summary import summarise
from bot.reports.suppression import K
from bot.reports.themes.coded import Chosen, Tallies
from bot.reports.themes.coding import Mark
from tests.reports.survey import ECUADOR, NOW, counted, flow, languages, layout, said, talk

STEPS = (
    "{mala: {label: {es: Muy mala, en: Very bad}}, igual: {label: {es: Regular, en: Fair}}, "
    "buena: {label: {es: Muy buena, en: Very good}}, ns: {label: {es: No sé, en: I do not know}}}"
)
PLACES = "{puyo: {label: {es: Puyo, en: Puyo}}, mera: {label: {es: Mera, en: Mera}}, loja: {label: {es: Loja, en: Loja}}}"
FLOW = f"""
flow: plaza
kind: survey
title: {{es: La plaza, en: The square}}
languages: [es, en]
survey:
  - {{type: select_one, name: luz, label: {{es: "1 de 9. ¿Cómo es la luz?", en: "1 of 9. How is the light?"}}, choices: {STEPS}}}
  - {{type: select_one, name: piso, label: {{es: ¿Cómo es el piso?, en: How is the floor?}}, choices: {STEPS}}}
  - {{type: text, name: idea, label: {{es: ¿Qué falta?, en: What is missing?}}, required: false}}
  - {{type: select_one, name: canton, label: {{es: ¿De qué cantón eres?, en: Which canton?}}, choices: {PLACES}}}
  - {{type: text, name: zona, label: {{es: ¿Barrio?, en: Part?}}, personal: true, quasi: {{coarsen: canton}}, required: false}}
  - type: select_one
    name: salud
    label: {{es: ¿Tienes una discapacidad?, en: Any disability?}}
    sensitive: true
    choices: {{si: {{label: {{es: Claro, en: Surely}}}}, no: {{label: {{es: Ninguna, en: None}}}}}}
  - {{type: integer, name: rampas, label: {{es: ¿Rampas?, en: Ramps?}}, relevant: "${{salud}} = 'si'", required: false}}
  - {{type: integer, name: viaje, label: {{es: ¿Cuánto viajas?, en: Far?}}, relevant: "${{canton}} = 'mera'", required: false}}
"""
THEMES = {"agua": {"es": "Agua", "en": "Water"}, "sombra": {"es": "Sombra", "en": "Shade"}}


def people(cantons: dict[str, int]) -> list[ResultRow]:
    made = flow(FLOW)
    names = [name for name, count in cantons.items() for _ in range(count)]
    return [
        talk(
            made,
            said("luz", "select_one", ("mala", "igual", "buena", "buena", "ns")[number % 5]),
            said("piso", "select_one", ("mala", "mala", "igual")[number % 3]),
            said("idea", "text", "XYZZY más sombra"),
            *([said("canton", "select_one", name)] if name else []),
            said("salud", "select_one", "si" if number % 4 else "no"),
            *([said("rampas", "integer", 7)] if number % 4 else []),
            *([said("viaje", "integer", 7)] if name == "mera" else []),
            number=number,
        )
        for number, name in enumerate(names, 1)
    ]


def looked(results: list[ResultRow], *, only: Filter = Filter(), coded: bool = False, cross: bool = False) -> Findings:  # noqa: B008 because it is frozen
    laid = layout(results, FLOW)
    coursing, tallies = Coursing(laid, ECUADOR), Tallies(laid, {"idea"})
    crossing = Crossing(grouping("canton", laid), grouping("luz", laid)) if cross else None
    for one in results if coded else ():
        number = one.conversation
        marks = [Mark("idea", (), "text", 1, False, ("agua",) if number % 3 else ("sombra",))] if number % 5 else []
        chosen = [Chosen("idea", (), "Más [dato personal] y sombra", "es")] if number == 1 else []
        tallies.add(one.latest(), marks, chosen)
    summary = summarise(results, laid, counted(results), Selection(), watch=coursing.add, crossing=crossing)
    return Findings(
        summary,
        coursing.course(),
        Disposition(0, 0, 0, 0, 0, len(results), {}),
        only,
        NOW,
        cross=None if crossing is None else crossing.cross(),
        coded=tallies.coded(THEMES),
    )


def report(findings: Findings, code: str = "es") -> Report:
    return told(findings, Selection(only=findings.filter), languages()[code], municipality="Puyo", root="ab" * 32)


def pieces(sections: Iterable[Piece]) -> list[Piece]:
    return [each for one in sections for each in ([one, *pieces(one.pieces)] if isinstance(one, Section) else [one])]


def found(of: Report, heading: str) -> Section:
    return next(one for one in pieces(of.sections) if isinstance(one, Section) and heading in one.heading)


def words_of(of: Section) -> str:
    return " ".join(one.text for one in pieces(of.pieces) if isinstance(one, Sentence))


@pytest.mark.parametrize("code", ["es", "en"])
def test_questions_on_one_scale_stand_together_and_hide_no_unsure_answer(code: str):
    made = report(looked(people({"puyo": 30, "loja": 30})), code)
    scales = [one for one in made.figures() if isinstance(one.chart, Likert)]

    assert len(scales) == 1
    chart = scales[0].chart
    assert isinstance(chart, Likert)
    assert chart.aside == ("No sé" if code == "es" else "I do not know") and len(chart.names) == 3
    assert [round(row.aside, 2) for row in chart.rows] == [0.2, 0.0]
    assert all(abs(sum(row.parts) + row.aside - 1) < 1e-9 for row in chart.rows)
    assert scales[0].table.heads[-2:] == (chart.aside, "Personas" if code == "es" else "People")
    assert chart.rows[0].label == ("¿Cómo es la luz?" if code == "es" else "How is the light?"), "a report numbers by itself"


def test_cantons_are_drawn_where_they_lie_and_small_ones_not_at_all():
    chart = next(
        one for one in report(looked(people({"puyo": 20, "loja": 9, "mera": 2}))).figures() if isinstance(one.chart, Map)
    )

    assert isinstance(chart.chart, Map)
    assert [one.label for one in chart.chart.circles] == ["Puyo"]
    assert located("Loja") == (-3.99, -79.20) and located("cantón Puyo") == located("Puyo")
    assert located("Bolívar") is None and located("Bolívar, Manabí") is not None and located("Otro") is None
    assert len(seats()) == 222 and all(-5.1 < one.lat < 1.6 and -92 < one.lon < -75 for one in seats())


def test_a_filter_and_the_dates_are_told_in_words():
    since = round(NOW.replace(day=14, hour=0).timestamp() * 1_000)
    only = Filter((Condition("canton", ("puyo",)),), since=since, channels=("telegram",), languages=("qu_EC",))
    method = words_of(found(report(looked(people({"puyo": 9}), only=only)), "Cómo leer estas cifras"))

    assert "solo quienes a «¿De qué cantón eres?» respondieron: Puyo" in method
    assert "desde el 14 de noviembre de 2026" in method and "canal Telegram" in method and "idioma kichwa" in method


def test_what_was_asked_only_because_of_a_hidden_answer_is_hidden_too():
    results = people({"puyo": 20, "loja": 9, "mera": 2})
    made = report(looked(results))

    assert discretions(layout(results, FLOW))["rampas"] is Discretion.SENSITIVE
    assert languages()["es"].say("report.conditional") in words_of(found(made, "¿Cuánto viajas?"))
    path = found(made, languages()["es"].say("report.path"))
    asked = [row[0] for one in path.pieces if isinstance(one, Table) for row in one.rows]
    assert asked == ["¿Cómo es la luz?", "¿Cómo es el piso?", "¿Qué falta?", "¿De qué cantón eres?"]


def test_themes_stand_with_what_is_unclassified_and_only_released_words():
    section = found(report(looked(people({"puyo": 20, "loja": 20}), coded=True)), "¿Qué falta?")
    figure = next(one for one in section.pieces if isinstance(one, Figure))
    quotes = next(one for one in section.pieces if isinstance(one, Quotes))

    assert [row[:3] for row in figure.table.rows] == [
        ("Agua", "21", "52,5 %"),
        ("Sombra", "11", "27,5 %"),
        ("Sin clasificar", "8", "20,0 %"),
    ]
    assert "Codificado por personas: 32 de 40 respuestas." in words_of(section)
    assert quotes.lead == "Estas fueron sus principales respuestas:"
    assert [(one.text, one.about) for one in quotes.items] == [("Más [dato personal] y sombra", "Puyo")]
    assert "XYZZY" not in fragments([section]) and "Ninguna respuesta la codificaron dos personas" in words_of(section)


def test_what_comes_first_is_never_told_without_what_may_come_first_too():
    words = Words(languages()["es"])

    def told(*counts: int) -> str:
        shares = [(f"T{n}", count, wilson(count, 274)) for n, count in enumerate(counts)]
        made = lead("report.theme_most", [Ranked(name, count, share) for name, count, share in shares if share], words)
        return "" if made is None else made.text

    assert told(35, 34, 34, 9).endswith("«T0»: 12,8 % de las respuestas (35 de 274), sin diferencia clara con «T1» ni «T2».")
    assert told(35, 34, 34, 33, 32).endswith("sin diferencia clara con «T1», «T2» ni 2 más.")
    assert told(90, 34).endswith("(90 de 274).")
    assert told(34, 34, 33).startswith(
        "Comparten el primer lugar «T0», «T1»: 34 de 274 respuestas cada una, sin diferencia clara"
    )
    assert told(0, 0) == ""

    made = report(looked(people({"puyo": 20, "loja": 20}), coded=True))
    brief = next(one for one in pieces(made.sections) if isinstance(one, Bullets))
    assert any(one.endswith("(21 de 40), sin diferencia clara con «Sombra».") for one in brief.items)


def test_a_cross_tab_joins_small_groups_and_counts_who_named_none():
    results = people({"puyo": 40, "loja": 40, "mera": 6, "": 3})
    figure = next(one for one in report(looked(results, cross=True)).figures() if one.key == "crossf")

    assert figure.table.heads == ("Respuesta", "Loja", "Grupos pequeños, juntos")
    assert figure.table.rows[-1] == ("Personas", "40", "49")
    assert all("oculto" not in row for row in figure.table.rows)


def feasible(total: int, bases: Sequence[int], shown: Sequence[int | None], row: int) -> set[int]:
    """Returns what a cell may be, for whoever knows the total of its column, all bases and all cells that are shown."""
    hidden = [place for place, count in enumerate(shown) if count is None]
    rest = total - sum(count for count in shown if count is not None)
    spans = [range(min(bases[place], rest) + 1) for place in hidden]
    return {values[hidden.index(row)] for values in product(*spans) if sum(values) == rest}


def test_themes_by_place_tell_an_attacker_nothing_of_fewer_than_five():
    chance = random.Random(11)
    words = Words(languages()["es"])
    small = 0
    for _ in range(150):
        sizes = [chance.choice([1, 3, 5, 6, 8, 11]) for _ in range(chance.randint(2, 4))]
        groups = [Group(str(n), size, tuple(chance.randint(0, size) for _ in "ab")) for n, size in enumerate(sizes)]
        made = grouped(["a", "b"], groups, words, several=True)
        if made is None:
            continue
        assert all(one.base >= K for one in made.groups) and sum(one.base for one in made.groups) == sum(sizes)
        for column in range(2):
            shown = [
                None if row[column] is None else round((row[column] or 0) * one.base)
                for one, row in zip(made.groups, made.shares, strict=True)
            ]
            total = sum(one.counts[column] for one in groups)
            for place, one in enumerate(made.groups):
                if 0 < one.counts[column] < K:
                    small += 1
                    assert shown[place] is None
                    values = feasible(total, [each.base for each in made.groups], shown, place)
                    assert max(values) - min(values) >= K - 1
    assert small > 50


def test_parts_of_a_report_fit_a_page_of_somebody_else():
    made = report(looked(people({"puyo": 30, "loja": 30}), coded=True, cross=True), "en")
    html = fragments(made.sections, level=3)

    assert "<h3 id=" in html and "<h4 id=" in html and "<h2" not in html and "<style" not in html
    assert any(isinstance(one, Facts) for one in pieces(made.sections))
    keys = [
        one.key
        for one in pieces(made.sections)
        if isinstance(one, (Section, Figure)) and not (isinstance(one, Section) and one.key.startswith(("q", "scale")))
    ]
    assert len(keys) == len(set(keys))
