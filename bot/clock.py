"""What time it is: handed to whoever needs it, so that tests and test chats can move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time in the municipality's zone."""

    def now(self) -> datetime:
        """Returns the present moment, aware, in the municipality's zone."""


class RealClock:
    """The machine's clock, read in the municipality's zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def now(self) -> datetime:
        """See Clock.now."""
        return datetime.now(self._zone)  # noqa: TID251  # because this is the clock that is handed to all others


class MovableClock:
    """A clock that stands still until it is moved: for tests, demonstrations and `minga chat`."""

    def __init__(self, now: datetime) -> None:
        """`now` is aware; its zone is the clock's. Raises ValueError for a naive one."""
        if now.tzinfo is None:
            raise ValueError("a clock needs a zone")
        self._now = now

    def now(self) -> datetime:
        """See Clock.now."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Moves the clock; backwards too."""
        # by way of UTC: adding to a local time would count an hour twice where summer time ends
        self._now = (self._now.astimezone(UTC) + by).astimezone(self._now.tzinfo)

    def set(self, now: datetime) -> None:
        """Sets the clock to that moment, keeping its zone."""
        self._now = now.astimezone(self._now.tzinfo)


def milliseconds(moment: datetime) -> int:
    """Returns an aware moment as the database keeps it: whole milliseconds since the epoch, rounded down."""
    since = moment - _EPOCH  # its three fields are added up by hand: half of what dividing it costs, several times a message
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def moment(since_epoch: int, zone: tzinfo | None) -> datetime:
    """Returns the moment that the database keeps as milliseconds since the epoch, in that zone (None: UTC)."""
    return (_EPOCH + timedelta(milliseconds=since_epoch)).astimezone(zone or UTC)
