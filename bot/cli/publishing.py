"""`minga report`: the results of a flow as a page that a council can publish and print. It only reads, one snapshot."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.asking import (
    AnswersRefused,
    Channels,
    FlowName,
    Since,
    Until,
    Where,
    WithPartial,
    WithTest,
    fitting,
    selected,
)
from bot.cli.results import margins_reader
from bot.cli.terminal import LOCALES, terminal_of

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from sqlalchemy import Connection

    from bot.reports.findings import Findings

AnsweredIn = Annotated[list[str] | None, typer.Option("--answered-in", metavar="language")]


# ruff: noqa: ARG001 because --format has one form so far and says so to whoever asks for another
def report(
    context: typer.Context,
    flow: FlowName,
    form: Annotated[Literal["html"], typer.Option("--format", metavar="format")] = "html",
    out: Annotated[Path | None, typer.Option("--out", metavar="file")] = None,
    language: Annotated[Literal["es", "en"] | None, typer.Option("--language", metavar="es|en")] = None,
    with_partial: WithPartial = False,
    with_test: WithTest = False,
    where: Where = None,
    since: Since = "",
    until: Until = "",
    channel: Channels = None,
    lang: AnsweredIn = None,
    margins: Annotated[Path | None, typer.Option("--margins", metavar="file")] = None,
    cap: Annotated[float, typer.Option("--cap", metavar="number")] = 5.0,
    min_cell: Annotated[int, typer.Option("--min-cell", metavar="number")] = 5,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Writes a flow's results to one file."""
    from bot.assembly import open_database
    from bot.clock import RealClock
    from bot.reports.discretion import untold
    from bot.reports.page import told_page
    from bot.settings import read
    from bot.translations import load_languages
    from storage.findings import Question, find, receipt_root

    terminal = terminal_of(context)
    if not cap > 1:
        raise AnswersRefused("results.cap", value=cap)
    spoken = terminal.language if language is None else load_languages(LOCALES, only={language})[language]
    file = Path(spoken.say("report.file", flow=flow)) if out is None else out
    if file.exists() and not force:
        raise AnswersRefused("report.there", file=file)
    settings = read()
    with fitting(file=margins or ""), open_database(settings) as database:
        selection = selected(settings.zone, since, until, channel, lang, partial=with_partial, test=with_test)
        reader = None if margins is None else margins_reader(margins)
        asked = Question(flow, selection, RealClock(settings.zone).now(), tuple(where or ()), reader, cap, min_cell)

        def look(connection: Connection) -> tuple[Findings, str]:
            return find(connection, asked), receipt_root(connection, asked)

        findings, root = database.read_now(look)
    for step in untold(findings.filter, findings.summary.layout):
        raise AnswersRefused("report.sensitive_filter", name=step)
    page = told_page(findings, selection, spoken, municipality=settings.municipality, root=root).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page)
    except OSError as error:
        raise AnswersRefused("report.unwritable", file=file, error=error.strerror or type(error).__name__) from error
    sha256 = hashlib.sha256(page).hexdigest()
    terminal.tell(terminal.say("report.written", file=file, count=findings.summary.left_out.taken, sha256=sha256))
