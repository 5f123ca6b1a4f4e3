"""The rows of a survey as a tree: groups and repeats around what lies between their begin and their end."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.forms.finding import Findings
from bot.forms.headers import Record, Table
from bot.forms.lists import ChoiceList, find
from bot.forms.minga import SKIPPED
from bot.forms.types import Kind, kind_of

_YES = frozenset({"yes", "true", "true()", "1", "si", "sí", "x"})


@dataclass(slots=True)
class Raw:
    """A row of the survey, or a group with what is inside. `name` is what the flow calls it; `scope` the groups around it."""

    record: Record
    kind: Kind
    inside: list[Raw] = field(default_factory=list)
    name: str = ""
    scope: tuple[str, ...] = ()


def tree(table: Table, findings: Findings) -> list[Raw]:
    """Returns the rows as a tree. Brackets that do not match are reported and closed where the sheet ends."""
    top: list[Raw] = []
    open_: list[Raw] = []
    for record in table.records():
        written = record.get("type")
        if SKIPPED in record.other:
            continue
        if record.get("disabled").lower() in _YES or (record.empty and not written):
            continue
        if not written:
            _untyped(record, findings)
            continue
        raw = Raw(record, kind_of(written))
        if raw.kind.fate == "end":
            _close(raw, open_, findings)
            continue
        if written.lower().startswith("end_kobomatrix"):
            continue
        (open_[-1].inside if open_ else top).append(raw)
        if raw.kind.fate == "begin":
            open_.append(raw)
    for raw in open_:
        told = {"type": raw.record.get("type"), "name": raw.record.get("name")}
        findings.add("refused", table.sheet, raw.record.number, raw.record.header("type"), "never_closed", **told)
    return top


def _untyped(record: Record, findings: Findings) -> None:
    sheet, row = record.table.sheet, record.number
    if record.get("name") or record.texts.get("label"):
        findings.add("refused", sheet, row, record.header("type"), "type_missing", name=record.get("name") or "–")
    else:
        findings.add("left_out", sheet, row, "", "row_without_type")


def _close(raw: Raw, open_: list[Raw], findings: Findings) -> None:
    record = raw.record
    places = {"type": record.get("type")}
    if not open_:
        findings.add("refused", record.table.sheet, record.number, record.header("type"), "never_opened", **places)
        return
    last = open_[-1]
    if last.kind.kind != raw.kind.kind and {last.kind.kind, raw.kind.kind} != {"loop", "repeat"}:
        opened = {"opened": last.record.get("type"), "first": last.record.number}
        findings.add("refused", record.table.sheet, record.number, record.header("type"), "wrong_end", **places, **opened)
        same = next((at for at in range(len(open_) - 1, -1, -1) if open_[at].kind.kind == raw.kind.kind), len(open_) - 1)
        del open_[same:]
        return
    open_.pop()


def unrolled(raws: list[Raw], known: Mapping[str, ChoiceList], language: Mapping[str, str]) -> list[Raw]:
    """Returns the tree with each loop over a list written out: a group for each choice, `%(label)s` being its label.

    `language` maps a form's name of a language to its code in the lists' labels.
    """
    found: list[Raw] = []
    for raw in raws:
        inside = unrolled(raw.inside, known, language)
        listed = find(raw.kind.listed, known.values()) if raw.kind.kind == "loop" else None
        if raw.kind.fate != "begin" or raw.kind.kind != "loop" or listed is None:
            found.append(Raw(raw.record, raw.kind, inside))
            continue
        groups = []
        for choice in listed.choices.values():
            if choice.name in ("none", "other") and len(listed.choices) > 1:
                continue
            record = _filled(raw.record, choice.name, choice.label, language)
            record.values["name"] = choice.name
            record.texts["label"] = {"": choice.label} if isinstance(choice.label, str) else _by_name(choice.label, language)
            copies = [_copied(inner, choice.name, choice.label, language) for inner in inside]
            groups.append(Raw(record, Kind("begin", "group"), copies))
        found.append(Raw(raw.record, Kind("begin", "group"), groups))
    return found


def _copied(raw: Raw, name: str, label: str | dict[str, str], language: Mapping[str, str]) -> Raw:
    inside = [_copied(inner, name, label, language) for inner in raw.inside]
    return Raw(_filled(raw.record, name, label, language), raw.kind, inside)


def _filled(record: Record, name: str, label: str | dict[str, str], language: Mapping[str, str]) -> Record:
    made = copy.copy(record)
    made.values = {key: value.replace("%(name)s", name) for key, value in record.values.items()}
    made.texts = {
        key: {
            lang: said.replace("%(name)s", name).replace("%(label)s", _in(label, language.get(lang, "")))
            for lang, said in t.items()
        }
        for key, t in record.texts.items()
    }
    return made


def _in(label: str | dict[str, str], code: str) -> str:
    return label if isinstance(label, str) else label.get(code) or next(iter(label.values()))


def _by_name(label: Mapping[str, str], language: Mapping[str, str]) -> dict[str, str]:
    return {name: label[code] for name, code in language.items() if code in label}
