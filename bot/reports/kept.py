"""A report as JSON and back, so that what was counted once is shown the same by every process, today and after a restart.

Nobody's own words are kept: of a quote only its hash, and whoever reads the report brings the words that may still be shown. So
an erased person's are gone everywhere as soon as they are gone from where quotes are.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, get_args

import orjson

from bot.reports import piece
from bot.reports.chart import Chart
from bot.reports.piece import Quote, Quotes, Report


class KeptError(Exception):
    """What was kept is not what this version of the program keeps: it has to be counted again."""


_ANSWERED = "#answered"
"""Beside the languages: no language is called so."""


def to_json(reports: Mapping[str, Report], answered: Mapping[str, int]) -> str:
    """Returns reports by their language as JSON, and how many answered each question that they tell figures of, by column."""
    return orjson.dumps({code: _plain(one) for code, one in reports.items()} | {_ANSWERED: dict(answered)}).decode()


def answered(content: str) -> Mapping[str, int]:
    """Returns how many answered each question; of none where another version of the program kept it."""
    found = orjson.loads(content).get(_ANSWERED)
    return found if isinstance(found, dict) else {}


def from_json(content: str, language: str, quotes: Iterable[str]) -> Report:
    """Returns the report in that language with those of its quotes that are among `quotes`. Raises KeptError."""
    told = {_hash(text): text for text in quotes}
    try:
        report = _built(orjson.loads(content)[language], told)
    except (KeyError, TypeError, ValueError) as error:
        raise KeptError from error
    if not isinstance(report, Report):
        raise KeptError
    return report


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Quote):
        return {"": "Quote", "text": _hash(value.text), "about": value.about, "language": value.language}
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__} | {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


def _built(value: Any, quotes: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return tuple(_built(one, quotes) for one in value)
    if not isinstance(value, dict):
        return value
    kind = _kinds()[value[""]]
    made = {name: _built(one, quotes) for name, one in value.items() if name}
    if kind is Quotes:
        # a quote that may not be shown any more leaves no gap
        made["items"] = tuple(
            replace(one, text=quotes[one.text]) for one in made["items"] if isinstance(one, Quote) and one.text in quotes
        )
    return kind(**made)


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, Any]:
    """Returns the records that a report is made of, by name: all of the pieces and of the charts."""
    modules = [piece, *(sys.modules[kind.__module__] for kind in get_args(Chart))]
    found = (one for module in modules for one in vars(module).values() if isinstance(one, type) and is_dataclass(one))
    return {one.__name__: one for one in found}
