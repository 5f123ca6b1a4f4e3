"""Who of a campaign's circle gets a message, at which of their addresses, and how it reads there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from bot.calling import herald_of
from bot.channels.abilities import Abilities
from bot.channels.channel import Channel
from bot.channels.economy import preview
from bot.channels.rendering import render
from bot.engine.flow import Flow
from bot.engine.language import Language
from bot.vocabulary import Address, Outgoing, Say
from storage.circles import Circle, Known
from storage.profiles import Profile
from storage.statements import Transaction
from storage.vault import Vault

Reason = Literal["no_consent", "refused_consent", "stopped", "answered", "invited", "unreachable", "one_way"]
"""Why somebody gets no message."""


class Words(Protocol):
    """What a campaign says, and to whom. `step` is what its messages are known by."""

    @property
    def flow(self) -> Flow:
        """The flow that it is about, whose quiet hours hold."""

    @property
    def languages(self) -> Mapping[str, Language]:
        """The product's languages."""

    @property
    def step(self) -> str:
        """What its messages are known by."""

    @property
    def circle(self) -> Circle:
        """Out of whom its people are chosen."""

    @property
    def leads_on(self) -> bool:
        """Tells whether it has somewhere to lead those who cannot answer on their channel."""

    def against(self, first: Known) -> Reason | None:
        """Returns why that person gets none, beyond what holds for every campaign."""

    def serves(self, at: Known) -> bool:
        """Tells whether it goes to addresses such as this one."""

    def learn(self, tx: Transaction, contacts: Sequence[int]) -> Mapping[int, str]:
        """Returns the place of each of these people, as far as it is known and makes a difference."""

    def language(self, code: str) -> str:
        """Returns the language in which it is said to a person of that language."""

    def text(self, code: str, able: Abilities, place: str) -> str:
        """Returns the message in that language, for a channel that is so able and a person of that place ("" for none)."""


class Writing:
    """Chooses whom a campaign reaches and writes to them; nothing is read or kept here."""

    def __init__(self, vault: Vault, channels: Mapping[str, Channel]) -> None:
        self._vault = vault
        self._channels = channels

    def choose(self, words: Words, person: Sequence[Known]) -> Known | Reason:
        """Returns the person at the address where they get it, or why they do not."""
        first = person[0]
        if not first.consented:
            return "no_consent" if first.consented is None else "refused_consent"
        if first.stopped or all(at.marked for at in person):
            return "stopped"
        if (reason := words.against(first)) is not None:
            return reason
        # where somebody else who shares it said stop, nothing goes for anybody
        reachable = [
            at
            for at in person
            if at.address_id is not None and not at.marked and at.channel in self._channels and words.serves(at)
        ]
        if not reachable:
            return "unreachable"
        answerable = [at for at in reachable if self._able(at).two_way]
        if not answerable and not words.leads_on:
            return "one_way"
        # where they last talked with us, else where we met them last
        return max(answerable or reachable, key=lambda at: (at.used_at, at.address_id))

    def sample(self, words: Words, at: Known, place: str) -> tuple[str, int]:
        """Returns the message as it would read, naming nobody since staff see it, and its cost in the provider's units."""
        text = self._say(words, at._replace(number=0), place).text
        return text, units(text, words.language(at.language), self._able(at))

    def message(self, words: Words, at: Known, place: str) -> Outgoing:
        """Returns the message for that person there."""
        address = Address(at.channel, self._vault.open_identity(at.identity), at.account)
        return render(self._say(words, at, place), address, self._able(at))

    def _able(self, at: Known) -> Abilities:
        return self._channels[at.channel].abilities(Address(at.channel, "", at.account))

    def _say(self, words: Words, at: Known, place: str) -> Say:
        code = words.language(at.language)
        text = words.text(code, self._able(at), place)
        if at.number:  # who will have the phone when it is read is not known
            profile = Profile(at.contact, at.number, at.name, current=False)
            text = herald_of(self._vault, profile, code, words.languages).text(text)
        return Say(text, step=words.step, kind="note", language=code)


def units(text: str, code: str, able: Abilities) -> int:
    """Returns what a message of that text counts for its provider, in that language."""
    match able.charged:
        case "nothing":
            return 0
        case "message":
            return 1
        case "segment":
            return preview(text, code, able.plained).count
