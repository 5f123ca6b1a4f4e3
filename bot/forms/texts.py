"""Texts in the languages of a form: which there are, which comes first, and what stands in where one is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.forms.finding import Findings
from bot.forms.formulas import Rename, text
from bot.forms.headers import TRANSLATED, Record, Table
from bot.forms.tongues import code_of, named, told


class Tongues:
    """The languages of one form. `codes`: the default first; `names`: how the form calls those that it does not call as usual."""

    def __init__(
        self, tables: Iterable[Table], default: str, findings: Findings, *, plain: bool, declared: Sequence[str] = ()
    ) -> None:
        self.findings = findings
        self.plain = plain
        self.missing: dict[str, list[tuple[str, int]]] = {}
        self.cleaned: dict[str, list[int]] = {}
        every = [record for table in tables for record in table.records()]
        spoken = self._spoken(every)
        self.of: dict[str, str] = {name: code_of(name) for name in spoken}
        first = code_of(default) if default and default.lower() != "default" else ""
        self.of[""] = self._unnamed(every, spoken, first)
        order = [first or self.of[""], *self.of.values()]
        used = {self.of[name] for name in spoken} | ({self.of[""]} if self._has_unnamed(every) else set())
        spoken_here = tuple(dict.fromkeys(code for code in order if code in used)) or (first or "es",)
        self.codes: tuple[str, ...] = tuple(declared) or spoken_here
        for record in every:
            for texts in record.texts.values():
                for name in texts:
                    self.of.setdefault(name, code_of(name))
        self.names = {code: name for name, code in self.of.items() if name and code in self.codes and name != named(code)}

    @staticmethod
    def _spoken(every: Iterable[Record]) -> list[str]:
        """Returns the languages that labels are in, in the order of their columns."""
        tables: dict[int, Table] = {}
        filled: set[str] = set()
        for record in every:
            tables[id(record.table)] = record.table
            filled.update(record.texts.get("label", {}))
        return [
            column.language
            for column in dict.fromkeys(column for table in tables.values() for column in table.columns)
            if column.field == "label" and column.language and column.language in filled
        ]

    @staticmethod
    def _has_unnamed(every: Iterable[Record]) -> bool:
        return any("" in record.texts.get("label", {}) for record in every)

    def _unnamed(self, every: list[Record], spoken: list[str], first: str) -> str:
        """Returns the language of columns that name none."""
        if first:
            return first
        unnamed = [record.texts["label"] for record in every if "" in record.texts.get("label", {})]
        if not spoken:
            return told(texts[""] for texts in unnamed)
        differ = [texts[""] for texts in unnamed if len(texts) > 1 and texts[""] not in [t for k, t in texts.items() if k]]
        return told(differ) if differ else self.of[spoken[0]]

    def text(self, record: Record, field: str, rename: Rename) -> str | dict[str, str] | None:
        """Returns a text as a flow writes it, None where there is none. What is missing in a language is the default's."""
        written = record.texts.get(field, {})
        found: dict[str, str] = {}
        for name in sorted(written, key=lambda name: not name):
            said = text(written[name], rename, plain=self.plain)
            if said:
                found.setdefault(self.of[name], said)
        found = {code: said for code, said in found.items() if code in self.codes}
        if not found:
            return None
        spare = found.get(self.codes[0]) or next(found[code] for code in self.codes if code in found)
        if len(self.codes) == 1:
            return spare
        for code in self.codes:
            if code not in found:
                self.missing.setdefault(code, []).append((record.table.sheet, record.number))
        return {code: found.get(code, spare) for code in self.codes}

    def same(self, said: str) -> str | dict[str, str]:
        """Returns one text for every language."""
        return said if len(self.codes) == 1 else dict.fromkeys(self.codes, said)

    def said(self, texts: Mapping[str, str]) -> str | dict[str, str]:
        """Returns a text of the product's own in every language; English, then Spanish, stands in."""
        spare = texts.get("en", next(iter(texts.values()), ""))
        found = {code: texts.get(code, spare) for code in self.codes}
        return found[self.codes[0]] if len(self.codes) == 1 else found

    def tell(self) -> None:
        """Says which texts are missing in which language, once for each."""
        for code, places in self.missing.items():
            sheets = dict.fromkeys(sheet for sheet, _ in places)
            for sheet in sheets:
                rows = list(dict.fromkeys(row for where, row in places if where == sheet))
                shown = ", ".join(map(str, rows[:12])) + (", …" if len(rows) > 12 else "")
                self.findings.add(
                    "changed",
                    sheet,
                    0,
                    "",
                    "translation_missing",
                    language=self.names.get(code, named(code)),
                    count=len(rows),
                    rows=shown,
                )


def kept(record: Record, field: str) -> dict[str, str]:
    """Returns a translated field as its columns have it, by header: for what a flow keeps without showing it."""
    return {
        column.header: record.texts[field][column.language]
        for column in record.table.columns
        if column.field == field and field in TRANSLATED and column.language in record.texts.get(field, {})
    }
