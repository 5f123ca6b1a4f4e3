"""A slip and, before anybody could read that it was not understood, a second try: it answers the same question."""

from __future__ import annotations

import pytest

from bot.vocabulary import RecordAnswer
from tests.engine.playing import Play

FLOW = """
    flow: dos_listas
    kind: survey
    title: Dos listas
    languages: [es]
    survey:
      - type: select_one
        name: canton
        label: ¿Cantón?
        choices: {riobamba: Riobamba, ibarra: Ibarra, puyo: Puyo}
      - type: select_one
        name: sector
        label: ¿Sector?
        choices: {academia: Academia, civil: Sociedad civil}
      - type: note
        label: Gracias.
"""


def recorded(play):
    return [(effect.step, effect.value) for effect in play.effects if isinstance(effect, RecordAnswer)]


@pytest.mark.parametrize("slip", ["zzz", "academia o sociedad civil"])  # not understood; asked back
@pytest.mark.parametrize("second", ["2", "sociedad civil"])
def test_a_second_try_before_the_reply_was_read_answers_the_same_question(slip, second):
    play = Play(FLOW).start().say("puyo", slip)
    assert play.asked == "sector"
    play.quickly(second, since=None, former=True)
    assert recorded(play) == [("canton", "puyo"), ("sector", "civil")]


def test_written_before_the_next_question_could_be_read_it_still_corrects_the_answer_before():
    play = Play(FLOW).start().say("puyo").quickly("2", since=None, former=True)
    assert recorded(play) == [("canton", "puyo"), ("canton", "ibarra")]
    assert play.asked == "sector"
