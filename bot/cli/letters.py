"""`minga outbox list|resend` and `minga costs`: what did not go, and what it all cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from storage.costs import Cost

_REASONS = frozenset(
    {
        "erased", "fate_unknown", "file_missing", "KeyError", "lapsed", "never_wrote", "no_connection", "opened",
        "outside_window", "paused", "person_stopped", "person_unreachable", "SealBroken", "token_refused",
    }
)  # fmt: skip
"""Reasons that have a text of their own (`outbox.reason.…`); the others are the provider's codes, and shown as such."""


class OutboxRefused(Refused):
    """That message cannot be sent again."""


def list_letters(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", metavar="number", min=1, max=100_000)] = 50,
) -> None:
    """Lists what did not go: failed, given up, or waiting for the person to write."""
    from bot.assembly import open_database
    from bot.clock import moment
    from bot.settings import read
    from storage import letters

    terminal = terminal_of(context)
    settings = read()
    with open_database(settings) as database:
        counts = database.read_now(letters.counted)
        found = database.read_now(lambda connection: letters.listed(connection, limit))
    if not found:
        terminal.tell(terminal.say("outbox.nothing"))
        return
    for letter in found:
        at = moment(letter.created_at, settings.zone)
        status = terminal.say(f"outbox.status.{letter.status}")
        place = f"{letter.id}  {at:%Y-%m-%d %H:%M}  {letter.channel}  {letter.flow or '—'}"
        terminal.tell(f"{place}  {status}: {_reason(letter.error, terminal)}")
    told = " · ".join(f"{terminal.say(f'outbox.status.{status}')}: {count}" for status, count in sorted(counts.items()))
    terminal.note(told)
    if counts.get("failed") or counts.get("dead"):
        terminal.note(terminal.say("outbox.how"))


def _reason(error: str, terminal: Terminal) -> str:
    word, _, code = error.partition(" ")
    if word in _REASONS:
        return terminal.say(f"outbox.reason.{word}") + (f" ({code})" if code else "")
    return terminal.say("outbox.reason.code", code=error) if error else terminal.say("outbox.reason.none")


def resend(context: typer.Context, which: Annotated[str, typer.Argument(metavar="id")]) -> None:
    """Sends one message again, or all that failed."""
    from bot.assembly import open_database
    from bot.clock import RealClock, milliseconds
    from bot.settings import read
    from storage import letters

    terminal = terminal_of(context)
    if which != "all" and not (which.isascii() and which.isdecimal() and len(which) < 20):
        raise OutboxRefused("outbox.refused.number", which=which)
    settings = read()
    now = milliseconds(RealClock(settings.zone).now())
    with open_database(settings) as database:
        if which == "all":
            done = database.transaction_now(lambda tx: letters.resend_all(tx, now))
            terminal.tell(terminal.say("outbox.resent_all", count=done))
            return
        identifier = int(which)
        why = database.transaction_now(
            lambda tx: "" if letters.resend(tx, identifier, now) else letters.why_not(tx, identifier) or "unknown"
        )
    if why:
        raise OutboxRefused(f"outbox.refused.{why}", which=which)
    terminal.tell(terminal.say("outbox.resent", which=which))


def costs(
    context: typer.Context,
    since: Annotated[datetime | None, typer.Option("--since", metavar="date", formats=["%Y-%m-%d"])] = None,
) -> None:
    """Tells what messages cost, by channel and flow."""
    from bot.assembly import open_database
    from bot.clock import milliseconds
    from bot.settings import read
    from storage import costs as stored

    terminal = terminal_of(context)
    settings = read()
    begins = datetime.fromtimestamp(0, UTC) if since is None else since.replace(tzinfo=settings.zone)
    with open_database(settings) as database:
        found = database.read_now(lambda connection: stored.costs(connection, milliseconds(begins)))
    if not found:
        terminal.tell(terminal.say("costs.nothing"))
        return
    for line in _table(found, terminal):
        terminal.tell(line)
    missing = sum(cost.unpriced for cost in found)
    if missing:
        terminal.note(terminal.say("costs.unpriced", count=missing))


def _table(found: Sequence[Cost], terminal: Terminal) -> Iterable[str]:
    from storage.costs import MILLIONTHS

    head = [terminal.say(f"costs.{name}") for name in ("channel", "flow", "messages", "units", "price")]
    rows = [
        [cost.channel, cost.flow or "—", str(cost.messages), str(cost.units),
         f"{cost.price / MILLIONTHS:.4f} {cost.currency}".strip() if cost.price or cost.currency else "—"]
        for cost in found
    ]  # fmt: skip
    totals: dict[str, int] = {}
    for cost in found:
        if cost.currency:
            totals[cost.currency] = totals.get(cost.currency, 0) + cost.price
    for currency, price in totals.items():
        rows.append([terminal.say("costs.total"), "", "", "", f"{price / MILLIONTHS:.4f} {currency}"])
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for row in [head, *rows]:
        left = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join(left + right).rstrip()
