"""The words that always work, languages by name, and the word lists themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.engine.answers import control, fold, is_word, language_named
from bot.engine.language import Language

CONTROLS = {
    "help",
    "menu",
    "back",
    "repeat",
    "skip",
    "restart",
    "language",
    "stop",
    "start_again",
    "my_data",
    "erase_my_data",
    "link",
    "other_person",
    "who",
    "person",
}


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("ayuda", "help"),
        ("Ayuda por favor", "help"),
        ("/ayuda", "help"),
        ("/help", "help"),
        ("¡AYUDA!", "help"),
        ("ayudaaaa", "help"),
        ("?", "help"),
        ("menú", "menu"),
        ("menu", "menu"),
        ("volver", "back"),
        ("atras", "back"),
        ("repite porfa", "repeat"),
        ("saltar", "skip"),
        ("reiniciar", "restart"),
        ("cambiar idioma", "language"),
        ("alto", "stop"),
        ("BAJA", "stop"),
        ("STOP", "stop"),
        ("no más mensajes", "stop"),
        ("alta", "start_again"),
        ("mis datos", "my_data"),
        ("qué saben de mí", "my_data"),
        ("borra mis datos", "erase_my_data"),
        ("quiero hablar con una persona", "person"),
        ("vincular", "link"),
        ("vincular mis canales", "link"),
        ("Link", "link"),
        ("help me please", "help"),
        ("go back", "back"),
        ("erase my data", "erase_my_data"),
        ("unsubscribe", "stop"),
        ("ayuda para mi barrio", None),
        ("no quiero ayuda", None),
        ("hola", None),
        ("", None),
        ("parque", None),
        ("volver a pintar", None),
    ],
)
def test_a_control_word_is_the_whole_message(text: str, which: str | None, languages: Mapping[str, Language]) -> None:
    assert control([languages["es"], languages["en"]], text) == which


@pytest.mark.parametrize(
    ("section", "text", "is_one"),
    [
        ("skip", "paso", True),
        ("skip", "Saltar.", True),
        ("skip", "saltar por favor", True),
        ("skip", "paso a paso", False),
        ("refuse", "Prefiero no decir", True),
        ("refuse", "no quiero responder, gracias", True),
        ("refuse", "no quiero parques", False),
        ("yes", "sí", True),
        ("no", "no", True),
        ("control", "ayuda", True),
        ("no_such_section", "ayuda", False),
    ],
)
def test_a_word_of_a_section(section: str, text: str, is_one: bool, languages: Mapping[str, Language]) -> None:
    assert is_word([languages["es"], languages["en"]], section, text) is is_one


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("english", "en"),
        ("Inglés", "en"),
        ("ENGLISH please", "en"),
        ("español", "es"),
        ("castellano", "es"),
        ("espanol", "es"),
        ("en", "en"),
        ("spanish", "es"),
        ("no hablo inglés", None),
        ("", None),
    ],
)
def test_a_language_by_its_name(text: str, code: str | None, languages: Mapping[str, Language]) -> None:
    assert language_named([languages["es"], languages["en"]], text) == code


def test_a_language_that_is_not_spoken_is_not_offered(languages: Mapping[str, Language]) -> None:
    assert language_named([languages["es"]], "english") is None


def test_kichwa_is_known_by_its_names_where_it_is_spoken(languages: Mapping[str, Language]) -> None:
    spoken = [languages["es"], Language("qu_EC", "Kichwa")]
    assert [language_named(spoken, name) for name in ("kichwa", "quichua", "runa shimi", "Runa Shimi")] == ["qu_EC"] * 4


@pytest.mark.parametrize("code", ["es", "en"])
def test_a_word_list_is_whole(code: str, languages: Mapping[str, Language]) -> None:
    words = languages[code].words
    assert set(words["control"]) == CONTROLS
    assert set(languages["es"].words) == set(words)
    assert set(words["months"]) == {str(month) for month in range(1, 13)}
    assert set(words["weekdays"]) == {str(day) for day in range(7)}
    assert {str(number) for number in range(21)} <= set(words["numbers"])


@pytest.mark.parametrize("code", ["es", "en"])
def test_no_phrase_means_two_things(code: str, languages: Mapping[str, Language]) -> None:
    words = languages[code].words
    twice = []
    for section in (
        "control",
        "numbers",
        "number_sayings",
        "ordinals",
        "months",
        "weekdays",
        "days",
        "feasts",
        "spans",
        "language_names",
    ):
        keys: dict[str, str] = {}
        for key, phrases in words[section].items():
            twice += [(section, phrase) for phrase in phrases if keys.setdefault(fold(phrase) or phrase, key) != key]
    assert twice == []
    said = {section: {fold(phrase) or phrase for phrase in words[section]} for section in ("yes", "no", "unsure", "refuse")}
    assert not said["yes"] & said["no"]
    assert not said["unsure"] & (said["yes"] | said["no"])
    assert not said["refuse"] & (said["yes"] | said["no"] | said["unsure"])


@pytest.mark.parametrize("code", ["es", "en"])
def test_every_reason_has_its_text(code: str, languages: Mapping[str, Language]) -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in Path("bot/engine/answers").glob("*.py"))
    reasons = set(re.findall(r"(?:AskBack|_ask)\(\"([a-z_]+)\"", sources))
    reasons |= set(re.findall(r"\"((?:date|time|datetime|rank)_[a-z]+)\"", sources))
    refusals = set(re.findall(r"NotUnderstood\(\"([a-z_]+)\"", sources))
    internal = {"date_nonsense", "date_order", "date_forms", "date_of", "time_half", "datetime_day"}
    assert len(reasons) > 20
    assert len(refusals) >= 3
    texts = languages[code].texts
    missing = [f"answers.ask.{reason}" for reason in reasons - internal if f"answers.ask.{reason}" not in texts]
    missing += [f"answers.not_understood.{reason}" for reason in refusals if f"answers.not_understood.{reason}" not in texts]
    assert missing == []
