"""While a person of the town hall answers: what is written then is for them, and the engine is not asked.

Only what leads back to the bot is still its own: the words menu, stop, another person, erase my data, and a link that begins a
flow. With them the talk with the person ends. A tap on a message about a request is about that request, whoever answers.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from bot.engine.answers.words import control
from bot.turn import requesting
from bot.turn.seat import Seat
from bot.turn.work import Work
from bot.vocabulary import Incoming, Location, Media, Press, Start, Text
from storage import hand_overs

LEADS_BACK = frozenset({"menu", "stop", "other_person", "erase_my_data"})


def heard(work: Work, seat: Seat, hand_over: int, incoming: Incoming) -> bool:
    """Keeps what the person wrote for whoever answers them; False where it is the bot's to answer.

    Where it leads back to the bot the talk ends, and the engine may call somebody again later.
    """
    content = incoming.content
    if isinstance(content, Press) and content.choice.startswith(requesting.PREFIX):
        return False
    languages = tuple(work.tools.library.catalogue.languages.values())
    back = isinstance(content, Start) or (isinstance(content, Text) and control(languages, content.text, free=True) in LEADS_BACK)
    if back:
        hand_overs.end(work.tx, hand_over, by="resident", now=work.real)
        seat.state = replace(seat.state, handed_over=False)
        return False
    told = _told(content)
    if told is not None:
        sealed = work.tools.vault.seal(orjson.dumps(told), hand_overs.CONTENT)
        hand_overs.say(work.tx, work.tools.identifiers.next(), hand_over, staff=None, content=sealed, now=work.real)
    return True


def _told(content: object) -> dict[str, object] | None:
    match content:
        case Text(text=text, edited=edited):
            return {"text": text, "edited": True} if edited else {"text": text}
        case Media():
            told: dict[str, object] = {"text": content.caption, "kind": content.kind, "name": content.name}
            return {**told, "reference": content.reference} if content.sha256 else told
        case Location(latitude=latitude, longitude=longitude):
            return {"text": f"{latitude}, {longitude}", "kind": "location"}
        case Press(choice=choice):
            return {"text": choice, "kind": "press"}
        case _:
            return None
