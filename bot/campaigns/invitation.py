"""Who is invited to a flow, at which of their addresses, and with which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.calling import herald_of
from bot.channels.channel import Channel
from bot.channels.economy import preview
from bot.channels.rendering import render
from bot.engine.answers.words import first_word
from bot.engine.flow import Flow
from bot.engine.language import Language, find_code
from bot.vocabulary import Address, Outgoing, Say
from storage.campaigns import Known
from storage.profiles import Profile
from storage.vault import Vault

AUDIENCE = frozenset({"telegram", "whatsapp", "sms"})
"""The channels that campaigns use: those that reach people."""

Reason = Literal["no_consent", "refused_consent", "stopped", "answered", "invited", "unreachable", "one_way"]
"""Why somebody is not invited."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The words of an invitation. `link` leads, on its channel, to where people can answer who cannot answer there."""

    flow: Flow
    languages: Mapping[str, Language]
    municipality: str
    link: Callable[[str], str] = lambda _: ""

    def language(self, code: str) -> str:
        """Returns the language in which a person of that language is invited: theirs, if flow and product have it."""
        spoken = [known for known in self.flow.languages if find_code(known, self.languages)] or list(self.languages)
        return find_code(code, spoken) or spoken[0]

    def text(self, code: str, *, answerable: bool) -> str:
        """Returns the invitation in that language; where nobody can answer, with the link."""
        language = self.languages[find_code(code, self.languages) or next(iter(self.languages))]
        title = self.flow.title.get(code) or next(iter(self.flow.title.values()))
        stop = first_word((language, *self.languages.values()), "stop")
        word = self.flow.words[0]
        who = self.municipality or language.say("campaign.nameless")
        if answerable:
            return language.say("campaign.invite", who=who, title=title, word=word, stop=stop)
        return language.say("campaign.invite.link", who=who, title=title, link=self.link(word))


class Inviting:
    """Chooses who is invited and writes to them; nothing is read or kept here. Of `channels` those count that reach people."""

    def __init__(self, vault: Vault, channels: Mapping[str, Channel]) -> None:
        self._vault = vault
        self._channels = {name: channel for name, channel in channels.items() if name in AUDIENCE}

    def choose(self, invitation: Invitation, person: Sequence[Known]) -> Known | Reason:
        """Returns the person at the address where they are invited, or why they are not."""
        first = person[0]
        if not first.consented:
            return "no_consent" if first.consented is None else "refused_consent"
        if first.stopped or all(at.marked for at in person):
            return "stopped"
        if first.answered:
            return "answered"
        if first.invited:
            return "invited"
        # where somebody else who shares it said stop, nothing goes for anybody
        reachable = [at for at in person if at.address_id is not None and not at.marked and at.channel in self._channels]
        if not reachable:
            return "unreachable"
        answerable = [at for at in reachable if self._two_way(at)]
        if not answerable and not invitation.link(invitation.flow.words[0]):
            return "one_way"
        # where they last talked with us, else where we met them last
        return max(answerable or reachable, key=lambda at: (at.used_at, at.address_id))

    def _two_way(self, at: Known) -> bool:
        return self._channels[at.channel].abilities(Address(at.channel, "", at.account)).two_way

    def _say(self, invitation: Invitation, at: Known) -> Say:
        code = invitation.language(at.language)
        text = invitation.text(code, answerable=self._two_way(at))
        if at.number:  # who will have the phone when it is read is not known
            profile = Profile(at.contact, at.number, at.name, current=False)
            text = herald_of(self._vault, profile, code, invitation.languages).text(text)
        return Say(text, step="campaign", kind="note", language=code)

    def sample(self, invitation: Invitation, at: Known) -> tuple[str, int]:
        """Returns the message as it would read, naming nobody since staff see it, and its cost in the provider's units."""
        text = self._say(invitation, at._replace(number=0)).text
        return text, self._units(at, text, invitation.language(at.language))

    def message(self, invitation: Invitation, at: Known) -> Outgoing:
        """Returns the message for that person there."""
        address = Address(at.channel, self._vault.open_identity(at.identity), at.account)
        return render(self._say(invitation, at), address, self._channels[at.channel].abilities(address))

    def _units(self, at: Known, text: str, code: str) -> int:
        abilities = self._channels[at.channel].abilities(Address(at.channel, "", at.account))
        match abilities.charged:
            case "nothing":
                return 0
            case "message":
                return 1
            case "segment":
                return preview(text, code, abilities.plained).count
