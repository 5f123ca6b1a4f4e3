"""What a rehearsal showed, counted from the rows that turn, duties and delivery wrote: nothing here asks the residents."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from statistics import median

from bot.channels.payload import unpack
from bot.channels.segments import segments
from bot.engine.flow import Enter, Flow, Step, Texts
from bot.engine.language import Language
from bot.engine.state import Conversation, decode
from bot.prices import Prices
from bot.rehearsal.mix import CHANNELS
from bot.vocabulary import Outgoing
from storage import inbox, outbox
from storage.played import Letter, Played, Talk
from storage.vault import Vault

CONSENT = "consent"
REVIEW = "review"
_OWN = (CONSENT, REVIEW)
"""Questions of the product's own at which people may leave, beside those of the flow."""

_NOT_UNDERSTOOD = ("answers.not_understood", "engine.not_understood", "engine.constraint", "engine.pick", "engine.way_out.staff")
_ASKED_BACK = ("answers.ask.", "engine.ask_back", "engine.other.confirm")
_KNOWN = 5
"""A text is known by its words only if it begins with so many letters before anything that is filled in."""
_PLACE = re.compile(r"\{\w+\}|\$\{[^}]*\}")


@dataclass(slots=True)
class Question:
    """One question. `met`: how many people had it before them; `left`: how many stopped there for good."""

    step: str
    type: str
    met: int = 0
    answered: int = 0
    skipped: int = 0
    refused: int = 0
    left: int = 0
    not_understood: int = 0
    asked_back: int = 0


@dataclass(slots=True)
class Traffic:
    """One channel. Units are what a provider bills; `waiting` messages never went.

    `queued_for` is how long the others waited in the queue, in the middle; `slowest` is the longest of these waits.
    """

    channel: str
    people: int = 0
    completed: int = 0
    sent: int = 0
    sent_units: int = 0
    received: int = 0
    received_units: int = 0
    reminders: int = 0
    waiting: int = 0
    failed: int = 0
    queued_for: timedelta = timedelta(0)
    slowest: timedelta = timedelta(0)
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """The whole report. Durations are of completed conversations, from beginning to end; `calendar` is from the beginning of the
    first conversation to the last word of any person.
    """

    people: int
    outcomes: Mapping[str, int]
    questions: Sequence[Question]
    traffic: Sequence[Traffic]
    currency: str
    reminders: int
    reminded: int
    back: int
    consent_asked: int
    consent_given: int
    stopped: int
    handed_over: int
    languages: Mapping[str, int]
    typical: timedelta | None
    slow: timedelta | None
    calendar: timedelta
    unseen: Sequence[str]
    quarantined: Mapping[str, int]
    anonymous: bool = False
    repeats: bool = False

    @property
    def conversations(self) -> int:
        """How many conversations there were: somebody may begin again."""
        return sum(self.outcomes.values())

    @property
    def completed(self) -> int:
        """How many came to the end."""
        return self.outcomes.get("completed", 0)


@dataclass(slots=True)
class _Texts:
    """How to know, by its first words, why a question was put again."""

    not_understood: list[re.Pattern[str]] = field(default_factory=list)
    asked_back: list[re.Pattern[str]] = field(default_factory=list)


def findings(played: Played, flow: Flow, vault: Vault, languages: Mapping[str, Language], prices: Prices) -> Findings:
    """Returns what those rows say."""
    states = {talk.id: decode(talk.state) for talk in played.talks}
    questions = {name: Question(name, kind) for name, kind in _questions(flow)}
    _met(played, flow, states, questions)
    _told(played.letters, vault, questions, _why(flow, languages))
    traffic = _traffic(played, vault, prices)
    ended = sorted(talk.ended_at - talk.started_at for talk in played.talks if talk.status == "completed" and talk.ended_at)
    begun = [talk.started_at for talk in played.talks]
    last = max((heard.received_at for heard in played.heard), default=0)
    reminded = {subject.partition("/")[2] for subject, kind in played.notices if kind == "reminder"}
    consents = dict(played.consents)  # the last word of each counts
    return Findings(
        people=played.people,
        outcomes=dict(Counter(talk.status for talk in played.talks)),
        questions=list(questions.values()),
        traffic=traffic,
        currency=prices.currency,
        reminders=sum(kind == "reminder" for _, kind in played.notices),
        reminded=len(reminded),
        back=sum(talk.status == "completed" and str(talk.id) in reminded for talk in played.talks),
        consent_asked=len(consents),
        consent_given=sum(consents.values()),
        stopped=played.stopped,
        handed_over=sum(talk.handed_over_at is not None for talk in played.talks),
        languages=dict(Counter(talk.language for talk in played.talks)),
        typical=timedelta(milliseconds=median(ended)) if ended else None,
        slow=timedelta(milliseconds=ended[len(ended) * 9 // 10]) if ended else None,
        calendar=timedelta(milliseconds=max(last - min(begun), 0)) if begun else timedelta(0),
        unseen=_unseen(played, flow, states),
        quarantined=dict(Counter(played.quarantined)),
        anonymous=flow.anonymous,
        repeats=any(isinstance(node, Enter) and node.repeat for node in flow.program),
    )


def _questions(flow: Flow) -> Iterable[tuple[str, str]]:
    consent = flow.consent
    for node in flow.program:
        if not isinstance(node, Step):
            continue
        if consent and node.personal:
            consent = ""
            yield CONSENT, CONSENT
        if node.type not in ("note", "calculate", "do") and not node.read_only:
            yield node.name, node.type
            if node.other:
                yield f"{node.name}_other", "text"
    if flow.review:
        yield REVIEW, REVIEW


def _place(talk: Talk, state: Conversation, flow: Flow) -> str:
    """Returns the question at which a conversation stands, or stood when it ended before its end; "" for none."""
    if talk.status == "completed":
        return ""
    prompt = state.prompt
    if prompt is not None and prompt.asking in _OWN:
        return prompt.asking
    if prompt is not None and prompt.asking == "edit":
        return REVIEW
    place = prompt.node if prompt is not None and prompt.node >= 0 else state.node
    node = flow.program[place] if 0 <= place < len(flow.program) else None
    if not isinstance(node, Step) or node.type in ("note", "calculate"):
        return REVIEW if flow.review else ""
    # a conversation that ended has no prompt any more: what it was asked follows from what it holds
    if prompt is None and flow.consent and node.personal and not _decided(state, flow):
        return CONSENT
    other = f"{node.name}_other"
    asks_other = node.other and state.held.get(node.name) == "other" and other not in state.held
    return other if asks_other or (prompt is not None and prompt.asking == "other") else node.name


def _decided(state: Conversation, flow: Flow) -> bool:
    given = any(text.partition("@")[0] == flow.consent for text in state.consented)
    return given or flow.consent in state.declined


def _met(played: Played, flow: Flow, states: Mapping[int, Conversation], questions: Mapping[str, Question]) -> None:
    met: dict[str, set[int]] = defaultdict(set)
    last: dict[tuple[int, str, str], str | None] = {}
    for row in played.rows:
        if row.step not in questions or row.empty == "not_asked" or row.reason in ("preset", "consent"):
            continue
        met[row.step].add(row.conversation)
        last[row.conversation, row.step, row.instance] = row.empty or ""
        if row.reason == "not_understood":
            questions[row.step].not_understood += 1  # the try after which it was left out says nothing of its own
    for (_, step, _), empty in last.items():
        match empty:
            case "skipped":
                questions[step].skipped += 1
            case "refused":
                questions[step].refused += 1
            case _:
                questions[step].answered += 1
    if CONSENT in questions:
        met[CONSENT] |= {conversation for conversation, _ in played.consents}
        questions[CONSENT].answered = sum(dict(played.consents).values())
        questions[CONSENT].refused = len(dict(played.consents)) - questions[CONSENT].answered
    for talk in played.talks:
        place = _place(talk, states[talk.id], flow)
        if place in questions:
            met[place].add(talk.id)
            questions[place].left += 1
        elif talk.status == "completed" and REVIEW in questions:
            met[REVIEW].add(talk.id)
            questions[REVIEW].answered += 1
    for step, people in met.items():
        questions[step].met = len(people)


def _why(flow: Flow, languages: Mapping[str, Language]) -> _Texts:
    """Returns the first words of the texts that say why a question is put again."""
    texts = _Texts()
    for code in flow.languages:
        spoken = languages.get(code)
        for key, text in spoken.texts.items() if spoken is not None else ():
            if key.startswith(_NOT_UNDERSTOOD):
                texts.not_understood += _begins(text)
            elif key.startswith(_ASKED_BACK):
                texts.asked_back += _begins(text)
    for node in flow.program:
        if isinstance(node, Step):
            texts.not_understood += [
                pattern for one in _own(node.not_understood, node.constraint_message) for pattern in _begins(one)
            ]
    return texts


def _own(*texts: Texts) -> Iterable[str]:
    return [template.source for one in texts for template in one.values()]


def _begins(text: str) -> list[re.Pattern[str]]:
    parts = _PLACE.split(text)
    if len(parts[0].strip()) < _KNOWN:
        return []
    return [re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)]


def _told(letters: Sequence[Letter], vault: Vault, questions: Mapping[str, Question], why: _Texts) -> None:
    """Counts why questions were put again, by the words with which they were."""
    for letter in letters:
        message = _opened(letter, vault)
        question = questions.get(message.step) if message is not None and message.prompt else None
        if message is None or question is None:
            continue
        # what did not understand wins: some questions back are also how a mistake is told
        if any(pattern.match(message.text) for pattern in why.asked_back):
            question.asked_back += 1
        elif any(pattern.match(message.text) for pattern in why.not_understood):
            question.not_understood += 1


def _opened(letter: Letter, vault: Vault) -> Outgoing | None:
    return unpack(vault.open(letter.payload, outbox.PAYLOAD)) if letter.payload is not None else None


def _traffic(played: Played, vault: Vault, prices: Prices) -> list[Traffic]:
    found = {channel: Traffic(channel) for channel in CHANNELS}
    for talk in played.talks:
        found[talk.channel].people += 1
        found[talk.channel].completed += talk.status == "completed"
    waits: dict[str, list[int]] = defaultdict(list)
    for letter in played.letters:
        one = found[letter.channel]
        if letter.status == "sent":
            one.sent += 1
            one.sent_units += letter.units
            one.reminders += letter.priority == outbox.NOTICE
            if letter.priority == outbox.REPLY:  # others may have waited for the person's word
                waits[letter.channel].append((letter.accepted_at or letter.created_at) - letter.created_at)
        elif letter.status in ("waiting", "queued", "sending"):
            one.waiting += 1
        else:
            one.failed += 1
    for heard in played.heard:
        one = found[heard.channel]
        one.received += 1
        text = vault.open(heard.raw, inbox.RAW).decode() if heard.raw is not None else ""
        one.received_units += segments(text).count if heard.channel == "sms" else 1
    for channel, one in found.items():
        if waits[channel]:
            one.queued_for = timedelta(milliseconds=median(waits[channel]))
            one.slowest = timedelta(milliseconds=max(waits[channel]))
        # a channel that bills nothing counts no units, whatever its price may be
        sent = one.sent_units or one.sent
        one.cost = prices.cost(channel, sent, one.received_units)
    return [one for one in found.values() if one.people]


def _unseen(played: Played, flow: Flow, states: Mapping[int, Conversation]) -> list[str]:
    """Returns the notes and questions that nobody was ever shown."""
    seen = {row.step for row in played.rows if row.empty != "not_asked" and row.reason not in ("preset", "consent")}
    for talk in played.talks:
        state = states[talk.id]
        seen |= {said.partition("/")[0] for said in state.said} | {_place(talk, state, flow)}
    return [node.name for node in flow.program if isinstance(node, Step) and node.type not in ("calculate", "do")
            and not node.read_only and node.name not in seen]  # fmt: skip
