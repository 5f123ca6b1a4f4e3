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
)
from bot.cli.terminal import LOCALES, Terminal, terminal_of

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.order import Order
    from bot.settings import Settings
    from storage.export import Exported, Wanted

Form = Literal["csv", "xlsx", "jsonl", "sav", "dta", "parquet", "geojson", "media", "package"]
_OPTIONS = (
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
"""The options that make an order, and that a profile keeps."""


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
    no_weights: Annotated[bool, typer.Option("--no-weights")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Writes a flow's answers to files and tells what each holds."""
    from bot.clock import RealClock
    from bot.exporting import making
    from bot.reports.order import FORMS, MEANT, NAMES, kept, read_order
    from bot.settings import read
    from bot.translations import load_languages
    from storage import export_profiles

    terminal, settings = terminal_of(context), read()
    options: dict[str, Any] = {name: context.params[name] for name in _OPTIONS}
    if profile:
        # what was typed goes before what the profile says
        held = export_profiles.load(settings.data, profile)
        options |= {name: held[name] for name in NAMES if name in held and not _typed(context, name)}
    if no_weights:
        options["weights"] = False
    order = read_order(options)
    for name, forms in MEANT.items():
        # what a profile says beside it is for other formats
        if not identity and order.form not in forms and _typed(context, name):
            known = ", ".join(one for one in FORMS if one in forms)
            raise AnswersRefused("export.option_is_for", option=f"--{name}", format=order.form, known=known)
    with fitting():
        now, languages = RealClock(settings.zone).now(), load_languages(LOCALES)
        wanted = making.wanted(order, flow, out, now, terminal.language, languages, force=force)
    done = _identified(terminal, settings, wanted) if identity else _exported(terminal, settings, order, wanted)
    if save:
        export_profiles.save(settings.data, save, kept(order))
        terminal.note(terminal.say("export.profile_saved", name=save))
    for file in done.files:
        rows = " · ".join(terminal.say(f"export.rows.{table}", count=count) for table, count in file.rows.items())
        terminal.tell(terminal.say("export.file", file=file.path, rows=rows, sha256=file.sha256))
    if done.cut:
        lost = order.form == "media"
        labelled = order.form in ("sav", "dta")
        key = "export.media_lost" if lost else "export.labels_cut" if labelled else "export.cut"
        terminal.note(terminal.say(key, count=done.cut))
    _weights_told(terminal, done)
    from bot.reports.plain import left_out_line

    terminal.tell(left_out_line(done.left_out, terminal.language))


def _weights_told(terminal: Terminal, done: Exported) -> None:
    from bot.reports.weights import Unweighted, Weighting

    match done.weights:
        case Weighting(margins=margins):
            terminal.note(terminal.say("export.weighted", source=margins.source, date=margins.date))
        case Unweighted(key, places):
            terminal.note(terminal.say("weights.not_used", why=terminal.say(key, **places)))
        case None:
            pass


def _exported(terminal: Terminal, settings: Settings, order: Order, wanted: Wanted) -> Exported:
    from bot.assembly import open_database
    from bot.exporting.making import make
    from storage.attachments import FOLDER, Attachments

    if order.form == "package":
        terminal.note(terminal.say("export.package_one"))
    attachments, publisher = Attachments(settings.data / FOLDER), settings.municipality
    with open_database(settings) as database, fitting():
        made = database.read_now(
            lambda connection: make(
                connection, order, wanted, attachments=attachments, publisher=publisher, public_url=settings.public_url
            )
        )
    if made.people is not None:
        terminal.note(terminal.say("export.package_done", people=made.people, all=made.exported.left_out.taken))
        if not made.rows:
            terminal.note(terminal.say("export.package_counts_only"))
        if made.held:
            terminal.note(terminal.say("export.package_held", questions=", ".join(made.held)))
    return made.exported


def _identified(terminal: Terminal, settings: Settings, wanted: Wanted) -> Exported:
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from storage.identity_export import note, write_identity

    with open_house(settings) as house, fitting():
        done = house.database.read_now(lambda connection: write_identity(connection, wanted, house.vault))
        now = milliseconds(house.clock.now())
        house.database.transaction_now(lambda tx: note(tx, house.database.identifiers.next(), done, wanted.flow, now_ms=now))
    terminal.note(terminal.say("export.identity_noted"))
    return done


def _typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
