"""Which part of a question's answers is looked at, as addresses and forms tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.reports.themes.codebook import Codebook
from bot.web.desk import results
from bot.web.desk.themes import Opened
from bot.web.desk.visit import number_of
from storage.theme_lists import FIRST, WHICH, Place, Which
from storage.themes import AnswerKey


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the list is shown: after a place, or before one; one answer or twenty."""

    which: Which = "new"
    theme: str = ""
    one: bool = False
    after: Place = FIRST
    before: Place | None = None

    def query(self, **changes: object) -> str:
        """Returns the address' query of this view, with changes; places are taken out by None."""
        told: dict[str, object] = {
            "which": self.which,
            "theme": self.theme,
            "one": "1" if self.one else "",
            "after": place_told(self.after) if self.after != FIRST else "",
            "before": place_told(self.before) if self.before is not None else "",
        }
        return urlencode({name: value for name, value in {**told, **changes}.items() if value})


def view_of(query: Mapping[str, str], book: Codebook | None) -> View:
    """Returns the view that an address asks for; what it cannot be is left out."""
    which: Which = next((one for one in WHICH if one == query.get("which")), "new")
    theme = query.get("theme", "")
    return View(
        which,
        theme if which == "mine" and book is not None and theme in book.codes else "",
        query.get("one") == "1",
        _place(query.get("after", "")) or FIRST,
        _place(query.get("before", "")),
    )


def answer_of(key: str) -> AnswerKey | None:
    """Returns the answer that forms and addresses name so; None for what names none."""
    found = _numbers(key, 2)
    return None if found is None else AnswerKey(*found)


def _place(text: str) -> Place | None:
    found = _numbers(text, 3)
    return None if found is None else (found[0], found[1], found[2])


def _numbers(text: str, count: int) -> list[int] | None:
    """Returns so many numbers parted by "-", each such as the database holds; None for anything else."""
    found = [number for part in text.split("-") if (number := number_of(part)) is not None]
    return found if len(found) == count == text.count("-") + 1 else None


def place_told(place: Place) -> str:
    """Returns how addresses name a place."""
    return "-".join(map(str, place))


def address_of(of: Opened, step: str) -> str:
    """Returns the address of a question's list."""
    return f"{results.PATH}/{of.flow}/themes/{step}"
