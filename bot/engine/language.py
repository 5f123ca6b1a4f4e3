"""What the product says and hears in one language, handed in as data (locales/*/LC_MESSAGES/bot.po and locales/*/words.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_PLACE = re.compile(r"\{(\w+)(?:\|([^{}|]*)\|([^{}|]*))?\}")


RESIDENTS = (
    "engine.", "answers.", "sms.", "telegram.command.", "telegram.contact", "telegram.done", "telegram.group",
    "telegram.location",
)  # fmt: skip
"""What the keys begin with of all that a resident reads."""


def tongue(code: str) -> str:
    """Returns the language of a code without its country: "qu" of "qu_EC". Flows may write either."""
    return code.replace("-", "_").partition("_")[0]


def find_code(code: str, among: Iterable[str]) -> str | None:
    """Returns that code as it is written among these: itself, else one of the same tongue, None where there is neither."""
    codes = tuple(among)
    return code if code in codes else next((other for other in codes if tongue(other) == tongue(code)), None)


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language: its code, its own name, the product's texts by key, and its word lists.

    Two languages are the same only if they are the same object, which makes them keys of what is prepared from them.

    `texts` maps a message key ("engine.back") to a text with `{name}` places. `{count|answer|answers}` is the first word where
    the place `count` is 1, else the second: a language with one form for both needs no such thing, and no table of plurals is
    asked.
    `words` is the content of words.yaml: section → key → list of ways people write it; the sections are documented in
    locales/es/words.yaml and read by `engine/answers` and `engine/controls`.
    `borrowed` are the keys of what residents are told (RESIDENTS) for which it has no text: the first language's stands in.
    """

    code: str
    name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    borrowed: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Tells whether residents are told everything in this language itself."""
        return not self.borrowed

    def say(self, key: str, /, **places: object) -> str:
        """Returns the text of that key with its places filled, once: a filled-in value is never looked at again.

        Raises KeyError if the catalogue lacks the key or a place has no value.
        """

        def fill(place: re.Match[str]) -> str:
            value = str(places[place[1]])
            return value if place[2] is None else place[2 if value == "1" else 3]

        return _PLACE.sub(fill, self.texts[key])


def places_of(text: str) -> frozenset[str]:
    """Returns the names of the places that a text has to fill."""
    return frozenset(place[1] for place in _PLACE.finditer(text))
