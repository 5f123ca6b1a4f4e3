"""How a report says things: figures, days, names of questions, options, languages and channels, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime

from bot.engine.answers.folding import fold
from bot.engine.flow import Texts
from bot.engine.language import Language, tongue
from bot.reports.categories import NO, YES, Grouping
from bot.reports.intervals import Share
from bot.reports.layout import OTHER, Layout, Question
from bot.reports.plain import Page
from bot.reports.summary import QuestionSummary

_PLACE = re.compile(r"\$\{[^}]*\}")
_SENTENCE = re.compile(r"(?<=[.!])\s+")
_NUMBERED = re.compile(r"^\s*\d+\s+(?:de|of)\s+\d+\s*[.:)]\s*", re.IGNORECASE)

_FORMS = {
    "es": ("es_EC", "d 'de' MMMM 'de' y", "d MMM", "d 'de' MMMM 'de' y, H:mm"),
    "en": ("en", "d MMMM y", "d MMM", "d MMMM y, H:mm"),
}
"""Language → locale and forms: a day, a day on an axis, a minute. Every other language gets Spanish."""

_CHANNELS = {"telegram": "Telegram", "whatsapp": "WhatsApp", "sms": "SMS"}
"""Channels as they are written in any language."""


class Words:
    """Says things in one language. Shares are between 0 and 1."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.say = language.say
        self._page = Page(language, 80, blocks=True)
        self.unsure = frozenset(map(fold, language.words.get("unsure_labels", ())))
        """How options say that somebody cannot say, folded."""
        self._locale, self._day, self._tick, self._minute = _FORMS.get(tongue(language.code), _FORMS["es"])

    def number(self, number: float, decimals: int | None = None) -> str:
        """Returns a number with the reader's decimal sign: "1,5"."""
        return self._page.number(number, decimals)

    def value(self, number: float) -> str:
        """Returns a number that somebody answered, or the middle of several, with two decimals at most: "57,25"."""
        return self.number(round(number, 2))

    def bare(self, share: float) -> str:
        """Returns a share in percent without its sign: "61,2"."""
        return self.number(100 * share, 1)

    def percent(self, share: float) -> str:
        """Returns a share in percent: "61,2 %"."""
        return f"{self.bare(share)} %"

    def interval(self, share: Share) -> str:
        """Returns the ends of a share's interval in percent: "55,0–67,1"."""
        return f"{self.bare(share.low)}–{self.bare(share.high)}"

    def cells(self, share: Share | None) -> tuple[str, str]:
        """Returns a share and its interval as two cells of a table."""
        return ("–", "–") if share is None else (self.percent(share.share), self.interval(share))

    def ticks(self) -> tuple[str, ...]:
        """Returns what stands along an axis from nobody to everybody."""
        return tuple(f"{share} %" for share in (0, 25, 50, 75, 100))

    def day(self, when: date) -> str:
        """Returns a day: "14 de noviembre de 2026"."""
        return str(format_date(when, self._day, locale=self._locale))

    def day_of(self, iso: str) -> str:
        """Returns the day of an answer (a date or a time in ISO 8601) in words; what is none stays as it is."""
        try:
            return self.day(date.fromisoformat(iso[:10]))
        except ValueError:
            return iso

    def tick(self, when: date) -> str:
        """Returns a day as short as an axis needs it: "14 nov"."""
        return str(format_date(when, self._tick, locale=self._locale)).replace(".", "")

    def minute(self, when: datetime) -> str:
        """Returns a minute: "14 de noviembre de 2026, 18:05"."""
        return str(format_datetime(when, self._minute, locale=self._locale))

    def tongue(self, code: str) -> str:
        """Returns what a language is called: "español" of "es"; the code of one that nobody knows."""
        own = f"report.language.{tongue(code)}"
        if own in self.language.texts:
            return self.say(own)
        try:
            return Locale.parse(tongue(code)).get_language_name(self._locale) or code
        except (ValueError, UnknownLocaleError):
            return code

    def channel(self, name: str) -> str:
        """Returns what a channel is called."""
        own = f"report.channel.{name}"
        return self.say(own) if own in self.language.texts else _CHANNELS.get(name, name)

    def text(self, texts: Texts, otherwise: str) -> str:
        """Returns a text of the flow in one line; what each person read in a place of their own is "…"."""
        return " ".join(_PLACE.sub("…", self._page.text(texts, otherwise)).split())

    def choice(self, code: str, label: Texts) -> str:
        """Returns what an option is called."""
        if code in (YES, NO) and not label:
            return self.say("results.yes" if code == YES else "results.no")
        return self._page.choice(code, label)

    def title(self, one: QuestionSummary, layout: Layout) -> str:
        """Returns what was asked, in one line, without a number that the flow itself put before it."""
        if one.question.other:
            return self.asked(one.question.step, layout)
        return self.bared(self.text(one.label, "")) or self.named(one.question)

    def named(self, question: Question) -> str:
        """Returns what to call something that nobody was asked, but that was computed."""
        return self.say("report.computed", name=question.step.replace("_", " "))

    def asked(self, step: str, layout: Layout) -> str:
        """Returns what that step asked, in its newest version; the step's name where it asked nothing.

        What somebody wrote as another answer is called that, and the answer to what.
        """
        for one in layout.questions:
            if one.step == step:
                if one.other:
                    return self.say("report.other_of", question=self.asked(step.removesuffix(f"_{OTHER}"), layout))
                newest = next(reversed(tuple(one.steps.values())), None)
                return (self.bared(self.text(newest.label, "")) if newest is not None else "") or self.named(one)
        return step

    def group(self, grouping: Grouping, layout: Layout) -> str:
        """Returns what a grouping goes by: what was asked, or "canal" and "idioma"."""
        return self.shortly(grouping.name, layout) if grouping.questions else self.say(f"report.{grouping.name}")

    def shortly(self, step: str, layout: Layout) -> str:
        """Returns what that step asked, without what was said before the question itself."""
        whole = self.asked(step, layout)
        last = _SENTENCE.split(whole)[-1]
        return last if last.endswith("?") else whole

    def member(self, grouping: Grouping, code: str) -> str:
        """Returns what a group of it is called."""
        if not grouping.questions:
            return self.channel(code) if grouping.name == "channel" else self.tongue(code)
        return self.choice(code, grouping.text(code))

    def quoted(self, names: Iterable[str]) -> str:
        """Returns names in quotation marks with commas between them."""
        return ", ".join(self.say("report.quoted", name=name) for name in names)

    @staticmethod
    def bared(text: str) -> str:
        """Returns what was asked without "3 de 6." before it: a report numbers its questions itself."""
        return _NUMBERED.sub("", text)
