"""A flow's findings as one page to be published: HTML without script and without anything from outside.

Its order is that of the printed reports of public workshops: what it was, how to read it, who answered, each question with what
was said, what the figures do not allow, and how to check them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from html import escape

from bot.engine.language import Language
from bot.reports.discretion import Discretion, discretions
from bot.reports.findings import Findings
from bot.reports.intervals import wilson
from bot.reports.page_question import Teller
from bot.reports.page_style import STYLE
from bot.reports.rows import Selection
from bot.reports.suppression import K, hide_line
from bot.reports.weights import Compared, Weighting

FEW = 30
"""With fewer responses than this the page warns of its own shares."""

_NAMES = {"telegram": "Telegram", "whatsapp": "WhatsApp", "sms": "SMS"}
"""Channels as they are written in any language."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def told_page(findings: Findings, selection: Selection, language: Language, *, municipality: str, root: str) -> str:
    """Returns the page in that language. `root` (hex) is the receipt root of what is counted, `municipality` may be empty."""
    flow = findings.summary.layout.newest
    title = flow.title.get(language.code) or next(iter(flow.title.values()), flow.flow)
    body = "\n".join(_Page(findings, selection, language, municipality, root).lines(title))
    return (
        f'<!doctype html>\n<html lang="{escape(language.code)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


class _Page:
    def __init__(self, findings: Findings, selection: Selection, language: Language, municipality: str, root: str) -> None:
        weighting = findings.weighting
        compared = frozenset() if weighting is None else frozenset(one.question for one in weighting.compared)
        self.findings, self.selection, self.municipality, self.root = findings, selection, municipality, root
        self.say = language.say
        self.teller = Teller(language, compared)
        self.line = self.teller.line
        self.discretion = discretions(findings.summary.layout)
        self.taken = findings.summary.left_out.taken
        # whoever knows that somebody answered the condition would read that person's other answers
        few = bool(findings.filter.conditions) and self.taken < K
        if few:
            self.discretion = {column: max(one, Discretion.FEW) for column, one in self.discretion.items()}

    def lines(self, title: str) -> Iterator[str]:
        """Yields the page's parts in their order."""
        kind = " · ".join(filter(None, (self.say("report.kind"), self.municipality)))
        yield f'<header><p class="kind">{escape(kind)}</p><h1>{escape(title)}</h1></header>'
        yield self.heading("context")
        yield from self.context()
        yield self.heading("method")
        yield from self.method()
        yield self.heading("who")
        yield from self.who()
        numbered = list(enumerate(self.findings.summary.questions, 1))
        for number, one in numbered:
            if self.discretion[one.question.column] is Discretion.GUARDED:
                yield from self.teller.question(number, one, Discretion.GUARDED)
        yield self.heading("questions")
        for number, one in numbered:
            discretion = self.discretion[one.question.column]
            if discretion is not Discretion.GUARDED:
                yield from self.teller.question(number, one, discretion)
        yield self.heading("limits")
        yield from self.limits()
        yield self.heading("data")
        yield from self.data()
        yield f"<footer>{escape(self.say('report.made_with'))}</footer>"

    def heading(self, name: str) -> str:
        return f"<h2>{escape(self.say(f'report.{name}'))}</h2>"

    def facts(self, pairs: list[tuple[str, str]]) -> str:
        """Returns a list of facts; the second of a pair is HTML."""
        told = "".join(f"<dt>{escape(self.say(f'report.{name}'))}</dt><dd>{value}</dd>" for name, value in pairs)
        return f"<dl>{told}</dl>"

    def taking(self, by: str) -> Counter[str]:
        """Returns how many counted conversations are of each channel or language."""
        counts: Counter[str] = Counter()
        for group in self.findings.summary.groups:
            if self.selection.takes(group.status, test=group.test):
                counts[_NAMES.get(group.channel, group.channel) if by == "channels" else group.language] += group.total
        return counts

    def context(self) -> Iterator[str]:
        days, none = self.findings.course.days, self.say("report.none")
        period = self.say("report.from_to", first=days[0].day, last=days[-1].day) if days else none
        ways = [(by, escape(", ".join(sorted(self.taking(by))) or none)) for by in ("channels", "languages")]
        yield self.facts([("period", escape(period)), *ways, ("counted", str(self.taken))])
        if not self.taken:
            yield self.line("report.empty")

    def method(self) -> Iterator[str]:
        left, started = self.findings.summary.left_out, self.findings.disposition.started
        yield '<div class="label">'
        yield self.line("report.could", started=started, counted=self.taken)
        yield self.line("results.not_random")
        yield "</div>"
        yield self.line("report.left_out", unfinished=left.unfinished, test=left.test)
        if self.selection.partial:
            yield self.line("report.with_partial")
        if self.selection.test:
            yield self.line("report.with_test")
        parts = self.narrowed()
        if parts:
            yield self.line("report.narrowed", parts="; ".join(parts))
        one = self.findings.disposition
        if one.invited:
            counts = {name: getattr(one, name) for name in ("invited", "reached", "unreachable", "waiting")}
            yield self.line("results.invited", **counts)
        widest = wilson(self.taken / 2, self.taken)
        if widest is not None:
            yield self.line("results.margin", margin=self.teller.page.number(50 * (widest.high - widest.low), 1))

    def narrowed(self) -> list[str]:
        """Returns what narrowed the look."""
        only = self.findings.filter
        parts = []
        for one in only.conditions:
            span = "" if one.span is None else "..".join("" if end is None else f"{end:g}" for end in one.span)
            parts.append(f"{one.step} = {', '.join(filter(None, (*one.values, span, *one.empties)))}")
        for key, at in (("report.since", only.since), ("report.until", only.until)):
            if at is not None:
                parts.append(self.say(key, day=datetime.fromtimestamp(at / 1_000, self.findings.zone).date()))
        for key, names in (("report.channel_is", only.channels), ("report.language_is", only.languages)):
            if names:
                parts.append(self.say(key, names=", ".join(names)))
        return parts

    def who(self) -> Iterator[str]:
        for by in ("channels", "languages"):
            counts = self.taking(by)
            rows = [[name, str(n), f"{self.teller.percent(n / self.taken)} %"] for name, n in counts.most_common()]
            heads = [self.say(f"report.{head}") for head in ("group", "conversations", "share")]
            if rows:
                yield self.teller.table(self.say(f"report.{by}"), heads, rows)
        if self.findings.weighting is not None:
            yield from self.census(self.findings.weighting)

    def census(self, weighting: Weighting) -> Iterator[str]:
        """Yields sample against census, small groups hidden."""
        margins, number = weighting.margins, self.teller.page.number
        yield self.line("results.weighted_to", source=margins.source, date=margins.date, sha256=margins.sha256[:12])
        heads = [self.say(f"report.{head}") for head in ("group", "people", "sample", "census", "weighted")]
        rows: list[list[str]] = []
        # how many gave each answer is told only where the question itself tells it
        told = (m for m in margins.margins if all(self.discretion[q.column] <= Discretion.GUARDED for q in m.grouping.questions))
        for margin in told:
            found = [one for one in weighting.compared if one.question == margin.grouping.name]
            shown = hide_line([one.people for one in found])
            for place, one in enumerate(found):
                name = f"{margin.grouping.name}: {self.teller.page.choice(one.code, margin.grouping.text(one.code))}"
                rows.append([name, *self.compared(one, hidden=shown is None or shown[place] is None)])
        yield self.teller.table(self.say("report.against_census"), heads, rows)
        half = wilson(weighting.people / 2, weighting.people, weighting.effect)
        yield self.line(
            "results.design_effect",
            effect=number(weighting.effect, 2),
            people=weighting.people,
            effective=number(weighting.people / weighting.effect, 0),
            margin="–" if half is None else number(50 * (half.high - half.low), 1),
            outside=weighting.outside,
        )
        if weighting.capped:
            yield self.line("results.capped", count=weighting.capped, cap=number(weighting.cap))

    def compared(self, one: Compared, *, hidden: bool) -> list[str]:
        census = f"{self.teller.percent(one.census)} %"
        if hidden:
            return [self.say("report.hidden"), "–", census, "–"]
        return [str(one.people), f"{self.teller.percent(one.sample)} %", census, f"{self.teller.percent(one.weighted)} %"]

    def limits(self) -> Iterator[str]:
        keys = ["report.limit_opinion", "report.limit_cause", "report.limit_quotes"]
        told = [self.say(key) for key in keys] + ([self.say("report.limit_few", count=FEW)] if self.taken < FEW else [])
        yield f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in told)}</ul>"

    def data(self) -> Iterator[str]:
        layout = self.findings.summary.layout
        versions = "<br>".join(f"<code>{escape(version)}</code>" for version in layout.flows)
        looked = self.findings.now.isoformat(sep=" ", timespec="minutes")
        facts = [("flow", f"<code>{escape(layout.newest.flow)}</code>"), ("version", versions), ("looked_at", escape(looked))]
        yield self.facts([*facts, ("root", f"<code>{escape(self.root)}</code>")])
        yield f'<p class="small">{escape(self.say("report.root_how"))}</p>'
