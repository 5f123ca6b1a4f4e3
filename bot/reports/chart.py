"""The charts of a report: a record of what is to be seen, and the picture of it as SVG.

Never a pie: people compare lengths well and angles badly.
"""

from __future__ import annotations

from typing import assert_never

from bot.reports import chart_bars, chart_columns, chart_heat, chart_likert, chart_line, chart_map
from bot.reports.chart_bars import Bars
from bot.reports.chart_columns import Histogram
from bot.reports.chart_heat import Heat
from bot.reports.chart_likert import Likert
from bot.reports.chart_line import Line
from bot.reports.chart_map import Map

NARROW, WIDE = 320, 660
"""Widths at which a chart is drawn for a telephone, and for a page of a browser or of paper: there a unit is a pixel."""

Chart = Bars | Histogram | Likert | Line | Heat | Map


def svg(chart: Chart, key: str, width: int, *, title: str, alt: str) -> str:
    """Returns the chart as SVG that needs nothing else: `width` units wide, as high as it must be, named and told in words.

    `key` makes its parts' ids, which nothing else on the page may have.
    """
    match chart:
        case Bars():
            return chart_bars.draw(chart, key, width, title, alt)
        case Histogram():
            return chart_columns.draw(chart, key, width, title, alt)
        case Likert():
            return chart_likert.draw(chart, key, width, title, alt)
        case Line():
            return chart_line.draw(chart, key, width, title, alt)
        case Heat():
            return chart_heat.draw(chart, key, width, title, alt)
        case Map():
            return chart_map.draw(chart, key, width, title, alt)
        case _:
            assert_never(chart)
