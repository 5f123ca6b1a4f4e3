"""What the product says and hears in one language, handed in as data (locales/*/LC_MESSAGES/bot.po and locales/*/words.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language: its code, its own name, the product's texts by key, and its word lists.

    Two languages are the same only if they are the same object, which makes them keys of what is prepared from them.

    `texts` maps a message key ("engine.back") to a text with `{name}` places.
    `words` is the content of words.yaml: section → key → list of ways people write it; the sections are documented in
    locales/es/words.yaml and read by `engine/answers` and `engine/controls`.
    """

    code: str
    name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)

    def say(self, key: str, /, **places: object) -> str:
        """Returns the text of that key with its places filled, once: a filled-in value is never looked at again.

        Raises KeyError if the catalogue lacks the key or a place has no value.
        """
        return _PLACE.sub(lambda place: str(places[place[1]]), self.texts[key])
