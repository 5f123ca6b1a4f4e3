"""The clock, late and early messages, budgets: what a person does not see until it goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.engine.catalogue import Limits
from bot.engine.conversation import advance
from bot.engine.timing import after_quiet
from bot.vocabulary import Timer
from tests.engine.playing import Play

TEXTS = """
flow: textos
kind: survey
title: Textos
languages: [es]
reminders: [24h, 72h]
expires: 14d
survey:
  - {type: text, name: uno, label: "¿Uno?"}
  - {type: text, name: dos, label: "¿Dos?"}
  - {type: select_one, name: tres, label: "¿Tres?", choices: {si: Sí, no: No}}
  - {type: select_one, name: cuatro, label: "¿Cuatro?", choices: {a: Agua, b: Basura}}
  - {type: text, name: cinco, label: "¿Cinco?"}
"""

# ── one breath ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_further_message_in_one_breath_is_appended_without_a_reply() -> None:
    play = Play(TEXTS).start().say("Más luz")
    said = len(play.says)
    play.quickly("y más agua")
    assert len(play.says) == said
    assert [(row.step, row.value, row.raw, row.reason) for row in play.journal] == [
        ("uno", "Más luz", "Más luz", ""),
        ("uno", "Más luz\ny más agua", "y más agua", "joined"),
    ]
    assert play.asked == "dos"


def test_what_comes_after_the_breath_is_an_answer() -> None:
    assert Play(TEXTS).start().say("Más luz").quickly("agua", since=3.0).answers["dos"] == "agua"


def test_a_clear_answer_to_a_closed_question_is_not_joined() -> None:
    play = Play(TEXTS).start().say("a", "b").quickly("sí")
    assert play.answers["tres"] == "si"


def test_a_control_word_is_heard_at_once() -> None:
    assert Play(TEXTS).start().say("Más luz").quickly("alto").outcome == "stopped"


def test_what_was_written_before_the_next_question_corrects_the_one_before() -> None:
    play = Play(TEXTS).start().say("a", "b", "sí").quickly("no", former=True)
    assert play.answers["tres"] == "no"
    assert play.asked == "cuatro"


def test_the_same_answer_sent_twice_in_one_breath_changes_nothing() -> None:
    play = Play(TEXTS).start().say("a", "b", "sí")
    rows, said = len(play.journal), len(play.says)
    play.quickly("sí", former=True)
    assert (len(play.journal), len(play.says)) == (rows, said)


# ── buttons ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_button_pressed_twice_counts_once() -> None:
    play = Play(TEXTS).start().say("a", "b")
    assert play.conversation.prompt is not None
    number = play.conversation.prompt.number
    play.press("si", number).press("si", number)
    assert [row.step for row in play.journal] == ["uno", "dos", "tres"]
    assert play.asked == "cuatro"


def test_another_button_of_an_answered_question_corrects_it() -> None:
    play = Play(TEXTS).start().say("a", "b")
    assert play.conversation.prompt is not None
    number = play.conversation.prompt.number
    play.press("si", number).press("no", number)
    assert play.answers["tres"] == "no"
    assert play.asked == "cuatro"


def test_a_button_of_a_re_asked_question_answers_it() -> None:
    play = Play(TEXTS).start().say("a", "b")
    assert play.conversation.prompt is not None
    number = play.conversation.prompt.number
    assert play.say("zzz").press("si", number).answers["tres"] == "si"


def test_a_button_of_nowhere_is_told_and_the_question_asked_again() -> None:
    play = Play(TEXTS).start().press("si", 5)
    assert "botón" in play.says[-2].text
    assert play.last == "¿Uno?"


def test_a_choice_that_was_not_shown_is_not_taken() -> None:
    play = Play(TEXTS).start().say("a", "b").press("otra")
    assert "tres" not in play.answers
    assert play.choices == ["si", "no"]


# ── timers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reminders_come_when_due_and_expiry_closes_as_partial() -> None:
    play = Play(TEXTS).start().say("a").wait(hours=23)
    assert not any("falta poco" in said.text for said in play.says)
    play.wait(hours=2)
    assert sum("falta poco" in said.text for said in play.says) == 1
    assert play.last == "¿Dos?"
    play.wait(days=3)
    assert sum("falta poco" in said.text for said in play.says) == 2
    play.wait(days=12)
    assert play.outcome == "partial"


def test_after_a_long_outage_each_owed_reminder_comes_once() -> None:
    play = Play(TEXTS).start()
    due = []
    while play.timer is not None and play.timer.kind == "reminder":
        due.append(play.timer.due)
        play.now = datetime(2026, 11, 30, 12, tzinfo=UTC)
        play.turn(Timer("reminder", play.timer.token))
    assert len(due) == 2
    assert sum("falta poco" in said.text for said in play.says) == 2


def test_an_answer_puts_reminders_off() -> None:
    play = Play(TEXTS).start().wait(hours=23).say("a").wait(hours=23)
    assert not any("falta poco" in said.text for said in play.says)


def test_a_stale_timer_is_harmless() -> None:
    play = Play(TEXTS).start()
    before = play.conversation
    stale = Timer("expire", before.turns - 1)
    assert advance(play.catalogue, before, stale, play.now) == (before, ())


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-22T19:59", "2026-11-22T19:59"),
        ("2026-11-22T20:00", "2026-11-23T08:00"),
        ("2026-11-23T03:30", "2026-11-23T08:00"),
        ("2026-11-23T08:00", "2026-11-23T08:00"),
    ],
)
def test_nothing_is_sent_in_quiet_hours(moment: str, expected: str) -> None:
    quiet = (time(20), time(8))
    assert after_quiet(datetime.fromisoformat(moment), quiet) == datetime.fromisoformat(expected)
    assert after_quiet(datetime.fromisoformat(moment), None) == datetime.fromisoformat(moment)


# ── opening and closing ──────────────────────────────────────────────────────────────────────────────────────────────

DATED = TEXTS.replace("reminders:", "opens: 2026-11-20T08:00\ncloses: 2026-11-23T20:00\nreminders:")


def test_a_flow_that_closed_meanwhile_says_so_and_keeps_what_was_answered() -> None:
    play = Play(DATED).start().say("a")
    play.now += timedelta(days=3)
    play.say("b")
    assert play.outcome == "partial"
    assert "cerrada" in play.last
    assert play.answers == {"uno": "a"}


def test_a_flow_does_not_begin_outside_its_dates() -> None:
    play = Play(DATED)
    play.now -= timedelta(days=5)
    assert "abre el 20/11/2026" in play.start().says[0].text
    play.now += timedelta(days=10)
    assert "cerrada" in play.start().says[-2].text


def test_dates_are_ignored_where_the_catalogue_says_so() -> None:
    play = Play(DATED, dated=False)
    play.now += timedelta(days=100)
    assert play.start().asked == "uno"


def test_a_closed_flow_still_honours_stop() -> None:
    play = Play(DATED).start()
    play.now += timedelta(days=3)
    assert play.say("alto").outcome == "stopped"


# ── budgets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_longer_than_the_budget_is_not_taken_and_the_limit_is_told() -> None:
    play = Play(TEXTS, limits=Limits(text=20)).start().say("x" * 21)
    assert play.journal == []
    assert "20" in play.says[-2].text
    assert play.say("x" * 20).asked == "dos"


def test_a_flow_that_runs_on_pauses_and_goes_on_with_the_next_message() -> None:
    notes = "".join(f'  - {{type: note, label: "Nota {n}"}}\n' for n in range(30))
    flow = TEXTS.replace("survey:\n", "survey:\n" + notes)
    play = Play(flow, limits=Limits(effects=10)).start()
    assert len(play.effects) < 15
    play.say("sigue", "sigue")
    assert play.asked == "uno"
    assert [said.text for said in play.says if said.kind == "note"] == [f"Nota {n}" for n in range(30)]


def test_nul_and_half_characters_can_be_kept() -> None:
    assert Play(TEXTS).start().say("a\x00b\ud83d").answers["uno"] == "ab?"


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_answers_beforehand() -> None:
    play = Play(TEXTS).start(presets={"tres": "si", "cuatro": "agua"}).say("a", "b")
    assert play.asked == "cinco"
    assert (play.answers["tres"], play.answers["cuatro"]) == ("si", "b") or play.answers["cuatro"] == "a"
    assert {row.reason for row in play.journal if row.step in ("tres", "cuatro")} == {"preset"}


def test_a_preset_that_is_no_choice_is_asked() -> None:
    assert Play(TEXTS).start(presets={"tres": "quizás"}).say("a", "b").asked == "tres"
