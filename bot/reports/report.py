"""A flow's findings as a report: what is told, in which order, and what stays hidden. Nobody else decides that.

Its order is that of the printed reports of public workshops: what it was, how to read it, who answered, each question with what
was said, what the figures do not allow, and how to check them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.engine.language import Language
from bot.reports.decided import decided
from bot.reports.discretion import Discretion
from bot.reports.findings import Findings
from bot.reports.piece import Bullets, Piece, Report, Section, Sentence
from bot.reports.report_course import Coursed
from bot.reports.report_cross import by_place, cross_section
from bot.reports.report_frame import Frame
from bot.reports.report_question import Teller
from bot.reports.report_scales import batteries
from bot.reports.report_themes import Themed
from bot.reports.report_words import Words
from bot.reports.rows import Selection
from bot.reports.summary import QuestionSummary


def told(findings: Findings, selection: Selection, language: Language, *, municipality: str, root: str) -> Report:
    """Returns the report in that language. `root` (hex) is the receipt root of what is counted, `municipality` may be empty."""
    flow = findings.summary.layout.newest
    title = flow.title.get(language.code) or next(iter(flow.title.values()), flow.flow)
    kind = " · ".join(filter(None, (language.say("report.kind"), municipality)))
    sections = _Telling(findings, selection, language).sections(root)
    return Report(title, kind, language.code, tuple(sections), language.say("report.made_with"))


class _Telling:
    def __init__(self, findings: Findings, selection: Selection, language: Language) -> None:
        weighting = findings.weighting
        compared = frozenset() if weighting is None else frozenset(one.question for one in weighting.compared)
        self.findings, self.say = findings, language.say
        self.words = Words(language)
        self.layout = layout = findings.summary.layout
        self.teller = Teller(self.words, layout, compared)
        self.decided = made = decided(findings)
        self.few, self.small, self.narrow = made.few, made.small, made.narrow
        self.discretion = made.discretion
        self.scaled: set[str] = set()
        self.frame = Frame(findings, selection, self.words, self.discretion)
        by = "" if made.place is None else self.words.shortly(made.place.step, layout)
        self.themed = Themed(self.words, by, made.small_places)

    def sections(self, root: str) -> Iterator[Section]:
        """Yields the report's parts in their order."""
        belonging, asked = self.questions()
        yield self.section("context", *self.frame.context())
        brief = tuple(_brief(asked, self.scaled))
        if brief:
            yield self.section("brief", Bullets(brief))
        yield self.section("method", *self.frame.method())
        who = (*self.frame.who(), *belonging)
        if who:
            yield self.section("who", *who)
        yield self.section("questions", *asked)
        if not self.few:
            crossed = cross_section(self.findings, self.words, self.small)
            if crossed is not None:
                yield crossed
            course = tuple(Coursed(self.findings.course, self.words, self.layout, self.discretion).pieces())
            if course:
                yield self.section("course", *course)
        yield self.section("limits", *self.frame.limits())
        yield self.section("data", *self.frame.data(root))

    def section(self, key: str, *pieces: Piece) -> Section:
        return Section(key, self.say(f"report.{key}"), pieces)

    def questions(self) -> tuple[list[Section], list[Section]]:
        """Returns the questions that tell where somebody belongs, and the others, each under its number in the flow.

        The text of an `other` that nobody wrote is no question.
        """
        summaries = self.findings.summary.questions
        belonging: list[Section] = []
        asked: list[Section] = []
        open_ = self.discretion | dict.fromkeys(self.narrow, Discretion.FEW)
        scales = {one.columns[0]: one for one in batteries(summaries, open_, self.words, self.layout)}
        told = [one for one in summaries if one.answered or not one.question.other]
        for number, one in enumerate(told, 1):
            column = one.question.column
            discretion = self.discretion[column]
            if column in scales:
                asked.append(scales[column].section)
            section = self.teller.section(number, one, discretion, self._further(number, one), narrow=column in self.narrow)
            (belonging if discretion is Discretion.GUARDED else asked).append(section)
            if any(column in scale.columns for scale in scales.values()):
                self.scaled.add(section.key)
        return belonging, asked

    def _further(self, number: int, one: QuestionSummary) -> tuple[Piece, ...]:
        """Returns the themes of a free question, or the answers to a closed one by place."""
        coded = self.findings.coded.get(one.question.column)
        if coded is not None:
            return tuple(self.themed.pieces(f"q{number}", self.words.title(one, self.layout), coded))
        cross = self.findings.placed.get(one.question.column)
        if cross is None or self.decided.place is None:
            return ()
        return tuple(by_place(f"q{number}p", cross, one, self.decided.small_places, self.words, self.layout))


def _brief(sections: list[Section], scaled: Collection[str]) -> Iterator[str]:
    """Yields of each question what a hurried reader should know; `scaled` are told together already."""
    for section in sections:
        lead = next((piece.text for piece in section.pieces if isinstance(piece, Sentence) and piece.role == "lead"), "")
        if lead and section.key not in scaled:
            apart = " " if section.heading.endswith(("?", "!", ".", ":")) else ": "
            yield f"{section.heading}{apart}{lead}"
