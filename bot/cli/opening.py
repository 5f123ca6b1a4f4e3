"""`minga flow open|pause|close|list`: which flows residents can answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli import conflicts
from bot.cli.terminal import LOCALES, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from storage.conflicts import Rival
    from storage.statements import Transaction

FlowName = Annotated[str, typer.Argument(metavar="flow")]


class FlowRefused(Refused):
    """There is no such flow, or it may not open."""


def open_flow(context: typer.Context, flow: FlowName) -> None:
    """Opens a flow in the version that its file has now, beside those that are open."""
    from bot.assembly import flow_files, open_house
    from bot.clock import milliseconds
    from bot.engine.build import build
    from bot.engine.check import check
    from bot.settings import read
    from bot.stranding import stranded
    from bot.translations import load_languages
    from storage import flows
    from storage.running import running as running_in

    terminal = terminal_of(context)
    settings = read()
    files = flow_files(settings)
    if flow not in files.files:
        raise FlowRefused("flow.unknown", flow=flow, known=", ".join(sorted(files.files)))
    loaded = files.good.get(flow)
    if loaded is None or loaded.flow is None:
        raise FlowRefused("flow.broken", flow=flow, file=files.files[flow])
    opened = loaded.flow

    def others(tx: Transaction) -> list[str]:
        rows = [row for row in flows.listed(tx) if row.state == "open" and row.flow != flow]
        return [content for row in rows if (content := flows.content(tx, row.version)) is not None]

    with open_house(settings) as house:
        running = [build(content) for content in house.database.transaction_now(others)]
        found = check([loaded], consents=files.consents, languages=load_languages(LOCALES), running=running)
        for problem in found:
            if problem.severity == "error":
                raise FlowRefused("flow.clash", flow=flow, text=problem.tell(terminal.language))
        former = running_in(settings.database, flow)
        now = milliseconds(house.clock.now())
        house.database.transaction_now(lambda tx: flows.open_flow(tx, flow, opened.version, loaded.content, now))
    terminal.tell(terminal.say("flow.opened", flow=flow, version=opened.version[:12]))
    if former is not None:
        for problem in stranded(loaded, former):
            terminal.note(f"{problem.file}:{problem.line}: {problem.tell(terminal.language)}")


def pause_flow(context: typer.Context, flow: FlowName) -> None:
    """Pauses a flow."""
    _set(context, flow, "paused")


def close_flow(
    context: typer.Context,
    flow: FlowName,
    keep: Annotated[Literal["latest", "first", "both"] | None, typer.Option("--keep", metavar="which")] = None,
) -> None:
    """Closes a flow. Where somebody answered it twice, by channels that were linked later, it asks first which answer stands."""
    from bot.clock import RealClock, milliseconds
    from bot.settings import read
    from storage import conflicts as kept

    terminal = terminal_of(context)
    now = milliseconds(RealClock(read().zone).now())

    def settle(tx: Transaction) -> list[list[Rival]]:
        """Decides as it was told; returns what is to be decided first."""
        undecided = [theirs for theirs in kept.found(tx, flow) if kept.is_undecided(theirs)]
        if keep is None:
            return undecided
        for theirs in undecided:
            kept.decide(tx, kept.keep(theirs, keep), now)
        return []

    undecided = _set(context, flow, "closed", settle)
    if undecided:
        conflicts.tell(terminal, undecided)
        raise FlowRefused("flow.conflicts", flow=flow, count=len(undecided))


def _set(
    context: typer.Context,
    flow: str,
    state: Literal["paused", "closed"],
    settle: Callable[[Transaction], list[list[Rival]]] = lambda _: [],
) -> list[list[Rival]]:
    """Sets the flow's state, unless `settle` returns something in the same transaction: that is returned, nothing is done."""
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from bot.settings import read
    from storage import flows

    terminal = terminal_of(context)
    with open_house(read()) as house:
        known = {row.flow: row.state for row in house.database.transaction_now(flows.listed)}
        if flow not in known:
            raise FlowRefused("flow.unknown", flow=flow, known=", ".join(sorted(known)))
        if known[flow] == "draft":
            raise FlowRefused("flow.no_version", flow=flow)
        now = milliseconds(house.clock.now())

        def work(tx: Transaction) -> list[list[Rival]]:
            undecided = settle(tx)
            if not undecided:
                flows.set_state(tx, flow, state, now)
            return undecided

        undecided = house.database.transaction_now(work)
    if not undecided:
        terminal.tell(terminal.say(f"flow.{state}", flow=flow))
    return undecided


def list_flows(context: typer.Context) -> None:
    """Lists every flow, of the files and of the database, with its state."""
    from bot.assembly import flow_files, open_house
    from bot.settings import read
    from storage import flows

    terminal = terminal_of(context)
    settings = read()
    files = flow_files(settings)
    with open_house(settings) as house:
        rows = {row.flow: row for row in house.database.transaction_now(flows.listed)}
    names = sorted(rows.keys() | files.files.keys())
    width = max(map(len, names), default=0)
    for name in names:
        row, loaded = rows.get(name), files.good.get(name)
        state = row.state if row is not None else "draft"
        note = ""
        if name in files.files and loaded is None:
            note = terminal.say("flow.note.broken", file=files.files[name])
        elif row is not None and row.state != "draft" and loaded is not None and loaded.flow is not None:
            note = "" if loaded.flow.version == row.version else terminal.say("flow.note.changed", flow=name)
        elif name not in files.files:
            note = terminal.say("flow.note.no_file")
        terminal.tell(f"{name:<{width}}  {terminal.say(f'flow.state.{state}'):<10}{note}".rstrip())
