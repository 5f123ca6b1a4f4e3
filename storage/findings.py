"""One look at a flow's answers, from one snapshot: filters judged, weights raked, all counted in one pass (two with weights)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, text

from bot.reports.categories import grouping
from bot.reports.course import Coursing, Disposition
from bot.reports.cross import Crossing
from bot.reports.filters import FilterError
from bot.reports.findings import Findings
from bot.reports.layout import Layout
from bot.reports.margins import Margins
from bot.reports.placed import Placing
from bot.reports.rows import Group, ResultRow, Selection
from bot.reports.summary import summarise
from bot.reports.weights import CAP, LEAST, Cells, Unweighted, Weighting, weigh
from bot.reports.wide import Latest
from storage import results, weights
from storage.coded import beside
from storage.export import judged, read_layout

Beside = Callable[[ResultRow, Latest, float | None], None]
"""Is shown each conversation that counts, with its weight."""

_INVITED = text("""
    SELECT count(*), coalesce(sum(reached), 0), coalesce(sum(CASE WHEN reached = 0 THEN failed ELSE 0 END), 0),
        coalesce(sum(began), 0)
    FROM (
        SELECT max(CASE WHEN o.status = 'sent' AND coalesce(o.stage, '') <> 'failed' THEN 1 ELSE 0 END) AS reached,
            max(CASE WHEN o.status IN ('failed', 'dead') OR o.stage = 'failed' THEN 1 ELSE 0 END) AS failed,
            max(CASE WHEN EXISTS (
                SELECT 1 FROM conversation v WHERE v.contact_id = m.contact_id AND v.flow = g.flow AND NOT v.test
            ) THEN 1 ELSE 0 END) AS began
        FROM campaign_message m JOIN campaign g ON g.id = m.campaign_id LEFT JOIN outbox o ON o.id = m.outbox_id
        WHERE g.flow = :flow AND g.audience IN ('all', 'file') GROUP BY coalesce(m.contact_id, -m.id)
    ) person
""")


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be found out of a flow.

    `selection` says which conversations count; its filter has no conditions yet, they are in `where`, as typed. `margins` reads
    the file of margins against the layout; without it the margins that are kept for the flow are used, unless not `stored`. `by`
    and `of` are the two questions of a cross-tab, empty for none. `places`: also each closed question by the place that the flow
    asks for. `now` is aware, in the municipality's zone.
    """

    flow: str
    selection: Selection
    now: datetime
    where: Sequence[str] = ()
    margins: Callable[[Layout], Margins] | None = None
    cap: float = CAP
    least: int = LEAST
    by: str = ""
    of: str = ""
    stored: bool = True
    places: bool = False


def find(connection: Connection, question: Question) -> Findings:
    """Returns what there is to find. Raises ExportRefused "export.no_flow", FilterError for what does not fit the flow."""
    flow = question.flow
    selection = judged(connection, flow, question.selection, question.where)
    everyone = replace(selection, partial=True)
    layout = read_layout(connection, flow, everyone)
    groups = results.groups(connection, flow, selection.only)
    crossing = None
    if question.by:
        by, of = grouping(question.by, layout), grouping(question.of, layout)
        if by.name == of.name:
            raise FilterError("filter.same_question", name=by.name)
        crossing = Crossing(by, of)
    weighting: Weighting | None = None
    unweighted: Unweighted | None = None
    if question.margins is None and question.stored:
        match weights.raked(connection, flow, layout, selection):
            case Weighting() as raked:
                weighting = raked
            case Unweighted() as why:
                unweighted = why
            case None:
                pass
    if question.margins is not None:
        margins = question.margins(layout)
        cells = Cells(margins)
        for result in results.stream(connection, flow, selection):
            cells.add(result, result.latest())
        weighting = weigh(cells, margins, cap=question.cap, least=question.least)
    zone = question.now.tzinfo
    assert zone is not None, "the clock tells the municipality's time"
    coursing = Coursing(layout, zone)
    coding = beside(connection, flow, layout)
    placing = Placing(layout) if question.places else None
    summary = summarise(
        results.stream(connection, flow, everyone),
        layout,
        groups,
        selection,
        weight=None if weighting is None else weighting.of,
        watch=coursing.add,
        crossing=crossing,
        beside=_both([one.add for one in (coding, placing) if one is not None]),
    )
    return Findings(
        summary,
        coursing.course(),
        disposition(connection, flow, groups, anonymous=layout.newest.anonymous),
        selection.only,
        question.now,
        weighting,
        None if crossing is None else crossing.cross(),
        {} if coding is None else coding.coded(),
        unweighted,
        {} if placing is None else placing.crosses(),
    )


def _both(watching: Sequence[Beside]) -> Beside | None:
    """Returns one who shows everything to all of these."""
    if len(watching) < 2:
        return watching[0] if watching else None

    def add(result: ResultRow, latest: Latest, mass: float | None) -> None:
        for one in watching:
            one(result, latest, mass)

    return add


def receipt_root(connection: Connection, question: Question) -> str:
    """Returns the SHA-256 (hex) of the receipts of what the question counts, sorted, each with a newline behind it.

    Conversations without a receipt, which were not completed, are not in it. Raises what `find` raises of flow and filter.
    """
    selection = judged(connection, question.flow, question.selection, question.where)
    receipts = sorted(results.receipts(connection, question.flow, selection))
    return hashlib.sha256("".join(f"{receipt}\n" for receipt in receipts).encode()).hexdigest()


def disposition(connection: Connection, flow: str, groups: Sequence[Group], *, anonymous: bool) -> Disposition:
    """Returns what became of the invited and of those who began. Invitations are the flow's, whatever a filter says."""
    invited, reached, failed, began = map(int, connection.execute(_INVITED, {"flow": flow}).one())
    statuses: dict[str, int] = {}
    for group in groups:
        if not group.test:
            statuses[group.status] = statuses.get(group.status, 0) + group.total
    waiting = invited - reached - failed
    return Disposition(invited, reached, failed, waiting, None if anonymous else began, sum(statuses.values()), statuses)
