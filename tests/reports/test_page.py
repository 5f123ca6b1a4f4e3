"""The report that is published: its parts, its figures, what it must never hold, and how an official writes it."""

from __future__ import annotations

import asyncio
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.cli.terminal import REFUSED
from bot.reports.course import Coursing, Disposition
from bot.reports.discretion import Discretion, discretions, untold
from bot.reports.findings import Findings
from bot.reports.page import told_page
from bot.reports.rows import Condition, Filter, ResultRow, Selection
from bot.reports.summary import summarise
from bot.reports.weights import Cells, weigh
from tests.reports.survey import ECUADOR, FIRST, NOW, SECOND, conversations, counted, flow, languages, layout, said, talk
from tests.reports.test_commands import Office, office
from tests.reports.test_weights import people, read
from tests.world import SURVEY, World

__all__ = ["office"]

QUASI = """
flow: barrio
kind: survey
title: {es: "Obras <script>alert(1)</script> & más", en: Works}
languages: [es, en]
survey:
  - type: select_one
    name: canton
    label: {es: ¿En qué cantón vives?, en: Which canton?}
    personal: true
    choices: {puyo: {label: {es: Puyo, en: Puyo}}, mera: {label: {es: Mera, en: Mera}}, loja: {label: {es: Loja, en: Loja}}}
    other: true
  - {type: text, name: zona, label: {es: ¿Barrio?, en: Which part?}, personal: true, quasi: {coarsen: canton}}
  - {type: integer, name: edad, label: {es: ¿Tu edad?, en: Your age?}, quasi: {band: "10"}, personal: true}
  - {type: calculate, name: grupo, calculation: "if(${edad} < 30, 'joven', 'adulto')"}
  - type: select_one
    name: salud
    label: {es: ¿Tienes una discapacidad?, en: Any disability?}
    sensitive: true
    choices: {si: {label: {es: "Claro que sí", en: "Yes, I do"}}, no: {label: {es: Ninguna, en: None}}}
  - type: select_one
    name: obra
    label: {es: "¿Qué obra, <img src=x onerror=alert(1)>?", en: Which works?}
    choices:
      agua: {label: {es: "Agua <b onclick='x'>\\"potable\\"</b> & alcantarillado para las comunidades del cantón", en: Water}}
      luz: {label: {es: Luz, en: Light}}
"""


def looked(results: list[ResultRow], *texts: str, only: Filter = Filter(), weights: bool = False) -> Findings:  # noqa: B008 because it is frozen
    laid = layout(results, *(texts or (SECOND,)))
    coursing = Coursing(laid, ECUADOR)
    weighting = None
    if weights:
        cells = Cells(read())
        for result in results:
            cells.add(result, result.latest())
        weighting = weigh(cells, read())
    weight = None if weighting is None else weighting.of
    summary = summarise(results, laid, counted(results), Selection(), weight=weight, watch=coursing.add)
    disposition = Disposition(0, 0, 0, 0, 0, len(results), {})
    return Findings(summary, coursing.course(), disposition, only, NOW, weighting)


def many() -> list[ResultRow]:
    """The conversations in which everything happens, three times: so many people that figures may be told."""
    often = [*conversations(), *conversations(), *conversations()]
    return [one._replace(conversation=number) for number, one in enumerate(often, 1)]


@pytest.fixture
def crowd(office: Office, database_url: str) -> Office:
    """The town of three, and four more who answered: so many that figures may be told."""

    async def live() -> None:
        world = World(database_url, SURVEY)
        for name in ("rosa", "juan", "eva", "raul"):
            for words in ("encuesta", "40", "nada", "agua"):
                await world.says(name, words)
        world.database.close()

    asyncio.run(live())
    return office


def page(findings: Findings, code: str = "es") -> str:
    return told_page(findings, Selection(only=findings.filter), languages()[code], municipality="Puyo", root="ab" * 32)


def guarded(cantons: dict[str, int]) -> list[ResultRow]:
    made = flow(QUASI)
    names = [name for name, count in cantons.items() for _ in range(count)]
    return [
        talk(
            made,
            said("canton", "select_one", name),
            said("edad", "integer", 97 if number == 1 else 20 + number % 10),
            said("grupo", "calculate", "joven"),
            said("salud", "select_one", "si"),
            said("obra", "select_one", "agua" if number % 3 else "luz"),
            number=number,
        )
        for number, name in enumerate(names, 1)
    ]


class Parts(HTMLParser):
    """What a page is made of: its tags with their attributes, its text, and whether every tag is closed in its order."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def text_of(html: str) -> str:
    return " ".join(" ".join(Parts(html).words).split())


def section(html: str, number: int) -> str:
    found = re.search(rf'<section class="question" aria-labelledby="q{number}">.*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("code", ["es", "en"])
def test_a_page_has_its_parts_in_order_and_is_well_formed(code: str):
    html = page(looked(many(), FIRST, SECOND), code)
    parts = Parts(html)
    say = languages()[code].say
    names = ("context", "brief", "method", "who", "questions", "course", "limits", "data")
    heads = [say(f"report.{name}") for name in names]

    assert parts.open == []
    assert re.findall(r"<h2 .*?>(.*?)</h2>", html) == heads
    assert parts.tags[0] == ("html", {"lang": code})
    assert say("results.not_random") in text_of(html)
    assert "ab" * 32 in html and "Puyo" in html
    assert all(version in html for version in looked(conversations(), FIRST, SECOND).summary.layout.flows)
    ids = [attributes["id"] for _, attributes in parts.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_chart_is_told_in_words_and_followed_by_its_table():
    html = page(looked(many(), FIRST, SECOND))
    charts = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)

    assert len(charts) >= 4
    for chart in charts:
        assert len(re.findall(r'role="img" aria-labelledby="(q\d+[nw])-t" aria-describedby="\1-d"><title id="\1-t">', chart)) == 2
        assert re.match(r'(?s)\s*<div class="wide[^"]*".*?<table', html[html.index(chart) + len(chart) :])
    assert "La barra más larga es «" in html
    assert "<path" not in html


def test_hostile_labels_are_only_text_and_nothing_comes_from_outside():
    html = page(looked(guarded({"puyo": 9, "loja": 8}), QUASI))
    parts = Parts(html)

    assert {tag for tag, _ in parts.tags}.isdisjoint({"script", "img", "link", "iframe", "b", "a", "object", "use", "image"})
    for _, attributes in parts.tags:
        assert not any(name.startswith("on") or name in ("src", "href", "style", "action") for name in attributes)
    assert not re.search(r"https?:|//|url\(|@import", html)
    assert "Obras <script>alert(1)</script> & más" in parts.words
    assert "default-src 'none'" in html


def test_no_word_of_a_person_is_in_it():
    words = (said("idea", "text", "XYZZY palabra"), said("nombre", "text", "PLUGH"), said("celular", "phone", "0991"))
    own = [talk(flow(SECOND), *words, number=number) for number in range(5)]
    html = page(looked(own))

    assert not any(word in html for word in ("XYZZY", "PLUGH", "0991"))
    assert "respondieron con sus palabras. No se publica ninguna cita automáticamente" in html
    assert "Dice quién es la persona: sus respuestas no se publican." in html


def test_small_groups_are_hidden_with_enough_others_and_sensitive_questions_left_out():
    html = page(looked(guarded({"puyo": 9, "mera": 2, "loja": 6}), QUASI))
    canton = section(html, 1)

    assert '<th scope="row">Puyo</th><td>9</td>' in canton
    for hidden in ("Mera", "Loja"):
        assert f'<th scope="row">{hidden}</th><td>oculto</td><td>–</td><td>–</td>' in canton
    assert languages()["es"].say("report.hidden_why", k=5) in canton
    assert "97" not in text_of(section(html, 4)), "the age of one person"
    assert "Claro que sí" not in html and languages()["es"].say("report.sensitive") in html
    assert languages()["es"].say("report.coarse") in html


def test_who_is_guarded():
    laid = layout(guarded({"puyo": 1}), QUASI)

    assert {column: one.name for column, one in discretions(laid).items()} == {
        "canton": "GUARDED",
        "canton_other": "WITHHELD",
        "zona": "COARSE",
        "edad": "GUARDED",
        "grupo": "COARSE",
        "salud": "SENSITIVE",
        "obra": "OPEN",
    }
    assert discretions(layout([], SECOND))["celular"] is Discretion.WITHHELD


def test_nobody_is_counted_by_a_sensitive_answer():
    only = Filter((Condition("canton", ("puyo",)), Condition("salud", ("si",))))

    assert untold(only, layout([], QUASI)) == ("salud",)


def test_a_part_of_few_people_shows_none_of_their_answers():
    narrow = Filter((Condition("canton", ("mera",)),))
    html = page(looked(guarded({"mera": 4}), QUASI, only=narrow))

    assert "<svg" not in html
    assert "solo quienes a «¿En qué cantón vives?» respondieron: Mera" in html
    for part in (Filter(since=1), Filter(until=1), Filter(channels=("telegram",)), Filter(languages=("es",))):
        assert "<svg" not in page(looked(guarded({"mera": 4}), QUASI, only=part)), "a day may be one person's"
    assert "<svg" in page(looked(guarded({"mera": 5}), QUASI, only=narrow))


@pytest.mark.parametrize("code", ["es", "en"])
def test_a_report_of_few_people_shows_none_of_their_answers(code: str):
    html = page(looked(guarded({"mera": 4}), QUASI), code)

    assert "<svg" not in html
    assert languages()[code].say("report.held") in section(html, 6)
    assert "<svg" in page(looked(guarded({"mera": 5}), QUASI), code)


HOUSE = """
flow: barrio
kind: survey
title: {es: Casa, en: House}
languages: [es, en]
survey:
  - type: group
    name: hogar
    repeat_count: "2"
    survey:
      - type: select_one
        name: agua
        label: {es: ¿Agua?, en: Water?}
        choices: {si: {label: {es: Hay, en: Some}}, no: {label: {es: Falta, en: None}}}
      - {type: decimal, name: gasto, label: {es: ¿Gasto?, en: Spending?}, required: false}
"""


def house(number: int) -> ResultRow:
    passes = [said("agua", "select_one", "no" if (number + at) % 3 else "si", at=(at,)) for at in (1, 2)]
    spent = said("gasto", "decimal", 198.9 if number == 1 else 57.2475, at=(1,))
    return talk(flow(HOUSE), *passes, spent, said("gasto", "decimal", empty="skipped", at=(2,)), number=number)


@pytest.mark.parametrize(
    ("code", "lead", "line", "middle"),
    [
        (
            "es",
            "66,7 % de las respuestas (32 de 48, de 24 personas), sin diferencia clara con «Hay».",
            "24 respuestas de 24 personas · veces que la omitieron: 24",
            "La mitad de las respuestas está entre 57,25 y 57,25; la del medio (mediana) es 57,25.",
        ),
        (
            "en",
            "66.7 % of the answers (32 of 48, from 24 people), with no clear difference from “Some”.",
            "24 answers from 24 people · times skipped: 24",
            "Half of the answers lie between 57.25 and 57.25; the middle one (median) is 57.25.",
        ),
    ],
)
def test_passes_of_a_repeat_are_no_people_and_an_open_number_has_no_ends(code: str, lead: str, line: str, middle: str):
    html = page(looked([house(number) for number in range(24)], HOUSE), code)

    assert lead in text_of(section(html, 1))
    assert languages()[code].say("report.interval") not in section(html, 1)
    assert line in text_of(section(html, 2)) and middle in text_of(section(html, 2))
    assert "198" not in section(html, 2)


def test_a_number_of_few_people_is_not_told_and_quartiles_only_of_many():
    say = languages()["es"].say
    some = [house(number) for number in range(6)]

    assert say("report.middle", median="57,25") in page(looked(some, HOUSE))
    few = [*some[:4], *(one._replace(journal=one.journal[:2]) for one in some[4:])]
    assert say("report.held") in section(page(looked(few, HOUSE)), 2)


def test_weighted_stands_beside_unweighted():
    findings = looked(people(400), weights=True)
    html = page(findings)
    bar = next(one for one in findings.summary.questions if one.question.step == "canton").bars[0]
    assert bar.share is not None and bar.weighted is not None
    figures = [f"{100 * each:.1f}".replace(".", ",") for each in (bar.share.share, bar.weighted.share)]

    assert figures[0] != figures[1]
    row = re.search(r'<th scope="row">Puyo</th>(.*?)</tr>', html)
    assert row is not None
    assert [f"{figure} %" in row[1] for figure in figures] == [True, True]
    assert 'class="second"' in html
    assert "INEC, Censo 2022" in html and "30 de noviembre de 2022" in html


def test_the_table_against_the_census_tells_no_sensitive_answer(monkeypatch: pytest.MonkeyPatch):
    findings = looked(people(400), weights=True)
    kept = dict(discretions(findings.summary.layout))
    assert '<th scope="row">15-29</th>' in page(findings)

    monkeypatch.setattr("bot.reports.decided.discretions", lambda layout: kept | {"edad": Discretion.SENSITIVE})
    against = "¿En qué cantón vives? Quiénes respondieron, frente al censo"
    assert "15-29" not in page(findings) and against in page(findings)


def test_an_empty_flow_shows_its_questions_without_figures():
    html = page(looked([]), "en")

    assert "<svg" not in html
    assert languages()["en"].say("report.empty") in html
    assert languages()["en"].say("report.who") not in page(looked([], HOUSE), "en"), "a head above nothing"
    assert html.count('<section class="question"') == sum(not one.other for one in layout([], SECOND).questions)


def test_an_official_writes_it(crowd: Office, tmp_path: Path):
    office = crowd
    assert office.types("report", "encuesta", "--format", "html") == 0
    html = (tmp_path / "encuesta-informe.html").read_text(encoding="utf-8")
    assert office.types("results", "encuesta") == 0
    told = office.out.getvalue()

    assert hashlib.sha256(html.encode()).hexdigest() in told
    share = re.search(r"(?i)agua.*?\s(\d+) \(([\d,]+ %); ([\d,–]+)\)", told)
    assert share is not None
    assert "<td>{}</td><td>{}</td><td>{}</td>".format(*share.groups()) in html
    assert "más árboles" not in html
    assert "Quedaron fuera 1 conversación sin terminar y 1 de prueba." in html
    assert office.types("report", "encuesta") == REFUSED
    assert "ya existe" in office.err.getvalue()
    assert office.types("report", "encuesta", "--force", "--language", "en") == 0
    assert 'lang="en"' in (tmp_path / "encuesta-report.html").read_text(encoding="utf-8")


def test_the_root_is_that_of_the_receipts_counted(office: Office, tmp_path: Path):
    assert office.types("export", "encuesta", "--format", "csv", "--out", tmp_path, "--tables", "wide") == 0
    line = (tmp_path / "encuesta-wide.csv").read_text(encoding="utf-8").splitlines()[1]
    assert office.types("report", "encuesta", "--out", tmp_path / "a" / "i.html") == 0

    root = hashlib.sha256(f"{line.partition(',')[0]}\n".encode()).hexdigest()
    assert root in (tmp_path / "a" / "i.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nada"], "No hay ningún flujo «nada»"),
        (["encuesta", "--format", "docx"], "--format"),
        (["encuesta", "--cap", "1"], "--cap"),
        (["encuesta", "--where", "nada=1"], "nada"),
        (["encuesta", "--out", "lleno/i.html"], "No se puede escribir lleno"),
    ],
)
def test_what_is_refused_says_why(office: Office, tmp_path: Path, words: list[str], why: str):
    (tmp_path / "lleno").write_text("x", encoding="utf-8")

    assert office.types("report", *words) == REFUSED
    assert why in office.err.getvalue()


def test_a_report_by_a_sensitive_answer_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.reports.discretion.untold", lambda only, layout: tuple(one.step for one in only.conditions))

    assert office.types("report", "encuesta", "--where", "obra=agua") == REFUSED
    assert "«obra» es una pregunta sensible" in office.err.getvalue()
