"""The sentence that says what comes first, and of what it cannot be said to come before: whoever reads it alone is not misled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from bot.reports.intervals import Share
from bot.reports.piece import Sentence
from bot.reports.report_words import Words

NAMED = 2
"""So many are named of those that the first cannot be told apart from, for it must fit on a card; the others are counted."""

SHORT = 40
"""Characters that a name has then at most."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer, or a theme: what it is called, how many gave it, and their share of all who answered."""

    name: str
    count: int
    share: Share


def lead(key: str, ranked: Sequence[Ranked], words: Words, *, people: int = 0) -> Sentence | None:
    """Returns what comes first of these, the most first, in the words of `key`; None where nobody gave any.

    `people` gave the answers, for a `key` that says so.
    """
    some = [one for one in ranked if one.count]
    if not some:
        return None
    first = some[0]
    alike = [one for one in some if one.count == first.count]
    near = [one.name for one in some[len(alike) :] if not first.share.apart(one.share)]
    told = {"count": first.count, "base": f"{first.share.base:g}", "close": _close(near, words), "people": people}
    if len(alike) > 1:
        return Sentence(words.say("report.tied", names=words.quoted(one.name for one in alike), **told), "lead")
    return Sentence(words.say(key, name=first.name, share=words.bare(first.share.share), **told), "lead")


def _close(names: Sequence[str], words: Words) -> str:
    if not names:
        return ""
    told = [words.say("report.quoted", name=shorten(name, SHORT, placeholder="…")) for name in names[:NAMED]]
    if len(names) > NAMED:
        told.append(words.say("report.close_more", count=len(names) - NAMED))
    *those, last = told
    listed = f"{', '.join(those)} {words.say('report.nor')} {last}" if those else last
    return words.say("report.close", names=listed)
