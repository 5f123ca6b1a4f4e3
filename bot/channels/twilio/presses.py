"""What a button or a row carries to WhatsApp and back: the prompt's number and the choice's name."""

from __future__ import annotations

import re

from bot.vocabulary import Press

ROOM = 200
"""How long it may be, in characters."""

_PRESS = re.compile(r"q([0-9]{1,19}):([^\x00-\x1f]{1,180})")


def write_press(prompt: int, choice: str) -> str:
    """Returns what the button of that choice carries; longer than ROOM if the name is too long."""
    return f"q{prompt}:{choice}"


def read_press(carried: str) -> Press | None:
    """Returns the press that a button of ours carries; None for a button of somebody else's making (an approved template's)."""
    match = _PRESS.fullmatch(carried)
    return None if match is None else Press(int(match[1]), match[2])
