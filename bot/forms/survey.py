"""A whole survey: names given, groups and repeats opened, every row made a step, and what the form says of itself a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.engine.language import Language
from bot.forms.finding import Findings
from bot.forms.formulas import references
from bot.forms.headers import Record
from bot.forms.item import Item
from bot.forms.lists import ChoiceList, Listed, find
from bot.forms.minga import carried
from bot.forms.naming import flow_name, slug
from bot.forms.rows import Raw
from bot.forms.steps import Steps, condition

_SAID = ("form_title", "form_id", "sms_keyword", "default_language")
"""Settings that a flow says in words of its own."""


class Survey:
    """Turns the tree of rows into items."""

    def __init__(self, steps: Steps, findings: Findings, languages: Mapping[str, Language]) -> None:
        self.steps = steps
        self.findings = findings
        self.languages = languages
        self.last: list[Item] = []
        self.referred: set[str] = set()
        self.again: ChoiceList | None = None

    def items(self, raws: list[Raw]) -> list[Item]:
        """Returns the steps of the whole form."""
        self.name(raws, ())
        found = self.inside(raws)
        # the end is when everything was answered, wherever the form has its row
        return found + self.last

    def name(self, raws: list[Raw], scope: tuple[str, ...]) -> None:
        """Gives every row its name, groups after what they hold: it is the questions that are referred to."""
        for raw in raws:
            raw.scope = scope
            texts = [text for said in raw.record.texts.values() for text in said.values()]
            self.referred.update(references("\n".join([*raw.record.values.values(), *texts])))
            if raw.kind.fate != "begin":
                self._name(raw)
        for raw in raws:
            if raw.kind.fate == "begin":
                self.name(raw.inside, (*scope, raw.record.get("name") or "grupo"))
        for raw in raws:
            if raw.kind.fate == "begin":
                self._name(raw)

    def _name(self, raw: Raw) -> None:
        names, record = self.steps.names, raw.record
        wanted = record.get("name") or record.get("autoname")
        if not wanted:
            label = next(iter(record.texts.get("label", {}).values()), "")
            usual = (
                "grupo" if raw.kind.fate == "begin" else raw.kind.kind if raw.kind.fate in ("clock", "metadata") else "pregunta"
            )
            wanted = slug(label) if label else usual
            raw.name = names.give(wanted, raw.scope, other=raw.kind.other or "minga_other" in record.other)
            if raw.kind.kind != "note" and raw.kind.fate != "metadata":
                self.steps.say("changed", raw, "name", "name_made", name=raw.name)
            return
        raw.name = names.give(wanted, raw.scope, other=raw.kind.other or "minga_other" in record.other)
        if raw.name != wanted:
            self.steps.say("changed", raw, "name", "renamed", old=wanted, new=raw.name)

    def inside(self, raws: list[Raw]) -> list[Item]:
        """Returns the steps of what lies in one bracket."""
        found: list[Item] = []
        for raw in raws:
            if raw.kind.fate == "begin":
                found += self.bracket(raw)
                continue
            made = self.steps.step(raw)
            if raw.kind.fate == "clock" and raw.kind.kind == "end" and self.moves(raw):
                self.last += made
            else:
                found += made
        return found

    def moves(self, raw: Raw) -> bool:
        """Tells whether a row of the end goes last: not where something uses it, nor in a form that Minga wrote."""
        return raw.record.get("name") not in self.referred and not self.steps.tongues.plain

    def bracket(self, raw: Raw) -> list[Item]:
        """Returns a group, a repeat, or what Kobo's score and ranking rows ask."""
        match raw.kind.kind:
            case "rank":
                return self.ranking(raw)
            case "score":
                self.scored(raw)
        inside = self.inside(raw.inside)
        if not inside:
            self.steps.say("left_out", raw, "name", "group_empty", name=raw.name)
            self.steps.gone.setdefault(raw.name, raw.record.number)
            return []
        record, rename = raw.record, self.steps.rename(raw)
        data: dict[str, Any] = {"type": "group", "name": raw.name}
        label = self.steps.tongues.text(record, "label", rename)
        if label is not None:
            data["label"] = label
        if relevant := condition(record.get("relevant")):
            data["relevant"] = self.steps.formula(relevant, raw)
        if raw.kind.kind == "repeat":
            self.repeated(raw, data, inside)
        extra = self.steps.beside(raw, {"type", "name", "relevant", "repeat_count"})
        for field in ("hint", "image", "audio", "video"):
            for said in list(record.texts.get(field, {}).values())[:1]:
                extra[field] = said
        if extra:
            data["x-xlsform"] = extra
        return [self.steps.item(raw, data, inside=inside)]

    def repeated(self, raw: Raw, data: dict[str, Any], inside: list[Item]) -> None:
        """Says how often: the form's count, else whoever answers is asked after each pass whether there is one more."""
        count = raw.record.get("repeat_count")
        if count:
            data["repeat_count"] = self.steps.formula(count, raw)
            return
        if "repeat_while" in carried(raw.record.other):
            return
        name = self.steps.names.give(f"{raw.name}_otra_vez", ())
        label = self.steps.tongues.text(raw.record, "label", self.steps.rename(raw))
        codes = self.steps.tongues.codes
        asked = {
            code: language.say("forms.again", label=_in(label, code)) if label else language.say("forms.again_plain")
            for code, language in self.languages.items()
            if code in codes or code == "en"
        }
        data["repeat_while"] = f"${{{name}}} = 'si'"
        question = {"type": "select_one", "name": name, "label": self.steps.tongues.said(asked)}
        inside.append(Item(raw.record.number, question, {}, self.yes_no()))
        self.steps.say("changed", raw, "type", "repeat_asks", name=raw.name, question=name)

    def yes_no(self) -> ChoiceList:
        """Returns the list that is asked after each pass of a repeat."""
        if self.again is None:
            labels = {
                choice: self.steps.tongues.said({code: one.say(key) for code, one in self.languages.items()})
                for choice, key in (("si", "engine.yes"), ("no", "engine.no"))
            }
            choices = {name: Listed(0, name, label, {}) for name, label in labels.items()}
            self.again = ChoiceList("si_no", "choices", choices)
        return self.again

    # ── Kobo ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def scored(self, raw: Raw) -> None:
        """Gives the rows of a score their list."""
        listed = raw.record.get("score_choices")
        for row in raw.inside:
            if row.kind.kind == "score__row":
                row.kind = type(row.kind)("step", "select_one", listed)

    def ranking(self, raw: Raw) -> list[Item]:
        """Asks for the order of Kobo's items in one question: as many as the form has levels."""
        listed = find(raw.record.get("rank_items"), self.steps.lists.values())
        levels = [row for row in raw.inside if row.kind.kind == "rank__level"]
        if listed is None or not levels:
            name = raw.record.get("rank_items") or "–"
            return self.steps.refuse(raw, "rank_items", "list_missing", list=name, near=", ".join(self.steps.lists) or "–")
        raw.kind = type(raw.kind)("step", "rank", listed.name)
        made = self.steps.question(raw)
        for item in made:
            if len(levels) < len(listed.choices):
                item.data["top"] = str(len(levels))
        return made


def _in(label: Any, code: str) -> str:
    said = label if isinstance(label, str) else label.get(code) or next(iter(label.values()))
    return str(said)


def header(settings: Record | None, steps: Steps, flow: str, title: str) -> dict[str, Any]:
    """Returns what stands above the steps: identifier, title, languages, start words, and the settings that only forms have."""
    tongues = steps.tongues
    data: dict[str, Any] = {"flow": flow, "title": tongues.same(title), "languages": list(tongues.codes)}
    extra: dict[str, Any] = {}
    if settings is not None:
        data |= carried(settings.other)
        if keyword := settings.get("sms_keyword"):
            start = data.setdefault("start", {})
            start["words"] = list(dict.fromkeys([*start.get("words", []), keyword]))
        said = {column.header for column in settings.table.columns if column.field in _SAID}
        own = {k: v for k, v in settings.other.items() if not k.lower().startswith("minga_") and k not in said}
        own |= {k: v for k, v in settings.values.items() if k not in _SAID}
        form_id = settings.get("form_id")
        if form_id != flow and flow_name(form_id) == flow:
            own["form_id"] = form_id
        if own:
            extra["settings"] = own
        data.pop("form", None)
    if tongues.names:
        extra["languages"] = dict(tongues.names)
    if steps.metadata:
        extra["metadata"] = steps.metadata
    if extra:
        data["x-xlsform"] = extra
    return data
