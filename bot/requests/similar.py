"""Whether two requests ask the same, told by their words; a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from rapidfuzz import fuzz

THRESHOLD = 62.0
"""From this likeness on a request is suggested as the same. Chosen on the pairs of `tests/requests/test_similar.py`: those that
ask the same begin above it, those that only sound alike end below it."""

_NUMBER_WEIGHT = 0.72
"""What is left of the likeness of two texts that name different years or numbers: the budget of 2024 is not that of 2025."""


class Worded(Protocol):
    """A text to be compared."""

    @property
    def text(self) -> str:
        """What was asked for."""


T = TypeVar("T", bound=Worded)


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Returns how much two requests are alike, 0 to 100, by their words without endings (`bot.engine.answers.stemming.stems`).

    Half of it is how many words they share, half how the shared ones are spelt and what one of them has beyond the other.
    """
    first, second = set(one), set(other)
    if not first or not second:
        return 0.0
    shared = len(first & second)
    # of two requests of different length the longer one may just say more about the same
    overlap = 100 * (0.5 * shared / len(first | second) + 0.5 * shared / min(len(first), len(second)))
    spelt = fuzz.token_sort_ratio(" ".join(sorted(first)), " ".join(sorted(second)))
    found = 0.6 * overlap + 0.4 * spelt
    if shared < 2 and min(len(first), len(second)) > 1:
        found = min(found, THRESHOLD - 1)  # one word in common is a subject, not a request
    numbers = [{word for word in words if word.isdigit()} for words in (first, second)]
    if all(numbers) and not numbers[0] & numbers[1]:
        found *= _NUMBER_WEIGHT
    return found


def closest(words: Sequence[str], others: Iterable[tuple[T, Sequence[str]]], *, most: int = 5) -> list[tuple[T, float]]:
    """Returns those of the others (each with its words) that ask the same, the most alike first."""
    found = [(other, likeness(words, its)) for other, its in others]
    return sorted((one for one in found if one[1] >= THRESHOLD), key=lambda one: -one[1])[:most]
