"""Where a message turns to a request: before the engine hears it, if it names one, answers what was asked about one, or is a
tap on a message about one.
"""

from __future__ import annotations

from bot.casework.filing import read_code, read_number
from bot.engine.answers import fold, is_word, language_named
from bot.engine.answers.words import control
from bot.engine.flow import Step
from bot.turn import requesting
from bot.turn.buttons import mark
from bot.turn.seat import Seat
from bot.turn.work import Work
from bot.vocabulary import Media, Press, Result, Text


def about_request(work: Work, seat: Seat, content: Text) -> Result | None:
    """Returns what is to be said about a request, None where this message is of none (which costs one folding)."""
    office = work.tools.office
    if office is None or content.edited:
        return None
    text = content.text
    asker = work.asker(seat)
    if read_number(text) or read_code(text) or requesting.is_list(office.languages.values(), text):
        if _asked_for(work, seat):
            found = requesting.shown(work.tx, office, text, asker)
            # the answer to a question is the flow's own; but a code that only its owner may have is never written down
            return _noted(work, Result(requesting.RESULT, found)) if found is not None and found["secret"] else None
        return _noted(work, requesting.said(work.tx, office, content, asker))
    if seat.lobby and not _means_something_else(work, seat, text):
        return requesting.explained(work.tx, office, text, (), asker) or requesting.judged(work.tx, office, text, asker)
    return None


def explain(work: Work, seat: Seat, content: Media) -> Result | None:
    """Returns what is said to an attachment that was sent where an explanation is awaited, None where none is."""
    office = work.tools.office
    if office is None or not content.reference or not content.sha256:
        return None
    files = ((content.reference, content.name or content.reference),)
    return requesting.explained(work.tx, office, content.caption, files, work.asker(seat))


def tapped(work: Work, seat: Seat, press: Press) -> Result | None:
    """Returns what is said to a tap on a message about a request, None for any other tap. Its buttons go, with what was said."""
    office = work.tools.office
    if office is None or not press.choice.startswith(requesting.PREFIX):
        return None
    result = requesting.pressed(work.tx, office, press, work.asker(seat))
    if result is not None:
        mark(work, seat, press)
    return result


def _noted(work: Work, result: Result | None) -> Result | None:
    """Notes that nothing of this message may be kept, where it is about something that is nobody's."""
    if result is not None and isinstance(result.value, dict) and result.value.get("secret"):
        work.traceless = True
    return result


def _asked_for(work: Work, seat: Seat) -> bool:
    """Tells whether the question on the screen asks which request is meant, so that a number is its answer."""
    prompt = seat.state.prompt
    if prompt is None or prompt.asking != "question" or seat.lobby:
        return False
    flow = work.tools.library.holding(work.tx, seat.state.version).flows[seat.state.version]
    step = flow.program[prompt.node]
    wanted = [node for node in flow.program if isinstance(node, Step) and node.effect == "follow_request"]
    return isinstance(step, Step) and any(f"${{{step.name}}}" in one.given.values() for one in wanted)


def _means_something_else(work: Work, seat: Seat, text: str) -> bool:
    """Tells whether outside any flow this is a word that always works, begins a flow, answers the menu, or is mere politeness."""
    catalogue = work.tools.library.catalogue
    languages = tuple(catalogue.languages.values())
    said = fold(text)
    if not said or control(languages, text) is not None or language_named(languages, text) is not None:
        return True
    prompt = seat.state.prompt
    if prompt is not None and prompt.options:
        labels = prompt.detail.get("labels", ()) if isinstance(prompt.detail, dict) else ()
        if said in {str(number) for number in range(1, len(prompt.options) + 1)} | {fold(str(label)) for label in labels}:
            return True
    if is_word(languages, "polite", text):
        return True
    flows = [flow for name in catalogue.open if (flow := catalogue.current(name)) is not None]
    return any(said == fold(word) for flow in flows for word in flow.words)
