"""What people of each place said to a flow's questions, from one snapshot in one pass; and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.engine.build import build
from bot.reports.by_place import ByPlace, Placing, places_of, tellable
from bot.reports.categories import grouping
from bot.reports.layout import Layout, lay_out
from bot.reports.rows import Selection
from bot.reports.themes.coded import FREE
from storage import theme_streams

_CODED = text("SELECT DISTINCT step FROM coding WHERE flow = :flow AND themes IS NOT NULL")

Labels = Mapping[str, Mapping[str, str]]
"""What themes are called, by code and language."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The questions of a flow that can tell somebody's place, and those whose results can be told; by step."""

    layout: Layout
    places: tuple[str, ...]
    told: tuple[str, ...]
    labels: Labels


def choices(connection: Connection, flow: str) -> Choices:
    """Returns what may be chosen. Raises ExportRefused "export.no_flow"."""
    from storage import results  # the tables' classes, which no server's start needs
    from storage.export import ExportRefused

    versions = results.versions(connection, flow)
    if not versions:
        raise ExportRefused("export.no_flow", flow=flow)
    # by what the flow says alone: looking at what was answered takes long, and tells of nothing more that could be chosen
    layout = lay_out({version: build(content) for version, content in versions.items()}, ())
    coded = {step for (step,) in connection.execute(_CODED, {"flow": flow})}
    return Choices(
        layout,
        tuple(dict.fromkeys(one.step for one in places_of(layout))),
        tuple(dict.fromkeys(one.step for one in tellable(layout) if one.type not in FREE or one.step in coded)),
        theme_streams.labels(connection, flow),
    )


def found(connection: Connection, flow: str, place: str, told: Sequence[str]) -> ByPlace:
    """Returns what may be told of the answers of everybody who completed the flow, test contacts left out.

    `place` ("" for none) and `told` are steps; what is not to be told any more, or never was, is passed over.
    """
    from storage import results  # the tables' classes, which no server's start needs

    here = choices(connection, flow)
    layout = here.layout
    steps = [step for step in told if step in here.told]
    free = {one.step for one in tellable(layout) if one.type in FREE}
    placing = Placing(
        grouping(place, layout) if place in here.places else None,
        [grouping(step, layout) for step in steps if step not in free],
        [step for step in steps if step in free],
    )
    marks = {said.conversation: said.marks for said in theme_streams.stream(connection, flow)} if free.intersection(steps) else {}
    for result in results.stream(connection, flow, Selection()):
        placing.add(result, result.latest(), marks.get(result.conversation, ()))
    return placing.told()
