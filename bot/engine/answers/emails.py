"""E-mail addresses, checked by their shape. Likely slips of well-known providers are asked back, never mended unasked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from bot.engine.answers.folding import fold, soften, without_tilde
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Reading, Sure
from bot.engine.answers.words import FRILL, Lexicon

PROVIDERS = (
    "gmail.com",
    "hotmail.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
    "live.com",
    "hotmail.es",
    "yahoo.es",
    "outlook.es",
)

_LOCAL = r"[A-Za-z0-9_%+'-]+(?:\.[A-Za-z0-9_%+'-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?<![^\s<>:,;()\"'])({_LOCAL})@((?:{_LABEL}\.)+[A-Za-z]{{2,24}})(?=$|[\s<>,;:()\"'!?]|\.(?:\s|$))")
_BARE = re.compile(rf"(?<!\S)({_LOCAL})@({_LABEL})(?=$|[\s,;.!?])")
_NO_AT = re.compile(rf"(?<!\S)({_LOCAL})\.((?:{'|'.join(re.escape(name) for name in PROVIDERS)}))(?=$|[\s,;!?])")
_DOT_APART = re.compile(r"\s*\.\s*")
_SPACES = re.compile(r"\s*@\s*")


def read_email(text: str, words: Lexicon) -> Reading:
    """Reads the text as an e-mail address; the part after the @ is stored in small letters, as it is compared by the post."""
    if len(text) > 2000:
        return NotUnderstood()
    text = re.sub(r"(?i)\bmailto:", " ", text)
    found = tuple(dict.fromkeys(f"{local}@{domain.lower()}" for local, domain in _ADDRESS.findall(text) if len(local) <= 64))
    if len(found) > 1:
        return _ask("emails", found)
    if found:
        return _judged(found[0], text, words)
    return _mended(text, words)


def _judged(address: str, text: str, words: Lexicon) -> Reading:
    local, _, domain = address.partition("@")
    match = _ADDRESS.search(text)
    before = tuple(fold(text[: match.start()]).split()) if match else ()
    told = fold(_ADDRESS.sub(" ", text[match.end() :])).split() if match else []
    after = words.strip(tuple(token for token in told if token[0].isalnum()), FRILL)
    if any(words.anywhere(section, before) is not None for section in ("negation", "unsure")) or "@" in _ADDRESS.sub("", text):
        return _ask("email", (address,))
    provider = _slip(domain)
    if provider:
        return _ask("email", (f"{local}@{provider}", address))
    return Sure(address, text.strip() if after else "")


def _slip(domain: str) -> str:
    """The well-known provider of which the domain is a likely misspelling, "" if it is none."""
    if domain in PROVIDERS:
        return ""
    return next((known for known in PROVIDERS if len(known) > 8 and OSA.distance(domain, known) == 1), "")


def _mended(text: str, words: Lexicon) -> Reading:
    """Slips that leave no address but a clear intent: spaces, a comma for the dot, "arroba", accents, a missing ending."""
    plain = soften(text)
    if (spoken := _whole(plain, words)) is not None:
        return spoken
    tried = [_SPACES.sub("@", plain), re.sub(r"(?<=\w),(?=\w)", ".", plain)]
    if "@" not in plain:
        tried.append(_spoken(plain, words))
    for attempt in tried:
        if attempt != text and (match := _ADDRESS.search(attempt)):
            return _ask("email", (f"{match[1]}@{match[2].lower()}",))
    if "ñ" in plain and (match := _ADDRESS.search(without_tilde(plain))):
        return _ask("email", (f"{match[1]}@{match[2].lower()}",))
    joined = _NO_AT.search(plain)
    if joined and "@" not in plain:
        return _ask("email", (f"{joined[1]}@{joined[2]}",))
    bare = _BARE.search(plain)
    if bare:
        known = next((name for name in PROVIDERS if name.partition(".")[0] == bare[2]), "")
        if known:
            return _ask("email", (f"{bare[1]}@{known}",))
    tokens = tuple(fold(text).split())
    if words.has("nothing", " ".join(words.strip(tokens, "polite"))):
        return AskBack("nothing")
    return AskBack("unsure") if "@" not in text and words.anywhere("unsure", tokens) is not None else NotUnderstood()


def _whole(plain: str, words: Lexicon) -> Reading | None:
    """The message is nothing but an address with its signs in words or with spaces around them: "ana arroba gmail punto com"."""
    mended = _spoken(_SPACES.sub(" @ ", plain), words)
    mended = re.sub(r"\s*@\s*", "@", mended)
    local, at, domain = mended.strip(" .").partition("@")
    whole = f"{local}@{re.sub(_DOT_APART, '.', domain)}"
    if not at or " " in whole or "ñ" in whole or not (match := _ADDRESS.fullmatch(whole)):
        return None
    domain = match[2].lower()
    signed = "@" in plain  # signs in words are often what a telephone made of speech
    return Sure(f"{match[1]}@{domain}") if signed and domain in PROVIDERS else _ask("email", (f"{match[1]}@{domain}",))


def _spoken(plain: str, words: Lexicon) -> str:
    """The text with "arroba" and "punto" as signs: "ana arroba ejemplo punto ec"."""
    signs = {"at_sign": "@", "dot": "."}
    pieces = [next((sign for s, sign in signs.items() if words.has(s, fold(piece))), piece) for piece in plain.split()]
    if "@" not in pieces:
        return plain
    return re.sub(r"\s*([@.])\s*", r"\1", " ".join(pieces))


def _ask(reason: str, addresses: Iterable[str]) -> AskBack:
    return AskBack(reason, tuple(Candidate(address, address) for address in addresses))
