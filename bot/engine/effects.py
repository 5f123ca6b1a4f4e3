"""The effects that a `do` step may name, and what each takes in `with`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.engine.flow import Flow, Step

REFERENCE = re.compile(r"\$\{([^}]+)\}")
"""A value of `with` that is wholly this is the answer of a step; anything else is a text as it stands."""


@dataclass(frozen=True, slots=True)
class Wants:
    """What an effect takes: the fields that must be given in `with`, those that may be, and the only values of some."""

    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """Returns every field that the effect knows."""
        return self.needs | self.takes


EFFECTS: Mapping[str, Wants] = MappingProxyType(
    {
        "hand_over": Wants(),
        "search_documents": Wants(frozenset({"text"})),
        "file_request": Wants(
            frozenset({"text"}),
            frozenset(
                {"kind", "period", "form", "notify", "name", "document", "email", "phone", "address", "place", "file", "unit"}
            ),
            MappingProxyType(
                {
                    "kind": ("information", "suggestion", "complaint"),
                    "form": ("digital", "paper"),
                    "notify": ("chat", "email", "counter"),
                }
            ),
        ),
        "follow_request": Wants(frozenset({"text"})),
    }
)
"""Every effect that a `do` step may name. The fields of `file_request` are those that the law asks for (LOTAIP art. 32)."""


def files_requests(flow: Flow) -> bool:
    """Tells whether a flow files requests."""
    return any(isinstance(node, Step) and node.effect == "file_request" for node in flow.program)


IDENTITY = frozenset({"name", "document", "email", "phone", "address"})
"""The fields of `file_request` that say who asks: kept with the request, sealed, and nowhere else once it is filed."""


def identity_steps(flow: Flow) -> frozenset[str]:
    """Returns the steps of a flow whose answers say who files a request."""
    found = set()
    for node in flow.program:
        if isinstance(node, Step) and node.effect == "file_request":
            given = [REFERENCE.fullmatch(value.strip()) for field, value in node.given.items() if field in IDENTITY]
            found |= {reference[1].strip() for reference in given if reference is not None}
    return frozenset(found)


def filing_steps(flow: Flow) -> frozenset[str]:
    """Returns the steps of a flow that file a request."""
    return frozenset(node.name for node in flow.program if isinstance(node, Step) and node.effect == "file_request")
