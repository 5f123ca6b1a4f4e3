"""From a flow to the sheets of an XLSForm. What only a chat needs goes into columns `minga_KEY`; brought back it is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.engine.language import Language
from bot.engine.loading.outline import Entry, Outline
from bot.forms.formulas import references
from bot.forms.grid import Grid
from bot.forms.minga import MARK, PREFIX, SKIPPED, packed
from bot.forms.telling import duration, kind_and_parameters, needed, shown, suggested
from bot.forms.tongues import named
from bot.forms.yaml_file import LONG

_TEXTS = ("label", "hint", "required_message", "constraint_message")
_FORMULAS = ("relevant", "constraint", "calculation", "choice_filter")
_CARRIED = ("not_understood", "top", "retries", "accept", "join", "personal", "sensitive", "quasi", "effect")
_HEADER = ("kind", "opens", "closes", "consent", "quiet", "edit", "review", "anonymous")
_SURVEY = (
    "type", "name", "label", "hint", "required", "required_message", "relevant", "constraint", "constraint_message",
    "calculation", "default", "read_only", "choice_filter", "repeat_count", "appearance", "parameters", "media::image",
    "media::audio", "media::video",
)  # fmt: skip


@dataclass(slots=True)
class Exported:
    """The sheets of a form by name, header first.

    `carried` counts what XLSForm cannot say, by key: it went into columns of ours.
    """

    sheets: dict[str, list[list[str]]]
    carried: Counter[str] = field(default_factory=Counter)


def exported(outline: Outline, languages: Mapping[str, Language]) -> Exported:
    """Returns the form of a flow without mistakes. `languages` are the product's, for what it says by itself."""
    return _Form(outline, languages).exported()


class _Form:
    """Writes one form."""

    def __init__(self, outline: Outline, languages: Mapping[str, Language]) -> None:
        self.outline = outline
        self.languages = languages
        self.referred = set(references(str(outline.canonical())))
        self.extra: Mapping[str, Any] = outline.header.get("extra", {})
        kept = self.extra.get("languages", {})
        self.names = {code: str(kept.get(code, named(code))) for code in outline.languages}
        self.carried: Counter[str] = Counter()
        self.survey = Grid(self._spread(_SURVEY))
        self.choices = Grid(["list_name", "name", *self._spread(("label",))])
        self.lists: dict[str, str] = {}
        self.taken: set[str] = set(outline.shared)
        self.used = Counter(entry.data["list"] for entry in outline.walk() if "list" in entry.data)

    def _spread(self, columns: tuple[str, ...]) -> list[str]:
        return [one for column in columns for one in (self._by_language(column) if column in _TEXTS else [column])]

    def _by_language(self, column: str) -> list[str]:
        return [f"{column}::{name}" for name in self.names.values()]

    def exported(self) -> Exported:
        """Returns the sheets."""
        for row in self.extra.get("metadata", ()):
            if isinstance(row, dict):
                self.survey.add({str(key): packed(value) for key, value in row.items()})
        for entry in self.outline.entries:
            self.entry(entry)
        settings = Grid([])
        settings.add(dict(self.settings()))
        sheets = {"survey": self.survey.rows(), "choices": self.choices.rows(), "settings": settings.rows()}
        entities = [row for row in self.extra.get("entities", ()) if isinstance(row, dict)]
        if entities:
            grid = Grid([])
            for row in entities:
                grid.add({str(key): packed(value) for key, value in row.items()})
            sheets["entities"] = grid.rows()
        return Exported(sheets, self.carried)

    # ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def settings(self) -> Iterator[tuple[str, str]]:
        """Yields the settings' columns."""
        header = self.outline.header
        titles: Mapping[str, str] = header["title"]
        first = titles[self.outline.languages[0]]
        yield "form_title", first
        yield "form_id", header["flow"]
        yield "default_language", self.names[self.outline.languages[0]]
        yield MARK, "1"
        for key, value in self.extra.get("settings", {}).items():
            yield str(key), packed(value)
        words, links = header.get("words", []), header.get("links", {})
        if words:
            yield "sms_keyword", words[0]
        if len(words) > 1 or links:
            yield self.carry("start", {**({"words": words} if words else {}), **({"links": links} if links else {})})
        silent = [f"label::{name}" for name in self.names.values() if not self.survey.columns.get(f"label::{name}")]
        if any(not self.choices.columns.get(column) for column in silent):
            yield self.carry("languages", list(self.outline.languages))
        if any(title != first for title in titles.values()):
            yield self.carry("title", titles)
        for key in _HEADER:
            if key in header:
                yield self.carry(key, header[key])
        if "reminders" in header:
            yield self.carry("reminders", [duration(seconds) for seconds in header["reminders"]])
        if "expires" in header:
            yield self.carry("expires", duration(header["expires"]))
        reasons = self.outline.document.data.get("x-check")
        if reasons:
            yield self.carry("x-check", reasons)

    def carry(self, key: str, value: object) -> tuple[str, str]:
        """Returns a column of ours, and counts it."""
        self.carried[key] += 1
        return f"{PREFIX}{key}", packed(value)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def entry(self, entry: Entry) -> None:
        """Adds the rows of a step, or of a group and what is inside."""
        data = entry.data
        row: dict[str, str] = {"name": entry.name}
        if data.get("unnamed"):
            row[f"{PREFIX}unnamed"] = "yes"
        for key in _TEXTS:
            row |= self.texts(key, data.get(key))
        for key in _FORMULAS:
            if key in data:
                row[key] = data[key]
        for key in _CARRIED:
            if key in data:
                row |= [self.carry(key, data[key])]
        if "given" in data:
            row |= [self.carry("with", data["given"])]
        row |= self.checked(entry)
        extra = self.kept(row, data.get("extra", {}))
        if entry.type == "group":
            self.group(entry, row)
            return
        listed = self.listed(entry, row) if "choices" in data else ""
        row |= kind_and_parameters(data, listed, extra)
        spelled = bool(data.get("other")) and ("choice_filter" in data or f"{entry.name}_other" in self.referred)
        if spelled:
            self.spelled(entry, row, listed)
        if entry.type in ("phone", "email", "do"):
            row |= [self.carry("type", entry.type)]
        if entry.type == "do":
            row["calculation"] = "''"
        row |= {f"media::{kind}": name for kind, name in data.get("media", {}).items()}
        if entry.type not in ("note", "calculate", "do"):
            row["required"] = needed(data)
        if data.get("read_only"):
            row["read_only"] = "yes"
        if "default" in data:
            row["default"] = suggested(data["default"])
        self.survey.add(row)
        if spelled:
            label = {f"label::{self.names[code]}": self.says(code, "engine.other.which") for code in self.outline.languages}
            condition = f"selected(${{{entry.name}}}, 'other')"
            self.survey.add({"type": "text", "name": f"{entry.name}_other", **label, "relevant": condition, SKIPPED: "yes"})

    def spelled(self, entry: Entry, row: dict[str, str], listed: str) -> None:
        """Writes out what or_other does: XLSForm has it neither beside a filter nor where its words are shown later."""
        name = self.free(f"{listed}_other")
        for choice in entry.data["choices"]:
            self.choice(name, choice, skipped=True)
        if all(choice["name"] != "other" for choice in entry.data["choices"]):
            label = {code: self.says(code, "engine.other") for code in self.outline.languages}
            self.choice(name, {"name": "other", "label": label}, skipped=True)
        row["type"] = f"{entry.type} {name}"
        row |= [self.carry("other", "true"), (f"{PREFIX}from", listed)]
        if "choice_filter" in entry.data:
            row |= [self.carry("choice_filter", entry.data["choice_filter"])]
            row["choice_filter"] = f"({entry.data['choice_filter']}) or name = 'other'"

    def says(self, code: str, key: str) -> str:
        """Returns a text of the product's own in that language, in Spanish where it does not speak it."""
        return (self.languages.get(code) or self.languages["es"]).say(key)

    def checked(self, entry: Entry) -> dict[str, str]:
        """Returns why warnings are accepted, as the file says it."""
        written: Any = self.outline.document.data
        for part in entry.path:
            written = written[part]
        reasons = written.get("x-check") if isinstance(written, dict) and not entry.inlined else None
        return dict([self.carry("x-check", reasons)]) if reasons else {}

    def group(self, entry: Entry, row: dict[str, str]) -> None:
        """Adds a group's rows."""
        kind = "repeat" if entry.repeats else "group"
        row["type"] = f"begin_{kind}"
        if "count" in entry.data:
            row["repeat_count"] = entry.data["count"]
        if "while" in entry.data:
            row |= [self.carry("repeat_while", entry.data["while"])]
        self.survey.add(row)
        for child in entry.children:
            self.entry(child)
        self.survey.add({"type": f"end_{kind}", "name": entry.name})

    def kept(self, row: dict[str, str], extra: Mapping[str, Any]) -> dict[str, str]:
        """Puts what an imported form had beside into its columns; returns it. What is no text is carried whole."""
        if all(isinstance(value, str) for value in extra.values()):
            found = {str(key): value for key, value in extra.items()}
            row |= {key: value for key, value in found.items() if key != "type"}
            return found
        row |= [self.carry("x-xlsform", dict(extra))]
        return {}

    def texts(self, key: str, texts: Mapping[str, str] | None) -> dict[str, str]:
        """Returns a text's columns. Words of the product's own, which other tools do not know, are shown as … and carried."""
        if not texts:
            return {}
        told = {code: shown(text) for code, text in texts.items()}
        found = {f"{key}::{self.names[code]}": text for code, text in told.items()}
        return found if told == dict(texts) else {**found, **dict([self.carry(key, texts)])}

    # ── choices ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def listed(self, entry: Entry, row: dict[str, str]) -> str:
        """Returns the name of a step's list, which is added when it is first used."""
        data = entry.data
        shared = data.get("list", "")
        name = shared or self.free(entry.name.replace(".", "_"))
        usual = (self.used[shared] > 1 or len(data["choices"]) > LONG) if shared else len(data["choices"]) <= LONG
        if not usual:
            row[f"{PREFIX}list"] = "shared" if shared else "inline"
        if name not in self.lists:
            self.lists[name] = name
            for choice in data["choices"]:
                self.choice(name, choice)
        return name

    def free(self, name: str) -> str:
        """Returns a name that no list has yet."""
        made, number = name, 1
        while made in self.taken:
            number += 1
            made = f"{name}_{number}"
        self.taken.add(made)
        return made

    def choice(self, listed: str, choice: Mapping[str, Any], *, skipped: bool = False) -> None:
        """Adds the row of a choice; `skipped` when it comes back."""
        row = {
            **({SKIPPED: "yes"} if skipped else {}),
            "list_name": listed,
            "name": choice["name"],
            **self.texts("label", choice["label"]),
        }
        for key, value in choice.get("columns", {}).items():
            row[key.replace("media_", "media::", 1) if key.startswith("media_") else key] = value
        if "words" in choice and not skipped:
            row |= [self.carry("words", choice["words"])]
        self.choices.add(row)
