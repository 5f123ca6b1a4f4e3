"""Dates, and dates with a time. Day first, always; what is incomplete, impossible or American is asked back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from rapidfuzz import fuzz

from bot.engine.answers.asked import looks, new, settled
from bot.engine.answers.calendar_tokens import calendar_tokens
from bot.engine.answers.day import Day
from bot.engine.answers.days import find_days
from bot.engine.answers.folding import without_tilde
from bot.engine.answers.quantities import PAUSE
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Reading, Sure
from bot.engine.answers.times import Clock, Tokens, find_times, hedged, reckoned, rest_of
from bot.engine.answers.words import FRILL, Lexicon

_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")


def read_date(text: str, words: Lexicon, now: datetime, about: str = "") -> Reading:
    """Reads the text as a day; the value is "YYYY-MM-DD". `about`: the question's own words."""
    tokens = tuple(token.replace(":", "/") if ":" in token and text.count(":") == 0 else token for token in calendar_tokens(text))
    clocks = tuple(clock for clock in find_times(tokens, words, alone=False) if clock.times)
    found = find_days(_masked(tokens, clocks), words, now.date())
    if not found:
        return _no_day(tokens, words, now.date())
    days, reason = _all(_settled(found, about, words, now))
    if reason == "date_nonsense":
        return NotUnderstood()
    if reason or len(days) != 1:
        return _ask(reason, days, words)
    before = _masked(tokens, clocks)[: found[0].start]
    if (
        hedged(words.without("was_there", before), words)
        or new(rest_of(before, (), words), about, words)
        or words.anywhere("either", tokens) is not None
    ):
        return _ask("date", days, words)
    left = new(rest_of(tokens, [*((d.start, d.end) for d in found), *((c.start, c.end) for c in clocks)], words), about, words)
    if any(token.isdecimal() for token in left) or hedged(left, words):
        return _ask("date", days, words)
    return Sure(days[0].isoformat(), text.strip() if left else "")


def read_datetime(text: str, words: Lexicon, now: datetime, about: str = "") -> Reading:
    """Reads the text as a day and a time; the value is ISO 8601 to the minute with the offset of `now`'s zone."""
    stripped = text.strip()
    if _ISO.fullmatch(stripped):
        try:
            moment = datetime.fromisoformat(stripped.upper().replace(" ", "T"))
        except ValueError:
            return AskBack("date_impossible")
        local = moment.astimezone(now.tzinfo) if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
        return Sure(local.isoformat(timespec="minutes"))
    tokens = calendar_tokens(text)
    core = words.strip(tuple(token for token in tokens if token != PAUSE), FRILL)
    if words.has("now", " ".join(core)):
        return Sure(now.replace(second=0, microsecond=0).isoformat(timespec="minutes"))
    if (from_now := reckoned(tokens, words, now)) is not None:
        return Sure(from_now.isoformat(timespec="minutes"))
    clocks = find_times(tokens, words, alone=False)
    found = find_days(_masked(tokens, clocks), words, now.date())
    if clocks and not all(clock.times for clock in clocks):
        return NotUnderstood()
    if not found:
        if clocks:
            return AskBack("datetime_day")
        empty = _no_day(tokens, words, now.date())
        return AskBack("datetime_time") if isinstance(empty, AskBack) and empty.candidates else empty
    days, reason = _all(_settled(found, about, words, now))
    if reason == "date_nonsense":
        return NotUnderstood()
    if not days:
        return AskBack(reason)
    if not clocks:
        return AskBack("datetime_time")
    return _combined(text, tokens, days, reason, clocks, found, words, now, about)


def _combined(
    text: str,
    tokens: Tokens,
    days: tuple[date, ...],
    reason: str,
    clocks: tuple[Clock, ...],
    found: tuple[Day, ...],
    words: Lexicon,
    now: datetime,
    about: str,
) -> Reading:
    times = tuple(dict.fromkeys(moment for clock in clocks for moment in clock.times))
    midnight = any(words.anywhere("midnight", tokens[clock.start : clock.end]) is not None for clock in clocks)
    first = min(found[0].start, clocks[0].start)
    moments = tuple(datetime.combine(day, moment, tzinfo=now.tzinfo) for day in days for moment in times)
    bound = any(words.strip_end(tokens[: clock.start], "bounds", "apart") != tokens[: clock.start] for clock in clocks)
    led = (
        bound
        or hedged(words.without("was_there", tokens[:first]), words)
        or bool(new(rest_of(tokens[:first], (), words), about, words))
    )
    if len(moments) == 1 and not reason and not midnight and not led:
        spans = [*((d.start, d.end) for d in found), *((c.start, c.end) for c in clocks)]
        left = new(rest_of(tokens, spans, words), about, words)
        if not (hedged(left, words) or any(token[0].isdigit() for token in left)):
            return Sure(moments[0].isoformat(timespec="minutes"), text.strip() if left else "")
    form = words.form("date_forms", "datetime")
    labels = (form.replace("{date}", say_date(m.date(), words)).replace("{time}", f"{m:%H:%M}") for m in moments)
    candidates = (Candidate(m.isoformat(timespec="minutes"), label) for m, label in zip(moments, labels, strict=True))
    return AskBack(reason or ("time_half" if len(clocks) == 1 and len(times) > 1 else "date"), tuple(candidates))


def _masked(tokens: Tokens, clocks: tuple[Clock, ...]) -> Tokens:
    """The tokens with times blotted out, so that their numbers are no days."""
    inside = {place for clock in clocks for place in range(clock.start, clock.end)}
    return tuple(PAUSE if place in inside else token for place, token in enumerate(tokens))


def _settled(found: tuple[Day, ...], about: str, words: Lexicon, now: datetime) -> tuple[Day, ...]:
    """The days as they are meant where the question looks back or ahead."""
    way = looks(about, words) if about and any(one.reason for one in found) else 0
    return tuple(settled(one, way, now.date()) for one in found) if way else found


def _all(found: tuple[Day, ...]) -> tuple[tuple[date, ...], str]:
    """Every day that may be meant, and why it has to be asked ("" if it is one day only)."""
    days = tuple(dict.fromkeys(day for one in found for day in one.days))
    reasons = [one.reason for one in found if one.reason]
    if reasons:
        return days, "dates" if len(found) > 1 and reasons[0] == "date_month" else reasons[0]
    return days, "dates" if len(days) > 1 else ""


def _no_day(tokens: Tokens, words: Lexicon, today: date) -> Reading:
    core = words.strip(tuple(token for token in tokens if token != PAUSE), "polite", "filler", "date_of")
    whole = " ".join(core)
    if words.anywhere("unsure", tokens) is not None:
        return AskBack("unsure")
    if core and all(token.isdecimal() for token in core) and len(core) == 1:
        return _bare_digits(core[0], words, today)
    for phrase, key in words.keyed.get("days", {}).items():  # "manana": the tilde makes another word, so it is asked
        if "ñ" in phrase and without_tilde(phrase) == whole:
            return _ask("date", (date.fromordinal(today.toordinal() + int(key)),), words)
    if words.anywhere("vague_days", tokens) is not None:
        return AskBack("date_day")
    near = _near_month(tokens, words)
    if near is not None:
        mended = find_days(near, words, today)
        if mended and mended[0].days:
            return _ask("date", mended[0].days, words)
    return NotUnderstood()


def _bare_digits(digits: str, words: Lexicon, today: date) -> Reading:
    """Reads "2026" lacks day and month, "15" lacks its month, "15032026" is asked back as it reads."""
    if len(digits) == 4 and 1900 <= int(digits) <= today.year + 100:
        return AskBack("date_day")
    if len(digits) <= 2 and 1 <= int(digits) <= 31:
        return AskBack("date_month")
    if len(digits) in (6, 8):
        mended = find_days((f"{digits[:2]}/{digits[2:4]}/{digits[4:]}",), words, today)
        if mended and mended[0].days:
            return _ask("date", mended[0].days, words)
    return NotUnderstood()


def _near_month(tokens: Tokens, words: Lexicon) -> Tokens | None:
    """The tokens with a misspelt month mended, for asking back."""
    for place, token in enumerate(tokens):
        if len(token) >= 4 and token.isalpha():
            for known in words.keyed.get("months", {}):
                if len(known) > 3 and fuzz.ratio(token, known) >= 80:
                    return (*tokens[:place], known, *tokens[place + 1 :])
    return None


def say_date(day: date, words: Lexicon) -> str:
    """Returns the day in the words of the person's language: "domingo 15 de marzo de 2026"."""
    places = {
        "{weekday}": words.form("weekdays", str(day.weekday())),
        "{day}": str(day.day),
        "{month}": words.form("months", str(day.month)),
        "{year}": str(day.year),
    }
    text = words.form("date_forms", "date")
    for place, word in places.items():
        text = text.replace(place, word)
    return text


def _ask(reason: str, days: Iterable[date], words: Lexicon) -> AskBack:
    return AskBack(reason or "dates", tuple(Candidate(day.isoformat(), say_date(day, words)) for day in days))
