"""Several attachments sent together: one answers, the others are kept, and nobody is scolded for each of them."""

from __future__ import annotations

import hashlib

import pytest

from bot.vocabulary import Media
from tests.engine.playing import Play

FLOW = """
flow: fotos
kind: survey
title: Fotos
languages: [es]
survey:
  - {type: text, name: problema, label: "¿Qué pasa?"}
  - {type: image, name: foto, label: "Envía una foto."}
  - {type: text, name: donde, label: "¿Dónde es?"}
"""


def picture(number: int, album: str = "a1", caption: str = "", *, lost: bool = False) -> Media:
    sha = "" if lost else hashlib.sha256(bytes([number])).hexdigest()
    return Media("image", f"ref{number}", "image/jpeg", sha, 10, "", caption, album)


def reference(value: object) -> object:
    """Returns which stored file an answer is."""
    assert isinstance(value, dict)
    return value["reference"]


def sent(play: Play, *pictures: Media) -> list[str]:
    """Sends them; returns what was said to each."""
    told = []
    for one in pictures:
        before = len(play.says)
        play.turn(one)
        told.append("|".join(say.text for say in play.says[before:]))
    return told


def test_the_first_answers_and_the_others_are_rows_of_the_journal_without_a_reply() -> None:
    play = Play(FLOW).start().say("Hay un hueco")
    assert sent(play, picture(1, caption="el hueco"), picture(2), picture(3)) == ["¿Dónde es?", "", ""]
    rows = [row for row in play.journal if row.step == "foto"]
    assert [(reference(row.value), row.reason) for row in rows] == [("ref1", ""), ("ref2", "joined"), ("ref3", "joined")]
    assert play.say("en la plaza").answers["donde"] == "en la plaza"


def test_one_of_another_album_is_judged_by_itself() -> None:
    play = Play(FLOW).start().say("Hay un hueco")
    told = sent(play, picture(1), picture(2, "a2"))
    assert told[1] != ""
    assert reference(play.answers["foto"]) == "ref1"


def test_where_none_is_asked_for_an_album_is_one_failed_try() -> None:
    play = Play(FLOW).start()
    told = sent(play, *(picture(number) for number in range(1, 7)))
    assert [bool(text) for text in told] == [True, *[False] * 5]
    assert play.asked == "problema"
    assert play.say("Hay un hueco").answers["problema"] == "Hay un hueco"


def test_the_words_of_an_album_answer_and_its_pictures_are_not_scolded() -> None:
    play = Play(FLOW.replace("type: image, name: foto", "type: text, name: foto")).start()
    told = sent(play, picture(1, caption="Hay un hueco"), picture(2), picture(3))
    assert [bool(text) for text in told] == [True, False, False]
    assert play.answers["problema"] == "Hay un hueco"


def test_an_album_whose_first_picture_got_lost_answers_with_the_next() -> None:
    play = Play(FLOW).start().say("Hay un hueco")
    sent(play, picture(1, lost=True), picture(2), picture(3, lost=True))
    assert reference(play.answers["foto"]) == "ref2"
    assert play.asked == "donde"


@pytest.mark.parametrize("count", [1, 3])
def test_without_an_album_each_is_judged_by_itself(count: int) -> None:
    play = Play(FLOW).start()
    told = sent(play, *(picture(number, "") for number in range(count)))
    assert all(told)
