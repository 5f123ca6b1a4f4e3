"""`minga flow conflicts`: who answered a flow twice, by channels that were linked after that, and which of the answers counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from storage.conflicts import Rival, Verdict
    from storage.statements import Transaction

KEEP = ("latest", "first", "both")
"""Which of everybody's answers shall count; whatever else is said is a receipt, and decides for its own person."""


class ConflictRefused(Refused):
    """There is no such flow, or no such receipt among those in conflict."""


def conflicts(
    context: typer.Context,
    flow: Annotated[str, typer.Argument(metavar="flow")],
    keep: Annotated[list[str] | None, typer.Option("--keep", metavar="which")] = None,
) -> None:
    """Lists who answered twice; with --keep it decides what counts: for everybody who is undecided, or by receipt."""
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from bot.settings import read
    from storage import conflicts as kept
    from storage import flows

    terminal = terminal_of(context)
    with open_house(read()) as house:
        known = [row.flow for row in house.database.transaction_now(flows.listed)]
        if flow not in known:
            raise ConflictRefused("flow.unknown", flow=flow, known=", ".join(sorted(known)))
        now = milliseconds(house.clock.now())
        if keep:
            people, counted = house.database.transaction_now(lambda tx: _decide(tx, flow, keep, now))
            terminal.note(terminal.say("flow.conflicts.kept", count=counted, people=people))
        found = house.database.transaction_now(lambda tx: kept.found(tx, flow))
    if not found:
        terminal.tell(terminal.say("flow.conflicts.none", flow=flow))
        return
    tell(terminal, found)
    undecided = sum(map(kept.is_undecided, found))
    if undecided:
        terminal.note(terminal.say("flow.conflicts.undecided", count=undecided, flow=flow))


def tell(terminal: Terminal, found: Sequence[Sequence[Rival]]) -> None:
    """Writes a line for each person: their answers in order, and which count."""
    from storage.conflicts import standing

    for theirs in found:
        counts = standing(theirs)
        parts = [
            terminal.say(
                "flow.conflict",
                receipt=one.receipt or "—",
                channel=one.channel,
                state=terminal.say(f"flow.conflict.{_state(one, counts)}"),
            )
            for one in theirs
        ]
        terminal.tell(" · ".join(parts))


def _state(one: Rival, counts: Collection[int]) -> str:
    if one.conversation in counts:
        return "counts"
    return "aside" if one.complete else "open"


def _decide(tx: Transaction, flow: str, keep: Sequence[str], now: int) -> tuple[int, int]:
    """Decides by these words, and returns for how many people, and how many of their answers count."""
    from storage import conflicts as kept

    found = [theirs for theirs in kept.found(tx, flow) if sum(one.complete for one in theirs) > 1]
    verdicts: dict[int, Verdict] = {}
    people = 0
    for word in (word for word in keep if word in KEEP):
        for theirs in filter(kept.is_undecided, found):
            verdicts |= kept.keep(theirs, word)
            people += 1
    chosen = [word.strip().upper() for word in keep if word not in KEEP]
    receipts = {one.receipt for theirs in found for one in theirs if one.complete}
    for receipt in chosen:
        if receipt not in receipts:
            raise ConflictRefused("flow.conflicts.no_receipt", flow=flow, receipt=receipt)
    for theirs in found:
        stands = [one.conversation for one in theirs if one.complete and one.receipt in chosen]
        if stands:
            verdicts |= kept.choose(theirs, stands)
            people += 1
    kept.decide(tx, verdicts, now)
    return people, sum(verdict == "stands" for verdict in verdicts.values())
