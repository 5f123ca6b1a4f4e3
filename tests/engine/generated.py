"""Flows drawn by lot for the property tests: every type of step, groups and repeats in one another, filters, calls, ways out.

What is drawn loads without an error, so no example is thrown away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from bot.engine.flow import Flow
from bot.engine.source import load

PLACES = (
    "Puyo",
    "Mera",
    "Arajuno",
    "Santa Clara",
    "Fátima",
    "Shell",
    "Veracruz",
    "Tarqui",
    "Diez de Agosto",
    "El Triunfo",
    "Pomona",
)
ENGLISH = ("North", "South", "East", "West", "Centre", "River", "Hill", "Market", "School", "Park", "Bridge")
PART = json.dumps(
    {
        "flow": "parte",
        "title": {"es": "Parte", "en": "Part"},
        "languages": ["es", "en"],
        "survey": [
            {"type": "text", "name": "calle", "label": {"es": "¿Calle?", "en": "Street?"}},
            {"type": "integer", "name": "numero", "label": {"es": "¿${calle}?", "en": "${calle}?"}, "required": "false"},
        ],
    }
)

SELECTS = ("select_one", "select_multiple", "rank")
PLAIN = (
    "text",
    "integer",
    "decimal",
    "range",
    "date",
    "time",
    "datetime",
    "geopoint",
    "image",
    "audio",
    "video",
    "file",
    "phone",
    "email",
)
OTHERS = ("acknowledge", "note", "calculate", "do", "call", "read_only")


@dataclass
class Known:
    """What may be referred to from here: names by kind, and how many there are, so that each is new."""

    selects: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    any: list[str] = field(default_factory=list)
    count: int = 0

    def name(self) -> str:
        self.count += 1
        return f"p{self.count}"


def said(es: str, en: str = "") -> dict[str, str]:
    return {"es": es, "en": en or es}


@st.composite
def flows(draw: st.DrawFn, *, identifier: str = "lote", only: tuple[str, ...] = ()) -> Flow:
    """A flow of one to nine steps and groups; `only` of these types where they are named."""
    known = Known()
    raw: dict[str, Any] = {
        "flow": identifier,
        "kind": "survey",
        "title": said("Lote", "Lot"),
        "languages": ["es", "en"],
        "start": {"words": [identifier]},
        "survey": draw_steps(draw, known, 0, draw(st.integers(1, 6)), only),
    }
    further: dict[str, list[Any]] = {
        "review": ["true"],
        "consent": ["permiso"],
        "reminders": [["1h"], ["24h", "72h"]],
        "expires": ["3d"],
        "anonymous": ["true"],
        "edit": ["no"],
        "closes": ["2026-11-22T09:00"],
    }
    for key, values in further.items():
        if not only and draw(st.integers(0, 4)) == 0:
            raw[key] = draw(st.sampled_from(values))
    if raw.get("anonymous"):
        raw.pop("consent", None)
        raw["edit"] = "no"
    return flow_of(raw)


def flow_of(raw: dict[str, Any]) -> Flow:
    """The flow that is written so."""
    loaded = load(json.dumps(raw, ensure_ascii=False), "lote.yaml", library={"parte": PART})
    assert loaded.flow is not None, (loaded.problems, raw)
    return loaded.flow


def draw_steps(draw: st.DrawFn, known: Known, depth: int, count: int, only: tuple[str, ...]) -> list[dict[str, Any]]:
    steps = [draw_step(draw, known, depth, only) for _ in range(count)]
    if depth == 0 and draw(st.booleans()):
        steps.append({"type": "note", "label": said("Adiós ${receipt}", "Bye")})
    return steps


def draw_step(draw: st.DrawFn, known: Known, depth: int, only: tuple[str, ...]) -> dict[str, Any]:
    kinds = only or (
        *SELECTS,
        *SELECTS,
        *PLAIN,
        *OTHERS,
        *(("group", "group", "repeat_count", "repeat_while") if depth < 2 else ()),
    )
    kind = draw(st.sampled_from(kinds))
    if kind in ("group", "repeat_count", "repeat_while"):
        return draw_group(draw, known, depth, kind)
    step: dict[str, Any] = {"type": kind, "name": known.name(), "label": label(draw, known)}
    if known.selects and draw(st.integers(0, 3)) == 0:
        step["relevant"] = f"${{{draw(st.sampled_from(known.selects))}}} != 'c0'"
    match kind:
        case "note":
            del step["name"]
            return step
        case "do":
            del step["label"]
            effect = draw(st.sampled_from(["hand_over", "search_documents", "file_request", "follow_request"]))
            text = f"${{{draw(st.sampled_from(known.any))}}}" if known.any else "el parque"
            step |= {"effect": effect} | ({} if effect == "hand_over" else {"with": {"text": text}})
        case "call":
            return {"type": "call", "name": step["name"], "flow": "parte"}
        case "calculate":
            step = {"type": kind, "name": step["name"], "calculation": calculation(draw, known)}
        case "read_only":
            step |= {"type": "text", "read_only": "true", "default": "'fijo'"}
        case _:
            asked(draw, known, step)
    known.any.append(step["name"])
    return step


def asked(draw: st.DrawFn, known: Known, step: dict[str, Any]) -> None:
    """Gives a question what its type has."""
    if draw(st.booleans()):
        step["required"] = "false"
    if draw(st.integers(0, 2)) == 0:
        ways = ("skip", "end", "staff") if step.get("required") == "false" else ("end", "staff")
        step["retries"] = {"times": str(draw(st.integers(0, 2))), "then": draw(st.sampled_from(ways))}
    if draw(st.integers(0, 3)) == 0 and step["type"] != "acknowledge":
        step["personal"] = "true"
    match step["type"]:
        case "select_one" | "select_multiple" | "rank":
            size = draw(st.integers(2, len(PLACES)))
            step["choices"] = {f"c{n}": {"label": said(PLACES[n], ENGLISH[n]), "zona": f"z{n % 2}"} for n in range(size)}
            if draw(st.booleans()):
                step["order"] = "random"
            if step["type"] == "select_one" and draw(st.booleans()):
                step["other"] = "true"
            if known.selects and draw(st.integers(0, 2)) == 0:
                step["choice_filter"] = f"name != ${{{draw(st.sampled_from(known.selects))}}}"
            if step["type"] == "rank" and draw(st.booleans()):
                step["top"] = str(draw(st.integers(1, size)))
            if step["type"] == "select_one":
                known.selects.append(step["name"])
        case "integer" | "decimal":
            if draw(st.booleans()):
                step |= {"constraint": ". >= 0 and . < 4", "constraint_message": said("De 0 a 3.", "0 to 3.")}
            known.numbers.append(step["name"])
        case "range":
            step |= {"start": "1", "end": draw(st.sampled_from(["3", "5", "100"])), "step": "1"}
        case "text":
            step["accept"] = draw(st.sampled_from([["text"], ["text", "audio"], ["text", "image", "location"]]))
            step["join"] = draw(st.sampled_from(["0s", "3s", "9s"]))
    if step["type"] in ("text", "integer") and draw(st.integers(0, 3)) == 0:
        step["default"] = "'2'"


def draw_group(draw: st.DrawFn, known: Known, depth: int, kind: str) -> dict[str, Any]:
    step: dict[str, Any] = {"type": "group", "name": known.name()}
    if draw(st.booleans()) and known.selects:
        step["relevant"] = f"${{{draw(st.sampled_from(known.selects))}}} != 'c1'"
    if kind == "repeat_count":
        counts = ["1", "2", "3", *(f"${{{name}}}" for name in known.numbers)]
        step["repeat_count"] = draw(st.sampled_from(counts))
    # inside a repeat all that is outside is known; outside, nothing of what is inside
    inner = Known([*known.selects], [*known.numbers], [*known.any], known.count)
    step["survey"] = draw_steps(draw, inner, depth + 1, draw(st.integers(1, 3)), ())
    known.count = inner.count
    if kind == "repeat_while":
        name = known.name()
        step["survey"].append(
            {
                "type": "select_one",
                "name": name,
                "label": said("¿Otra?", "Another?"),
                "choices": {"si": said("Sí", "Yes"), "no": said("No")},
            }
        )
        step["repeat_while"] = f"${{{name}}} = 'si'"
    if kind == "group":
        known.selects, known.numbers, known.any = inner.selects, inner.numbers, inner.any
    return step


def label(draw: st.DrawFn, known: Known) -> dict[str, str]:
    if draw(st.booleans()) and known.any:
        name = draw(st.sampled_from(known.any))
        return said(f"¿Y después de ${{{name}}}?", f"And after ${{{name}}}?")
    return said("¿Qué?", "What?")


def calculation(draw: st.DrawFn, known: Known) -> str:
    numbers = [f"${{{name}}} * 2 + 1" for name in known.numbers]
    texts = [f"concat(${{{name}}}, '!')" for name in known.any]
    return draw(st.sampled_from(["1 div 0", "'x'", "today()", *numbers, *texts]))
