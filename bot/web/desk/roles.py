"""What each role may do at the desk, and whose cases it sees: the one place that decides it. Pure.

A reader looks at the cases of their unit, without the names of who asked, and at what answers add up to. An officer works on the
cases of their unit and codes what people wrote. A coordinator works on all cases, hands them out, publishes, releases results and
answers back. An administrator does that too, and keeps the house: people, units,
calendar, the audit log. Cases that no unit has got yet are the coordinators' to hand out: nobody else sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Role = Literal["reader", "officer", "coordinator", "administrator"]

Deed = Literal[
    "look", "identify", "handle", "note", "enter", "take", "assign", "merge", "publish", "converse",
    "open_flows", "keep_calendar", "see_audit", "keep_staff",
    "see_results", "code_answers", "release_results", "export_results", "answer_back", "export_identity",
]  # fmt: skip
"""look: at cases; identify: see who asked; handle: answer, ask, extend, transfer, refuse, finish; note: for colleagues; enter:
what came at the counter; take: give a case to oneself or a colleague of the unit; assign: to any unit and person; merge: two
cases of one person; publish: in the public register; converse: with people who asked for a person; open_flows; keep_calendar;
see_audit; keep_staff: people and units; see_results: what the answers to flows add up to, never whose they are; code_answers:
put what people wrote under themes; release_results: decide what of them the public sees; export_results: make and fetch the
files; answer_back: tell those who answered what was heard and what will be done; export_identity: make and fetch the file that
says who answered."""

ROLES: tuple[Role, ...] = get_args(Role)
DEEDS: tuple[Deed, ...] = get_args(Deed)

_READER: frozenset[Deed] = frozenset({"look", "see_results"})
_OFFICER: frozenset[Deed] = _READER | {
    "identify", "handle", "note", "enter", "take", "merge", "converse", "code_answers",
}  # fmt: skip
_COORDINATOR: frozenset[Deed] = _OFFICER | {
    "assign", "publish", "open_flows", "keep_calendar", "release_results", "export_results", "answer_back",
}  # fmt: skip

MAY: Mapping[Role, frozenset[Deed]] = MappingProxyType(
    {"reader": _READER, "officer": _OFFICER, "coordinator": _COORDINATOR, "administrator": frozenset(DEEDS)}
)

EVERYWHERE: frozenset[Role] = frozenset({"coordinator", "administrator"})
"""Who is not bound to a unit."""


def role(name: str) -> Role:
    """Returns the role of that name. Raises ValueError for any other."""
    for known in ROLES:
        if known == name:
            return known
    raise ValueError(name)


def may(who: str, deed: Deed) -> bool:
    """Tells whether that role may do that."""
    return deed in MAY[role(who)]


def sees(who: str, own_unit: int | None, case_unit: int | None) -> bool:
    """Tells whether somebody of that role and unit sees the cases of that other unit (None: of none yet)."""
    return role(who) in EVERYWHERE or (own_unit is not None and own_unit == case_unit)


def needs_unit(who: str) -> bool:
    """Tells whether somebody of that role sees nothing without a unit."""
    return role(who) not in EVERYWHERE
