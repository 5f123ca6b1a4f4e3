"""Languages as forms name them ("Español (es)", "English", "francés", "kichwa") and as flows do (es, en, fr, qu)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from babel import Locale, UnknownLocaleError

from bot.engine.answers import fold

_CODE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_BRACKETS = re.compile(r"\(\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)\s*\)\s*$")
_SPOKEN_IN = ("es", "en", "fr", "pt", "de")
_NAMES = {
    "castellano": "es", "tigrigna": "ti", "tigirigna": "ti", "oromiffa": "om", "afan oromo": "om", "somali": "so",
    "espanol": "es", "español": "es", "spanish": "es", "ingles": "en", "kichwa": "qu", "quichua": "qu", "quechua": "qu",
    "runa shimi": "qu", "shuar": "jiv", "shuar chicham": "jiv", "achuar": "acu", "mandarin": "zh", "farsi": "fa",
    "creole": "ht", "kreyol": "ht", "burmese": "my", "tagalog": "tl", "filipino": "fil", "swahili": "sw",
    "kiswahili": "sw", "bangla": "bn", "brazilian portuguese": "pt", "waorani": "auc", "cofan": "con", "siona": "snn",
    "tsafiki": "cof", "zapara": "zro",
}  # fmt: skip
_TELLING = {
    "es": "el la los las de del que en por para con su usted cual cuantos este esta si no es una un tiene qué cuál",
    "en": "the of to in and is are you your how what which do does have has this that please for many did was any with",
    "fr": "le la les des de du est vous votre quel quelle combien avez dans pour une un oui non êtes avec et",
    "pt": "o a os as do da dos das você seu sua qual quantos não sim uma um tem em para com é e",
    "de": "der die das und ist sie ihr ihre wie was welche haben nicht ein eine für mit von zu ja nein",
}


@cache
def _by_name() -> dict[str, str]:
    """Returns the codes of languages by their names, in several languages and in their own."""
    found: dict[str, str] = {}
    for code in map(str, Locale("en").languages):
        if _short(code):
            try:
                found.setdefault(fold(str(Locale(code).languages.get(code, ""))), code)
            except (UnknownLocaleError, ValueError):
                continue
    for spoken in _SPOKEN_IN:
        for code, name in Locale(spoken).languages.items():
            if _short(str(code)):
                found.setdefault(fold(str(name)), str(code))
    found.update(_NAMES)
    found.pop("", None)
    return found


def _short(code: str) -> bool:
    return len(code) <= 3 and _CODE.fullmatch(code) is not None


def code_of(name: str) -> str:
    """Returns the code of a language as a form names it; one of the form `und-…` for a name that no list has."""
    bare = name.strip()
    if bare.startswith("und") and _CODE.fullmatch(bare):
        return bare
    if match := _BRACKETS.search(bare):
        return _plain(match[1])
    if _CODE.fullmatch(bare.lower()) and (
        bare.lower() in Locale("en").languages or bare.lower().partition("-")[0] in ("es", "en")
    ):
        return _plain(bare)
    folded = fold(bare)
    known = _by_name()
    for attempt in (folded, folded.split(" ")[0] if folded else ""):
        if attempt in known:
            return known[attempt]
    slug = re.sub(r"[^a-z0-9]", "", folded)[:8]
    return f"und-{slug:x<2}" if slug else "und"


def _plain(code: str) -> str:
    """Returns a code as flows write it. The country is dropped: the product's own texts go by the language."""
    first = re.split(r"[-_]", code)[0].lower()
    return {"qug": "qu", "quz": "qu", "que": "qu", "spa": "es", "eng": "en", "fra": "fr"}.get(first, first)


def named(code: str) -> str:
    """Returns how a form names the language of that code: "Español (es)"."""
    own = {"qu": "Kichwa", "jiv": "Shuar"}.get(code, "")
    if not own and not code.startswith("und"):
        try:
            own = str(Locale.parse(code.replace("-", "_")).display_name or "")
        except (UnknownLocaleError, ValueError):
            own = ""
    return f"{own[:1].upper()}{own[1:]} ({code})" if own else code


def told(texts: Iterable[str]) -> str:
    """Returns the language that texts are probably in, by its smallest words; Spanish where nothing tells."""
    counts = dict.fromkeys(_TELLING, 0)
    small = {code: frozenset(words.split()) for code, words in _TELLING.items()}
    for text in texts:
        words = re.findall(r"[^\W\d_]+", text.lower())
        for code, telling in small.items():
            counts[code] += sum(word in telling for word in words)
        counts["es"] += 2 * sum(text.count(sign) for sign in "¿¡ñ")
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts["es"] else "es"
