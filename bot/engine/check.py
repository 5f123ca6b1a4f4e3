"""Judges flows as a whole: what `load` found, and what needs the other flows, the consent texts, the words and the channels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from bot.engine.build import Parsed
from bot.engine.checks.across import check_across
from bot.engine.checks.channels import FACTS, Facts, check_cost, check_labels
from bot.engine.checks.choices import check_choices
from bot.engine.checks.people import check_people
from bot.engine.checks.words import STOP_WORDS, check_words
from bot.engine.flow import ConsentText, Flow
from bot.engine.language import Language
from bot.engine.problem import Problem, ordered
from bot.engine.source import Loaded

__all__ = ["Facts", "Problem", "check", "ordered"]


def check(
    flows: Sequence[Loaded],
    *,
    consents: Mapping[str, ConsentText],
    languages: Mapping[str, Language],
    running: Iterable[Flow] = (),
    facts: Sequence[Facts] = FACTS,
    stop_words: Collection[str] = STOP_WORDS,
    segments: Callable[[str], int] | None = None,
    prices: Mapping[str, float] | None = None,
) -> tuple[Problem, ...]:
    """Returns everything that is wrong with these flows, by file and line; what `load` found is among it.

    `running` are flows that are open already: their start words and links are taken. `languages` are the product's, whose control
    words options should not bear. `segments` counts the SMS parts of a text, `prices` are prices of a message by channel (of a
    part for "sms"); without them nothing is said of SMS parts and prices.
    """
    outlines = [loaded.outline for loaded in flows if loaded.outline is not None]
    before = {id(outline): len(outline.document.problems.found) for outline in outlines}
    parsed = Parsed()
    for outline in outlines:
        check_choices(outline, parsed, languages)
        check_people(outline, consents)
        check_words(outline, languages, stop_words)
        check_labels(outline, tuple(facts))
        check_cost(outline, languages, segments, prices)
    check_across(outlines, running)
    found: list[Problem] = [problem for loaded in flows for problem in loaded.problems]
    for outline in outlines:
        # a second check of the same flows finds the same again, not twice as much
        problems = outline.document.problems.found
        found += problems[before[id(outline)] :]
        del problems[before[id(outline)] :]
    return ordered(found)
