"""`minga commitments list|update`: what was promised to those who answered, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from storage.commitments import Commitment
    from storage.statements import Transaction


class CommitmentRefused(Refused):
    """There is no such commitment, or that may not be said of it."""


def list_commitments(context: typer.Context, owing: Annotated[bool, typer.Option("--owing")] = False) -> None:
    """Lists commitments, what is due first at the top; with `--owing` those that owe an update."""
    from bot.answering_back.words import said
    from bot.assembly import open_database
    from bot.cli.tables import table
    from bot.clock import RealClock
    from bot.settings import read
    from storage import commitments
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    settings = read()
    today = RealClock(settings.zone).now().date().isoformat()
    with open_database(settings) as database:
        found = database.read_now(lambda connection: commitments.listed(Snapshot(connection)))
    rows = [
        (
            str(one.number),
            one.due_on,
            terminal.say(f"back.stands.{'owing' if one.owes(today) else one.state}"),
            one.office,
            " ".join(said(one.what, terminal.language.code).split())[:60],
        )
        for one in found
        if one.owes(today) or not owing
    ]
    if not rows:
        terminal.tell(terminal.say("back.commitments.none"))
        return
    head = ("N.º", *(terminal.say(f"back.{name}") for name in ("due", "state", "office", "what.short")))
    for line in table(head, rows, left=5):
        terminal.tell(line)


def update(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="number", min=1)],
    state: Annotated[str, typer.Option("--state", metavar="state")],
    text: Annotated[str, typer.Option("--text", metavar="text")] = "",
    due: Annotated[str, typer.Option("--due", metavar="YYYY-MM-DD")] = "",
) -> None:
    """Says what became of a commitment: it is public at once, and audited."""
    from bot.answering_back.updating import amiss
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from bot.settings import read
    from storage import audit, commitments

    terminal = terminal_of(context)
    with open_house(read()) as house:
        today, now = house.clock.now().date(), milliseconds(house.clock.now())

        def work(tx: Transaction) -> Commitment:
            one = commitments.one(tx, number)
            if one is None:
                raise CommitmentRefused("back.refused.number", number=number)
            due_on = due or one.due_on
            for key in amiss(state, due_on, text.strip(), today):
                raise CommitmentRefused(key, language=terminal.say("language.name"))
            changed = one._replace(state=state, due_on=due_on)
            said = {"es": text.strip()} if text.strip() else {}
            commitments.update(tx, changed, said, staff=None, now=now)
            before, after = ({"state": each.state, "due": each.due_on} for each in (one, changed))
            audit.write(
                tx, house.database.identifiers.next(), at=now, staff_id=None, action="commitment_updated",
                subject=f"commitment:{number}", before=before, after=after | {"text": said},
            )  # fmt: skip
            return changed

        done = house.database.transaction_now(work)
    terminal.tell(terminal.say("back.updated", number=done.number, state=terminal.say(f"back.stands.{done.state}")))
