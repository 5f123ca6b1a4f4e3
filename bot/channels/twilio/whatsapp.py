"""WhatsApp: questions as buttons or lists by templates made once, else numbered text; attachments by public address."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

import orjson

from bot.channels.abilities import WHATSAPP, Abilities
from bot.channels.channel import Never, Sent
from bot.channels.rendering import numbered
from bot.channels.stored import file_name, reference_of
from bot.channels.twilio.account import Message, TwilioApi
from bot.channels.twilio.both import TwilioChannel, sent
from bot.channels.twilio.codes import GONE, UNFIT
from bot.channels.twilio.contents import Contents, ForgetfulContents, Templates, fill
from bot.channels.twilio.wire import PREFIX
from bot.vocabulary import Address, Outgoing

_CHOOSE: Mapping[str, str] = {"es": "Ver opciones", "en": "See options"}


class WhatsAppChannel(TwilioChannel):
    """Sends WhatsApp messages from the sender that the person wrote to."""

    name = "whatsapp"

    def __init__(
        self,
        api: TwilioApi,
        contents: Contents | None = None,
        *,
        able: Abilities = WHATSAPP,
        choose: Callable[[str], str] = lambda language: _CHOOSE.get(language, _CHOOSE["es"]),
        publish: Callable[[str], str | None] = lambda _: None,
        gone: Callable[[str, str], str] = lambda _, name: name,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`gone` returns, for a language, the words that stand for a file of that name which is not there any more.

        `contents` keeps the templates' identifiers; `choose` returns the words, at most 20 characters, that open a list.

        `now` is a clock in seconds that never goes back.
        """
        super().__init__(api, able, publish=publish)
        self._templates = Templates(contents or ForgetfulContents(), api.make, now)
        self._choose = choose
        self._gone = gone

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message. Raises SendError; OutsideWindow where the person wrote too long ago."""
        media = tuple(self._public(outgoing))[:1]  # WhatsApp shows one
        if outgoing.layout in {"buttons", "list"} and not media:
            done = await self._interactive(outgoing)
            if done is not None:
                return done
        text = _whole(outgoing)
        missing = next((name for name in outgoing.media.values() if reference_of(name)), None)
        if not text.strip() and not media and missing is not None:
            text = self._gone(outgoing.language, file_name(missing))
        if not text.strip() and not media:
            raise Never("no_public_address" if outgoing.media else "empty")
        accepted = await self._texts(_side(outgoing.address.identifier), _sender(outgoing.address), text, media)
        return sent(accepted, len(accepted))

    async def lookup(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """Returns this message where Twilio took it since then and nobody knows of it; None if it did not. Raises SendError."""
        interactive = outgoing.layout in {"buttons", "list"}
        bodies = None if interactive else {self._pieces(_whole(outgoing))[-1].strip()}
        found = await self._api.find(_side(outgoing.address.identifier), _sender(outgoing.address), bodies, since)
        return None if found is None else sent([found], 1)

    async def open_talk(self, address: Address, content_sid: str, variables: Mapping[str, str]) -> Sent:
        """Sends an approved template: what may be sent outside the window. Raises SendError."""
        filled = orjson.dumps(dict(variables)).decode() if variables else ""
        message = Message(_side(address.identifier), _sender(address), content_sid=content_sid, variables=filled)
        return sent([await self._api.send(message)], 1)

    async def _interactive(self, outgoing: Outgoing) -> Sent | None:
        """Sends the question with buttons or a list; None where it must go as numbered text."""
        filled = fill(outgoing, self._choose(outgoing.language))
        sid = None if filled is None else await self._templates.sid(filled)
        if filled is None or sid is None:
            return None
        variables = orjson.dumps(dict(filled.variables)).decode()
        message = Message(_side(outgoing.address.identifier), _sender(outgoing.address), content_sid=sid, variables=variables)
        try:
            return sent([await self._api.send(message)], 1)
        except Never as error:
            if error.code in GONE:
                await self._templates.drop(filled.shape, sid)
            elif error.code not in UNFIT:
                raise
            return None


def _whole(outgoing: Outgoing) -> str:
    if outgoing.layout in {"buttons", "list"}:
        return numbered(outgoing.text, [option.label for option in outgoing.options])
    return outgoing.text


def _side(identifier: str) -> str:
    return PREFIX + identifier


def _sender(address: Address) -> str:
    return address.account if address.account.startswith("MG") else PREFIX + address.account
