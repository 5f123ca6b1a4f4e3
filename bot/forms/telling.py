"""Single values of a flow in the words of an XLSForm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.engine.loading.outline import PRODUCT_WORDS
from bot.forms.parameters import parameters

_TYPES = {"datetime": "dateTime", "phone": "text", "email": "text", "do": "calculate"}
_CLOCK = {"start": "once(now())", "end": "now()", "today": "today()"}
_PRODUCT = re.compile(rf"\$\{{({'|'.join(sorted(PRODUCT_WORDS))})\}}")
_QUOTED = re.compile(r"'([^'\"‘’“”$({]*)'|\"([^'\"‘’“”$({]*)\"")


def kind_and_parameters(data: Mapping[str, Any], listed: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Returns the columns `type` and `parameters` of a step."""
    kind = str(data["type"])
    first = extra.get("type", "")
    if kind == "calculate" and (_CLOCK.get(first) == data.get("calculation") or first == "hidden"):
        clock = {"calculation": ""} if first in _CLOCK else {}
        return {"type": first, **clock}
    other = " or_other" if data.get("other") else ""
    written = f"{kind} {listed}{other}" if listed else _TYPES.get(kind, kind)
    own = parameters(extra.get("parameters", ""))
    wanted: dict[str, str] = {}
    if kind == "range":
        wanted = {key: f"{data[key]:g}" for key in ("start", "end", "step")}
        usual = {"start": "1", "end": "10", "step": "1"}
        if {key: own.get(key, usual[key]) for key in wanted} == wanted and own:
            wanted = {}
    elif data.get("order") == "random" and own.get("randomize") != "true":
        wanted = {"randomize": "true"}
    if not wanted:
        return {"type": written}
    return {"type": written, "parameters": " ".join(f"{key}={value}" for key, value in {**own, **wanted}.items())}


def needed(data: Mapping[str, Any]) -> str:
    """Returns the column `required`: in a flow a question must be answered unless it says otherwise."""
    required = data.get("required", True)
    return required if isinstance(required, str) else "yes" if required else ""


def suggested(default: str) -> str:
    """Returns the column `default`: a plain value without its quotation marks."""
    match = _QUOTED.fullmatch(default)
    return (match[1] or match[2] or default) if match else default


def shown(text: str) -> str:
    """Returns a text as other tools can show it: what only this product knows is left open."""
    return _PRODUCT.sub("…", text)


def duration(seconds: int) -> str:
    """Returns a duration as a flow writes it, in the largest unit that gives a whole number."""
    for letter, unit in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % unit == 0:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"
