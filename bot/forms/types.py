"""Types as forms write them, and what becomes of each: a step, a bracket, what the phone knew by itself, or a refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Fate = Literal["step", "begin", "end", "metadata", "clock", "unaskable", "unknown"]

_STEPS = {
    "text": "text string|add text prompt|q string", "integer": "int integer|add integer prompt|q int",
    "decimal": "decimal|add decimal prompt|q decimal", "note": "note|add note prompt|q note",
    "date": "date|add date prompt|q date", "time": "time",
    "datetime": "datetime|date time|add date time prompt|add datetime prompt|q date time|q datetime",
    "geopoint": "geopoint gps location|add location prompt|q geopoint|q location",
    "image": "image photo|add image prompt|add photo prompt|q image|q picture", "audio": "audio|add audio prompt|q audio",
    "video": "video|add video prompt|q video", "file": "file|add file prompt",
    "acknowledge": "acknowledge trigger|add acknowledge prompt|q acknowledge",
    "calculate": "calculate|add calculate prompt|q calculate",
    "hidden": "hidden", "range": "range", "phone": "phone|phone number", "email": "email", "percentage": "percentage",
    "country": "country", "days_month": "|number of days in last month", "days_half": "|number of days in last six months",
    "days_year": "|number of days in last year",
}  # fmt: skip
_METADATA = (
    "deviceid|device id|get device id|imei|uri:deviceid|subscriberid|subscriber id|get subscriber id|uri:subscriberid|simserial|"
    "sim id|get sim id|uri:simserial|phonenumber|get phone number|uri:phonenumber|username|uri:username|uri:email|audit|"
    "start-geopoint|background-geopoint|instanceid|instancename"
)
_CLOCK = {"start": "start|start time|get start time", "end": "end|end time|get end time", "today": "today|get today"}
_UNASKABLE = {
    "geotrace": "geotrace trace line|q geotrace", "geoshape": "geoshape shape area polygon|q geoshape",
    "barcode": "barcode|add barcode prompt|q barcode", "background_audio": "background-audio", "osm": "osm",
    "file_list": "csv-external xml-external", "matrix": "begin_kobomatrix end_kobomatrix",
    "cascading": "cascading_select|cascading select",
}  # fmt: skip
_SELECTS = {
    "select_one": "add select one prompt using|select one using|select one from|select_one|select one|select1|q select1",
    "select_multiple": (
        "add select multiple prompt using|select all that apply from|select multiple from|select multiple using|"
        "select_multiple|select multiple|select all that apply|q select"
    ),
    "rank": "odk:rank|rank",
}
_BRACKET = re.compile(r"(begin|end)[ _]*(group|repeat|loop|lgroup|looped group|score|rank)s?(?:[ _]+(?:over|)[ _]*(\S+))?")
_OTHER = re.compile(r"\s+(?:or_other|or other|or specify other)\s*$", re.IGNORECASE)


def _table() -> dict[str, tuple[Fate, str]]:
    found: dict[str, tuple[Fate, str]] = {}
    fates: tuple[tuple[Fate, dict[str, str]], ...] = (
        ("step", _STEPS),
        ("clock", _CLOCK),
        ("unaskable", _UNASKABLE),
        ("metadata", dict.fromkeys(["metadata"], _METADATA)),
    )
    for fate, kinds in fates:
        for kind, spellings in kinds.items():
            first, *phrases = spellings.split("|")
            words = [*first.split(), *phrases] if fate in ("step", "unaskable") else [first, *phrases]
            found.update(dict.fromkeys(words, (fate, kind)))
    return found


_KNOWN = _table()
_LISTED = sorted(
    ((phrase, kind) for kind, phrases in _SELECTS.items() for phrase in phrases.split("|")), key=lambda pair: -len(pair[0])
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type says. `kind` is the step's type, the bracket's kind (group, repeat, loop, score, rank), or why it is refused.

    `listed` is the list of choices, `other` tells of or_other, `external` that the list is on the sheet external_choices.
    """

    fate: Fate
    kind: str
    listed: str = ""
    other: bool = False
    external: bool = False


def kind_of(written: str) -> Kind:
    """Returns what a type means. Case, doubled blanks and the spellings of older tools do not matter."""
    text = " ".join(written.split())
    lower = text.lower()
    if found := _KNOWN.get(lower) or _KNOWN.get(lower.replace("_", " ")):
        fate, kind = found
        return Kind(fate, lower if fate == "metadata" else kind)
    if match := _BRACKET.fullmatch(lower):
        kind = {"lgroup": "repeat", "looped group": "repeat"}.get(match[2], match[2])
        listed = text[match.start(3) : match.end(3)] if match[3] else ""
        return Kind("begin" if match[1] == "begin" else "end", kind, listed)
    return _selecting(text)


def _selecting(text: str) -> Kind:
    other = _OTHER.search(text)
    bare = text[: other.start()] if other else text
    lower = bare.lower()
    if lower.startswith(("cascading_select ", "cascading select ")):
        return Kind("unaskable", "cascading")
    if lower.startswith("osm "):
        return Kind("unaskable", "osm")
    if re.match(r"select[_ ](one|multiple)[_ ]from[_ ]file\b", lower):
        return Kind("unaskable", "file_list")
    if match := re.fullmatch(r"select[_ ]one[_ ]external\s*(?:from\s+)?(\S*)", lower):
        return Kind("step", "select_one", bare[match.start(1) :], external=True)
    for phrase, kind in _LISTED:
        if lower == phrase or lower.startswith(f"{phrase} "):
            listed = bare[len(phrase) :].strip()
            if listed.lower().startswith("from ") and len(listed) > 5:
                listed = listed[5:].strip()
            return Kind("unaskable", "from_repeat") if listed.startswith("${") else Kind("step", kind, listed, bool(other))
    return Kind("unknown", text)
