"""Names: what a form calls its questions, and what a flow may call them. A flow has one space of names, letters are plain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.engine.loading.outline import PRODUCT_WORDS
from bot.engine.loading.written import FLOW_NAME, IDENTIFIER

Scope = tuple[str, ...]
"""The names of the groups around a question, outermost first, as the form has them."""


def identifier(name: str) -> str:
    """Returns a name that a flow takes and that looks like this one."""
    plain = unicodedata.normalize("NFKD", name.replace(":", "_")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", plain.strip()).strip("_")
    if not plain:
        return "p"
    return plain if IDENTIFIER.fullmatch(plain) else f"p_{plain}"


def slug(text: str, limit: int = 30) -> str:
    """Returns a short name made of the first words of a text."""
    made = identifier(re.sub(r"\$\{[^}]*\}", " ", text.lower()))
    short = made[:limit]
    return (short.rpartition("_")[0] or short) if len(made) > limit and "_" in short else short


def flow_name(name: str) -> str:
    """Returns an identifier of a flow that looks like this name."""
    made = identifier(name).replace(".", "_")[:64]
    return made if FLOW_NAME.fullmatch(made) else "formulario"


class Names:
    """Gives each question its name in the flow, and finds what a name of the form means from where it is used."""

    def __init__(self) -> None:
        self.taken: set[str] = set(PRODUCT_WORDS)
        self.known: dict[str, list[tuple[Scope, str]]] = {}

    def give(self, wanted: str, scope: Scope, *, other: bool = False) -> str:
        """Returns a free name near the one that is wanted; `other`: `name_other` must be free too."""
        plain = wanted if IDENTIFIER.fullmatch(wanted) else identifier(wanted)
        attempts = [plain, *(f"{identifier(group)}_{plain}" for group in reversed(scope[-1:]))]
        number = 1
        while True:
            for name in attempts:
                if name not in self.taken and not (other and f"{name}_other" in self.taken):
                    self.taken.add(name)
                    if other:
                        self.taken.add(f"{name}_other")
                        self.known.setdefault(f"{wanted}_other", []).append((scope, f"{name}_other"))
                    if wanted:
                        self.known.setdefault(wanted, []).append((scope, name))
                    return name
            number += 1
            attempts = [f"{plain}_{number}"]

    def find(self, name: str, scope: Sequence[str]) -> str | None:
        """Returns the flow's name of what a form calls so, the nearest where several are called alike; None where nothing is."""
        found = self.known.get(name)
        if found is None:
            return None
        if len(found) == 1:
            return found[0][1]

        def near(place: tuple[Scope, str]) -> int:
            shared = 0
            for one, other in zip(place[0], scope, strict=False):
                if one != other:
                    break
                shared += 1
            return 2 * shared - len(place[0])

        return max(found, key=near)[1]
