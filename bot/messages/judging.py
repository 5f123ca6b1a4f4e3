"""Are the texts of the product whole? Everything that `python -m bot.messages --check` refuses."""

from __future__ import annotations

from collections.abc import Mapping

from babel.messages.catalog import Catalog

from bot.engine.language import places_of
from bot.messages.uses import Uses
from bot.translations import FIRST

REQUIRED = (FIRST, "en")
"""The languages that every text of the product has."""


def texts(catalogue: Catalog) -> dict[str, str]:
    """Returns the product's own texts by key; an empty one is missing."""
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.context}


def problems(catalogues: Mapping[str, Catalog], used: Uses) -> list[str]:
    """Returns everything that `--check` refuses, a line each."""
    by_language = {code: texts(catalogue) for code, catalogue in catalogues.items()}
    first = by_language[FIRST]
    found = [
        f"{place}: the key {key!r} has no text in {code}"
        for code in REQUIRED
        for key, place in sorted(used.keys.items())
        if key not in by_language.get(code, {})
    ]
    for code, own in by_language.items():
        for key, text in sorted(own.items()):
            if key in first and places_of(text) != places_of(first[key]):
                found.append(f"locales/{code}: the places of {key!r} are not those of {FIRST}: {text!r}, {first[key]!r}")
            if code in REQUIRED and not all(key in by_language.get(other, {}) for other in REQUIRED):
                found.append(f"locales/{code}: {key!r} is not in every one of {', '.join(REQUIRED)}")
    every = {key for own in by_language.values() for key in own}
    found += [f"locales: nothing uses the key {key!r}" for key in sorted(every) if not used.cover(key)]
    return found
