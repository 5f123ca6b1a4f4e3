"""Rows that may be published: nobody stands in a group of fewer than k who are alike in what others may know of them.

What others may know are the quasi-identifiers that a flow declares: a number in bands, a question that another is coarsened
to, a point rounded to a hundredth of a degree (about a kilometre), and choices that it marks personal. Where too few are alike,
the last of these is blanked, for the smallest group beside them as well if they are too few even then; so nobody is left over,
whom one could find by subtracting the rows from figures of everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.reports.categories import BAND, banded
from bot.reports.cells import EMPTY, MEDIA
from bot.reports.layout import Layout, Question
from bot.reports.rows import AnswerRow
from bot.reports.wide import Latest

DEGREES = 2
"""Decimals that a point keeps."""

BLANK = "*"
"""Stands where a value was blanked so that nobody stands alone."""

CLOSED = frozenset({"select_one", "select_multiple", "rank", "integer", "decimal", "range", "date", "acknowledge", "geopoint"})
"""The types whose answers are no words of the person's own."""

Combination = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """What may be published of a flow's questions. `quasi` are the identifying ones, the first blanked last."""

    quasi: tuple[Question, ...]
    open: tuple[Question, ...]
    bands: dict[str, float]

    def combination(self, latest: Latest) -> Combination:
        """Returns what others may know of a person."""
        return tuple(self.told(question, latest) for question in self.quasi)

    def told(self, question: Question, latest: Latest) -> str:
        """Returns an identifying answer as it is published: why there is none, or empty where it was not asked."""
        answer = latest.get((question.step, ()))
        if answer is None or answer.type != question.type:
            return ""
        if answer.empty is not None:
            return EMPTY.get(answer.empty, "")
        match answer.value:
            case bool() as truth:
                return str(int(truth))
            case int() | float() as number:
                return banded(number, self.bands.get(question.step, BAND))
            case dict():
                latitude, longitude = rounded(answer)
                return "" if latitude is None else f"{latitude} {longitude}"
            case list() as names:
                return " ".join(names)
            case value:
                return str(value)[:7] if question.type == "date" else str(value)


def released(layout: Layout, texts: Collection[str] = ()) -> Released:
    """Returns what may be published: `texts` are the steps whose free text somebody read and released.

    Sensitive questions, those in repeats, words and files that nobody released, and coarsened ones (the question they are
    coarsened to stands for them) are left out.
    """
    quasi: dict[str, list[Question]] = {"choice": [], "number": [], "point": []}
    plain: list[Question] = []
    bands: dict[str, float] = {}
    targets = {step.quasi["coarsen"] for one in layout.questions for step in one.steps.values() if "coarsen" in step.quasi}
    for question in layout.questions:
        steps = list(question.steps.values())
        if question.withheld or not steps or any(step.sensitive for step in steps) or question.instances != ((),):
            continue
        if any("coarsen" in step.quasi for step in steps):
            continue
        if question.type not in CLOSED:
            if question.step in texts and question.type not in MEDIA:
                plain.append(question)
            continue
        band = next((step.quasi["band"] for step in reversed(steps) if "band" in step.quasi), "")
        if band:
            bands[question.step] = float(band)
        if question.type == "geopoint":
            quasi["point"].append(question)
        elif band or question.step in targets or any(step.personal for step in steps):
            quasi["number" if question.type in ("integer", "decimal", "range", "date") else "choice"].append(question)
        else:
            plain.append(question)
    return Released((*quasi["choice"], *quasi["number"], *quasi["point"]), tuple(plain), bands)


def blanked(people: Iterable[tuple[Combination, int]], k: int) -> dict[Combination, Combination | None]:
    """Returns as what each combination is published, with blanks where needed; None for all if they are fewer than k."""
    counts = Counter[Combination]()
    for combination, count in people:
        counts[combination] += count
    width = max((len(combination) for combination in counts), default=0)
    found: dict[Combination, Combination | None] = {}
    rest = set(counts)
    for kept in range(width, -1, -1):
        groups: dict[Combination, list[Combination]] = {}
        for combination in sorted(rest):
            groups.setdefault(combination[:kept], []).append(combination)
        few = {known for known, members in groups.items() if _people(members, counts) < k}
        beside = _smallest(few, kept, found, counts)
        for known, alike in groups.items():
            members = [*alike, *beside.get(known, ())]
            if _people(members, counts) >= k:
                found |= dict.fromkeys(members, known + (BLANK,) * (width - kept))
                rest.difference_update(members)
    return found | dict.fromkeys(rest)


def _smallest(
    few: Collection[Combination], kept: int, found: Mapping[Combination, Combination | None], counts: Mapping[Combination, int]
) -> dict[Combination, list[Combination]]:
    """Returns, by the first `kept` answers of those who are too few, the smallest published group of people who share these."""
    groups: dict[Combination, dict[Combination, list[Combination]]] = {}
    for combination, shown in found.items():
        if shown is not None and shown[:kept] in few:
            groups.setdefault(shown[:kept], {}).setdefault(shown, []).append(combination)
    return {
        known: min(published.values(), key=lambda members: (_people(members, counts), members))
        for known, published in groups.items()
    }


def _people(members: Iterable[Combination], counts: Mapping[Combination, int]) -> int:
    return sum(counts[one] for one in members)


def rounded(answer: AnswerRow) -> tuple[float | None, float | None]:
    """Returns a point, rounded; nothing for a place without coordinates."""
    place = answer.value
    if not isinstance(place, dict):
        return None, None
    latitude, longitude = place.get("lat"), place.get("lon")
    if not isinstance(latitude, (int, float)) or not isinstance(longitude, (int, float)):
        return None, None
    return round(latitude, DEGREES), round(longitude, DEGREES)
