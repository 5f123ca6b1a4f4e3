"""The words of an invitation to a flow, and who gets none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.campaigns.writing import Reason
from bot.channels.abilities import Abilities
from bot.engine.answers.words import first_word
from bot.engine.flow import Flow
from bot.engine.language import Language, find_code
from storage.circles import Circle, Known
from storage.statements import Transaction

AUDIENCE = frozenset({"telegram", "whatsapp", "sms"})
"""The channels that invitations use: those that reach people."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The words of an invitation. `link` leads, on its channel, to where people can answer who cannot answer there."""

    flow: Flow
    languages: Mapping[str, Language]
    municipality: str
    link: Callable[[str], str] = lambda _: ""

    step = "campaign"

    @property
    def circle(self) -> Circle:
        """See bot.campaigns.writing.Words."""
        return Circle("all", self.flow.flow)

    def against(self, first: Known) -> Reason | None:
        """See bot.campaigns.writing.Words."""
        if first.answered:
            return "answered"
        return "invited" if first.invited else None

    def serves(self, at: Known) -> bool:
        """See bot.campaigns.writing.Words."""
        return at.channel in AUDIENCE

    @property
    def leads_on(self) -> bool:
        """See bot.campaigns.writing.Words."""
        return bool(self.link(self.flow.words[0]))

    def learn(self, tx: Transaction, contacts: Sequence[int]) -> Mapping[int, str]:  # noqa: ARG002 because others have to ask
        """See bot.campaigns.writing.Words."""
        return {}

    def language(self, code: str) -> str:
        """Returns the language in which a person of that language is invited: theirs, if flow and product have it."""
        spoken = [known for known in self.flow.languages if find_code(known, self.languages)] or list(self.languages)
        return find_code(code, spoken) or spoken[0]

    def text(self, code: str, able: Abilities, place: str) -> str:  # noqa: ARG002 because an invitation is the same everywhere
        """Returns the invitation in that language; where nobody can answer, with the link."""
        language = self.languages[find_code(code, self.languages) or next(iter(self.languages))]
        title = self.flow.title.get(code) or next(iter(self.flow.title.values()))
        stop = first_word((language, *self.languages.values()), "stop")
        word = self.flow.words[0]
        who = self.municipality or language.say("campaign.nameless")
        if able.two_way:
            return language.say("campaign.invite", who=who, title=title, word=word, stop=stop)
        return language.say("campaign.invite.link", who=who, title=title, link=self.link(word))
