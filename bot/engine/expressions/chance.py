"""Chance, drawn from the conversation's seed: a conversation that is played again draws the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.engine.expressions.run import Run
from bot.engine.expressions.values import Plain, number

_BITS: Final = 53


def _random(run: Run) -> float:
    """Returns a number from 0 on, below 1."""
    return (int.from_bytes(run.draw()[:8], "big") >> (64 - _BITS)) / (1 << _BITS)


def _uuid(run: Run, length: Plain = "") -> str:
    """Returns an identifier of RFC 4122, version 4; with a length so many letters and digits."""
    if length == "":
        drawn = bytearray(run.draw()[:16])
        drawn[6] = drawn[6] & 0x0F | 0x40
        drawn[8] = drawn[8] & 0x3F | 0x80
        digits = drawn.hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    count = number(length, run)
    if not 1 <= count <= _LONGEST:
        return ""
    return "".join([_LETTERS[byte % len(_LETTERS)] for byte in (run.draw() + run.draw())[: int(count)]])


_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LONGEST: Final = 64

CHANCE_FUNCTIONS: Final[tuple[tuple[str, Callable[..., Plain]], ...]] = (("random()", _random), ("uuid([n])", _uuid))
