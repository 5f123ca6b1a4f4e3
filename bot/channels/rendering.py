"""How a message looks on a channel: buttons, else a list, else numbers in the text. Chosen by counting; no option ever vanishes.

Pure. `render` makes one message of what the engine says; `parts` cuts it where the channel's text ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from bot.channels.abilities import Abilities
from bot.vocabulary import Address, Option, Outgoing, Say

Layout = Literal["none", "buttons", "list", "numbered"]

_NONE: Layout = "none"
_ELLIPSIS = "…"
_PARAGRAPH = re.compile(r"\n\s*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"""(?:(?<=[^\d\s][.!?…])|(?<=[.!?…]["'»”)]))(?=\s)""")  # "1. Label" is no sentence's end
_SPACE = re.compile(r"\s+")


def render(say: Say, address: Address, abilities: Abilities) -> Outgoing:
    """Returns the message as the channel shall show it.

    Options become buttons if there are few enough and every label fits; else rows of a list, whose labels may be cut as long as
    the whole label fits below and all stay different; else lines "1. Label" in the text. Numbers are places in `say.choices`.
    """
    text, layout, options = say.text, _NONE, say.choices
    if options:
        layout, options = _layout(say, abilities)
        if layout == "numbered":
            text = numbered(text, [option.label for option in options])
    # one record made at once: this is done for every message that is sent
    return Outgoing(address, text, say.step, say.prompt, layout, options, say.several, say.wants, say.media, say.language)


def _layout(say: Say, abilities: Abilities) -> tuple[Layout, tuple[Option, ...]]:
    choices = say.choices
    if not _typed(say, abilities) and abilities.length(say.text) <= abilities.body:
        if len(choices) <= abilities.buttons and all(_fits(o.label, abilities.button_label, abilities) for o in choices):
            return "buttons", _whole(choices)
        rows = _rows(choices, abilities)
        if rows is not None:
            return "list", rows
    return "numbered", _whole(choices)


def _whole(choices: Sequence[Option]) -> tuple[Option, ...]:
    return tuple([Option(option.name, option.label, option.label) for option in choices])


def numbered(text: str, labels: Sequence[str]) -> str:
    """Returns the text with the labels below it, each on a line with its number."""
    lines = [f"{number}. {' '.join(label.split())}" for number, label in enumerate(labels, start=1)]
    return "\n".join([text.rstrip(), *lines] if text.strip() else lines)


def parts(outgoing: Outgoing, abilities: Abilities) -> tuple[Outgoing, ...]:
    """Returns the message as the messages that the channel takes. Attachments go with the first, options with the last.

    Attachments that cannot stand beside the text go before it, each as a message of its own.
    """
    if outgoing.media and not _beside(outgoing, abilities):
        bare = replace(outgoing, text="", layout="none", options=(), several=False, wants="", prompt=0)
        before = [replace(bare, media={kind: name}) for kind, name in outgoing.media.items()]
        return (*before, *(parts(replace(outgoing, media={}), abilities) if outgoing.text or outgoing.options else ()))
    limit = abilities.text
    if abilities.length(outgoing.text) <= limit:
        return (outgoing,)
    *former, last = split(outgoing.text, limit, abilities.length)
    plain = replace(outgoing, layout="none", options=(), several=False, wants="", prompt=0)
    heads = [replace(plain, text=text, media=outgoing.media if place == 0 else {}) for place, text in enumerate(former)]
    return (*heads, replace(outgoing, text=last, media={}))


def _beside(outgoing: Outgoing, abilities: Abilities) -> bool:
    """Tells whether the message's attachments and its text may be one message."""
    if abilities.beside is None:
        return True
    if len(outgoing.media) > 1 or outgoing.layout in {"buttons", "list"}:
        return False
    return not outgoing.text or (
        all(kind in abilities.beside for kind in outgoing.media) and abilities.length(outgoing.text) <= abilities.caption
    )


def split(text: str, limit: int, length: Callable[[str], int] = len) -> tuple[str, ...]:
    """Returns the text in pieces of at most `limit`, as `length` counts: cut between paragraphs, else lines, sentences, words.

    Only a single word longer than the limit is cut inside, and then never between a character and what combines with it.
    Joined by spaces the pieces read as before. Raises ValueError for a limit below 8.
    """
    if limit < 8:
        raise ValueError(f"limit {limit}: a piece needs room for 8 at least")
    pieces: list[str] = []
    rest = text.strip()
    while length(rest) > limit:
        reach = _reach(rest, limit, length)
        end = _border(rest, reach)
        piece, rest = rest[:end].rstrip(), rest[end:].lstrip()
        pieces.append(piece)
    return (*pieces, rest)


def cut(labels: Sequence[str], limit: int, length: Callable[[str], int] = len) -> tuple[str, ...] | None:
    """Returns labels of at most `limit`, all different when case is ignored, or None where that cannot be done.

    A label that fits stays as it is; others end at a word with "…"; those that would then read alike bear their number in front.
    """
    short = [label if length(label) <= limit else _shorten(label, limit, length) for label in labels]
    twins = {text.casefold() for text in short if sum(text.casefold() == other.casefold() for other in short) > 1}
    for place, label in enumerate(labels):
        if short[place].casefold() in twins and length(label) > limit:
            number = f"{place + 1}. "
            short[place] = number + _shorten(label, limit - length(number), length)
    alike = len({text.casefold() for text in short}) < len(short)
    return None if alike or any(length(text) > limit for text in short) else tuple(short)


def _typed(say: Say, abilities: Abilities) -> bool:
    """Tells whether the answer must be typed: an order always, several where nothing can be toggled."""
    return abilities.always_numbered or say.wants == "rank" or (say.several and abilities.several == "typed")


def _fits(label: str, limit: int, abilities: Abilities) -> bool:
    return 0 < abilities.length(label) <= limit and "\n" not in label


def _rows(choices: Sequence[Option], abilities: Abilities) -> tuple[Option, ...] | None:
    """Returns the options as rows of a list; None where they are too many, or the whole label fits nowhere in a row."""
    if len(choices) > abilities.rows:
        return None
    whole = max(abilities.row_label, abilities.row_description)
    if not all(_fits(option.label, whole, abilities) for option in choices):
        return None
    labels = cut([option.label for option in choices], abilities.row_label, abilities.length)
    if labels is None:
        return None
    return tuple([Option(option.name, option.label, label) for option, label in zip(choices, labels, strict=True)])


def _shorten(label: str, limit: int, length: Callable[[str], int]) -> str:
    """Returns the label ending in "…" within the limit, at a word's end unless that would lose more than half of it."""
    reach = _reach(label, max(limit - length(_ELLIPSIS), 0), length)
    space = label.rfind(" ", 0, reach + 1)
    end = space if space > reach // 2 else reach
    return label[:end].rstrip(" ,.;:-–") + _ELLIPSIS


def _reach(text: str, limit: int, length: Callable[[str], int]) -> int:
    """Returns how many characters of the text fit, without parting a character from what combines with it."""
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle]) <= limit else (low, middle - 1)
    end = low
    while 0 < end < len(text) and _joined(text, end):
        end -= 1
    return end or low


def _joined(text: str, place: int) -> bool:
    """Tells whether the characters on both sides of this place are one on the screen."""
    here, before = ord(text[place]), ord(text[place - 1])
    combining = 0x0300 <= here <= 0x036F or 0xFE00 <= here <= 0xFE0F or 0x1F3FB <= here <= 0x1F3FF
    flags = 0x1F1E6 <= here <= 0x1F1FF and 0x1F1E6 <= before <= 0x1F1FF
    return combining or flags or here == 0x200D or before == 0x200D


def _border(text: str, reach: int) -> int:
    """Returns where to cut so that at most `reach` characters come before: the last good border in the second half, by rank."""
    window = text[: reach + 1]
    for border in (_PARAGRAPH, _LINE, _SENTENCE):
        ends = [match.start() for match in border.finditer(window) if reach // 2 <= match.start() <= reach]
        if ends:
            return ends[-1]
    ends = [match.start() for match in _SPACE.finditer(window) if 0 < match.start() <= reach]
    return ends[-1] if ends else reach
