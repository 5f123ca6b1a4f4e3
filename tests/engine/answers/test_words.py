"""The words that always work, languages by name, and the word lists themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.engine.answers import control, fold, is_word, language_named
from bot.engine.answers.words import correction, lexicon, unreviewed
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
        ("quiero parar", "stop"),
        ("ya no quiero", "stop"),
        ("no me escriban más", "stop"),
        ("basta", "stop"),
        ("volver atrás", "back"),
        ("me equivoqué", "back"),
        ("quisiera ver el menú", "menu"),
        ("me gustaría repetir la pregunta", "repeat"),
        ("I'd like to start over", "restart"),
        ("hablar con una persona", "person"),
        ("qué datos guardan de mí", "my_data"),
        ("quiero que borren mis datos", "erase_my_data"),
        ("contacto", "person"),
        ("ya no", None),
        ("no más", None),
        ("quiero agua", None),
        ("correct", None),
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


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("ayuda", "help"),
        ("ALTO", "stop"),
        ("ya no quiero", "stop"),
        ("atrás", "back"),
        ("contacto", None),
        ("atención al ciudadano", None),
        ("quisiera ver el menú", None),
        ("necesito ayuda con el agua de mi barrio", None),
    ],
)
def test_where_any_words_are_an_answer_what_may_be_one_is_no_control_word(
    text: str, which: str | None, languages: Mapping[str, Language]
) -> None:
    assert control([languages["es"], languages["en"]], text, free=True) == which


def test_no_control_word_takes_the_place_of_an_answer(languages: Mapping[str, Language]) -> None:
    words = lexicon(tuple(languages.values()))
    sections = ("yes", "no", "none", "all", "both", "nothing", "many", "read", "refuse", "waits", "vague_days", "vague_times")
    taken = {(section, phrase) for section in sections for phrase in words.lists[section] if words.key("control", phrase)}
    keyed = {(section, phrase) for section in ("numbers", "ordinals", "days", "months") for phrase in words.keyed[section]}
    assert taken == set()
    assert {(section, phrase) for section, phrase in keyed if words.key("control", phrase)} == set()
    assert words.lists["weak_control"] - set(words.keyed["control"]) == set(), "a weak word that is none would do nothing"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("corregir 3", 3),
        ("corregir la 3", 3),
        ("Quiero corregir la tercera, por favor", 3),
        ("cambiar la respuesta 12", 12),
        ("change answer 2", 2),
        ("corregir", None),
        ("corregir el agua", None),
        ("la 3", None),
        ("cambiar 3 veces", None),
        ("corregir 12345", None),
    ],
)
def test_an_answer_to_correct_is_named_by_its_number(text: str, number: int | None, languages: Mapping[str, Language]) -> None:
    assert correction([languages["es"], languages["en"]], text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("cambiar a inglés", "en"),
        ("quiero en kichwa", "qu_EC"),
        ("hablar en shuar por favor", "jiv"),
        ("switch to Spanish", "es"),
        ("en mi casa", None),
        ("prefiero agua", None),
    ],
)
def test_a_language_is_asked_for_in_a_sentence(text: str, code: str | None, languages: Mapping[str, Language]) -> None:
    assert language_named(list(languages.values()), text) == code


def test_words_of_kichwa_and_shuar_are_marked_as_not_reviewed(languages: Mapping[str, Language]) -> None:
    assert set(unreviewed(languages.values())) == {languages["qu_EC"].name, languages["jiv"].name}


def test_a_word_that_is_spanish_too_is_heard_only_from_who_writes_in_that_language(languages: Mapping[str, Language]) -> None:
    assert not lexicon((languages["es"], languages["qu_EC"])).has("yes", "alli")
    assert lexicon((languages["qu_EC"], languages["es"])).has("yes", "alli")
    assert lexicon((languages["es"], languages["qu_EC"])).has("yes", "ari")


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
