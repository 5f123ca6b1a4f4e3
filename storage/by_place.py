"""What people of each place are told of a flow's results: a part of its report's figures; and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot.engine.build import build
from bot.engine.language import Language
from bot.reports.by_place import ByPlace, tellable
from bot.reports.layout import Layout, lay_out
from bot.reports.rows import Filter, Selection
from bot.reports.themes.coded import FREE, place_question
from storage import releases, theme_streams

_CODED = text("SELECT DISTINCT step FROM coding WHERE flow = :flow AND themes IS NOT NULL")

Labels = Mapping[str, Mapping[str, str]]
"""What themes are called, by code and language."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The question of a flow that its report tells answers by ("": none), and those whose results can be told; by step."""

    layout: Layout
    place: str
    told: tuple[str, ...]
    labels: Labels


def choices(connection: Connection, flow: str) -> Choices:
    """Returns what may be chosen: of what is public, where results are. Raises ExportRefused "export.no_flow"."""
    from storage import results  # the tables' classes, which no server's start needs
    from storage.export import ExportRefused

    versions = results.versions(connection, flow)
    if not versions:
        raise ExportRefused("export.no_flow", flow=flow)
    # by what the flow says alone: looking at what was answered takes long, and tells of nothing more that could be chosen
    layout = lay_out({version: build(content) for version, content in versions.items()}, ())
    coded = {step for (step,) in connection.execute(_CODED, {"flow": flow})}
    release = releases.released(connection, flow)
    able = [one for one in tellable(layout) if release is None or one.column in release.shown]
    place = place_question(layout)
    return Choices(
        layout,
        "" if place is None or (release is not None and place.column not in release.shown) else place.step,
        tuple(dict.fromkeys(one.step for one in able if one.type not in FREE or one.step in coded)),
        theme_streams.labels(connection, flow),
    )


def found(connection: Connection, flow: str, place: str, told: Sequence[str], language: Language, now: datetime) -> ByPlace:
    """Returns what may be told of the answers of everybody who completed the flow, test contacts left out.

    Where results are public they are of the same people and questions: two counts of different people would tell of those
    between them. `place` is the step that people's place is told by ("": everybody is told of all), `told` are steps; what is
    not to be told any more, or never was, is passed over. `language` is any; `now` is aware.
    """
    # what counts is not loaded when a server starts
    from bot.reports.chosen import choose
    from bot.reports.report_words import Words
    from bot.reports.said_most import said_most
    from storage.findings import Question, find

    release = releases.released(connection, flow)
    selection = Selection() if release is None else Selection(only=Filter(until=release.until))
    # weights are never told by place, and take a second pass
    findings = find(connection, Question(flow, selection, now, stored=False, places=True))
    asked = place_question(findings.summary.layout)
    if release is not None:
        findings = choose(findings, release.shown)
    return said_most(findings, told, Words(language), places=asked is not None and asked.step == place)
