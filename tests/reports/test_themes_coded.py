"""What coded answers add up to: themes with shares, what is left, who agrees, what is quoted."""

from __future__ import annotations

import pytest

from bot.reports.layout import lay_out
from bot.reports.rows import AnswerRow, Key
from bot.reports.themes.agreement import Agreement, cohen
from bot.reports.themes.coded import Chosen, Coded, Tallies, codeable, place_question, quotable
from bot.reports.themes.coding import Mark, verdict
from tests.reports.survey import flow, said

ANA, EVA, LEO = 1, 2, 3
LABELS = {"agua": {"es": "Agua"}, "vias": {"es": "Vías"}}
SURVEY = """\
flow: barrio
kind: survey
title: Barrio
languages: [es]
consent: statistics
survey:
  - {type: text, name: idea, label: "¿Qué cambiaría?", accept: [text, audio]}
  - {type: text, name: queja, label: "¿De qué se queja?", required: false, sensitive: true}
  - {type: text, name: nombre, label: "¿Cómo se llama?", required: false, personal: true}
  - {type: text, name: zona, label: "¿En qué barrio?", required: false, personal: true, quasi: {coarsen: canton}}
  - type: select_one
    name: canton
    label: "¿Cantón?"
    choices: {puyo: Puyo, mera: Mera}
    other: true
"""


def mark(coder: int, *themes: str, step: str = "idea", settled: bool = False) -> Mark:
    return Mark(step, (), "text", coder, settled, themes)


def latest(*rows: AnswerRow) -> dict[Key, AnswerRow]:
    return {(row.step, row.at): row for row in rows}


def tallies() -> Tallies:
    made = flow(SURVEY)
    return Tallies(lay_out({made.version: made}, ()), {"idea", "queja"})


def coded(counted: Tallies, column: str = "idea") -> Coded:
    return counted.coded(LABELS)[column]


def test_cohens_kappa_of_the_book():
    assert cohen(20, 5, 10, 15) == pytest.approx(0.4)
    assert cohen(3, 0, 0, 3) == 1
    assert cohen(0, 5, 5, 0) == pytest.approx(-1)
    assert cohen(0, 0, 0, 8) is None  # neither ever gave it
    assert cohen(0, 0, 0, 0) is None


def test_agreement_of_several_themes_is_the_mean_of_theirs():
    of = Agreement()
    for one, other in [("a", "a")] * 4 + [("a b", "a")] + [("", "")] * 4 + [("b", "b")]:
        of.add({ANA: one.split(), EVA: other.split()})
    of.add({ANA: ["a"]})  # alone: nothing to compare

    assert of.doubly == 10
    assert of.raw == pytest.approx(0.9)
    assert of.of("a") == 1
    second = cohen(1, 1, 0, 8)
    assert second is not None
    assert of.of("b") == pytest.approx(second)
    assert of.kappa == pytest.approx((1 + second) / 2)


def test_what_counts_of_an_answer():
    assert verdict([]) is None
    assert verdict([mark(ANA, "agua")]).standing == "single"
    assert verdict([mark(ANA, "agua"), mark(EVA, "agua")]).standing == "agreed"
    differ = verdict([mark(ANA, "agua", "vias"), mark(EVA, "agua")])
    assert (differ.themes, differ.standing) == ({"agua"}, "open")
    decided = verdict([mark(ANA, "agua"), mark(EVA), mark(LEO, "vias", settled=True)])
    assert (decided.themes, decided.standing, set(decided.coded)) == ({"vias"}, "settled", {ANA, EVA})


def test_only_what_tells_nobody_is_coded_and_only_what_is_not_sensitive_quoted():
    made = flow(SURVEY)
    layout = lay_out({made.version: made}, ())

    assert [one.step for one in codeable(layout)] == ["idea", "queja"]
    assert quotable(layout) == {"idea"}
    assert place_question(layout).step == "canton"


def test_shares_are_of_all_who_answered_and_what_is_left_is_told():
    counted = tallies()
    idea = said("idea", "text", "agua")
    for marks in (
        [mark(ANA, "agua")],
        [mark(ANA, "agua", "vias"), mark(EVA, "agua")],
        [mark(ANA), mark(EVA)],
        [mark(ANA, "vias"), mark(EVA, "agua")],
        [],
        [mark(LEO, step="queja")],
    ):
        counted.add(latest(idea), marks)
    counted.add(latest(said("idea", "text", empty="refused")), [])
    counted.add(latest(said("idea", "text", "y", at=(2,)), said("nombre", "text", "Luz")), [])

    found = coded(counted)
    assert found.answered == 7
    assert [(one.code, one.part.count) for one in found.themes] == [("agua", 2)]
    assert found.themes[0].part.share.share == pytest.approx(2 / 7)
    assert found.themes[0].part.weighted is None
    assert (found.none.count, found.uncoded.count, found.open.count) == (1, 3, 2)
    assert (found.single, found.agreed, found.coders, found.doubly, found.coded) == (1, 1, 2, 3, 4)
    assert found.agreement == pytest.approx(1 / 3)
    assert set(counted.coded(LABELS)) == {"idea"}


def test_weights_move_the_weighted_share_alone():
    counted = tallies()
    counted.add(latest(said("idea", "text", "x")), [mark(ANA, "agua")], mass=3.0)
    counted.add(latest(said("idea", "text", "x")), [mark(ANA, "vias")], mass=1.0)
    counted.add(latest(said("idea", "text", "x")), [], mass=None)

    found = coded(counted)
    agua = next(one for one in found.themes if one.code == "agua").part
    assert agua.share.share == pytest.approx(1 / 3)
    assert agua.weighted.share == pytest.approx(0.75)
    assert found.uncoded.weighted is None, "nobody of these has a weight: that is not 0"
    assert found.none.weighted.share == 0


def test_a_quote_tells_its_place_only_where_five_chose_it_and_none_is_of_a_sensitive_question():
    counted = tallies()
    for number in range(5):
        chosen = [Chosen("idea", (), "Que haya agua", "es"), Chosen("queja", (), "No", "es")] if number == 0 else []
        rows = latest(said("idea", "text", "x"), said("queja", "text", "y"), said("canton", "select_one", "puyo"))
        counted.add(rows, [mark(ANA, "agua")], chosen)
    counted.add(latest(said("idea", "text", "x"), said("canton", "select_one", "mera")), [], [Chosen("idea", (), "Otra", "es")])

    puyo, mera = coded(counted).quotes
    assert (puyo.text, puyo.place["es"].source, puyo.themes) == ("Que haya agua", "Puyo", ("agua",))
    assert (mera.text, mera.place) == ("Otra", {})
    assert "queja" not in counted.coded(LABELS)
