"""What a flow's languages mean for the words that are not the flow's own: help, "I did not understand", buttons."""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.language import RESIDENTS, Language, find_code
from bot.engine.loading.outline import Outline


def check_languages(outline: Outline, languages: Mapping[str, Language]) -> None:
    """Warns of a language that the product does not know, or knows in part: there the first language stands in.

    `languages` may be a part of the product's, without a first one; then nothing is said.
    """
    if not languages:
        return
    document, problems = outline.document, outline.document.problems
    first = next(iter(languages.values()))
    for place, code in enumerate(outline.languages):
        line = document.line(("languages", place))
        known = find_code(code, languages)
        if known is None:
            names = ", ".join(f"{code} ({language.name})" for code, language in languages.items())
            problems.warn(line, "language_unknown", language=code, first=first.name, known=names)
        elif not (language := languages[known]).whole:
            every = sum(key.startswith(RESIDENTS) for key in language.texts)
            problems.warn(
                line,
                "language_borrowed",
                name=language.name,
                own=str(every - len(language.borrowed)),
                all=str(every),
                first=first.name,
                folder=known,
            )
