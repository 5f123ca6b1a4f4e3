"""One person with several addresses: an event that names them all makes them one contact's."""

from __future__ import annotations

from dataclasses import replace

from bot.clock import milliseconds
from bot.engine.state import decode, encode
from bot.turn.library import Library
from bot.turn.linking import cut_anonymous
from bot.turn.tools import Person
from bot.vocabulary import Address, Incoming
from storage import aliases, contacts, profiles
from storage.contacts import Found
from storage.groups import AddressKey
from storage.identifiers import Identifiers
from storage.statements import Transaction
from storage.vault import Vault


class Names:
    """The addresses of one event, the one to answer to first, each with the key that finds it."""

    __slots__ = ("_now", "_vault", "addresses", "keys")

    def __init__(self, incoming: Incoming, key: AddressKey, vault: Vault) -> None:
        self.addresses: tuple[Address, ...] = (incoming.address, *incoming.aliases)
        others = [(alias.channel, alias.account, vault.find_key(alias)) for alias in incoming.aliases]
        self.keys: tuple[AddressKey, ...] = (key, *others)
        self._vault = vault
        self._now = milliseconds(incoming.received_at)

    def find(self, tx: Transaction) -> Found | None:
        """Returns the contact that is known by one of the names, locked; the first name counts most."""
        return next((found for key in self.keys if (found := contacts.find(tx, key)) is not None), None)

    def stopped_at(self, tx: Transaction) -> int | None:
        """Returns when somebody of one of these names said stop, in milliseconds."""
        return next((at for key in self.keys if (at := contacts.stop_marked(tx, key)) is not None), None)

    def follow(self, tx: Transaction, address: int) -> None:
        """All names of the phone have the same persons, and the same one who writes, as that address, the first name's."""
        for key in self.keys:
            profiles.follow(tx, key, address)

    def settle(self, tx: Transaction, library: Library, found: Person, identifiers: Identifiers) -> Found | None:
        """Makes every name that person's, who is locked: missing ones are added, another contact of one becomes the same.

        Whoever shares the phone with them is another person all the same. Returns the contact as it is now where it must be read
        anew, else None.
        """
        changed, contact = False, found.contact_id
        for place, (address, key) in enumerate(zip(self.addresses, self.keys, strict=True)):
            whose = aliases.whose(tx, key)
            if whose is None:
                identity, stopped_at = self._vault.seal_identity(address.identifier), contacts.stop_marked(tx, key)
                if aliases.add(tx, contact, identifiers.next(), key, identity, now=self._now):
                    profiles.follow(tx, key, found.address_id)
                    if stopped_at is not None:
                        contacts.stop(tx, contact, stopped_at)
                    changed = changed or place == 0 or stopped_at is not None
                    continue
                whose = aliases.whose(tx, key)
            if whose is not None and whose != contact:
                if profiles.shares(tx, found.address_id, whose):
                    profiles.follow(tx, key, found.address_id)
                    continue
                cut_anonymous(tx, library, aliases.unite(tx, contact, whose, now=self._now))
                changed = True
        return read_anew(tx, self.keys[0]) if changed else None


def read_anew(tx: Transaction, key: AddressKey) -> Found | None:
    """Returns the contact of that address after it became another's: whether they said stop is known in the lobby, too."""
    found = contacts.find(tx, key)
    if found is None:
        return found
    state, stopped = decode(found.lobby), found.stopped_at is not None
    if state.stopped != stopped:
        lobby = encode(replace(state, stopped=stopped)).decode()
        contacts.save_lobby(tx, found.contact_id, lobby, found.prompt_id if found.conversation_id is None else None)
        found = found._replace(lobby=lobby)
    return found


def person_of(found: Found, address: Address) -> Person:
    """Returns whose turn it is, as they were found."""
    lobby_prompt = found.prompt_id if found.conversation_id is None else None
    return Person(
        found.contact_id, found.address_id, address, found.language, bool(found.test), found.clock_offset,
        found.stopped_at is not None, found.lobby, lobby_prompt,
    )  # fmt: skip
