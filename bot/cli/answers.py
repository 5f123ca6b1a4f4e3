"""`minga export`: for whoever takes the answers elsewhere. It only reads, one unchanging snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.asking import Channels, FlowName, Languages, Since, Until, Where, WithPartial, WithTest, fitting, selected
from bot.cli.terminal import LOCALES, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.csv_table import Dialect


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
    where: Where = None,
    since: Since = "",
    until: Until = "",
    channel: Channels = None,
    lang: Languages = None,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Writes a flow's answers to files and tells what each holds."""
    from bot.assembly import open_database
    from bot.clock import RealClock
    from bot.reports.csv_table import PLAIN
    from bot.reports.plain import left_out_line
    from bot.settings import read
    from bot.translations import load_languages
    from storage.export import Wanted, write_export

    terminal = terminal_of(context)
    if excel and form != "csv":
        raise AnswersRefused("export.excel_is_for_csv", format=form)
    settings = read()
    with fitting():
        selection = selected(settings.zone, since, until, channel, lang, partial=with_partial, test=with_test)
    wanted = Wanted(
        flow,
        form,
        out,
        selection,
        RealClock(settings.zone).now(),
        terminal.language,
        load_languages(LOCALES),
        _excel(terminal) if excel else PLAIN,
        force,
        where=tuple(where or ()),
    )
    with open_database(settings) as database, fitting():
        done = database.read_now(lambda connection: write_export(connection, wanted))
    for file in done.files:
        rows = " · ".join(terminal.say(f"export.rows.{table}", count=count) for table, count in file.rows.items())
        terminal.tell(terminal.say("export.file", file=file.path, rows=rows, sha256=file.sha256))
    if done.cut:
        terminal.note(terminal.say("export.cut", count=done.cut))
    terminal.tell(left_out_line(done.left_out, terminal.language))


def _excel(terminal: Terminal) -> Dialect:
    """Returns how Excel in the terminal's language wants its CSV: with the decimal comma of Spanish goes a semicolon."""
    from bot.reports.csv_table import EXCEL, EXCEL_DECIMAL_COMMA

    return EXCEL_DECIMAL_COMMA if terminal.say("results.decimal") == "," else EXCEL
