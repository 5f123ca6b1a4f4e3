"""Whatever stands in a form: nothing is raised, what is written passes check, and it comes back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.check import check
from bot.engine.source import load
from bot.forms.exporting import exported
from bot.forms.importing import imported
from bot.forms.workbook import Row, Sheet, Workbook
from tests.luck import examples

from .bringing import languages

NAMES = ["a", "b", "c", "año", "a b", "", "receipt", "b_other", "g", "1x", "A"]
TYPES = [
    "text", "integer", "note", "select_one l", "select_multiple l or_other", "select_one l or_other", "rank l",
    "range", "calculate",
    "begin group", "end group", "begin repeat", "end repeat", "barcode", "start", "end", "deviceid", "hidden", "date",
    "acknowledge",
    "select_one m", "begin loop over l", "end loop", "image", "", "textt", "percentage", "score__row", "begin_score",
    "email",
]  # fmt: skip
EXPRESSIONS = [
    "", "", "", "${a} = 'x'", "${b} > 1", "${c", ". > 2", "selected(${a}, 'y')", "count(${g})", "sum(${b})",
    "${a b} != ''", "TRUE",
    "no", "pulldata('x')", "../a = 1", "/d/g/a = 1", "${a} + ${b}", "once(uuid())", "today()", "z = ${a}", "name", "'it''s'", "3",
    "${b_other}", "indexed-repeat(${a}, ${g}, 1)", "“x”", "1 = 2", "position(..)", "${last-saved#a}",
    "jr:choice-name(${a}, '${a}')",
]  # fmt: skip
TEXTS = [
    "",
    "¿Qué?",
    "Hola ${a}",
    "${",
    "**x** <b>y</b>",
    "a: b",
    "- # x",
    "línea\notra",
    "0",
    "1",
    "${receipt} ${a b}",
    "'q'",
    "{x}",
    "?",
]
HEADER = (
    "type", "name", "label::Español (es)", "label::English (en)", "hint", "relevant", "constraint",
    "calculation", "default", "required",
    "choice_filter", "repeat_count", "read_only", "parameters", "appearance", "media::image", "cosa rara",
)  # fmt: skip
_expression = st.sampled_from(EXPRESSIONS)
_text = st.sampled_from(TEXTS)
_row = st.tuples(
    st.sampled_from(TYPES), st.sampled_from(NAMES), _text, _text, _text, _expression, _expression, _expression,
    _expression, _expression,
    _expression, _expression, st.sampled_from(["", "", "yes"]), st.sampled_from(["", "randomize=true", "start=0 end=3", "x"]),
    st.sampled_from(["", "label", "minimal search('x')", "signature"]), st.sampled_from(["", "m.png", "${a}"]), _text,
)  # fmt: skip
_choice = st.tuples(
    st.sampled_from(["l", "l", "m", ""]), st.sampled_from(["x", "y", "x y", "", "other", "0", "1", "-9"]), _text, _text, _text
)
_settings = st.tuples(st.sampled_from(["", "Mi título: x"]), st.sampled_from(["", "f", "mi f"]), st.sampled_from(["", "x"]))


def book(rows: list[tuple[str, ...]], choices: list[tuple[str, ...]], above: tuple[str, ...]) -> Workbook:
    def sheet(name: str, header: tuple[str, ...], body: list[tuple[str, ...]]) -> Sheet:
        return Sheet(name, tuple(Row(at, row) for at, row in enumerate([header, *body], 1) if any(row)))

    return Workbook(
        {
            "survey": sheet("survey", HEADER, rows),
            "choices": sheet("choices", ("list_name", "name", "label::Español (es)", "label::English (en)", "z"), choices),
            "settings": sheet("settings", ("form_title", "form_id", "sms_keyword"), [above]),
        },
        file="f.xlsx",
    )


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@examples(80)
@given(st.lists(_row, max_size=14), st.lists(_choice, max_size=8), _settings)
def test_any_form_is_brought_or_refused(
    rows: list[tuple[str, ...]], choices: list[tuple[str, ...]], above: tuple[str, ...]
) -> None:
    made = imported(book(rows, choices, above), languages(), languages()["es"])
    for finding in made.findings:
        assert finding.tell(languages()["es"])
        assert finding.tell(languages()["en"])
    if not made.text:
        return
    once = load(made.text, "f.yaml")
    assert [p for p in check([once], consents={}, languages=languages()) if p.severity == "error"] == [], made.text
    assert once.outline is not None
    sheets = exported(once.outline, languages()).sheets
    form = {name: Sheet(name, tuple(Row(at, tuple(row)) for at, row in enumerate(body, 1))) for name, body in sheets.items()}
    again = imported(Workbook(form, file="f.xlsx"), languages(), languages()["es"])
    assert again.whole, (again.findings, made.text)
    assert load(again.text, "f.yaml").content == once.content, (made.text, again.text)
