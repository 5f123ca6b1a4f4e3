"""Several answers of one person to one flow: they come of channels that were linked after both had been answered, or begun.

What is found out when two contacts become one is a row of `conflict` for each of the conversations. Results count one of them:
the latest completed one while nobody has decided, else what staff decided. Nothing is deleted by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from storage.statements import Statement, Transaction

Verdict = Literal["open", "stands", "aside"]
"""Nobody decided; it counts, by the word of staff; it does not."""


class Rival(NamedTuple):
    """One of a person's several conversations in a flow. `ended_at` is in milliseconds since the epoch, None while it is open.

    `complete`: there is a whole answer (a receipt was given), also while it is being corrected.
    """

    contact: int
    conversation: int
    receipt: str
    channel: str
    complete: bool
    ended_at: int | None
    verdict: Verdict


_NOTE = Statement("""
    INSERT INTO conflict (conversation_id, verdict, at)
    SELECT v.id, 'open', ? FROM conversation v
    WHERE v.contact_id IN (?, ?) AND v.status IN ('open', 'completed') AND EXISTS (
        SELECT 1 FROM conversation o WHERE o.contact_id IN (?, ?) AND o.contact_id <> v.contact_id AND o.flow = v.flow
        AND o.status IN ('open', 'completed'))
    ON CONFLICT (conversation_id) DO NOTHING
""")
_NO_NOTE = Statement("""
    DELETE FROM conflict WHERE conversation_id IN (SELECT id FROM conversation WHERE flow = ? AND contact_id IN (?, ?))
""")
_FOUND = Statement("""
    SELECT v.contact_id, v.id, coalesce(v.receipt, ''), v.channel, v.receipt IS NOT NULL AND v.status IN ('open', 'completed'),
        v.ended_at, coalesce(k.verdict, 'open')
    FROM conversation v LEFT JOIN conflict k ON k.conversation_id = v.id
    WHERE v.flow = ? AND (k.verdict IS NOT NULL OR v.status IN ('open', 'completed')) AND v.contact_id IN (
        SELECT w.contact_id FROM conflict c JOIN conversation w ON w.id = c.conversation_id
        WHERE w.flow = ? AND w.contact_id IS NOT NULL)
    ORDER BY v.contact_id, coalesce(v.ended_at, v.updated_at), v.id
""")
_TWICE = Statement("""
    SELECT DISTINCT v.flow FROM conversation v JOIN conversation o ON o.flow = v.flow AND o.receipt IS NOT NULL
    WHERE v.contact_id = ? AND v.receipt IS NOT NULL AND o.contact_id = ? ORDER BY v.flow
""")
_DECIDE = Statement("""
    INSERT INTO conflict (conversation_id, verdict, at) VALUES (?, ?, ?)
    ON CONFLICT (conversation_id) DO UPDATE SET verdict = excluded.verdict
""")
_FLOWS = Statement("""
    SELECT DISTINCT v.flow FROM conflict k JOIN conversation v ON v.id = k.conversation_id WHERE v.contact_id = ?
""")


def note(tx: Transaction, kept: int, gone: int, now: int, often: Iterable[str] = ()) -> None:
    """Notes which conversations of these two contacts, who are about to become one, say the same thing twice.

    `often` are flows that one person may complete as often as they like: those say different things.
    """
    both = (kept, gone)
    tx.run(_NOTE, (now, *both, *both))
    for flow in often:
        tx.run(_NO_NOTE, (flow, *both))


def twice(tx: Transaction, one: int, other: int, often: Collection[str] = ()) -> list[str]:
    """Returns the flows that both of these contacts completed, but for those that one may complete `often`."""
    return [flow for (flow,) in tx.all(_TWICE, (one, other)) if flow not in often]


def found(tx: Transaction, flow: str) -> list[list[Rival]]:
    """Returns, person by person, the conversations of which only one should count, the latest last."""
    rows = [Rival._make(row)._replace(complete=bool(row[4])) for row in tx.all(_FOUND, (flow, flow))]
    return [list(theirs) for _, theirs in groupby(rows, key=lambda rival: rival.contact)]


def is_undecided(theirs: Sequence[Rival]) -> bool:
    """Tells whether staff should say which of a person's answers counts: there are several, not all of them judged."""
    candidates = [rival for rival in theirs if rival.complete and rival.verdict != "aside"]
    return len(candidates) > 1 and any(rival.verdict == "open" for rival in candidates)


def standing(theirs: Sequence[Rival]) -> set[int]:
    """Returns which of a person's conversations count in results: what staff decided, else the latest completed one."""
    complete = [rival for rival in theirs if rival.complete and rival.verdict != "aside"]
    decided = {rival.conversation for rival in complete if rival.verdict == "stands"}
    return decided or {rival.conversation for rival in complete[-1:]}


def decide(tx: Transaction, verdicts: Mapping[int, Verdict], now: int) -> None:
    """Keeps the word of staff: by conversation, whether it counts."""
    tx.write_many(_DECIDE, [(conversation, verdict, now) for conversation, verdict in verdicts.items()])


def choose(theirs: Iterable[Rival], stands: Iterable[int]) -> dict[int, Verdict]:
    """Returns the verdicts by which these conversations of a person count, and their others do not."""
    counted = set(stands)
    return {rival.conversation: "stands" if rival.conversation in counted else "aside" for rival in theirs if rival.complete}


def keep(theirs: Sequence[Rival], which: str) -> dict[int, Verdict]:
    """Returns what "latest", "first" or "both" makes of a person's answers."""
    complete = [one.conversation for one in theirs if one.complete]
    picked = {"latest": complete[-1:], "first": complete[:1], "both": complete}[which]
    return choose(theirs, picked)


def settle(tx: Transaction, contact: int, now: int) -> None:
    """Makes what counts by the rule a decision: the person is about to be forgotten, and with them whose the answers are."""
    for (flow,) in tx.all(_FLOWS, (contact,)):
        for theirs in found(tx, flow):
            if theirs[0].contact == contact and is_undecided(theirs):
                decide(tx, choose(theirs, standing(theirs)), now)
