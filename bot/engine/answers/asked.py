"""What a question's own words tell about the answer: which way in time it looks, and which words a reply only repeats.

"¿Cuándo fue la última vez…?" looks back, "¿Qué día prefieres?" ahead; "llega a las 5" only repeats "¿A qué hora llega el agua?".
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from bot.engine.answers.day import Day
from bot.engine.answers.folding import fold
from bot.engine.answers.words import Lexicon, Tokens

NEAR = 200
"""Days from today within which a day without its year or its week is taken for the one that the question looks for."""

_WORD = re.compile(r"[^\W\d_]+")
_WEIGHTY = ("negation", "bounds", "more", "less", "apart", "unsure", "either", "and_some", "many", "story")
_WEIGHTY_KEYS = ("numbers", "ordinals", "months", "weekdays", "days", "day_parts", "spans")
_STEM = 2
"""Letters that are left of a verb at least when its ending is changed."""


@lru_cache(maxsize=512)
def looks(about: str, words: Lexicon) -> int:
    """Returns -1 where the question looks back, 1 where it looks ahead, 0 where it does neither or both, or asks a birthday.

    Kept by `lru_cache`, as the others here are: a pure function of a text and frozen lists.
    """
    tokens = tuple(fold(about).split())
    if words.anywhere("asked_anniversary", tokens) is not None:
        return 0
    endings = tuple(words.forms.get("past_endings", {}).values())  # with their accents: "ocurrió", not "cuándo"
    bygone = words.anywhere("asked_past", tokens) is not None or any(
        word.endswith(endings) and not words.has("no_past", fold(word)) for word in _WORD.findall(about.lower())
    )
    ahead = words.anywhere("asked_ahead", tokens) is not None
    return 0 if bygone == ahead else 1 if ahead else -1


@lru_cache(maxsize=512)
def echoes(about: str, words: Lexicon) -> frozenset[str]:
    """Returns the words that lead up to an answer and only repeat the question, in its person or in the replier's.

    Words that bound, deny, doubt, count or name a day are none of them.
    """
    endings = tuple(tuple(pair.split()) for pair in words.lists.get("echo_endings", ()))
    told = {token for token in fold(about).split() if token.isalpha()}
    pairs = ((token, asked, said) for token in told for asked, said in endings)
    turned = {
        token[: -len(asked)] + said for token, asked, said in pairs if token.endswith(asked) and len(token) >= _STEM + len(asked)
    }
    return frozenset(token for token in told | turned if not weighty(token, words))


@lru_cache(maxsize=512)
def wishing(about: str, words: Lexicon) -> int:
    """Returns 1 where the question asks what is needed, -1 where it asks what somebody has, 0 where it asks neither.

    "Falta agua" answers "¿Qué obra es urgente?", and never "¿Qué servicios tienes?".
    """
    tokens = tuple(fold(about).split())
    if words.anywhere("asked_having", tokens) is not None:
        return -1
    return 1 if words.anywhere("asked_wish", tokens) is not None else 0


@lru_cache(maxsize=512)
def counts_years(about: str, words: Lexicon) -> bool:
    """Returns whether the question asks how many years: 1984 is no number of them."""
    return "year" in named("measures", about, words) and words.anywhere("asked_how_many", tuple(fold(about).split())) is not None


@lru_cache(maxsize=512)
def named(section: str, about: str, words: Lexicon) -> frozenset[str]:
    """Returns the keys of that section which the question's words name: its units, or for which span an amount is asked."""
    tokens = tuple(fold(about).split())
    if section != "rates":  # "al mes" tells no unit
        tokens = _once(tokens, words)
    return frozenset(hit[0] for at in range(len(tokens)) if (hit := words.find(section, tokens, at)) is not None)


def _once(tokens: Tokens, words: Lexicon) -> Tokens:
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        rate = words.find("rates", tokens, at)
        kept.extend(() if rate else tokens[at : at + 1])
        at += rate[1] if rate else 1
    return tuple(kept)


def weighty(token: str, words: Lexicon) -> bool:
    """Tells whether a word may bound, deny, doubt, count or name a day."""
    return any(token in words.opening.get(section, ()) for section in _WEIGHTY) or any(
        words.key(section, token) is not None for section in _WEIGHTY_KEYS
    )


def new(tokens: Tokens, about: str, words: Lexicon) -> Tokens:
    """Returns the tokens that do not only repeat the question."""
    if not tokens or not about:
        return tokens
    repeated = echoes(about, words)
    return tuple(token for token in tokens if token not in repeated)


def settled(day: Day, way: int, today: date) -> Day:
    """Returns the day as it is meant by who was asked about what was or what will be.

    Of the last and the next such day the one on that side is taken, if it is the nearer one.
    """
    if not way or day.reason not in ("date_year", "date_which") or not 1 <= len(day.days) <= 2:
        return day
    meant = day.days[0] if way < 0 else day.days[-1]
    away = (meant - today).days * way
    nearer = day.reason == "date_which" or all(one == meant or away < abs((one - today).days) for one in day.days)
    return Day((meant,), "", day.start, day.end) if 0 < away <= NEAR and nearer else day
