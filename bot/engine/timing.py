"""When an unfinished conversation is to be woken: the next reminder outside quiet hours, or its expiry."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal

from bot.engine.draft import Draft
from bot.vocabulary import SetTimer


def milliseconds(moment: datetime) -> int:
    """Returns a moment as whole milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def schedule(draft: Draft) -> None:
    """Sets the conversation's one timer: the earliest of what is due. Its token makes every earlier one harmless."""
    flow = draft.flow
    if flow is None or draft.status != "open" or not (flow.reminders or flow.expires):
        return
    active = datetime.fromtimestamp(draft.active_at / 1000, draft.now.tzinfo)
    due: list[tuple[datetime, Literal["reminder", "expire"]]] = []
    if draft.reminded < len(flow.reminders):
        due.append((after_quiet(active + flow.reminders[draft.reminded], flow.quiet), "reminder"))
    if flow.expires is not None:
        due.append((active + flow.expires, "expire"))
    if due:
        moment, kind = min(due)
        draft.effects.append(SetTimer(kind, moment, draft.turns))
    else:
        draft.effects.append(SetTimer(None, None, draft.turns))


def after_quiet(moment: datetime, quiet: tuple[time, time] | None) -> datetime:
    """Returns the moment, or the end of the quiet hours that it falls into (they may span midnight)."""
    if quiet is None:
        return moment
    begin, end = quiet
    local = moment.time()
    inside = begin <= local < end if begin <= end else local >= begin or local < end
    if not inside:
        return moment
    ends = moment.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > moment else ends + timedelta(days=1)
