"""What is said in one turn: drawn as the person's channel shows it, sealed, to be queued when the turn is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.channels import payload
from bot.channels.abilities import Abilities
from bot.channels.economy import merge
from bot.channels.rendering import parts, render
from bot.turn.seat import Seat
from bot.turn.tools import Tools
from bot.vocabulary import Address, Outgoing, Say
from storage import outbox


class Speech:
    """What one turn says to whoever is at that address.

    `muted`: what is said is not sent. `herald` says for whom it is, or that it is for nobody. `messages` are (seat, row, prompt,
    sealed, priority) of each part in its order, `passing` the rows of which no copy may be kept.
    """

    def __init__(self, tools: Tools, address: Address, priority: int) -> None:
        self._tools = tools
        self._address = address
        self._priority = priority
        self._last: tuple[Seat, Outgoing] | None = None
        self.muted = False
        self.herald: Callable[[Say], Say | None] | None = None
        self.says: list[Say] = []
        self.messages: list[tuple[Seat, int, int, bytes, int]] = []
        self.passing: set[int] = set()

    def say(self, seat: Seat, say: Say) -> None:
        """Says that in the conversation of that seat."""
        if self.muted:
            return
        if self.herald is not None:
            told = self.herald(say)
            if told is None:
                return
            say = told
        self.says.append(say)
        abilities = self.abilities()
        whole = self._joined(seat, render(say, self._address, abilities), abilities, passing=say.passing)
        self._last = (seat, whole) if say.kind != "prompt" else None
        identifier = 0
        for part in parts(whole, abilities):
            identifier = self._tools.identifiers.next()
            sealed = self._tools.vault.seal(payload.pack(part), outbox.PAYLOAD)
            self.messages.append((seat, identifier, part.prompt, sealed, self._priority))
            if say.passing:
                self.passing.add(identifier)
        if say.kind != "prompt":
            return
        seat.prompt_id = identifier
        prompt = seat.state.prompt
        cut = {option.cut: option.name for option in whole.options if option.cut and option.cut != option.label}
        if cut and prompt is not None and prompt.number == say.prompt and not say.passing:
            seat.state = replace(seat.state, prompt=replace(prompt, cut=cut))

    def _joined(self, seat: Seat, whole: Outgoing, abilities: Abilities, *, passing: bool) -> Outgoing:
        """Returns the message, with the one before it where they cost less as one; that one is then sent no more by itself."""
        if abilities.charged != "segment" or self._last is None or self._last[0] is not seat:
            return whole
        if passing != (self.messages[-1][1] in self.passing):
            return whole  # of one of them no copy may be kept
        merged = merge((self._last[1], whole), abilities.plained)
        if len(merged) > 1:
            return whole
        self.messages.pop()
        return merged[0]

    def show(self, seat: Seat, outgoing: Outgoing, priority: int) -> None:
        """Queues a change of a message that was sent before."""
        identifier = self._tools.identifiers.next()
        sealed = self._tools.vault.seal(payload.pack(outgoing), outbox.PAYLOAD)
        self.messages.append((seat, identifier, 0, sealed, priority))
        self._last = None

    def can_edit(self) -> bool:
        """Tells whether the person's channel can change a message that was sent."""
        return self.abilities().edit

    def fits(self, text: str) -> bool:
        """Tells whether the person's channel takes that text in one message."""
        abilities = self.abilities()
        return abilities.length(text) <= abilities.text

    def abilities(self) -> Abilities:
        """Returns what the person's channel can do."""
        return self._tools.channels[self._address.channel].abilities(self._address)
