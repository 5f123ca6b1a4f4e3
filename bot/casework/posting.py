"""Queues what is said on a chat: drawn as the channel shows it, sealed, one row of the outbox for each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.casework.office import Office
from bot.channels import payload
from bot.channels.abilities import Abilities
from bot.channels.rendering import parts, render
from bot.vocabulary import Address, Say
from storage import outbox
from storage.statements import Transaction


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said. `identity` is sealed; `contact` and `conversation` are whose it is, `flow` bears its cost.

    The channel must be one that the office serves.
    """

    address: int
    channel: str
    account: str
    identity: bytes
    contact: int | None
    conversation: int | None = None
    flow: str = ""

    def at(self, office: Office) -> Address:
        """Returns the address."""
        return Address(self.channel, office.vault.open_identity(self.identity), self.account)

    def abilities(self, office: Office) -> Abilities:
        """Returns what that channel can do there."""
        return office.channels[self.channel].abilities(self.at(office))


def post(tx: Transaction, office: Office, to: Place, said: Sequence[Say], *, now: int, priority: int = outbox.NOTICE) -> int:
    """Queues these messages, in their order, and returns the id of the first one's first row."""
    address, abilities = to.at(office), to.abilities(office)
    rows = []
    for one in said:
        for part in parts(render(one, address, abilities), abilities):
            sealed = office.vault.seal(payload.pack(part), outbox.PAYLOAD)
            row = (office.identifiers.next(), to.address, to.contact, to.conversation, to.channel, priority, 0, sealed)
            rows.append((*row, now, now, to.account, to.flow))
    outbox.queue(tx, rows)
    return int(rows[0][0])
