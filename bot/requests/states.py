"""The states of a request, what may happen to it, and what came of it: two axes, and overdue is computed, never stored.

                  ┌──────── extend ────────┐
    file ─▶ received ──────────────────▶ extended
               │  │                        │  │
               │  └──────── answer ────────┘  │          outcome is set by every answer
               │               ▼              │
               │           answered ── insist ┴─▶ insisted ── answer ─▶ insistence_answered
               │               │                      │                        │
               └── escalate ───┴────── escalate ──────┴──────── escalate ──────┤
               ▼                                                               ▼
            (overdue: insist and escalate are open                        escalated ── answer ─▶ escalation_answered
             before any answer, too)                                           │                        │
                                                                               ▼                        ▼
    withdraw, merge, finish ─────────────────────────────────────────────▶ finished ◀── finish ─────────┘

The names of the portal are those of the transparency portal of Ecuador's Defensoría del Pueblo, one for one, so that an export
can be read beside it. Asking for an explanation is no state: the request stays where it is, and waits beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

State = Literal[
    "received",
    "extended",
    "answered",
    "insisted",
    "insistence_answered",
    "escalated",
    "escalation_answered",
    "finished",
]
"""Where a request stands. `escalated`: gestión oficiosa before the Defensoría."""

Outcome = Literal["full", "partial", "already_published", "not_held", "transferred", "refused", "withdrawn", "duplicate"]
"""What came of it: total, parcial, ya publicada, no existe o no la tiene, trasladada, denegada con motivo, retirada, repetida."""

Step = Literal[
    "file", "extend", "answer", "insist", "escalate", "withdraw", "merge", "finish",
]  # fmt: skip
"""What moves a request from state to state."""

Doer = Literal["resident", "staff", "clock"]

STATES: tuple[State, ...] = get_args(State)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_OPEN: tuple[State, ...] = ("received", "extended")
_DEMANDS: tuple[State, ...] = ("received", "extended", "insisted", "escalated")

TRANSITIONS: Mapping[tuple[Step, State | None], State] = MappingProxyType(
    {
        # the request arrives, by chat, at the counter, by phone or on paper
        ("file", None): "received",
        # five days more, with cause, told to the person (LOTAIP art. 34); once
        ("extend", "received"): "extended",
        # an answer of any outcome, a transfer and a refusal among them
        ("answer", "received"): "answered",
        ("answer", "extended"): "answered",
        ("answer", "insisted"): "insistence_answered",
        ("answer", "escalated"): "escalation_answered",
        # the person is not content, or nothing came in the term
        ("insist", "received"): "insisted",
        ("insist", "extended"): "insisted",
        ("insist", "answered"): "insisted",
        # the person went to the Defensoría: the municipality notes it
        ("escalate", "received"): "escalated",
        ("escalate", "extended"): "escalated",
        ("escalate", "answered"): "escalated",
        ("escalate", "insisted"): "escalated",
        ("escalate", "insistence_answered"): "escalated",
        # the person takes it back
        ("withdraw", "received"): "finished",
        ("withdraw", "extended"): "finished",
        ("withdraw", "insisted"): "finished",
        # the same person asked the same twice: it goes on under the other number
        ("merge", "received"): "finished",
        ("merge", "extended"): "finished",
        # the person got what they asked for, or nobody insisted in time
        ("finish", "answered"): "finished",
        ("finish", "insistence_answered"): "finished",
        ("finish", "escalated"): "finished",
        ("finish", "escalation_answered"): "finished",
    }
)
"""Every step that there is: (what happens, from where) → to where. Whatever is not here is refused, by the database too."""

DOERS: Mapping[Step, frozenset[Doer]] = MappingProxyType(
    {
        "file": frozenset({"resident", "staff"}),
        "extend": frozenset({"staff"}),
        "answer": frozenset({"staff"}),
        "insist": frozenset({"resident", "staff"}),
        "escalate": frozenset({"resident", "staff"}),
        "withdraw": frozenset({"resident", "staff"}),
        "merge": frozenset({"staff"}),
        "finish": frozenset({"resident", "staff", "clock"}),
    }
)
"""Who may do what. Staff does what a person asked for at the counter."""

NEEDS_OVERDUE: frozenset[tuple[Step, State]] = frozenset(
    {("insist", "received"), ("insist", "extended"), ("escalate", "received"), ("escalate", "extended"), ("escalate", "insisted")}
)
"""Steps that are open only once the term has passed without an answer."""

PORTAL: Mapping[State, str] = MappingProxyType(
    {
        "received": "SEND",
        "extended": "PRORROGA",
        "answered": "RESPONSED",
        "insisted": "INSISTENCY_SEND",
        "insistence_answered": "INSISTENCY_RESPONSED",
        "escalated": "INFORMAL_MANAGMENT_SEND",
        "escalation_answered": "INFORMAL_MANAGMENT_RESPONSED",
        "finished": "FINISHED",
    }
)

PORTAL_OVERDUE: Mapping[State, str] = MappingProxyType(
    {
        "received": "NO_RESPONSED",
        "extended": "NO_RESPONSED",
        "insisted": "INSISTENCY_NO_RESPONSED",
        "escalated": "INFORMAL_MANAGMENT_NO_RESPONSED",
    }
)


class ImpossibleStepError(Exception):
    """A request cannot do that from where it stands. `step` and `state` say what and where, `reason` why.

    `reason`: "transition" (there is no such way), "doer" (not for them to do), "not_overdue" (only after the term).
    """

    def __init__(self, step: str, state: State | None, reason: Literal["transition", "doer", "not_overdue"]) -> None:
        super().__init__(f"{step} from {state}: {reason}")
        self.step = step
        self.state = state
        self.reason = reason


def after(step: Step, state: State | None, doer: Doer, *, overdue: bool) -> State:
    """Returns the state that the step leads to. Raises ImpossibleStepError."""
    to = TRANSITIONS.get((step, state))
    if to is None:
        raise ImpossibleStepError(step, state, "transition")
    if doer not in DOERS[step]:
        raise ImpossibleStepError(step, state, "doer")
    if state is not None and (step, state) in NEEDS_OVERDUE and not overdue:
        raise ImpossibleStepError(step, state, "not_overdue")
    return to


def awaits_answer(state: State) -> bool:
    """Tells whether the municipality owes an answer: only then can it be overdue."""
    return state in _DEMANDS


def is_open(state: State) -> bool:
    """Tells whether the first term is running: only then can it be extended, merged or its explanation be asked for."""
    return state in _OPEN


def portal(state: State, outcome: Outcome | None, *, overdue: bool) -> str:
    """Returns the national portal's name of that state."""
    if overdue and state in PORTAL_OVERDUE:
        return PORTAL_OVERDUE[state]
    if state == "finished" and outcome is None:
        return "FINISHED_WITHOUT_RESPONSE"
    return PORTAL[state]
