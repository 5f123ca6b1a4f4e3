"""A flow as its file gives it, filled and in order, but not yet judged as a whole: the steps as data for the canonical JSON.

Everything that is right is kept even where something beside it is wrong, so that the checks that follow see the whole flow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bot.engine.loading.document import Document, Path
from bot.engine.loading.filling import Filler, Translate
from bot.engine.loading.fitting import fit
from bot.engine.loading.listing import Listing, listing
from bot.engine.loading.steps import Spelling, settings, spelled
from bot.engine.loading.written import IDENTIFIER, LANGUAGE
from bot.engine.model import STEPS, Flow, Unknown
from bot.engine.problem import Problems

PRODUCT_WORDS = frozenset({"receipt", "flow_title", "closes"})
"""What texts may show without a step of that name."""

MOST_STEPS = 5_000
"""A flow with more steps than that, parts counted in, is refused."""

_HEADER = frozenset({"survey", "choices"})
_DEFAULTS = MappingProxyType(
    {"kind": "survey", "quiet": "20:00-08:00", "edit": "until_close", "review": False, "anonymous": False}
)


@dataclass(slots=True)
class Entry:
    """One step, group or part. `data` is its canonical form without what lies inside it; `path` its place in the document.

    `inlined`: it came from another flow, so its own mistakes are told where that flow is checked, and its place is the call's.
    `accepted` says why warnings about it (by their code) are accepted; that is no part of the flow's meaning, nor of its version.
    """

    type: str
    name: str
    path: Path
    data: dict[str, Any]
    children: list[Entry] = field(default_factory=list)
    inlined: bool = False
    accepted: Mapping[str, str] = field(default_factory=dict)

    @property
    def repeats(self) -> bool:
        """Whether it is a repeat."""
        return "count" in self.data or "while" in self.data

    def walk(self) -> Iterator[Entry]:
        """Yields it and everything inside it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    def canonical(self) -> dict[str, Any]:
        """Returns its part of the canonical JSON."""
        return {**self.data, "survey": [child.canonical() for child in self.children]} if self.type == "group" else self.data


@dataclass(slots=True)
class Outline:
    """A flow, filled. `header` is the canonical form of what stands above the steps, `shared` its lists by name.

    `accepted` says why warnings anywhere in it are accepted, by their code.
    """

    document: Document
    header: dict[str, Any]
    languages: tuple[str, ...]
    entries: list[Entry]
    shared: dict[str, Listing]
    gathered: list[tuple[int, str, str]]
    accepted: Mapping[str, str] = field(default_factory=dict)

    def walk(self) -> Iterator[Entry]:
        """Yields every entry, in the order of the file."""
        for entry in self.entries:
            yield from entry.walk()

    def canonical(self) -> dict[str, Any]:
        """Returns what the canonical JSON holds."""
        return {"format": 1, **self.header, "survey": [entry.canonical() for entry in self.entries]}


Inline = Callable[[str, Entry, "Survey"], None]
"""Puts the steps of the flow with that identifier into the entry that calls it."""


def outlined(document: Document, translate: Translate | None, inline: Inline) -> Outline:
    """Returns the outline of a document. What is wrong is added to the document's problems."""
    raw = document.data
    header = _header(raw, document)
    accepted = header.pop("accepted", {})
    languages = _languages(header, document)
    filler = Filler(document, str(header.get("flow", "")), languages, translate, [])
    header["languages"] = list(languages)
    if "title" in header:
        header["title"] = filler.fill(header["title"], ("title",), "title")
    survey = Survey(filler, _shared(raw, filler), inline)
    entries = survey.steps(raw.get("survey", ""), ("survey",), where=document.problems.file.rpartition("/")[2])
    survey.name_notes(entries)
    return Outline(document, header, languages, entries, survey.shared, filler.gathered, accepted)


def _header(raw: Mapping[str, Any], document: Document) -> dict[str, Any]:
    header = fit(Flow, raw, (), document)
    for key in _HEADER:
        header.pop(key, None)
    start = header.pop("start", {})
    if start.get("words"):
        header["words"] = list(dict.fromkeys(start["words"]))
    if start.get("links"):
        header["links"] = start["links"]
    for key, default in _DEFAULTS.items():
        if header.get(key) == default:
            del header[key]
    if "reminders" in header and not header["reminders"]:
        del header["reminders"]
    if header.get("opens", "") >= header.get("closes", "9"):
        document.problems.error(document.line(("closes",)), "closes_before_opens", opens=header["opens"], closes=header["closes"])
    return header


def _languages(header: Mapping[str, Any], document: Document) -> tuple[str, ...]:
    codes: list[str] = []
    for place, code in enumerate(header.get("languages") or ["es"]):
        line = document.line(("languages", place))
        if LANGUAGE.fullmatch(code) is None:
            document.problems.error(line, "language_code", code=code)
        elif code in codes:
            document.problems.error(line, "language_twice", code=code)
        else:
            codes.append(code)
    return tuple(codes) or ("es",)


def _shared(raw: Mapping[str, Any], filler: Filler) -> dict[str, Listing]:
    written = raw.get("choices", "")
    if written == "":
        return {}
    if not isinstance(written, dict):
        filler.document.problems.error(filler.document.line(("choices",)), "expected_mapping", key="choices")
        return {}
    return {name: listing(choices, ("choices", name), filler, name) for name, choices in written.items()}


class Survey:
    """Reads the steps of one flow. Names are one space, over all groups and parts."""

    def __init__(self, filler: Filler, shared: dict[str, Listing], inline: Inline) -> None:
        self.filler = filler
        self.shared = shared
        self.inline = inline
        self.names: dict[str, int] = {}
        self.count = 0

    @property
    def document(self) -> Document:
        """The file that is read."""
        return self.filler.document

    @property
    def problems(self) -> Problems:
        """Where mistakes go."""
        return self.filler.document.problems

    def steps(self, raw: Any, path: Path, where: str) -> list[Entry]:
        """Returns the steps of a `survey`."""
        if raw in ("", [], {}):
            self.problems.error(self.document.key(path), "empty_survey", where=where)
            return []
        if not isinstance(raw, list):
            self.problems.error(self.document.line(path), "expected_list", key="survey")
            return []
        found: list[Entry] = []
        for place, step in enumerate(raw):
            at = (*path, place)
            if not isinstance(step, dict):
                self.problems.error(self.document.line(at), "expected_step", where=where)
                continue
            if not self.room(at):
                break
            found.append(self.step(step, at))
        return found

    def room(self, path: Path) -> bool:
        """Counts one more step; reports once where they are too many."""
        self.count += 1
        if self.count == MOST_STEPS + 1:
            self.problems.error(self.document.line(path), "too_many_steps", limit=MOST_STEPS)
        return self.count <= MOST_STEPS

    def step(self, raw: dict[str, Any], path: Path) -> Entry:
        """Returns one step."""
        spelling = spelled(raw, path, self.document)
        form = STEPS.get(spelling.type, Unknown)
        given = fit(form, spelling.raw, path, self.document, spelling.type or str(raw.get("name", "")))
        name = self.name(given, path)
        data = settings(spelling, given, path, self.filler, name)
        if spelling.other:
            data["other"] = True
        if "choices" in given or spelling.listed:
            self.choices(data, given.get("choices", spelling.listed), path, name, spelling)
        accepted = given.get("accepted", {})
        entry = Entry(spelling.type, name, path, {"type": spelling.type, "name": name, **data}, accepted=accepted)
        if spelling.type == "group" or (form is Unknown and "survey" in raw):
            entry.children = self.steps(raw.get("survey", ""), (*path, "survey"), name)
        if data.get("other"):
            self.claim(f"{name}_other", path)
        if spelling.type == "call" and "flow" in given:
            self.inline(given["flow"], entry, self)
        if spelling.type == "call":
            entry.type = entry.data["type"] = "group"
        return entry

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def name(self, given: Mapping[str, Any], path: Path) -> str:
        """Returns the step's name, "" for a note without one."""
        name = str(given.get("name", ""))
        line = self.document.line((*path, "name"))
        if not name:
            return ""
        if IDENTIFIER.fullmatch(name) is None:
            self.problems.error(line, "name_not_identifier", name=name, near=_identifier(name))
        elif name in PRODUCT_WORDS:
            self.problems.error(line, "name_reserved", name=name)
        self.claim(name, path)
        return name

    def claim(self, name: str, path: Path) -> None:
        """Takes a name for the step at that path; a second one of the same name is a problem."""
        line = self.document.line((*path, "name"))
        if name in self.names:
            self.problems.error(line, "name_twice", name=name, first=self.names[name])
        else:
            self.names[name] = line

    def name_notes(self, entries: list[Entry]) -> None:
        """Names the notes that have no name: note_1, note_2 … past the names that are taken."""
        number = 0
        for top in entries:
            for entry in top.walk():
                if entry.name or entry.inlined:
                    continue
                number += 1
                while f"note_{number}" in self.names:
                    number += 1
                entry.name = entry.data["name"] = f"note_{number}"
                entry.data["unnamed"] = True

    # ── choices ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def choices(self, data: dict[str, Any], written: Any, path: Path, name: str, spelling: Spelling) -> None:
        """Puts the choices of a step into its data: those written in it, or the list it names."""
        at = (*path, "choices")
        if isinstance(written, str):
            line = self.document.line((*path, "type") if spelling.listed else at)
            if written in self.shared:
                data["choices"], data["list"] = self.shared[written], written
            else:
                self.problems.error(line, "list_unknown", name=written, near=self.problems.near(written, self.shared))
        else:
            data["choices"] = listing(written, at, self.filler, name)
        top = data.get("top")
        if top is not None and "choices" in data and top > len(data["choices"]):
            self.problems.error(self.document.line((*path, "top")), "top_too_big", top=top, choices=len(data["choices"]))


def _identifier(name: str) -> str:
    """Returns an identifier that looks like this name, for the remedy."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", plain.strip()).strip("_")
    return plain if plain and IDENTIFIER.fullmatch(plain) else f"p_{plain}".rstrip("_")
