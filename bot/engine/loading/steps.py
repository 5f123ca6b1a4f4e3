"""One step: how its type is spelled, and its keys in the form of the canonical JSON. Defaults are left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.engine.effects import EFFECTS, REFERENCE
from bot.engine.loading.document import Document, Path
from bot.engine.loading.filling import Filler
from bot.engine.model import COUSINS, SPELLINGS, STEPS

LISTING_TYPES = frozenset({"select_one", "select_multiple", "rank"})

TEXTS = ("label", "hint", "required_message", "constraint_message", "not_understood")
"""Keys of a step whose value is a text for people."""

_AS_THEY_ARE = (
    "relevant", "constraint", "calculation", "choice_filter", "top", "start", "end", "step", "media", "effect", "given", "extra",
)  # fmt: skip
_TRUE_ONLY = ("read_only", "other", "personal", "sensitive")
_NUMERIC = frozenset({"integer", "decimal", "range"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = re.compile(r"\$\{|[A-Za-z][\w.:-]*\s*\(|^\s*(['\"‘“]).*['\"’”]\s*$")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A step's type as the model knows it, with what XLSForm's spelling says besides: a list's name, "or other"."""

    type: str
    raw: Mapping[str, Any]
    listed: str = ""
    other: bool = False


def spelled(raw: Mapping[str, Any], path: Path, document: Document) -> Spelling:
    """Returns how a step spells its type: `select_one si_no or_other` is XLSForm's way to name a list."""
    problems = document.problems
    written = raw.get("type", "")
    if not isinstance(written, str):
        problems.error(document.line((*path, "type")), "expected_text", key="type")
        return Spelling("", raw)
    if not written.strip():
        problems.error(document.line(path), "missing_key", key="type", where=str(raw.get("name", "")) or "survey")
        return Spelling("", raw)
    first, *further = written.split()
    kind = SPELLINGS.get(first, first)
    if kind not in STEPS:
        near = COUSINS.get(written.strip().lower()) or COUSINS.get(first.lower()) or problems.near(first, STEPS)
        problems.error(document.line((*path, "type")), "unknown_type", type=written.strip(), near=near)
        return Spelling("", raw)
    if not further:
        return Spelling(kind, raw)
    other = further[-1] == "or_other" and kind in ("select_one", "select_multiple")
    names = further[:-1] if other else further
    if kind not in LISTING_TYPES or len(names) > 1:
        problems.error(document.line((*path, "type")), "unknown_type", type=written.strip(), near=kind)
        return Spelling(kind, raw)
    if names and raw.get("choices", "") != "":
        problems.error(document.line((*path, "choices")), "choices_twice", name=names[0])
        return Spelling(kind, raw, "", other)
    # the list is given, so that its key is not missing
    return Spelling(kind, {**raw, "choices": names[0]} if names else raw, names[0] if names else "", other)


def settings(spelling: Spelling, given: Mapping[str, Any], path: Path, filler: Filler, name: str) -> dict[str, Any]:
    """Returns the step's keys as the canonical JSON has them."""
    document = filler.document
    data: dict[str, Any] = {}
    for key in TEXTS:
        if key in given:
            data[key] = filler.fill(given[key], (*path, key), name or "note")
    for key in _AS_THEY_ARE:
        if key in given and given[key] != {}:
            data[key] = given[key]
    for key in _TRUE_ONLY:
        if given.get(key):
            data[key] = True
    if given.get("required", True) is not True:
        data["required"] = given["required"]
    if given.get("order") == "random":
        data["order"] = "random"
    if given.get("accept"):
        data["accept"] = given["accept"]
    if given.get("join", 3) != 3:
        data["join"] = given["join"]
    if "quasi" in given:
        data["quasi"] = {key: str(value) for key, value in given["quasi"].items()}
        if len(data["quasi"]) != 1:
            document.problems.error(document.line((*path, "quasi")), "quasi_one", name=name)
    if "default" in given:
        data["default"] = formula(given["default"], spelling.type)
    data.update(_retries(given, data.get("required", True)))
    _repeat(given, data, path, document)
    _ranged(given, path, document)
    _effect(given, path, document)
    return data


def formula(default: str, kind: str) -> str:
    """Returns a default as an expression. As in XLSForm it is a plain value unless it refers to something or calls it."""
    if _FORMULA.search(default) or (kind in _NUMERIC and _NUMBER.fullmatch(default)):
        return default
    if "'" not in default:
        return f"'{default}'"
    if '"' not in default:
        return f'"{default}"'
    return "concat(" + ', "\'", '.join(f"'{part}'" for part in default.split("'")) + ")"


def _retries(given: Mapping[str, Any], required: bool | str) -> dict[str, Any]:
    written = given.get("retries", {})
    usual = {"times": 3, "then": "skip" if required is False else "staff"}
    filled = {**usual, **written}
    return {} if filled == usual else {"retries": filled}


def _repeat(given: Mapping[str, Any], data: dict[str, Any], path: Path, document: Document) -> None:
    if "repeat_count" in given and "repeat_while" in given:
        document.problems.error(document.key((*path, "repeat_while")), "repeat_twice")
    for key, short in (("repeat_count", "count"), ("repeat_while", "while")):
        if key in given:
            data[short] = given[key]


def _ranged(given: Mapping[str, Any], path: Path, document: Document) -> None:
    if not {"start", "end", "step"} <= given.keys():
        return
    if given["start"] >= given["end"]:
        document.problems.error(document.line((*path, "end")), "range_order", start=given["start"], end=given["end"])
    elif not 0 < given["step"] <= given["end"] - given["start"]:
        most = given["end"] - given["start"]
        document.problems.error(document.line((*path, "step")), "range_step", step=given["step"], most=most)


def _effect(given: Mapping[str, Any], path: Path, document: Document) -> None:
    effect = given.get("effect")
    if effect is None:
        return
    wants = EFFECTS.get(effect)
    if wants is None:
        near = document.problems.near(effect, EFFECTS)
        document.problems.error(document.line((*path, "effect")), "not_in_this_version", effect=effect, near=near)
        return
    fields: Mapping[str, Any] = given.get("given", {})
    for key, value in fields.items():
        at = (*path, "with", key)
        if key not in wants.fields:
            near = document.problems.near(key, wants.fields)
            document.problems.error(document.key(at), "unknown_key", key=key, where=effect, near=near)
        elif not isinstance(value, str):
            document.problems.error(document.line(at), "expected_text", key=key)
        elif value not in wants.values.get(key, (value,)) and not REFERENCE.fullmatch(value.strip()):
            document.problems.error(document.line(at), "law_one_of", key=key, value=value, known=", ".join(wants.values[key]))
    for key in sorted(wants.needs - fields.keys()):
        document.problems.error(document.line((*path, "effect")), "missing_key", key=f"with: {{{key}: …}}", where=effect)
