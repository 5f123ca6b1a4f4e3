"""The flows at hand: which may begin now, and every version that a conversation is still on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.engine.catalogue import Catalogue
from bot.engine.flow import Flow
from bot.engine.language import find_code
from storage import flows
from storage.statements import Transaction

Build = Callable[[str], Flow]
"""Makes a flow of its canonical JSON."""


class MissingVersionError(LookupError):
    """A conversation is on a version that the database does not hold: it was restored from an incomplete copy."""


class Library:
    """Hands the engine its catalogue. Versions are built once and kept, since they never change.

    `catalogue` brings languages, consent texts, limits, and the flows that are not in the database (a chat's draft, a test's).
    """

    def __init__(self, catalogue: Catalogue, build: Build) -> None:
        self._base = catalogue
        self._build = build
        self._catalogue = catalogue

    @property
    def catalogue(self) -> Catalogue:
        """Returns the present catalogue."""
        return self._catalogue

    @property
    def often(self) -> frozenset[str]:
        """Returns the flows that a person may complete as often as they like: requests."""
        return frozenset(flow.flow for flow in self._catalogue.flows.values() if flow.kind == "request")

    def renew(self, tx: Transaction) -> Catalogue:
        """Reads anew which flows are open: at the start, after a change, and now and then for another process's changes."""
        listed = flows.listed(tx)
        known = dict(self._catalogue.flows)
        for row in listed:
            # of one that is closed or paused it must be known that it was there, by its words and its links
            if row.state != "draft" and row.version not in known:
                known[row.version] = self._read(tx, row.version)
        opened = dict(self._base.open)
        for row in listed:
            if row.state == "open":
                opened[row.flow] = row.version
            elif row.state != "draft":
                opened.pop(row.flow, None)
        closed = frozenset([row.flow for row in listed if row.state == "closed"])
        self._catalogue = replace(self._base, flows=known, open=opened, closed=closed)
        return self._catalogue

    def holding(self, tx: Transaction, version: str) -> Catalogue:
        """Returns the catalogue with that version in it ("" for the lobby: any will do). Raises MissingVersionError."""
        catalogue = self._catalogue
        if not version or version in catalogue.flows:
            return catalogue
        # two threads may build the same version at once; the later one of two equal catalogues stays
        self._catalogue = replace(catalogue, flows={**catalogue.flows, version: self._read(tx, version)})
        return self._catalogue

    def spoken(self, code: str | None) -> str:
        """Returns the language to speak with somebody new: theirs ("en", "en-US") if it is spoken here, else the first."""
        languages = self._catalogue.languages
        return find_code((code or "").replace("-", "_"), languages) or next(iter(languages))

    def _read(self, tx: Transaction, version: str) -> Flow:
        content = flows.content(tx, version)
        if content is None:
            raise MissingVersionError(version)
        return self._build(content)
