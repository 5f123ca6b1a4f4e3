"""Links that begin a flow on each channel, the poster that bears them, and what they begin when somebody says them."""

import io
import itertools
import re

import pytest
import segno
from pypdf import PdfReader

from bot.links import Ways, links, number, sms, whatsapp
from bot.poster import Poster, code, draw
from bot.vocabulary import Start
from tests.test_turn import control
from tests.world import SURVEY, World, loaded

PLACES = """
flow: taller
kind: survey
title: Taller
languages: [es]
start:
  words: [taller, ciudades]
  links:
    puyo: {canton: puyo}
    la_libertad: {canton: libertad}
survey:
  - type: select_one
    name: canton
    label: ¿De qué cantón eres?
    choices: {puyo: Puyo, libertad: La Libertad}
  - {type: text, name: idea, label: ¿Qué cambiarías?}
"""
FLOW = loaded(PLACES).flow


def test_every_way_has_a_link_for_the_flow_and_for_each_place():
    found = list(links(FLOW, Ways("MingaBot", "+593991112233", "+593221")))
    assert [(link.place, link.channel) for link in found] == list(
        itertools.product(["", "puyo", "la_libertad"], ["telegram", "whatsapp", "sms"])
    )
    assert found[0].url == "https://t.me/MingaBot?start=taller"
    assert found[1].url == "https://wa.me/593991112233?text=taller"
    assert found[6].url == "https://t.me/MingaBot?start=la_libertad"
    assert found[7].url == "https://wa.me/593991112233?text=taller%20la%20libertad"
    assert (found[8].word, found[8].number) == ("taller la libertad", "+593221")
    assert found[8].url == "sms:+593221?body=taller%20la%20libertad"


def test_what_nobody_can_answer_or_say_has_no_link():
    assert [link.channel for link in links(FLOW, Ways(sms="+593221", answers=False))] == []
    silent = loaded(PLACES.replace("  words: [taller, ciudades]\n", "")).flow
    assert {link.channel for link in links(silent, Ways("MingaBot", "+593991112233", "221"))} == {"telegram"}


def test_accents_and_signs_survive_in_addresses():
    assert whatsapp("+1", "¿qué & cómo?") == "https://wa.me/1?text=%C2%BFqu%C3%A9%20%26%20c%C3%B3mo%3F"
    assert sms("221", "año") == "sms:221?body=a%C3%B1o"


@pytest.mark.parametrize(
    ("sender", "shown"),
    [("+593991112233", "+593991112233"), ("12345", "12345"), ("MG" + "0" * 32, ""), ("Municipio", ""), ("", "")],
)
def test_only_a_number_can_be_written_to(sender, shown):
    assert number(sender) == shown


@pytest.fixture
def world(database_url):
    world = World(database_url, PLACES, SURVEY)
    yield world
    world.close()


@pytest.mark.parametrize("said", ["taller puyo", "Ciudades Puyo", "TALLER  puyo."])
async def test_word_and_place_begin_the_flow_with_the_place_known(world, said):
    await world.says("ana", control("menu"))
    await world.says("ana", said)
    assert world.heard("ana")[-1] == "¿Qué cambiarías?"


@pytest.mark.parametrize("said", ["taller la libertad", "taller la_libertad"])
async def test_a_place_of_several_words(world, said):
    await world.says("ana", control("menu"))
    handled = await world.says("ana", said)
    assert world.heard("ana")[-1] == "¿Qué cambiarías?"
    assert {answer.value for answer in handled.answers} <= {"libertad"}


async def test_a_place_alone_begins_nothing_and_one_that_is_none_is_asked_for(world):
    await world.says("ana", control("menu"))
    await world.says("ana", "puyo")
    assert world.rows("SELECT id FROM conversation") == []
    await world.says("ana", "taller quito")  # the menu takes it for its line
    assert world.heard("ana")[-1].startswith("¿De qué cantón eres?")


async def test_from_within_another_flow_the_place_is_kept_across_the_question(world):
    await world.starts("ana", "encuesta")
    await world.says("ana", "taller puyo")
    await world.presses("ana", "yes")
    assert world.heard("ana")[-1] == "¿Qué cambiarías?"


async def test_a_link_of_telegram_begins_the_same(world):
    await world.says("ana", Start("puyo"))
    assert world.heard("ana")[-1] == "¿Qué cambiarías?"


# ── posters ──────────────────────────────────────────────────────────────────────────────────────────────────────────

URL = "https://wa.me/593991112233?text=taller%20puyo"


def sheets(*posters: Poster) -> PdfReader:
    return PdfReader(io.BytesIO(draw(posters)))


def test_a_poster_is_one_page_of_a4_that_says_it_all():
    lines = ["SMS: envía «taller» al 221", "Shuar: a̱ ũ"]
    (page,) = sheets(Poster("Puyo", "Construyendo ciudades más abiertas", "Participa", URL, lines)).pages
    said = " ".join(page.extract_text().split())
    assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
    assert all(text in said for text in ("Puyo", "Construyendo ciudades más abiertas", "Participa", lines[0], "ũ"))
    assert len(sheets(*[Poster("", "T", "", URL)] * 3).pages) == 3


def test_the_code_on_it_is_that_of_the_address():
    """The bars that are drawn, put back into a grid, are the modules of the standard's code, the quiet zone around them."""
    wanted = [list(row) for row in segno.make(URL, error="m", micro=False).matrix]
    svg = code(URL)
    assert f'viewBox="0 0 {len(wanted) + 8} {len(wanted) + 8}"' in svg
    drawn = [[0] * len(wanted) for _ in wanted]
    for across, down, length in re.findall(r"M(\d+) (\d+)h(\d+)v1.01h-\3z", svg):
        for step in range(int(length)):
            drawn[int(down) - 4][int(across) - 4 + step] = 1
    assert drawn == wanted


def test_a_title_of_any_length_stays_on_its_page():
    long = "Presupuesto participativo para todas las parroquias rurales y urbanas del cantón " * 6
    assert len(sheets(Poster("Puyo", long, "C", URL, ["línea"] * 3), Poster(long, "📍", long, URL, [long] * 3)).pages) == 2
