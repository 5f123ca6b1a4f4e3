"""`call`: another flow as a part of this one. Its steps are put in with names `part.step`, and what refers to them follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.engine.expressions import ExpressionError, Reference, parse, walk
from bot.engine.expressions.tokens import REFERENCE
from bot.engine.loading.outline import Entry, Inline, Outline, Survey
from bot.engine.loading.steps import TEXTS

FORMULAS = ("relevant", "constraint", "calculation", "choice_filter", "default", "count", "while")
"""Keys of the canonical form whose value is an expression; `required` may be one."""

_BEFORE = re.compile(r"(?:current\s*\(\s*\)\s*/\s*)?(?:\.\.\s*/\s*)+|[^$\w]?\s*\$\{")
"""What stands before a name that is referred to."""

Part = tuple[Outline | None, str]
"""A flow that may be called, as an outline without mistakes; else None and where its first mistake is."""


def inliner(part: Callable[[str], Part | None], known: tuple[str, ...], calling: tuple[str, ...]) -> Inline:
    """Returns what puts a called flow's steps into the entry that calls it.

    `part` gives the flow of an identifier, None where there is no such flow; `known` are their identifiers, for the remedy;
    `calling` the flows that are being read, outermost first: calling one of them would never end.
    """

    def inline(flow: str, entry: Entry, survey: Survey) -> None:
        line = survey.document.line((*entry.path, "flow"))
        if flow in calling:
            survey.problems.error(line, "call_cycle", flow=flow, way=" → ".join((*calling, flow)))
            return
        found = part(flow)
        if found is None:
            survey.problems.error(line, "call_unknown", flow=flow, near=survey.problems.near(flow, known))
            return
        outline, mistake = found
        if outline is None:
            survey.problems.error(line, "call_broken", flow=flow, place=mistake)
            return
        languages = survey.filler.languages
        lacking = [code for code in languages if code not in outline.languages]
        if lacking:
            survey.problems.error(line, "call_languages", flow=flow, languages=", ".join(lacking))
        names = {inner.name for inner in outline.walk()}
        names |= {f"{inner.name}_other" for inner in outline.walk() if inner.data.get("other")}
        renamed = {name: f"{entry.name}.{name}" for name in names}
        entry.children = [_moved(inner, entry, renamed, languages) for inner in outline.entries]
        for inner in (inner for child in entry.children for inner in child.walk()):
            if not survey.room(entry.path):
                entry.children = []
                return
            survey.claim(inner.name, entry.path)
            if inner.data.get("other"):
                survey.claim(f"{inner.name}_other", entry.path)

    return inline


def _moved(inner: Entry, caller: Entry, names: Mapping[str, str], languages: tuple[str, ...]) -> Entry:
    """Returns an entry of the called flow as it stands in the caller."""
    data = dict(inner.data)
    data["name"] = names[inner.name]
    for key in TEXTS:
        if key in data:
            data[key] = _texts(data[key], names, languages)
    for key in FORMULAS:
        if key in data:
            data[key] = renamed(data[key], names)
    if isinstance(data.get("required"), str):
        data["required"] = renamed(data["required"], names)
    if "given" in data:
        data["given"] = {key: _references(value, names) for key, value in data["given"].items()}
    if "choices" in data:
        data["choices"] = [_choice(choice, names, languages) for choice in data["choices"]]
    children = [_moved(child, caller, names, languages) for child in inner.children]
    return Entry(inner.type, data["name"], caller.path, data, children, inlined=True)


def _choice(choice: Mapping[str, Any], names: Mapping[str, str], languages: tuple[str, ...]) -> dict[str, Any]:
    moved = {**choice, "label": _texts(choice["label"], names, languages)}
    if "words" in choice:
        moved["words"] = {code: words for code, words in choice["words"].items() if code in languages}
    return moved


def _texts(texts: Mapping[str, str], names: Mapping[str, str], languages: tuple[str, ...]) -> dict[str, str]:
    return {code: _references(text, names) for code, text in texts.items() if code in languages}


def _references(text: str, names: Mapping[str, str]) -> str:
    # the product's own words are no step's name, so they are not among the names
    return REFERENCE.sub(lambda match: f"${{{names.get(match[1], match[1])}}}", text) if "${" in text else text


def renamed(source: str, names: Mapping[str, str]) -> str:
    """Returns the expression with every reference to one of `names` replaced; texts in quotation marks stay as they are.

    `${x}`, `../x` and the quoted `'${x}'` of jr:choice-name are references. What does not parse is returned as it is.
    """
    try:
        references = [node for node in walk(parse(source).tree) if isinstance(node, Reference)]
    except ExpressionError:
        return source
    parts: list[str] = []
    done = 0
    for node in sorted(references, key=lambda node: node.at):
        if node.name not in names:
            continue
        before = _BEFORE.match(source, node.at)
        start = source.index(node.name, node.at if before is None else before.end())
        parts += [source[done:start], names[node.name]]
        done = start + len(node.name)
    return "".join([*parts, source[done:]])
