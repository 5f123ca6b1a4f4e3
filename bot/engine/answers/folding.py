"""The one folding: what is left of a text when case, accents, punctuation and spaces do not matter.

ñ is a letter of its own and stays. Emoji stay (👍 is an answer), without skin colours, each once in a row. Signs that tell
answers apart stay as words of their own: + < >. Everything else that is no letter and no digit parts words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’´`](?=[^\W\d_])")
_APART = re.compile(r"[^\wñ+<>]|_", re.ASCII)
_SPANISH = re.compile(r"[\x00-\]_a-~áéíóúüñÁÉÍÓÚÜÑ¿¡«»–—“”€]*")
"""What nearly all that is written here consists of: one table serves it, where other texts are looked at sign by sign."""

_UNACCENTED = str.maketrans("áéíóúü", "aeiouu")
_SHORT = 100
"""Characters of a text whose folding is remembered."""

_SIGN = re.compile(r"([+<>])")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_KEYCAP_TEN = "\U0001f51f"
_TILDE = "\u0303"


def fold(text: str) -> str:
    """Returns the text as it is compared everywhere: small letters, no accents but ñ, words parted by one space.

    >>> fold("  ¡Sí, CLARO!  ")
    'si claro'
    """
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        plain = _APOSTROPHE.sub("", text.lower()) if "'" in text else text.lower()
        if plain.isalnum():
            return plain
        plain = _APART.sub(" ", plain)
    elif _SPANISH.fullmatch(text):
        plain = _APART.sub(" ", (_APOSTROPHE.sub("", text) if "'" in text else text).lower().translate(_UNACCENTED))
    else:
        plain = _plain(text)
    if "+" in plain or "<" in plain or ">" in plain:
        plain = _SIGN.sub(r" \1 ", plain)
    return " ".join(plain.split())


_fold_short = lru_cache(maxsize=4096)(_fold)
"""The same short texts are compared in every turn: labels, start words, "1", "no"."""


def soften(text: str) -> str:
    """Returns the text in small letters without accents, marks and signs kept: for numbers, dates and times.

    Typographic dashes, quotes and spaces become their plain forms; ñ stays.
    """
    if text.isascii():
        return text.lower()
    return _unaccented(unicodedata.normalize("NFKC", text).translate(_PLAIN_MARKS).lower())


def squeeze(folded: str) -> str:
    """Returns the folded text with letters that are drawn out ("siiii") written once."""
    return _STRETCHED.sub(r"\1", folded)


def without_tilde(folded: str) -> str:
    """Returns the folded text with ñ as n: a second try only, whose reading is always asked back ("ano" is not "año")."""
    return folded.replace("ñ", "n")


_PLAIN_MARKS = {
    ord(c): p
    for c, p in {
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "’": "'",
        "‘": "'",
        "´": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "⁄": "/",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "¡": " ",
        "¿": " ",
        _KEYCAP_TEN: "10",
    }.items()
}


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.category(char) in ("Mn", "Me", "Cf"):
            if char == _TILDE and kept and kept[-1] == "n":
                kept[-1] = "ñ"
            continue
        kept.append(char)
    return "".join(kept)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.replace(_KEYCAP_TEN, "10")).casefold()
    parts: list[str] = []
    last = ""
    for char in _APOSTROPHE.sub("", _unaccented(text)):
        category = unicodedata.category(char)
        if category[0] in "LN" or char in "+<>":
            parts.append(char)
        elif category == "So":
            if char != last:
                parts.append(f" {char} ")
        elif category != "Sk":
            parts.append(" ")
        if category != "Sk":
            last = char
    return "".join(parts)


_SOUNDS = (
    (re.compile(r"qu(?=[ei])|[ckq](?=[^eih]|$)"), "k"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"(?<!c)h"), ""),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"y(?![a-z])"), "i"),
    (re.compile(r"m(?=[bp])"), "n"),
    (re.compile(r"(.)\1"), r"\1"),
)


def sound(folded: str) -> str:
    """Returns the folded text as it sounds in Spanish, for spellings that are only heard: "bias" is "vías"."""
    return _sound_short(folded) if len(folded) <= _SHORT else _sound(folded)


def _sound(folded: str) -> str:
    for pattern, heard in _SOUNDS:
        folded = pattern.sub(heard, folded)
    return folded


_sound_short = lru_cache(maxsize=4096)(_sound)
"""The words of options and places are listened to again and again."""


_PLURAL, _GENDER = 4, 5
"""Letters from which a word may lose its s and its last vowel: "vías" is "vía", but "uso" stays apart from "usa"."""


def neutral(token: str) -> str:
    """Returns the folded word without number and gender: "satisfechas" is "satisfecho". Only good for comparing."""
    if len(token) >= _PLURAL and token[-1] == "s":
        token = token[:-1]
    return token[:-1] if len(token) >= _GENDER and token[-1] in "aoe" else token
