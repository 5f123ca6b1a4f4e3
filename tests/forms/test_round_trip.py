"""A form that is brought, written and brought again is the same flow; a flow written as a form comes back as it was."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from bot.engine.source import Loaded, load
from bot.flow_files import read as read_flows
from bot.forms import reading, worker
from bot.forms.exporting import exported
from bot.forms.importing import Imported, imported
from bot.forms.spreadsheet import workbook
from bot.forms.workbook import Workbook
from bot.translations import flow_texts

from .bringing import FORMS, ROOT, bring, form, languages, loaded

RICH = form(
    ("type", "name", "label::Español (es)", "label::English (en)", "hint::Español (es)", "relevant", "constraint", "calculation",
     "default", "read_only", "required", "choice_filter", "parameters", "appearance", "media::image", "repeat_count", "nota"),
    ("start", "start", *[""] * 15),
    ("deviceid", "deviceid", *[""] * 15),
    ("begin group", "datos", "Datos", "Data", "", "", "", "", "", "", "", "", "", "field-list", "", "", "x"),
    ("select_one prov", "prov", "¿Provincia?", "Province?", "Elige", "", "", "", "", "", "yes", "", "randomize=true",
     "", "m.png", "", ""),
    ("select_one canton or_other", "canton", "¿Cantón?", "County?", "", "", "", "", "", "", "", "p = ${prov}",
     "", "", "", "", ""),
    ("end group", *[""] * 16),
    ("begin repeat", "hijo", "Hijo", "Child", "", "", "", "", "", "", "", "", "", "", "", "2", ""),
    ("integer", "edad", "Edad", "Age", "", "", ". < 30", "", "", "", "", "", "", "", "", "", ""),
    ("end repeat", *[""] * 16),
    ("begin repeat", "gato", "Gato", "Cat", "", "", "", "", "", "", "", "", "", "", "", "", ""),
    ("text", "nombre", "Nombre", "Name", "", "", "", "", "", "", "", "", "", "", "", "", ""),
    ("end repeat", *[""] * 16),
    ("range", "r", "Nota", "Rating", "", "", "", "", "", "", "", "", "start=0 end=5 step=1", "rating", "", "", ""),
    ("text", "t", "Total", "Total", "", "", "", "${r} * 2", "", "yes", "", "", "", "", "", "", ""),
    ("date", "d", "Fecha: día", "Date", "", "", ". <= today()", "", "today()", "", "", "", "", "", "", "", ""),
    ("hidden", "h", "", "", "", "", "", "", "abc", "", "", "", "", "", "", "", ""),
    ("calculate", "c", "", "", "", "", "", "sum(${edad})", "", "", "", "", "", "", "", "", ""),
    ("note", "n", "Gracias\u2028${prov} ${canton_other}", "Thanks", "", "${c} > 1", "", "", "", "", "", "", "", "", "", "", ""),
    choices=[
        ("list_name", "name", "label::Español (es)", "label::English (en)", "p", "media::image"),
        ("prov", "chim", "Chimborazo", "Chimborazo", "", ""), ("prov", "pas", "Pastaza", "Pastaza", "", "p.png"),
        ("canton", "rio", "Riobamba", "Riobamba", "chim", ""), ("canton", "puyo", "Puyo", "Puyo", "pas", ""),
    ],
    settings=[("form_title", "form_id", "version", "default_language", "sms_keyword"),
              ("Hogar", "hogar 2026", "7", "Español (es)", "hogar")],
)  # fmt: skip

NATIVE = """
flow: nativo
kind: consultation
title: {es: Nativo, en: Native}
languages: [es, en]
start: {words: [nativo, propio], links: {puyo: {canton: puyo}}}
opens: 2026-12-01T08:00
closes: 2026-12-31T20:00
reminders: [24h, 3d]
quiet: no
expires: 14d
edit: no
review: true
choices:
  si_no:
    si: {label: {es: Sí, en: Yes}, words: {es: [claro, dale]}}
    no: {es: No, en: No}
survey:
  - type: note
    label: {es: "Hola: ${flow_title}", en: "Hi: ${flow_title}"}
  - type: select_one
    name: canton
    label: {es: ¿Cantón?, en: County?}
    choices: {riobamba: {es: Riobamba, en: Riobamba}, puyo: {label: {es: Puyo, en: Puyo}, words: [pastaza]}}
    other: true
  - type: integer
    name: edad
    label: {es: ¿Edad?, en: Age?}
    personal: true
    quasi: {band: 10}
    required: false
    constraint: ". >= 15"
    constraint_message: {es: Muy joven, en: Too young}
    not_understood: {es: Escríbela con números, en: Write digits}
    retries: {times: 2, then: skip}
  - {type: select_one, name: a, label: {es: ¿Agua?, en: Water?}, choices: si_no}
  - type: group
    name: propuesta
    relevant: "${a} = 'si'"
    repeat_while: "${otra} = 'si'"
    survey:
      - {type: text, name: idea, label: {es: ¿Idea?, en: Idea?}, accept: [text, audio], join: 10s, default: hola}
      - {type: select_one, name: otra, label: {es: ¿Otra?, en: Another?}, choices: si_no}
  - {type: rank, name: orden, label: {es: Ordena, en: Order}, choices: {x: {es: Equis, en: Ex}, y: {es: Ye, en: Why}}, top: 1}
  - {type: phone, name: tel, label: {es: ¿Teléfono?, en: Phone?}, sensitive: true}
  - {type: email, name: correo, label: {es: ¿Correo?, en: Mail?}, required: "${a} = 'si'"}
  - {type: datetime, name: cuando, label: {es: ¿Cuándo?, en: When?}}
  - {type: do, name: persona, effect: hand_over}
  - type: note
    label: {es: "Comprobante ${receipt}, ${canton_other}.", en: "Receipt ${receipt}."}
"""


def again(found: Loaded, tmp_path: Path) -> tuple[Imported, bytes]:
    """Writes a flow as a form, reads that as any other, and checks that the tools of XLSForm take it."""
    assert found.outline is not None
    data = workbook(exported(found.outline, languages()).sheets)
    file = tmp_path / "formulario.xlsx"
    file.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyxform's own
        assert "<h:html" in convert(str(file)).xform
    made = reading.read(data)
    return imported(Workbook(made.sheets, file="formulario.xlsx"), languages(), languages()["es"], consents=consents()), data


def consents():
    found = read_flows([], beside=[ROOT / "flows"], languages=languages(), translate=None)
    return found.consents


@pytest.mark.parametrize("name", sorted(file.name for file in FORMS.iterdir() if file.name != "README.md"))
def test_forms_of_others_come_back_the_same(name: str, tmp_path: Path) -> None:
    first = imported(worker.read(FORMS / name), languages(), languages()["es"])
    once = loaded(first)
    second, _ = again(once, tmp_path)
    assert second.whole
    assert loaded(second).content == once.content


def test_a_rich_form_comes_back_the_same(tmp_path: Path) -> None:
    first = bring(RICH)
    assert first.whole, first.findings
    second, _ = again(loaded(first), tmp_path)
    assert second.whole
    assert loaded(second).content == loaded(first).content
    assert loaded(second).flow.version == loaded(first).flow.version


def test_a_flow_with_all_that_only_a_chat_has_comes_back_the_same(tmp_path: Path) -> None:
    found = load(NATIVE, "nativo.yaml")
    assert found.flow is not None, found.problems
    second, data = again(found, tmp_path)
    assert second.whole, second.findings
    assert loaded(second).content == found.content
    header = reading.read(data).sheets["survey"].rows[0].cells
    assert {"minga_retries", "minga_personal", "minga_accept", "minga_repeat_while"} <= set(header)


SHIPPED = sorted(path for path in (ROOT / "flows").glob("*.yaml") if "\nflow: " in "\n" + path.read_text(encoding="utf-8"))
"""The flows; beside them lie consent texts and prices."""


@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.stem)
def test_the_flows_that_ship_come_back_the_same(file: Path, tmp_path: Path) -> None:
    texts = flow_texts(ROOT / "locales")
    good = read_flows([file], beside=[ROOT / "flows"], languages=languages(), translate=texts).good
    (found,) = good.values()
    second, _ = again(found, tmp_path)
    assert second.whole, second.findings
    assert loaded(second).content == found.content


def test_what_xlsform_cannot_say_is_counted() -> None:
    found = load(NATIVE, "nativo.yaml")
    assert found.outline is not None
    carried = exported(found.outline, languages()).carried
    assert carried["words"] == 2
    assert {"start", "kind", "quiet", "repeat_while", "type", "top", "label"} <= carried.keys()


def test_a_cell_that_begins_like_a_formula_is_a_text() -> None:
    made = reading.read(workbook({"survey": [["type", "label"], ["note", "=1+1"], ["note", "+59399"]]}))
    assert [row.cells[1] for row in made.sheets["survey"].rows] == ["label", "=1+1", "+59399"]
    assert made.formulas == ()
    with pytest.raises(ValueError, match="survey!1"):
        workbook({"survey": [["x" * 40_000]]})
