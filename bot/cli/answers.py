"""`minga export` and `minga results`: for whoever reads what people answered. Both only read, one unchanging snapshot."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.terminal import LOCALES, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.csv_table import Dialect

FlowName = Annotated[str, typer.Argument(metavar="flow")]
WithPartial = Annotated[bool, typer.Option("--with-partial")]
WithTest = Annotated[bool, typer.Option("--with-test")]


class AnswersRefused(Refused):
    """Options that do not go together."""


def export(
    context: typer.Context,
    flow: FlowName,
    form: Annotated[Literal["csv", "xlsx", "jsonl"], typer.Option("--format", metavar="format")] = "xlsx",
    out: Annotated[Path, typer.Option("--out", metavar="folder")] = Path("exports"),
    excel: Annotated[bool, typer.Option("--excel")] = False,
    with_partial: WithPartial = False,
    with_test: WithTest = False,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Writes a flow's answers to files and tells what each holds."""
    from bot.assembly import open_database
    from bot.clock import RealClock
    from bot.reports.csv_table import PLAIN
    from bot.reports.plain import left_out_line
    from bot.reports.rows import Selection
    from bot.settings import read
    from bot.translations import load_languages
    from storage.export import Wanted, write_export

    terminal = terminal_of(context)
    if excel and form != "csv":
        raise AnswersRefused("export.excel_is_for_csv", format=form)
    settings = read()
    wanted = Wanted(
        flow,
        form,
        out,
        Selection(partial=with_partial, test=with_test),
        RealClock(settings.zone).now(),
        terminal.language,
        load_languages(LOCALES),
        _excel(terminal) if excel else PLAIN,
        force,
    )
    with open_database(settings) as database:
        done = database.read_now(lambda connection: write_export(connection, wanted))
    for file in done.files:
        rows = " · ".join(terminal.say(f"export.rows.{table}", count=count) for table, count in file.rows.items())
        terminal.tell(terminal.say("export.file", file=file.path, rows=rows, sha256=file.sha256))
    if done.cut:
        terminal.note(terminal.say("export.cut", count=done.cut))
    terminal.tell(left_out_line(done.left_out, terminal.language))


def results(
    context: typer.Context,
    flow: FlowName,
    with_partial: WithPartial = False,
    with_test: WithTest = False,
) -> None:
    """Prints a summary of a flow's results."""
    from bot.assembly import open_database
    from bot.reports.plain import told
    from bot.reports.rows import Selection
    from bot.reports.summary import summarise
    from bot.settings import read
    from storage import results as stored
    from storage.export import read_layout

    terminal = terminal_of(context)
    selection = Selection(partial=with_partial, test=with_test)
    with open_database(read()) as database:
        summary = database.read_now(
            lambda connection: summarise(
                stored.stream(connection, flow, selection),
                read_layout(connection, flow, selection),
                stored.groups(connection, flow),
                selection,
            )
        )
    width = shutil.get_terminal_size().columns if terminal.out.isatty() else 80
    for line in told(summary, terminal.language, width=width, blocks=_draws_blocks(terminal)):
        terminal.tell(line)


def _excel(terminal: Terminal) -> Dialect:
    """Returns how Excel in the terminal's language wants its CSV: with the decimal comma of Spanish goes a semicolon."""
    from bot.reports.csv_table import EXCEL, EXCEL_DECIMAL_COMMA

    return EXCEL_DECIMAL_COMMA if terminal.say("results.decimal") == "," else EXCEL


def _draws_blocks(terminal: Terminal) -> bool:
    encoding = getattr(terminal.out, "encoding", None) or "utf-8"
    try:
        "█═".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
