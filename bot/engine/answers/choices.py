"""One choice: a number, an ordinal, a letter, a label, one of its words, a part of it, yes or no, alone or in a sentence.

A number is the one shown before the option. Where another option's label is or holds that very number ("2" beside "2 o más"),
nobody can tell which is meant, so it is asked.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.engine.answers.asked import wishing
from bot.engine.answers.chosen import ask, sure
from bot.engine.answers.clearing import lacking, without_pictures, without_wish, without_yes
from bot.engine.answers.closeness import mended
from bot.engine.answers.folding import fold, sound, squeeze
from bot.engine.answers.mentions import content, hits, mentions, part_of
from bot.engine.answers.naming import read_named, read_unnamed
from bot.engine.answers.pointed import numbered, read_pointed
from bot.engine.answers.pointers import letter
from bot.engine.answers.polarity import polarity
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.sentence import Sentence, sentence
from bot.engine.answers.shown import Shown, plain, shown
from bot.engine.answers.spans import span_of
from bot.engine.answers.verdicts import loosely, verdicts
from bot.engine.answers.words import FRILL, Lexicon, Tokens


def read_choice(question: Question, text: str, words: Lexicon) -> Reading:
    """Reads the text as one of the question's options; the value is the option's name."""
    options = shown(question.options, words)
    folded = fold(text)
    if not folded:
        return NotUnderstood()
    found = _exact(folded, options) or _exact(squeeze(folded), options)
    if found is not None:
        return _taken_back(text, folded, options, words) or found
    if folded.isdecimal():
        return numbered(folded, options, words)
    said = sentence(text)
    said = without_pictures(said, options, words)
    if not options.yes:
        said = without_yes(said, options, words)
    said = without_wish(said, question.about, options, words)
    if not said.tokens:
        return NotUnderstood()
    reading = _wanted(_read(said, text, options, words), said, options, words)
    if isinstance(reading, Sure) and question.about and not options.yes and (asked := wishing(question.about, words)) <= 0:
        reading = _had(reading, said, asked, options, words)
    if question.other and isinstance(reading, NotUnderstood):
        return _other(said, text, words)
    return reading


def _had(reading: Sure, said: Sentence, asked: int, options: Shown, words: Lexicon) -> Reading:
    """Asks where somebody who was not asked what is needed says that something is lacking: "falta agua"."""
    at = lacking(said, asked, options, words)
    if at is None or at >= min(said.breaks, default=len(said.tokens)):
        return reading
    return ask("which", options, (i for i, option in enumerate(options.options) if option.name == reading.value))


def _wanted(reading: Reading, said: Sentence, options: Shown, words: Lexicon) -> Reading:
    """Asks where the story beside an answer says that another option is what is wanted: "hay agua, lo que falta es alumbrado"."""
    if not isinstance(reading, Sure) or not reading.comment or options.yes:
        return reading
    told = said.tokens[min(said.breaks, default=len(said.tokens)) :]
    if words.anywhere("wants", told) is None:
        return reading
    index = next(i for i, option in enumerate(options.options) if option.name == reading.value)
    more = [i for i in hits(told, options, words) if i != index]
    return ask("which", options, (index, *more)) if more else reading


def _read(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading:
    if options.yes and (answer := _yes_no(said, text, options, words)) is not None:
        return answer
    core = words.strip(said.tokens, FRILL)
    whole = " ".join(core)
    named = mentions(said.tokens, options)
    alone = len({mention.indices for mention in named}) < 2  # a word that changes nothing may still be another option's
    if core != said.tokens and core and alone and (found := _exact(whole, options)) is not None:
        return found
    if alone and (answer := _same(said, core, text, options, words)) is not None:
        return answer
    if (answer := _doubt(said, core, options, words)) is not None:
        return answer
    if words.length("waits", core, 0) or words.length("waits", said.tokens, 0):
        return NotUnderstood()
    if (answer := _letter(text, said.tokens, options, words)) is not None:
        return answer
    if (answer := read_pointed(said, text, options, words)) is not None:
        return answer
    joined = options.compact.get("".join(core), ())
    if len(joined) == 1 and alone:
        return sure(options, joined[0])
    if len(said.tokens) > 1 and any(words.has("negation", token) for token in said.tokens):
        marked = verdicts(said, loosely(said, options, words), words)
        if marked is not None and len(marked[0]) == 1:
            return sure(options, marked[0][0])
    if named:
        return read_named(said, named, text, options, words)
    reading = read_unnamed(said, core, text, options, words)
    if not isinstance(reading, Sure) and (put_right := mended(said.tokens, options, words)) != said.tokens:
        return _misspelt(replace(said, tokens=put_right), text, options, words) or reading
    return reading


def _misspelt(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading | None:
    """The reading of the message with its slips put right, if it is a sure one."""
    core = words.strip(said.tokens, FRILL)
    named = mentions(said.tokens, options)
    found = _exact(" ".join(core), options) if core else None
    if found is None:
        found = read_named(said, named, text, options, words) if named else read_unnamed(said, core, text, options, words)
    return found if isinstance(found, Sure) else None


def _exact(folded: str, options: Shown) -> Reading | None:
    """The whole message is one form. None if it is none."""
    found = options.exact.get(folded)
    if found is None:
        return None
    if folded.isdecimal() and 1 <= int(folded[:6]) <= len(options.options) and int(folded[:6]) - 1 not in found:
        return ask("which", options, (*found, int(folded) - 1))
    return sure(options, found[0]) if len(found) == 1 else ask("which", options, found)


def _same(said: Sentence, core: Tokens, text: str, options: Shown, words: Lexicon) -> Reading | None:
    """The message is one form but for number, gender and how numbers are written, or a number that one span holds."""
    for tokens in dict.fromkeys((words.strip(said.tokens, "polite"), core)):
        found = options.plain.get(plain(tokens, words), ()) if tokens else ()
        found = found or (options.sounds.get(sound(" ".join(tokens)), ()) if len("".join(tokens)) > 4 else ())
        if len(found) == 1:
            return sure(options, found[0])
    numbers = tuple(token for token in core if token.isdecimal())
    if len(numbers) > 1 and not content(tuple(t for t in core if t not in numbers and not words.has("between", t)), words):
        ends = {i for i, form in options.forms if tuple(token for token in form if token.isdecimal()) == numbers}
        if len(ends) == 1:  # "entre 18 y 29" for "18 a 29"
            return sure(options, ends.pop())
    spanned, comment = span_of(text, options.options, words)
    return sure(options, spanned[0], comment) if comment is not None else None


_PAUSE_AFTER_ONE = re.compile(r"\W*\w+\s*[,.;:!\n]")


def _taken_back(text: str, folded: str, options: Shown, words: Lexicon) -> Reading | None:
    """Returns a question back for "no, acepto", which is not "No acepto"; None where no pause stands after the "no"."""
    first, _, rest = folded.partition(" ")
    if not rest or not words.has("no_labels", first) or not _PAUSE_AFTER_ONE.match(text):
        return None
    meant = options.exact.get(folded, ())
    if any(_PAUSE_AFTER_ONE.match(options.options[index].label) for index in meant):
        return None
    return ask("which", options, (*meant, *options.exact.get(rest, ())))


def _yes_no(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading | None:
    saying = polarity(said, words)
    if saying is None:
        return None
    if any(words.has(section, " ".join(said.tokens)) for section in ("refuse", "skip")):
        return NotUnderstood()
    if saying.unsure:
        if options.unsure and not (saying.yes or saying.no or saying.story):
            return sure(options, options.unsure[0])
        sides = (*(options.yes if saying.yes else ()), *(options.no if saying.no else ()))
        return ask("unsure", options, sides or range(len(options.options)))
    if saying.yes and saying.no:
        return ask("which", options, (*options.yes, *options.no))
    side = options.yes if saying.yes else options.no
    if saying.story or len(side) > 1:
        for tokens in (said.tokens, said.tokens[1:]):
            more = part_of(words.strip(tokens, FRILL), options, words)
            if len(more) == 1 and more[0] in side:
                return sure(options, more[0])
        if not saying.clear:
            return ask("which", options, side)
    return sure(options, side[0], text if saying.story else "") if len(side) == 1 else ask("which", options, side)


def _doubt(said: Sentence, core: Tokens, options: Shown, words: Lexicon) -> Reading | None:
    """The message as a whole says that the person does not know, wants none, or wants something else."""
    whole = (" ".join(said.tokens), " ".join(core))
    for section, own in (("unsure", options.unsure), ("none", options.none), ("other", options.other)):
        if any(words.has(section, form) for form in whole):
            if own:
                return sure(options, own[0])
            if len(part := part_of(core, options, words)) == 1 and section == "none":  # "nada" for "Nada satisfecho"
                return sure(options, part[0])
            return ask("unsure", options, range(len(options.options))) if section != "other" else None
    return AskBack("one") if any(words.has(section, form) for section in ("all", "both") for form in whole) else None


def _letter(text: str, tokens: Tokens, options: Shown, words: Lexicon) -> Reading | None:
    found = letter(text, tokens, words)
    if found is None:
        return None
    index, marked = found
    initials = [i for i, option in enumerate(options.options) if fold(option.label)[:1] == chr(index + ord("a"))]
    if index >= len(options.options):
        return ask("which", options, initials) if initials and not marked else None
    # "D", "la b": other letters are words, or what people write for them
    lone = not initials and tokens[-1] in "bcdfghijlmp" and all(words.has("option_words", token) for token in tokens[:-1])
    if marked or lone:
        return sure(options, index)
    joins = words.has("also", tokens[-1]) or words.has("either", tokens[-1])
    return None if joins else ask("which", options, (index, *initials))


def _other(said: Sentence, text: str, words: Lexicon) -> Reading:
    """An answer outside the options: "otro", "otro: Latacunga" (the place is the comment), or just "Latacunga"."""
    size = words.length("other", said.tokens, 0)
    own = text.strip()
    if size == len(said.tokens):
        return Sure("other")
    if size and size in said.breaks:
        return Sure("other", own)
    return AskBack("other", (Candidate("other", own),)) if any(char.isalpha() for char in own) else NotUnderstood()
