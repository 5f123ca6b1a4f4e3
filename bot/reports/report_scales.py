"""Questions on one scale, seen together: which are rated high, which low, and how many could not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.engine.answers.folding import fold
from bot.reports.chart_likert import Likert, Rated
from bot.reports.discretion import Discretion
from bot.reports.layout import OTHER, Layout
from bot.reports.piece import Figure, Piece, Section, Sentence, Table
from bot.reports.report_words import Words
from bot.reports.summary import POINTS, Bar, QuestionSummary

_ENDS = re.compile(
    r"\b(muy|nada|poco|mucho|nunca|siempre|totalmente|completamente|pesim[ao]|mal[ao]?|excelente|desacuerdo|"
    r"very|never|always|strongly|completely|terrible|poor|bad|excellent|not at all|disagree|[1-9]|10)\b"
)
"""Words that the first or the last step of a scale has, folded: a list of cantons has none."""

Scale = tuple[tuple[str, str], ...]
"""The steps of a scale: code and how it is called, in their order."""


@dataclass(frozen=True, slots=True)
class Battery:
    """Questions on one scale, by their columns, and the section that tells of them together."""

    columns: tuple[str, ...]
    section: Section


def batteries(
    summaries: Sequence[QuestionSummary], discretion: Mapping[str, Discretion], words: Words, layout: Layout
) -> list[Battery]:
    """Returns each scale that several questions are answered on.

    A scale is declared with XLSForm's `appearance: likert` (then one question will do), or is the same list of options whose
    ends say that it is one ("nada … muy"), or the same range of up to eleven numbers. Only questions whose figures may all be
    shown are among them.
    """
    # passes of repeats are no people, so that they stand apart
    alike: dict[tuple[Scale, bool], list[QuestionSummary]] = {}
    for one in summaries:
        if discretion[one.question.column] is Discretion.OPEN and one.answered:
            scale = _scale(one, words)
            if scale:
                alike.setdefault((scale, bool(one.further)), []).append(one)
    return [
        Battery(tuple(one.question.column for one in of), _Telling(words, layout, scale).section(f"scale{number}", of))
        for number, ((scale, _), of) in enumerate(alike.items(), 1)
        if len(of) > 1 or _declared(of[0])
    ]


def _declared(one: QuestionSummary) -> bool:
    return any("likert" in str(step.extra.get("appearance", "")).split() for step in one.question.steps.values())


def _scale(one: QuestionSummary, words: Words) -> Scale:
    """Returns the scale that a question is answered on, without what stands off it; empty where it is none."""
    if one.question.type == "range":
        step = next(reversed(tuple(one.question.steps.values())), None)
        if step is None or step.start is None or step.end is None or not one.bars:
            return ()
        count = round((step.end - step.start) / (step.step or 1)) + 1
        codes = [f"{step.start + place * (step.step or 1):g}" for place in range(count)] if 2 < count <= POINTS else []
        fits = {bar.code for bar in one.bars} <= set(codes)
        return tuple((code, words.number(float(code))) for code in codes) if fits else ()
    if one.question.type != "select_one" or OTHER in one.question.codes:
        return ()
    steps = [(bar.code, words.choice(bar.code, bar.label)) for bar in one.bars if not _unsure(bar, words)]
    ends = [fold(name) for _, name in (*steps[:1], *steps[-1:])]
    return tuple(steps) if len(steps) > 2 and (_declared(one) or any(map(_ENDS.search, ends))) else ()


def _unsure(bar: Bar, words: Words) -> bool:
    """Tells whether an option says that somebody cannot say ("No sé"), in the reader's language or in Spanish."""
    return fold(words.choice(bar.code, bar.label)) in words.unsure or bar.code.casefold() in ("no_se", "ns", "ns_nr", "nsnr")


class _Telling:
    def __init__(self, words: Words, layout: Layout, scale: Scale) -> None:
        self.words, self.say, self.layout, self.scale = words, words.say, layout, scale

    def section(self, key: str, of: Sequence[QuestionSummary]) -> Section:
        return Section(key, self.say("report.scale"), tuple(self._pieces(key, of)))

    def _pieces(self, key: str, of: Sequence[QuestionSummary]) -> Iterator[Piece]:
        names = tuple(name for _, name in self.scale)
        passes = any(one.further for one in of)
        codes = {code for code, _ in self.scale}
        off = {one.question.column: [bar for bar in one.bars if bar.code not in codes] for one in of}
        aside = next((self.words.choice(bar.code, bar.label) for bars in off.values() for bar in bars), "")
        rated: list[Rated] = []
        rows: list[tuple[str, ...]] = []
        high: list[tuple[float, str]] = []
        for one in of:
            title = self.words.title(one, self.layout)
            counts = {bar.code: bar.count for bar in one.bars}
            parts = tuple(counts.get(code, 0) / one.answered for code, _ in self.scale)
            beside = sum(bar.count for bar in off[one.question.column]) / one.answered
            told = tuple(self._rounded(part) for part in parts)
            rated.append(Rated(title, parts, told, beside, self._rounded(beside)))
            cells = [self.words.percent(part) for part in (*parts, *([beside] if aside else []))]
            rows.append((title, *cells, str(one.answered)))
            high.append((sum(parts[(len(parts) + 1) // 2 :]), title))
        lead = self._lead(sorted(high, reverse=True), names[(len(names) + 1) // 2 :], passes=passes)
        yield Sentence(lead, "lead")
        base = self.say("report.answers" if passes else "report.people")
        heads = (self.say("report.question"), *names, *([aside] if aside else []), base)
        caption = self.say("report.scale")
        yield Figure(key, Likert(tuple(rated), names, aside), caption, self._seen(lead), Table(caption, heads, tuple(rows)))
        if aside:
            yield Sentence(self.say("report.scale_aside", name=aside), "small")

    def _rounded(self, share: float) -> str:
        return f"{self.words.number(100 * share, 0)} %"

    def _lead(self, high: Sequence[tuple[float, str]], upper: Sequence[str], *, passes: bool) -> str:
        share, best = high[0]
        names = f" {self.say('report.or')} ".join(self.say("report.quoted", name=name) for name in upper)
        if len(high) == 1:
            key = "report.scale_one_passes" if passes else "report.scale_one"
            return self.say(key, names=names, share=self.words.bare(share))
        least, worst = high[-1]
        return self.say(
            "report.scale_lead",
            names=names,
            best=best,
            share=self.words.bare(share),
            worst=worst,
            least=self.words.bare(least),
        )

    def _seen(self, lead: str) -> str:
        return self.say("chart.scale", first=self.scale[0][1], last=self.scale[-1][1], lead=lead)
