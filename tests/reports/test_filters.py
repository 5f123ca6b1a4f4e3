"""What an official types to look at some conversations only, and what is refused because it would be an empty table."""

from __future__ import annotations

import pytest

from bot.reports.filters import CHANNELS, FilterError, conditions, days, known
from bot.reports.layout import lay_out
from bot.reports.rows import Condition
from tests.reports.survey import BEGAN, ECUADOR, flow, layout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("canton=puyo", Condition("canton", ("puyo",))),
        ("canton = Puyo, IBARRA", Condition("canton", ("puyo", "ibarra"))),
        ("temas=Água", Condition("temas", ("agua",))),
        ("nota=4", Condition("nota", ("4",))),
        ("nota=2..4", Condition("nota", span=(2.0, 4.0))),
        ("nota=..4", Condition("nota", span=(None, 4.0))),
        ("nota=4.5", Condition("nota", ("4.5",))),
        ("obras=[skipped]", Condition("obras", empties=("skipped",))),
        ("desde=2020-02-29", Condition("desde", ("2020-02-29",))),
    ],
)
def test_conditions(typed: str, meant: Condition):
    assert conditions([typed], layout([])) == (meant,)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("canton", "filter.form"),
        ("canton=", "filter.form"),
        ("=puyo", "filter.form"),
        ("nota=1..2,4", "filter.form"),
        ("cantón=puyo", "filter.no_question"),
        ("canton=quito", "filter.no_choice"),
        ("nota=mucho", "filter.no_number"),
        ("nota=nan", "filter.no_number"),
        ("desde=2020-02-30", "filter.no_date"),
        ("desde=ayer", "filter.no_date"),
        ("foto=si", "filter.only_empty"),
        ("nombre=María", "filter.withheld"),
        ("celular=+593991234567", "filter.withheld"),
    ],
)
def test_what_fits_no_flow_is_refused(typed: str, key: str):
    with pytest.raises(FilterError) as refused:
        conditions([typed], layout([]))
    assert refused.value.key == key


TYPES = """
flow: tipos
kind: survey
title: {es: Tipos}
languages: [es]
survey:
  - {type: acknowledge, name: acepto, label: {es: ¿Acepta?}, required: false}
  - {type: time, name: hora, label: {es: ¿A qué hora?}}
  - {type: datetime, name: cita, label: {es: ¿Cuándo?}}
"""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("acepto=Sí", "true"),
        ("acepto=no", "false"),
        ("acepto=quizás", "filter.no_truth"),
        ("hora=08:30", "08:30"),
        ("hora=temprano", "filter.no_time"),
        ("cita=2026-11-30 08:30", "2026-11-30T08:30"),
        ("cita=2026-11-30", "filter.no_moment"),
    ],
)
def test_each_type_of_question_is_asked_in_its_own_words(typed: str, meant: str):
    one = lay_out({"v": flow(TYPES)}, ())
    if not meant.startswith("filter."):
        (condition,) = conditions([typed], one)
        assert condition.values == (meant,)
        return
    with pytest.raises(FilterError) as refused:
        conditions([typed], one)
    assert refused.value.key == meant


def test_days_are_the_municipalitys_and_the_last_is_included():
    first, last = days("2026-11-20", "2026-11-20", ECUADOR)

    assert first is not None and last is not None
    assert last - first == 24 * 3_600_000
    assert first <= BEGAN < last
    assert days("", "", ECUADOR) == (None, None)


@pytest.mark.parametrize(("first", "last", "key"), [("ayer", "", "filter.day"), ("2026-11-21", "2026-11-20", "filter.days")])
def test_days_that_are_none(first: str, last: str, key: str):
    with pytest.raises(FilterError) as refused:
        days(first, last, ECUADOR)
    assert refused.value.key == key


def test_channels_are_those_there_are():
    assert known(["SMS, telegram"], CHANNELS, "filter.channel") == ("sms", "telegram")
    with pytest.raises(FilterError, match=r"filter.channel"):
        known(["fax"], CHANNELS, "filter.channel")
