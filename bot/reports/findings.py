"""All that one look at a flow's answers found: what is printed as text, as JSON, and drawn by whoever draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from bot.engine.flow import Texts
from bot.reports.course import Course, Disposition
from bot.reports.cross import Cross, CrossRow
from bot.reports.intervals import ChiSquare, Share
from bot.reports.rows import Filter
from bot.reports.summary import Bar, QuestionSummary, Summary
from bot.reports.themes.coded import Coded, Part
from bot.reports.weights import Unweighted, Weighting


@dataclass(frozen=True, slots=True)
class Findings:
    """`filter` is what narrowed the look; `weighting` and `cross` are there where they were asked for.

    `coded` holds, by column, what people made of the free answers to a question, where somebody coded any; `placed` closed
    questions by the place that the flow asks for, where that was asked for.

    `now` is when it was looked, aware, in the municipality's zone. `unweighted` says why the weights that are kept for the flow
    were not used, where there are some.
    """

    summary: Summary
    course: Course
    disposition: Disposition
    filter: Filter
    now: datetime
    weighting: Weighting | None = None
    cross: Cross | None = None
    coded: Mapping[str, Coded] = field(default_factory=dict)
    unweighted: Unweighted | None = None
    placed: Mapping[str, Cross] = field(default_factory=dict)

    @property
    def zone(self) -> tzinfo:
        """Returns the municipality's zone."""
        assert self.now.tzinfo is not None, "the clock tells the municipality's time"
        return self.now.tzinfo


def document(findings: Findings) -> dict[str, object]:
    """Returns everything as JSON data: shares between 0 and 1, times as ISO 8601, labels by language."""
    summary, flow = findings.summary, findings.summary.layout.newest
    cross, weighting = findings.cross, findings.weighting
    return {
        "flow": flow.flow,
        "title": dict(flow.title),
        "versions": list(summary.layout.flows),
        "looked_at": findings.now.isoformat(timespec="seconds"),
        "sample": "self-selected",
        "filter": _filter(findings.filter, findings.zone),
        "conversations": [group._asdict() for group in summary.groups],
        "counted": summary.left_out.taken,
        "left_out": {"test": summary.left_out.test} | {str(key): count for key, count in summary.left_out.by_status.items()},
        "disposition": _disposition(findings.disposition),
        "course": _course(findings.course),
        "weighting": None if weighting is None else _weighting(weighting),
        "unweighted": None if findings.unweighted is None else findings.unweighted.key,
        "questions": [_question(one) for one in summary.questions],
        "coded": {column: _coded(one) for column, one in findings.coded.items()},
        "cross": None if cross is None else _cross(cross),
    }


def _filter(only: Filter, zone: tzinfo) -> dict[str, object]:
    def when(at: int | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at / 1_000, zone).isoformat(timespec="seconds")

    conditions = [
        {"question": one.step, "values": list(one.values), "span": one.span, "empty": list(one.empties)}
        for one in only.conditions
    ]
    return {
        "where": conditions,
        "since": when(only.since),
        "until": when(only.until),
        "channels": list(only.channels),
        "languages": list(only.languages),
    }


def _disposition(one: Disposition) -> dict[str, object]:
    return {
        "invited": one.invited,
        "reached": one.reached,
        "unreachable": one.unreachable,
        "waiting": one.waiting,
        "invited_started": one.invited_started,
        "started": one.started,
        **one.statuses,
    }


def _course(course: Course) -> dict[str, object]:
    return {
        "days": [{"day": day.day.isoformat(), "started": day.started, "completed": day.completed} for day in course.days],
        "passages": [
            {"step": one.step, "label": _texts(one.label), "reached": one.reached, "left": one.left, "seconds": one.seconds}
            for one in course.passages
        ],
        "channels": {one.name: {"started": one.started, "completed": _share(one.completed)} for one in course.channels},
        "languages": {one.name: {"started": one.started, "completed": _share(one.completed)} for one in course.languages},
        "minutes": course.minutes,
    }


def _weighting(weighting: Weighting) -> dict[str, object]:
    margins = weighting.margins
    return {
        "source": margins.source,
        "date": margins.date.isoformat(),
        "sha256": margins.sha256,
        "people": weighting.people,
        "outside": weighting.outside,
        "design_effect": weighting.effect,
        "effective": weighting.people / weighting.effect,
        "cap": weighting.cap,
        "capped": weighting.capped,
        "rounds": weighting.rounds,
        "weights": [{"cell": list(cell), "weight": weight} for cell, weight in weighting.weights.items()],
        "compared": [
            {
                "question": one.question,
                "code": one.code,
                "people": one.people,
                "sample": one.sample,
                "census": one.census,
                "weighted": one.weighted,
            }
            for one in weighting.compared
        ],
    }


def _question(one: QuestionSummary) -> dict[str, object]:
    spread = one.spread
    return {
        "step": one.question.step,
        "column": one.question.column,
        "type": one.question.type,
        "label": _texts(one.label),
        "withheld": one.question.withheld,
        "answered": one.answered,
        "skipped": one.skipped,
        "refused": one.refused,
        "not_asked": one.not_asked,
        "bars": [_bar(bar) for bar in one.bars],
        "spread": None
        if spread is None
        else {
            "smallest": spread.smallest,
            "lower": spread.lower,
            "median": spread.median,
            "upper": spread.upper,
            "largest": spread.largest,
            "rounded": spread.rounded,
        },
        "mean": one.mean,
        "weighted_mean": one.weighted_mean,
        "bins": [{"low": each.low, "high": each.high, "count": each.count} for each in one.bins],
        "ranking": [
            {
                "code": each.code,
                "label": _texts(each.label),
                "points": each.points,
                "mean": each.mean,
                "placed": each.placed,
                "first": each.first,
            }
            for each in one.ranking
        ],
        "span": one.span,
        "spots": [{"place": each.place, "lat": each.lat, "lon": each.lon, "count": each.count} for each in one.spots],
        "attached": dict(one.attached),
    }


def _coded(one: Coded) -> dict[str, object]:
    return {
        "answered": one.answered,
        "coded": one.coded,
        "themes": [
            {"code": each.code, "label": dict(each.label), **_part(each.part), "kappa": each.kappa} for each in one.themes
        ],
        "no_theme": _part(one.none),
        "not_coded": _part(one.uncoded),
        "differ": _part(one.open),
        "by_one": one.single,
        "by_several_alike": one.agreed,
        "settled": one.settled,
        "coders": one.coders,
        "coded_twice": one.doubly,
        "agreement": one.agreement,
        "cohens_kappa": one.kappa,
        "quotes": [
            {"text": each.text, "language": each.language, "place": _texts(each.place), "themes": list(each.themes)}
            for each in one.quotes
        ],
    }


def _part(part: Part) -> dict[str, object]:
    return {"count": part.count, "share": _share(part.share), "weighted": _share(part.weighted)}


def _bar(bar: Bar) -> dict[str, object]:
    return {
        "code": bar.code,
        "label": _texts(bar.label),
        "count": bar.count,
        "share": _share(bar.share),
        "weighted": _share(bar.weighted),
    }


def _cross(cross: Cross) -> dict[str, object]:
    difference = cross.difference
    return {
        "by": cross.by.name,
        "question": cross.question.name,
        "columns": [{"code": code, "label": _texts(label)} for code, label in cross.columns],
        "rows": [_row(row) for row in cross.rows],
        "total": _row(cross.total),
        "missing": cross.missing,
        "test": None if cross.test is None else _test(cross.test),
        "compared": cross.compared,
        "difference": None
        if difference is None
        else {
            "column": cross.columns[difference.column][0],
            "higher": cross.rows[difference.higher].code,
            "lower": cross.rows[difference.lower].code,
        },
    }


def _row(row: CrossRow) -> dict[str, object]:
    return {
        "code": row.code,
        "label": _texts(row.label),
        "base": row.base,
        "cells": [_share(cell) for cell in row.cells],
        "weighted": [_share(cell) for cell in row.weighted],
    }


def _test(test: ChiSquare) -> dict[str, object]:
    return {
        "chi_square": test.statistic,
        "freedom": test.freedom,
        "p": test.p,
        "smallest_expected": test.smallest,
        "cramers_v": test.strength,
    }


def _share(share: Share | None) -> dict[str, float] | None:
    if share is None:
        return None
    return {"count": share.count, "base": share.base, "share": share.share, "low": share.low, "high": share.high}


def _texts(texts: Texts) -> Mapping[str, str]:
    return {code: template.source for code, template in texts.items()}
