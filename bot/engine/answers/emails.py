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

_LOCAL = r"[A-Za-z0-9_%+-](?:[A-Za-z0-9_%+'-]*[A-Za-z0-9_%+-])?(?:\.[A-Za-z0-9_%+'-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?<![^\s<>:,;()\"'])({_LOCAL})@((?:{_LABEL}\.)+[A-Za-z]{{2,24}})(?=$|[\s<>,;:()\"'!?]|\.(?:\s|$))")
_BARE = re.compile(rf"(?<!\S)({_LOCAL})@({_LABEL})(?=$|[\s,;.!?])")
_NO_AT = re.compile(rf"(?<!\S)({_LOCAL})\.((?:{'|'.join(re.escape(name) for name in PROVIDERS)}))(?=$|[\s,;!?])")
_DOT_APART = re.compile(r"\s*\.\s*")
_SPACES = re.compile(r"\s*@\s*")
_IN_BRACKETS = re.compile(r"\s*[(\[{<]\s*([^\W\d_]{2,6}|@)\s*[)\]}>]\s*")
_CLAUSE_END = re.compile(r"[,;:.!?()\n]")
_NAME_BEFORE = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)?)\s+$")


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
    start, end = match.span() if match else (0, 0)
    before = tuple(fold(text[:start]).split())
    told = fold(_ADDRESS.sub(" ", text[end:])).split()
    after = words.strip(tuple(token for token in told if token[0].isalnum()), FRILL)
    if any(words.anywhere(section, before) is not None for section in ("negation", "unsure")) or "@" in _ADDRESS.sub("", text):
        return _ask("email", (address,))
    clause = tuple(fold(_CLAUSE_END.split(text[end:], maxsplit=1)[0]).split())
    if any(words.has("negation", token) for token in clause[: words.anywhere("story", clause)]):
        return _ask("email", (address,))  # "… ya no uso"
    name = _NAME_BEFORE.search(text[:start])
    if name:
        last = fold(name[1])
        quiet = len(words.strip_end(before, "email_lead", "yes", "relatives", FRILL)) < len(before)
        if not quiet:  # "ana perez@gmail.com"
            return _ask("email", (f"{last}{local}@{domain}", address))
    provider = _slip(domain)
    if provider:
        return _ask("email", (f"{local}@{provider}", address))
    shouted = text[start:end].isupper()
    return Sure(address.lower() if shouted else address, text.strip() if after else "")


def _slip(domain: str) -> str:
    """The well-known provider of which the domain is a likely misspelling, "" if it is none."""
    if domain in PROVIDERS:
        return ""
    return next((known for known in PROVIDERS if len(known) > 8 and OSA.distance(domain, known) == 1), "")


def _mended(text: str, words: Lexicon) -> Reading:
    """Slips that leave no address but a clear intent: spaces, a comma for the dot, "arroba", accents, a missing ending."""
    plain = _IN_BRACKETS.sub(r" \1 ", soften(text))
    if (whole := _whole(plain, words)) is not None:
        return Sure(whole) if text.isascii() and whole.partition("@")[2] in PROVIDERS else _ask("email", (whole,))
    spoken = _spoken(plain, words)
    for attempt in (_SPACES.sub("@", plain), re.sub(r"(?<=\w),(?=\w)", ".", plain), plain.replace("@@", "@"), spoken):
        if attempt != text and (match := _ADDRESS.search(attempt)):
            return _ask("email", (f"{match[1]}@{match[2].lower()}",))
    if "ñ" in plain and (match := _ADDRESS.search(without_tilde(plain))):
        return _ask("email", (f"{match[1]}@{match[2].lower()}",))
    joined = _NO_AT.search(plain)
    if joined and "@" not in plain:
        return _ask("email", (f"{joined[1]}@{joined[2]}",))
    bare = _BARE.search(plain)
    if bare:
        known = next((name for name in PROVIDERS if bare[2] in (name.partition(".")[0], name.replace(".", ""))), "")
        if known:
            return _ask("email", (f"{bare[1]}@{known}",))
    tokens = tuple(fold(text).split())
    if words.has("nothing", " ".join(words.strip(tokens, "polite"))):
        return AskBack("nothing")
    return AskBack("unsure") if "@" not in text and words.anywhere("unsure", tokens) is not None else NotUnderstood()


def _whole(plain: str, words: Lexicon) -> str | None:
    """The address of "ana arroba gmail punto com", where the message is nothing else."""
    mended = re.sub(r"\s*@\s*", "@", _spoken(_SPACES.sub(" @ ", plain), words)).strip(" .")
    pieces = mended.split()
    rest = words.strip_start(tuple(fold(piece) or piece for piece in pieces), "email_lead", FRILL)
    local, at, domain = " ".join(pieces[len(pieces) - len(rest) :]).partition("@")
    whole = f"{local}@{re.sub(_DOT_APART, '.', domain)}"
    if not at or " " in whole or "ñ" in whole or not (match := _ADDRESS.fullmatch(whole)):
        return None
    return f"{match[1]}@{match[2].lower()}"


def _spoken(plain: str, words: Lexicon) -> str:
    """The text with signs in words as signs ("ana guion bajo p arroba ejemplo punto ec"); as it is where it has no "arroba"."""
    signs = {"at_sign": "@", "dot": ".", "underscore": "_", "hyphen": "-"}
    pieces = plain.split()
    folded = tuple(fold(piece) or piece for piece in pieces)
    kept: list[str] = []
    at = 0
    while at < len(pieces):
        size, sign = max((words.length(section, folded, at), sign) for section, sign in signs.items())
        kept.append(sign if size else pieces[at])
        at += size or 1
    if "@" not in plain and "@" not in kept:
        return plain
    return re.sub(r"\s*(?<![^\s])([@._-])(?![^\s])\s*", r"\1", " ".join(kept))


def _ask(reason: str, addresses: Iterable[str]) -> AskBack:
    return AskBack(reason, tuple(Candidate(address, address) for address in addresses))
