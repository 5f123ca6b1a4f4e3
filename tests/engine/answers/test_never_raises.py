"""Whatever a person writes: a reading comes out, the same one twice, and what is stored is of the question's type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.engine.answers import AskBack, Choosable, Gazetteer, NotUnderstood, Question, Sure, understand
from bot.engine.flow import StepType
from bot.engine.language import Language
from bot.vocabulary import Value
from tests.luck import examples

OPTIONS = (
    Choosable("a", "Agua potable", ("agua",)),
    Choosable("b", "2", ()),
    Choosable("c", "No sé", ()),
    Choosable("d", "Sí, claro", ()),
    Choosable("e", "No", ()),
    Choosable("f", "", ()),
    Choosable("g", "Menos de 18 años y aún más texto", (), "Menos de 18 añ…"),
)
TYPES: tuple[StepType, ...] = (
    "note",
    "text",
    "integer",
    "decimal",
    "select_one",
    "select_multiple",
    "rank",
    "range",
    "date",
    "time",
    "datetime",
    "geopoint",
    "image",
    "audio",
    "video",
    "file",
    "phone",
    "email",
    "acknowledge",
    "calculate",
    "do",
)
PIECES = st.sampled_from(
    [
        "1",
        "2",
        "13",
        "3,5",
        "1.500",
        "1'500.000",
        "½",
        "0",
        "99999999999999999999",
        "²",
        "٣",
        "15/03/2026",
        "31/02",
        "2026-03-15",
        "17h30",
        "5pm",
        "de la tarde",
        "a las",
        "el lunes",
        "pasado",
        "marzo",
        "de",
        "y",
        "o",
        "no",
        "sí",
        "no sé",
        "todas",
        "menos",
        "ninguna",
        "la última",
        "mil",
        "millones",
        "medio",
        "con",
        "entre",
        "hace",
        "días",
        "semanas",
        "en",
        "agua",
        "-",
        "@",
        "gmail.com",
        "+593",
        "0991234567",
        "👍",
        "2️⃣",
        "\n",
        ",",
        ".",
        "(",
        ")",
        "/",
        "cuarto",
        "para las",
        "hoy",
        "uno de",
        "primero",
        "S",
        "W",
        "°",
        "\u200d",
        "\ud83d",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map(" ".join), st.lists(PIECES, max_size=8).map("".join))
QUESTIONS = st.builds(
    Question,
    st.sampled_from(TYPES),
    st.sampled_from([(), OPTIONS, OPTIONS[3:5], OPTIONS[:1]]),
    st.sampled_from([None, 1, 2, 9]),
    st.sampled_from([None, 0.0, 1.0]),
    st.sampled_from([None, 5.0, 10.0]),
    st.sampled_from([None, 0.5, 1.0, 0.0]),
    st.sampled_from([frozenset(), frozenset({"text"})]),
    st.booleans(),
    st.booleans(),
)
LAX = examples(400)


def test_any_text_to_any_question_is_read(languages: Mapping[str, Language], now: datetime, places: Gazetteer) -> None:
    spoken = list(languages.values())

    @LAX
    @given(question=QUESTIONS, text=TEXTS)
    @example(question=Question("date"), text="MIL0/0")
    @example(question=Question("select_multiple", OPTIONS[3:5]), text="NOSE")
    def is_read(question: Question, text: str) -> None:
        reading = understand(question, text, spoken, now, places)
        assert reading == understand(question, text, spoken, now, places)
        match reading:
            case Sure(value, _):
                assert fits(question, value)
                orjson.dumps(value)
            case AskBack(reason, candidates):
                assert f"answers.ask.{reason}" in languages["es"].texts
                assert all(fits(question, candidate.value) for candidate in candidates)
                orjson.dumps([candidate.value for candidate in candidates])
            case NotUnderstood(reason):
                key = f"answers.not_understood.{reason or question.type}"
                assert key in languages["es"].texts or question.type in ("note", "calculate", "do")

    is_read()


def test_a_language_without_words_still_reads(now: datetime) -> None:
    odd = {"yes": "si", "numbers": {"1": "uno"}, "no": None, "units": 3, "filler": {"a": ["b"]}, "polite": []}
    bare = [Language("xx", "X"), Language("yy", "Y", {}, odd)]

    @LAX
    @given(question=QUESTIONS, text=TEXTS)
    def is_read(question: Question, text: str) -> None:
        understand(question, text, bare, now)
        understand(question, text, [], now)

    is_read()


@pytest.mark.parametrize("kind", sorted(set(TYPES) - {"note", "calculate", "do"}))
@pytest.mark.parametrize("text", ["a" * 9_000, "1 " * 9_000, "veinte " * 9_000, "@" * 9_000, "no o sí " * 9_000, "9" * 9_000])
def test_a_flood_is_read_too(kind: StepType, text: str, languages: Mapping[str, Language], now: datetime) -> None:
    assert understand(Question(kind, OPTIONS), text, list(languages.values()), now) is not None


def fits(question: Question, value: Value) -> bool:
    names = {option.name for option in question.options} | ({"other"} if question.other else set())
    match question.type:
        case "integer":
            return type(value) is int
        case "decimal":
            return type(value) is float
        case "range":
            return type(value) in (int, float)
        case "select_one":
            return value in names
        case "select_multiple" | "rank":
            return isinstance(value, list) and set(value) <= names and len(set(value)) == len(value)
        case "date":
            return date.fromisoformat(str(value)) is not None
        case "time":
            return time.fromisoformat(str(value)) is not None
        case "datetime":
            return datetime.fromisoformat(str(value)).tzinfo is not None
        case "geopoint":
            return isinstance(value, dict) and set(value) == {"lat", "lon", "accuracy", "place"}
        case "acknowledge":
            return value is True
        case _:
            return isinstance(value, str) and bool(value)
