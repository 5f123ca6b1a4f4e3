"""The canonical JSON of a flow, and the frozen flow that the engine walks.

The canonical JSON is what the version hashes and the database keeps: every text filled, lists and called flows put in, defaults
left out, keys sorted. Comments, layout, quotation marks and the order of keys do not count; the order of steps and choices does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import orjson

from bot.engine.expressions import Expression, ExpressionError, Template, parse, parse_template
from bot.engine.flow import Choice, Enter, Flow, Leave, Node, Retries, Step

_FORMAT = 1


def canonical(data: Mapping[str, Any]) -> str:
    """Returns the canonical JSON of an outline's data."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def version(content: str) -> str:
    """Returns the version of a canonical JSON: its sha256 in hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def build(content: str) -> Flow:
    """Returns the flow that a canonical JSON holds, as `load` made it; lines are 0.

    Raises ValueError where it is no canonical JSON of this program's format.
    """
    data = orjson.loads(content)
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise ValueError("not the canonical JSON of a flow in a format that this version reads")
    try:
        return assemble(data, version(content))
    except (KeyError, TypeError, AttributeError, ExpressionError) as error:
        raise ValueError(f"not the canonical JSON of a flow: {error!r}") from error


class Parsed:
    """Expressions and texts, each parsed once however often they are written."""

    __slots__ = ("expressions", "templates")

    def __init__(self) -> None:
        self.expressions: dict[str, Expression] = {}
        self.templates: dict[str, Template] = {}

    def expression(self, source: str) -> Expression:
        """Returns the parsed expression. Raises ExpressionError."""
        made = self.expressions.get(source)
        if made is None:
            made = self.expressions[source] = parse(source)
        return made

    def template(self, text: str) -> Template:
        """Returns the text, ready to be filled. Raises ExpressionError."""
        made = self.templates.get(text)
        if made is None:
            made = self.templates[text] = parse_template(text)
        return made


def assemble(data: Mapping[str, Any], version: str, lines: Mapping[str, int] | None = None, parsed: Parsed | None = None) -> Flow:
    """Returns the flow of canonical data. `lines` says where each step stands in its file, `parsed` what is parsed already.

    Raises ExpressionError where an expression or a text does not parse: `load` looks for that before.
    """
    program: list[Node] = []
    index: dict[str, int] = {}
    builder = _Builder(lines or {}, parsed or Parsed())
    builder.steps(data["survey"], program, index, 0)
    return Flow(
        flow=data["flow"],
        version=version,
        kind=data.get("kind", "survey"),
        title=data["title"],
        languages=tuple(data["languages"]),
        program=tuple(program),
        index=index,
        words=tuple(data.get("words", ())),
        links=data.get("links", {}),
        opens=_moment(data.get("opens")),
        closes=_moment(data.get("closes")),
        consent=data.get("consent", ""),
        reminders=tuple(timedelta(seconds=seconds) for seconds in data.get("reminders", ())),
        quiet=_quiet(data.get("quiet", "20:00-08:00")),
        expires=timedelta(seconds=data["expires"]) if "expires" in data else None,
        edit=data.get("edit", "until_close"),
        review=data.get("review", False),
        anonymous=data.get("anonymous", False),
        extra=data.get("extra", {}),
    )


class _Builder:
    """Builds nodes."""

    def __init__(self, lines: Mapping[str, int], parsed: Parsed) -> None:
        self.lines = lines
        self.parsed = parsed
        self.lists: dict[str, tuple[tuple[Choice, ...], list[Any]]] = {}

    def steps(self, survey: list[dict[str, Any]], program: list[Node], index: dict[str, int], depth: int) -> None:
        """Appends the nodes of a `survey`: a group is a bracket around what it holds."""
        for data in survey:
            name = data["name"]
            index[name] = len(program)
            if data["type"] != "group":
                program.append(self.step(data, depth))
                continue
            begin = len(program)
            repeat = "count" in data or "while" in data
            # its place is kept until its end is known
            program.append(Leave(begin))
            self.steps(data["survey"], program, index, depth + repeat)
            program[begin] = self.enter(data, depth, len(program), program[begin + 1 :])
            program.append(Leave(begin))

    def enter(self, data: Mapping[str, Any], depth: int, end: int, inside: list[Node]) -> Enter:
        """Returns the opening bracket of a group or repeat."""
        while_ = self.expression(data.get("while"))
        within = {node.name for node in inside if not isinstance(node, Leave)}
        within |= {f"{node.name}_other" for node in inside if isinstance(node, Step) and node.other}
        return Enter(
            name=data["name"],
            line=self.lines.get(data["name"], 0),
            depth=depth,
            end=end,
            relevant=self.expression(data.get("relevant")),
            label=self.texts(data.get("label")),
            repeat="count" in data or "while" in data,
            count=self.expression(data.get("count")),
            while_=while_,
            after=while_ is not None and not within.isdisjoint(while_.names),
            extra=data.get("extra", {}),
        )

    def step(self, data: Mapping[str, Any], depth: int) -> Step:
        """Returns one step."""
        required: bool | str = data.get("required", True)
        retries: Mapping[str, Any] = data.get("retries", {})
        return Step(
            type=data["type"],
            name=data["name"],
            line=self.lines.get(data["name"], 0),
            named=not data.get("unnamed", False),
            depth=depth,
            label=self.texts(data.get("label")),
            hint=self.texts(data.get("hint")),
            required=self.needed(required),
            required_message=self.texts(data.get("required_message")),
            relevant=self.expression(data.get("relevant")),
            constraint=self.expression(data.get("constraint")),
            constraint_message=self.texts(data.get("constraint_message")),
            not_understood=self.texts(data.get("not_understood")),
            default=self.expression(data.get("default")),
            read_only=data.get("read_only", False),
            calculation=self.expression(data.get("calculation")),
            choices=self.choices(data),
            list_name=data.get("list", ""),
            choice_filter=self.expression(data.get("choice_filter")),
            other=data.get("other", False),
            order=data.get("order", "written"),
            top=data.get("top"),
            start=_float(data.get("start")),
            end=_float(data.get("end")),
            step=_float(data.get("step")),
            accept=frozenset(data.get("accept", ())),
            join=float(data.get("join", 3)),
            retries=Retries(retries.get("times", 3), retries.get("then", "skip" if required is False else "staff")),
            media=data.get("media", {}),
            personal=data.get("personal", False),
            sensitive=data.get("sensitive", False),
            quasi=data.get("quasi", {}),
            effect=data.get("effect", ""),
            given=data.get("given", {}),
            extra=data.get("extra", {}),
        )

    def choices(self, data: Mapping[str, Any]) -> tuple[Choice, ...]:
        """Returns the choices of a step; one list that several steps use is one tuple."""
        written = data.get("choices", [])
        name = data.get("list", "")
        if name and name in self.lists and self.lists[name][1] == written:
            return self.lists[name][0]
        made = tuple(
            [
                Choice(
                    name=choice["name"],
                    label=self.texts(choice["label"]),
                    words={code: tuple(words) for code, words in choice.get("words", {}).items()},
                    columns=choice.get("columns", {}),
                )
                for choice in written
            ]
        )
        if name:
            self.lists[name] = (made, written)
        return made

    def texts(self, texts: Mapping[str, str] | None) -> dict[str, Template]:
        """Returns a text in each language, ready to be filled."""
        return {code: self.parsed.template(text) for code, text in texts.items()} if texts else {}

    def expression(self, source: str | None) -> Expression | None:
        """Returns the parsed expression, None where there is none."""
        return None if source is None else self.parsed.expression(source)

    def needed(self, required: bool | str) -> bool | Expression:
        """Returns whether a step must be answered, or the expression that says when."""
        return required if isinstance(required, bool) else self.parsed.expression(required)


def _float(number: float | None) -> float | None:
    return None if number is None else float(number)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _quiet(text: str) -> tuple[time, time] | None:
    if text == "no":
        return None
    first, _, last = text.partition("-")
    return time.fromisoformat(first), time.fromisoformat(last)
