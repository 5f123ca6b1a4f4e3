"""SMS: numbered text in the fewest segments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from bot.channels.abilities import SMS, Abilities
from bot.channels.channel import Never, Sent
from bot.channels.economy import economical, invite
from bot.channels.rendering import numbered
from bot.channels.segments import segments
from bot.channels.twilio.account import TwilioApi
from bot.channels.twilio.both import TwilioChannel, sent
from bot.vocabulary import Outgoing


class SmsChannel(TwilioChannel):
    """Sends SMS from the number that the person wrote to."""

    name = "sms"

    def __init__(
        self,
        api: TwilioApi,
        *,
        able: Abilities = SMS,
        one_way: Collection[str] = (),
        plained: Collection[str] = (),
        invitation: Callable[[str], tuple[str, str]] | None = None,
        publish: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """`one_way` are our senders that nobody can answer, `plained` the languages whose á í ó ú are sent without accent.

        `invitation` returns, for a language, the words and the link that a question becomes where nobody can answer.
        """
        able = replace(able, plained=frozenset(plained))
        mute = {sender: replace(able, two_way=False) for sender in one_way}
        senders: Mapping[str, Abilities] = MappingProxyType(mute)
        super().__init__(api, able, senders=senders, publish=publish)
        self._invitation = invitation

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message; attachments go as links below the text. Raises SendError."""
        address, text = outgoing.address, self._text(outgoing)
        if not text.strip():
            raise Never("empty")
        accepted = await self._texts(address.identifier, address.account, text)
        return sent(accepted, sum(each.segments for each in accepted) or segments(text).count)

    async def lookup(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """Returns this message where Twilio took it since then and nobody knows of it; None if it did not. Raises SendError."""
        address, text = outgoing.address, self._text(outgoing)
        last = self._pieces(text)[-1].strip()
        found = await self._api.find(address.identifier, address.account, {last}, since)
        return None if found is None else sent([found], found.segments or segments(text).count)

    def _text(self, outgoing: Outgoing) -> str:
        if not self.abilities(outgoing.address).two_way and self._invitation is not None:
            outgoing = invite(outgoing, *self._invitation(outgoing.language))
        text = "\n".join(part for part in (_whole(outgoing), *self._public(outgoing)) if part)
        return economical(text, outgoing.language, self._able.plained)


def _whole(outgoing: Outgoing) -> str:
    """Returns the text with its options: the renderer put them in, unless it took this for another channel."""
    if outgoing.layout in {"buttons", "list"}:
        return numbered(outgoing.text, [option.label for option in outgoing.options])
    return outgoing.text
