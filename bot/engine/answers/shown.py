"""The options on the screen, prepared for being looked for in a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.engine.answers.folding import fold, neutral, sound
from bot.engine.answers.quantities import amount
from bot.engine.answers.reading import Candidate, Choosable
from bot.engine.answers.words import Lexicon, Tokens

Indices = tuple[int, ...]
Forms = tuple[tuple[int, Tokens], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Indices of options by what people write for them.

    `exact`, `compact` (without spaces), `sounds` (as it sounds in Spanish) and `plain` (see `plain`) lead from a whole form to
    its options; a form is a label, a cut label or one of the option's words. `starts` leads from a first word to the forms that
    begin so, longest first. `tokens` leads from any word of a form to its options. `yes`, `no` are set where the options are a
    question of yes and no; `unsure`, `none`, `other` are the options that say so themselves.
    """

    options: tuple[Choosable, ...]
    forms: Forms
    exact: Mapping[str, Indices]
    compact: Mapping[str, Indices]
    sounds: Mapping[str, Indices]
    plain: Mapping[str, Indices]
    starts: Mapping[str, tuple[tuple[Tokens, int], ...]]
    tokens: Mapping[str, frozenset[int]]
    yes: Indices
    no: Indices
    unsure: Indices
    none: Indices
    other: Indices

    def candidates(self, indices: Iterable[int]) -> tuple[Candidate, ...]:
        """Returns those options as candidates, each once, in the order given."""
        return tuple(Candidate(self.options[index].name, self.options[index].label) for index in dict.fromkeys(indices))


@lru_cache(maxsize=1024)
def shown(options: tuple[Choosable, ...], words: Lexicon) -> Shown:
    """Returns the options prepared. Kept by `lru_cache`: a pure function of frozen records."""
    forms = tuple(
        dict.fromkeys(
            (index, tuple(folded.split()))
            for index, option in enumerate(options)
            for text in (option.label, option.cut, *option.words)
            if (folded := fold(text))
        )
    )
    forms = (*forms, *_alike(options, forms, words))
    exact: dict[str, Indices] = {}
    compact: dict[str, Indices] = {}
    sounds: dict[str, Indices] = {}
    without: dict[str, Indices] = {}
    starts: dict[str, list[tuple[Tokens, int]]] = {}
    tokens: dict[str, set[int]] = {}
    for index, form in forms:
        joined = " ".join(form)
        for table, key in ((exact, joined), (compact, "".join(form)), (sounds, sound(joined)), (without, plain(form, words))):
            table[key] = tuple(dict.fromkeys((*table.get(key, ()), index)))
        starts.setdefault(form[0], []).append((form, index))
        for token in form:
            tokens.setdefault(token, set()).add(index)
    labels = [fold(option.label) for option in options]
    yes, no = _pair(options, labels, words)
    return Shown(
        options,
        forms,
        exact,
        compact,
        sounds,
        without,
        {first: tuple(sorted(found, key=lambda form: -len(form[0]))) for first, found in starts.items()},
        {token: frozenset(found) for token, found in tokens.items()},
        yes,
        no,
        _saying("unsure_labels", labels, words),
        _saying("none", labels, words),
        tuple(i for i, option in enumerate(options) if option.name == "other") or _saying("other", labels, words),
    )


def _alike(options: tuple[Choosable, ...], forms: Forms, words: Lexicon) -> Forms:
    """Other ways to say a label that is common in scales, unless they are already a form of some option."""
    taken = {plain(form, words) for _, form in forms}
    by_label = {plain(tuple(fold(option.label).split()), words): index for index, option in enumerate(options)}
    found: list[tuple[int, Tokens]] = []
    for way, label in words.keyed.get("alike", {}).items():
        form = tuple(way.split())
        index = by_label.get(plain(tuple(fold(label).split()), words))
        if index is not None and plain(form, words) not in taken:
            found.append((index, form))
    return tuple(found)


def plain(tokens: Tokens, words: Lexicon) -> str:
    """Returns the words without number and gender, and numbers as digits: "menos de un año" is "Menos de 1 año"."""
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        counted = amount(tokens, at, words) if words.key("numbers", tokens[at]) is not None else None
        if counted is not None and len(counted[0]) == 1:
            kept.append(f"{counted[0][0].normalize():f}")
            at = counted[1]
        else:
            kept.append(neutral(tokens[at]))
            at += 1
    return " ".join(kept)


def _saying(section: str, labels: list[str], words: Lexicon) -> Indices:
    return tuple(index for index, label in enumerate(labels) if words.has(section, label))


def _pair(options: tuple[Choosable, ...], labels: list[str], words: Lexicon) -> tuple[Indices, Indices]:
    """Which options say yes and which say no; both empty where the options are no such question."""

    def saying(section: str) -> Indices:
        elsewhere = [any(words.has(s, label) for s in ("unsure", "refuse", "skip")) for label in labels]
        first = (i for i, label in enumerate(labels) if label and not elsewhere[i] and words.has(section, label.split()[0]))
        return _saying(section, labels, words) or tuple(first)

    yes, no = saying("yes_labels"), saying("no_labels")
    if yes and no:
        return yes, no
    for index, label in enumerate(labels):  # "Acepto" and "No acepto"
        first, _, rest = label.partition(" ")
        if rest and words.has("no_labels", first) and rest in labels:
            return (labels.index(rest),), (index,)
    named = {fold(option.name): index for index, option in enumerate(options)}
    yes, no = (tuple(i for name, i in named.items() if words.has(section, name)) for section in ("yes_labels", "no_labels"))
    return (yes, no) if yes and no else ((), ())
