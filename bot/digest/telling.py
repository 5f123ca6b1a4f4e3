"""What one of the staff is told of a week: what their role and unit may see, in their language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.digest.week import FlowWeek, Gathered, Week, title
from bot.engine.language import Language
from bot.web.desk import roles
from bot.web.desk.words import short
from storage.digests import Owed
from storage.staff import Person

NAMED = 8
"""So many requests of a unit are named; of more it is told how many."""

FEW = 3
"""Fewer who left say nothing of the question that they left at."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a digest: its heading, its lines, and the address at the desk where more is to be seen."""

    heading: str
    lines: tuple[str, ...]
    path: str


def parts(gathered: Gathered, person: Person, language: Language) -> tuple[Part, ...]:
    """Returns what that person is told; empty where there is nothing to tell them."""
    teller = _Teller(gathered, person, language)
    found = [
        teller.part("flows", "/desk/results", teller.flows()),
        teller.part("requests", "/desk", teller.requests()),
        teller.part("commitments", "/desk/commitments", teller.commitments()),
        teller.part("failures", "/desk/notices", teller.failures()),
    ]
    return tuple(one for one in found if one.lines)


def span(week: Week, language: Language) -> str:
    """Returns the days that are told of: "del 23 nov 2026 al 29 nov 2026"."""
    return language.say("digest.span", first=short(week.monday, language), last=short(week.sunday, language))


def letter(found: tuple[Part, ...], person: Person, week: Week, language: Language, url: str) -> tuple[str, str]:
    """Returns subject and text of the mail. `url` is where the desk is reached, "" where that is not known."""
    blocks = [language.say("digest.greeting", name=person.name), language.say("digest.intro", span=span(week, language))]
    for part in found:
        lines = [part.heading.upper(), *(f"• {line}" for line in part.lines)]
        if url:
            lines.append(url + part.path)
        blocks.append("\n".join(lines))
    blocks.append(language.say("digest.off_text", url=f"{url}/desk/account" if url else "/desk/account"))
    return language.say("digest.subject", span=span(week, language)), "\n\n".join(blocks)


class _Teller:
    def __init__(self, gathered: Gathered, person: Person, language: Language) -> None:
        self.all = gathered
        self.person = person
        self.language = language
        self.say = language.say

    def part(self, name: str, path: str, lines: Iterator[str]) -> Part:
        return Part(self.say(f"digest.{name}"), tuple(lines), path)

    def sees(self, unit: int | None) -> bool:
        return roles.sees(self.person.role, self.person.unit_id, unit)

    def flows(self) -> Iterator[str]:
        """Yields what came to each open flow; those to which nothing came are named together, beside others alone."""
        if not roles.may(self.person.role, "see_results"):
            return
        moved = [one for one in self.all.flows if any((*one.started, *one.completed))]
        for one in moved:
            yield self.flow(one)
        still = [self.text(one.flow.title) for one in self.all.flows if one not in moved]
        if moved and still:
            yield self.say("digest.still", flows=", ".join(still))

    def flow(self, one: FlowWeek) -> str:
        (started, started_before), (completed, completed_before) = one.started, one.completed
        told = [
            self.say(
                "digest.flow", flow=self.text(one.flow.title), started=started, started_before=started_before,
                completed=completed, completed_before=completed_before,
            )
        ]  # fmt: skip
        by = [self.say("digest.channel", channel=each.channel, started=each.started) for each in one.came if each.started]
        if len(by) > 1:
            told.append(self.say("digest.channels", channels=", ".join(by)))
        if one.left is not None and one.left.left >= FEW:
            places = {"left": one.left.left, "reached": one.left.reached}
            if one.left.step:
                asked = title(one.left.label, self.language.code) or one.left.step
                told.append(self.say("digest.left", question=asked, **places))
            else:
                told.append(self.say("digest.left_at_once", **places))
        elif started:
            told.append(self.say("digest.left_few"))
        if one.uncoded:
            told.append(self.say("digest.uncoded", count=one.uncoded))
        return " ".join(told)

    def requests(self) -> Iterator[str]:
        """Yields a line for each unit whose requests this person sees: what is overdue, and what is due this week."""
        units: defaultdict[tuple[str, int | None], list[Owed]] = defaultdict(list)
        for one in self.all.owed:
            if self.sees(one.unit_id):
                units[one.unit, one.unit_id].append(one)
        today = self.all.today.isoformat()
        for (name, _), owed in sorted(units.items(), key=lambda pair: pair[0][0]):
            late, due = [one for one in owed if one.due < today], [one for one in owed if one.due >= today]
            yield (
                self.say("digest.unit", unit=name or self.say("digest.no_unit"), late=len(late), due=len(due))
                + " "
                + self.named(owed)
            )
        own = sum(one.officer_id == self.person.id for one in self.all.owed)
        if own:
            yield self.say("digest.own", count=own)

    def named(self, owed: list[Owed]) -> str:
        told = ", ".join(f"{one.number} ({self.day(one.due)})" for one in owed[:NAMED])
        return told + (self.say("digest.more", count=len(owed) - NAMED) if len(owed) > NAMED else "") + "."

    def commitments(self) -> Iterator[str]:
        """Yields the commitments of the units that this person sees, and their own: those that owe news, and those due."""
        today = self.all.today.isoformat()
        for one in self.all.promised:
            if self.sees(one.unit_id) or one.officer_id == self.person.id:
                key = "digest.owes" if one.owes(today) else "digest.promised"
                yield self.say(key, number=one.number, what=self.text(one.what), office=one.office, due=self.day(one.due_on))

    def text(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.language.code) or next(iter(texts.values()), "")

    def failures(self) -> Iterator[str]:
        """Yields what did not get through, for those who look after the whole house."""
        if roles.needs_unit(self.person.role):
            return
        for channel, count in self.all.failures.messages:
            yield self.say("digest.messages", channel=channel, count=count)
        if self.all.failures.mails:
            yield self.say("digest.mails", count=self.all.failures.mails)
        if self.all.failures.quarantined:
            yield self.say("digest.quarantined", count=self.all.failures.quarantined)

    def day(self, iso: str) -> str:
        return short(date.fromisoformat(iso), self.language)
