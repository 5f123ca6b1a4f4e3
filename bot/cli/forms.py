"""`minga import` and `minga export-form`: XLSForms become flows, and flows XLSForms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.terminal import FAILED, LOCALES, SHIPPED, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from bot.engine.flow import ConsentText
    from bot.forms.finding import Finding

_SHOWN = 3
"""So many findings of one kind are told whole; the further ones by their rows."""

Speech = Annotated[Literal["es", "en"] | None, typer.Option("--lang", metavar="language")]


class FormRefused(Refused):
    """The form cannot be read, or its flow cannot be written."""


def import_form(
    context: typer.Context,
    form: Annotated[Path, typer.Argument(metavar="form")],
    flow: Annotated[str, typer.Option("--as", metavar="flow")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="file")] = None,
    lenient: Annotated[bool, typer.Option("--lenient")] = False,
    replace: Annotated[bool, typer.Option("--replace")] = False,
    lang: Speech = None,
) -> int:
    """Makes a flow of an XLSForm. Without --lenient it is all or nothing."""
    from bot.engine.loading.written import FLOW_NAME
    from bot.forms.importing import imported
    from bot.forms.workbook import UnreadableError
    from bot.forms.worker import read
    from bot.settings import read as read_settings
    from bot.translations import load_languages

    languages = load_languages(LOCALES)
    terminal = _speaking(terminal_of(context), lang)
    if flow and FLOW_NAME.fullmatch(flow) is None:
        raise FormRefused("forms.bad_name", name=flow)
    try:
        folders = [SHIPPED, read_settings().flows]
        made = imported(read(form), languages, terminal.language, flow, _consents(folders))
    except UnreadableError as error:
        reason = terminal.say(f"forms.unreadable.{error.code}", **error.places)
        raise FormRefused("forms.unreadable", file=form, reason=reason) from error
    refused = [finding for finding in made.findings if finding.weight == "refused"]
    # what hinders the whole is the result of a strict import; all else is said beside it
    for line in _told(made.findings, terminal):
        (terminal.tell if refused and not lenient else terminal.note)(line)
    if (refused and not lenient) or not made.text:
        terminal.note(terminal.say("forms.not_written" if made.text else "forms.nothing_written", count=len(refused), file=form))
        return FAILED
    file = out if out is not None else read_settings().flows / f"{made.flow}.yaml"
    text = _with_comments(made.text, refused, terminal)
    if not replace and file.exists() and file.read_text("utf-8", "replace") != text:
        raise FormRefused("forms.exists", file=file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise FormRefused("forms.cannot_write", file=file, error=error.strerror or type(error).__name__) from error
    key = "forms.written_lenient" if refused else "forms.written"
    terminal.tell(terminal.say(key, file=file, flow=made.flow, count=len(refused)))
    return 0


def _consents(folders: Sequence[Path]) -> dict[str, ConsentText]:
    """Returns the consent texts of these folders, a later one's before a former one's."""
    from bot.engine.source import load_consents
    from bot.flow_files import CONSENTS

    found: dict[str, ConsentText] = {}
    for folder in folders:
        file = folder / CONSENTS
        if file.is_file():
            found |= load_consents(file.read_bytes(), str(file))[0]
    return found


def _speaking(terminal: Terminal, lang: str | None) -> Terminal:
    """Returns the terminal speaking the language that was asked for."""
    from bot.translations import load_languages

    if lang is None or lang == terminal.language.code:
        return terminal
    return Terminal(load_languages(LOCALES, only={lang})[lang], terminal.out, terminal.err)


def _told(findings: Sequence[Finding], terminal: Terminal) -> Iterator[str]:
    """Yields the findings, a line for each under a heading for each weight. Past the first few of a kind only rows are told."""
    for weight, group in groupby(findings, key=lambda finding: finding.weight):
        yield terminal.say(f"forms.weight.{weight}")
        kinds: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in group:
            # a refusal is a task for somebody, so each is told whole
            alone = str(id(finding)) if weight == "refused" else ""
            kinds.setdefault((finding.sheet, finding.code + finding.problem, alone), []).append(finding)
        for kind in kinds.values():
            for finding in kind[:_SHOWN] if len(kind) > _SHOWN + 1 else kind:
                yield f"  {finding.tell(terminal.language)}"
            if len(kind) > _SHOWN + 1:
                rows = [str(finding.row) for finding in kind[_SHOWN:]]
                shown = ", ".join(rows[:20]) + (", …" if len(rows) > 20 else "")
                yield "  " + terminal.say("forms.more", sheet=kind[0].sheet, count=len(rows), rows=shown)


def _with_comments(text: str, refused: Sequence[Finding], terminal: Terminal) -> str:
    """Returns the file with what was left out said at its top."""
    if not refused:
        return text
    first, _, rest = text.partition("\n")

    def comment(said: str, indent: str) -> str:
        return f"#{indent}{' '.join(said.split())}"

    told = [comment(finding.tell(terminal.language), "   ") for finding in refused]
    return "\n".join([first, comment(terminal.say("forms.comment_left_out"), " "), *told, rest])


def export_form(
    context: typer.Context,
    flow: Annotated[str, typer.Argument(metavar="flow")],
    file: Annotated[Path, typer.Argument(metavar="file")],
    lang: Speech = None,
) -> int:
    """Writes a flow as an XLSForm."""
    from bot.flow_files import find, read
    from bot.forms.exporting import exported
    from bot.forms.spreadsheet import workbook
    from bot.settings import read as read_settings
    from bot.translations import flow_texts, load_languages

    terminal = _speaking(terminal_of(context), lang)
    if file.suffix.lower() != ".xlsx":
        raise FormRefused("forms.export_extra", file=file)
    folders = [SHIPPED, read_settings().flows]
    known = find(folders)
    path = Path(flow)
    source = path if path.suffix in (".yaml", ".yml") or path.is_file() else known.get(flow)
    if source is None:
        raise FormRefused("chat.unknown_flow", flow=flow, flows=", ".join(sorted(known)))
    languages = load_languages(LOCALES)
    files = read([source], beside=[*folders, source.parent], languages=languages, translate=flow_texts(LOCALES))
    loaded = next(iter(files.good.values()), None)
    if loaded is None or loaded.outline is None:
        for problem in files.problems:
            if problem.severity == "error":
                terminal.note(f"{problem.file}:{problem.line}: {problem.tell(terminal.language)}")
        return FAILED
    made = exported(loaded.outline, languages)
    try:
        file.write_bytes(workbook(made.sheets))
    except OSError as error:
        raise FormRefused("forms.cannot_write", file=file, error=error.strerror or type(error).__name__) from error
    except ValueError as error:
        raise FormRefused("forms.cell_too_long", cell=str(error)) from error
    if made.carried:
        terminal.note(terminal.say("forms.not_told"))
        for key, count in sorted(made.carried.items()):
            terminal.note(f"  minga_{key} ({count})")
    terminal.tell(terminal.say("forms.exported", file=file, count=sum(len(rows) - 1 for rows in made.sheets.values())))
    return 0
