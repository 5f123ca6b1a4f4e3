"""Judges flows as a whole: what `load` found, and what needs the other flows, the consent texts, the words and the channels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.engine.build import Parsed
from bot.engine.checks.accepting import accept
from bot.engine.checks.across import check_across
from bot.engine.checks.channels import FACTS, Facts, Parts, check_labels, check_parts
from bot.engine.checks.choices import check_choices
from bot.engine.checks.languages import check_languages
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
    parts: Parts | None = None,
) -> tuple[Problem, ...]:
    """Returns everything that is wrong with these flows, by file and line; what `load` found is among it.

    `running` are flows that are open already: their start words and links are taken. `languages` are the product's, whose control
    words options should not bear. `parts` counts the parts of a text as SMS; without it nothing is said of them. What the
    flow itself accepts (`x-check`) comes with its reason.
    """
    outlines = [loaded.outline for loaded in flows if loaded.outline is not None]
    before = {id(outline): len(outline.document.problems.found) for outline in outlines}
    parsed = Parsed()
    for outline in outlines:
        check_languages(outline, languages)
        check_choices(outline, parsed, languages)
        check_people(outline, consents)
        check_words(outline, languages, stop_words)
        check_labels(outline, tuple(facts))
        if parts is not None:
            check_parts(outline, languages, parts)
    check_across(outlines, running)
    found: list[Problem] = []
    for loaded in flows:
        theirs = list(loaded.problems)
        if loaded.outline is not None:
            # a second check of the same flows finds the same again, not twice as much
            problems = loaded.outline.document.problems.found
            theirs += problems[before[id(loaded.outline)] :]
            del problems[before[id(loaded.outline)] :]
            theirs = accept(loaded.outline, theirs)
        found += theirs
    return ordered(found)
