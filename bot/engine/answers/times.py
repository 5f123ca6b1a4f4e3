"""Times of day: "17h30", "5 de la tarde", "cuarto para las seis de la tarde", "mediodía".

An hour from 1 to 12 without its half of the day is asked back with both. "08:30", with two digits for the hour, is read as on
a clock of 24 hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.engine.answers.asked import new
from bot.engine.answers.calendar_tokens import calendar_tokens
from bot.engine.answers.quantities import PAUSE, amount
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Reading, Sure
from bot.engine.answers.words import FRILL, Lexicon

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time from token `start` to `end`: what it may mean (none: no time of any day)."""

    times: tuple[time, ...]
    start: int
    end: int


def read_time(text: str, words: Lexicon, now: datetime, about: str = "") -> Reading:
    """Reads the text as a time of day; the value is "HH:MM". `about`: the question's own words."""
    tokens = calendar_tokens(text)
    if (moment := reckoned(tokens, words, now)) is not None:
        return Sure(f"{moment:%H:%M}")
    core = words.strip(tuple(token for token in tokens if token != PAUSE), FRILL)
    if words.has("now", " ".join(core)):
        return _ask("time", (now.time().replace(second=0, microsecond=0),))
    found = find_times(tokens, words, alone=True)
    if words.has("vague_times", " ".join(core)) and not _at_one(tokens, words):
        return AskBack("time_hour")
    if not found:
        if words.anywhere("unsure", tokens) is not None:
            return AskBack("unsure")
        digits = core[0] if len(core) == 1 and core[0].isdigit() and len(core[0]) in (3, 4) else ""
        if digits and int(digits[:-2]) < 24 and int(digits[-2:]) < 60:
            if digits[0] == "0" and len(digits) == 4:  # only a clock of 24 hours is written so
                return Sure(f"{digits[:2]}:{digits[2:]}")
            return _ask("time", (time(int(digits[:-2]), int(digits[-2:])),))
        vague = words.has("vague_times", " ".join(core)) or any(words.find("day_parts", tokens, at) for at in range(len(tokens)))
        return AskBack("time_hour") if vague else NotUnderstood()
    if not all(clock.times for clock in found):
        return NotUnderstood()
    times = tuple(dict.fromkeys(moment for clock in found for moment in clock.times))
    if len(times) > 1:
        return _ask("time_half" if len(found) == 1 else "times", times)
    before = tokens[: found[0].start]
    if hedged(before, words) or new(
        rest_of(before, (), words), about, words
    ):  # who leads up to a time may bound it in words that are not known
        return _ask("time", times)
    left = new(rest_of(tokens, [(clock.start, clock.end) for clock in found], words), about, words)
    if hedged(left, words):
        return _ask("time", times)
    if left and not find_times(tokens, words, alone=False):  # "15 de marzo": a number, but hardly an hour
        return NotUnderstood() if any(words.key("months", token) is not None for token in left) else _ask("time", times)
    return Sure(f"{times[0]:%H:%M}", text.strip() if left else "")


def _at_one(tokens: Tokens, words: Lexicon) -> bool:
    """Whether an hour stands there that is an article too: "una de la tarde", but not "una tarde"."""
    for at, token in enumerate(tokens):
        part = words.find("day_parts", tokens, at + 1)
        if part is not None and part[1] > 1 and words.key("numbers", token) is not None:
            return True
    return False


def reckoned(tokens: Tokens, words: Lexicon, now: datetime) -> datetime | None:
    """Reads "hace dos horas", "en media hora": a moment reckoned from now, where the message is nothing else."""
    core = words.strip(tuple(token for token in tokens if token != PAUSE), "polite")
    for section, sign in (("ago", -1), ("ahead", 1), ("", -1)):
        size = words.length(section, core, 0) if section else 0
        if section and not size:
            continue
        counted = amount(core, size, words)
        if counted is not None and counted[1] < len(core) and words.has("one", core[counted[1]]):  # "half an hour"
            counted = counted[0], counted[1] + 1
        unit = words.find("clock_spans", core, counted[1]) if counted is not None and len(counted[0]) == 1 else None
        if counted is None or unit is None or counted[0][0] > _FAR:
            continue
        end = counted[1] + unit[1] + (0 if section else words.length("ago_after", core, counted[1] + unit[1]))
        if end != len(core) or (not section and end == counted[1] + unit[1]):
            continue
        minutes = int(counted[0][0] * (60 if unit[0] == "hour" else 1))
        return (now + timedelta(minutes=sign * minutes)).replace(second=0, microsecond=0)
    return None


_FAR = 1000
"""Hours or minutes beyond which nobody reckons from now."""


def find_times(tokens: Tokens, words: Lexicon, *, alone: bool) -> tuple[Clock, ...]:
    """Returns the times in the message. Unless `alone`, a bare number is a time only beside a word that makes it one.

    A half of the day that is named once goes for all of them ("de 8 a 10 de la mañana").
    """
    raw: list[tuple[int, int, bool, int, int, str]] = []
    fixed: list[Clock] = []
    parts: list[str] = []
    at = 0
    while at < len(tokens):
        named = next(((s, n) for s in ("noon", "midnight") if (n := words.length(s, tokens, at))), None)
        part = words.find("day_parts", tokens, at)
        if named and named[1] >= (part[1] if part else 0):
            fixed.append(Clock((time(12 if named[0] == "noon" else 0),), at, at + named[1]))
            at += named[1]
        elif part is not None:
            parts.append(part[0])
            at += part[1]
        elif (found := _clock(tokens, at, words, alone=alone)) is not None:
            own = words.find("day_parts", tokens, found[4])
            raw.append((*found, own[0] if own is not None else ""))
            at = found[4]
        else:
            at += 1
    half = parts[0] if len(set(parts)) == 1 else ""
    clocks = [
        Clock(_resolved(hour, minute, own or half, exact=exact), start, end) for hour, minute, exact, start, end, own in raw
    ]
    return tuple(sorted((*clocks, *fixed), key=lambda clock: clock.start))


def _clock(tokens: Tokens, at: int, words: Lexicon, *, alone: bool) -> tuple[int, int, bool, int, int] | None:
    """Hour, minute, whether it is surely of 24 hours, and the place; None if no time stands there."""
    start = at
    if ":" in tokens[at]:
        hours, minutes = tokens[at].split(":")
        return int(hours), int(minutes), len(hours) == 2, start, at + 1 + words.length("hour_words", tokens, at + 1)
    if (before := _minutes_before(tokens, at, words)) is not None:
        return *before[:2], False, start, before[2]
    led = words.length("at", tokens, at)
    while led and at + led < len(tokens) and (more := words.length("at", tokens, at + led)):
        led += more
    number = _small(tokens, at + led, words)
    if number is None or number[0] > 99:
        return None
    hour, end = number
    counted = words.length("units", tokens, end)
    if counted and not words.length("hour_words", tokens, end) and not words.find("day_parts", tokens, end):
        return None  # "somos 2 personas"
    minute, end = _minutes_after(tokens, end, words)
    tail = words.length("hour_words", tokens, end)
    after = _small(tokens, end + tail, words) if tail and not minute else None
    if after is not None and 10 <= after[0] < 60:  # "quince horas treinta"
        minute, end, tail = after[0], after[1], words.length("hour_words", tokens, after[1])
    half = words.find("day_parts", tokens, end + tail)
    if not (alone or half or tail or words.length("at_hour", tokens, at)):
        return None
    if minute < 0:
        hour, minute = hour - 1, minute + 60
    return hour, minute, False, start, end + tail


def _minutes_before(tokens: Tokens, at: int, words: Lexicon) -> tuple[int, int, int] | None:
    """Reads "cuarto para las seis", "half past five"."""
    minute = _minutes(tokens, at, words)
    if minute is None:
        return None
    for section, sign in (("minutes_to", -1), ("minutes_past_before", 1)):
        size = words.length(section, tokens, minute[1])
        hour = _small(tokens, minute[1] + size, words) if size else None
        if hour is not None and 1 <= hour[0] <= 24:
            return (hour[0], minute[0], hour[1]) if sign > 0 else (hour[0] - 1 or 12, 60 - minute[0], hour[1])
    return None


def _minutes_after(tokens: Tokens, at: int, words: Lexicon) -> tuple[int, int]:
    """The minutes that follow an hour (negative: before it), 0 if none do, and where they end."""
    for section, sign in (("minutes_past", 1), ("minutes_minus", -1)):
        size = words.length(section, tokens, at)
        minute = _minutes(tokens, at + size, words) if size else None
        if minute is not None and (minute[0] >= 10 or minute[0] == 5):  # "entre 5 y 6" are two hours
            return sign * minute[0], minute[1]
    minute = _small(tokens, at, words)
    if minute is not None and 10 <= minute[0] < 60 and not words.length("span", tokens, minute[1]):
        return minute
    return 0, at


def _minutes(tokens: Tokens, at: int, words: Lexicon) -> tuple[int, int] | None:
    for section, minutes in (("quarter", 15), ("half", 30)):
        if size := words.length(section, tokens, at):
            return minutes, at + size
    found = _small(tokens, at, words)
    return found if found is not None and found[0] < 60 else None


def _small(tokens: Tokens, at: int, words: Lexicon) -> tuple[int, int] | None:
    """A number up to 99 in digits or words, and where it ends."""
    if at >= len(tokens):
        return None
    if tokens[at].isdecimal():
        return (int(tokens[at]), at + 1) if len(tokens[at]) <= 2 else None
    found = words.find("numbers", tokens, at)
    if found is None or int(found[0]) > 60 or tokens[at] in ("un", "a"):
        return None
    value, end = int(found[0]), at + found[1]
    if value >= 20 and value % 10 == 0:
        end_of_and = end + 1 if end < len(tokens) and words.has("number_and", tokens[end]) else end
        unit = words.find("numbers", tokens, end_of_and) if end_of_and < len(tokens) else None
        if unit is not None and 1 <= int(unit[0]) <= 9:
            return value + int(unit[0]), end_of_and + unit[1]
    return value, end


def _resolved(hour: int, minute: int, half: str, *, exact: bool) -> tuple[time, ...]:
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return ()
    if hour == 24:
        return (time(0),)
    if hour == 0 or hour > 12 or (exact and not half):
        return (time(hour, minute),)
    early, late = time(hour % 12, minute), time(hour % 12 + 12, minute)
    if not half or (half == "night" and hour <= 5) or (half == "morning" and hour == 12):
        return early, late
    match half:
        case "pm" | "afternoon":
            return (late,)
        case "night":
            return (early,) if hour == 12 else (late,)
        case "midday":
            return (late,) if hour == 12 or hour <= 4 else (early,)
        case _:
            return (early,)


def hedged(before: Tokens, words: Lexicon) -> bool:
    """Tells whether what stands before makes it a bound, a doubt or a denial."""
    return any(words.anywhere(section, before) is not None for section in ("bounds", "apart", "negation", "unsure", "either"))


def rest_of(tokens: Tokens, spans: Iterable[tuple[int, int]], words: Lexicon) -> Tokens:
    """Returns the words outside the spans that tell something more."""
    inside = {place for start, end in spans for place in range(start, end)}
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        part = words.find("day_parts", tokens, at)
        quiet = ("at", "hour_words", "filler", "polite", "date_of", "suits")
        size = max(part[1] if part else 0, *(words.length(section, tokens, at) for section in quiet))
        if at in inside or tokens[at] == PAUSE:
            at += 1
        elif size:
            at += size
        else:
            kept.append(tokens[at])
            at += 1
    return tuple(kept)


def _ask(reason: str, times: Iterable[time]) -> AskBack:
    return AskBack(reason, tuple(Candidate(f"{moment:%H:%M}", f"{moment:%H:%M}") for moment in times))
