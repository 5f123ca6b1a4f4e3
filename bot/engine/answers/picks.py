"""Several options out of one message, in the order they are said: what several choices and a rank both need."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.answers.closeness import mended, nearest
from bot.engine.answers.mentions import content, hits, mentions, part_of, turned
from bot.engine.answers.pointers import counted, pointer
from bot.engine.answers.sentence import Sentence
from bot.engine.answers.shown import Shown
from bot.engine.answers.words import FRILL, Lexicon, Tokens


@dataclass(frozen=True, slots=True)
class Picks:
    """What was picked, in the order said, repetitions kept.

    `certain` are the indices understood; `hinted` those that a word hints at; `unread` words that fit nothing; `beyond` numbers
    that no option bears; `denied`: something is said to be not wanted; `either`: one of them is meant, not all; `doubt`: the
    person is unsure; `story`: a story follows.
    """

    certain: tuple[int, ...]
    hinted: tuple[int, ...] = ()
    unread: Tokens = ()
    beyond: tuple[int, ...] = ()
    denied: bool = False
    either: bool = False
    doubt: bool = False
    story: bool = False


def pick(said: Sentence, options: Shown, words: Lexicon) -> Picks:
    """Returns what the message picks."""
    scan = _Scan(said, options, words)
    at = 0
    while at < len(said.tokens):
        at = scan.step(at)
    scan.close_run()
    return Picks(
        tuple(scan.certain),
        tuple(scan.hinted),
        tuple(scan.unread),
        tuple(scan.beyond),
        scan.denied,
        scan.either,
        scan.doubt,
        scan.story or (scan.counts and not scan.unread),
    )


class _Scan:
    """One walk over a message, left to right. `run` gathers words that are no whole form until a pause closes it."""

    def __init__(self, said: Sentence, options: Shown, words: Lexicon) -> None:
        self.said, self.options, self.words = said, options, words
        self.named = {mention.start: mention for mention in mentions(said.tokens, options)}
        self.certain: list[int] = []
        self.hinted: list[int] = []
        self.unread: list[str] = []
        self.beyond: list[int] = []
        self.run: list[str] = []
        self.denied = self.either = self.doubt = self.story = self.counts = False

    def step(self, at: int) -> int:
        """Reads what stands at that place and returns the next place."""
        tokens, words = self.said.tokens, self.words
        mention = self.named.get(at)
        if mention is not None:
            self.close_run()
            (self.certain if len(mention.indices) == 1 else self.hinted).extend(mention.indices)
            return mention.end
        if self.certain and (tie := words.length("through", tokens, at)) and self._spanned(at, at + tie):
            return at + tie
        if self.certain and (size := words.length("story", tokens, at)):
            return self._told(at, size)
        if at in self.said.breaks:
            self.close_run()
        if size := words.length("unsure", tokens, at):
            self.doubt = True
            return at + size
        if size := words.length("either", tokens, at):
            self.close_run()
            self.either = True
            return at + size
        if (size := words.length("filler", tokens, at)) > 1:  # "nada más"
            return at + size
        if words.has("negation", tokens[at]):
            self.denied = True
            return at + 1
        hit = pointer(tokens, at, words, len(self.options.options))
        if hit is not None and counted(tokens, at, self.options, words):
            self.counts = True
            return at + hit[1]
        if hit is not None and not marks(self.said, at, words):
            self._pointed(at, hit[0])
            return at + hit[1]
        tie = words.length("through", tokens, at)
        if tie and _tied(tokens, at + tie, words) and pointer(tokens, at + tie, words, 99) is not None:
            self.close_run()
            return at + tie
        if size := words.length("also", tokens, at):
            self.close_run()
            return at + size
        self.run.append(tokens[at])
        return at + 1

    def _spanned(self, at: int, after: int) -> bool:
        """Reads the "a" of "lunes a viernes": days and months between them are meant too; of others it is asked."""
        mention = self.named.get(after)
        if self.run or mention is None or len(mention.indices) != 1 or mention.indices[0] <= self.certain[-1] + 1:
            return False
        tokens, words = self.said.tokens, self.words
        counted = any(words.key(s, tokens[at - 1]) and words.key(s, tokens[after]) for s in ("weekdays", "months"))
        (self.certain if counted else self.hinted).extend(range(self.certain[-1] + 1, mention.indices[0]))
        return True

    def close_run(self) -> None:
        """Reads the words gathered since the last pause."""
        if self.run:
            known, hinted, left = _read_run(tuple(self.run), self.options, self.words)
            self.certain.extend(known)
            self.hinted.extend(hinted)
            self.unread.extend(left)
            self.run.clear()

    def _told(self, at: int, size: int) -> int:
        """A word that joins a story; but "talleres pero no radio" goes on choosing."""
        self.close_run()
        if any(start > at and not set(mention.indices) <= set(self.certain) for start, mention in self.named.items()):
            return at + size
        self.story = True
        rest = self.said.tokens[at + size :]
        more = set(hits(rest, self.options, self.words)) - set(self.certain)
        if more and any(self.words.has("negation", token) for token in rest):
            self.denied = True
        return len(self.said.tokens)

    def _pointed(self, at: int, index: int) -> None:
        self.close_run()
        dashes = self.said.dashes
        listed = at in dashes and (at - 1 in dashes or at + 1 in dashes)  # "1-2-5"
        tied = (at in dashes and not listed) or (at > 0 and _tied(self.said.tokens, at, self.words))
        if not 0 <= index < len(self.options.options):
            self.beyond.append(index)
        elif tied and self.certain and self.certain[-1] < index:
            self.certain.extend(range(self.certain[-1] + 1, index + 1))
        else:
            self.certain.append(index)


def marks(said: Sentence, at: int, words: Lexicon) -> bool:
    """Whether a number word points at nothing: "one" in "the second one", "primero" before what comes first."""
    tokens = said.tokens
    if at and at not in said.breaks and words.has("filler", tokens[at]):
        return words.key("ordinals", tokens[at - 1]) is not None
    if not words.has("also", tokens[at]) or at + 1 >= len(tokens) or at + 1 in said.breaks:
        return False
    following = tokens[at + 1]
    joined = any(words.has(section, following) for section in ("also", "either", "polite"))
    return not joined and words.key("ordinals", following) is None


def _tied(tokens: Tokens, at: int, words: Lexicon) -> bool:
    """Whether "al" or the like ties this number to the one before: "del 1 al 3", "1 hasta la 3"."""
    for size in (1, 2):
        if at < len(tokens) and at - size - 1 >= 0 and words.length("through", tokens[:at], at - size) == size:
            return pointer(tokens, at - size - 1, words, 99) is not None
    return False


def _read_run(run: Tokens, options: Shown, words: Lexicon) -> tuple[tuple[int, ...], tuple[int, ...], Tokens]:
    """Words between pauses that are no whole form: known options, hinted ones, and what fits nothing."""
    core = words.strip(run, FRILL)
    if not core or not content(core, words):
        return (), (), ()
    known = _whole(core, options, words)
    if known is not None:
        return (known,), (), ()
    core = mended(core, options, words)
    each = [_whole((token,), options, words) for token in core]
    found = [index for index in each if index is not None]
    left = tuple(token for token, index in zip(core, each, strict=True) if index is None)
    if found and not content(left, words):
        return tuple(found), (), ()
    return (), (*found, *hits(left, options, words), *nearest(core, options, words)[1]), content(core, words)


def _whole(core: Tokens, options: Shown, words: Lexicon) -> int | None:
    """The one option that these words are a part of, or a misspelling of."""
    for table, key in ((options.exact, " ".join(core)), (options.compact, "".join(core))):
        if len(found := table.get(key, ())) == 1:
            return found[0]
    parts = part_of(core, options, words)
    if len(parts) == 1 and not turned(core, parts[0], options, words):
        return parts[0]
    return None if parts else nearest(core, options, words)[0]
