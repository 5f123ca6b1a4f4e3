"""How many segments a text costs as SMS: GSM-7 by the standard's tables (3GPP TS 23.038), else UCS-2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
)
ESCAPED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: its encoding, how many segments, and the characters that forced UCS-2 (each once, in order)."""

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    costly: tuple[str, ...] = ()


def segments(text: str) -> Segments:
    """Returns what this text costs when it is sent as SMS. An escaped or surrogate pair is never parted by a border."""
    costly = tuple(dict.fromkeys(character for character in text if character not in BASIC and character not in ESCAPED))
    if costly:
        widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
        return Segments("UCS-2", _count(widths, 70, 67), costly)
    return Segments("GSM-7", _count([2 if character in ESCAPED else 1 for character in text], 160, 153))


def _count(widths: list[int], alone: int, joined: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return count
