"""Labels that are a span of numbers ("18 a 29", "Menos de 18", "65 o más"): which of them hold a number."""

from __future__ import annotations

from bot.engine.answers.folding import fold
from bot.engine.answers.shown import Shown
from bot.engine.answers.words import Lexicon


def holding(value: int, options: Shown, words: Lexicon) -> tuple[int, ...]:
    """Returns the options whose label is a span that holds the value; only good for asking back."""
    found = []
    for index, option in enumerate(options.options):
        tokens = fold(option.label).split()
        numbers = [int(token) for token in tokens if token.isdecimal() and len(token) < 10]
        if len(numbers) == 2:
            fits = numbers[0] <= value <= numbers[1]
        elif len(numbers) == 1:
            less = any(words.has("less", token) for token in tokens) and value <= numbers[0]
            fits = less or (any(words.has("more", token) for token in tokens) and value >= numbers[0])
        else:
            fits = False
        if fits:
            found.append(index)
    return tuple(found)
