"""Findings of some questions only: those that are released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.reports.findings import Findings
from bot.reports.themes.coded import place_question


def choose(findings: Findings, shown: Sequence[str]) -> Findings:
    """Returns findings in which there are only those columns, and nothing that is told by another one."""
    questions = tuple(one for one in findings.summary.questions if one.question.column in shown)
    whole = findings.summary.layout
    layout = replace(whole, questions=tuple(one for one in whole.questions if one.column in shown))
    weighting = findings.weighting
    if weighting is not None:
        margins = weighting.margins
        met = tuple(one for one in margins.margins if all(asked.column in shown for asked in one.grouping.questions))
        names = {margin.grouping.name for margin in met}
        weighting = replace(
            weighting,
            margins=replace(margins, margins=met),
            compared=tuple(one for one in weighting.compared if one.question in names),
        )
    place = place_question(whole)
    coded = {column: one for column, one in findings.coded.items() if column in shown}
    placed = {column: one for column, one in findings.placed.items() if column in shown}
    if place is not None and place.column not in shown:
        placed = {}
        coded = {
            column: replace(one, places=(), quotes=tuple(replace(quote, place={}) for quote in one.quotes))
            for column, one in coded.items()
        }
    steps = {"", *(one.question.step for one in questions)}
    course = replace(findings.course, passages=tuple(one for one in findings.course.passages if one.step in steps))
    summary = replace(findings.summary, questions=questions, layout=layout)
    return replace(findings, summary=summary, course=course, weighting=weighting, cross=None, coded=coded, placed=placed)
