"""Writes a flow as a person would: keys in the order in which one reads them, quotation marks only where YAML wants them.

Every line knows which item it belongs to, so that what `check` finds there is told at the row of the form.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.forms.item import Item, walk
from bot.forms.lists import ChoiceList

_ORDER = (
    "type", "name", "flow", "effect", "with", "label", "hint", "media", "required", "required_message", "relevant", "choices",
    "choice_filter", "other", "order", "top", "start", "end", "step", "default", "read_only", "constraint",
    "constraint_message", "not_understood", "retries", "accept", "join", "calculation", "personal", "sensitive", "quasi",
    "repeat_count", "repeat_while", "x-check", "x-xlsform",
)  # fmt: skip
_HEADER = (
    "flow", "kind", "title", "languages", "start", "opens", "closes", "consent", "reminders", "quiet", "expires", "edit",
    "review", "anonymous", "x-check",
)  # fmt: skip
_PLAIN = re.compile(r"[^\W_][^\n\t]*|[_¿¡(«./+$][^\n\t]+|[(_]")
_KEY = re.compile(r"[\w.$-][\w.$/ -]*(?<! )", re.ASCII)
_WIDTH = 120
LONG = 12
"""A list of more choices than that stands above the steps, even where one question alone uses it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a line says: of which item, under which key; or of which choice of which list."""

    item: Item | None = None
    key: str = ""
    listed: ChoiceList | None = None
    choice: str = ""


class Page:
    """A file that is being written: its lines, and the origin of each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.origins: list[Origin] = []
        self.origin = Origin()

    def add(self, line: str) -> None:
        """Adds a line."""
        self.lines.append(line)
        self.origins.append(self.origin)

    def put(self, indent: int, key: str, value: Any, comment: str = "", dash: str = "") -> None:
        """Adds a key with its value."""
        head = f"{' ' * indent}{dash}{_key(key)}:"
        inner = indent + len(dash) + 2
        note = f"  # {comment}" if comment else ""
        if isinstance(value, str):
            if "\n" in value and _is_block(value):
                self.add(f"{head} |-{note}")
                for line in value.split("\n"):
                    self.add(f"{' ' * inner}{line}" if line else "")
                return
            self.add(f"{head} {scalar(value)}{note}")
            return
        flat = None if isinstance(value, Mapping) and any("\n" in str(said) for said in value.values()) else flow_style(value)
        if flat is not None and len(head) + len(flat) < _WIDTH and not (isinstance(value, Mapping) and _roomy(value)):
            self.add(f"{head} {flat}{note}")
            return
        self.add(f"{head}{note}")
        if isinstance(value, Mapping):
            for name, said in value.items():
                self.put(inner, str(name), said)
            return
        for said in value:
            if isinstance(said, Mapping):
                for at, (name, inside) in enumerate(said.items()):
                    self.put(inner if not at else inner + 2, str(name), inside, dash="- " if not at else "")
            else:
                self.add(f"{' ' * inner}- {flow_style(said)}")

    def text(self) -> str:
        """Returns the whole file."""
        return "\n".join(self.lines) + "\n"


def written(header: Mapping[str, Any], items: Sequence[Item], comments: Sequence[str], row: str) -> Page:
    """Returns the file of a flow. `comments` stand above it; `row` is the word for a row in the comment of each step."""
    page = Page()
    for comment in comments:
        page.add(f"# {' '.join(comment.split())}")
    for key in (*_HEADER, *(key for key in header if key not in _HEADER and key != "x-xlsform")):
        if key in header:
            page.put(0, key, header[key])
    shared = _shared(list(items))
    if shared:
        page.add("")
        page.add("choices:")
        for name, listed in shared.items():
            _choices(page, 2, name, listed)
    page.add("")
    page.add("survey:")
    names = {id(listed): name for name, listed in shared.items()}
    _steps(page, 2, items, names, row)
    if "x-xlsform" in header:
        page.origin = Origin()
        page.add("")
        page.put(0, "x-xlsform", header["x-xlsform"])
    return page


def _shared(items: list[Item]) -> dict[str, ChoiceList]:
    """Returns the lists that stand above the steps, by name."""
    used = [item.choices for item in walk(items) if item.choices is not None and item.choices.choices]
    counts = Counter(id(listed) for listed in used)
    placed = {id(item.choices): item.placed for item in walk(items) if item.placed}
    found: dict[str, ChoiceList] = {}
    for listed in {id(one): one for one in used}.values():
        usual = counts[id(listed)] > 1 or len(listed.choices) > LONG
        if not (usual if placed.get(id(listed)) is None else placed[id(listed)] == "shared"):
            continue
        name, number = listed.name, 1
        while name in found:
            number += 1
            name = f"{listed.name}_{number}"
        found[name] = listed
    return found


def _steps(page: Page, indent: int, items: Sequence[Item], names: Mapping[int, str], row: str) -> None:
    for item in items:
        keys = [*_ORDER, *(key for key in item.data if key not in _ORDER)]
        first = True
        for key in keys:
            page.origin = Origin(item, key)
            dash, at = ("- ", indent) if first else ("", indent + 2)
            if key == "choices" and item.choices is not None and item.choices.choices:
                if id(item.choices) in names:
                    page.put(at, key, names[id(item.choices)])
                else:
                    _choices(page, at, key, item.choices)
            elif key in item.data:
                page.put(at, key, item.data[key], f"{row} {item.row}" if first and item.row else "", dash)
                first = False
        if item.inside is not None:
            page.origin = Origin(item, "survey")
            page.add(f"{' ' * (indent + 2)}survey:")
            _steps(page, indent + 4, item.inside, names, row)


def _choices(page: Page, indent: int, key: str, listed: ChoiceList) -> None:
    page.origin = Origin(page.origin.item, "choices", listed)
    page.add(f"{' ' * indent}{_key(key)}:")
    for name, choice in listed.choices.items():
        page.origin = Origin(page.origin.item, "choices", listed, name)
        page.put(indent + 2, name, choice.written())


# ── single values ────────────────────────────────────────────────────────────────────────────────────────────────────


def scalar(value: str, *, inside: bool = False) -> str:
    """Returns a text as YAML; `inside` brackets, where commas, brackets and question marks part values."""
    if value and _is_plain(value) and not (inside and re.search(r"[,\[\]{}?]", value)):
        return value
    return quoted(value)


def quoted(value: str) -> str:
    """Returns a text as YAML in quotation marks."""
    said = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{said}"'


def _is_plain(value: str) -> bool:
    if value != value.strip() or _PLAIN.fullmatch(value) is None or not value.isprintable():
        return False
    return ": " not in value and " #" not in value and not value.endswith(":") and not value.startswith(("---", "..."))


def _is_block(value: str) -> bool:
    lines = value.split("\n")
    return value == value.strip() and all(line == line.rstrip() and line.isprintable() for line in lines) and len(lines[0]) > 0


def _key(key: str) -> str:
    if _KEY.fullmatch(key) and not key.startswith("-"):
        return key
    return scalar(key, inside=True) if ":" not in key and "#" not in key else quoted(key)


def flow_style(value: Any) -> str | None:
    """Returns a value in one line, None where it is too deep for one."""
    match value:
        case str():
            return scalar(value, inside=True)
        case Mapping():
            parts = [(str(key), flow_style(inner)) for key, inner in value.items()]
            if any(inner is None or "\n" in inner for _, inner in parts):
                return None
            return "{" + ", ".join(f"{_key(key)}: {inner}" for key, inner in parts) + "}"
        case Sequence():
            inner = [flow_style(one) for one in value]
            return None if any(isinstance(one, Mapping) for one in value) else "[" + ", ".join(map(str, inner)) + "]"
        case _:
            return str(value)


def _roomy(value: Mapping[str, Any]) -> bool:
    """Tells whether a mapping reads better with a line for each key: texts of some length."""
    return any(isinstance(inner, str) and len(inner) > 45 for inner in value.values()) and len(value) > 1
