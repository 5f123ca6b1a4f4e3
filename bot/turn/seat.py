"""One conversation, or the lobby, while a turn works on it: its state and what is to be written at the end."""

from __future__ import annotations

from bot.engine.state import Conversation
from bot.vocabulary import EndConversation, RecordAnswer, RecordConsent

TimerAt = tuple[int, str, int]
"""When (milliseconds since the epoch, real time), which kind, and its token."""


class Seat:
    """Where the person sits. `id` is 0 for the lobby; `fresh` says that it has no row yet; `was_current` what its row says.

    `handed_over` is why a person is wanted since this turn, empty where none is.
    """

    __slots__ = (
        "address_id", "answers", "consents", "due", "end", "fresh", "handed_over", "id", "prompt_id", "state", "status", "timed",
        "was_current",
    )  # fmt: skip

    def __init__(
        self,
        identifier: int,
        state: Conversation,
        *,
        fresh: bool = False,
        was_current: bool = False,
        prompt_id: int | None = None,
        address_id: int | None = None,
    ) -> None:
        self.id = identifier
        self.state = state
        self.status = state.status
        self.fresh = fresh
        self.was_current = was_current
        self.prompt_id = prompt_id
        self.address_id = address_id
        self.due: TimerAt | None = None
        self.timed = False
        self.end: EndConversation | None = None
        self.handed_over = ""
        self.answers: list[RecordAnswer] = []
        self.consents: list[RecordConsent] = []

    @property
    def lobby(self) -> bool:
        """Tells whether this is the state outside any flow."""
        return self.id == 0


def instance(at: tuple[int, ...]) -> str:
    """Returns the passes of the enclosing repeats as the journal keeps them."""
    return "/".join(map(str, at))
