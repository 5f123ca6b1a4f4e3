"""`minga rehearse`: invented people play a consultation through the real program, and what is told is what its rows say."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from bot.cli.rehearsal_report import spell
from bot.engine.source import load
from bot.prices import load_prices
from bot.rehearsal.advice import advise
from bot.rehearsal.crowd import Plan, play, staged
from bot.rehearsal.findings import Findings, findings
from bot.rehearsal.mix import Chances, Mix
from bot.translations import load_languages
from storage.played import Played, played
from tests.test_cli import Minga, minga

__all__ = ["minga"]

ROOT = Path(__file__).parents[2]
LANGUAGES = load_languages(ROOT / "locales", ("es", "en"))
BEGINS = datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("America/Guayaquil"))
PRICES, _ = load_prices("currency: USD\nsms: {sent: 0.1, received: 0.01, source: x, since: 2026-11}\n", "prices.yaml")
_CALM = (
    "leave", "late", "stop", "help", "back", "repeat", "language", "nonsense", "pieces", "skip", "hesitate", "correct",
)  # fmt: skip
GOOD = Chances(**dict.fromkeys(_CALM, 0.0))
"""People who only answer."""
FLOW = """\
flow: parque
title: El parque
languages: [es]
start: {words: [parque]}
reminders: [20h]
expires: 7d
survey:
  - type: select_one
    name: uso
    label: ¿Cada cuánto vas?
    choices: {diario: Todos los días, semanal: Cada semana, nunca: Casi nunca}
  - {type: text, name: falta, relevant: "${uso} != 'nunca'", label: ¿Qué le falta?}
  - {type: integer, name: edad, label: ¿Edad?, constraint: ". >= 10 and . <= 100", constraint_message: La edad va de 10 a 100.}
  - {type: note, label: Gracias.}
"""


def plan(text: str = FLOW, people: int = 20, seed: int = 1, mix: Mix | None = None, **more: object) -> Plan:
    loaded = load(text, "f.yaml")
    assert loaded.flow is not None, loaded.problems
    plain: dict[str, object] = {"plained": frozenset({"es"}), "paces": {"telegram": 25.0, "whatsapp": 80.0, "sms": 1.0}}
    return Plan(loaded, people, seed, mix or Mix(chances=GOOD), BEGINS, LANGUAGES, {}, **plain | more)  # type: ignore[arg-type]  # because a test hands in any of them


def rehearsed(asked: Plan) -> tuple[Findings, Played]:
    with staged(asked) as stage:
        asyncio.run(play(stage))
        rows = stage.database.transaction_now(played)
        return findings(rows, asked.flow, stage.vault, asked.languages, PRICES), rows


def chances(**percent: float) -> Mix:
    return Mix(chances=replace(GOOD, **percent))


def step(found: Findings, name: str) -> dict[str, int]:
    (question,) = [one for one in found.questions if one.step == name]
    return {key: getattr(question, key) for key in ("met", "answered", "skipped", "left", "not_understood", "asked_back")}


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_people_who_only_answer_all_finish() -> None:
    found, rows = rehearsed(plan())
    assert found.outcomes == {"completed": 20}
    assert (found.people, found.conversations, found.quarantined) == (20, 20, {})
    assert step(found, "uso") == {"met": 20, "answered": 20, "skipped": 0, "left": 0, "not_understood": 0, "asked_back": 0}
    asked = sum(row.step == "falta" for row in rows.rows)
    assert step(found, "falta")["met"] == asked < 20, "who never goes is not asked"
    assert found.unseen == []
    # one message begins it, each answer is one, and each is answered with one; thanks come by themselves
    assert sum(one.received for one in found.traffic) == 20 + 20 + asked + 20
    assert found.reminders == 0 and found.typical is not None


@pytest.mark.parametrize("way", ["press", "number", "label", "word", "sentence", "typo"])
def test_every_way_to_answer_is_understood(way: str) -> None:
    found, _ = rehearsed(plan(people=25, mix=Mix(chances=GOOD, ways=MappingProxyType({way: 1.0}))))
    assert found.completed == 25
    assert step(found, "uso")["not_understood"] + step(found, "uso")["asked_back"] <= (0 if way != "typo" else 12)


def test_who_leaves_is_reminded_comes_back_or_expires() -> None:
    nobody, _ = rehearsed(plan(people=60, mix=chances(leave=20, come_back=0)))
    assert nobody.outcomes["partial"] > 10 and nobody.back == 0
    assert nobody.reminded == nobody.outcomes["partial"]
    assert sum(one.left for one in nobody.questions) == nobody.outcomes["partial"]
    everybody, _ = rehearsed(plan(people=60, mix=chances(leave=20, come_back=100)))
    assert everybody.completed > nobody.completed
    assert everybody.back > 5


def test_what_is_not_understood_and_asked_back_is_counted_where_it_was() -> None:
    nonsense, _ = rehearsed(plan(people=60, mix=chances(nonsense=25)))
    assert step(nonsense, "edad")["not_understood"] > 5
    assert step(nonsense, "falta")["not_understood"] == 0, "a text is anything"
    unsure, rows = rehearsed(plan(people=60, mix=chances(hesitate=40)))
    assert step(unsure, "uso")["asked_back"] > 10
    assert step(unsure, "edad")["asked_back"] == 0
    assert {row.step for row in rows.rows if row.tries} <= {"uso", "edad"}


def test_a_constraint_that_is_not_met_counts_as_not_understood() -> None:
    kept, _ = rehearsed(plan(people=10))
    assert step(kept, "edad")["not_understood"] == 0, "guesses pass a constraint as far as it can be read"
    hard = FLOW.replace(". >= 10 and . <= 100", "${uso} = 'diario' and . = 34")
    lost, _ = rehearsed(plan(hard, people=20))
    assert step(lost, "edad")["not_understood"] > 10
    assert lost.handed_over > 0, "after three more tries a person is wanted"


def test_stopping_asking_and_going_back_pass_through_the_real_turn() -> None:
    stops, _ = rehearsed(plan(people=40, mix=chances(stop=30)))
    assert stops.outcomes["stopped"] == stops.stopped > 5
    strays, rows = rehearsed(plan(people=40, mix=chances(help=20, back=20, repeat=20)))
    assert strays.completed == 40
    assert sum(one.received for one in strays.traffic) > 40 * 4
    assert strays.quarantined == {}
    assert not rows.quarantined


def test_languages_change_and_are_counted() -> None:
    both = FLOW.replace("languages: [es]", "languages: [es, en]")
    for text in ("El parque", "¿Cada cuánto vas?", "¿Qué le falta?", "¿Edad?", "La edad va de 10 a 100.", "Gracias."):
        both = both.replace(f": {text}", f": {{es: '{text}', en: 'E {text}'}}")
    for label in ("Todos los días", "Cada semana", "Casi nunca"):
        both = both.replace(label, f"{{label: {{es: {label}, en: E {label}}}}}")
    mix = replace(chances(language=15), languages=MappingProxyType({"es": 1.0, "en": 1.0}))
    found, _ = rehearsed(plan(both, people=40, mix=mix))
    assert set(found.languages) == {"es", "en"} and min(found.languages.values()) > 8
    assert found.completed == 40


def test_an_answer_in_pieces_is_one_answer() -> None:
    found, rows = rehearsed(plan(people=30, mix=chances(pieces=100)))
    joined = sum(row.reason == "joined" for row in rows.rows)
    assert joined > 10
    assert found.completed == 30


def test_whatsapp_takes_no_reminder_after_a_day_unless_a_template_opens_the_talk() -> None:
    late = FLOW.replace("reminders: [20h]", "reminders: [30h]")
    mix = replace(chances(leave=30, come_back=100), channels=MappingProxyType({"whatsapp": 1.0}))
    closed, _ = rehearsed(plan(late, people=40, mix=mix))
    assert closed.traffic[0].waiting > 5
    assert "rehearse.advice.template" in dict(advise(closed, plan(late).flow, opens=False))
    opened, _ = rehearsed(plan(late, people=40, mix=mix, openings={"": "HX" + "0" * 32}))
    assert opened.completed > closed.completed
    assert "rehearse.advice.template" not in dict(advise(opened, plan(late).flow, opens=True))


def test_sms_are_sent_at_their_pace_and_paid_by_parts() -> None:
    mix = Mix(chances=GOOD, channels=MappingProxyType({"sms": 1.0}), within=Mix().pause, bursts=1)
    found, rows = rehearsed(plan(FLOW.replace("¿Qué le falta?", "¿Qué le falta? " * 14), people=60, mix=mix))
    (sms,) = found.traffic
    assert sms.sent_units > sms.sent
    assert sms.cost is not None
    assert float(sms.cost) == pytest.approx(sms.sent_units * 0.1 + sms.received_units * 0.01)
    assert sms.slowest.total_seconds() > 5, "sixty people at once wait for one number"
    assert sms.sent_units == sum(letter.units for letter in rows.letters)


def test_what_nobody_came_to_see_is_told() -> None:
    text = FLOW.replace(
        "  - {type: note", '  - {type: note, name: nadie, label: N, relevant: "${edad} = 99"}\n  - {type: note', 1
    )
    found, _ = rehearsed(plan(text))
    assert found.unseen == ["nadie"]
    assert dict(advise(found, plan(text).flow, opens=False))["rehearse.advice.unseen"]["steps"] == "nadie"


def test_a_consent_is_asked_answered_and_left() -> None:
    from bot.engine.flow import ConsentText

    text = FLOW.replace("title:", "consent: datos\ntitle:").replace("label: ¿Edad?", "label: ¿Edad?, personal: yes")
    consents = {"datos": ConsentText("datos", "1", "x", 30, {"es": "¿Podemos guardar tu edad?"})}
    asked = replace(plan(text, people=60, mix=chances(consent=50)), consents=consents)
    found, rows = rehearsed(asked)
    assert found.consent_asked == 60 == len(rows.consents)
    assert 15 < found.consent_given < 45
    assert step(found, "edad")["met"] == found.consent_given
    assert "rehearse.advice.declined" in dict(advise(found, asked.flow, opens=False))
    leaving, _ = rehearsed(replace(asked, mix=chances(leave=20, come_back=0)))
    assert step(leaving, "consent")["left"] > 3
    assert sum(one.left for one in leaving.questions) == leaving.outcomes["partial"]


def test_an_anonymous_flow_keeps_its_promise_and_is_counted_as_far_as_that_allows() -> None:
    text = FLOW.replace("title:", "anonymous: yes\ntitle:").replace("reminders: [20h]\n", "")
    found, rows = rehearsed(plan(text))
    assert found.anonymous and found.completed == 20
    assert not any(letter.payload for letter in rows.letters)
    assert step(found, "uso")["answered"] == 20


def test_every_type_of_question_is_answered_and_nothing_is_quarantined() -> None:
    steps = """\
  - {type: select_multiple, name: a, label: A, choices: {x: Agua, y: Luz, z: Vías}, constraint: "count-selected(.) <= 2"}
  - {type: rank, name: b, label: B, choices: {x: Agua, y: Luz, z: Vías}}
  - {type: range, name: c, label: C, start: 1, end: 5, step: 1}
  - {type: decimal, name: d, label: D}
  - {type: date, name: e, label: E}
  - {type: time, name: f, label: F}
  - {type: datetime, name: g, label: G}
  - {type: geopoint, name: h, label: H}
  - {type: image, name: i, label: I}
  - {type: phone, name: j, label: J}
  - {type: email, name: k, label: K}
  - {type: acknowledge, name: l, label: L}
  - {type: text, name: m, label: M, accept: [audio]}
  - {type: select_one, name: n, label: N, choices: {x: Agua, y: Luz}, other: yes}
  - {type: group, name: o, repeat_count: "2", survey: [{type: integer, name: p, label: P, required: no}]}
"""
    found, _ = rehearsed(plan(f"flow: a\ntitle: A\nreview: yes\nsurvey:\n{steps}", people=30))
    assert found.quarantined == {}
    assert found.completed >= 28
    assert {one.step for one in found.questions if not one.met} == set()
    whole, _ = rehearsed(plan(f"flow: a\ntitle: A\nreview: yes\nsurvey:\n{steps}", people=60, mix=Mix()))
    assert whole.quarantined == {}
    assert sum(one.left for one in whole.questions) == whole.conversations - whole.completed


# ── the same again, and quickly ──────────────────────────────────────────────────────────────────────────────────────


def test_one_seed_is_one_rehearsal() -> None:
    shuffled = FLOW.replace("    choices:", "    order: random\n    choices:")
    first, again = (rehearsed(plan(shuffled, people=50, mix=Mix()))[0] for _ in range(2))
    assert first == again
    other, _ = rehearsed(plan(shuffled, people=50, seed=2, mix=Mix()))
    assert other != first


def test_nothing_is_left_and_nothing_is_touched(minga: Minga) -> None:
    minga.flow(FLOW)
    before = sorted(minga.folder.rglob("*"))
    assert minga("rehearse", "parque", "--people", "5") == 0
    assert sorted(minga.folder.rglob("*")) == before


def test_five_hundred_people_take_well_under_a_minute() -> None:
    begun = time.process_time()
    found, _ = rehearsed(plan(people=200, mix=Mix()))
    assert found.people == 200
    assert time.process_time() - begun < 24, "a minute for 500 leaves this much for 200"


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_report_is_told_in_both_languages(minga: Minga, language: str) -> None:
    minga.flow(FLOW)
    assert minga("rehearse", "parque", "--people", "12", language=language) == 0
    assert ("Consejos" if language == "es" else "Advice") in minga.out
    assert "{" not in minga.out + minga.err
    assert max(map(len, minga.out.splitlines()[:30])) < 160
    assert ("LEEME" if language == "es" else "README") in minga.err


def test_json_tells_the_same(minga: Minga) -> None:
    file = minga.flow(FLOW)
    assert minga("rehearse", file, "--people", "12", "--channel", "sms", "--json", "--now", "2026-12-01T08:00") == 0
    told = json.loads(minga.out)
    assert told["begins"] == "2026-12-01T08:00:00-05:00"
    assert told["people"] == 12 and told["flow"] == "parque"
    assert [one["channel"] for one in told["traffic"]] == ["sms"]
    assert {one["step"] for one in told["questions"]} == {"uso", "falta", "edad"}
    assert all(set(one) == {"code", "message"} and one["message"] for one in told["advice"])
    assert minga("rehearse", file, "--people", "12", "--channel", "sms", "--json", "--now", "2026-12-01T08:00") == 0
    assert json.loads(minga.out) == told


def test_what_cannot_be_rehearsed_is_refused_in_one_line(minga: Minga, monkeypatch: pytest.MonkeyPatch) -> None:
    file = minga.flow(FLOW)
    minga.refuses("rehearse", "nada", because="parque")
    minga.refuses("rehearse", "parque", "--channel", "fax", because="whatsapp")
    minga.refuses("rehearse", "parque", "--now", "mañana", because="2026-12-01T08:00")
    mix = minga.folder / "mix.yaml"
    mix.write_text("languages: {qu: 1}", encoding="utf-8")
    minga.refuses("rehearse", "parque", "--channel", mix, because="qu")
    assert minga("rehearse", file, "--people", "0") == 2
    monkeypatch.setenv("MINGA_SMS_TWO_WAY", "false")
    minga.refuses("rehearse", "parque", "--channel", "sms", because="MINGA_SMS_TWO_WAY")
    assert minga("rehearse", "parque", "--people", "3") == 0
    assert "sin SMS" in minga.err and "SMS" not in minga.out


def test_broken_files_are_told_line_by_line(minga: Minga) -> None:
    file = minga.flow(FLOW.replace("type: integer", "type: entero"))
    assert minga("rehearse", "parque") == 1
    assert f"{file.relative_to(minga.folder)}:13: error: " in minga.err and minga.out == ""
    minga.flow(FLOW)
    (minga.folder / "mix.yaml").write_text("chances: {leave: 200}\nwithin: x\n", encoding="utf-8")
    assert minga("rehearse", "parque", "--channel", "mix.yaml") == 1
    assert Counter(line.partition(" ")[0] for line in minga.err.splitlines()) == {"mix.yaml:1:": 1, "mix.yaml:2:": 1}
    minga.flow("currency: x", "prices")
    assert minga("rehearse", "parque") == 1
    assert "prices.yaml:1" in minga.err


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3_600, "1 h"), (7_500, "2 h 5 min"), (86_400, "1 d"), (90_061, "1 d 1 h")],
)
def test_durations_are_told_in_two_units(seconds: float, said: str) -> None:
    from datetime import timedelta

    assert spell(timedelta(seconds=seconds)) == said
