"""Typing errors: which option a misspelt text is, if it is clearly one.

A high similarity alone is unsafe: "no estoy de acuerdo" is 91 % "estoy de acuerdo", "insatisfecho" 91 % "satisfecho". So the
words must pair up one by one, numbers and negations must be the same, and nothing may stand before a word.
"""

from __future__ import annotations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from bot.engine.answers.folding import neutral, sound
from bot.engine.answers.shown import Shown
from bot.engine.answers.words import Lexicon, Tokens

SURE = 88.0
"""Similarity from which a text is taken for a form, in percent."""

MARGIN = 10.0
"""How far the second option must be behind."""

DOUBT = 72.0
"""Similarity from which a form is asked back."""


def nearest(core: Tokens, options: Shown, words: Lexicon) -> tuple[int | None, tuple[int, ...]]:
    """Returns the option that the text clearly is, or None, and those that it may be, likeliest first."""
    text = " ".join(core)
    if len(text) < 4 or text.isdigit():
        return None, ()
    heard = options.sounds.get(sound(text), ())
    if len(heard) == 1:
        return heard[0], heard
    best: dict[int, tuple[float, Tokens]] = {}
    for index, form in options.forms:
        score = fuzz.ratio(text, " ".join(form), score_cutoff=DOUBT)
        if score > best.get(index, (0.0, ()))[0]:
            best[index] = (score, form)
    ranked = sorted(((score, index, form) for index, (score, form) in best.items()), reverse=True)
    if not ranked:
        return None, tuple(_near_word(core, options))
    score, index, form = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    close = score >= SURE or (len(text) >= 6 and OSA.distance(text, " ".join(form)) == 1)
    if close and score - second >= MARGIN and _same_sense(core, form, words):
        return index, (index,)
    return None, tuple(index for score, index, _ in ranked if score >= ranked[0][0] - MARGIN)


def mended(tokens: Tokens, options: Shown, words: Lexicon) -> Tokens:
    """Returns the tokens with those that are a slip of one word of the options alone put right ("segurida", "beredas")."""
    return tuple(_meant(token, options, words) or token for token in tokens)


def _meant(token: str, options: Shown, words: Lexicon) -> str | None:
    if len(token) < _TELLING or token in options.tokens or not token.isalpha() or words.has("filler", token):
        return None
    if (small := _small(token, options, words)) is not None:
        return small
    heard = sound(neutral(token))
    near: set[frozenset[int]] = set()
    found = None
    for known, indices in options.tokens.items():
        if len(known) < _TELLING or not known.isalpha():
            continue
        alike = sound(neutral(known))
        if heard == alike or (len(token) > _TELLING and heard[0] == alike[0] and OSA.distance(token, known, score_cutoff=1) <= 1):
            near.add(indices)
            found = known
    return found if len(near) == 1 else None


def _small(token: str, options: Shown, words: Lexicon) -> str | None:
    """The word of which the token is the small form: "busito", "parquecito"."""
    for size in (5, 4, 3):
        stem = token[:-size]
        if len(stem) >= _LEAST and words.has("diminutives", token[-size:]):
            known = [word for word in (stem, stem + "o", stem + "a", stem + "e") if word in options.tokens]
            if len({options.tokens[word] for word in known}) == 1:
                return known[0]
    return None


_LEAST = 3
_TELLING = 5
"""Letters that a word must have to be recognized though it is misspelt."""


def _same_sense(text: Tokens, form: Tokens, words: Lexicon) -> bool:
    weighty = [[token for token in tokens if token.isdigit() or words.has("negation", token)] for tokens in (text, form)]
    if weighty[0] != weighty[1]:
        return False
    if len(text) != len(form):  # written together or apart: the letters must be the same but one
        return OSA.distance("".join(text), "".join(form)) <= 1
    return all(
        a == b or (fuzz.ratio(a, b) >= 75 and not a.endswith(b) and not b.endswith(a)) for a, b in zip(text, form, strict=True)
    )


def _near_word(core: Tokens, options: Shown) -> list[int]:
    """Options of which one word is nearly one of the text's."""
    found: list[int] = []
    for token in core:
        if len(token) < 5:
            continue
        for known, indices in options.tokens.items():
            if len(known) >= 5 and (fuzz.ratio(token, known) >= 85 or sound(token) == sound(known)):
                found.extend(sorted(indices))
    return found
