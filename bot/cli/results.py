"""`minga results`: what people answered, how they came to answer, and what may be said of it. It only reads, one snapshot."""

from __future__ import annotations

import shutil
from typing import Annotated, Literal

import typer

from bot.cli.asking import (
    AnswersRefused,
    Cap,
    Channels,
    FlowName,
    Languages,
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
from bot.cli.terminal import Terminal, terminal_of


# ruff: noqa: ARG001 because which answers are looked at is read from the context, by whoever asks alike
def results(
    context: typer.Context,
    flow: FlowName,
    question: Annotated[str, typer.Option("--question", metavar="question")] = "",
    by: Annotated[str, typer.Option("--by", metavar="question")] = "",
    with_partial: WithPartial = False,
    with_test: WithTest = False,
    where: Where = None,
    since: Since = "",
    until: Until = "",
    channel: Channels = None,
    lang: Languages = None,
    margins: Margins = None,
    cap: Cap = 5.0,
    min_cell: MinCell = 5,
    no_weights: NoWeights = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", metavar="format")] = "text",
) -> None:
    """Prints what a flow's answers add up to."""
    import orjson

    from bot.assembly import open_database
    from bot.reports.filters import found
    from bot.reports.findings import document
    from bot.reports.plain_findings import told_findings
    from bot.settings import read
    from storage.findings import find

    terminal = terminal_of(context)
    if by and not question:
        raise AnswersRefused("results.by_needs_question", flow=flow)
    settings = read()
    with fitting(file=margins or ""), open_database(settings) as database:
        wanted = asked(context, settings.zone, by=by, of=question)
        findings = database.read_now(lambda connection: find(connection, wanted))
        only = found(question, findings.summary.layout)[0].step if question and not by else ""
    if form == "json":
        terminal.tell(orjson.dumps(document(findings), option=orjson.OPT_INDENT_2).decode())
        return
    width = shutil.get_terminal_size().columns if terminal.out.isatty() else 80
    for line in told_findings(findings, terminal.language, width=width, blocks=_draws_blocks(terminal), only=only):
        terminal.tell(line)


def _draws_blocks(terminal: Terminal) -> bool:
    encoding = getattr(terminal.out, "encoding", None) or "utf-8"
    try:
        "█═".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
