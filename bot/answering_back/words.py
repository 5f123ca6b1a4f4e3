"""How the answer back, and the end of a commitment, read on each channel, in each language, for each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.campaigns.invitation import AUDIENCE
from bot.campaigns.writing import Reason
from bot.channels.abilities import Abilities
from bot.channels.economy import preview
from bot.channels.simulator import NAME as SIMULATOR
from bot.engine.answers.words import first_word
from bot.engine.flow import Flow, Step
from bot.engine.language import Language, find_code
from bot.reports.by_place import ByPlace, Local, Told
from bot.reports.layout import OTHER
from bot.requests.words import day
from storage import answer_backs
from storage.answer_backs import AnswerBack, Entry, Texts
from storage.circles import Circle, Known
from storage.commitments import Commitment
from storage.statements import Transaction

PATH = "/compromisos"
"""Where commitments are public; the answer to a flow is one level below, by the flow's name."""

ROOM = 160
"""Characters of a message that are left free: on a shared phone it says for whom it is."""

LONGEST = 3_000
"""A message is no longer than so many characters, whatever the channel would bear: nobody reads more in a chat."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What everything that is answered back to a flow shares.

    `consents` are the names of the consent texts that cover it; `themes` what themes are called; `public_url` is where our pages
    are found ("" where nobody outside can).
    """

    flow: Flow
    languages: Mapping[str, Language]
    municipality: str
    public_url: str
    consents: tuple[str, ...]
    themes: Mapping[str, Texts]

    def language(self, code: str) -> str:
        """Returns the language in which it is said to a person of that language: theirs, if flow and product have it."""
        spoken = [known for known in self.flow.languages if find_code(known, self.languages)] or list(self.languages)
        return find_code(code, spoken) or spoken[0]

    def spoken(self, code: str) -> Language:
        """Returns that language of the product."""
        return self.languages[find_code(code, self.languages) or next(iter(self.languages))]

    def title(self, code: str) -> str:
        """Returns what the flow is called."""
        return self.flow.title.get(code) or next(iter(self.flow.title.values()), self.flow.flow)

    def who(self, code: str) -> str:
        """Returns who speaks."""
        return self.municipality or self.spoken(code).say("campaign.nameless")

    def stop(self, code: str) -> str:
        """Returns the word that stops all that is sent."""
        return first_word((self.spoken(code), *self.languages.values()), "stop")

    def link(self, below: str) -> str:
        """Returns the public address of that page below commitments, "" where there is none."""
        return f"{self.public_url.rstrip('/')}{PATH}/{below}" if self.public_url else ""

    def label(self, step: str, code: str, choice: str = "") -> str:
        """Returns what a question, or one of its choices, is called."""
        found = next((node for node in self.flow.program if isinstance(node, Step) and node.name == step), None)
        if found is None:
            return choice or step
        texts = found.label if not choice else next((one.label for one in found.choices if one.name == choice), {})
        template = texts.get(code) or next(iter(texts.values()), None)
        return " ".join(template.source.split()) if template is not None else choice or step

    def serves(self, at: Known) -> bool:
        """See bot.campaigns.writing.Words: test contacts hear of it in the simulator, where they live, and nobody else there."""
        return at.channel == SIMULATOR if at.test else at.channel in AUDIENCE


def said(texts: Texts, code: str) -> str:
    """Returns a text in that language, else in Spanish, else in any; "" where there is none."""
    return texts.get(code) or texts.get("es") or next(iter(texts.values()), "")


def tongue(texts: Texts, code: str) -> str:
    """Returns the language of what `said` returns; that one where there is nothing."""
    return code if texts.get(code) or not texts else "es" if texts.get("es") else next(iter(texts))


def lacking(texts: Sequence[Texts], languages: Sequence[str]) -> tuple[str, ...]:
    """Returns the languages in which one of these texts is not written, though it is in another."""
    return tuple(code for code in languages if any(any(one.values()) and not one.get(code) for one in texts))


@dataclass(frozen=True, slots=True)
class _Framed:
    """What all words have in common that are answered back to a flow: whom they serve, and in which language."""

    frame: Frame
    answer: AnswerBack

    @property
    def flow(self) -> Flow:
        """See bot.campaigns.writing.Words."""
        return self.frame.flow

    @property
    def languages(self) -> Mapping[str, Language]:
        """See bot.campaigns.writing.Words."""
        return self.frame.languages

    @property
    def leads_on(self) -> bool:
        """See bot.campaigns.writing.Words: who cannot answer reads all the same."""
        return True

    def against(self, first: Known) -> Reason | None:  # noqa: ARG002 because nothing but what holds for all speaks against it
        """See bot.campaigns.writing.Words."""
        return None

    def serves(self, at: Known) -> bool:
        """See bot.campaigns.writing.Words."""
        return self.frame.serves(at)

    def language(self, code: str) -> str:
        """See bot.campaigns.writing.Words."""
        return self.frame.language(code)


@dataclass(frozen=True, slots=True)
class AnswerWords(_Framed):
    """The words of the answer back to a flow. `made` holds what was made of them: thousands of people get few different texts."""

    entries: tuple[Entry, ...]
    results: ByPlace
    made: dict[tuple[object, ...], str] = field(default_factory=dict, compare=False, repr=False)

    step = "answer_back"

    @property
    def circle(self) -> Circle:
        """See bot.campaigns.writing.Words."""
        return Circle("answered", self.frame.flow.flow, self.frame.consents)

    def learn(self, tx: Transaction, contacts: Sequence[int]) -> Mapping[int, str]:
        """See bot.campaigns.writing.Words."""
        return answer_backs.places(tx, self.answer.flow, self.answer.place, contacts) if self.answer.place else {}

    def text(self, code: str, able: Abilities, place: str) -> str:
        """See bot.campaigns.writing.Words."""
        key = (code, place, able.charged, able.text, able.counting, able.plained)
        if key not in self.made:
            short = able.charged == "segment" and self.frame.public_url
            self.made[key] = self._short(code, able) if short else self._long(code, able, place)
        return self.made[key]

    def _short(self, code: str, able: Abilities) -> str:
        """Returns what goes where every part of a message costs: who, about what, and where to read it."""
        language = self.frame.spoken(code)
        link, stop = self.frame.link(self.answer.flow), self.frame.stop(code)
        who, heading = self.frame.who(code), said(self.answer.heading, code)
        text = language.say("back.message.short", who=who, heading=heading, link=link, stop=stop)
        bare = language.say("back.message.bare", who=who, title=self.frame.title(code), link=link, stop=stop)
        return min((text, bare), key=lambda one: preview(one, code, able.plained).count)

    def _long(self, code: str, able: Abilities, place: str) -> str:
        language = self.frame.spoken(code)
        who, title = self.frame.who(code), self.frame.title(code)
        head = [language.say("back.message.opening", who=who, title=title), said(self.answer.heading, code)]
        link, stop = self.frame.link(self.answer.flow), self.frame.stop(code)
        feet = [language.say("back.message.link", link=link)] if link else []
        feet.append(language.say("back.message.stop", stop=stop))
        blocks = [*self._results(code, place), *(self._entry(code, one) for one in self.entries)]
        most = min(able.text, LONGEST) - ROOM
        for kept in range(len(blocks), -1, -1):
            left = len(blocks) - kept
            more = [language.say("back.message.more", count=left)] if left else []
            text = "\n\n".join([*filter(None, head), *blocks[:kept], *more, *feet])
            if able.length(text) <= most:
                return text
        return text[:most]

    def _results(self, code: str, place: str) -> list[str]:
        language = self.frame.spoken(code)
        own, rest = self.results.of(place)
        where = self.frame.label(self.answer.place, code, place) if own.lines else ""
        return [
            "\n".join([_opening(language, found, at), *(self._line(language, code, one) for one in found.lines)])
            for found, at in ((own, where), (rest, ""))
            if found.lines
        ]

    def _line(self, language: Language, code: str, told: Told) -> str:
        def name(one: str) -> str:
            if told.themes:
                return said(self.frame.themes.get(one, {}), code) or one
            named = self.frame.label(told.step, code, one)
            return language.say("engine.other") if named == one == OTHER else named

        tops = "; ".join(
            language.say("back.message.top", answer=name(one), count=count, base=told.base) for one, count in told.top
        )
        return language.say("back.message.result", question=self.frame.label(told.step, code), tops=tops)

    def _entry(self, code: str, entry: Entry) -> str:
        language = self.frame.spoken(code)
        lines = [language.say("back.message.heard", text=said(entry.heard, code))] if any(entry.heard.values()) else []
        if entry.promise is not None:
            lines.append(promised(language, said(entry.promise.what, code), entry.promise.office, entry.promise.due_on))
        if any(entry.declined.values()):
            lines.append(language.say("back.message.declined", text=said(entry.declined, code)))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class EndedWords(_Framed):
    """The words that tell the end of a commitment to those who had got the answer. `reason` is what was said of it last."""

    commitment: Commitment
    reason: Texts

    step = "commitment"

    @property
    def circle(self) -> Circle:
        """See bot.campaigns.writing.Words."""
        return Circle("told", self.frame.flow.flow, self.frame.consents, self.answer.campaign_id or 0)

    def learn(self, tx: Transaction, contacts: Sequence[int]) -> Mapping[int, str]:  # noqa: ARG002 because it is the same everywhere
        """See bot.campaigns.writing.Words."""
        return {}

    def text(self, code: str, able: Abilities, place: str) -> str:  # noqa: ARG002 because it is the same everywhere
        """See bot.campaigns.writing.Words."""
        language, one = self.frame.spoken(code), self.commitment
        link, stop = self.frame.link(str(one.number)), self.frame.stop(code)
        who, what = self.frame.who(code), said(one.what, code)
        if able.charged == "segment" and link:
            return language.say(f"back.ended.short.{one.state}", who=who, what=what, link=link, stop=stop)
        lines = [
            language.say(f"back.ended.{one.state}", who=who, title=self.frame.title(code), what=what),
            said(self.reason, code),
            language.say("back.message.link", link=link) if link else "",
            language.say("back.message.stop", stop=stop),
        ]
        return "\n\n".join(filter(None, lines))[: min(able.text, LONGEST) - ROOM]


def promised(language: Language, what: str, office: str, due_on: str) -> str:
    """Returns a commitment in one sentence: what, by whom, by when."""
    what = what.rstrip().removesuffix(".")
    return language.say("back.message.promise", text=what, office=office, due=day(date.fromisoformat(due_on), language.code))


def _opening(language: Language, found: Local, where: str) -> str:
    if where:
        counted = "back.message.place" if found.people is not None else "back.message.place.uncounted"
        return language.say(counted, place=where, count=found.people or 0)
    counted = "back.message.whole" if found.people is not None else "back.message.whole.uncounted"
    return language.say(counted, count=found.people or 0)
