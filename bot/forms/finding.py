"""What an import or export has to say of a form, as data: at which row and column, what, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.engine.language import Language

Weight = Literal["refused", "left_out", "changed"]
"""refused: it cannot be asked in a chat, or is wrong; left_out: dropped, nothing is lost by it; changed: done another way."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say. `code` is the suffix of the text's key `forms.finding`, whose places `places` fills.

    `problem` is set where the flow's own check found it: then the text is `check.<problem>`. `column` is a header as written.
    """

    weight: Weight
    sheet: str
    row: int
    column: str
    code: str
    places: Mapping[str, str] = field(default_factory=dict, hash=False)
    problem: str = ""

    def tell(self, language: Language) -> str:
        """Returns the whole line: place, what, and what to do."""
        text = language.say(f"check.{self.problem}" if self.problem else f"forms.finding.{self.code}", **self.places)
        key = "forms.place" if self.row and self.column else "forms.place_row" if self.row else "forms.place_sheet"
        return language.say(key, sheet=self.sheet, row=self.row, column=self.column, text=text) if self.sheet else text


class Findings:
    """Gathers what there is to say of one form, each thing once, in the order of the sheets."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Finding] = {}

    def add(self, weight: Weight, sheet: str, row: int, column: str, code: str, /, **places: object) -> None:
        """Adds a finding of ours."""
        self.put(Finding(weight, sheet, row, column, code, {key: str(value) for key, value in places.items()}))

    def put(self, finding: Finding) -> None:
        """Adds a finding, unless the same was said before."""
        key = (finding.sheet, finding.row, finding.column, finding.code, finding.problem, *sorted(finding.places.items()))
        self._found.setdefault(key, finding)

    def all(self) -> tuple[Finding, ...]:
        """Returns the findings, refusals first, then by sheet and row."""
        weights = {"refused": 0, "left_out": 1, "changed": 2}
        sheets = {"": 0, "settings": 1, "survey": 2, "choices": 3}
        return tuple(sorted(self._found.values(), key=lambda f: (weights[f.weight], sheets.get(f.sheet, 4), f.row)))
