"""What people say about a request, in words: what to do with it, or only how it is going; and the canton that a place is in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import Any

from bot.casework.filing import without_code, without_number
from bot.casework.telling import VERDICTS
from bot.engine.answers import Gazetteer, fold
from bot.engine.language import Language


def deed(languages: Iterable[Language], words: list[str]) -> tuple[str, int] | None:
    """Returns what the first words say is to be done with a request, and how many of them say it; the whole of a verdict does."""
    for language, deed in product(languages, ("insist", "withdraw", "escalate", *VERDICTS)):
        for phrase in sorted(phrases(language, f"request_{deed}"), key=len, reverse=True):
            spelt = phrase.split()
            if words[: len(spelt)] == spelt and (deed not in VERDICTS or len(words) == len(spelt)):
                return deed, len(spelt)
    return None


def only_asks(languages: Iterable[Language], words: list[str]) -> bool:
    """Tells whether the words beside a number only ask how it is going ("cómo va mi solicitud")."""
    said = " ".join(words)
    return any(said in phrases(language, "my_requests") | phrases(language, "request_look") for language in languages)


@lru_cache(maxsize=256)
def phrases(language: Language, section: str) -> frozenset[str]:
    """Returns, folded, the ways to say what a section of the words about requests is about."""
    # kept by lru_cache: a pure function of a frozen record
    found: Any = language.words.get("requests", {}).get(section, [])
    return frozenset(fold(str(phrase)) for phrase in found)


def rest(text: str) -> list[str]:
    """Returns the folded words of a message without the number and the code of a request."""
    return fold(_bare(text)).split()


def _bare(text: str) -> str:
    return without_code(without_number(text))


def without(text: str, skipped: int) -> str:
    """Returns a message without the number, the code and its first words."""
    rest = _bare(text).strip(" \t\n:;,.-–—")
    for _ in range(skipped):
        rest = re.sub(r"^\W*\w+\W*", "", rest, count=1)
    return rest.strip()


def canton(name: str, known: Gazetteer) -> str:
    """Returns the key of the canton that a place is in or is ("Cumbayá, Quito, Pichincha"), "" where it is in none."""
    codes = [code for part in _within(name) for code in known.named.get(fold(part), ())]
    for code in codes:
        place = known.places[code]
        if place.kind == "parish":
            place = known.places.get(place.within, place)
        if place.kind == "canton":
            return place.code
    return ""


def _within(name: str) -> list[str]:
    """Returns what may name a place that is told with all it lies in, the surest first."""
    parts = [part.strip() for part in name.split(",")]
    return [" ".join(parts[-2:]), *parts[:2]] if len(parts) > 1 else parts
