"""`minga export`: for whoever takes the answers elsewhere. It only reads, one unchanging snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
from bot.cli.terminal import LOCALES, Terminal, terminal_of

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.csv_table import Dialect
    from bot.settings import Settings
    from storage.export import Exported, Wanted
    from storage.further_export import Further

Form = Literal["csv", "xlsx", "jsonl", "sav", "dta", "parquet", "geojson", "media", "package"]
Tabled = Literal["csv", "xlsx", "jsonl"]
_TABLED = ("csv", "xlsx", "jsonl")
_KEPT = (
    "form",
    "excel",
    "with_partial",
    "with_test",
    "where",
    "since",
    "until",
    "channel",
    "lang",
    "multi",
    "labels",
    "tables",
    "k",
    "by",
    "release",
)
"""The options that a profile keeps."""


# ruff: noqa: ARG001 because options are read from the context, all of one kind, so that a profile can stand in for them
def export(
    context: typer.Context,
    flow: FlowName,
    form: Annotated[Form, typer.Option("--format", metavar="format")] = "xlsx",
    out: Annotated[Path, typer.Option("--out", metavar="folder")] = Path("exports"),
    excel: Annotated[bool, typer.Option("--excel")] = False,
    multi: Annotated[Literal["one", "split", "both"], typer.Option("--multi", metavar="one|split|both")] = "both",
    labels: Annotated[str, typer.Option("--labels", metavar="language")] = "",
    tables: Annotated[str, typer.Option("--tables", metavar="tables")] = "wide,long,codebook",
    with_partial: WithPartial = False,
    with_test: WithTest = False,
    where: Where = None,
    since: Since = "",
    until: Until = "",
    channel: Channels = None,
    lang: Languages = None,
    k: Annotated[int, typer.Option("--k", metavar="number")] = 5,
    by: Annotated[str, typer.Option("--by", metavar="question")] = "",
    release: Annotated[list[str] | None, typer.Option("--release", metavar="question")] = None,
    profile: Annotated[str, typer.Option("--profile", metavar="name")] = "",
    save: Annotated[str, typer.Option("--save", metavar="name")] = "",
    identity: Annotated[bool, typer.Option("--identity")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Writes a flow's answers to files and tells what each holds."""
    from bot.settings import read
    from storage import export_profiles

    terminal, settings = terminal_of(context), read()
    options: dict[str, Any] = {name: context.params[name] for name in _KEPT}
    if profile:
        # what was typed goes before what the profile says
        kept = export_profiles.load(settings.data, profile)
        options |= {name: kept[name] for name in _KEPT if name in kept and not _typed(context, name)}
    wanted = _wanted(terminal, settings, flow, out, options, force=force)
    if identity:
        done = _identified(terminal, settings, wanted)
    elif options["form"] == "package":
        done = _published(terminal, settings, wanted, options)
    else:
        done = _exported(settings, wanted, options["form"])
    if save:
        export_profiles.save(settings.data, save, options)
        terminal.note(terminal.say("export.profile_saved", name=save))
    for file in done.files:
        rows = " · ".join(terminal.say(f"export.rows.{table}", count=count) for table, count in file.rows.items())
        terminal.tell(terminal.say("export.file", file=file.path, rows=rows, sha256=file.sha256))
    if done.cut:
        lost = options["form"] == "media"
        labelled = options["form"] in ("sav", "dta")
        key = "export.media_lost" if lost else "export.labels_cut" if labelled else "export.cut"
        terminal.note(terminal.say(key, count=done.cut))
    from bot.reports.plain import left_out_line

    terminal.tell(left_out_line(done.left_out, terminal.language))


def _wanted(terminal: Terminal, settings: Settings, flow: str, out: Path, options: dict[str, Any], *, force: bool) -> Wanted:
    """Returns what these options want. Raises AnswersRefused for those that do not go together."""
    from bot.clock import RealClock
    from bot.reports.csv_table import PLAIN
    from bot.reports.export import TABLES
    from bot.reports.filters import known
    from bot.reports.wide import Style
    from bot.translations import load_languages
    from storage.export import Wanted

    form = options["form"]
    if options["excel"] and form != "csv":
        raise AnswersRefused("export.excel_is_for_csv", format=form)
    with fitting():
        named = known([options["tables"]], TABLES, "export.no_table")
        selection = selected(
            settings.zone,
            options["since"],
            options["until"],
            options["channel"],
            options["lang"],
            partial=options["with_partial"],
            test=options["with_test"],
        )
    return Wanted(
        flow,
        form if form in _TABLED else "csv",
        out,
        selection,
        RealClock(settings.zone).now(),
        terminal.language,
        load_languages(LOCALES),
        _excel(terminal) if options["excel"] else PLAIN,
        force,
        tuple(options["where"] or ()),
        tuple(table for table in TABLES if table in named) or TABLES,
        Style(options["multi"], options["labels"]),
    )


def _exported(settings: Settings, wanted: Wanted, form: Tabled | Further) -> Exported:
    from bot.assembly import open_database
    from storage.attachments import FOLDER, Attachments
    from storage.export import write_export
    from storage.further_export import write_further

    attachments = Attachments(settings.data / FOLDER)
    with open_database(settings) as database, fitting():
        if form == "csv" or form == "xlsx" or form == "jsonl":  # noqa: PLR1714 because mypy narrows a Literal only so
            return database.read_now(lambda connection: write_export(connection, wanted))
        return database.read_now(lambda connection: write_further(connection, wanted, form, attachments))


def _published(terminal: Terminal, settings: Settings, wanted: Wanted, options: dict[str, Any]) -> Exported:
    from bot.assembly import open_database
    from storage.open_data import Publishing, write_package

    if options["k"] < 3:
        raise AnswersRefused("export.k", value=options["k"])
    publishing = Publishing(settings.municipality, options["k"], options["by"], tuple(options["release"] or ()))
    with open_database(settings) as database, fitting():
        done = database.read_now(lambda connection: write_package(connection, wanted, publishing))
    terminal.note(terminal.say("export.package_done", people=done.people, all=done.exported.left_out.taken))
    if not done.rows:
        terminal.note(terminal.say("export.package_counts_only"))
    if done.held:
        terminal.note(terminal.say("export.package_held", questions=", ".join(done.held)))
    return done.exported


def _identified(terminal: Terminal, settings: Settings, wanted: Wanted) -> Exported:
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from storage.identity_export import note, write_identity

    with open_house(settings) as house, fitting():
        done = house.database.read_now(lambda connection: write_identity(connection, wanted, house.vault))
        now = milliseconds(house.clock.now())
        house.database.transaction_now(lambda tx: note(tx, done, wanted.flow, now_ms=now))
    terminal.note(terminal.say("export.identity_noted"))
    return done


def _typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _excel(terminal: Terminal) -> Dialect:
    """Returns how Excel in the terminal's language wants its CSV: with the decimal comma of Spanish goes a semicolon."""
    from bot.reports.csv_table import EXCEL, EXCEL_DECIMAL_COMMA

    return EXCEL_DECIMAL_COMMA if terminal.say("results.decimal") == "," else EXCEL
