"""What the public sees of a flow's results: which conversations are counted, when they are counted anew, what is told of them.

Two moments of a page can be compared. Were it counted after every answer, the difference would be what one person said. So while
a flow is open the page leaves out the LAG newest completed conversations, and is counted anew only when its number would change
by LAG or more, and with it that of every question that changes: between any two of its states lie that many people's answers. So
many lie between them and the last state, which counts everybody; of a question that only few are asked they may be fewer there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.engine.language import Language
from bot.reports import kept
from bot.reports.chosen import choose
from bot.reports.findings import Findings
from bot.reports.piece import Report, Sentence
from bot.reports.report import told
from bot.reports.rows import Filter, Selection, left_out
from bot.web.desk.visit import SPOKEN
from bot.web.results_seen import LAG
from storage import releases, results
from storage.findings import Question, find, receipt_root
from storage.reading import Snapshot
from storage.releases import Count, Release


class TooFewError(Exception):
    """Fewer than LAG conversations could be counted: `counted` are there."""

    def __init__(self, counted: int) -> None:
        super().__init__(counted)
        self.counted = counted


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told of a flow, and to whom. `shown`: the columns of the questions; None: all.

    `over`: nobody answers any more. `now` is aware, in the municipality's zone.
    """

    flow: str
    shown: tuple[str, ...] | None
    over: bool
    now: datetime
    languages: Mapping[str, Language]
    municipality: str


def first(connection: Connection, wanted: Told, before: Release | None) -> Count:
    """Counts for a release that staff prepare; `before` is the flow's last one. Raises TooFewError."""
    until = None if wanted.over else _horizon(connection, wanted.flow)
    counted = _counted(connection, wanted.flow, until)
    if before is not None and not wanted.over and abs(counted - before.counted) < LAG:
        # the same people as the page that was public, so that nothing can be subtracted
        until = before.until
        counted = _counted(connection, wanted.flow, until)
    if counted < LAG:
        raise TooFewError(counted)
    return _count(connection, wanted, until)


def anew(connection: Connection, wanted: Told, before: Release) -> Count | None:
    """Counts again what is public; None where it stays as it is."""
    until = None if wanted.over else _horizon(connection, wanted.flow)
    changed = abs(_counted(connection, wanted.flow, until) - before.counted)
    if changed < LAG and (changed or not wanted.over):
        return None
    found = _count(connection, wanted, until)
    if wanted.over:
        return found
    # of five new people one alone may have been asked some question: then the page waits for more of them
    was, now = (kept.answered(content) for content in (releases.content(Snapshot(connection), before.id) or "{}", found.content))
    return None if any(0 < abs(now.get(one, 0) - was.get(one, 0)) < LAG for one in {*was, *now}) else found


def same(connection: Connection, wanted: Told, before: Release) -> Count:
    """Counts those again that were counted before."""
    return _count(connection, wanted, before.until)


def questions(connection: Connection, wanted: Told) -> Findings:
    """Returns what there is to tell of a flow, for whoever chooses what to show."""
    return find(connection, Question(wanted.flow, Selection(), wanted.now))


def _counted(connection: Connection, flow: str, until: int | None) -> int:
    return left_out(results.groups(connection, flow, Filter(until=until)), Selection()).taken


def _horizon(connection: Connection, flow: str) -> int:
    """Returns the moment before which conversations are counted, so that LAG counted ones at least began after it."""
    tx, everybody = Snapshot(connection), _counted(connection, flow, None)
    place = LAG - 1
    while True:
        until = releases.newest(tx, flow, place)
        if until is None:
            return 0
        # of the newest, some may be replaced by another answer of the same person, which is not counted
        if everybody - _counted(connection, flow, until) >= LAG:
            return until
        place += LAG


def _count(connection: Connection, wanted: Told, until: int | None) -> Count:
    selection = Selection(only=Filter(until=until))
    question = Question(wanted.flow, selection, wanted.now, places=True)
    findings = find(connection, question)
    root = receipt_root(connection, question)
    chosen = findings if wanted.shown is None else choose(findings, wanted.shown)
    left = len(findings.summary.questions) - len(chosen.summary.questions)
    reports = {}
    for code in SPOKEN:
        language = wanted.languages[code]
        report = told(chosen, selection, language, municipality=wanted.municipality, root=root)
        reports[code] = _with(report, language.say("live.unshown", count=left)) if left else report
    asked = {
        one.question.column: one.answered for one in chosen.summary.questions if one.bars or one.bins or one.ranking or one.spots
    }
    return Count(kept.to_json(reports, asked), findings.summary.left_out.taken, until, root, wanted.over)


def _with(report: Report, sentence: str) -> Report:
    """Returns the report with that sentence behind its questions."""
    sections = (
        replace(one, pieces=(*one.pieces, Sentence(sentence))) if one.key == "questions" else one for one in report.sections
    )
    return replace(report, sections=tuple(sections))
