"""Books of themes: what is wrong is told with its line; what words suggest; what a spreadsheet brings back."""

from __future__ import annotations

import pytest

from bot.reports.themes.codebook import Codebook, kept_labels, read_codebook
from bot.reports.themes.sheet import HEADER, Line, read_sheet
from bot.reports.themes.suggest import MOST, Suggester

GOOD = """\
codebook: barrio
title: {es: Barrio, en: Quarter}
themes:
  agua:
    label: {es: Agua potable, en: Drinking water}
    definition: {es: Que llegue agua., en: That water comes.}
    words: {es: [agua, tubería], en: [water]}
    except: [aguas servidas]
  drenaje:
    label: {es: "Drenaje, cunetas", en: Drains}
    definition: {es: Que el agua se vaya., en: That water goes.}
    words: [aguas servidas]
    stems: [alcantarill]
  abierto:
    label: {es: Transparencia, en: Openness}
    definition: {es: Que se sepa., en: That it is known.}
    stems: [transparen]
"""
BAD = """\
codebook: Mi Barrio
temas: []
themes:
  Agua:
    label: {es: Agua, en: Water}
    definition: {es: x, en: x}
    stems: [a b]
  none:
    label: {en: Other}
    words: agua
  dos:
    label: {es: Agua}
    definition: {es: y, en: y}
    words: ["¡!"]
"""


def book(text: str = GOOD) -> Codebook:
    found, problems = read_codebook(text.encode(), "barrio.yaml")
    assert found is not None, problems
    return found


def test_mistakes_are_told_with_their_line():
    found, problems = read_codebook(BAD.encode(), "barrio.yaml")

    assert found is None
    errors = [(one.line, one.code) for one in problems if one.severity == "error"]
    assert errors == [
        (1, "themes_name"),
        (2, "unknown_key"),
        (4, "themes_code"),
        (7, "themes_stem"),
        (8, "missing_key"),
        (8, "themes_code"),
        (9, "themes_no_spanish"),
        (10, "themes_list"),
        (12, "themes_label_twice"),
        (14, "themes_word_empty"),
    ]
    assert read_codebook(b"- x", "x.yaml")[0] is None
    assert read_codebook(b"\xff\xfe", "x.yaml")[0] is None


def test_a_version_is_the_hash_of_what_it_says_and_not_of_how_it_is_written():
    assert book().version == book("# otra vez\n" + GOOD.replace("[agua, tubería]", "[ agua,   tubería ]")).version
    assert book().version != book(GOOD.replace("Que se sepa.", "Que se publique.")).version
    assert list(kept_labels(book().content)) == ["agua", "drenaje", "abierto"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("AGUAS turbias", ("agua",)),
        ("las tuberias y el agua; la alcantarilla", ("agua", "drenaje")),
        ("hay aguas servidas en la calle", ("drenaje",)),
        ("un gobierno TRANSPARENTE", ("abierto",)),
        ("the water is brown", ("agua",)),
        ("paraguas", ()),
        ("", ()),
    ],
)
def test_words_suggest_whatever_their_ending_and_exceptions_hold(text: str, codes: tuple[str, ...]):
    assert Suggester(book()).suggest(text) == codes
    assert len(codes) <= MOST


def sheet(*rows: str, head: str = ",".join(HEADER)) -> bytes:
    return "\n".join([head, *rows]).encode()


def test_a_sheet_is_read_whatever_saved_it():
    lines = (Line(2, "r1", ("agua", "drenaje")), Line(3, "r2", ()), Line(4, "r3", ("drenaje",)))
    plain = sheet("r1,es,x,,drenaje|agua", "r2,es,y,,none", 'r3,es,z,,"Drenaje, cunetas"', "r4,es,w,,")
    assert read_sheet(plain, book()).lines == lines
    assert read_sheet(plain, book()).empty == 1
    windows = "\ufeffANSWER;text;Themes\r\nr1;ñandú;Agua potable; sobra\r\nr2;;NONE\r\nr3;x;drenaje\r\n".encode()
    assert [line.themes for line in read_sheet(windows, book()).lines] == [("agua",), (), ("drenaje",)]
    latin = "answer;text;themes\r\nr1;ñandú;agua\r\n".encode("cp1252")
    assert read_sheet(latin, book()).lines == (Line(2, "r1", ("agua",)),)


def test_every_mistake_of_a_sheet_is_told():
    found = read_sheet(sheet('r1,es,"dos\nlíneas",,salud', "r1,es,x,,agua", ",es,x,,agua", "r2,es,x,,agua|none"), book())

    assert [(one.number, one.code) for one in found.faults] == [(2, "no_theme"), (4, "twice"), (5, "no_answer"), (6, "none_and")]
    assert [one.code for one in read_sheet(b"a,b\n1,2\n", book()).faults] == ["columns"]
    assert [one.code for one in read_sheet(b"", book()).faults] == ["columns"]
