"""What was coded of free answers, as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bot.reports.plain import Page
from bot.reports.summary import Bar
from bot.reports.themes.coded import Coded, Labels, Part

QUOTES = 5
"""So many quotes of a question are told."""


def told_coded(coded: Coded, page: Page) -> Iterator[str]:
    """Yields how many answers people coded, the themes, what is left, how far two agree, and released quotes."""
    say = page.language.say
    yield "   " + say("themes.coded_by_people", coded=coded.coded, answered=coded.answered, coders=coded.coders)
    bars = [Bar(_label(one.label, page), {}, one.part.count, one.part.share, one.part.weighted) for one in coded.themes]
    yield from page.bars(bars, coded.answered)
    for key, part in (("not_coded", coded.uncoded), ("no_theme", coded.none), ("to_decide", coded.open)):
        if part.count or key != "to_decide":
            yield "   " + say(f"themes.{key}", count=part.count, share=_share(part, page))
    if coded.doubly:
        raw = "–" if coded.agreement is None else page.number(100 * coded.agreement, 1)
        kappa = "–" if coded.kappa is None else page.number(coded.kappa, 2)
        yield "   " + say("themes.agree", count=coded.doubly, raw=raw, kappa=kappa)
    else:
        yield "   " + say("themes.not_doubly")
    for one in coded.quotes[:QUOTES]:
        place = page.text(one.place, "")
        yield f"   «{one.text}»{f' ({place})' if place else ''}"
    if len(coded.quotes) > QUOTES:
        yield "   " + say("themes.more_quotes", count=len(coded.quotes) - QUOTES)


def _label(label: Labels, page: Page) -> str:
    return label.get(page.language.code) or next(iter(label.values()), "")


def _share(part: Part, page: Page) -> str:
    return "–" if part.share is None else page.number(100 * part.share.share, 1)
