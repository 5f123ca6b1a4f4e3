"""Lists of choices: the sheets `choices` and `external_choices`, each list by its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.forms.finding import Findings
from bot.forms.formulas import Rename
from bot.forms.headers import Record, Table
from bot.forms.minga import SKIPPED, carried
from bot.forms.naming import identifier
from bot.forms.texts import Tongues

_OWN = frozenset({"label", "words"})
_MEDIA = ("image", "audio", "video", "big-image")


@dataclass(slots=True)
class Listed:
    """A choice. `columns` are what `choice_filter` may look at, `words` come from a form that Minga wrote."""

    row: int
    name: str
    label: str | dict[str, str]
    columns: dict[str, str]
    words: object = None

    def written(self) -> object:
        """Returns it as a flow writes it: its label alone where it has nothing else."""
        if not self.columns and self.words is None:
            return self.label
        return {"label": self.label, **({} if self.words is None else {"words": self.words}), **self.columns}


@dataclass(slots=True)
class ChoiceList:
    """A list: its sheet, its choices by name, in order. `renamed` are names that had to change."""

    name: str
    sheet: str
    choices: dict[str, Listed] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def written(self) -> dict[str, object]:
        """Returns it as a flow writes it."""
        return {name: choice.written() for name, choice in self.choices.items()}


def lists(table: Table | None, tongues: Tongues, rename: Rename, findings: Findings, *, doubles: bool) -> dict[str, ChoiceList]:
    """Returns the lists of a sheet. `doubles`: the form allows one name twice in a list (told apart by a filter)."""
    found: dict[str, ChoiceList] = {}
    if table is None or not table.rows:
        return found
    if "list_name" not in table.fields() or "name" not in table.fields():
        missing = [need for need in ("list_name", "name") if need not in table.fields()]
        findings.add("refused", table.sheet, 0, "", "column_missing", column=", ".join(missing))
        return found
    for record in table.records():
        name = record.get("list_name")
        if SKIPPED in record.other:
            continue
        if not name and record.empty:
            continue
        if not name or not record.get("name"):
            lacking = record.header("name" if name else "list_name")
            if record.get("name") or record.texts:
                findings.add("refused", table.sheet, record.number, lacking, "choice_incomplete", column=lacking)
            continue
        one = found.setdefault(name, ChoiceList(name, table.sheet, headers={c.field: c.header for c in table.columns}))
        _add(one, record, tongues, rename, findings, doubles=doubles)
    return found


def _add(into: ChoiceList, record: Record, tongues: Tongues, rename: Rename, findings: Findings, *, doubles: bool) -> None:
    written = record.get("name")
    name = "_".join(written.split())[:100]
    sheet, row = into.sheet, record.number
    if name != written:
        into.renamed[written] = name
        findings.add("changed", sheet, row, record.header("name"), "choice_renamed", old=written, new=name)
    label = tongues.text(record, "label", rename)
    carry = carried(record.other)
    if label is None:
        label = tongues.same(written)
        if not any(record.texts.get(media) for media in _MEDIA):
            findings.add("changed", sheet, row, record.header("label"), "choice_without_label", name=name)
    choice = Listed(row, name, label, _columns(record))
    choice.label, choice.words = carry.get("label", label), carry.get("words")
    if name not in into.choices:
        into.choices[name] = choice
        return
    first = into.choices[name]
    if first.label == choice.label and first.columns == choice.columns:
        findings.add("left_out", sheet, row, record.header("name"), "choice_repeated", name=name, list=into.name, first=first.row)
        return
    number = 2
    while f"{name}_{number}" in into.choices:
        number += 1
    choice.name = f"{name}_{number}"
    into.choices[choice.name] = choice
    findings.add(
        "changed" if doubles else "refused", sheet, row, record.header("name"), "choice_double" if doubles else "choice_twice",
        name=name, list=into.name, first=first.row, new=choice.name,
    )  # fmt: skip


def _columns(record: Record) -> dict[str, str]:
    """Returns the further columns of a choice under names that an expression may use."""
    found: dict[str, str] = {}
    for header, value in record.other.items():
        if not header.lower().startswith("minga"):
            name = identifier(header)
            found.setdefault(f"{name}_" if name in _OWN else name, value)
    for field_, value in record.values.items():
        if field_ not in ("list_name", "name"):
            header = record.header(field_)
            found.setdefault(identifier(header), value)
    for media in _MEDIA:
        if said := record.texts.get(media):
            found.setdefault(f"media_{identifier(media)}", next(iter(said.values())))
    return found


def find(name: str, among: Iterable[ChoiceList]) -> ChoiceList | None:
    """Returns the list of that name; case is only looked at where two differ by nothing else."""
    every = {one.name: one for one in among}
    folded = {key.lower(): one for key, one in every.items()}
    return every.get(name) or folded.get(name.lower())
