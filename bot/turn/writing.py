"""What a turn leaves behind: everything it brought about, written in the order in which the database can hold it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import orjson

from bot.engine.effects import filing_steps, identity_steps
from bot.engine.state import LEFT, Conversation, encode
from bot.turn.handled import Handled
from bot.turn.persons import erase_phone
from bot.turn.seat import Seat, instance
from bot.turn.traceless import filing_among, part
from bot.turn.work import Work
from storage import contacts, conversations, hand_overs, outbox
from storage.erasure import erase


def finish(work: Work, belongs: Callable[[int | None], None] = lambda _: None) -> tuple[int, ...]:
    """Writes everything and returns the ids of the outbox rows.

    `belongs` is told what the turn was about, in time for an erasure or an anonymous end to find what it writes.
    """
    if work.current is not None and work.current.state.status != "open":
        work.current = None
    if work.left is not None and work.left is not work.current and work.left.end is None:
        conversations.leave_others(work.tx, work.person.contact_id, work.current.id if work.current else 0)
    anonymous = [seat for seat in work.seats if not seat.lobby and _write(work, seat)]
    _write_person(work, left_by(work, anonymous))
    belongs(work.place())
    part(work, anonymous)
    if work.erasing_phone:
        erase_phone(work)
    if work.erasing:
        work.erased = erase(work.tx, work.person.contact_id, now=work.now, identifiers=work.tools.identifiers)
    elif not work.forgotten:
        _call_staff(work, anonymous)
    _queue(work, anonymous)
    return tuple(identifier for _, identifier, *_ in work.speech.messages)


def _write(work: Work, seat: Seat) -> bool:
    """Writes a conversation and returns whether it ended without leaving a trace of whose it was."""
    tx, person, now = work.tx, work.person, work.real
    private = _kept_with_request(work, seat)
    state = seat.state if not private else without(seat.state, private)
    encoded = encode(state).decode()
    current = seat is work.current
    if seat.fresh:
        conversations.begin(
            tx, seat.id, contact=person.contact_id, address=person.address_id, flow=state.flow, version=state.version,
            current=current, state=encoded, language=state.language, channel=person.address.channel, test=person.test,
            now=now, due=seat.due, prompt=seat.prompt_id,
        )  # fmt: skip
    else:
        reopened = seat.status != "open" and state.status == "open"
        moved = current and (seat.address_id != person.address_id or not seat.was_current)
        if reopened or moved:
            conversations.enter(tx, seat.id, address=person.address_id, current=current)
        conversations.save(
            tx, seat.id, state=encoded, language=state.language, now=now, prompt=seat.prompt_id, timed=seat.timed,
            due=seat.due,
        )  # fmt: skip
    if seat.end is not None:
        conversations.end(tx, seat.id, status=seat.end.outcome, receipt=seat.end.receipt, now=now)
        work.end = seat.end
    _write_journal(work, seat)
    if private:
        conversations.forget(tx, seat.id, private)
    if seat.handed_over:
        conversations.hand_over(tx, seat.id, now)
    return seat.end is not None and work.tools.library.holding(tx, state.version).flows[state.version].anonymous


def _kept_with_request(work: Work, seat: Seat) -> frozenset[str]:
    """Returns the steps whose answers say who asked, once the conversation that filed it is over: they are kept with the request,
    sealed, and would only stand in the clear here. None where nothing was filed.
    """
    if seat.end is None:
        return frozenset()
    flow = work.tools.library.holding(work.tx, seat.state.version).flows[seat.state.version]
    filed = any(seat.state.held.get(name) for name in filing_steps(flow))
    return identity_steps(flow) if filed else frozenset()


def without(state: Conversation, steps: Collection[str]) -> Conversation:
    """Returns the conversation without the answers of those steps, in whichever pass of a repeat."""
    held = {key: value for key, value in state.held.items() if key.partition("/")[0] not in steps}
    empties = {key: why for key, why in state.empties.items() if key.partition("/")[0] not in steps}
    return replace(state, held=held, empties=empties)


def _call_staff(work: Work, anonymous: list[Seat]) -> None:
    """A person is wanted: the desk shows it, whether it was in a flow or outside any."""
    for seat in work.seats:
        if seat.handed_over and seat not in anonymous:
            hand_overs.want(
                work.tx,
                work.tools.identifiers.next(),
                contact=work.person.contact_id,
                conversation=None if seat.lobby else seat.id,
                address=work.person.address_id,
                reason=seat.handed_over,
                now=work.real,
            )


def _write_journal(work: Work, seat: Seat) -> None:
    channel, now = work.person.address.channel, work.real
    if seat.answers:
        rows = [
            (seat.id, a.sequence, a.step, a.type, instance(a.at), a.raw, orjson.dumps(a.value).decode(), a.empty, a.reason,
             a.comment, a.language, channel, a.tries, now)
            for a in seat.answers
        ]  # fmt: skip
        conversations.record_answers(work.tx, rows)
        work.answers += seat.answers
    for c in seat.consents:
        row = (work.tools.identifiers.next(), work.person.contact_id, seat.id)
        conversations.record_consent(work.tx, (*row, c.name, c.version, c.language, c.purpose, c.days, c.given, now))


def left_by(work: Work, anonymous: list[Seat]) -> str | None:
    """Returns the flow whose conversation ended in the middle, so that the lobby knows; never one that leaves no trace."""
    ended = [seat for seat in work.seats if seat not in anonymous and seat.end is not None and seat.end.outcome == "partial"]
    return ended[-1].state.flow if ended else None


def _write_person(work: Work, left: str | None) -> None:
    tx, contact = work.tx, work.person.contact_id
    language, stop = work.language, work.stopping
    if language is not None and language != work.person.language:
        contacts.set_language(tx, contact, language)
    if stop is not None:
        if stop:
            contacts.stop(tx, contact, work.real, address=work.person.address_id)
        else:
            contacts.resume(tx, contact, address=work.person.address_id)
    touched = any(seat.lobby for seat in work.seats)
    if touched or stop is not None or language is not None or left is not None:
        seat = work.lobby()
        stopped = seat.state.stopped if stop is None else stop
        state = replace(seat.state, language=language or seat.state.language, stopped=stopped)
        if left is not None:
            state = replace(state, presets={LEFT: left})
        contacts.save_lobby(tx, contact, encode(state).decode(), seat.prompt_id)


def _queue(work: Work, anonymous: list[Seat]) -> None:
    if not work.speech.messages:
        return
    rows = []
    silent = filing_among(work, anonymous)
    for seat, identifier, prompt, sealed, priority in work.speech.messages:
        gone = work.erasing or work.forgotten
        nobody = gone or seat in anonymous or (identifier in work.speech.passing and not work.person.test)
        contact = None if nobody else work.person.contact_id
        conversation = None if nobody or seat.lobby else seat.id
        rows.append(
            (identifier, work.person.address_id, contact, conversation, work.person.address.channel, priority, prompt,
             sealed, work.real, work.real, work.person.address.account, "" if seat in silent else seat.state.flow)
        )  # fmt: skip
    outbox.queue(work.tx, rows)


def became(work: Work, queued: tuple[int, ...], conversation: int | None, after: Work | None = None) -> Handled:
    """Returns what became of the turn, and of the one `after` it where the phone went to somebody else."""
    return Handled(
        contact=(after or work).person.contact_id,
        conversation=conversation,
        outbox=queued,
        says=(*work.speech.says, *(after.speech.says if after is not None else ())),
        answers=tuple(work.answers),
        end=work.end.outcome if work.end is not None else None,
        receipt=work.end.receipt if work.end is not None else "",
        erased=(*work.erased_too, *((work.erased,) if work.erased is not None else ())),
    )
