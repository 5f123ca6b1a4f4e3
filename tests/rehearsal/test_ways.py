"""The shortest and the longest way through a flow are found, and what they send is what the turn would send."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.engine.catalogue import Catalogue
from bot.engine.flow import ConsentText
from bot.engine.source import load
from bot.rehearsal.loads import load as carried
from bot.rehearsal.loads import weight
from bot.rehearsal.ways import Ways, ways
from bot.translations import load_languages

LANGUAGES = load_languages(Path(__file__).parents[2] / "locales", ("es", "en"))
NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
CONSENTS = {"datos": ConsentText("datos", "1", "x", 30, {"es": "¿Podemos?", "en": "May we?"})}


def found(steps: str, head: str = "") -> Ways:
    loaded = load(f"flow: a\n{head or 'title: A'}\nsurvey:\n{steps}", "a.yaml")
    assert loaded.flow is not None, loaded.problems
    flow = loaded.flow
    catalogue = Catalogue({flow.version: flow}, {flow.flow: flow.version}, LANGUAGES, CONSENTS, dated=False)
    return ways(flow, catalogue, NOW, weight)


def counted(ways: Ways, language: str = "es") -> list[int]:
    return [len(ways.by_language[language][name].asked) for name in ("shortest", "typical", "longest")]


CHOICE = "  - {type: select_one, name: q, label: Q, choices: {a: Aa, b: Bb, c: Cc}}\n"


def more(condition: str, count: int = 1, name: str = "r") -> str:
    return "".join(f'  - {{type: text, name: {name}{n}, label: R, relevant: "{condition}"}}\n' for n in range(count))


def test_the_choice_that_decides_is_found() -> None:
    short, typical, long = counted(found(CHOICE + more("${q} = 'b'", 2) + more("${q} = 'c'", 5, "t")))
    assert (short, long) == (1, 6)
    assert typical in {1, 3, 6}


def test_choices_that_decide_together_are_found_one_after_the_other() -> None:
    second = CHOICE.replace("name: q", "name: s")
    assert counted(found(CHOICE + second + more("${q} = 'b'", 2) + more("${s} = 'c'", 3, "t")))[::2] == [2, 7]


def test_numbers_decide_at_what_they_are_compared_with() -> None:
    steps = "  - {type: integer, name: q, label: Q}\n" + more("${q} > 4711", 2)
    assert counted(found(steps))[::2] == [1, 3]


def test_a_repeat_is_as_long_as_its_constraint_allows() -> None:
    steps = (
        '  - {type: integer, name: q, label: Q, constraint: ". >= 0 and . <= 7"}\n'
        "  - type: group\n    name: g\n    repeat_count: ${q}\n    survey: [{type: text, name: r, label: R}]\n"
    )
    assert counted(found(steps))[::2] == [1, 8]


def test_who_does_not_agree_has_a_shorter_way() -> None:
    steps = "  - {type: text, name: q, label: {es: Q, en: Q}}\n  - {type: phone, name: r, label: {es: R, en: R}, personal: yes}\n"
    ways = found(steps, "title: {es: A, en: A}\nlanguages: [es, en]\nconsent: datos")
    assert counted(ways)[::2] == [1, 2]
    assert counted(ways, "en") == counted(ways), "every language has its own run of the same ways"


def test_an_other_choice_asks_which() -> None:
    steps = "  - {type: select_one, name: q, label: Q, choices: {a: Aa, b: Bb}, other: yes}\n"
    ways = found(steps)
    assert [len(ways.by_language["es"][name].turns) for name in ("shortest", "longest")] == [2, 3]


@pytest.mark.parametrize(
    "step",
    [
        "{type: geopoint, name: q, label: Q}", "{type: image, name: q, label: Q}",
        "{type: text, name: q, label: Q, accept: [audio]}",
        "{type: acknowledge, name: q, label: Q}", "{type: datetime, name: q, label: Q}", "{type: time, name: q, label: Q}",
        "{type: email, name: q, label: Q}", "{type: range, name: q, label: Q, start: 0, end: 100, step: 5}",
        "{type: rank, name: q, label: Q, choices: {a: Aa, b: Bb, c: Cc}}",
        '{type: decimal, name: q, label: Q, constraint: ". < 0"}',
        '{type: text, name: q, label: Q, constraint: "1 = 2 or . = concat(\'a\', \'b\')"}',
    ],
)  # fmt: skip
def test_every_type_is_answered(step: str) -> None:
    ways = found(f"  - {step}\n  - {{type: text, name: r, label: R}}\n")
    assert counted(ways) == [2, 2, 2]


def test_what_cannot_be_guessed_is_freed_and_named() -> None:
    step = "  - {type: text, name: q, label: Q, constraint: \"regex(., 'ZQ{40}')\"}\n  - {type: text, name: r, label: R}\n"
    assert found(step).freed == ("q",)
    assert counted(found(step)) == [2, 2, 2]


def test_messages_are_rendered_joined_and_counted_as_they_are_sent() -> None:
    steps = '  - {type: note, label: Hola}\n  - {type: text, name: q, label: "¿Qué más, según tú?"}\n'
    way = found(steps).by_language["es"]["shortest"]
    whatsapp, sms = carried(way, "whatsapp", ("es",)), carried(way, "sms", ("es",))
    assert (whatsapp.sent, whatsapp.sent_units) == (3, 3), "note, question, and the product's last word"
    assert (sms.sent, sms.sent_units) == (2, 2), "a note joins the question where that costs no more"
    dear = carried(found(steps.replace("Hola", "Hola " * 20)).by_language["es"]["shortest"], "sms", ())
    assert dear.sent_units > sms.sent_units, "with its accents it costs more"
    assert (sms.questions, sms.received) == (1, 2)


def test_a_flow_that_could_be_played_for_ever_is_not() -> None:
    steps = "".join(CHOICE.replace("name: q", f"name: q{n}") + more(f"${{q{n}}} = 'b'", 1, f"r{n}_") for n in range(60))
    begun = datetime.now(UTC)  # noqa: TID251  # because it is measured how long it takes
    assert counted(found(steps))[2] > 60
    assert (datetime.now(UTC) - begun).total_seconds() < 30  # noqa: TID251  # because of the same
