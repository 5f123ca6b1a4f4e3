"""Judges what came of a form by the flow's own check, tells each mistake at its row, and takes out what is wrong until it passes.

Whether the rest may be written is not decided here: a strict import refuses where anything was taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.engine.build import Parsed
from bot.engine.checks.choices import check_choices
from bot.engine.checks.people import check_people
from bot.engine.flow import ConsentText
from bot.engine.language import Language
from bot.engine.problem import Problem, ordered
from bot.engine.source import Loaded, load
from bot.forms.finding import Finding, Findings
from bot.forms.formulas import references, without_choice
from bot.forms.item import Item, walk
from bot.forms.steps import Steps
from bot.forms.yaml_file import Origin, Page, written

_ROUNDS = 80
_DROPPED = ("constraint", "default", "choice_filter", "required", "read_only", "media", "hint", "order", "top")
"""Keys without which a question can still be asked."""

_TEXTS = ("label", "hint", "constraint_message", "required_message", "not_understood", "choices")
_FORMULAS = ("relevant", "constraint", "calculation", "default", "choice_filter", "required", "repeat_count", "repeat_while")
_REFERRING = frozenset({"reference_unknown", "reference_later", "reference_no_answer", "reference_itself", "reference_repeat"})
_COLUMNS = {"repeat_count": "repeat_count", "choices": "type", "survey": "type"}


@dataclass(frozen=True, slots=True)
class World:
    """What a flow is judged by: the product's languages and the consent texts; `speaks` is the official's language."""

    languages: Mapping[str, Language]
    speaks: Language
    consents: Mapping[str, ConsentText]


def mended(
    header: dict[str, Any],
    items: list[Item],
    steps: Steps,
    findings: Findings,
    world: World,
    *,
    comment: str,
) -> str:
    """Returns the file of the flow without what does not pass; "" where nothing is left. Each reason is added to the findings."""
    mender = _Mender(items, steps, findings)
    mender.follow()
    for _ in range(_ROUNDS):
        if not items:
            findings.add("refused", "survey", 0, "", "nothing_left")
            return ""
        page = written(header, items, [comment], world.speaks.say("forms.row"))
        loaded = load(page.text(), "flow.yaml")
        errors = _errors(loaded, world)
        if not errors:
            return page.text()
        if not mender.round(errors, page, header):
            return ""
    findings.add("refused", "survey", 0, "", "nothing_left")
    return ""


def _errors(loaded: Loaded, world: World) -> list[Problem]:
    """Returns the errors that `check` would report. What it only warns of is for whoever checks the flow."""
    outline = loaded.outline
    problems = list(loaded.problems)
    if outline is not None:
        found = outline.document.problems.found
        before = len(found)
        check_choices(outline, Parsed(), world.languages)
        check_people(outline, world.consents)
        problems += found[before:]
    return [problem for problem in ordered(problems) if problem.severity == "error"]


class _Mender:
    """Takes out what is wrong. `items` is changed in place."""

    def __init__(self, items: list[Item], steps: Steps, findings: Findings) -> None:
        self.items = items
        self.gone = steps.gone
        self.findings = findings
        self.doomed: set[int] = set()

    def round(self, errors: Sequence[Problem], page: Page, header: dict[str, Any]) -> bool:
        """Handles the problems of one check. Returns False where one of them is nobody's, so that nothing more can be done."""
        self.doomed = set()
        changed = False
        endless = [problem for problem in errors if problem.code in ("too_many_steps", "too_big", "too_deep")]
        for problem in endless:
            self.tell(problem, "survey", 0, "")
        if endless:
            return False
        for problem in errors:
            at = problem.line - 1
            origin = page.origins[at] if 0 <= at < len(page.origins) else Origin()
            if origin.listed is not None and origin.choice:
                self.choice(problem, origin)
                changed = True
            elif origin.item is not None:
                self.item(problem, origin.item, origin.key)
                changed = True
            elif problem.code in ("link_step", "link_choice") and "start" in header:
                self.tell(problem, "settings", 0, "")
                header["start"].pop("links", None)
                changed = True
            elif problem.code in ("consent_unknown", "consent_language") and "consent" in header:
                self.tell(problem, "settings", 0, "minga_consent")
                del header["consent"]
                changed = True
            else:
                self.tell(problem, "survey", 0, "")
        self.sweep()
        self.follow()
        return changed

    def sweep(self) -> None:
        """Takes the steps out that cannot stay."""
        if self.doomed:
            self.items[:] = self.without(self.items)
            self.doomed = set()

    def follow(self) -> None:
        """Takes out what refers to something that is gone, and what refers to that, until nothing does."""
        users: dict[str, list[tuple[Item, str]]] = {}
        for item in walk(self.items):
            for key in (*_TEXTS, *_FORMULAS):
                for name in dict.fromkeys(references(str(item.data[key]))) if key in item.data else ():
                    users.setdefault(name, []).append((item, key))
        waiting = [name for name in users if name in self.gone]
        while waiting:
            name = waiting.pop()
            before = len(self.gone)
            for item, key in users.pop(name, []):
                if id(item) not in self.doomed and f"${{{name}}}" in str(item.data.get(key, "")):
                    column = item.headers.get(_COLUMNS.get(key, key), "")
                    places = {"name": name, "first": str(self.gone[name])}
                    self.findings.put(Finding("refused", "survey", item.row, column, "depends", places))
                    self.take_out(item, key, name, text=key in _TEXTS)
            doomed = [item for item in walk(self.items) if id(item) in self.doomed] if self.doomed else []
            self.sweep()
            if doomed or len(self.gone) != before:
                waiting += [inner.name for item in doomed for inner in item.walk() if inner.name in users]
        self.sweep()

    # ── what is wrong with a step ────────────────────────────────────────────────────────────────────────────────────

    def item(self, problem: Problem, item: Item, key: str) -> None:
        """Takes out a key, a reference in a text, or the whole step: whatever is the least."""
        if id(item) in self.doomed:
            return
        column = item.headers.get(_COLUMNS.get(key, key), "")
        if key == "default" and "calculation" not in item.headers:
            column = item.headers.get("default", "")
        if problem.code == "unreachable" and "${" not in str(item.data.get("relevant", "")):
            places = {"name": item.name or "–", "expression": str(item.data["relevant"])}
            self.findings.put(Finding("left_out", "survey", item.row, column, "never_asked", places))
            self.silence(item)
            return
        if problem.code == "choice_unknown" and key in _FORMULAS and self.settle(problem, item, key, column):
            return
        self.tell(problem, "survey", item.row, column)
        text = key in _TEXTS and (problem.code in _REFERRING or problem.code.startswith(("expression", "reference")))
        self.take_out(item, key, problem.places.get("name", ""), text=text)

    def take_out(self, item: Item, key: str, name: str, *, text: bool) -> None:
        """Takes out a reference to that name in a text, a key, or the whole step."""
        if text:
            self.unreferred(item.data, key, name)
        elif key == "required":
            item.data["required"] = "false"
        elif key in _DROPPED and key in item.data:
            del item.data[key]
            if key == "constraint":
                item.data.pop("constraint_message", None)
        elif key == "x-xlsform":
            item.data.pop(key, None)
        else:
            self.doomed.add(id(item))

    def settle(self, problem: Problem, item: Item, key: str, column: str) -> bool:
        """Puts what a comparison with an option that there is not always comes to, as XLSForm has it, and says so."""
        source = str(item.data.get(key, ""))
        settled = without_choice(source, problem.places.get("name", ""), problem.places.get("choice", ""))
        if settled == source:
            return False
        item.data[key] = settled
        places = {"name": problem.places.get("name", ""), "choice": problem.places.get("choice", "")}
        self.findings.put(
            Finding("changed", "survey", item.row, column, "choice_never", places | {"near": problem.places["near"]})
        )
        return True

    def silence(self, item: Item) -> None:
        """Makes what is never asked empty, where something refers to it; else takes it out."""
        referred = {name for one in walk(self.items) if id(one) not in {id(i) for i in item.walk()} for name in _names(one)}
        wanted = [inner for inner in item.walk() if inner.name in referred and inner.inside is None]
        if not wanted:
            self.doomed.add(id(item))
            return
        empty = [Item(one.row, {"type": "calculate", "name": one.name, "calculation": "''"}, one.headers) for one in wanted]
        if item.inside is None:
            item.data, item.choices = empty[0].data, None
        else:
            item.data.pop("relevant", None)
            item.inside[:] = empty

    def tell(self, problem: Problem, sheet: str, row: int, column: str) -> None:
        """Adds what the check says, at the row; of what depends on something left out, that this is why."""
        name = problem.places.get("name", "")
        if problem.code == "reference_unknown" and name in self.gone:
            places = {"name": name, "first": str(self.gone[name])}
            self.findings.put(Finding("refused", sheet, row, column, "depends", places))
            return
        places = dict(problem.places)
        function = places.get("detail", "").partition(" ")[0]
        if problem.code == "expression_unknown_function" and function in (
            "pulldata",
            "search",
            "instance",
            "jr:itext",
            "property",
        ):
            self.findings.put(Finding("refused", sheet, row, column, "pulldata", {"function": function}))
            return
        if problem.code == "expression_reference" and "last-saved" in places.get("detail", ""):
            self.findings.put(Finding("refused", sheet, row, column, "last_saved_use"))
            return
        if problem.code == "expression_path":
            self.findings.put(Finding("refused", sheet, row, column, "lookup", {"detail": places.get("detail", "")}))
            return
        if problem.code == "reference_later":
            later = next((item.row for item in walk(self.items) if item.name == name), 0)
            self.findings.put(Finding("refused", sheet, row, column, "later", {"name": name, "first": str(later)}))
            return
        self.findings.put(Finding("refused", sheet, row, column, problem.code, places, problem.code))

    def unreferred(self, data: dict[str, Any], key: str, name: str) -> None:
        """Puts … for a reference in a text, so that the rest of it can still be said."""
        pattern = re.compile(rf"\$\{{{re.escape(name)}\}}" if name else r"\$\{[^{}]*\}?")
        said = data.get(key)
        if isinstance(said, str):
            data[key] = _shorn(pattern, said)
        elif isinstance(said, dict):
            data[key] = {code: _shorn(pattern, one) for code, one in said.items()}

    def without(self, items: list[Item]) -> list[Item]:
        """Returns the items without those that are taken out, and without groups in which nothing is left."""
        kept: list[Item] = []
        for item in items:
            if item.inside is not None:
                item.inside[:] = self.without(item.inside)
            if id(item) in self.doomed or item.inside == []:
                for inner in item.walk():
                    if inner.name:
                        self.gone.setdefault(inner.name, inner.row)
                continue
            kept.append(item)
        return kept

    # ── what is wrong with a choice ──────────────────────────────────────────────────────────────────────────────────

    def choice(self, problem: Problem, origin: Origin) -> None:
        """Tells two choices apart that read alike; takes out the questions of a list whose labels are other places' numbers."""
        listed, item = origin.listed, origin.item
        assert listed is not None
        one = listed.choices.get(origin.choice)
        if one is None:
            return
        column = listed.headers.get("name" if problem.code == "choice_name" else "label", "")
        if problem.code == "choice_number":
            places = {**problem.places, "list": listed.name}
            self.findings.put(Finding("refused", listed.sheet, one.row, column, "choice_number", places))
            self.doomed |= {id(user) for user in walk(self.items) if user.choices is listed}
            return
        if problem.code == "choices_alike":
            other = listed.choices.get(problem.places.get("other", ""))
            places = {**problem.places, "list": listed.name, "first": str(other.row if other is not None else 0)}
            code = "choices_alike" if other is not None else "choice_like_other"
            self.findings.put(Finding("refused", listed.sheet, one.row, column, code, places))
            one.words = None
            one.label = _apart(one.label, one.name)
            return
        if problem.code.startswith(("reference", "expression")):
            self.tell(problem, listed.sheet, one.row, column)
            data = {"label": one.label}
            self.unreferred(data, "label", problem.places.get("name", ""))
            one.label = data["label"]
            return
        self.tell(problem, listed.sheet, one.row, column)
        if one.columns and problem.code in ("column_name", "expected_text"):
            one.columns = {}
            return
        self.doomed |= {id(user) for user in walk(self.items) if user.choices is listed} or ({id(item)} if item else set())


def _names(item: Item) -> set[str]:
    """Returns the names that an item refers to."""
    labels = [choice.label for choice in item.choices.choices.values()] if item.choices is not None else []
    return set(references(str([item.data, labels])))


def _shorn(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub("…", text) or "…"


def _apart(label: Any, name: str) -> Any:
    if isinstance(label, str):
        return f"{label} ({name})"
    return {code: f"{said} ({name})" for code, said in label.items()}
