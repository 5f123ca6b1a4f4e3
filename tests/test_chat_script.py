"""The lines that the JSON player reads, and the commands of the terminal."""

import io
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.abilities import LOOKS
from bot.channels.rendering import render
from bot.chat.script import EXPECTED, Act, Restart, ScriptError, Wait, duration, line
from bot.chat.terminal import Ink, bubble, command, ink_for
from bot.translations import load_languages
from bot.vocabulary import Address, Option, Say


@pytest.fixture(scope="module")
def spanish():
    return load_languages(Path(__file__).parents[1] / "locales")["es"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"text": "sí"}', Act({"text": "sí"})),
        ('{"choice": "puyo"}', Act({"choice": "puyo"})),
        ('{"choice": ["radio", "redes"]}', Act({"choice": ["radio", "redes"]})),
        ('{"location": [-1.5, -78]}', Act({"location": [-1.5, -78]})),
        ('{"file": "foto.jpg"}', Act({"file": "foto.jpg"})),
        ('{"wait": "90m"}', Wait(timedelta(minutes=90))),
        ('{"restart": true}', Restart()),
    ],
)
def test_a_line_that_can_be_played(text, expected):
    assert line(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hola", "not_json"),
        ('{"text": "a"', "not_json"),
        ("[]", "not_object"),
        ('"hola"', "not_object"),
        ("{}", "one_key"),
        ('{"text": "a", "choice": "b"}', "one_key"),
        ('{"texto": "a"}', "unknown_key"),
        ('{"text": "a", "prompt": 3}', "unknown_key"),
        ('{"start": "otro"}', "unknown_key"),
        ('{"action": "close"}', "unknown_key"),
        ('{"text": 1}', "wrong_type"),
        ('{"choice": 1}', "wrong_type"),
        ('{"choice": []}', "wrong_type"),
        ('{"choice": ["a", 1]}', "wrong_type"),
        ('{"location": [1]}', "wrong_type"),
        ('{"location": [91, 0]}', "wrong_type"),
        ('{"file": ""}', "wrong_type"),
        ('{"wait": 5}', "wrong_type"),
        ('{"wait": "mañana"}', "wait"),
        ('{"restart": false}', "wrong_type"),
    ],
)
def test_a_line_that_cannot_is_told_why(text, code, spanish):
    with pytest.raises(ScriptError) as raised:
        line(text)
    assert raised.value.code == code
    assert spanish.say(f"chat.error.{code}", **raised.value.places)


@given(st.text(max_size=60))
def test_no_line_breaks_the_player(text):
    with suppress(ScriptError):
        assert line(text)


@pytest.mark.parametrize("example", EXPECTED.values())
def test_the_examples_in_the_remedies_can_be_played(example):
    assert line(example)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(days=1)),
        ("3d", timedelta(days=3)),
        (" 2 h ", timedelta(hours=2)),
        ("0s", timedelta(0)),
    ],
)
def test_durations(text, expected):
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "h", "3", "3w", "-1h", "1.5h", "3661d", "999999999d", "1h30m"])
def test_no_durations(text):
    with pytest.raises(ScriptError, match="wait"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hola", Act({"text": "hola"})),
        ("", Act({"text": ""})),
        ("/ayuda", Act({"text": "/ayuda"})),
        ("/salir", None),
        ("/EXIT", None),
        ("/esperar 2h", Wait(timedelta(hours=2))),
        ("/lugar -1.67, -78.65", Act({"location": [-1.67, -78.65]})),
        ("/archivo mi foto.jpg", Act({"file": "mi foto.jpg"})),
        ('/file "mi foto.jpg"', Act({"file": "mi foto.jpg"})),
        ("/archivo l'agua.jpg", Act({"file": "l'agua.jpg"})),
        ("/reiniciar", Restart()),
    ],
)
def test_commands_of_the_terminal(text, expected):
    assert command(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/esperar", "wait"),
        ("/lugar aquí", "place"),
        ("/lugar 1 2 3", "place"),
        ("/lugar 95 0", "place"),
        ("/archivo", "wrong_type"),
    ],
)
def test_commands_that_say_too_little(text, code, spanish):
    with pytest.raises(ScriptError) as raised:
        command(text)
    assert raised.value.code == code
    assert spanish.say(f"chat.error.{code}", **raised.value.places)


def shown(say, look="console", width=60):
    return bubble(render(say, Address("console", "ana"), LOOKS[look]), Ink(), width)


def test_a_message_is_indented_and_its_options_numbered():
    say = Say("¿En qué cantón vives?", choices=(Option("a", "Riobamba"), Option("b", "Ibarra")))
    assert shown(say) == "    ¿En qué cantón vives?\n      1  Riobamba\n      2  Ibarra\n"


def test_numbers_that_the_text_has_already_are_not_repeated():
    say = Say("¿En qué cantón vives?", choices=(Option("a", "Riobamba"), Option("b", "Ibarra")))
    assert shown(say, look="sms") == "    ¿En qué cantón vives?\n    1. Riobamba\n    2. Ibarra\n"


def test_long_lines_wrap_and_empty_lines_stay():
    assert (
        shown(Say("uno dos tres cuatro cinco seis\n\nsiete"), width=30)
        == "    uno dos tres cuatro cinco\n    seis\n\n    siete\n"
    )


def test_attachments_of_the_step_are_named():
    assert "[image: mapa.png]" in shown(Say("Mira.", media={"image": "mapa.png"}))


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_ink_is_for_terminals_that_want_it(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert ink_for(Screen()).bold
    assert ink_for(io.StringIO()) == Ink()
    monkeypatch.setenv("TERM", "dumb")
    assert ink_for(Screen()) == Ink()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert ink_for(Screen()) == Ink()
