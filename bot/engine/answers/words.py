"""The word lists of the languages at hand, folded and ready to be looked up.

Preparing them costs a millisecond, so it is kept by `lru_cache`: a pure function of languages, which are frozen and never
change under the program; a catalogue that is read anew brings new languages and with them new entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.engine.answers.folding import fold, squeeze
from bot.engine.language import Language

Tokens = tuple[str, ...]

FRILL = "frill"
"""The section that holds what stands in `polite` and in `filler`: none of it changes an answer."""

BESIDE = "beside"
"""The section that holds what may stand beside a number that points at an option."""

_JOINED = {FRILL: ("polite", "filler"), BESIDE: ("polite", "filler", "either", "also", "option_words")}


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The words of one or more languages, merged: where two differ the first one wins.

    `lists`: section → folded phrases. `keyed`: section → folded phrase → key. `opening`: section → first word → words in the
    longest phrase that begins with it, so that most places are passed over at one look; `closing`: the same by the last word.
    `forms`: section → key → the first way to write it in the first language, with its accents, for saying things back.
    """

    lists: Mapping[str, frozenset[str]]
    keyed: Mapping[str, Mapping[str, str]]
    opening: Mapping[str, Mapping[str, int]]
    closing: Mapping[str, Mapping[str, int]]
    forms: Mapping[str, Mapping[str, str]]

    def has(self, section: str, phrase: str) -> bool:
        """Tells whether the folded phrase stands in that section."""
        return phrase in self.lists.get(section, ())

    def key(self, section: str, phrase: str) -> str | None:
        """Returns the key under which the folded phrase stands in that section."""
        return self.keyed.get(section, {}).get(phrase)

    def length(self, section: str, tokens: Sequence[str], at: int) -> int:
        """Returns how many words of the longest phrase of that section stand at that place, 0 for none."""
        sizes = self.opening.get(section)
        most = sizes.get(tokens[at]) if sizes and at < len(tokens) else None
        if most is None:
            return 0
        phrases = self.lists.get(section, frozenset())
        for size in range(min(most, len(tokens) - at), 0, -1):
            if " ".join(tokens[at : at + size]) in phrases:
                return size
        return 0

    def find(self, section: str, tokens: Sequence[str], at: int) -> tuple[str, int] | None:
        """Returns the key and the number of words of the longest phrase of that keyed section at that place."""
        phrases = self.keyed.get(section)
        if not phrases or at >= len(tokens):
            return None
        for size in range(min(self.opening[section].get(tokens[at], 0), len(tokens) - at), 0, -1):
            key = phrases.get(" ".join(tokens[at : at + size]))
            if key is not None:
                return key, size
        return None

    def without(self, section: str, tokens: Tokens) -> Tokens:
        """Returns the tokens without the phrases of that section."""
        kept: list[str] = []
        at = 0
        while at < len(tokens):
            size = self.length(section, tokens, at)
            if not size:
                kept.append(tokens[at])
            at += size or 1
        return tuple(kept)

    def anywhere(self, section: str, tokens: Sequence[str]) -> int | None:
        """Returns the first place where a phrase of that section stands."""
        return next((at for at in range(len(tokens)) if self.length(section, tokens, at)), None)

    def strip(self, tokens: Tokens, *sections: str) -> Tokens:
        """Returns the tokens without phrases of those sections at either end; () if nothing else is there."""
        return self.strip_end(self.strip_start(tokens, *sections), *sections)

    def strip_start(self, tokens: Tokens, *sections: str) -> Tokens:
        """Returns the tokens without phrases of those sections at the start."""
        start = 0
        while start < len(tokens) and (size := max(self.length(section, tokens, start) for section in sections)):
            start += size
        return tokens[start:]

    def strip_end(self, tokens: Tokens, *sections: str) -> Tokens:
        """Returns the tokens without phrases of those sections at the end."""
        end = len(tokens)
        while end and (size := max(self._before(section, tokens, 0, end) for section in sections)):
            end -= size
        return tokens[:end]

    def _before(self, section: str, tokens: Tokens, start: int, end: int) -> int:
        phrases = self.lists.get(section)
        if not phrases:
            return 0
        for size in range(min(self.closing[section].get(tokens[end - 1], 0), end - start), 0, -1):
            if " ".join(tokens[end - size : end]) in phrases:
                return size
        return 0

    def form(self, section: str, key: str) -> str:
        """Returns the first way to write that key, as it stands in the file; the key itself if there is none."""
        return self.forms.get(section, {}).get(key, key)


def lexicon(languages: Sequence[Language]) -> Lexicon:
    """Returns the merged words of the languages, the person's own first."""
    return _lexicon(tuple(languages))


def is_word(languages: Sequence[Language], section: str, text: str) -> bool:
    """Tells whether the whole message is a phrase of that section ("skip", "refuse", "yes" …), polite words aside."""
    words = lexicon(languages)
    return any(words.has(section, form) or words.key(section, form) is not None for form in _whole(words, text))


def control(languages: Sequence[Language], text: str, *, free: bool = False) -> str | None:
    """Returns which of the words that always work the whole message is ("help", "stop" …), polite words aside.

    A leading slash is fine ("/ayuda"). `free`: a question is open that takes any words; then what may as well be an answer
    ("contacto", "quiero ayuda") is none of those words.
    """
    words = lexicon(languages)
    forms = _whole(words, text)
    found = next((key for form in forms if (key := words.key("control", form)) is not None), None)
    if free:
        return None if any(words.has("weak_control", form) for form in forms) else found
    return found or _led(words, forms[-1])


@lru_cache(maxsize=1024)
def _led(words: Lexicon, form: str) -> str | None:
    """A control word after "quiero", "me gustaría" and the like."""
    tokens = tuple(form.split())
    if not 1 < len(tokens) <= _LED or not words.length("control_lead", tokens, 0):
        return None
    return words.key("control", " ".join(words.strip_start(tokens, "control_lead")))


_LED = 8
"""Words of a message in which a control word is looked for after what leads up to it."""


def correction(languages: Sequence[Language], text: str) -> int | None:
    """Returns the number of the answer that the whole message wants to correct: "corregir la 3", "cambiar la respuesta 2"."""
    words = lexicon(languages)
    if not any(character.isdecimal() for character in text) and len(text) > _SHORT:
        return None
    tokens = words.strip(tuple(squeeze(fold(text)).split()), "polite")
    if not tokens or tokens[0] not in words.opening.get("correct_verbs", ()):
        return None
    size = words.length("correct_verbs", tokens, 0)
    rest = words.strip(tokens[size:], "option_words", "filler") if size else ()
    if not 1 <= len(rest) <= _NUMBERED:
        return None
    number = rest[0] if rest[0].isdecimal() else words.key("ordinals", " ".join(rest)) or words.key("numbers", " ".join(rest))
    return int(number) if number is not None and len(number) < 4 and (len(rest) == 1 or not rest[0].isdecimal()) else None


_NUMBERED = 3
"""Words in which the number of an answer is said ("veinte y uno")."""


def first_word(languages: Sequence[Language], key: str) -> str:
    """Returns how the first of these languages that knows it says that word of those that always work."""
    known = (language.words.get("control", {}).get(key) for language in languages)
    return next((str(words[0]) for words in known if words), key)


def first_of(languages: Sequence[Language], section: str) -> str:
    """Returns the first phrase of that section, a list, in the first of these languages that has one; "" if none has."""
    return next((entries[0] for language in languages if (entries := _entries(language.words.get(section)))), "")


def unreviewed(languages: Iterable[Language]) -> tuple[str, ...]:
    """Returns the names of the languages whose word lists no speaker has looked through yet."""
    return tuple(language.name for language in languages if language.words.get("reviewed") == "no")


def language_named(languages: Sequence[Language], text: str) -> str | None:
    """Returns the code of the language among `languages` that the whole message names ("english", "runa shimi")."""
    words = lexicon(languages)
    codes = {language.code for language in languages}
    forms = _whole(words, text)
    tokens = tuple(forms[-1].split())
    if 1 < len(tokens) <= _LED and (led := words.strip_start(tokens, "language_lead")) and len(led) < len(tokens):
        forms = (*forms, " ".join(led))  # "cambiar a inglés"
    for form in forms:
        code = words.key("language_names", form)
        if code in codes:
            return code
        for language in languages:
            if form in (fold(language.name), fold(language.code)):
                return language.code
    return None


def _whole(words: Lexicon, text: str) -> tuple[str, ...]:
    """The folded message, then without letters drawn out, then without polite words around it."""
    return _short(words, text) if len(text) <= _SHORT else _forms(words, text)


def _forms(words: Lexicon, text: str) -> tuple[str, ...]:
    folded = fold(text) or text.strip()
    squeezed = squeeze(folded)
    forms = (folded,) if squeezed == folded else (folded, squeezed)
    tokens = tuple(squeezed.split())
    core = words.strip(tokens, "polite")
    return (*forms, " ".join(core)) if core and len(core) < len(tokens) else forms


_SHORT = 100
_short = lru_cache(maxsize=1024)(_forms)
"""One message is looked up several times in a turn, and "1" and "no" in every second one."""


@lru_cache(maxsize=64)
def _lexicon(languages: tuple[Language, ...]) -> Lexicon:
    lists: dict[str, set[str]] = {}
    keyed: dict[str, dict[str, str]] = {}
    forms: dict[str, dict[str, str]] = {}
    for place, language in enumerate(languages):
        foreign = {fold(entry) for entry in _entries(language.words.get("homonyms"))} if place else set()
        for section, content in language.words.items():
            if section in ("homonyms", "reviewed"):
                continue
            if isinstance(content, Mapping):
                for key, entries in content.items():
                    for entry in _entries(entries):
                        if fold(entry) in foreign:
                            continue
                        keyed.setdefault(section, {}).setdefault(fold(entry) or entry, str(key))
                        forms.setdefault(section, {}).setdefault(str(key), entry)
            else:
                heard = (fold(entry) or entry for entry in _entries(content))
                lists.setdefault(section, set()).update(phrase for phrase in heard if phrase not in foreign)
    for joined, parts in _JOINED.items():
        lists[joined] = set().union(*(lists.get(part, ()) for part in parts))
    opening: dict[str, dict[str, int]] = {}
    closing: dict[str, dict[str, int]] = {}
    phrases = ((section, phrase) for words in (lists, keyed) for section, found in words.items() for phrase in found)
    for section, phrase in phrases:
        tokens = phrase.split()
        for table, token in ((opening, tokens[0]), (closing, tokens[-1])):
            sizes = table.setdefault(section, {})
            sizes[token] = max(sizes.get(token, 0), len(tokens))
    return Lexicon({section: frozenset(found) for section, found in lists.items()}, keyed, opening, closing, forms)


def _entries(content: Any) -> list[str]:
    """A list of words, or one word; whatever else a hand-edited file holds counts as none."""
    if isinstance(content, str):
        return [content] if content.strip() else []
    return [entry for entry in content if isinstance(entry, str) and entry.strip()] if isinstance(content, (list, tuple)) else []
