"""The work that is measured: a survey of eight questions, answered in ten messages; and longer ones of the same eight, repeated.

The start, consent, a choice by number, several by number, a number that is none, a number, free text, a day-first date, yes or
no, and the confirmation at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.engine.catalogue import Catalogue
from bot.engine.source import Loaded, load
from bot.translations import load_languages

LOCALES = Path(__file__).parent.parent / "locales"
FLOW = "bench"
QUESTIONS = 8
START = "encuesta"
IDEA = "Falta agua potable en el barrio San José y el alumbrado del parque está dañado desde enero, dice {person}"
_ANSWERS = ("sí", "2", "1,3", "muchos", "{age}", IDEA, "{day}/{month}/2024", "no", "sí")
MESSAGES = len(_ANSWERS) + 1


def answers(person: int) -> list[str]:
    """Returns what that person answers to the eight questions; no two write the same, so that nothing is remembered for all."""
    places = {"age": 15 + person % 100, "day": 1 + person % 28, "month": 1 + person % 12, "person": person}
    return [answer.format(**places) for answer in _ANSWERS]


_HEAD = """
flow: bench
kind: survey
title: {es: Una encuesta, en: A survey}
languages: [es, en]
start: {words: [encuesta]}
reminders: [24h, 72h]
expires: 14d
edit: "no"
survey:
"""

_BLOCK = """
  - {type: acknowledge, name: acepta_N, label: {es: ¿Podemos guardar tus respuestas?, en: May we keep your answers?}}
  - type: select_one
    name: servicio_N
    label: {es: ¿Qué servicio te preocupa más?, en: Which service worries you most?}
    choices:
      agua: {label: {es: Agua potable, en: Drinking water}}
      luz: {label: {es: Alumbrado público, en: Street lighting}, words: [luz, focos]}
      basura: {label: {es: Recolección de basura, en: Waste collection}}
      vias: {label: {es: Vías y veredas, en: Roads and pavements}}
    other: true
  - type: select_multiple
    name: espacios_N
    label: {es: ¿Qué espacios usas?, en: Which places do you use?}
    choices:
      parque: {label: {es: Parque, en: Park}}
      cancha: {label: {es: Cancha, en: Sports ground}}
      mercado: {label: {es: Mercado, en: Market}}
  - type: integer
    name: edad_N
    label: {es: ¿Cuántos años tienes?, en: How old are you?}
    constraint: ". >= 15 and . <= 120"
    constraint_message: {es: Entre 15 y 120., en: Between 15 and 120.}
  - type: text
    name: problema_N
    label: {es: "¿Qué pasa con ${servicio_N} donde vives?", en: "What is wrong with ${servicio_N} where you live?"}
    relevant: "${acepta_N} = 'true' or ${edad_N} >= 15"
  - {type: date, name: desde_N, label: {es: ¿Desde cuándo?, en: Since when?}}
  - type: select_one
    name: avisado_N
    label: {es: ¿Ya avisaste al municipio?, en: Have you told the municipality?}
    choices: {si: {label: {es: Sí, en: "Yes"}}, no: {label: {es: No, en: "No"}}}
  - {type: acknowledge, name: confirma_N, label: {es: ¿Está todo bien?, en: Is everything right?}}
"""

_TAIL = """
  - {type: note, name: gracias, label: {es: Gracias por participar., en: Thank you for taking part.}}
"""


def written(questions: int = QUESTIONS) -> str:
    """Returns the survey of so many questions (a multiple of eight) as YAML."""
    return _HEAD + "".join(_BLOCK.replace("_N", f"_{number}") for number in range(questions // QUESTIONS)) + _TAIL


def loaded(questions: int = QUESTIONS) -> Loaded:
    """Returns it loaded. Raises ValueError if it has a mistake."""
    read = load(written(questions), "bench.yaml")
    if read.flow is None:
        raise ValueError(read.problems)
    return read


def catalogue(flow: Loaded | None = None) -> Catalogue:
    """Returns the engine's world: the product's languages, and that flow open, if any."""
    languages = load_languages(LOCALES)
    if flow is None or flow.flow is None:
        return Catalogue(flows={}, open={}, languages=languages)
    known: Mapping[str, str] = {flow.flow.flow: flow.flow.version}
    return Catalogue(flows={flow.flow.version: flow.flow}, open=known, languages=languages)
