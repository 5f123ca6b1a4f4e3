"""What people are owed: a consent text before personal questions, in their language, and a word at the end."""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.flow import ConsentText
from bot.engine.loading.outline import Outline


def check_people(outline: Outline, consents: Mapping[str, ConsentText]) -> None:
    """Reports an unknown consent text; warns where there is none though it is needed, and where nothing is said at the end."""
    document, problems = outline.document, outline.document.problems
    name = outline.header.get("consent", "")
    entries = list(outline.walk())
    if name and name not in consents:
        problems.error(document.line(("consent",)), "consent_unknown", name=name, near=problems.near(name, consents))
    elif name:
        missing = [code for code in outline.languages if code not in consents[name].text]
        if missing:
            problems.error(document.line(("consent",)), "consent_language", name=name, languages=", ".join(missing))
    else:
        personal = next((entry for entry in entries if entry.data.get("personal")), None)
        if personal is not None:
            problems.warn(document.key((*personal.path, "personal")), "no_consent", name=personal.name)
    said = [entry for entry in entries if entry.type not in ("group", "calculate")]
    if said and said[-1].type != "note":
        problems.warn(document.line(said[-1].path), "no_closing", name=said[-1].name)
