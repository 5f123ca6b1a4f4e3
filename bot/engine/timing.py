"""When an unfinished conversation is to be woken: the next reminder outside quiet hours, its expiry, or its flow's end."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Literal

from bot.engine.availability import closing
from bot.engine.draft import Draft
from bot.vocabulary import SetTimer


def milliseconds(moment: datetime) -> int:
    """Returns a moment as whole milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def schedule(draft: Draft) -> None:
    """Sets the conversation's one timer: the earliest of what is due. Its token makes every earlier one harmless."""
    flow = draft.flow
    if flow is None or draft.status != "open":
        return
    found = upcoming(draft)
    if found is not None:
        draft.effects.append(SetTimer(found[1], found[0], draft.turns))
    elif flow.reminders or flow.expires or flow.closes:
        draft.effects.append(SetTimer(None, None, draft.turns))


def upcoming(draft: Draft) -> tuple[datetime, Literal["reminder", "expire"]] | None:
    """Returns what is due first, and when; None where nothing ever is.

    What was due while nobody looked is due now, but no reminder comes in quiet hours, nor to whom the conversation is over for.
    Spans of time are hours as they pass, whatever the clock on the wall does meanwhile; quiet hours are those of the wall.
    """
    flow = draft.flow
    assert flow is not None
    active, zone = datetime.fromtimestamp(draft.active_at / 1000, UTC), draft.now.tzinfo
    due: list[tuple[datetime, Literal["reminder", "expire"]]] = []
    if flow.expires is not None:
        due.append(((active + flow.expires).astimezone(zone), "expire"))
    closes = closing(draft.catalogue, flow, zone)
    if closes is not None:
        due.append((closes, "expire"))
    if draft.reminded < len(flow.reminders):
        reminder = (active + flow.reminders[draft.reminded]).astimezone(zone)
        due.append((after_quiet(max(reminder, draft.now, key=milliseconds), flow.quiet), "reminder"))
    return min(due, key=lambda one: milliseconds(one[0]), default=None)


def after_quiet(moment: datetime, quiet: tuple[time, time] | None) -> datetime:
    """Returns the moment, or the end of the quiet hours that it falls into (they may span midnight)."""
    if quiet is None:
        return moment
    begin, end = quiet
    local = moment.time()
    inside = begin <= local < end if begin <= end else local >= begin or local < end
    if not inside:
        return moment
    ends = moment.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0, fold=0)
    return ends if local < end else ends + timedelta(days=1)
