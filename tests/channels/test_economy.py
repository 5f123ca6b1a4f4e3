"""SMS economy: letters, joined messages, invitations."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.economy import LONGEST, economical, invite, merge, plain, preview
from bot.channels.segments import BASIC, ESCAPED, segments
from bot.vocabulary import Address, Option, Outgoing

ANA = Address("sms", "+593991234567", "+15005550006")


def says(text, prompt=0, **more):
    return Outgoing(ANA, text, "x", prompt, "none", language="es", **more)


@pytest.mark.parametrize(
    ("text", "plainly"),
    [
        ("Más allá, así, tú, él, ÁÍÓÚ", "Mas alla, asi, tu, él, AIOU"),
        ("ñandú, pingüino, café, ¿qué?, ¡Ñoño! Ü à", "ñandu, pingüino, café, ¿qué?, ¡Ñoño! Ü à"),
        ("“Hola” – dijo — ‘sí’… «no» • 1º 2ª", '"Hola" - dijo - \'si\'... "no" - 1o 2a'),
        ("uno\u00a0dos\tTRES", "uno dos TRES"),
        ("A\u0301rbol", "Arbol"),  # an accent that stands by itself
        ("n\u0303andu", "ñandu"),
        ("€ [ok] {1}", "€ [ok] {1}"),
        ("Así 👍", "Así 👍"),  # UCS-2 all the same: nothing is changed in vain
        ("ɨwiakur pujámek", "ɨwiakur pujámek"),
    ],
)
def test_letters_that_cost_double_are_replaced(text, plainly):
    assert plain(text) == plainly


@given(st.text(max_size=200))
def test_plain_never_costs_more_and_never_changes_what_costs_nothing(text):
    assert segments(plain(text)).count <= max(segments(text).count, 1) or not segments(text).costly
    assert plain(plain(text)) == plain(text)


@given(st.text(alphabet=sorted(BASIC | ESCAPED), max_size=80))
def test_text_of_gsm_7_stays(text):
    assert plain(text) == text


def test_only_the_languages_that_were_named():
    assert economical("así", "es", {"es"}) == "asi"
    assert economical("así", "qu", {"es"}) == "así"
    question = "¿Está de acuerdo con el presupuesto participativo 2025? Responda 1 Sí, 2 No, 3 No sé. Su opinión es anónima."
    assert preview(question, "es", ()).count == 2
    assert preview(question, "es", {"es"}).count == 1


def test_short_messages_of_one_turn_become_one():
    last = says("¿Tu edad?", prompt=3)
    assert merge([says("Gracias."), says("Vamos bien."), last]) == [replace(last, text="Gracias.\nVamos bien.\n¿Tu edad?")]


@pytest.mark.parametrize(
    "messages",
    [
        [says("¿Tu edad?", prompt=3), says("Gracias.")],  # what asks stays the last
        [says("Mira.", media={"image": "a.png"}), says("¿Te gusta?")],
        [says("Hola."), replace(says("Hello."), language="en")],
        [says("Hola."), replace(says("Hola."), address=replace(ANA, identifier="+593990000000"))],
        [says("a" * 160), says("b" * 160)],  # joined they would cost one segment more
        [says("x" * 80), says("á" * 60)],
        [says("a" * 1000), says("b" * 700)],
    ],
    ids=range(7),
)
def test_what_may_not_be_joined_stays_apart(messages):
    assert merge(messages) == messages


def test_letters_are_replaced_before_it_is_counted():
    assert len(merge([says("x" * 80), says("á" * 60)], {"es"})) == 1


@given(st.lists(st.text("ab á", min_size=1, max_size=200), max_size=6), st.integers(0, 5))
def test_joining_loses_nothing_and_costs_no_more(texts, asked):
    messages = [says(text, prompt=number == asked) for number, text in enumerate(texts)]
    merged = merge(messages)
    assert [len(m.text) <= LONGEST for m in merged] == [True] * len(merged)
    words = [m.text.split() for m in messages]
    assert list(itertools.chain(*words)) == list(itertools.chain(*(m.text.split() for m in merged)))
    assert sum(segments(m.text).count for m in merged) <= sum(segments(m.text).count for m in messages)
    assert [m.prompt for m in merged if m.prompt] == [m.prompt for m in messages if m.prompt]


def test_an_invitation_takes_the_place_of_questions_only():
    question = replace(says("¿Tu edad?", prompt=3), options=(Option("a", "A", "A"),), layout="numbered", wants="integer")
    invited = invite(question, "Responde aquí:", "https://t.me/minga?start=puyo")
    assert invited == says("Responde aquí: https://t.me/minga?start=puyo")
    assert invite(says("Gracias."), "Responde aquí:", "x") == says("Gracias.")
