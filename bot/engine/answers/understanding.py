"""Which reading belongs to which type of question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.engine.answers.acknowledgements import read_acknowledgement
from bot.engine.answers.choices import read_choice
from bot.engine.answers.corrections import corrected
from bot.engine.answers.dates import read_date, read_datetime
from bot.engine.answers.emails import read_email
from bot.engine.answers.numbers import read_decimal, read_integer
from bot.engine.answers.phones import read_phone
from bot.engine.answers.places import Gazetteer, read_place
from bot.engine.answers.ranks import read_rank
from bot.engine.answers.reading import NotUnderstood, Question, Reading, Sure
from bot.engine.answers.scales import read_range
from bot.engine.answers.several import read_several
from bot.engine.answers.times import read_time
from bot.engine.answers.words import Lexicon, lexicon
from bot.engine.language import Language

LONGEST = 8_000
"""Characters of a text that are kept as an answer."""

LONGEST_CLOSED = 1_000
"""Characters of a message in which a closed answer is looked for; what comes after is story, kept as the comment."""


def understand(
    question: Question,
    text: str,
    languages: Sequence[Language],
    now: datetime,
    places: Gazetteer | None = None,
) -> Reading:
    """Reads `text` as the answer to `question`. Never raises, whatever the text.

    `languages`: the person's first, then the flow's others; words of all of them are understood, the first wins where two
    differ. `now` is aware, in the municipality's zone. `places` are known by name, where a place is asked.
    """
    text = text[:LONGEST]
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode()  # half of a pair of surrogates is no character, and no JSON
    match question.type:
        case "text":
            return _read_text(text)
        case "image" | "audio" | "video" | "file":
            return _read_text(text) if "text" in question.accept else NotUnderstood()
        case "note" | "calculate" | "do":
            return NotUnderstood()
        case _:
            reading = _read_corrected(question, text[:LONGEST_CLOSED], languages, now, places)
            return replace(reading, comment=text.strip()) if isinstance(reading, Sure) and len(text) > LONGEST_CLOSED else reading


def _read_corrected(
    question: Question,
    text: str,
    languages: Sequence[Language],
    now: datetime,
    places: Gazetteer | None,
) -> Reading:
    words = lexicon(languages)

    def read(part: str) -> Reading:
        return _read_closed(question, part, words, now, places)

    # three words are the least in which somebody can take back the first and say another
    return (len(text) > 4 and corrected(text, words, read)) or read(text)


def _read_closed(question: Question, text: str, words: Lexicon, now: datetime, places: Gazetteer | None) -> Reading:
    match question.type:
        case "select_one":
            return read_choice(question, text, words)
        case "select_multiple":
            return read_several(question, text, words)
        case "rank":
            return read_rank(question, text, words)
        case "integer":
            return read_integer(question, text, words)
        case "decimal":
            return read_decimal(question, text, words)
        case "range":
            return read_range(question, text, words)
        case "date":
            return read_date(text, words, now, question.about)
        case "time":
            return read_time(text, words, now, question.about)
        case "datetime":
            return read_datetime(text, words, now, question.about)
        case "phone":
            return read_phone(text, words)
        case "email":
            return read_email(text, words)
        case "geopoint":
            return read_place(text, words, places or Gazetteer(), question.about)
        case _:
            return read_acknowledgement(text, words)


def _read_text(text: str) -> Reading:
    return Sure(text.strip()) if text.strip() else NotUnderstood()
