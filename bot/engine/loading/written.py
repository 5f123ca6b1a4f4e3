"""The single values of a flow as people write them, and what they mean: truths, numbers, durations, moments, names, texts.

Every value comes in as text (YAML is read without types). Each reader returns the meaning in the form that the canonical
JSON keeps, or raises what `wrong` makes, which the loader turns into a problem at the value's line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from bot.engine.loading.document import Path

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
"""What the name of a step may be: XLSForm's rule."""

FLOW_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""What a flow's identifier may be: it travels in links, so it has no dot and at most 64 characters."""

LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What the name of a link may be: what a Telegram deep link carries."""

ACCEPTED = ("text", "audio", "image", "video", "file", "location")
"""What `accept` may name."""

LANGUAGE = re.compile(r"[a-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*")

_YES = frozenset({"yes", "true", "true()", "si", "sí", "on"})
_NO = frozenset({"no", "false", "false()", "off"})
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,6})\s*([smhd])")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::00)?)?")
_QUIET = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})")
_FILE = re.compile(r"[^\s/\\.][^/\\]{0,199}")

_T = TypeVar("_T")

Fault = tuple[Path, str, dict[str, str]]
"""Where inside the value, which code, which places."""


def wrong(*faults: Fault) -> PydanticCustomError:
    """Returns the error that a reader raises: every fault that it found in its value."""
    return PydanticCustomError("written", "not what this key takes", {"faults": list(faults)})


def expects(what: str, value: object) -> PydanticCustomError:
    """Returns the error for a value that is not one of what its key takes; `what` shows examples, in no language."""
    return wrong(((), "wrong_value", {"value": _shown(value), "expected": what}))


def scalar(value: Any) -> str:
    """Returns a single text. Lists and mappings are refused."""
    if not isinstance(value, str):
        raise wrong(((), "expected_text", {}))
    return value.strip()


def truth(value: Any) -> bool:
    """Returns what yes or no means, as XLSForm writes it too."""
    text = scalar(value).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise expects("true, false", value)


def truth_or_expression(value: Any) -> bool | str:
    """Returns a truth, or the expression that says when."""
    text = scalar(value)
    lower = text.lower()
    return True if lower in _YES else False if lower in _NO else text


def whole(low: int, high: int) -> Callable[[Any], int]:
    """Returns a reader of whole numbers from `low` to `high`."""

    def read(value: Any) -> int:
        text = scalar(value)
        if re.fullmatch(r"\d{1,9}", text) and low <= int(text) <= high:
            return int(text)
        raise expects(f"{low} … {high}", value)

    return read


def number(value: Any) -> int | float:
    """Returns a number; whole ones as int, so that 1 and 1.0 are written alike."""
    text = scalar(value)
    if not re.fullmatch(r"[-+]?\d{1,15}(\.\d{1,15})?", text):
        raise expects("0, 10, 0.5, -1", value)
    found = float(text)
    return int(found) if found.is_integer() else found


def positive(value: Any) -> int | float:
    """Returns a number above 0."""
    found = number(value)
    if found <= 0:
        raise expects("1, 5, 10, 0.5", value)
    return found


def seconds(value: Any) -> int:
    """Returns a duration in seconds: 90m, 24h, 14d."""
    match = _DURATION.fullmatch(scalar(value))
    if match is None or not 0 < int(match[1]) * _UNITS[match[2]] <= 1_000 * 86_400:
        raise expects("90m, 24h, 14d", value)
    return int(match[1]) * _UNITS[match[2]]


def pause(value: Any) -> int:
    """Returns a short duration in seconds, which may be none: 0s, 3s, 2m; a bare number is seconds."""
    text = scalar(value)
    match = _DURATION.fullmatch(f"{text}s" if text.isdigit() else text)
    if match is None or int(match[1]) * _UNITS[match[2]] > 3_600:
        raise expects("0s, 3s, 2m", value)
    return int(match[1]) * _UNITS[match[2]]


def several_seconds(value: Any) -> list[int]:
    """Returns durations in seconds, shortest first."""
    return sorted(set(_each(value, seconds)))


def begins(value: Any) -> str:
    """Returns a moment of local time; a day alone is its first minute."""
    return _moment(value, "00:00")


def ends(value: Any) -> str:
    """Returns a moment of local time; a day alone is its last minute."""
    return _moment(value, "23:59")


def _moment(value: Any, default: str) -> str:
    match = _MOMENT.fullmatch(scalar(value))
    if match is not None:
        text = f"{match[1]}T{match[2] or default}"
        try:
            datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return text
    raise expects("2026-12-01T08:00", value)


def quiet(value: Any) -> str:
    """Returns the hours in which nobody is reminded, "20:00-08:00" (they may pass midnight), or "no"."""
    text = scalar(value)
    if text.lower() in _NO:
        return "no"
    match = _QUIET.fullmatch(text)
    if match is not None:
        try:
            first, last = (time.fromisoformat(part.zfill(5)) for part in match.groups())
        except ValueError:
            pass
        else:
            if first != last:
                return f"{first:%H:%M}-{last:%H:%M}"
    raise expects("20:00-08:00, no", value)


def one_of(*words: str) -> Callable[[Any], str]:
    """Returns a reader that takes these words only."""

    def read(value: Any) -> str:
        text = scalar(value)
        if text not in words:
            raise expects(", ".join(words), value)
        return text

    return read


def matching(pattern: re.Pattern[str], code: str) -> Callable[[Any], str]:
    """Returns a reader of texts that match the pattern whole; others are a problem of that code."""

    def read(value: Any) -> str:
        text = scalar(value)
        if pattern.fullmatch(text) is None:
            raise wrong(((), code, {"name": _shown(text)}))
        return text

    return read


def file_name(value: Any) -> str:
    """Returns the name of a file in the flow's folder. Nothing that leaves the folder is one."""
    text = scalar(value)
    if _FILE.fullmatch(text) is None:
        raise expects("mapa.png", value)
    return text


def text(value: Any) -> str | dict[str, str]:
    """Returns a text of the flow: in the default language, or by language."""
    if isinstance(value, str):
        return value.strip()
    if not isinstance(value, dict):
        raise wrong(((), "expected_text", {}))
    faults: list[Fault] = [((code,), "expected_text", {}) for code, said in value.items() if not isinstance(said, str)]
    if faults:
        raise wrong(*faults)
    return {code: said.strip() for code, said in value.items()}


def words(value: Any) -> list[str] | dict[str, list[str]]:
    """Returns ways people write something: a list (default language), or lists by language."""
    if not isinstance(value, dict):
        return _each([value] if isinstance(value, str) else value, scalar)
    faults: list[Fault] = []
    found: dict[str, list[str]] = {}
    for code, said in value.items():
        try:
            found[code] = _each([said] if isinstance(said, str) else said, scalar)
        except PydanticCustomError as error:
            faults += [((code, *at), problem, places) for at, problem, places in faults_of(error)]
    if faults:
        raise wrong(*faults)
    return found


def word_list(value: Any) -> list[str]:
    """Returns a list of texts without blanks; one text alone is a list of one."""
    return _each([value] if isinstance(value, str) else value, scalar)


def mapping(value: Any) -> dict[str, Any]:
    """Returns a mapping as it is, to be looked into later."""
    if not isinstance(value, dict):
        raise wrong(((), "expected_mapping", {}))
    return value


def reasons(value: Any) -> dict[str, str]:
    """Returns why each warning is accepted: its code → the reason, "" where it is not said."""
    written = mapping(value)
    faults: list[Fault] = [((code,), "expected_text", {}) for code, reason in written.items() if not isinstance(reason, str)]
    if faults:
        raise wrong(*faults)
    return {code: " ".join(reason.split()) for code, reason in written.items()}


def choices(value: Any) -> str | dict[str, Any]:
    """Returns a list's name, or the choices themselves to be looked into later."""
    return value.strip() if isinstance(value, str) else mapping(value)


def links(value: Any) -> dict[str, dict[str, str]]:
    """Returns the links: name → presets (step → answer)."""
    faults: list[Fault] = []
    found: dict[str, dict[str, str]] = {}
    for name, presets in mapping(value).items():
        if LINK.fullmatch(name) is None:
            faults.append(((name,), "link_name", {"name": _shown(name)}))
        if presets == "":
            found[name] = {}
        elif not isinstance(presets, dict):
            faults.append(((name,), "expected_mapping", {}))
        else:
            faults += [((name, step), "expected_text", {}) for step, answer in presets.items() if not isinstance(answer, str)]
            found[name] = {step: answer.strip() for step, answer in presets.items() if isinstance(answer, str)}
    if faults:
        raise wrong(*faults)
    return found


def accepted(value: Any) -> list[str]:
    """Returns the kinds of answer that a step takes."""
    found = word_list(value)
    faults: list[Fault] = [
        ((place,), "wrong_value", {"value": word, "expected": ", ".join(ACCEPTED)})
        for place, word in enumerate(found)
        if word not in ACCEPTED
    ]
    if faults:
        raise wrong(*faults)
    return sorted(set(found))


def faults_of(error: PydanticCustomError) -> Sequence[Fault]:
    """Returns the faults that `wrong` put into an error."""
    context: dict[str, Any] = error.context or {}
    faults: Sequence[Fault] = context["faults"]
    return faults


def _each(value: Any, read: Callable[[Any], _T]) -> list[_T]:
    """Reads every entry of a list, one text alone as a list of one; blanks are left out."""
    if not isinstance(value, list):
        value = [value] if isinstance(value, str) else None
    if value is None:
        raise wrong(((), "expected_list", {}))
    faults: list[Fault] = []
    found: list[_T] = []
    for place, entry in enumerate(value):
        if entry == "":
            continue
        try:
            found.append(read(entry))
        except PydanticCustomError as error:
            faults += [((place, *at), code, places) for at, code, places in faults_of(error)]
    if faults:
        raise wrong(*faults)
    return found


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else "…"
    return text if len(text) <= 60 else text[:57] + "…"
