"""Words without their endings: "contratos" and "contrato" become the same. A small stemmer for Spanish.

It is for looking things up and for suggesting, where a person looks at what was found: it shortens by endings alone, and where it
shortens too much or too little nothing but a suggestion is lost.
"""

from __future__ import annotations

import re

from bot.engine.answers.folding import fold

_STOP = frozenset(
    """
    a al algo ante como con cual cuales cuando cuanto de del desde donde el ella ellos en entre era es esa ese eso
    esta este esto fue ha hay la las le les lo los mas me mi mis muy no nos o para pero por porque que quien
    quiero quisiera necesito saber se ser si sin sobre son su sus tambien te tiene todo todos tu tus un una unas
    uno unos y ya informacion solicito pido the of and to in for is on that with about i want need information
    """.split()  # noqa: SIM905  # because a list of so many words is not to be read
)
_ENDINGS = ("aciones", "acion", "iones", "ion", "mente", "idades", "idad", "es", "as", "os", "s", "a", "o", "e")
_LEAST = 4
"""Letters that are left of a word at least."""


def stems(text: str) -> list[str]:
    """Returns the words of a text that say something, folded and without their endings."""
    return [stem(word) for word in re.findall(r"[a-z0-9ñ]+", fold(text)) if word not in _STOP and len(word) > 1]


def stem(word: str) -> str:
    """Returns a folded word without its ending."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return word
