"""What somebody on a shared phone is called, and how a message that nobody there asked for says for whom it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.engine.answers.words import first_of
from bot.engine.language import Language
from bot.vocabulary import Say
from storage import profiles
from storage.profiles import Profile
from storage.statements import Transaction
from storage.vault import Vault


def own_name(vault: Vault, profile: Profile) -> str:
    """Returns the nickname, "" where they gave none."""
    return "" if profile.name is None else vault.open_identity(profile.name)


def called(vault: Vault, profile: Profile, language: Language) -> str:
    """Returns what that person is called in that language: by nickname, else by number."""
    return own_name(vault, profile) or language.say("engine.person.number", number=profile.number)


@dataclass(frozen=True, slots=True)
class Herald:
    """Says for whom a message is. `present`: they have the phone now; else it also says what to write before an answer.

    `word` is the one that stands before a name where somebody takes the phone ("soy").
    """

    name: str
    language: Language
    word: str
    present: bool

    def text(self, text: str) -> str:
        """Returns the text as it goes to the shared phone."""
        told = self.language.say("engine.person.for", name=self.name, text=text)
        if self.present:
            return told
        return f"{told}\n{self.language.say('engine.person.first', name=self.name, word=self.word)}"

    def words(self) -> Callable[[Say], Say | None]:
        """Returns how a waking conversation's words go there, one by one; None for those that do not.

        To the person who has the phone: with their name, once. To somebody else: the first of them alone, without its options,
        since whatever is written next is that other person's word.
        """
        said: list[Say] = []

        def told(say: Say) -> Say | None:
            said.append(say)
            if len(said) > 1:
                return say if self.present else None
            text = self.text(say.text)
            return replace(say, text=text) if self.present else Say(text, step=say.step, language=say.language)

        return told


def herald(
    tx: Transaction, vault: Vault, languages: Mapping[str, Language], *, address: int, contact: int, language: str
) -> Herald | None:
    """Returns who says for whom a message is that goes to that contact at that address; None where they have it to themselves.

    For whatever comes without having been asked for: reminders, news.
    """
    there = profiles.there(tx, address)
    one = next((one for one in there if one.contact == contact), None)
    if one is None or len(there) < 2:
        return None
    return herald_of(vault, one, language, languages)


def herald_of(vault: Vault, profile: Profile, language: str, languages: Mapping[str, Language]) -> Herald:
    """Returns who says for whom a message is that goes to this person, in that language if it is known, else in the first."""
    spoken = languages.get(language) or next(iter(languages.values()))
    word = first_of((spoken, *languages.values()), "i_am")
    return Herald(called(vault, profile, spoken), spoken, word, profile.current)
