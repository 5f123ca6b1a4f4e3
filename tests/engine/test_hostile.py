"""Invariant 1: any inbound in any state raises nothing and yields a bounded number of effects; the state survives JSON."""

from __future__ import annotations

from datetime import timedelta
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.conversation import advance
from bot.engine.flow import ConsentText
from bot.engine.state import decode, encode
from bot.vocabulary import Begin, EndConversation, Inbound, Location, Media, Press, Result, Say, Staff, Start, Text, Timer
from tests.engine.playing import Play
from tests.luck import examples

EVERYTHING = (Path(__file__).parent / "flows" / "todo.yaml").read_text(encoding="utf-8")
CONSENTS = {"permiso": ConsentText("permiso", "1", "p", 9, {"es": "¿Permites?", "en": "Allow?"})}
WORDS = st.sampled_from(
    ["1", "2", "1,2", "3 1 2", "sí", "no", "agua", "otra", "ayuda", "volver", "saltar", "prefiero no decir", "idioma", "english",
     "español", "menú", "alto", "alta", "mis datos", "borrar mis datos", "persona", "empezar de nuevo", "repetir", "todo", "5",
     "15/03/2026", "hoy", "a las 5", "0991234567", "a@b.ec", "enviar", "corregir 1", "ninguna", "todas", "-1,5", "", "   ", "ok"]
)  # fmt: skip
MEDIA = st.builds(
    Media,
    kind=st.sampled_from(["image", "audio", "video", "file"]),
    reference=st.just("ab/cd"),
    content_type=st.just("image/jpeg"),
    sha256=st.just("0" * 64),
    size=st.integers(0, 10**9),
    name=st.text(max_size=5),
    caption=st.text(max_size=5),
)
SINCE = st.none() | st.floats(0, 10)
SCREEN = st.sampled_from(["current", "former"])
INBOUND: st.SearchStrategy[Inbound] = st.one_of(
    st.builds(Text, WORDS, SCREEN, SINCE),
    st.builds(Text, WORDS),
    st.builds(Text, st.text(max_size=40), SCREEN, SINCE),
    st.builds(
        Press, st.integers(-1, 3), st.sampled_from(["yes", "no", "a", "b", "a b", "other", "send", "1", "flow:todo", "x", ""])
    ),
    st.builds(Location, st.floats(-90, 90), st.floats(-180, 180)),
    MEDIA,
    st.builds(Timer, st.sampled_from(["reminder", "expire"]), st.integers(-1, 1)),
    st.builds(Staff, st.sampled_from(["restart", "close", "resume"])),
    st.builds(
        Result,
        st.sampled_from(["request", "do:", "do:registro", "do:publicado", "do:publicado/1"]),
        st.none()
        | st.text(max_size=5)
        | st.dictionaries(
            st.sampled_from(["hits", "number", "told", "media", "secret", "problem"]),
            st.none()
            | st.text(max_size=5)
            | st.lists(st.none() | st.dictionaries(st.just("title"), st.text(max_size=3)), max_size=8),
        ),
    ),
    st.builds(Result, st.sampled_from(["my_data:1", "nothing"]), st.none() | st.just({"addresses": "x", "conversations": 3})),
    st.builds(Start, st.sampled_from(["todo", "nada"]), st.dictionaries(st.sampled_from(["uno", "dia", "zzz"]), WORDS)),
)


def relative(play: Play, inbound: Inbound) -> Inbound:
    """Makes small numbers mean prompts and tokens near the present ones."""
    match inbound:
        case Press(prompt=offset, choice=choice):
            return Press(play.conversation.prompts - offset, choice)
        case Timer(kind=kind, token=offset):
            return Timer(kind, play.conversation.turns + offset)
        case _:
            return inbound


@given(st.lists(INBOUND, max_size=40))
@examples(300)
def test_any_inbound_in_any_state(inbounds: list[Inbound]) -> None:
    play = Play(EVERYTHING, consents=CONSENTS)
    for inbound in inbounds:
        before = len(play.effects)
        play.turn(relative(play, inbound))  # which goes through JSON, and compares two runs
        assert len(play.effects) - before <= 300
        play.now += timedelta(minutes=7)
        assert decode(encode(play.conversation)) == play.conversation
        rows = [row.sequence for row in play.journal]
        ends = sum(isinstance(effect, EndConversation) for effect in play.effects)
        begins = sum(isinstance(effect, Begin) for effect in play.effects)
        if ends == 0 and begins <= 1:
            assert rows == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("media", [[None], None, "x", [{"image": "a"}, 3]])
def test_files_of_another_shape_raise_nothing(media: object) -> None:
    play = Play(EVERYTHING, consents=CONSENTS).turn(Result("request", {"told": "Va.", "media": media}))
    assert any(isinstance(effect, Say) and effect.text == "Va." for effect in play.effects)


def test_a_button_where_none_was_shown_asks_again() -> None:
    play = Play(EVERYTHING, consents=CONSENTS).say("1", "1", "otra")
    asked = play.conversation.prompt
    assert asked is not None
    assert (asked.asking, asked.options) == ("other", ())
    play.turn(Press(asked.number, "yes"))
    again = play.conversation.prompt
    assert again is not None
    assert (again.asking, again.node) == ("other", asked.node)


PLACE = """
flow: lugar
title: Lugar
survey:
  - {type: geopoint, name: lugar, label: "¿Lugar?"}
"""


@pytest.mark.parametrize("where", [(inf, 0), (0, nan), (91, 0), (0, -181)])
def test_what_is_nowhere_on_earth_is_no_answer(where: tuple[float, float]) -> None:
    play = Play(PLACE).start().turn(Location(*where))
    assert play.journal == []
    assert play.conversation.prompt is not None
    [answer] = play.turn(Location(-1.5, -78.0, inf)).journal
    assert answer.value == {"lat": -1.5, "lon": -78.0, "accuracy": None, "place": None}


@given(st.text(max_size=30), st.sampled_from(["lobby", "open"]))
@examples(100)
def test_an_open_conversation_always_waits_for_something(text: str, where: str) -> None:
    play = Play(EVERYTHING, consents=CONSENTS)
    if where == "open":
        play.start()
    play.turn(Text(text))
    if play.conversation.status == "open":
        assert play.conversation.prompt is not None


def test_advance_needs_nothing_but_its_arguments() -> None:
    play = Play(EVERYTHING, consents=CONSENTS).start()
    first = advance(play.catalogue, play.conversation, Text("sí"), play.now)
    second = advance(play.catalogue, play.conversation, Text("sí"), play.now)
    assert encode(first[0]) == encode(second[0])
    assert first[1] == second[1]
