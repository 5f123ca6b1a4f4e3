"""The engine alone: one step, its conversation decoded before and encoded after. No database, no network.

Ten messages through eight questions, and the same mix through two hundred: nothing may grow with the length of a flow.
"""

from __future__ import annotations

import itertools
import time
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from options import Options
from survey import FLOW, QUESTIONS, answers, catalogue, loaded
from table import Row, spread

from bot.engine.catalogue import Catalogue
from bot.engine.conversation import advance, begin
from bot.engine.state import decode, encode, outcome
from bot.vocabulary import Start, Text

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("America/Guayaquil"))
LONG = 200
_LEAST = 0.3
"""Seconds of CPU that one figure is measured over."""


def measure(options: Options) -> list[Row]:
    """Returns the cost of a step, and how it grows."""
    worlds = {questions: catalogue(loaded(questions)) for questions in (QUESTIONS, LONG)}
    times: dict[int, list[float]] = {questions: [] for questions in worlds}
    for world in worlds.values():
        _cost(world, _LEAST / 3)  # warm
    for _ in range(max(options.runs, 5)):
        for questions, world in worlds.items():
            times[questions].append(_cost(world, _LEAST))
    short, long = median(times[QUESTIONS]), median(times[LONG])
    growth = median([b / a for a, b in zip(times[QUESTIONS], times[LONG], strict=True)])
    return [
        Row("engine: a step of 8 questions", f"{short:.0f} µs CPU", "≤ 100 µs", short <= 100, spread(times[QUESTIONS])),
        Row("engine: a step of 200 questions", f"{growth:.2f} ×", "≤ 1.10 ×", growth <= 1.1, f"{long:.0f} µs; of that of 8"),
    ]


def _cost(world: Catalogue, seconds: float) -> float:
    """Returns the CPU microseconds of one step on that world's flow."""
    steps, spent = 0, 0.0
    for person in itertools.count():
        taken, used = converse(world, person)
        steps, spent = steps + taken, spent + used
        if spent >= seconds:
            break
    return spent / steps * 1e6


def converse(world: Catalogue, person: int) -> tuple[int, float]:
    """Has one conversation from start to end; returns steps and CPU seconds of its answers.

    The start and the last answer are not counted: they cost less and more, and are a tenth of the short flow but nothing of the
    long one. Raises ValueError if it did not end well.
    """
    (flow,) = world.flows.values()
    blocks = (len(flow.index) - 1) // QUESTIONS
    *inbounds, last = [Text(answer) for block in range(blocks) for answer in answers(person * blocks + block)]
    state, _ = advance(world, begin(flow, language="es", seed=f"seed {person}", now=NOON), Start(FLOW, {}), NOON)
    kept = encode(state)
    begun = time.process_time()
    for inbound in inbounds:
        state, _ = advance(world, decode(kept), inbound, NOON)
        kept = encode(state)
    used = time.process_time() - begun
    state, _ = advance(world, decode(kept), last, NOON)
    if outcome(state) != "completed":
        raise ValueError(f"the conversation stands at {state.prompt}")
    return len(inbounds), used
