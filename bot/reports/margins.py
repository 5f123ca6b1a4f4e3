"""The margins that answers are weighted to: how many people of each kind live there, from a file with its source and date.

YAML:

    source: INEC, Censo de Población y Vivienda
    date: 2022-11-30
    margins:
      canton: {puyo: 36659, mera: 16632}
      edad: {15-29: 21000, 30-64: 30000, 65+: 5000}

or CSV with the columns question, category, count, source, date (source and date at least in the first row). A number's categories
are spans of whole numbers, ends included, or `65+`. Every mistake is told with its line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import yaml

from bot.reports.categories import Grouping, grouping
from bot.reports.filters import FilterError, choice_named
from bot.reports.layout import Layout
from bot.reports.rows import ResultRow
from bot.reports.wide import Latest

_SPAN = re.compile(r"(\d+)\s*(?:[-–]\s*(\d+)|(\+))")
_COLUMNS = ("question", "category", "count", "source", "date")


class MarginsError(FilterError):
    """A file of margins that cannot be used. `places` hold `line`, counted from 1."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole numbers from `low` to `high`, both included; None is no end. `code` is how the file spells it."""

    code: str
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Margin:
    """How many people are of each category of a question; `spans` where these are spans of numbers."""

    grouping: Grouping
    counts: Mapping[str, float]
    spans: tuple[Span, ...]

    def of(self, result: ResultRow, latest: Latest) -> str | None:
        """Returns the category of a conversation, None without an answer or with one that the margins do not have."""
        if self.spans:
            answer = latest.get((self.grouping.questions[0].step, ()))
            value = answer.value if answer is not None and answer.empty is None else None
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                return None
            return next((s.code for s in self.spans if s.low <= value and (s.high is None or value < s.high + 1)), None)
        (code,) = self.grouping.of(result, latest)[:1] or ("",)
        return code if code in self.counts else None


@dataclass(frozen=True, slots=True)
class Margins:
    """A file of margins: where its figures come from, of when they are, and the figures. `sha256` (hex) is the file's."""

    source: str
    date: date
    sha256: str
    margins: tuple[Margin, ...]


@dataclass(frozen=True, slots=True)
class _Figure:
    line: int
    question: str
    category: str
    count: str


def read_margins(text: str, *, yaml_file: bool, sha256: str, layout: Layout) -> Margins:
    """Returns what a file holds. Raises MarginsError with the line."""
    source, dated, figures = _from_yaml(text) if yaml_file else _from_csv(text)
    if not source[1]:
        raise MarginsError("margins.no_source", line=source[0])
    try:
        day = date.fromisoformat(dated[1])
    except ValueError:
        raise MarginsError("margins.no_date", line=dated[0], value=dated[1]) from None
    grouped: dict[str, list[_Figure]] = {}
    for figure in figures:
        grouped.setdefault(figure.question, []).append(figure)
    if not grouped:
        raise MarginsError("margins.empty", line=1)
    return Margins(source[1], day, sha256, tuple(_margin(name, of, layout) for name, of in grouped.items()))


def _margin(name: str, figures: list[_Figure], layout: Layout) -> Margin:
    line = figures[0].line
    try:
        by = grouping(name, layout)
    except FilterError as error:
        raise MarginsError("margins.question", line=line, name=name) from error
    kinds = {one.type for one in by.questions}
    if not kinds <= {"select_one", "integer", "decimal", "range"}:
        raise MarginsError("margins.type", line=line, name=name)
    numeric = bool(kinds) and "select_one" not in kinds
    counts: dict[str, float] = {}
    spans: list[Span] = []
    for figure in figures:
        code = figure.category
        if numeric:
            spans.append(_span(figure))
        elif by.questions:
            code = _code(figure, by)
        if code in counts:
            raise MarginsError("margins.twice", line=figure.line, category=figure.category)
        counts[code] = _count(figure)
    for first, second in zip(ordered := sorted(spans, key=lambda one: one.low), ordered[1:], strict=False):
        if first.high is None or first.high >= second.low:
            at = next(one.line for one in figures if one.category == second.code)
            raise MarginsError("margins.overlap", line=at, first=first.code, second=second.code)
    if len(counts) < 2:
        raise MarginsError("margins.one", line=line, name=name)
    return Margin(by, counts, tuple(spans))


def _span(figure: _Figure) -> Span:
    match = _SPAN.fullmatch(figure.category)
    if match is None or (match[2] is not None and int(match[2]) < int(match[1])):
        raise MarginsError("margins.span", line=figure.line, category=figure.category)
    return Span(figure.category, int(match[1]), None if match[3] else int(match[2]))


def _code(figure: _Figure, by: Grouping) -> str:
    try:
        return choice_named(figure.category, by.questions)
    except FilterError as error:
        raise MarginsError("margins.category", line=figure.line, **error.places) from error


def _count(figure: _Figure) -> float:
    try:
        count = float(figure.count.replace("_", ""))
    except ValueError:
        count = -1.0
    if not 0 < count < float("inf"):
        raise MarginsError("margins.count", line=figure.line, value=figure.count)
    return count


def _from_yaml(text: str) -> tuple[tuple[int, str], tuple[int, str], list[_Figure]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise MarginsError("margins.yaml", line=line) from error
    if not isinstance(root, yaml.MappingNode):
        raise MarginsError("margins.yaml", line=1)
    parts = {key.value: value for key, value in root.value}
    told = {name: _scalar(parts.get(name)) for name in ("source", "date")}
    margins = parts.get("margins")
    if not isinstance(margins, yaml.MappingNode):
        raise MarginsError("margins.empty", line=1 if margins is None else margins.start_mark.line + 1)
    return told["source"], told["date"], list(_figures(margins))


def _figures(margins: yaml.MappingNode) -> Iterator[_Figure]:
    for key, categories in margins.value:
        if not isinstance(categories, yaml.MappingNode):
            raise MarginsError("margins.one", line=key.start_mark.line + 1, name=key.value)
        for category, count in categories.value:
            yield _Figure(category.start_mark.line + 1, str(key.value), str(category.value), str(count.value))


def _scalar(node: yaml.Node | None) -> tuple[int, str]:
    if not isinstance(node, yaml.ScalarNode):
        return 1, ""
    return node.start_mark.line + 1, str(node.value).strip()


def _from_csv(text: str) -> tuple[tuple[int, str], tuple[int, str], list[_Figure]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise MarginsError("margins.columns", line=1, missing=", ".join(missing))
    source, dated = (2, ""), (2, "")
    figures: list[_Figure] = []
    for row in reader:
        line = reader.line_num
        question, category, count, by, at = ((row[column] or "").strip() for column in _COLUMNS)
        source = (line, by) if by and not source[1] else source
        dated = (line, at) if at and not dated[1] else dated
        figures.append(_Figure(line, question, category, count))
    return source, dated, figures
