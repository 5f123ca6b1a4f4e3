"""The codebook: what every column and every code of an export means, in each language of the flow, with counts.

One row for each thing that has a meaning; `kind` says what it is. Questions come once for each version that has them, each
followed by its choices, so that what changed between versions can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.engine.flow import Choice, Enter, Flow, Leave, Step, Texts
from bot.engine.language import Language
from bot.reports.cells import CODES, Cell
from bot.reports.counts import Count, Counts
from bot.reports.layout import META, OTHER, PLACE, Layout, Question
from bot.reports.rows import SHORT
from bot.reports.themes.codebook import NONE
from bot.reports.themes.columns import Theming

KINDS = ("version", "column", "code", "question", "choice", "part")
"""version: one of the flow's versions · column: one before the questions · code: what a bracketed word means · question: a step
in a version · choice: one of its choices · part: a further column of a question."""


def header(layout: Layout) -> list[str]:
    """Returns the codebook's columns."""
    labels = [f"label_{code}" for code in layout.languages]
    return [
        "kind", "version", "column", "step", "type", "code", *labels, "required", "relevant", "repeat", "withheld",
        "conversations", "answered", "skipped", "refused", "not_asked",
    ]  # fmt: skip


def rows(
    layout: Layout, counts: Counts, languages: Mapping[str, Language], *, weight: str = "", theming: Theming | None = None
) -> Iterator[list[Cell]]:
    """Yields the codebook's rows. `languages` are the product's own; what one of them lacks is told in its first.

    `weight` is the name of the column of weights, "" where there is none; `theming` the columns of themes.
    """
    names = header(layout)
    book = _Book(layout, counts, languages, weight, theming)
    for row in book.rows():
        yield [row.get(name) for name in names]


class _Book:
    def __init__(
        self, layout: Layout, counts: Counts, languages: Mapping[str, Language], weight: str, theming: Theming | None
    ) -> None:
        self.layout = layout
        self.weight = weight
        self.theming = theming
        self.counts = counts
        first = next(iter(languages.values()))
        self.speaks = {code: languages.get(code, first) for code in layout.languages}
        self.places = {version: _places(flow) for version, flow in layout.flows.items()}

    def rows(self) -> Iterator[dict[str, Cell]]:
        for version, flow in self.layout.flows.items():
            titles = {f"label_{code}": title for code, title in flow.title.items()}
            yield {"kind": "version", "version": version[:SHORT], **titles, "conversations": self.counts.conversations[version]}
        for name in META:
            yield {"kind": "column", "column": name, **self.own(f"export.column.{name}")}
        if self.weight:
            yield {"kind": "column", "column": self.weight, **self.own("export.column.weight")}
        for code in CODES:
            yield {"kind": "code", "code": code, **self.own(f"export.code.{code.strip('[]')}")}
        for question in self.layout.questions:
            for version in question.steps or dict.fromkeys(self.layout.flows):
                yield from self.question(question, version)
            yield from self.parts(question)
            if self.theming is not None:
                yield from self.themes(question, self.theming)

    def themes(self, question: Question, theming: Theming) -> Iterator[dict[str, Cell]]:
        names = [name for (*of, _), name in theming.names.items() if of == [question.step, question.type]]
        if not names:
            return
        base = {"kind": "part", "step": question.step, "type": question.type, "column": _range(names)}
        yield {**base, **self.own("export.part.themes")}
        for code, label in theming.labels.items():
            first = next(iter(label.values()), code)
            yield {**base, "kind": "choice", "code": code, **{f"label_{one}": label.get(one, first) for one in self.speaks}}
        yield {**base, "kind": "choice", "code": NONE, **self.own("themes.none")}

    def question(self, question: Question, version: str) -> Iterator[dict[str, Cell]]:
        step = question.steps.get(version)
        count = self.counts.of(version, question.step, question.type)
        base: dict[str, Cell] = {"version": version[:SHORT], "step": question.step, "type": question.type}
        labels = {} if step is None else self.own("export.part.other") if question.other else _labels(step.label)
        yield {
            "kind": "question",
            **base,
            "column": _span(question, ""),
            **labels,
            **({} if step is None else self.conditions(step, version, other=question.other)),
            "withheld": int(question.withheld),
            "conversations": self.counts.conversations[version],
            "answered": count.answered,
            "skipped": count.skipped,
            "refused": count.refused,
            "not_asked": self.counts.not_asked(version, question.step, question.type),
        }
        if step is not None and not question.other:
            yield from self.choices(question, base, step, count)

    def conditions(self, step: Step, version: str, *, other: bool) -> dict[str, Cell]:
        relevant, repeats = self.places[version][step.name]
        if other:
            return {"relevant": f"selected(${{{step.name}}}, '{OTHER}')", "repeat": repeats or None}
        asked = step.type not in ("calculate", "do")
        required = step.required if isinstance(step.required, bool) else step.required.source
        return {
            "required": int(required) if asked and isinstance(required, bool) else required if asked else None,
            "relevant": relevant or None,
            "repeat": repeats or None,
        }

    def choices(self, question: Question, base: Mapping[str, Cell], step: Step, count: Count) -> Iterator[dict[str, Cell]]:
        choices: list[Choice | None] = list(step.choices)
        if step.other and all(choice.name != OTHER for choice in step.choices):
            choices.append(None)
        for choice in choices:
            code = choice.name if choice is not None else OTHER
            yield {
                "kind": "choice",
                **base,
                "column": _span(question, f"/{code}") if question.type == "select_multiple" and not question.withheld else None,
                "code": code,
                **(_labels(choice.label) if choice is not None else self.own("engine.other")),
                "answered": count.chosen[code],
            }

    def parts(self, question: Question) -> Iterator[dict[str, Cell]]:
        base = {"kind": "part", "step": question.step, "type": question.type}
        for part in question.parts:
            if part in PLACE or part in ("file", "sha256", "text"):
                if question.type != "select_multiple" or part not in question.codes:
                    yield {**base, "column": _span(question, f"/{part}"), **self.own(f"export.part.{part}")}
            elif question.type == "rank":
                yield {**base, "column": _span(question, f"/{part}"), **self.own("export.part.position", number=part)}
        if question.commented:
            names = [f"{question.name(at)}_comment" for at in question.instances if at in question.commented]
            yield {**base, "column": _range(names), **self.own("export.part.comment")}

    def own(self, key: str, **places: object) -> dict[str, Cell]:
        """Returns a text of the product in each language of the flow."""
        return {f"label_{code}": language.say(key, **places) for code, language in self.speaks.items()}


def _labels(texts: Texts) -> dict[str, Cell]:
    return {f"label_{code}": template.source for code, template in texts.items()}


def _span(question: Question, suffix: str) -> str:
    return _range([question.name(at) + suffix for at in question.instances])


def _range(names: Sequence[str]) -> str:
    """Returns the only name, or the first and the last."""
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def _places(flow: Flow) -> dict[str, tuple[str, str]]:
    """Returns for each step the condition under which it is asked, those of its groups included, and its repeats' names."""
    found: dict[str, tuple[str, str]] = {}
    open_: list[Enter] = []
    for node in flow.program:
        match node:
            case Enter():
                open_.append(node)
            case Leave():
                open_.pop()
            case Step() as step:
                outwards: list[Enter | Step] = [*open_, step]
                conditions = [one.relevant.source for one in outwards if one.relevant is not None]
                joined = conditions[0] if len(conditions) == 1 else " and ".join(f"({one})" for one in conditions)
                found[step.name] = (joined, "/".join(enter.name for enter in open_ if enter.repeat))
    return found
