"""Forms as Markdown, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.engine.flow import Flow, Step
from bot.engine.language import Language
from bot.engine.source import Loaded, load
from bot.forms import reading
from bot.forms.importing import Imported, imported
from bot.forms.workbook import Workbook
from bot.translations import load_languages

ROOT = Path(__file__).parents[2]
FORMS = ROOT / "tests" / "data" / "xlsforms"


@cache
def languages() -> dict[str, Language]:
    return dict(load_languages(ROOT / "locales"))


def table(name: str, *rows: Sequence[str]) -> str:
    """Returns one sheet as Markdown."""
    lines = [f"| {name} |"]
    lines += ["| | " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def form(*survey: Sequence[str], choices: Sequence[Sequence[str]] = (), settings: Sequence[Sequence[str]] = ()) -> str:
    """Returns a form; the first row of each sheet is its header."""
    made = table("survey", *survey)
    made += table("choices", *choices) if choices else ""
    return made + (table("settings", *settings) if settings else "")


def book(text: str, file: str = "parque.md") -> Workbook:
    found = reading.read(text.encode())
    return Workbook(found.sheets, found.unread, found.formulas, file)


def bring(text: str, flow: str = "") -> Imported:
    return imported(book(text), languages(), languages()["es"], flow)


def loaded(made: Imported) -> Loaded:
    found = load(made.text, "flow.yaml")
    assert found.flow is not None, found.problems
    return found


def flow_of(text: str) -> Flow:
    made = bring(text)
    assert made.whole, [finding.tell(languages()["es"]) for finding in made.findings]
    flow = loaded(made).flow
    assert flow is not None
    return flow


def steps(text: str) -> dict[str, Step]:
    return {node.name: node for node in flow_of(text).program if isinstance(node, Step)}


def refusals(made: Imported) -> list[tuple[str, int, str, str]]:
    """Returns sheet, row, column and code of each refusal."""
    return [(f.sheet, f.row, f.column, f.problem or f.code) for f in made.findings if f.weight == "refused"]


def codes(made: Imported, weight: str) -> list[str]:
    return [f.code for f in made.findings if f.weight == weight]


def written(made: Imported) -> dict[str, Any]:
    found = yaml.load(made.text, Loader=yaml.BaseLoader)
    assert isinstance(found, dict)
    return found
