"""What a flow refers to: every expression and text parses, and names only answers that are there by then.

Inside a repeat a reference means the answer of the same pass. From outside a repeat only `sum`, `count`, `join`, `min`, `max`
`count-non-empty` and `indexed-repeat` see its answers; anything else is an error, since it would always be empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.engine.build import Parsed
from bot.engine.effects import REFERENCE
from bot.engine.expressions import Expression, ExpressionError, Reference, Tree, walk
from bot.engine.expressions.tree import Call, Chain, Column, Current, Number, Text
from bot.engine.loading.calls import FORMULAS
from bot.engine.loading.document import Path
from bot.engine.loading.outline import PRODUCT_WORDS, Entry, Outline
from bot.engine.loading.steps import LISTING_TYPES, TEXTS

_WRITTEN = {"count": "repeat_count", "while": "repeat_while"}
_SILENT = frozenset({"note", "group"})
_OF_ALL = frozenset({"sum", "count", "count-non-empty", "min", "max"})
_TAKES_CURRENT = frozenset({"constraint", "calculation"})


@dataclass(frozen=True, slots=True)
class Known:
    """A name of the flow: its place in the order of steps, the last place inside it, and the repeats around it."""

    entry: Entry
    index: int
    end: int
    repeats: tuple[str, ...]


def names_of(outline: Outline) -> dict[str, Known]:
    """Returns every name of the flow that may be referred to; `x_other` stands where `x` does."""
    known: dict[str, Known] = {}
    count = 0

    def visit(entries: list[Entry], repeats: tuple[str, ...]) -> None:
        nonlocal count
        for entry in entries:
            index = count
            count += 1
            visit(entry.children, (*repeats, entry.name) if entry.repeats else repeats)
            here = Known(entry, index, count - 1, repeats)
            known.setdefault(entry.name, here)
            if entry.data.get("other"):
                known.setdefault(f"{entry.name}_other", here)

    visit(outline.entries, ())
    return known


def formulas(entry: Entry) -> Iterator[tuple[str, str, Path]]:
    """Yields each expression of an entry: its canonical key, its source, and its path in the document."""
    for key in FORMULAS:
        if key in entry.data:
            yield key, entry.data[key], (*entry.path, _WRITTEN.get(key, key))
    if isinstance(entry.data.get("required"), str):
        yield "required", entry.data["required"], (*entry.path, "required")
    for key, value in entry.data.get("given", {}).items():
        if isinstance(value, str) and REFERENCE.fullmatch(value.strip()):
            yield "given", value, (*entry.path, "with", key)


def check_references(outline: Outline, parsed: Parsed) -> None:
    """Reports expressions and texts that do not parse, and references to what is not there."""
    names = names_of(outline)
    for entry in outline.walk():
        if entry.inlined or not entry.name:
            continue
        judge = _Judge(outline, parsed, names, entry)
        for key, source, path in formulas(entry):
            judge.formula(key, source, path)
        for key in TEXTS:
            judge.texts(entry.data.get(key, {}), (*entry.path, key))
        shared = entry.data.get("list", "")
        for choice in entry.data.get("choices", ()):
            within: Path = ("choices", shared) if shared else (*entry.path, "choices")
            judge.texts(choice["label"], (*within, choice["name"], "label"))
    _check_links(outline, names)


class _Judge:
    """Looks at one entry."""

    def __init__(self, outline: Outline, parsed: Parsed, names: Mapping[str, Known], entry: Entry) -> None:
        self.document = outline.document
        self.problems = outline.document.problems
        self.parsed = parsed
        self.names = names
        self.entry = entry
        self.here = names[entry.name]

    def formula(self, key: str, source: str, path: Path) -> None:
        line = self.document.line(path)
        try:
            expression = self.parsed.expression(source)
        except ExpressionError as error:
            self.broken(error, line, str(path[-1]), source)
            return
        overall = {id(node) for node in _seen_whole(expression.tree)}
        for node in walk(expression.tree):
            match node:
                case Reference(name=name):
                    self.reference(name, line, key, whole=id(node) in overall)
                case Column(name=name):
                    self.column(name, line, key)
                case Current() if key not in _TAKES_CURRENT:
                    self.problems.error(line, "dot_outside", key=path[-1])
                case _:
                    pass
        self.literals(expression, line)

    def texts(self, texts: Mapping[str, str], path: Path) -> None:
        for language, text in texts.items():
            if "$" not in text:
                continue
            line = self.document.line((*path, language))
            try:
                template = self.parsed.template(text)
            except ExpressionError as error:
                self.broken(error, line, str(path[-1]), text)
                continue
            for name in sorted(template.names - PRODUCT_WORDS):
                self.reference(name, line, "text", whole=False)

    def broken(self, error: ExpressionError, line: int, key: str, source: str) -> None:
        shown = source if len(source) <= 80 else source[:77] + "…"
        code = f"expression_{error.reason or error.code}"
        self.problems.error(line, code, key=key, detail=error.detail, position=error.position + 1, expression=shown)

    def reference(self, name: str, line: int, key: str, *, whole: bool) -> None:
        """Judges one reference. `whole`: every instance of the answer is meant, not the one of this pass."""
        problems = self.problems
        known = self.names.get(name)
        if known is None:
            if name in PRODUCT_WORDS:
                problems.error(line, "reference_word", name=name)
            else:
                problems.error(line, "reference_unknown", name=name, near=problems.near(name, self.names))
            return
        here = self.here
        inside = here.index < known.index <= here.end
        repeat = whole and known.entry.repeats
        if known.entry is self.entry and name == self.entry.name and key == "constraint":
            return
        if known.entry.type in _SILENT and not repeat:
            problems.error(line, "reference_no_answer", name=name)
        elif known.index == here.index:
            problems.error(line, "reference_itself", name=name)
        elif known.index > here.index and not (key == "while" and inside):
            problems.error(line, "reference_later", name=name, line_of=self.document.line(known.entry.path))
        elif not whole and not self.within(known, key):
            problems.error(line, "reference_repeat", name=name, repeat=known.repeats[-1])

    def within(self, known: Known, key: str) -> bool:
        """Tells whether the answer has one instance as seen from here."""
        around = self.here.repeats
        if key == "while":
            around = (*around, self.entry.name)
        return around[: len(known.repeats)] == known.repeats

    def column(self, name: str, line: int, key: str) -> None:
        if key != "choice_filter":
            self.problems.error(line, "bare_name", name=name)
            return
        columns = {column for choice in self.entry.data.get("choices", ()) for column in choice.get("columns", {})} | {"name"}
        if name not in columns:
            self.problems.error(line, "column_unknown", name=name, near=self.problems.near(name, sorted(columns)))

    def literals(self, expression: Expression, line: int) -> None:
        """Reports what is compared with a choice that the question does not have: it could never hold."""
        for node, literal in _compared(expression.tree):
            text = literal.value if isinstance(literal, Text) else f"{literal.value:g}"
            if isinstance(node, Current):
                entry = self.entry
            elif node.name in self.names and node.name == self.names[node.name].entry.name:
                entry = self.names[node.name].entry
            else:
                continue
            if entry.type not in LISTING_TYPES or not entry.data.get("choices") or not text:
                continue
            choices = [choice["name"] for choice in entry.data["choices"]] + ["other"] * bool(entry.data.get("other"))
            # compared as numbers, 1 is the choice "01" too
            if text not in choices and not (isinstance(literal, Number) and literal.value in map(_number, choices)):
                near = self.problems.near(text, choices)
                self.problems.error(line, "choice_unknown", choice=text, name=entry.name, near=near)


def _seen_whole(tree: Tree) -> Iterator[Tree]:
    """Yields the references of which every instance is meant: those that are directly in sum, count, join …"""
    for node in walk(tree):
        match node:
            case Call(function=function, arguments=(argument,)) if function in _OF_ALL:
                yield argument
            case Call(function="join", arguments=(_, argument)):
                yield argument
            case Call(function="indexed-repeat", arguments=(argument, *pairs)):
                yield from (argument, *pairs[::2])
            case _:
                pass


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _compared(tree: Tree) -> Iterator[tuple[Reference | Current, Text | Number]]:
    """Yields the answers that are compared with something fixed, with that."""
    for node in walk(tree):
        match node:
            case Chain(first=Reference() | Current() as answer, rest=((("=" | "!="), (Text() | Number()) as literal),)):
                yield answer, literal
            case Chain(first=(Text() | Number()) as literal, rest=((("=" | "!="), (Reference() | Current()) as answer),)):
                yield answer, literal
            case Call(function="selected", arguments=((Reference() | Current()) as answer, (Text() | Number()) as literal)):
                yield answer, literal
            case _:
                pass


def _presettable(name: str, known: Known) -> bool:
    """Tells whether a link may bring an answer for that name: a question of the flow, outside repeats."""
    return known.entry.name == name and not known.repeats and known.entry.type not in {*_SILENT, "calculate", "do"}


def _check_links(outline: Outline, names: Mapping[str, Known]) -> None:
    """Reports presets of links that name no question, or none of its choices."""
    document = outline.document
    for link, presets in outline.header.get("links", {}).items():
        for name, answer in presets.items():
            path = ("start", "links", link, name)
            known = names.get(name)
            if known is None or not _presettable(name, known):
                near = document.problems.near(name, [key for key, other in names.items() if _presettable(key, other)])
                document.problems.error(document.key(path), "link_step", link=link, name=name, near=near)
                continue
            data = known.entry.data
            if known.entry.type not in LISTING_TYPES or "choices" not in data:
                continue
            choices = [choice["name"] for choice in data["choices"]] + ["other"] * bool(data.get("other"))
            for chosen in [answer] if known.entry.type == "select_one" else answer.split():
                if chosen not in choices:
                    near = document.problems.near(chosen, choices)
                    document.problems.error(document.line(path), "link_choice", link=link, name=name, choice=chosen, near=near)
