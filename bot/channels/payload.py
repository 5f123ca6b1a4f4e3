"""A message on its way out, as bytes: what a row of the outbox holds (sealed), and what a page or a channel gets back."""

from __future__ import annotations

from typing import Any

import orjson

from bot.vocabulary import Address, Option, Outgoing


def pack(outgoing: Outgoing) -> bytes:
    """Returns the message as JSON. `unpack(pack(o)) == o`."""
    o, a = outgoing, outgoing.address
    options = [(option.name, option.label, option.cut) for option in o.options]
    shown: tuple[object, ...] = (o.text, o.step, o.prompt, o.layout, options, o.several, o.wants, dict(o.media), o.language)
    if o.edits or o.ticked or o.page:
        shown = (*shown, o.edits, o.ticked, o.page)
    return orjson.dumps((a.channel, a.identifier, a.account, *shown))


def unpack(content: bytes) -> Outgoing:
    """Returns the message that `pack` wrote. Raises ValueError for anything else."""
    fields: Any = orjson.loads(content)
    if not isinstance(fields, list) or len(fields) not in (12, 15):
        raise ValueError("not a message of this version of the program")
    channel, identifier, account, text, step, prompt, layout, options, several, wants, media, language = fields[:12]
    edits, ticked, page = fields[12:] or ("", (), 0)
    return Outgoing(
        Address(channel, identifier, account),
        text,
        step,
        prompt,
        layout,
        tuple(Option(name, label, cut) for name, label, cut in options),
        several,
        wants,
        media,
        language,
        edits,
        tuple(ticked),
        page,
    )
