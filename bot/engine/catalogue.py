"""Everything that `advance` may look at besides the conversation: flows, languages, consent texts, limits. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.engine.answers.places import Gazetteer
from bot.engine.flow import ConsentText, Flow
from bot.engine.language import Language, find_code


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one turn; past them the engine stops politely instead of going on.

    `nodes`: program nodes walked; `effects`: effects yielded; `text`: characters of a message that are read and kept;
    `instances`: passes of one repeat; `cost`: counted steps of one expression.
    """

    nodes: int = 5_000
    effects: int = 100
    text: int = 8_000
    instances: int = 200
    cost: int = 10_000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The frozen world of the engine.

    `flows` holds every pinned version by its hash; `open` says which version of a flow begins now (flow → version): open
    by staff; `opens` and `closes` are judged by the engine against the clock it is handed, unless `dated` is False.
    `closed` are the flows that staff closed: whoever is in one may not go on.
    `attachments`: the person can send some where they write; else they are not asked for one that they need not send.
    `contact` tells people how to reach a person (office hours, address). `places` are known by name, where a place is asked.
    """

    flows: Mapping[str, Flow]
    open: Mapping[str, str]
    languages: Mapping[str, Language]
    consents: Mapping[str, ConsentText] = field(default_factory=dict)
    municipality: str = ""
    contact: str = ""
    dated: bool = True
    limits: Limits = Limits()
    places: Gazetteer = field(default_factory=Gazetteer)
    closed: frozenset[str] = frozenset()
    attachments: bool = True

    def current(self, flow: str) -> Flow | None:
        """Returns the version of that flow which is open by staff's word, or None."""
        version = self.open.get(flow)
        return self.flows.get(version) if version is not None else None

    def language(self, code: str) -> Language:
        """Returns that language ("qu" finds "qu_EC"), or the first one where the product does not speak it."""
        found = self.knows(code)
        return found if found is not None else next(iter(self.languages.values()))

    def knows(self, code: str) -> Language | None:
        """Returns that language, None where the product has no texts in it."""
        found = self.languages.get(code)
        if found is None and (other := find_code(code, self.languages)) is not None:
            found = self.languages[other]
        return found

    def name_of(self, code: str) -> str:
        """Returns how that language calls itself, its code where the product does not know it."""
        known = self.knows(code)
        return known.name if known is not None else code
