"""Erasing a person: the one exception to "answers are a journal" (invariant 6).

What goes: identity, addresses, consents, raw inbound, texts of outbox and quarantine, attachments, and all free text. What stays,
without a contact: the coded answers of flows that are *closed* (their results stand; LOPDP art. 18). A flow is closed when staff
closed it or its own date has passed; while it is not, its answers can still be changed, so erasing takes them back whole: the
conversation stays as a stopped one without answers. A keyed hash of each address is noted, so that restoring a backup can erase
the same person again, and the mark of who said stop outlives them, solely to honour that word. A request that they filed keeps
its legal record (who asked, sealed; what for; its files) until its own time is over, without the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import orjson

from bot.engine.state import Conversation, encode
from storage import conflicts, export_jobs, profiles
from storage.groups import AddressKey
from storage.identifiers import Identifiers
from storage.statements import Statement, Transaction

CODED = frozenset(
    {
        "integer",
        "decimal",
        "select_one",
        "select_multiple",
        "rank",
        "range",
        "date",
        "time",
        "datetime",
        "acknowledge",
        "calculate",
    }
)
"""The types whose values are one of a known set, a number or a date. Every other type is free text, a place or a file."""

_SHORT = 32
"""A computed text longer than this is taken for a text, not for a code."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, for what remains to be done after the commit (`erasure_log.finish`, or `tidy`).

    `addresses` are the keyed hashes of those that are gone; `shared` those which others keep, for whom `contact` is the number of
    the one who was erased; `references` the attachments whose files are to be deleted; `at` is in milliseconds.
    """

    addresses: tuple[AddressKey, ...]
    references: tuple[str, ...]
    at: int
    contact: int = 0
    shared: tuple[AddressKey, ...] = ()


_ADDRESSES = Statement("""
    SELECT a.channel, a.account, a.find_key,
        EXISTS (SELECT 1 FROM profile p WHERE p.address_id = a.id AND p.contact_id <> ?)
    FROM address a WHERE a.contact_id = ? OR a.id IN (SELECT address_id FROM profile WHERE contact_id = ?) ORDER BY a.id
""")
_NOTE = Statement("INSERT INTO erasure (id, channel, account, find_key, at, contact_id) VALUES (?, ?, ?, ?, ?, ?)")
# an address that was linked after the person had said stop
_MARK = Statement("""
    INSERT INTO stop_mark (channel, account, find_key, at)
    SELECT a.channel, a.account, a.find_key, c.stopped_at FROM address a JOIN contact c ON c.id = a.contact_id
    WHERE a.contact_id = ? AND c.stopped_at IS NOT NULL
    ON CONFLICT (channel, account, find_key) DO NOTHING
""")
_CONVERSATIONS = Statement("""
    SELECT v.id, v.flow, v.version, v.status, v.language, f.state, w.content
    FROM conversation v JOIN flow f ON f.id = v.flow JOIN flow_version w ON w.version = v.version
    WHERE v.contact_id = ? ORDER BY v.id
""")
_ANSWERS = Statement("SELECT sequence, type, value FROM answer WHERE conversation_id = ? ORDER BY sequence")
_VALUES = Statement("SELECT value FROM answer WHERE conversation_id = ?")
_DROP_ANSWER = Statement("DELETE FROM answer WHERE conversation_id = ? AND sequence = ?")
_BARE = Statement("UPDATE answer SET raw = '', comment = '' WHERE conversation_id = ? AND (raw <> '' OR comment <> '')")
_DROP_ANSWERS = Statement("DELETE FROM answer WHERE conversation_id = ?")
_KEEP_CODED = Statement("UPDATE conversation SET state = ? WHERE id = ?")
_TAKE_BACK = Statement("""
    UPDATE conversation SET state = ?, status = 'stopped', ended_at = coalesce(ended_at, ?), receipt = NULL WHERE id = ?
""")
_STOP = Statement("""
    UPDATE conversation SET status = 'stopped', ended_at = ?, updated_at = ?, due_at = NULL, due_kind = NULL, due_token = NULL,
        is_current = ?
    WHERE contact_id = ? AND status = 'open'
""")
_MEDIA = Statement("""
    SELECT reference FROM media
    WHERE contact_id = ? OR conversation_id IN (SELECT id FROM conversation WHERE contact_id = ?)
    ORDER BY reference
""")
_OF_REQUESTS = Statement("""
    SELECT f.reference FROM request_file f JOIN media m ON m.reference = f.reference
    WHERE m.contact_id = ? OR m.conversation_id IN (SELECT id FROM conversation WHERE contact_id = ?)
""")
_TIES = tuple(
    Statement(text)
    for text in (
        # a filed request keeps its legal record, files among it, but nothing leads from there to a person on a chat
        """UPDATE media SET contact_id = NULL, conversation_id = NULL
        WHERE (contact_id = ? OR conversation_id IN (SELECT id FROM conversation WHERE contact_id = ?))
            AND EXISTS (SELECT 1 FROM request_file f WHERE f.reference = media.reference)""",
        """UPDATE request SET contact_id = NULL, conversation_id = NULL
        WHERE contact_id = ? OR conversation_id IN (SELECT id FROM conversation WHERE contact_id = ?)""",
        "UPDATE staff SET address_id = NULL WHERE address_id IN (SELECT id FROM address WHERE contact_id = ?)",
        # somebody who once wrote from an address that goes with this person may still wait for staff there
        """UPDATE contact SET attended_id = NULL WHERE attended_id IN (
            SELECT h.id FROM hand_over h JOIN address a ON a.id = h.address_id WHERE a.contact_id = ?)""",
        """DELETE FROM hand_over_line WHERE hand_over_id IN (
            SELECT id FROM hand_over WHERE contact_id = ? OR address_id IN (SELECT id FROM address WHERE contact_id = ?))""",
        "DELETE FROM hand_over WHERE contact_id = ? OR address_id IN (SELECT id FROM address WHERE contact_id = ?)",
        "DELETE FROM media WHERE contact_id = ? OR conversation_id IN (SELECT id FROM conversation WHERE contact_id = ?)",
        "DELETE FROM consent WHERE contact_id = ? OR conversation_id IN (SELECT id FROM conversation WHERE contact_id = ?)",
        "UPDATE inbox SET raw = NULL, contact_id = NULL, conversation_id = NULL WHERE contact_id = ? AND raw IS NOT NULL",
        # before the outbox: who is just writing their message has locked this row, and what they wrote is then seen below
        "UPDATE campaign_message SET contact_id = NULL WHERE contact_id = ?",
        """UPDATE outbox SET payload = NULL, contact_id = NULL, conversation_id = NULL, provider_id = NULL, lease_until = NULL,
        lane = 0,
            status = CASE WHEN status IN ('queued', 'sending', 'waiting') THEN 'dead' ELSE status END,
            error = CASE WHEN status IN ('queued', 'sending', 'waiting') THEN 'erased' ELSE error END
        WHERE contact_id = ? AND payload IS NOT NULL""",
        "UPDATE quarantine SET raw = NULL, find_key = NULL, contact_id = NULL WHERE contact_id = ?",
        """UPDATE quarantine SET raw = NULL, find_key = NULL, contact_id = NULL WHERE EXISTS (
            SELECT 1 FROM address a WHERE a.contact_id = ? AND a.channel = quarantine.channel
            AND a.account = quarantine.account AND a.find_key = quarantine.find_key)""",
        "DELETE FROM link_code WHERE contact_id = ?",
        """UPDATE conversation SET contact_id = NULL, is_current = FALSE, handed_over_at = NULL, prompt_outbox_id = NULL
        WHERE contact_id = ?""",
        "UPDATE conversation SET address_id = NULL WHERE address_id IN (SELECT id FROM address WHERE contact_id = ?)",
        "DELETE FROM address WHERE contact_id = ?",
        "DELETE FROM contact WHERE id = ?",
    )
)


def erase(tx: Transaction, contact_id: int, *, now: datetime, identifiers: Identifiers) -> Erased:
    """Erases a contact in this transaction, which should hold its lock, and returns what is to be done after the commit.

    `now` is aware, in the municipality's zone, in which flows say when they close. A contact that is unknown is nothing to erase.
    All of it is one transaction: half an erased person would be worse than a long commit, and the rows are those of one person.
    Addresses that others share stay theirs.
    """
    at = round(now.timestamp() * 1_000)
    addresses: list[AddressKey] = []
    shared: list[AddressKey] = []
    for channel, account, find_key, others in tx.all(_ADDRESSES, (contact_id,) * 3):
        (shared if others else addresses).append((channel, account, find_key))
    tx.write_many(_NOTE, [(identifiers.next(), *address, at, None) for address in addresses])
    tx.write_many(_NOTE, [(identifiers.next(), *address, at, contact_id) for address in shared])
    references = remove(tx, contact_id, now=now)
    return Erased(tuple(addresses), references, at, contact_id if shared else 0, tuple(shared))


def eraser(identifiers: Identifiers, zone: tzinfo) -> Callable[[Transaction, object, int, int], None]:
    """Returns `erase` as a turn calls it: with the transaction, the vault (not needed), the contact, and milliseconds.

    What is to be done after the commit is left to `erasure_log.tidy`, which finds it in the database.
    """

    def erase_now(tx: Transaction, _vault: object, contact_id: int, now_ms: int) -> None:
        erase(tx, contact_id, now=datetime.fromtimestamp(now_ms / 1_000, zone), identifiers=identifiers)

    return erase_now


def remove(tx: Transaction, contact_id: int, *, now: datetime) -> tuple[str, ...]:
    """Does what `erase` does, without noting it; returns the references of the attachments whose files are to be deleted."""
    at = round(now.timestamp() * 1_000)
    profiles.hand_on(tx, contact_id)
    conflicts.settle(tx, contact_id, at)
    tx.write(_MARK, (contact_id,))
    references = {reference for (reference,) in tx.all(_MEDIA, (contact_id, contact_id))}
    conversations = tx.all(_CONVERSATIONS, (contact_id,))
    tx.write(_STOP, (at, at, False, contact_id))
    export_jobs.erased(tx, contact_id, at)
    for identifier, flow, version, status, language, state, content in conversations:
        references |= _attached(tx, identifier)
        emptied = Conversation(flow, version, language, seed="", status="stopped" if status == "open" else status)
        if state == "closed" or _over(content, now):
            _keep_coded(tx, identifier)
            tx.write(_KEEP_CODED, (encode(emptied).decode(), identifier))
        else:
            tx.write(_DROP_ANSWERS, (identifier,))
            tx.write(_TAKE_BACK, (encode(emptied).decode(), at, identifier))
    references -= {reference for (reference,) in tx.all(_OF_REQUESTS, (contact_id, contact_id))}
    for statement in _TIES:
        tx.write(statement, (contact_id,) * statement.sqlite.count("?"))
    return tuple(sorted(references))


def is_free(kind: str, value: Any) -> bool:
    """Tells whether an answer of that type and value (as read from JSON) is free text, a place, a file or the like."""
    return kind not in CODED or isinstance(value, dict)


def _keep_coded(tx: Transaction, conversation: int) -> None:
    free: list[int] = []
    computed: list[tuple[int, str]] = []
    texts: list[str] = []
    for sequence, kind, value in tx.all(_ANSWERS, (conversation,)):
        read = orjson.loads(value)
        if is_free(kind, read):
            free.append(sequence)
            texts += [read] if isinstance(read, str) else [str(part) for part in read.values()] if isinstance(read, dict) else []
        elif kind == "calculate" and isinstance(read, str):
            computed.append((sequence, read))
    # a computed text may be made of free text: it stays only if it looks like a code and is no piece of what the person wrote
    free += [sequence for sequence, text in computed if not _is_code(text, texts)]
    tx.write_many(_DROP_ANSWER, [(conversation, sequence) for sequence in free])
    tx.write(_BARE, (conversation,))


def _is_code(text: str, texts: Sequence[str]) -> bool:
    """Tells whether a computed text is one of a known set ("si", "18-29") and not what somebody wrote, or a piece of it."""
    folded = text.casefold()
    return len(text) <= _SHORT and " " not in text and not any(folded and folded in written.casefold() for written in texts)


def _attached(tx: Transaction, conversation: int) -> set[str]:
    found = set()
    for (value,) in tx.all(_VALUES, (conversation,)):
        read = orjson.loads(value) if value.startswith("{") else None
        if isinstance(read, dict) and isinstance(read.get("reference"), str):
            found.add(read["reference"])
    return found


def _over(content: str, now: datetime) -> bool:
    """Tells whether the closing date of a flow's canonical JSON, local time of the municipality, has passed."""
    closes = orjson.loads(content).get("closes")
    return isinstance(closes, str) and datetime.fromisoformat(closes) <= now.replace(tzinfo=None)
