"""Where answers lie: a map of cantons that were chosen, or of places that were sent."""

from __future__ import annotations

from collections.abc import Sequence

from bot.reports.chart_map import Circle, Map
from bot.reports.ecuador import located
from bot.reports.layout import OTHER
from bot.reports.piece import Figure, Table
from bot.reports.report_words import Words
from bot.reports.summary import Bar, QuestionSummary, Spot

_MOST = 0.75
"""At least this part of a question's options must be places of the country, or it is none about places."""


def options(key: str, title: str, one: QuestionSummary, shown: Sequence[int | None], table: Table, words: Words) -> Figure | None:
    """Returns a map of the options that are shown; None where the question is not about places.

    `shown` are the counts of its bars, None where one is hidden.
    """
    if one.question.type != "select_one":
        return None
    named = [bar for bar in one.bars if bar.code != OTHER]
    found = {bar.code: at for bar in named if (at := _place(bar, words)) is not None}
    if len(found) < 2 or len(found) < _MOST * len(named):
        return None
    circles = [
        Circle(words.choice(bar.code, bar.label), *found[bar.code], bar.share.share, words.percent(bar.share.share))
        for bar, count in zip(one.bars, shown, strict=True)
        if count and bar.share is not None and bar.code in found
    ]
    return _figure(f"{key}m", title, circles, table, words) if circles else None


def spots(key: str, title: str, seen: Sequence[tuple[Spot, int]], answered: int, table: Table, words: Words) -> Figure | None:
    """Returns a map of places that were sent; None where none of them can be found on it."""
    circles: list[Circle] = []
    for spot, count in seen:
        at = (spot.lat, spot.lon) if spot.lat is not None and spot.lon is not None else located(spot.place)
        if at is not None:
            circles.append(Circle(spot.place, *at, count / answered, words.percent(count / answered)))
    return _figure(f"{key}m", title, circles, table, words) if circles else None


def _place(bar: Bar, words: Words) -> tuple[float, float] | None:
    return located(words.choice(bar.code, bar.label)) or located(bar.code.replace("_", " "))


def _figure(key: str, title: str, circles: Sequence[Circle], table: Table, words: Words) -> Figure:
    north = max(circles, key=lambda one: one.lat)
    south = min(circles, key=lambda one: one.lat)
    most = max(circles, key=lambda one: one.part)
    told = {"most": most.label or words.say("chart.a_place"), "told": most.told}
    if north.label and south.label and north is not south:
        alt = words.say("chart.map", **told, north=north.label, south=south.label)
    else:
        alt = words.say("chart.map_one", **told)
    return Figure(key, Map(tuple(circles)), title, alt, table)
