"""What was filed without telling by whom: everything goes that leads from it to whoever wrote it, in the same transaction."""

from __future__ import annotations

from bot.engine.effects import files_requests
from bot.engine.flow import Flow
from bot.turn.seat import Seat
from bot.turn.work import Work
from storage import conversations, inbox, outbox, traceless
from storage.erasure import Erased, remove


def part(work: Work, seats: list[Seat]) -> None:
    """Cuts every tie between the person and these anonymous conversations, which have ended.

    Answers of an anonymous survey stay, as nobody's. Of a flow that files something nothing stays but what was filed; and if
    nothing else is known of the contact, it goes as well, as though nobody had ever written.
    """
    filing = filing_among(work, seats)
    for seat in seats:
        inbox.empty(work.tx, work.person.contact_id, seat.id)
        outbox.cut_off(work.tx, work.person.contact_id, seat.id, flow=seat not in filing)
        if seat not in filing:
            conversations.make_anonymous(work.tx, seat.id)
    dropped = tuple(reference for seat in filing for reference in traceless.remove(work.tx, seat.id))
    if dropped:
        work.erased_too.append(Erased((), dropped, work.real))
    if filing:
        forget(work)


def forget(work: Work) -> None:
    """Removes the contact of this turn, if nothing is kept of it but messages outside any flow.

    A test contact stays: there is nobody to protect, and a simulator's page shows what is kept of it.
    """
    contact = work.person.contact_id
    if work.person.test or work.erasing or work.becoming is not None or traceless.is_known_otherwise(work.tx, contact):
        return
    references = remove(work.tx, contact, now=work.now)
    work.forgotten = True
    if references:
        work.erased_too.append(Erased((), references, work.real))


def filing_among(work: Work, seats: list[Seat]) -> list[Seat]:
    """Returns those of these conversations whose flow files requests."""
    return [seat for seat in seats if files_requests(_flow(work, seat))]


def _flow(work: Work, seat: Seat) -> Flow:
    version = seat.state.version
    return work.tools.library.holding(work.tx, version).flows[version]
