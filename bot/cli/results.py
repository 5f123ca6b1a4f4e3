"""`minga results`: what people answered, how they came to answer, and what may be said of it. It only reads, one snapshot."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.asking import (
    AnswersRefused,
    Channels,
    FlowName,
    Languages,
    Since,
    Until,
    Where,
    WithPartial,
    WithTest,
    fitting,
    selected,
)
from bot.cli.terminal import Terminal, terminal_of

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.layout import Layout
    from bot.reports.margins import Margins


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
    margins: Annotated[Path | None, typer.Option("--margins", metavar="file")] = None,
    cap: Annotated[float, typer.Option("--cap", metavar="number")] = 5.0,
    min_cell: Annotated[int, typer.Option("--min-cell", metavar="number")] = 5,
    no_weights: Annotated[bool, typer.Option("--no-weights")] = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", metavar="format")] = "text",
) -> None:
    """Prints what a flow's answers add up to."""
    import orjson

    from bot.assembly import open_database
    from bot.clock import RealClock
    from bot.reports.filters import found
    from bot.reports.findings import document
    from bot.reports.plain_findings import told_findings
    from bot.settings import read
    from storage.findings import Question, find

    terminal = terminal_of(context)
    if by and not question:
        raise AnswersRefused("results.by_needs_question", flow=flow)
    if not cap > 1:
        raise AnswersRefused("results.cap", value=cap)
    settings = read()
    with fitting(file=margins or ""), open_database(settings) as database:
        selection = selected(settings.zone, since, until, channel, lang, partial=with_partial, test=with_test)
        asked = Question(
            flow,
            selection,
            RealClock(settings.zone).now(),
            tuple(where or ()),
            None if margins is None else margins_reader(margins),
            cap,
            min_cell,
            by,
            question,
            stored=not no_weights,
        )
        findings = database.read_now(lambda connection: find(connection, asked))
        only = found(question, findings.summary.layout)[0].step if question and not by else ""
    if form == "json":
        terminal.tell(orjson.dumps(document(findings), option=orjson.OPT_INDENT_2).decode())
        return
    width = shutil.get_terminal_size().columns if terminal.out.isatty() else 80
    for line in told_findings(findings, terminal.language, width=width, blocks=_draws_blocks(terminal), only=only):
        terminal.tell(line)


def margins_reader(file: Path) -> Callable[[Layout], Margins]:
    """Returns what reads that file of margins. Raises AnswersRefused "results.margins_unreadable"."""
    from bot.reports.margins import read_margins

    try:
        content = file.read_bytes()
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise AnswersRefused("results.margins_unreadable", file=file, error=why) from error
    sha256 = hashlib.sha256(content).hexdigest()
    return lambda layout: read_margins(text, yaml_file=file.suffix.lower() != ".csv", sha256=sha256, layout=layout)


def _draws_blocks(terminal: Terminal) -> bool:
    encoding = getattr(terminal.out, "encoding", None) or "utf-8"
    try:
        "█═".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
