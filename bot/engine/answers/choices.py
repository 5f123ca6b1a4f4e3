"""One choice: a number, an ordinal, a letter, a label, one of its words, a part of it, yes or no, alone or in a sentence.

A number is the one shown before the option. Where another option's label is or holds that very number ("2" beside "2 o más"),
nobody can tell which is meant, so it is asked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from bot.engine.answers.closeness import mended, nearest
from bot.engine.answers.folding import fold, sound, squeeze, without_tilde
from bot.engine.answers.mentions import Mention, another, content, hits, mentions, only_one, part_of, turned
from bot.engine.answers.picks import marks
from bot.engine.answers.pointers import counted, letter, pointer, without_counts
from bot.engine.answers.polarity import polarity
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Question, Reading, Sure
from bot.engine.answers.sentence import Sentence, sentence
from bot.engine.answers.shown import Shown, plain, shown
from bot.engine.answers.spans import span_of
from bot.engine.answers.verdicts import denied, loosely, verdicts
from bot.engine.answers.words import BESIDE, FRILL, Lexicon, Tokens

MOST = 10
"""More candidates than this are no help: then the question is asked as it was."""


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
        return _number(folded, options, words)
    said = sentence(text)
    said = _without_pictures(said, options, words)
    if not options.yes:
        said = _without_yes(said, options, words)
    if not said.tokens:
        return NotUnderstood()
    reading = _read(said, text, options, words)
    if question.other and isinstance(reading, NotUnderstood):
        return _other(said, text, words)
    return reading


def _without_pictures(said: Sentence, options: Shown, words: Lexicon) -> Sentence:
    """Pictures beside words say nothing, unless they say yes, no, or an option."""
    worded = [word[0].isalnum() or word[0] in "+<>" for word in said.tokens]
    if all(worded) or not any(worded):
        return said
    spoken = (word in options.tokens or any(words.has(s, word) for s in ("yes", "no", "unsure")) for word in said.tokens)
    return said.only([plainly or says for plainly, says in zip(worded, spoken, strict=True)])


def _without_yes(said: Sentence, options: Shown, words: Lexicon) -> Sentence:
    """Where nobody is asked for a yes, one before an answer says nothing: "sí, la 2", "ok la tercera"."""
    size = 0
    while size < len(said.tokens) and (more := words.length("yes", said.tokens, size)):
        if any(token in options.tokens for token in said.tokens[size : size + more]):
            break
        size += more
    return said.after(size) if 0 < size < len(said.tokens) else said


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
    if (answer := _pointed(said, text, options, words)) is not None:
        return answer
    joined = options.compact.get("".join(core), ())
    if len(joined) == 1 and alone:
        return _sure(options, joined[0])
    if len(said.tokens) > 1 and any(words.has("negation", token) for token in said.tokens):
        marked = verdicts(said, loosely(said, options, words), words)
        if marked is not None and len(marked[0]) == 1:
            return _sure(options, marked[0][0])
    if named:
        return _named(said, named, text, options, words)
    reading = _unnamed(said, core, text, options, words)
    if not isinstance(reading, Sure) and (put_right := mended(said.tokens, options, words)) != said.tokens:
        return _misspelt(replace(said, tokens=put_right), text, options, words) or reading
    return reading


def _misspelt(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading | None:
    """The reading of the message with its slips put right, if it is a sure one."""
    core = words.strip(said.tokens, FRILL)
    named = mentions(said.tokens, options)
    found = _exact(" ".join(core), options) if core else None
    if found is None:
        found = _named(said, named, text, options, words) if named else _unnamed(said, core, text, options, words)
    return found if isinstance(found, Sure) else None


def _exact(folded: str, options: Shown) -> Reading | None:
    """The whole message is one form. None if it is none."""
    found = options.exact.get(folded)
    if found is None:
        return None
    if folded.isdecimal() and 1 <= int(folded[:6]) <= len(options.options) and int(folded[:6]) - 1 not in found:
        return _ask("which", options, (*found, int(folded) - 1))
    return _sure(options, found[0]) if len(found) == 1 else _ask("which", options, found)


def _same(said: Sentence, core: Tokens, text: str, options: Shown, words: Lexicon) -> Reading | None:
    """The message is one form but for number, gender and how numbers are written, or a number that one span holds."""
    for tokens in dict.fromkeys((words.strip(said.tokens, "polite"), core)):
        found = options.plain.get(plain(tokens, words), ()) if tokens else ()
        found = found or (options.sounds.get(sound(" ".join(tokens)), ()) if len("".join(tokens)) > 4 else ())
        if len(found) == 1:
            return _sure(options, found[0])
    spanned, comment = span_of(text, options.options, words)
    return _sure(options, spanned[0], comment) if comment is not None else None


_PAUSE_AFTER_ONE = re.compile(r"\W*\w+\s*[,.;:!\n]")


def _taken_back(text: str, folded: str, options: Shown, words: Lexicon) -> Reading | None:
    """Returns a question back for "no, acepto", which is not "No acepto"; None where no pause stands after the "no"."""
    first, _, rest = folded.partition(" ")
    if not rest or not words.has("no_labels", first) or not _PAUSE_AFTER_ONE.match(text):
        return None
    meant = options.exact.get(folded, ())
    if any(_PAUSE_AFTER_ONE.match(options.options[index].label) for index in meant):
        return None
    return _ask("which", options, (*meant, *options.exact.get(rest, ())))


def _number(digits: str, options: Shown, words: Lexicon) -> Reading:
    """The number shown before an option; if there is none of that number, the options whose label holds it."""
    value = int(digits) if len(digits) < 10 else 10**9
    written = sorted(options.tokens.get(str(value), ()))
    fitting, comment = span_of(digits, options.options, words)
    if comment is not None:
        return _sure(options, fitting[0])
    if 1 <= value <= len(options.options):
        others = [index for index in written if index != value - 1]
        return _ask("which", options, sorted((value - 1, *others))) if others else _sure(options, value - 1)
    fitting = tuple(dict.fromkeys((*written, *fitting)))
    return _ask("which", options, fitting) if fitting else NotUnderstood("no_such_number")


def _yes_no(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading | None:
    saying = polarity(said, words)
    if saying is None:
        return None
    if any(words.has(section, " ".join(said.tokens)) for section in ("refuse", "skip")):
        return NotUnderstood()
    if saying.unsure:
        if options.unsure and not (saying.yes or saying.no or saying.story):
            return _sure(options, options.unsure[0])
        sides = (*(options.yes if saying.yes else ()), *(options.no if saying.no else ()))
        return _ask("unsure", options, sides or range(len(options.options)))
    if saying.yes and saying.no:
        return _ask("which", options, (*options.yes, *options.no))
    side = options.yes if saying.yes else options.no
    if saying.story or len(side) > 1:
        for tokens in (said.tokens, said.tokens[1:]):
            more = part_of(words.strip(tokens, FRILL), options, words)
            if len(more) == 1 and more[0] in side:
                return _sure(options, more[0])
        if not saying.clear:
            return _ask("which", options, side)
    return _sure(options, side[0], text if saying.story else "") if len(side) == 1 else _ask("which", options, side)


def _doubt(said: Sentence, core: Tokens, options: Shown, words: Lexicon) -> Reading | None:
    """The message as a whole says that the person does not know, wants none, or wants something else."""
    whole = (" ".join(said.tokens), " ".join(core))
    for section, own in (("unsure", options.unsure), ("none", options.none), ("other", options.other)):
        if any(words.has(section, form) for form in whole):
            if own:
                return _sure(options, own[0])
            if len(part := part_of(core, options, words)) == 1 and section == "none":  # "nada" for "Nada satisfecho"
                return _sure(options, part[0])
            return _ask("unsure", options, range(len(options.options))) if section != "other" else None
    return None


def _letter(text: str, tokens: Tokens, options: Shown, words: Lexicon) -> Reading | None:
    found = letter(text, tokens, words)
    if found is None:
        return None
    index, marked = found
    initials = [i for i, option in enumerate(options.options) if fold(option.label)[:1] == chr(index + ord("a"))]
    if index >= len(options.options):
        return _ask("which", options, initials) if initials and not marked else None
    lone = len(tokens) == 1 and not initials and tokens[0] in "bcdfghijlmp"  # others are words or what people write for them
    if marked or lone:
        return _sure(options, index)
    joins = words.has("also", tokens[-1]) or words.has("either", tokens[-1])
    return None if joins else _ask("which", options, (index, *initials))


def _pointed(said: Sentence, text: str, options: Shown, words: Lexicon) -> Reading | None:
    """Numbers and ordinals, with nothing beside them but a story after a pause."""
    tokens = said.tokens
    found: list[int] = []
    several = denied = False
    at = end = 0
    while at < len(tokens):
        hit = pointer(tokens, at, words, len(options.options))
        if hit is not None and counted(tokens, at, options, words):
            denied = not found
            break
        if hit is not None and not (found and marks(said, at, words)):
            index, size = hit
            if found and index not in found:
                several = True
            found.append(index)
            if not tokens[at].isdecimal() or size > 1:
                found.extend(i for i in sorted(options.tokens.get(tokens[at], ())) if i != index)
            at = end = at + size
            continue
        size = words.length(BESIDE, tokens, at)
        if size and not (found and words.length("story", tokens, at)):
            at += size
            continue
        if found and (at in said.breaks or end in said.breaks or words.length("story", tokens, at)):
            break
        if found and not tokens[at].isalnum():
            at += 1  # a picture tells nothing
            continue
        denied = True
        break
    if not found or denied:
        return None
    valid = [index for index in dict.fromkeys(found) if 0 <= index < len(options.options)]
    if not valid:
        span = tuple(token for token in tokens if token.isdecimal())
        same = [i for i, form in options.forms if len(span) > 1 and tuple(token for token in form if token.isdecimal()) == span]
        if same:  # "18-29" for "18 a 29"
            return _sure(options, same[0]) if len(set(same)) == 1 else _ask("which", options, same)
        lone = len(tokens) == 1 and tokens[0].isdecimal()
        return _number(tokens[0], options, words) if lone else NotUnderstood("no_such_number")
    rest = tokens[at:]
    if several or len(valid) > 1:
        return _ask("which", options, valid)
    if any(valid[0] not in mention.indices for mention in mentions(rest, options)):
        return _ask("which", options, (valid[0], *(i for mention in mentions(rest, options) for i in mention.indices)))
    return _sure(options, valid[0], text if rest else "")


def _named(said: Sentence, named: tuple[Mention, ...], text: str, options: Shown, words: Lexicon) -> Reading:
    """Whole forms stand in the message; what stands around them decides."""
    all_named = tuple(dict.fromkeys(index for mention in named for index in mention.indices))
    head_end = _head(said, named[0].end, words)
    head = (*said.tokens[: named[0].start], *said.tokens[named[0].end : head_end])
    if any(words.has("negation", token) for token in words.without("unsure", head)):
        return _turned_down(said, options, words)
    if len(all_named) > 1:
        return _ask("which", options, all_named)
    index = all_named[0]
    left = content(without_counts(head, options, words), words)
    numbers = [int(token) - 1 for token in left if token.isdecimal() and len(token) < 4]
    beside = [i for i in (*numbers, *hits(left, options, words)) if i != index and 0 <= i < len(options.options)]
    before = said.tokens[named[0].start - 1] if named[0].start and named[0].start not in said.breaks else ""
    if words.has("degrees", before) or _of_another(said.tokens[: named[0].start], words):
        return _ask("which", options, (index, *beside))
    told = said.tokens[head_end:]
    if words.anywhere("wants", told) is not None and (more := [i for i in hits(told, options, words) if i != index]):
        return _ask("which", options, (index, *more))
    for section, reason in (("unsure", "unsure"), ("apart", "which"), ("either", "which")):
        if words.anywhere(section, head) is not None:
            return _ask(reason, options, (index, *beside))
    left = tuple(token for token in left if token != str(index + 1))
    if left and words.anywhere("also", said.tokens[named[0].end : head_end]) is not None:  # "nací en Ibarra y vivo en Quito"
        return _ask("which", options, (index, *beside))
    if beside:
        return _ask("which", options, (index, *beside))
    if len(left) > 6 and named[0].end - named[0].start == 1:
        return _ask("which", options, (index,))
    return _sure(options, index, text if left or content(said.tokens[head_end:], words) else "")


def _of_another(tokens: Tokens, words: Lexicon) -> bool:
    """Whether the words tell of somebody else ("mis papás son de") and not of the person too."""
    others = any(words.has("possessives", a) and words.has("relatives", b) for a, b in pairwise(tokens))
    return others and not any(words.has("myself", token) for token in tokens)


def _turned_down(said: Sentence, options: Shown, words: Lexicon) -> Reading:
    """Something is named and something is turned down; what is named without a "no" is offered."""
    named = loosely(said, options, words)
    bad = denied(said, named, words)
    left = tuple(dict.fromkeys(i for mention in named for i in mention.indices if i not in bad))
    return _ask("which", options, left) if left else _denied(tuple(i for m in named for i in m.indices), options)


def _unnamed(said: Sentence, core: Tokens, text: str, options: Shown, words: Lexicon) -> Reading:
    """No whole form: a part of one, a misspelt one, or words that hint at some."""
    end = _head(said, 1, words)
    head = words.strip(said.tokens[:end], FRILL)
    close: tuple[int, ...] = ()
    for tokens, comment in ((core, ""), (head, text)):
        parts = part_of(tokens, options, words)
        if len(parts) == 1 and not turned(tokens, parts[0], options, words) and not another(tokens, parts[0], options, words):
            return _sure(options, parts[0], comment if tokens != core else "")
        if parts:
            return _ask("which", options, parts)
        if (only := only_one(tokens, options, words)) is not None:
            return _sure(options, only, comment if tokens != core else "")
        index, likely = nearest(tokens, options, words)
        if index is not None:
            return _sure(options, index, comment if tokens != core else "")
        close = close or likely
    near = nearest(tuple(without_tilde(token) for token in core), options, words)[1] if "ñ" in text.lower() else ()
    pointed = tuple(int(token) - 1 for token in core if token.isdecimal() and 1 <= int(token[:6]) <= len(options.options))
    hinted = (*pointed, *hits(said.tokens, options, words), *(close if len(core) <= 4 else ()), *near)
    if any(words.has("negation", token) and token not in options.tokens for token in said.tokens) and hinted:
        return _turned_down(said, options, words)
    if hinted:
        return _ask("which", options, hinted)
    fitting, _ = span_of(text, options.options, words)
    if fitting:
        return _ask("which", options, fitting)
    if words.anywhere("unsure", said.tokens) is not None:
        return _ask("unsure", options, range(len(options.options)))
    return NotUnderstood()


def _head(said: Sentence, after: int, words: Lexicon) -> int:
    """Where a story begins that is told beside the answer: the first pause or joining word from that place on."""
    for at in range(after, len(said.tokens)):
        if at in said.breaks or words.length("story", said.tokens, at):
            return at
    return len(said.tokens)


def _denied(named: tuple[int, ...], options: Shown) -> AskBack:
    """What is named beside a "no" is never taken; the others are offered, if there are few."""
    return _ask("negated", options, (index for index in range(len(options.options)) if index not in named))


def _other(said: Sentence, text: str, words: Lexicon) -> Reading:
    """An answer outside the options: "otro", "otro: Latacunga" (the place is the comment), or just "Latacunga"."""
    size = words.length("other", said.tokens, 0)
    own = text.strip()
    if size == len(said.tokens):
        return Sure("other")
    if size and size in said.breaks:
        return Sure("other", own)
    return AskBack("other", (Candidate("other", own),)) if any(char.isalpha() for char in own) else NotUnderstood()


def _sure(options: Shown, index: int, comment: str = "") -> Sure:
    return Sure(options.options[index].name, comment.strip())


def _ask(reason: str, options: Shown, indices: object) -> AskBack:
    candidates = options.candidates(indices)  # type: ignore[arg-type] # because every caller hands in indices
    return AskBack(reason, candidates if len(candidates) <= MOST else ())
