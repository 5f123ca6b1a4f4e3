"""Several options out of one message, in the order they are said: what several choices and a rank both need."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.answers.closeness import nearest
from bot.engine.answers.mentions import content, hits, mentions, part_of, turned
from bot.engine.answers.pointers import pointer
from bot.engine.answers.sentence import Sentence
from bot.engine.answers.shown import Shown
from bot.engine.answers.words import Lexicon, Tokens


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
    tokens = said.tokens
    named = {mention.start: mention for mention in mentions(tokens, options)}
    certain: list[int] = []
    hinted: list[int] = []
    unread: list[str] = []
    beyond: list[int] = []
    run: list[str] = []
    denied = either = doubt = story = False

    def close_run() -> None:
        if run:
            known, hint, left = _read_run(tuple(run), options, words)
            certain.extend(known)
            hinted.extend(hint)
            unread.extend(left)
            run.clear()

    at = 0
    while at < len(tokens):
        mention = named.get(at)
        if mention is not None:
            close_run()
            (certain if len(mention.indices) == 1 else hinted).extend(mention.indices)
            at = mention.end
            continue
        if certain and (size := words.length("story", tokens, at)):
            if any(start > at for start in named):  # "talleres pero no radio" goes on choosing
                close_run()
                at += size
                continue
            story = True
            rest = tokens[at + size :]
            denied = any(words.has("negation", token) for token in rest) and bool(set(hits(rest, options, words)) - set(certain))
            break
        if at in said.breaks:
            close_run()
        if size := words.length("unsure", tokens, at):
            doubt, at = True, at + size
            continue
        if size := words.length("either", tokens, at):
            close_run()
            either, at = True, at + size
            continue
        if words.has("negation", tokens[at]):
            denied, at = True, at + 1
            continue
        hit = pointer(tokens, at, words, len(options.options))
        if hit is not None and not marks(said, at, words):
            close_run()
            index, size = hit
            tied = at in said.dashes or (at > 0 and _tied(tokens, at, words))
            at += size
            if not 0 <= index < len(options.options):
                beyond.append(index)
            elif tied and certain and certain[-1] < index:
                certain.extend(range(certain[-1] + 1, index + 1))
            else:
                certain.append(index)
            continue
        if size := words.length("also", tokens, at):
            close_run()
            at += size
            continue
        run.append(tokens[at])
        at += 1
    close_run()
    if denied or doubt:
        return Picks(tuple(certain), tuple(hinted), tuple(unread), tuple(beyond), denied, either, doubt, story)
    return Picks(tuple(certain), tuple(hinted), tuple(unread), tuple(beyond), either=either, story=story)


def marks(said: Sentence, at: int, words: Lexicon) -> bool:
    """Whether a number word points at nothing: "one" in "the second one", "primero" before what comes first."""
    tokens = said.tokens
    if at and at not in said.breaks and words.has("filler", tokens[at]):
        return words.key("ordinals", tokens[at - 1]) is not None
    if not words.has("also", tokens[at]) or at + 1 >= len(tokens) or at + 1 in said.breaks:
        return False
    following = tokens[at + 1]
    return not any(words.has(section, following) for section in ("also", "either", "polite")) and words.key("ordinals", following) is None


def _tied(tokens: Tokens, at: int, words: Lexicon) -> bool:
    """Whether "al" or the like ties this number to the one before: "del 1 al 3", "1 hasta la 3"."""
    for size in (1, 2):
        if at - size - 1 >= 0 and words.length("through", tokens[:at], at - size) == size:
            return pointer(tokens, at - size - 1, words, 99) is not None
    return False


def _read_run(run: Tokens, options: Shown, words: Lexicon) -> tuple[tuple[int, ...], tuple[int, ...], Tokens]:
    """Words between pauses that are no whole form: known options, hinted ones, and what fits nothing."""
    core = words.strip(run, "filler", "polite")
    if not core or not content(core, words):
        return (), (), ()
    known = _whole(core, options, words)
    if known is not None:
        return (known,), (), ()
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
