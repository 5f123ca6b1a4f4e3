"""From the sheets of a form to the file of a flow, with all there is to say about it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.engine.flow import ConsentText
from bot.engine.language import Language
from bot.forms.finding import Finding, Findings
from bot.forms.headers import Record, Table, find_survey, table
from bot.forms.lists import ChoiceList, lists
from bot.forms.mending import World, mended
from bot.forms.minga import MARK, carried
from bot.forms.naming import Names, flow_name
from bot.forms.ordering import settled
from bot.forms.rows import tree, unrolled
from bot.forms.steps import Steps
from bot.forms.survey import Survey, header
from bot.forms.texts import Tongues
from bot.forms.workbook import Workbook

_ERRORS = frozenset({"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"})


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a form. `text` is the flow's file: without what was refused it passes `check`; "" where nothing is left.

    `whole` tells that nothing was refused. `flow` is the identifier.
    """

    flow: str
    text: str
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was refused."""
        return all(finding.weight != "refused" for finding in self.findings)


def imported(
    book: Workbook,
    languages: Mapping[str, Language],
    speaks: Language,
    flow: str = "",
    consents: Mapping[str, ConsentText] | None = None,
) -> Imported:
    """Returns the flow of a form. `languages` are the product's; comments in the file are in the language `speaks`.

    `consents` are the consent texts that a form written by Minga may name.
    `flow` is the identifier it shall have; else it is the form's own, else made of the file's name.
    """
    findings = Findings()
    found = find_survey(book.sheets)
    settings_table = table(book.sheets.get("settings"), "settings", ())
    settings = next(iter(settings_table.records()), None) if settings_table is not None else None
    stem = book.file.rpartition(".")[0] or book.file
    name = flow or flow_name((settings.get("form_id") if settings is not None else "") or stem)
    if found is None:
        findings.add("refused", "", 0, "", "no_survey", sheets=", ".join(sheet.name for sheet in book.sheets.values()) or "–")
        return Imported(name, "", findings.all())
    _cells(book, findings)
    survey = table(found[1], found[0], ("type",))
    if survey is None:
        findings.add("refused", found[0], 0, "", "nothing_left")
        return Imported(name, "", findings.all())
    if "type" not in survey.fields():
        findings.add("refused", found[0], 0, "", "column_missing", column="type")
        return Imported(name, "", findings.all())
    if found[0] != "survey":
        findings.add("changed", found[0], 0, "", "survey_guessed", name=found[1].name)
    world = World(languages, speaks, consents or {})
    text = _flow(book, survey, settings, (name, stem), world, findings)
    return Imported(name, text, findings.all())


def _flow(
    book: Workbook,
    survey: Table,
    settings: Record | None,
    named: tuple[str, str],
    world: World,
    findings: Findings,
) -> str:
    flow, stem = named
    choices = table(book.sheets.get("choices"), "choices", ("list_name", "name"))
    external = table(book.sheets.get("external_choices"), "external_choices", ("list_name", "name"))
    default = settings.get("default_language") if settings is not None else ""
    plain = settings is not None and any(header.lower() == MARK for header in settings.other)
    declared = carried(settings.other).get("languages", []) if settings is not None else []
    tongues = Tongues([one for one in (survey, choices) if one is not None], default, findings, plain=plain, declared=declared)
    doubles = settings is not None and settings.get("allow_choice_duplicates").lower() in ("yes", "true", "true()")
    names = Names()
    raws = tree(survey, findings)

    def rename(name: str) -> str | None:
        return names.find(name, ())

    first = lists(choices, tongues, rename, Findings(), doubles=doubles)
    made = unrolled(raws, first, tongues.of)
    own: dict[str, ChoiceList] = {}
    beyond: dict[str, ChoiceList] = {}
    steps = Steps(tongues, own, beyond, names, findings)
    making = Survey(steps, findings, world.languages)
    making.name(made, ())
    # labels of choices may show answers too, so the lists are read again now that every name is known
    tongues.missing.clear()
    own.update(lists(choices, tongues, rename, findings, doubles=doubles))
    beyond.update(lists(external, tongues, rename, findings, doubles=True))
    items = making.inside(made) + making.last
    settled(items, findings)
    title = (settings.get("form_title") if settings is not None else "") or stem.replace("_", " ").strip() or flow
    head = header(settings, steps, flow, title)
    _sheets(book, head, findings)
    _tell(steps, own, tongues, findings)
    return mended(head, items, steps, findings, world, comment=world.speaks.say("forms.comment", file=book.file))


def _cells(book: Workbook, findings: Findings) -> None:
    """Reports formulas without a value and values that are errors: what they were to say nobody knows."""
    for sheet, row, column in book.formulas:
        findings.add("refused", sheet, row, column, "formula_unvalued")
    for key, one in book.sheets.items():
        for line in one.rows if key in ("survey", "choices", "settings") else ():
            for cell in line.cells:
                if cell in _ERRORS:
                    findings.add("refused", key, line.number, "", "cell_error", value=cell)


def _sheets(book: Workbook, head: dict[str, object], findings: Findings) -> None:
    """Keeps the sheets that only other tools use; names those that are none of a form's."""
    extra = head.get("x-xlsform", {})
    assert isinstance(extra, dict)
    kept = book.sheets.get("entities")
    if kept is not None and len(kept.rows) > 1:
        heads = kept.rows[0].cells
        extra["entities"] = [{h: row.cell(at) for at, h in enumerate(heads) if h and row.cell(at)} for row in kept.rows[1:]]
        head["x-xlsform"] = extra
        findings.add("left_out", "entities", 0, "", "entities")
    for key in ("osm", "cascades"):
        if key in book.sheets and len(book.sheets[key].rows) > 1:
            findings.add("left_out", key, 0, "", "sheet_unused")
    if book.unread:
        findings.add("left_out", "", 0, "", "sheets_unread", sheets=", ".join(book.unread))


def _tell(steps: Steps, own: Mapping[str, ChoiceList], tongues: Tongues, findings: Findings) -> None:
    """Says once what concerns the whole form: files to bring, lists that no question uses, texts in one language only."""
    tongues.tell()
    if steps.files:
        names = list(steps.files)
        shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
        findings.add("changed", "", 0, "", "media_files", files=shown, count=len(names))
    idle = [name for name, listed in own.items() if id(listed) not in steps.asked]
    if idle:
        findings.add("left_out", "choices", 0, "", "lists_unused", lists=", ".join(idle[:12]) + (", …" if len(idle) > 12 else ""))
