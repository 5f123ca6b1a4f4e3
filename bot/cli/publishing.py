"""`minga report`: the results of a flow as a page or a PDF that a council can publish, or as cards of one chart for a chat.

It only reads, one snapshot.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.asking import (
    AnswersRefused,
    Cap,
    Channels,
    FlowName,
    Margins,
    MinCell,
    NoWeights,
    Since,
    Until,
    Where,
    WithPartial,
    WithTest,
    asked,
    fitting,
)  # fmt: skip
from bot.cli.terminal import LOCALES, Terminal, terminal_of

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from sqlalchemy import Connection

    from bot.engine.language import Language
    from bot.printing.cards import Shape
    from bot.reports.findings import Findings
    from bot.reports.piece import Report

AnsweredIn = Annotated[list[str] | None, typer.Option("--answered-in", metavar="language")]


# ruff: noqa: ARG001 because which answers are looked at is read from the context, by whoever asks alike
def report(
    context: typer.Context,
    flow: FlowName,
    form: Annotated[Literal["html", "pdf", "png"], typer.Option("--format", metavar="format")] = "html",
    out: Annotated[Path | None, typer.Option("--out", metavar="file")] = None,
    question: Annotated[str, typer.Option("--question", metavar="question")] = "",
    shape: Annotated[Literal["tall", "wide"] | None, typer.Option("--shape", metavar="tall|wide")] = None,
    language: Annotated[Literal["es", "en"] | None, typer.Option("--language", metavar="es|en")] = None,
    with_partial: WithPartial = False,
    with_test: WithTest = False,
    where: Where = None,
    since: Since = "",
    until: Until = "",
    channel: Channels = None,
    lang: AnsweredIn = None,
    margins: Margins = None,
    cap: Cap = 5.0,
    min_cell: MinCell = 5,
    no_weights: NoWeights = False,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Writes a flow's results to one file, or its charts to a folder."""
    from bot.assembly import open_database
    from bot.reports.discretion import untold
    from bot.reports.report import told
    from bot.settings import read
    from bot.translations import load_languages
    from storage.findings import find, receipt_root

    terminal = terminal_of(context)
    if form != "png" and (question or shape):
        raise AnswersRefused("print.only_png")
    spoken = terminal.language if language is None else load_languages(LOCALES, only={language})[language]
    file = _place(spoken, flow, form, question) if out is None else out
    if file.exists() and not force:
        raise AnswersRefused("report.there", file=file)
    settings = read()
    with fitting(file=margins or ""), open_database(settings) as database:
        wanted = asked(context, settings.zone, places=True)

        def look(connection: Connection) -> tuple[Findings, str]:
            return find(connection, wanted), receipt_root(connection, wanted)

        findings, root = database.read_now(look)
    for step in untold(findings.filter, findings.summary.layout):
        raise AnswersRefused("report.sensitive_filter", name=step)
    made = told(findings, wanted.selection, spoken, municipality=settings.municipality, root=root)
    counted = findings.summary.left_out.taken
    match form:
        case "html":
            from bot.reports.page import page

            _write(terminal, {file: page(made).encode()}, counted)
        case "pdf":
            from bot.printing.document import pdf
            from bot.printing.press import press

            printed = pdf(press(), made, spoken, municipality=settings.municipality, now=findings.now)
            _write(terminal, {file: printed}, counted)
        case "png":
            cards = _cards(made, findings, spoken, question, shape or "tall")
            _write(terminal, _laid(cards, file, question), counted)


def _place(spoken: Language, flow: str, form: str, question: str) -> Path:
    if form != "png":
        return Path(spoken.say("report.file", flow=flow, form=form))
    return Path(f"{flow}-{question}.png" if question else spoken.say("print.folder", flow=flow))


def _cards(made: Report, findings: Findings, spoken: Language, question: str, shape: Shape) -> dict[str, bytes]:
    """Returns the cards by the names of their files: of that question, or of all that have a chart."""
    from bot.printing.cards import card, drawn, why_not
    from bot.printing.press import press

    names = [one.question.column for one in findings.summary.questions]
    found = drawn(made, names)
    flow = findings.summary.layout.newest.flow
    if not found:
        raise AnswersRefused("print.no_charts", flow=flow)
    if question and question not in names:
        raise AnswersRefused("print.no_question", name=question, flow=flow, known=", ".join(found))
    if question and question not in found:
        raise AnswersRefused("print.no_chart", name=question, why=why_not(made, names, question))
    printing = press()
    return {
        f"{names.index(name) + 1:02}-{name}.png": card(printing, made, one, spoken, shape)
        for name, one in found.items()
        if question in ("", name)
    }


def _laid(cards: Mapping[str, bytes], file: Path, question: str) -> dict[Path, bytes]:
    """Returns where each card goes: one to the file, several into the folder, or all into the zip of that name."""
    if question:
        return {file: next(iter(cards.values()))}
    if file.suffix.lower() != ".zip":
        return {file / name: picture for name, picture in cards.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, picture in cards.items():
            # the same cards make the same file, whenever it is written
            archive.writestr(zipfile.ZipInfo(name), picture)
    return {file: packed.getvalue()}


def _write(terminal: Terminal, files: Mapping[Path, bytes], counted: int) -> None:
    for file, content in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as error:
            raise AnswersRefused("report.unwritable", file=file, error=error.strerror or type(error).__name__) from error
        sha256 = hashlib.sha256(content).hexdigest()
        terminal.tell(terminal.say("report.written", file=file, count=counted, sha256=sha256))
