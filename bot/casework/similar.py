"""Requests that may ask the same as another one, for an officer to judge."""

from __future__ import annotations

from typing import NamedTuple

from bot.engine.answers.stemming import stems
from bot.requests.similar import closest
from storage import request_words
from storage.request_words import Candidate
from storage.requests import Case
from storage.statements import Transaction


class Similar(NamedTuple):
    """A request that may ask the same. `likeness` is 0 to 100; `same_person`: the same contact filed it."""

    case: Candidate
    likeness: float
    same_person: bool


def similar(tx: Transaction, case: Case, *, most: int = 5) -> list[Similar]:
    """Returns requests of the same kind, not finished, that may ask the same: the most alike first."""
    words = stems(case.text)
    found = request_words.sharing(tx, words, kind=case.kind, but=case.id)
    alike = closest(words, [(one, stems(one.text)) for one in found], most=most)
    return [Similar(one, likeness, one.contact_id is not None and one.contact_id == case.contact_id) for one, likeness in alike]
