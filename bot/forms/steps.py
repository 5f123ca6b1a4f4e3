"""One row of a survey as a step of a flow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.engine.model import STEPS
from bot.engine.problem import nearest
from bot.forms.finding import Findings, Weight
from bot.forms.formulas import Rename, formula
from bot.forms.headers import Record
from bot.forms.item import Item
from bot.forms.lists import ChoiceList, find
from bot.forms.minga import carried
from bot.forms.naming import Names
from bot.forms.parameters import parameters
from bot.forms.rows import Raw
from bot.forms.scales import reordered, scale
from bot.forms.texts import Tongues, kept

_YES = frozenset({"yes", "true", "true()", "1", "y", "si", "sí", "s", "x", "required", "obligatorio"})
_NO = frozenset({"", "no", "false", "false()", "0", "n", "-"})
_DAYS = {"days_month": 31, "days_half": 183, "days_year": 365}
_CLOCK = {"start": "once(now())", "end": "now()", "today": "today()"}
_FILE = re.compile(r"[^\s/\\.][^/\\]{0,199}")
_LISTING = ("select_one", "select_multiple", "rank")
_DRAWN = re.compile(r"\b(signature|draw|annotate)\b")


class Steps:
    """Turns rows into items. `gone` are names that the flow will not have, with the row where each stood."""

    def __init__(
        self,
        tongues: Tongues,
        lists: Mapping[str, ChoiceList],
        external: Mapping[str, ChoiceList],
        names: Names,
        findings: Findings,
    ) -> None:
        self.tongues = tongues
        self.lists = lists
        self.external = external
        self.names = names
        self.findings = findings
        self.gone: dict[str, int] = {}
        self.files: dict[str, None] = {}
        self.metadata: list[dict[str, str]] = []
        self.asked: set[int] = set()
        self.points: dict[int, list[int]] = {}
        self.placed: set[tuple[int, bool]] = set()

    def formula(self, written: str, raw: Raw) -> str:
        """Returns an expression of that row in the spelling of a flow."""
        return formula(written, self.rename(raw), self.literals, plain=self.tongues.plain)

    def say(self, weight: Weight, raw: Raw, field: str, code: str, /, **places: object) -> None:
        """Adds a finding at a row's field."""
        column = raw.record.header(field) if field else ""
        self.findings.add(weight, raw.record.table.sheet, raw.record.number, column, code, **places)

    def rename(self, raw: Raw) -> Rename:
        """Returns what finds the flow's names as seen from that row."""
        return lambda name: self.names.find(name, raw.scope)

    def step(self, raw: Raw) -> list[Item]:
        """Returns what becomes of a row that is no bracket: a step, or nothing."""
        kind = raw.kind
        match kind.fate:
            case "clock":
                self.say("changed", raw, "type", f"clock_{kind.kind}", name=raw.name)
                data = {"type": "calculate", "name": raw.name, "calculation": _CLOCK[kind.kind]}
                return [self.item(raw, {**data, "x-xlsform": {"type": kind.kind, **self.beside(raw, {"calculation"})}})]
            case "metadata":
                return self.metadatum(raw)
            case "unaskable":
                return self.refuse(raw, "type", f"unaskable_{kind.kind}", type=raw.record.get("type"))
            case "unknown":
                near = nearest(kind.kind.split(" ")[0], STEPS) or "text"
                return self.refuse(raw, "type", "type_unknown", type=kind.kind, near=near)
            case _:
                return self.question(raw)

    def refuse(self, raw: Raw, field: str, code: str, /, **places: object) -> list[Item]:
        """Reports what cannot be asked; nothing comes of it."""
        self.say("refused", raw, field, code, **{"name": raw.name, **places})
        self.gone[raw.name] = raw.record.number
        return []

    def metadatum(self, raw: Raw) -> list[Item]:
        """Drops what only a phone knows of itself; it goes back when the flow is exported."""
        self.say("left_out", raw, "type", "metadata", type=raw.record.get("type"), name=raw.name)
        self.gone[raw.name] = raw.record.number
        self.metadata.append({"type": raw.kind.kind, "name": raw.name, **self.beside(raw, set())})
        return []

    def item(self, raw: Raw, data: dict[str, Any], choices: ChoiceList | None = None, inside: list[Item] | None = None) -> Item:
        """Returns an item with the headers of its row, and what the row carries of a flow that Minga wrote."""
        headers = {column.field: column.header for column in raw.record.table.columns if column.field}
        headers |= {"calculation": raw.record.header("calculation"), "name": raw.record.header("name")}
        carry = carried(raw.record.other)
        unnamed, placed = carry.pop("unnamed", ""), carry.pop("list", "")
        carry.pop("from", "")
        data.update(carry)
        if unnamed:
            data.pop("name", None)
        if carry.get("type") in STEPS:
            known = {field.alias or name for name, field in STEPS[carry["type"]].model_fields.items()}
            data = {key: value for key, value in data.items() if key in known}
        return Item(raw.record.number, data, headers, choices, inside, placed)

    # ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def question(self, raw: Raw) -> list[Item]:
        """Returns the step of a question, a note or a calculation."""
        record, kind = raw.record, raw.kind.kind
        if kind in ("calculate", "hidden"):
            return self.calculation(raw)
        if kind == "email" and not record.texts.get("label"):
            return self.metadatum(raw)
        rename = self.rename(raw)
        label = self.tongues.text(record, "label", rename)
        hint = self.tongues.text(record, "hint", rename)
        if kind in _LISTING and label is not None and "label" in record.get("appearance").split():
            # the labels of the choices stand above the rows of a matrix; a chat shows them with each question
            self.say("changed", raw, "appearance", "matrix_header", name=raw.name)
            return self.note(raw, label, hint)
        if kind == "note":
            return self.note(raw, label, hint)
        data: dict[str, Any] = {"type": kind, "name": raw.name}
        done = {"type", "name", "relevant", "required", "default", "constraint", "calculation", "read_only", "choice_filter"}
        if label is None:
            label = hint if hint is not None else self.tongues.same(record.get("name") or raw.name)
            hint = None
            self.say("changed", raw, "label", "label_missing", name=raw.name)
        data["label"] = label
        if hint is not None:
            data["hint"] = hint
        self.media(raw, data)
        self.needed(raw, data, rename)
        self.conditions(raw, data, rename)
        choices: ChoiceList | None = None
        if kind in _LISTING:
            choices = self.listed(raw, data)
            if choices is None:
                return []
        elif kind == "range":
            self.ranged(raw, data)
        elif kind == "country":
            data["type"] = "text"
            self.say("changed", raw, "type", "type_as_text", type=kind)
        elif kind == "percentage" or kind in _DAYS:
            data["type"] = "integer"
            data.setdefault("constraint", f". >= 0 and . <= {_DAYS.get(kind, 100)}")
        self.suggested(raw, data, choices)
        if _DRAWN.search(record.get("appearance")):
            self.say("changed", raw, "appearance", "drawn", name=raw.name)
        extra = self.beside(raw, done)
        if extra:
            data["x-xlsform"] = extra
        return [self.item(raw, data, choices)]

    def note(self, raw: Raw, label: Any, hint: Any) -> list[Item]:
        """Returns a note; one that says nothing is dropped."""
        data: dict[str, Any] = {"type": "note", "name": raw.name}
        if label is None and hint is None and not any(raw.record.texts.get(media) for media in ("image", "audio", "video")):
            self.say("left_out", raw, "label", "note_empty", name=raw.name)
            self.gone[raw.name] = raw.record.number
            return []
        data["label"] = label if label is not None else hint if hint is not None else self.tongues.same(raw.name)
        if label is not None and hint is not None:
            data["hint"] = hint
        self.media(raw, data)
        if relevant := condition(raw.record.get("relevant")):
            data["relevant"] = self.formula(relevant, raw)
        extra = self.beside(raw, {"type", "name", "relevant"})
        if extra:
            data["x-xlsform"] = extra
        return [self.item(raw, data)]

    def calculation(self, raw: Raw) -> list[Item]:
        """Returns a calculation. A hidden value is what it begins with."""
        record = raw.record
        source = self.formula(record.get("calculation"), raw)
        if not source:
            default = self.formula(record.get("default"), raw) if "(" in record.get("default") else record.get("default")
            source = (
                default if default and ("(" in default or "${" in default) else f"'{default}'" if "'" not in default else default
            )
            code = "hidden" if raw.kind.kind == "hidden" or default else "calculation_empty"
            self.say("changed", raw, "calculation", code, name=raw.name, value=default or "''")
        data: dict[str, Any] = {"type": "calculate", "name": raw.name}
        label = self.tongues.text(record, "label", self.rename(raw))
        if label is not None:
            data["label"] = label
        if relevant := condition(record.get("relevant")):
            data["relevant"] = self.formula(relevant, raw)
        # a calculation that refers to itself means what it was before
        data["calculation"] = re.sub(rf"\$\{{{re.escape(raw.name)}\}}", ".", source)
        extra = self.beside(
            raw, {"type", "name", "relevant", "calculation"} | ({"default"} if raw.kind.kind == "hidden" else set())
        )
        if raw.kind.kind == "hidden":
            extra = {"type": "hidden", **extra}
        if extra:
            data["x-xlsform"] = extra
        return [self.item(raw, data)]

    # ── parts of a question ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def literals(self) -> Mapping[str, str]:
        """Names of choices that had to change, with what they are now."""
        every = {name for one in self.lists.values() for name in one.choices}
        return {old: new for one in self.lists.values() for old, new in one.renamed.items() if old not in every}

    def media(self, raw: Raw, data: dict[str, Any]) -> None:
        """Takes the files that are shown with a text; those of other languages are kept, a chat shows one."""
        shown: dict[str, str] = {}
        for field in ("image", "audio", "video"):
            texts = raw.record.texts.get(field)
            if not texts:
                continue
            by_code = {self.tongues.of.get(name, ""): value for name, value in texts.items()}
            chosen = by_code.get(self.tongues.codes[0]) or next(iter(texts.values()))
            name = re.split(r"[/\\]", chosen)[-1]
            if _FILE.fullmatch(name) is None or "${" in chosen:
                self.say("left_out", raw, field, "media_name", file=chosen)
                continue
            shown[field] = name
            self.files.setdefault(name)
        if shown:
            data["media"] = shown

    def needed(self, raw: Raw, data: dict[str, Any], rename: Rename) -> None:
        """Says whether it must be answered: as in XLSForm, not unless the form says so."""
        written = raw.record.get("required")
        if written.lower() in _NO:
            data["required"] = "false"
        elif written.lower() not in _YES:
            data["required"] = self.formula(written, raw)
        said = self.tongues.text(raw.record, "required_message", rename)
        if said is not None:
            data["required_message"] = said

    def conditions(self, raw: Raw, data: dict[str, Any], rename: Rename) -> None:
        """Takes when it is asked and which answers pass."""
        for field in ("relevant", "choice_filter", "constraint"):
            if written := condition(raw.record.get(field)):
                data[field] = self.formula(written, raw)
        said = self.tongues.text(raw.record, "constraint_message", rename)
        if said is not None:
            data["constraint_message"] = said

    def suggested(self, raw: Raw, data: dict[str, Any], choices: ChoiceList | None) -> None:
        """Takes what is suggested: a default, or what a question that can be seen calculates."""
        record = raw.record
        default, source = record.get("default"), record.get("calculation")
        read_only = record.get("read_only").lower() in _YES
        if "last-saved" in default:
            self.say("left_out", raw, "default", "last_saved", name=raw.name)
            default = ""
        if source:
            default = self.formula(source, raw)
        elif "(" in default or "${" in default:
            default = self.formula(default, raw)
        elif choices is not None:
            default = " ".join(choices.renamed.get(word, word) for word in default.split())
        if default and data["type"] in ("image", "audio", "video", "file", "geopoint"):
            self.say("left_out", raw, "default", "default_impossible", name=raw.name)
        elif default:
            data["default"] = default.replace(f"${{{raw.name}}}", "''")
        if read_only:
            data["read_only"] = "true"

    def listed(self, raw: Raw, data: dict[str, Any]) -> ChoiceList | None:
        """Returns the list of a question; None where the form has none, which is reported."""
        record, kind = raw.record, raw.kind
        if "search(" in record.get("appearance").replace(" ", ""):
            self.refuse(raw, "appearance", "search", list=kind.listed)
            return None
        among = self.external if kind.external else self.lists
        wanted = carried(record.other).get("from") or kind.listed
        found = find(wanted, among.values()) or (None if kind.external else find(kind.listed, self.external.values()))
        if found is None or not found.choices:
            near = nearest(kind.listed, among) or ", ".join(list(among)[:8]) or "–"
            code = "list_unnamed" if not kind.listed else "list_missing" if among else "list_none"
            self.refuse(raw, "type", code, list=kind.listed or "–", near=near)
            return None
        self.asked.add(id(found))
        given = parameters(record.get("parameters"))
        if given.get("randomize", "").lower() in ("true", "true()"):
            data["order"] = "random"
        if kind.other:
            data["other"] = "true"
        if id(found) not in self.points:
            self.points[id(found)] = scale(found)
        points = self.points[id(found)]
        if data["type"] == "select_one" and "choice_filter" not in data and not kind.other and points:
            data["type"] = "range"
            data.pop("order", None)
            data |= {"start": str(points[0]), "end": str(points[-1]), "step": str(points[1] - points[0])}
            self.say("changed", raw, "type", "scale", name=raw.name, start=points[0], end=points[-1])
            return ChoiceList("", found.sheet)
        whole = "choice_filter" not in data and data.get("order") != "random" and (id(found), kind.other) not in self.placed
        self.placed.add((id(found), kind.other))
        if whole and reordered(found, other=kind.other):
            self.findings.add("changed", found.sheet, next(iter(found.choices.values())).row, "", "zero_last", list=found.name)
        return found

    def ranged(self, raw: Raw, data: dict[str, Any]) -> None:
        """Takes the ends of a range; what the form leaves out is as in XLSForm."""
        given = parameters(raw.record.get("parameters"))
        for key, usual in (("start", "1"), ("end", "10"), ("step", "1")):
            data[key] = given.get(key, usual)

    def beside(self, raw: Raw, done: set[str]) -> dict[str, Any]:
        """Returns what the flow keeps of a row without using it, by header."""
        record: Record = raw.record
        found = {header: value for header, value in record.other.items() if not header.lower().startswith("minga_")}
        # the usual fields go by their own name, whatever their header, so that an export finds them
        used = done | {"list_name", "autoname", "disabled", "score_choices", "rank_items"}
        found |= {field: value for field, value in record.values.items() if field not in used | {"type", "name"}}
        for field in ("guidance_hint", "big-image"):
            found |= kept(record, field)
        if raw.kind.kind == "range" and not set(parameters(record.get("parameters"))) - {"start", "end", "step"}:
            found.pop("parameters", None)
        if parameters(record.get("parameters")) == {"randomize": "true"} and raw.kind.kind in _LISTING:
            found.pop("parameters", None)
        return found


def condition(written: str) -> str:
    """Returns a condition; "yes" and "TRUE" in its cell are none, "no" and "FALSE" never hold: so the other tools take them."""
    lower = written.lower()
    return "" if lower in ("yes", "true", "true()") else "false()" if lower in ("no", "false") else written
