"""`minga weights`: the margins that a flow's answers are weighted to by everything that tells results, until they are removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import AnswersRefused, FlowName, fitting
from bot.cli.tables import table
from bot.cli.terminal import Terminal, terminal_of

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.weights import Weighting
    from storage.weights import Offered, Stored


SOURCE = 50
"""So many letters of a source are listed: it may be a sentence."""


def set_weights(
    context: typer.Context,
    flow: FlowName,
    margins: Annotated[Path, typer.Option("--margins", metavar="file")],
    cap: Annotated[float, typer.Option("--cap", metavar="number")] = 5.0,
    min_cell: Annotated[int, typer.Option("--min-cell", metavar="number")] = 5,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
) -> None:
    """Weights a flow's answers to a census from now on; with --dry-run tells what that would give."""
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from bot.reports.rows import Selection
    from bot.settings import read
    from storage import audit
    from storage.export import read_layout
    from storage.statements import Transaction
    from storage.weights import rake, store

    terminal = terminal_of(context)
    offered = _offered(margins, cap, min_cell)
    with open_house(read()) as house, fitting(file=margins):
        database = house.database
        weighting = database.read_now(
            lambda connection: rake(connection, flow, offered, read_layout(connection, flow, Selection()), Selection())
        )
        _tell(terminal, weighting)
        if dry_run:
            terminal.note(terminal.say("weights.dry"))
            return
        now = milliseconds(house.clock.now())

        identifier, line = database.identifiers.next(), database.identifiers.next()

        def work(tx: Transaction) -> None:
            store(tx, identifier, flow, offered, weighting, staff=None, now=now)
            after = {"source": weighting.margins.source, "sha256": weighting.margins.sha256}
            audit.write(tx, line, at=now, staff_id=None, action="weights_set", subject=f"flow:{flow}", after=after)

        database.transaction_now(work)
    terminal.note(terminal.say("weights.kept", flow=flow))


def list_weights(context: typer.Context, flow: Annotated[str, typer.Argument(metavar="flow")] = "") -> None:
    """Tells which flows are weighted to what, and to what they were before."""
    from bot.assembly import open_database
    from bot.clock import moment
    from bot.settings import read
    from storage.reading import Snapshot
    from storage.weights import listed

    terminal, settings = terminal_of(context), read()
    with open_database(settings) as database:
        rows: Sequence[Stored] = database.read_now(lambda connection: listed(Snapshot(connection), flow))
    if not rows:
        terminal.tell(terminal.say("weights.none"))
        return
    head = [
        terminal.say(f"weights.col.{name}") for name in ("flow", "state", "source", "day", "people", "effect", "stored", "who")
    ]
    lines = [
        [
            one.flow,
            terminal.say("weights.in_use" if one.ended_at is None else "weights.ended"),
            one.source if len(one.source) <= SOURCE else f"{one.source[: SOURCE - 1].rstrip()}…",
            one.day,
            str(one.people),
            f"{one.effect:.2f}".replace(".", terminal.say("results.decimal")),
            f"{moment(one.stored_at, settings.zone):%Y-%m-%d %H:%M}",
            one.staff or terminal.say("desk.audit.terminal"),
        ]
        for one in rows
    ]
    for line in table(head, lines, left=4):
        terminal.tell(line)


def remove_weights(context: typer.Context, flow: FlowName) -> None:
    """Weights a flow's answers no more; what was stored stays as history."""
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from bot.settings import read
    from storage import audit
    from storage.statements import Transaction
    from storage.weights import end

    terminal = terminal_of(context)
    with open_house(read()) as house:
        now, identifier = milliseconds(house.clock.now()), house.database.identifiers.next()

        def work(tx: Transaction) -> bool:
            ended = end(tx, flow, staff=None, now=now)
            if ended:
                audit.write(tx, identifier, at=now, staff_id=None, action="weights_ended", subject=f"flow:{flow}")
            return ended

        if not house.database.transaction_now(work):
            raise AnswersRefused("weights.not_set", flow=flow)
    terminal.note(terminal.say("weights.removed", flow=flow))


def _offered(file: Path, cap: float, least: int) -> Offered:
    from storage.weights import Offered, form_of

    if not cap > 1:
        raise AnswersRefused("results.cap", value=cap)
    if least < 1:
        raise AnswersRefused("weights.least", value=least)
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise AnswersRefused("results.margins_unreadable", file=file, error=why) from error
    return Offered(file.name, form_of(file.name), text, cap, least)


def _tell(terminal: Terminal, one: Weighting) -> None:
    from bot.reports.plain_findings import told_weighting

    for line in told_weighting(one, terminal.language):
        terminal.tell(line)
