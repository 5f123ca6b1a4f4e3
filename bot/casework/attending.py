"""Somebody of the staff answers on a chat: takes the talk, and writes. Giving it back is a turn (`bot/turn/turns.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from bot.casework import letters
from bot.casework.letters import Hindrance
from bot.casework.office import MissingError, Office
from bot.casework.posting import Place, post
from bot.channels.abilities import Kind
from bot.channels.stored import stored
from bot.engine.answers.words import first_word
from bot.vocabulary import Media, Say
from storage import hand_overs, media, outbox
from storage.hand_overs import HandOver
from storage.statements import Transaction

STEP = "attended"
"""What these messages are about, as a `Say` names it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who of the staff writes: their id and the name that the person is told."""

    id: int
    name: str


class TakenError(Exception):
    """Somebody else has the talk, or it is over: `of` is as it stands now, None where there is none any more."""

    def __init__(self, of: HandOver | None) -> None:
        super().__init__()
        self.of = of


def take(tx: Transaction, office: Office, of: HandOver, who: Writer, *, instead_of: int | None, now: int) -> None:
    """Takes the talk and tells the person who answers now, and with which word the bot does again.

    `instead_of` is who had it when it was looked at. Raises TakenError if that changed.
    """
    if not hand_overs.take(tx, of.id, staff=who.id, instead_of=instead_of, now=now):
        raise TakenError(hand_overs.load(tx, of.id))
    language = office.language(of.language)
    word = first_word((language,), "menu")
    text = language.say("attended.taken", name=who.name, municipality=office.municipality, word=word)
    _queue(tx, office, of, Say(text, "note", STEP, language=of.language), now)


@dataclass(frozen=True, slots=True)
class Hindered:
    """A file that the person's channel does not take, why, and how many bytes it would take at most (0: none of that kind)."""

    name: str
    why: Hindrance
    most: int


class UnsendableError(Exception):
    """The person's channel does not take `files`. Nothing was written."""

    def __init__(self, files: Sequence[Hindered]) -> None:
        super().__init__()
        self.files = tuple(files)


def write(
    tx: Transaction, office: Office, of: HandOver, who: Writer, text: str, *, files: Sequence[Media] = (), now: int
) -> None:
    """Writes to the person, marked as from a person, and sends them the files, which are theirs from now on.

    Raises TakenError unless `who` has the talk, MissingError "text" where there are neither words nor files, UnsendableError.
    """
    text = text.strip()
    if not text and not files:
        raise MissingError("text")
    stands = hand_overs.load(tx, of.id)
    if stands is None or stands.ended_at is not None or stands.staff_id != who.id:
        raise TakenError(stands)
    ways = _ways(office, stands, files)
    language = office.language(of.language)
    who_writes = {"name": who.name, "municipality": office.municipality}
    if text:
        whole = language.say("attended.message", **who_writes, text=text)
    else:
        whole = language.say("attended.files", **who_writes, count=len(files))
    first = _queue(tx, office, stands, Say(whole, "note", STEP, language=of.language), now)

    def keep(told: Mapping[str, str], row: int | None) -> None:
        sealed = office.vault.seal(orjson.dumps(told), hand_overs.CONTENT)
        hand_overs.say(tx, office.identifiers.next(), of.id, staff=who.id, content=sealed, now=now, outbox=row)

    if text:
        keep({"text": text}, first)
    for file, sort in zip(files, ways, strict=True):
        media.keep(tx, file, contact=stands.contact_id, conversation=stands.conversation_id, now=now)
        shown = Say("", "note", STEP, media={sort: stored(file.reference, file.name)}, language=of.language)
        row = _queue(tx, office, stands, shown, now)
        keep({"text": "", "kind": file.kind, "reference": file.reference, "name": file.name}, row)


def takes_files(office: Office, of: HandOver) -> bool:
    """Tells whether the person's channel takes any file."""
    return of.channel in office.channels and bool(_place(of).abilities(office).media_out)


def _ways(office: Office, of: HandOver, files: Sequence[Media]) -> list[Kind]:
    """Returns as what each file goes. Raises UnsendableError where one cannot; a channel that is not served takes nothing."""
    if of.channel not in office.channels:
        return ["file" for _ in files]
    abilities = _place(of).abilities(office)
    ways = [letters.way(office, one.content_type, one.size, channel=of.channel, abilities=abilities) for one in files]
    hindered = [
        Hindered(one.name, why, abilities.media_out.get(sort, 0))
        for one, (sort, why) in zip(files, ways, strict=True)
        if why is not None
    ]
    if hindered:
        raise UnsendableError(hindered)
    return [sort for sort, _ in ways]


def closed_since(office: Office, of: HandOver, now: int) -> int | None:
    """Returns since when (milliseconds) the channel takes no free text to this person, None while it does.

    What is written then waits until the person writes again.
    """
    if of.channel not in office.channels:
        return None
    window = _place(of).abilities(office).window
    if window is None:
        return None
    ends = (of.heard_at or 0) + round(window.total_seconds() * 1000)
    return ends if ends <= now else None


def _place(of: HandOver) -> Place:
    return Place(of.address_id, of.channel, of.account, of.identity, of.contact_id, of.conversation_id, of.flow or "")


def _queue(tx: Transaction, office: Office, of: HandOver, say: Say, now: int) -> int | None:
    """Queues it and returns the first row's id; None where the channel is no longer served."""
    if of.channel not in office.channels:
        return None
    return post(tx, office, _place(of), [say], now=now, priority=outbox.REPLY)
