"""Where a message turns to a request: before the engine hears it, if it names one, answers what was asked about one, or is a
tap on a message about one.
"""

from __future__ import annotations

from bot.casework.filing import read_code, read_number
from bot.engine.answers import fold
from bot.engine.answers.words import control
from bot.turn import requesting
from bot.turn.seat import Seat
from bot.turn.work import Work
from bot.vocabulary import Media, Press, Result, Text


def about_request(work: Work, seat: Seat, content: Text) -> Result | None:
    """Returns what is to be said about a request, None where this message is of none (which costs one folding)."""
    office = work.tools.office
    if office is None or content.edited:
        return None
    text = content.text
    named = bool(read_number(text) or read_code(text))
    asker = work.asker(seat)
    if named or requesting.is_list(asker.language, text):
        return requesting.said(work.tx, office, content, asker)
    if seat.lobby and not _means_something_else(work, text):
        return requesting.explained(work.tx, office, text, (), asker)
    return None


def explain(work: Work, seat: Seat, content: Media) -> Result | None:
    """Returns what is said to an attachment that was sent where an explanation is awaited, None where none is."""
    office = work.tools.office
    if office is None or not content.reference:
        return None
    files = ((content.reference, content.name or content.reference),)
    return requesting.explained(work.tx, office, content.caption, files, work.asker(seat))


def tapped(work: Work, seat: Seat, press: Press) -> Result | None:
    """Returns what is said to a tap on a message about a request, None for any other tap."""
    office = work.tools.office
    if office is None or not press.choice.startswith(requesting.PREFIX):
        return None
    return requesting.pressed(work.tx, office, press, work.asker(seat))


def _means_something_else(work: Work, text: str) -> bool:
    """Tells whether outside any flow this is a word that always works, or begins a flow."""
    catalogue = work.tools.library.catalogue
    said = fold(text)
    if not said or control(tuple(catalogue.languages.values()), text) is not None:
        return True
    flows = [flow for name in catalogue.open if (flow := catalogue.current(name)) is not None]
    return any(said == fold(word) for flow in flows for word in flow.words)
