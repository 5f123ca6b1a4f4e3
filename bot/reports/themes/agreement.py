"""How far two people who coded the same answers by themselves agree, beyond what chance would do.

Cohen's kappa (J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20, 1960):
(po - pe) / (1 - pe), of two people and two categories, a theme given or not. An answer may have several themes, so each theme
has a kappa of its own, and that of a question is the plain mean over its themes. Beside it always stands the raw agreement: the
part of the answers that both gave exactly the same themes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import combinations


def cohen(both: int, first: int, second: int, neither: int) -> float | None:
    """Returns kappa of a theme that both, only the first, only the second and neither gave in so many answers.

    None where it says nothing: of no answers, or where chance alone agrees in all (neither ever gave the theme, or both always).
    """
    total = both + first + second + neither
    if not total:
        return None
    agreed = (both + neither) / total
    one, other = (both + first) / total, (both + second) / total
    chance = one * other + (1 - one) * (1 - other)
    return None if chance >= 1 - 1e-12 else (agreed - chance) / (1 - chance)


@dataclass(slots=True)
class _Pair:
    answers: int = 0
    same: int = 0
    tables: dict[str, list[int]] = field(default_factory=dict)  # theme → both, only the first, only the second


@dataclass(slots=True)
class Agreement:
    """Takes in what was coded twice and tells how far it agrees. Its size grows with people and themes, not with answers."""

    doubly: int = 0
    _pairs: dict[tuple[int, int], _Pair] = field(default_factory=dict)

    def add(self, coded: Mapping[int, Collection[str]]) -> None:
        """Takes in an answer: person → themes. Of one person alone there is nothing to compare."""
        if len(coded) < 2:
            return
        self.doubly += 1
        for one, other in combinations(sorted(coded), 2):
            pair = self._pairs.setdefault((one, other), _Pair())
            first, second = set(coded[one]), set(coded[other])
            pair.answers += 1
            pair.same += first == second
            for theme in first | second:
                table = pair.tables.setdefault(theme, [0, 0, 0])
                table[0 if theme in first and theme in second else 1 if theme in first else 2] += 1

    @property
    def raw(self) -> float | None:
        """Returns the part of the answers that two gave exactly the same themes, over all pairs of people; None of none."""
        answers = sum(pair.answers for pair in self._pairs.values())
        return sum(pair.same for pair in self._pairs.values()) / answers if answers else None

    def of(self, theme: str) -> float | None:
        """Returns kappa of a theme: of each pair of people, weighted by how many answers they both coded."""
        weighted, answers = 0.0, 0
        for pair in self._pairs.values():
            both, first, second = pair.tables.get(theme, (0, 0, 0))
            kappa = cohen(both, first, second, pair.answers - both - first - second)
            if kappa is not None:
                weighted += kappa * pair.answers
                answers += pair.answers
        return weighted / answers if answers else None

    @property
    def kappa(self) -> float | None:
        """Returns the mean of the themes' kappas, each theme counting once; None where none of them says anything."""
        themes = sorted({theme for pair in self._pairs.values() for theme in pair.tables})
        found = [kappa for theme in themes if (kappa := self.of(theme)) is not None]
        return sum(found) / len(found) if found else None
