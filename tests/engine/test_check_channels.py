"""What is said of channels agrees with what the renderer does; SMS are counted and priced as handed in."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.abilities import TELEGRAM, WHATSAPP, Abilities
from bot.channels.economy import preview
from bot.channels.rendering import render
from bot.engine.check import check
from bot.engine.checks.channels import FACTS, Facts, units
from bot.engine.problem import Problem
from bot.engine.source import load
from bot.translations import load_languages
from bot.vocabulary import Address, Option, Say

LANGUAGES = load_languages(Path(__file__).parents[2] / "locales", ("es", "en"))


def problems(text: str, **more: object) -> list[Problem]:
    loaded = load(text, "f.yaml")
    assert loaded.problems == ()
    return [p for p in check([loaded], consents={}, languages=LANGUAGES, **more) if p.code != "no_closing"]  # type: ignore[arg-type]  # because a test hands in one of several


def question(kind: str, labels: list[str], more: str = "") -> str:
    choices = ", ".join(f'c{n}: "{label}"' for n, label in enumerate(labels))
    return f"flow: a\ntitle: A\nsurvey:\n  - {{type: {kind}, name: q, label: Q, choices: {{{choices}}}{more}}}\n"


@pytest.mark.parametrize(("facts", "abilities"), list(zip(FACTS, (TELEGRAM, WHATSAPP), strict=True)))
def test_the_facts_are_the_channels_abilities(facts: Facts, abilities: Abilities) -> None:
    assert (facts.buttons, facts.button_label) == (abilities.buttons, abilities.button_label)
    assert (facts.rows, facts.row_label, facts.whole) == (abilities.rows, abilities.row_label, abilities.row_description)
    assert facts.several == (abilities.several == "toggled")
    assert units("Sí 👍") == abilities.length("Sí 👍")


@pytest.mark.parametrize("count", [2, 3, 4, 10, 11, 101])
@pytest.mark.parametrize("length", [5, 20, 21, 24, 25, 64, 65, 72, 73])
@pytest.mark.parametrize(("facts", "abilities"), list(zip(FACTS, (TELEGRAM, WHATSAPP), strict=True)))
def test_what_is_foretold_is_what_is_rendered(facts: Facts, abilities: Abilities, count: int, length: int) -> None:
    labels = [f"{n:03d}" + "x" * (length - 3) for n in range(count)]
    options = tuple(Option(f"c{n}", label) for n, label in enumerate(labels))
    layout = render(Say("Q", "prompt", "q", options, 1), Address("x", "1"), abilities).layout
    said = {problem.code for problem in problems(question("select_one", labels), facts=(facts,))}
    match layout:
        case "numbered":
            assert said & {"labels_numbered", "options_numbered"}
        case "list" if count <= facts.buttons and length > facts.button_label:
            assert said & {"labels_list", "labels_cut"}
        case "list" if length > facts.row_label:
            assert said == {"labels_cut"}
        case _:
            assert said == set()


def test_what_is_typed_anyway_is_not_warned_of() -> None:
    labels = ["Una etiqueta muy larga que no cabe " * 3, "Corta"]
    assert {problem.places["channel"] for problem in problems(question("select_multiple", labels))} == {"Telegram"}
    assert problems(question("rank", labels)) == []


def test_a_filter_leaves_the_number_of_options_open() -> None:
    labels = [f"Opción {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(120)]
    assert problems(question("select_one", labels, ', choice_filter: "name != 1"')) == []


def parts(text: str, language: str) -> tuple[int, str]:
    cost = preview(text, language, ("es",))
    return cost.count, " ".join(cost.costly)


QUESTION = """\
flow: a
title: A
survey:
  - type: select_one
    name: q
    label: "¿Qué prefieres, ${canton}?"
    hint: %s
    choices: {x: Una, y: Otra}
  - {type: note, label: Gracias}
""".replace("${canton}", "vecino")


def test_messages_above_one_sms_are_told_with_their_parts() -> None:
    assert problems(QUESTION % "Elige", parts=parts) == []
    assert problems(QUESTION % ("Elige la opción que más te guste, " * 2), parts=parts) == [], "á, í, ó, ú go without accent"
    found = problems(QUESTION % ("Elige la opción que más te guste, " * 4), parts=parts)
    assert [(problem.line, problem.code) for problem in found] == [(6, "sms_segments")]
    assert (found[0].places["segments"], found[0].places["language"]) == ("2", "es")
    assert "2 partes" in found[0].tell(LANGUAGES["es"])
    assert problems(QUESTION % ("Elige la opción que más te guste, " * 4)) == []


def test_letters_that_make_parts_short_are_named() -> None:
    (found,) = problems(QUESTION % ("Elige la que más te guste 🌳, " * 3), parts=parts)
    assert found.code == "sms_costly"
    assert "🌳" in found.tell(LANGUAGES["es"])


def test_an_answer_shown_in_a_text_is_counted_with_a_usual_length() -> None:
    seen: list[str] = []

    def count(said: str, _: str) -> tuple[int, str]:
        seen.append(said)
        return 1, ""

    text = "flow: a\ntitle: A\nsurvey:\n  - {type: text, name: q, label: Q}\n  - {type: note, label: 'Hola ${q}, ${receipt}'}\n"
    problems(text, parts=count)
    assert seen == ["Q", "Hola xxxxxxxx, xxxxxxxx"]
