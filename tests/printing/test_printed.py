"""What is printed: a PDF that a screen reader can follow, in our own fonts, whatever its texts hold; and cards of one chart."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from bot.cli.terminal import REFUSED
from bot.engine.language import Language
from bot.printing.cards import Drawn, card, drawn, title_card, why_not
from bot.printing.document import pdf
from bot.printing.letters import FONTS, LONG
from bot.printing.press import Press, press
from bot.reports.chart_bars import Bars, Row
from bot.reports.piece import Bullets, Fact, Facts, Figure, Notice, Quote, Quotes, Report, Section, Sentence, Table
from bot.reports.report import told
from bot.reports.rows import Selection
from tests.printing.make_fonts import spans
from tests.reports.survey import languages
from tests.reports.test_commands import Office, office
from tests.reports.test_page import QUASI, crowd, guarded, looked

__all__ = ["crowd", "office"]

HOSTILE = '#import "@preview/x": * $x$ *b* _i_ `c` ] } <l> \\u{41} // no /* @ref = "'
NOW = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def printing() -> Press:
    return press()


def spoken(code: str = "es") -> Language:
    return languages()[code]


def sample(code: str = "es", label: str = "Agua", rows: int = 2) -> Report:
    bars = Bars(tuple(Row(f"{label} {number}", "61,2 %", 0.612, 0.5, 0.7) for number in range(rows)))
    table = Table("¿Qué obra?", ("Opción", "Parte"), tuple((f"{label} {number}", "61,2 %") for number in range(rows)))
    asked = Section(
        "q1",
        "1. ¿Qué obra?",
        (
            Sentence(f"Lo más elegido: {label}", "lead"),
            Figure("q1", bars, "¿Qué obra?", "La barra más larga es la del agua.", table),
            Sentence("Respondieron 3", "small"),
            Quotes("Dijeron:", (Quote(f"Ñukanchik a̱ e̱ i̱ u̱ {label}", "Puyo"),)),
        ),
        "obra",
    )
    hidden = Section("q2", "2. ¿Salud?", (Sentence("Es una pregunta sensible."),), "salud")
    return Report(
        f"Consulta {label}",
        "Informe",
        code,
        (
            Section("context", "Contexto", (Facts((Fact("Período", ("hoy",)), Fact("Raíz", ("ab" * 32,), code=True))),)),
            Section("method", "Cómo", (Notice((label,)), Table("Canales", ("Canal", "Nota"), (("SMS", "x"),), numeric=False))),
            Section("questions", "Preguntas", (asked, hidden)),
            Section("limits", "Límites", (Bullets((label, "Nada más.")),)),
        ),
        "Hecho con Minga.",
    )


def printed(printing: Press, report: Report, code: str = "es") -> PdfReader:
    return PdfReader(io.BytesIO(pdf(printing, report, spoken(code), municipality="Puyo", now=NOW)))


def text_of(reader: PdfReader) -> str:
    """The text of all pages without spaces, line ends, and where a word may be broken."""
    return re.sub(r"[\s\u200b]", "", "".join(page.extract_text() for page in reader.pages))


def tree(element: Any) -> Iterator[DictionaryObject]:
    found = element.get_object()
    if isinstance(found, list):
        for child in found:
            yield from tree(child)
    elif isinstance(found, DictionaryObject):
        yield found
        if "/K" in found:
            yield from tree(found["/K"])


@pytest.mark.parametrize("code", ["es", "en"])
def test_a_pdf_can_be_followed_by_a_screen_reader(printing: Press, code: str):
    reader = printed(printing, sample(code), code)
    root = reader.trailer["/Root"]
    elements = list(tree(root["/StructTreeRoot"]))
    kinds = {str(one.get("/S")) for one in elements}

    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == code
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Consulta Agua" and reader.metadata.author == "Puyo"
    assert reader.metadata.creation_date == NOW
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert {"/Title", "/TOC", "/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/Figure", "/BlockQuote"} <= kinds
    tables = [{str(cell.get("/S")) for cell in tree(one)} for one in elements if one.get("/S") == "/Table"]
    assert tables and all("/TH" in table for table in tables)
    assert [str(one["/Alt"]) for one in elements if one.get("/S") == "/Figure"] == ["La barra más larga es la del agua."]
    assert [entry.title for entry in reader.outline if not isinstance(entry, list)] == ["Cómo", "Preguntas", "Límites"]


def test_texts_are_only_text_and_what_no_font_has_stops_nothing(printing: Press):
    reader = printed(printing, sample(label=f"{HOSTILE} 📍 漢 Ꮳ\x07\u202e ñandú"))
    found = text_of(reader)

    wanted = "".join(HOSTILE.split())
    # title, lead, bar, cell, quote, notice, bullet
    assert found.count(wanted) >= 7
    assert "??ñandú" in found and "📍" not in found
    assert "Ñukanchik" in found
    # a letter with a mark that no single character has is two glyphs, and says which text they are
    content = b"".join(page["/Contents"].get_object().get_data() for page in reader.pages)
    assert all(f"<FEFF{ord(vowel):04X}0331>".encode() in content for vowel in "aeiu")


def test_fonts_are_ours_and_in_the_file(printing: Press):
    reader = printed(printing, sample())
    fonts = {}
    for page in reader.pages:
        resources: Any = page["/Resources"]
        for font in resources.get("/Font", {}).values():
            described = font.get_object()["/DescendantFonts"][0].get_object()
            fonts[str(described["/BaseFont"]).partition("+")[2]] = described["/FontDescriptor"]

    assert len(fonts) > 3
    assert all(re.match(r"Minga(Sans|Serif|Mono)-", name) for name in fonts)
    assert all("/FontFile3" in descriptor or "/FontFile2" in descriptor for descriptor in fonts.values())
    assert {font.family for font in printing.fonts.fonts()} == {"Minga Sans", "Minga Serif", "Minga Mono"}


def test_the_fonts_have_what_the_list_says_and_no_reserved_name(printing: Press):
    every = [TTFont(file) for file in sorted(FONTS.glob("*.otf"))]

    assert len(every) == 7
    assert (FONTS / "letters.txt").read_text() == spans(set.intersection(*(set(font.getBestCmap()) for font in every)))
    assert not any("Source" in font["name"].getDebugName(number) for font in every for number in (1, 4, 6, 16))
    assert set(map(ord, "áéíóúüñÁÑ¿¡«»“”’…–—·•→±≈≤≥ʼ\u0331")) <= printing.letters.known


def test_the_same_report_is_the_same_file(printing: Press):
    first, second = (pdf(one, sample(), spoken(), municipality="", now=NOW) for one in (printing, press()))

    assert first == second


def test_a_long_table_repeats_its_heads_and_a_long_word_is_broken(printing: Press):
    reader = printed(printing, sample(label="Agua", rows=70))
    pages = [page.extract_text() for page in reader.pages]

    assert sum("Opción" in page for page in pages) >= 2
    # once beside its bar, on one of the pages that the chart takes, and once in the table
    assert sum("Agua 69" in page for page in pages) == 2
    assert sum(page.count("Agua 69") for page in pages) == 2
    assert all(len(part) <= LONG for part in printing.letters.written("ñ" * 99).split("\u200b"))


def test_what_nobody_can_write_is_printed_all_the_same(printing: Press):
    unspeakable = "📍"
    report = sample(label=unspeakable)
    asked = replace(next(report.figures()), caption=unspeakable, alt=unspeakable)
    strange = Section("x", unspeakable, (Section("y", "", (asked, Table("", ("a",), ()), Bullets(()))),))
    reader = printed(printing, replace(report, title=unspeakable, kind="", sections=(*report.sections, strange)))
    one = Drawn(strange, asked)

    assert reader.metadata.title == "–"
    assert size(card(printing, report, one, spoken())) == (1080, 1350)


def test_templates_import_nothing():
    for template in FONTS.parent.glob("*.typ"):
        assert not re.search(r"#?(import|include)\b|@\w|\b(read|plugin)\(", template.read_text(encoding="utf-8"))


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG")
    return struct.unpack(">II", picture[16:24])


def test_cards_have_the_sizes_that_chats_and_links_show(printing: Press):
    for rows, label in ((2, "Agua"), (30, HOSTILE)):
        report = sample(rows=rows, label=label)
        one = drawn(report, ["obra", "salud"])["obra"]
        wide, high = size(card(printing, report, one, spoken()))

        assert wide == 1080 and high >= 1350
        assert size(card(printing, report, one, spoken(), "wide")) == (1200, 630)
    assert size(title_card(printing, report, spoken(), "3 respuestas")) == (1200, 630)


def test_what_a_report_hides_is_not_drawn():
    findings = looked(guarded({"puyo": 9, "loja": 8}), QUASI)
    report = told(findings, Selection(), spoken(), municipality="", root="ab")
    names = [one.question.column for one in findings.summary.questions]

    assert "obra" in drawn(report, names)
    assert not {"zona", "salud", "grupo"} & set(drawn(report, names))
    assert "sensible" in why_not(report, names, "salud")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is read is the same for every form of a report
def test_an_official_writes_a_pdf_and_cards(crowd: Office, tmp_path: Path):
    office = crowd
    assert office.types("report", "encuesta", "--format", "pdf", "--language", "en") == 0
    assert PdfReader(tmp_path / "encuesta-report.pdf").trailer["/Root"]["/Lang"] == "en"
    assert office.types("report", "encuesta", "--format", "png") == 0
    cards = sorted(file.name for file in (tmp_path / "encuesta-tarjetas").iterdir())
    assert cards and all(re.fullmatch(r"\d\d-\w+\.png", name) for name in cards)
    assert any(name.endswith("-obra.png") for name in cards)
    assert office.types("report", "encuesta", "--format", "png", "--out", "todas.zip") == 0
    assert sorted(zipfile.ZipFile(tmp_path / "todas.zip").namelist()) == cards
    assert office.types("report", "encuesta", "--format", "png", "--question", "obra", "--shape", "wide") == 0
    assert size((tmp_path / "encuesta-obra.png").read_bytes()) == (1200, 630)

    for words, why in (
        (["--format", "png", "--question", "nada"], "nada no es una pregunta de encuesta. Con gráfico están: "),
        (["--format", "png", "--question", "idea"], "idea no tiene gráfico en el informe: "),
        (["--question", "obra"], "--question y --shape son para --format png"),
        (["--format", "png"], "ya existe"),
    ):
        assert office.types("report", "encuesta", *words) == REFUSED
        assert why in office.err.getvalue()
