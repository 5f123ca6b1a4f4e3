"""Our own sides, "channel/account": what each may send now, by its channel's abilities, its circuit and what is in the air."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.channels.abilities import Abilities
from bot.channels.channel import Channel
from bot.delivery.circuit import Circuit
from bot.delivery.patience import Patience
from bot.vocabulary import Address
from storage.claims import CAMPAIGN, Allow, Allowance, Claimed
from storage.pace import Bucket, sender_bucket

_LIMITED = 3
"""To how many people in a row "too many requests" must be said to mean the sender, and not the person."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An approved template that asks a person to write, so that free text may go: its identifier by language, its variables.

    A language that has none of its own takes the first.
    """

    contents: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)

    def content(self, language: str) -> str:
        """Returns the template for a person of that language."""
        return self.contents.get(language) or next(iter(self.contents.values()))


@dataclass(slots=True)
class Sender:
    """One of our sides in this process: its provider's circuit, and how many messages are in the air."""

    circuit: Circuit
    flying: int = 0
    campaign: int = 0
    limited: set[int] = field(default_factory=set)


class Senders:
    """All of our sides. `held` are the channels that are held to their pace and window; the others are of our own."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        patience: Patience,
        *,
        held: Collection[str],
        openings: Mapping[str, Opening],
        paces: Mapping[str, float],
        person_pace: float | None,
    ) -> None:
        self._channels = channels
        self._patience = patience
        self._held = held
        self._openings = openings
        self._paces = paces
        self._person_pace = person_pace
        self._known: dict[str, Sender] = {}
        self._able: dict[str, Abilities | None] = {}

    def of(self, sender: str) -> Sender:
        """Returns that side."""
        known = self._known.get(sender)
        if known is None:
            known = self._known[sender] = Sender(Circuit(self._patience))
        return known

    def down(self) -> list[str]:
        """Returns the sides whose provider is taken to be down."""
        return sorted(name for name, sender in self._known.items() if sender.circuit.open)

    def abilities(self, sender: str) -> Abilities | None:
        """Returns what that side can do; None where its channel is not configured, or is no channel that is held."""
        if sender not in self._able:
            self._able[sender] = self._abilities(sender)
        return self._able[sender]

    def _abilities(self, sender: str) -> Abilities | None:
        name, _, account = sender.partition("/")
        channel = self._channels.get(name)
        if channel is None or name not in self._held:
            return None
        able = channel.abilities(Address(name, "", account))
        person = able.pace_person if self._person_pace is None else self._person_pace
        return replace(able, pace=self._paces.get(name, able.pace), pace_person=person)

    def opening(self, sender: str) -> Opening | None:
        """Returns the template that opens a talk there."""
        return self._openings.get(sender.partition("/")[0])

    def bucket(self, sender: str) -> Bucket | None:
        """Returns the side's bucket; None where nothing limits it."""
        able = self.abilities(sender)
        return sender_bucket(able.pace, able.burst) if able is not None and able.pace else None

    def allow(self, now: int) -> Allow:
        """Returns what tells, as things stand now, what each side may send. It is asked in another thread, perhaps twice."""
        flight = self._patience.flight
        rooms: dict[str, tuple[int, int]] = {}
        for name, sender in self._known.items():
            probe = sender.circuit.room(now, sender.flying)
            room = flight - sender.flying if probe is None else probe
            rooms[name] = (room, room if probe is not None else flight // 2 - sender.campaign)

        def allow(name: str) -> Allowance:
            room, campaign = rooms.get(name, (flight, flight // 2))
            able = self.abilities(name)
            if able is None:
                return Allowance(room, campaign)
            return Allowance(
                room,
                campaign,
                sender_bucket(able.pace, able.burst) if able.pace else None,
                Bucket(able.pace_person, able.burst) if able.pace_person else None,
                None if able.window is None else able.window // timedelta(milliseconds=1),
                opens=self.opening(name) is not None,
            )

        return allow

    def take_off(self, rows: Sequence[Claimed]) -> None:
        """Counts these into the air."""
        for row in rows:
            sender = self.of(row.sender)
            sender.flying += 1
            sender.campaign += row.priority == CAMPAIGN

    def land(self, rows: Sequence[Claimed]) -> None:
        """Counts them out again."""
        for row in rows:
            sender = self.of(row.sender)
            sender.flying -= 1
            sender.campaign -= row.priority == CAMPAIGN

    def limited(self, row: Claimed) -> bool:
        """The provider says "too many requests". Returns whether that means the whole side, being said to several people."""
        people = self.of(row.sender).limited
        people.add(row.lane)
        return len(people) >= _LIMITED
