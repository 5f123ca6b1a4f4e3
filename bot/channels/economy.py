"""SMS for the least money that loses nothing: letters that cost double replaced where the municipality wants that, short messages
of one turn joined, and for numbers that nobody can answer an invitation in place of a question. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.channels.segments import BASIC, ESCAPED, Segments, segments
from bot.vocabulary import Outgoing

LONGEST = 1600
"""The longest text of one message, in characters."""

_PLAIN = {
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("‘’‚´`′", "'"),
    **dict.fromkeys("–—‒―−‑•·", "-"),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\u2003\u2002\t", " "),
    **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
    "…": "...",
    "º": "o",
    "ª": "a",
    "×": "x",
    "✓": "",
    "✔": "",
    "→": "->",
}


def plain(text: str) -> str:
    """Returns the text in letters of GSM-7 where that can be done without changing a word: á í ó ú lose their accent, ñ é ü stay.

    A text that would need UCS-2 all the same (emoji, letters that GSM-7 has nothing like) stays as it is.
    """
    if not segments(text).costly:
        return text
    changed = "".join(map(_letter, unicodedata.normalize("NFC", text)))
    return text if segments(changed).costly else changed


def economical(text: str, language: str, plained: Collection[str]) -> str:
    """Returns the text as it is sent in that language; `plained` are the languages whose letters are replaced."""
    return plain(text) if language in plained else text


def preview(text: str, language: str, plained: Collection[str]) -> Segments:
    """Returns what the text will cost in that language."""
    return segments(economical(text, language, plained))


def merge(messages: Sequence[Outgoing], plained: Collection[str] = ()) -> list[Outgoing]:
    """Returns the messages of one turn in as few as cost no more: neighbours to one address become one.

    Only the last of them may ask something, so that its numbers stay the last the person reads; what has attachments stays alone.
    """
    merged: list[Outgoing] = []
    for message in messages:
        joined = _join(merged[-1], message, plained) if merged else None
        if joined is None:
            merged.append(message)
        else:
            merged[-1] = joined
    return merged


def invite(outgoing: Outgoing, words: str, link: str) -> Outgoing:
    """Returns what a person gets who cannot answer there: a question becomes the invitation and the link; a notice stays.

    `words` is the invitation in the person's language, `link` leads to a channel where they can answer.
    """
    if not outgoing.prompt and not outgoing.options:
        return outgoing
    text = f"{words.rstrip()} {link}".strip()
    return replace(outgoing, text=text, prompt=0, layout="none", options=(), several=False, wants="", media={})


def _letter(character: str) -> str:
    if character in BASIC or character in ESCAPED:
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    base = unicodedata.normalize("NFD", character)[0]
    return base if base in BASIC and base.isascii() else character


def _join(former: Outgoing, latter: Outgoing, plained: Collection[str]) -> Outgoing | None:
    asks = former.prompt or former.options or former.wants
    if asks or former.media or latter.media or former.edits or latter.edits or former.address != latter.address:
        return None
    if former.language != latter.language:
        return None
    text = f"{former.text.rstrip()}\n{latter.text.lstrip()}"
    if len(text) > LONGEST:
        return None
    cost = [preview(each, latter.language, plained).count for each in (former.text, latter.text, text)]
    return replace(latter, text=text) if cost[2] <= cost[0] + cost[1] else None
