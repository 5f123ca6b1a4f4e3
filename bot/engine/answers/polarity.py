"""Yes and no in all their forms."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.answers.sentence import Sentence
from bot.engine.answers.words import FRILL, Lexicon


@dataclass(frozen=True, slots=True)
class Polarity:
    """What a message says: `yes`, `no`, `unsure` (any of them may be said). `story`: it goes on and tells more.

    `clear` is False where it goes on without a pause: "si hubiera" is no yes, "no hay problema" no no.
    """

    yes: bool
    no: bool
    unsure: bool
    story: bool
    clear: bool


def polarity(said: Sentence, words: Lexicon) -> Polarity | None:
    """Returns what the message begins by saying, or None where it begins with neither yes nor no nor a doubt."""
    tokens = said.tokens
    seen: set[str] = set()
    at, end, first = 0, len(tokens), 0
    while at < end:
        kind, size = _longest(tokens, at, words)
        if not kind or (kind == "filler" and not seen and not (at + size < end and _longest(tokens, at + size, words)[0])):
            break
        at += size
        if kind != "filler":
            first = first or at
            seen.add(kind)
    if at < end and words.has("also", tokens[at]) and not words.strip(tokens[at + 1 :], "polite"):
        at = end  # "acepto y gracias"
    story = at < end
    clear = not story or any(first <= pause <= at for pause in said.breaks) or _goes_on(tokens, first, at, words)
    if story and words.length("either", tokens, at):
        seen.update(kind for kind in ("yes", "no") if words.has(kind, tokens[-1]))
    if story and (joined := words.length("story", tokens, at)):  # "claro, pero no" takes it back; "sí, pero no tengo" tells more
        rest = tokens[at + joined :]
        if len(rest) == 1 or not words.has("no_labels", rest[0] if rest else ""):
            seen.update(kind for kind in ("yes", "no", "unsure") if words.has(kind, " ".join(rest)))
    if not seen:
        return None
    return Polarity("yes" in seen, "no" in seen, "unsure" in seen, story, clear)


def _goes_on(tokens: tuple[str, ...], first: int, at: int, words: Lexicon) -> bool:
    """Whether a word that joins a story ("pero") stands between the first word of yes or no and the story."""
    return any(words.length("story", tokens, place) for place in range(first, at + 1))


def _longest(tokens: tuple[str, ...], at: int, words: Lexicon) -> tuple[str, int]:
    """The kind of the longest phrase at that place; of equal ones the one that answers."""
    best, most = "", 0
    for kind in ("unsure", "no", "yes", FRILL):
        size = words.length(kind, tokens, at)
        if size > most:
            best, most = ("filler" if kind == FRILL else kind), size
    return best, most
