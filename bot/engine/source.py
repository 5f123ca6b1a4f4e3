"""From a YAML file to a flow: everything that is wrong with it at once, or the frozen flow and its canonical JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.engine.build import Parsed, assemble, canonical, version
from bot.engine.checks.reach import check_reach
from bot.engine.checks.references import check_references
from bot.engine.flow import ConsentText, Flow
from bot.engine.loading.calls import Part, inliner
from bot.engine.loading.document import read
from bot.engine.loading.filling import Translate
from bot.engine.loading.fitting import fit
from bot.engine.loading.outline import Outline, outlined
from bot.engine.model import Consent
from bot.engine.problem import Problem, Problems, ordered


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read. `flow` is None, and `content` empty, where a problem is an error.

    `content` is the canonical JSON: what the version hashes and the database keeps. `outline` is what could be understood even
    so, None where the file is no YAML mapping; `check` looks at it.
    """

    flow: Flow | None
    content: str
    problems: tuple[Problem, ...]
    file: str = ""
    outline: Outline | None = field(default=None, compare=False, repr=False)


def load(text: str | bytes, file: str, *, library: Mapping[str, str] | None = None, translate: Translate | None = None) -> Loaded:
    """Reads a flow. Never raises for what a file holds; every problem names `file` and a line.

    `library` maps the identifiers of flows that may be called to their YAML. `translate(language, "flow.step", text)` gives a
    text in a language that is missing in line. The problems are those of this flow alone; `check` adds what needs the world
    around it.
    """
    reader = _Reader(library or {}, translate)
    outline, problems = reader.outline(text, file, ())
    return reader.loaded(outline, problems)


def load_consents(text: str | bytes, file: str) -> tuple[Mapping[str, ConsentText], tuple[Problem, ...]]:
    """Reads consents.yaml: name → text, version, purpose, days kept after closing. A text that is not by language is Spanish.

    Texts with a mistake are left out. Never raises for what a file holds.
    """
    problems = Problems(file)
    document = read(text, problems)
    found: dict[str, ConsentText] = {}
    for name, raw in (document.data if document is not None else {}).items():
        assert document is not None
        before = len(problems.found)
        if not isinstance(raw, dict):
            problems.error(document.line((name,)), "expected_mapping", key=name)
            continue
        given = fit(Consent, raw, (name,), document, name)
        texts = given.get("text", {})
        texts = {"es": texts} if isinstance(texts, str) else texts
        for code, said in texts.items():
            if not said:
                problems.error(document.line((name, "text", code)), "missing_key", key=code, where=name)
        if len(problems.found) == before:
            found[name] = ConsentText(name, given["version"], given["purpose"], given["days"], texts)
    return found, ordered(problems)


def library(texts: Mapping[str, str]) -> dict[str, str]:
    """Returns flow identifier → YAML for files (name → YAML), as `load` wants it. Files without an identifier are left out."""
    found: dict[str, str] = {}
    for file, text in texts.items():
        document = read(text, Problems(file))
        name = document.data.get("flow", "") if document is not None else ""
        if isinstance(name, str) and name:
            found[name] = text
    return found


def messages(text: str | bytes, file: str) -> tuple[tuple[int, str, str], ...]:
    """Returns the texts of a flow in its default language, for translators: (line, context "flow.step", text)."""
    outline, _ = _Reader({}, None).outline(text, file, ())
    return tuple(outline.gathered) if outline is not None else ()


class _Reader:
    """Reads a flow and the flows it calls, each once."""

    def __init__(self, library: Mapping[str, str], translate: Translate | None) -> None:
        self.library = library
        self.translate = translate
        self.parts: dict[str, Part] = {}
        self.parsed = Parsed()

    def outline(self, text: str | bytes, file: str, calling: tuple[str, ...]) -> tuple[Outline | None, Problems]:
        """Returns the outline of a flow and what is wrong with it."""
        problems = Problems(file)
        document = read(text, problems)
        if document is None:
            return None, problems
        own = document.data.get("flow", "")
        way = (*calling, own.strip()) if isinstance(own, str) and own.strip() and own.strip() not in calling else calling
        outline = outlined(document, self.translate, inliner(self.part(way), tuple(self.library), way))
        check_references(outline, self.parsed)
        check_reach(outline, self.parsed)
        return outline, problems

    def part(self, calling: tuple[str, ...]) -> Callable[[str], Part | None]:
        """Returns what finds the flow of an identifier for a flow that is being read."""

        def find(flow: str) -> Part | None:
            if flow not in self.library:
                return None
            if flow not in self.parts:
                outline, problems = self.outline(self.library[flow], f"{flow}.yaml", (*calling, flow))
                wrong = next((problem for problem in ordered(problems) if problem.severity == "error"), None)
                self.parts[flow] = (None, f"{wrong.file}:{wrong.line}") if wrong is not None else (outline, "")
            return self.parts[flow]

        return find

    def loaded(self, outline: Outline | None, problems: Problems) -> Loaded:
        """Returns the outcome: a flow where nothing is wrong."""
        found = ordered(problems)
        if outline is None or problems.fatal:
            return Loaded(None, "", found, problems.file, outline)
        data: dict[str, Any] = outline.canonical()
        content = canonical(data)
        lines = {entry.name: outline.document.line(entry.path) for entry in outline.walk()}
        return Loaded(assemble(data, version(content), lines, self.parsed), content, found, problems.file, outline)
