"""A flow drawn as a Mermaid chart: what is said and asked, in order, what decides whether, what repeats, and where it ends.

The chart is text (https://mermaid.js.org, "flowchart"): many editors and forges draw it. What is only computed is not drawn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.engine.expressions import Expression
from bot.engine.flow import Enter, Flow, Leave, Step, Texts
from bot.engine.language import Language

_LABEL = 70
_CONDITION = 60
_OPTIONS = 6
_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_ESCAPED = str.maketrans(
    {"#": "#35;", "&": "#38;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\\": "#92;", "{": "#123;", "}": "#125;",
     "\n": " "}
)  # fmt: skip

Loose = tuple[str, str]
"""A node from which the way goes on, and what is written on the edge."""


def mermaid(flow: Flow, language: Language) -> str:
    """Returns the chart: texts of steps in the flow's first language, the chart's own words in `language`."""
    return _Drawing(flow, language).text()


def escaped(text: str) -> str:
    """Returns a text as it may stand between quotation marks in a chart."""
    return " ".join(text.split()).translate(_ESCAPED)


def _cut(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _shown(texts: Texts, code: str) -> str:
    """Returns a text of the flow with the answers that it shows named."""
    template = texts.get(code)
    return _REFERENCE.sub(r"‹\1›", template.source) if template is not None else ""


@dataclass(slots=True)
class _Group:
    """A bracket that is open: its place in the program, what its repeat goes back to, and the way around it."""

    enter: Enter
    begun: bool = False
    first: str = ""
    around: list[Loose] = field(default_factory=list)


class _Drawing:
    """Draws one flow. `loose` are the ends that the next node is tied to."""

    def __init__(self, flow: Flow, language: Language) -> None:
        self.flow = flow
        self.language = language
        self.lines: list[str] = []
        self.edges: list[str] = []
        self.loose: list[Loose] = []
        self.groups: list[_Group] = []
        self.count = 0
        self.asked_consent = not flow.consent
        self.condition: tuple[str, list[Loose], int, set[str]] | None = None

    def text(self) -> str:
        """Returns the whole chart."""
        flow = self.flow
        title = flow.title.get(flow.languages[0], flow.flow)
        self.loose = [(self.node("([", _cut(title, _LABEL), "])"), "")]
        summary = self.summary_at() if flow.review else -1
        for place, node in enumerate(flow.program):
            if place == summary:
                self.after_condition()
                self.tied("{{", self.say("graph.review"), "}}")
            match node:
                case Enter():
                    self.enter(node)
                case Leave():
                    self.leave()
                case _ if node.type != "calculate":
                    self.step(node)
        self.after_condition()
        if summary == len(flow.program):
            self.tied("{{", self.say("graph.review"), "}}")
        self.tied("([", self.say("graph.end"), "])")
        return "\n".join(["flowchart TD", *self.lines, *self.edges]) + "\n"

    def summary_at(self) -> int:
        """Returns the place of the program before which the summary comes: what follows asks nothing."""
        place = len(self.flow.program)
        while place > 0:
            node = self.flow.program[place - 1]
            if not isinstance(node, Step) or node.type not in ("note", "calculate"):
                break
            place -= 1
        return place

    def say(self, key: str, **places: object) -> str:
        return self.language.say(key, **places)

    # ── nodes and edges ──────────────────────────────────────────────────────────────────────────────────────────────

    def node(self, left: str, label: str, right: str, *more: str) -> str:
        """Adds a node and returns its identifier. `more` are further lines of its label."""
        self.count += 1
        name = f"n{self.count}"
        shown = "<br>".join(escaped(line) for line in (label, *more))
        self.lines.append(f'{self.indent()}{name}{left}"{shown}"{right}')
        for group in self.groups:
            group.first = group.first or name
        return name

    def indent(self) -> str:
        return "  " * (1 + sum(group.begun for group in self.groups))

    def edge(self, source: str, target: str, label: str = "", *, dotted: bool = False) -> None:
        arrow = "-.->" if dotted else "-->"
        self.edges.append(f"  {source} {arrow}" + (f'|"{escaped(label)}"| ' if label else " ") + target)

    def tied(self, left: str, label: str, right: str, *more: str) -> str:
        """Adds a node to which every loose end leads."""
        self.open_groups()
        name = self.node(left, label, right, *more)
        for source, said in self.loose:
            self.edge(source, name, said)
        self.loose = [(name, "")]
        return name

    # ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────

    def fork(self, condition: Expression) -> list[Loose]:
        """Adds a fork before what is asked only if that holds; the way goes on to it. Returns the way around it."""
        name = self.tied("{", "?", "}")
        self.loose = [(name, self.worded(condition))]
        return [(name, self.say("graph.else"))]

    def worded(self, condition: Expression) -> str:
        return _cut(_REFERENCE.sub(r"\1", condition.source), _CONDITION)

    def within(self, step: Step) -> None:
        """Ties a step's condition: neighbours that ask for the same share one fork."""
        relevant = step.relevant
        if self.condition is not None:
            source, _, depth, names = self.condition
            same = relevant is not None and relevant.source == source and depth == len(self.groups)
            if same and relevant is not None and not names & relevant.names:
                names.add(step.name)
                return
            self.after_condition()
        if relevant is not None:
            around = self.fork(relevant)
            self.condition = (relevant.source, around, len(self.groups), {step.name})

    def after_condition(self) -> None:
        """What follows no longer depends on the condition: the way around joins."""
        if self.condition is not None:
            self.loose += self.condition[1]
            self.condition = None

    # ── what the program holds ───────────────────────────────────────────────────────────────────────────────────────

    def enter(self, enter: Enter) -> None:
        self.after_condition()
        group = _Group(enter)
        if enter.relevant is not None:
            group.around = self.fork(enter.relevant)
        self.groups.append(group)

    def open_groups(self) -> None:
        """Draws the frame of groups that have something inside now."""
        for number, group in enumerate(self.groups):
            if group.begun:
                continue
            enter = group.enter
            title = _shown(enter.label, self.flow.languages[0]) or enter.name
            if enter.count is not None:
                title = self.say("graph.times", name=title, count=self.worded(enter.count))
            elif enter.while_ is not None:
                title = self.say("graph.while", name=title, condition=self.worded(enter.while_))
            self.lines.append(f'{"  " * (1 + number)}subgraph g{self.flow.index[enter.name]}["{escaped(title)}"]')
            group.begun = True

    def leave(self) -> None:
        self.after_condition()
        group = self.groups.pop()
        if group.begun:
            self.lines.append(f"{self.indent()}end")
            if group.enter.repeat:
                for source, said in self.loose:
                    self.edge(source, group.first, said or self.say("graph.again"), dotted=True)
        self.loose += group.around

    def step(self, step: Step) -> None:
        if step.personal and not self.asked_consent:
            self.asked_consent = True
            self.after_condition()
            self.tied("{{", self.say("graph.consent", name=self.flow.consent), "}}")
        self.within(step)
        code = self.flow.languages[0]
        label = _cut(_shown(step.label, code), _LABEL)
        match step.type:
            case "note":
                self.tied("(", label or step.name, ")")
            case "do":
                self.tied("[[", step.effect, "]]")
            case _:
                name = self.tied("[", f"{step.name} · {step.type}", "]", *filter(None, (label, *self.options(step, code))))
                self.ways_out(step, name)

    def options(self, step: Step, code: str) -> list[str]:
        """Returns the choices, as one line of the label."""
        labels = [_cut(_shown(choice.label, code) or choice.name, 24) for choice in step.choices]
        if step.other:
            labels.append(self.language.texts.get("engine.other", "…"))
        shown = " / ".join(labels[:_OPTIONS]) + (" / …" if len(labels) > _OPTIONS else "")
        return [shown] if shown else []

    def ways_out(self, step: Step, name: str) -> None:
        """Draws where the flow may end before its end."""
        if step.type == "acknowledge" and step.required is True:
            self.edge(name, self.node("([", self.say("graph.refused"), "])"), self.say("graph.no"), dotted=True)
        if step.retries.then == "end":
            tries = self.say("graph.tries", count=step.retries.times + 1)
            self.edge(name, self.node("([", self.say("graph.given_up"), "])"), tries, dotted=True)
