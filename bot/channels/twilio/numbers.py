"""Our own sides at Twilio: what a number can do, whether a WhatsApp sender is on line, where what comes to them is posted."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.channel import SendError
from bot.channels.twilio.account import TwilioApi, asked

SANDBOX = "+14155238886"
"""The WhatsApp number with which every account may try things out; it is nobody's own, and is in no list."""

_GONE = frozenset({"20404", "http_404"})


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number of the account.

    `url` is where a message to it is posted: empty for nowhere, None where an application of Twilio's decides that.
    """

    sms: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class Sender:
    """A WhatsApp sender. `status` is Twilio's own word ("ONLINE" …), `why` what keeps it off line."""

    status: str
    url: str
    why: str = ""

    @property
    def online(self) -> bool:
        """Tells whether it sends and receives."""
        return self.status.partition(":")[0] == "ONLINE"


async def number(api: TwilioApi, e164: str) -> Number | None:
    """Returns that number, None where the account has no such. Raises SendError."""
    found = await asked(api.client.incoming_phone_numbers.list_async(phone_number=e164, limit=20, page_size=20))
    for each in found:
        if each.phone_number == e164:
            able = each.capabilities if isinstance(each.capabilities, dict) else {}
            if each.sms_application_sid:
                return Number(bool(able.get("sms", True)), None)
            url = await _of_service(api) if api.account.messaging_service else None
            return Number(bool(able.get("sms", True)), _posted(each.sms_url, each.sms_method) if url is None else url)
    return None


async def _of_service(api: TwilioApi) -> str | None:
    """Returns where the Messaging Service posts messages that come in; None where it leaves that to the number."""
    try:
        service = await asked(api.client.messaging.v1.services(api.account.messaging_service).fetch_async())
    except SendError as error:
        if error.code in _GONE:
            return None
        raise
    return None if service.use_inbound_webhook_on_number else _posted(service.inbound_request_url, service.inbound_method)


async def sender(api: TwilioApi, e164: str) -> Sender | None:
    """Returns the WhatsApp sender of that number, None where the account has no such. Raises SendError."""
    found = await asked(api.client.messaging.v2.channels_senders.list_async(channel="whatsapp", limit=200, page_size=50))
    for each in found:
        if each.sender_id == f"whatsapp:{e164}":
            hook = each.webhook if isinstance(each.webhook, dict) else {}
            reasons = [str(reason.get("message", "")) for reason in each.offline_reasons or () if isinstance(reason, dict)]
            return Sender(
                str(each.status or ""), _posted(hook.get("callback_url"), hook.get("callback_method")), "; ".join(reasons)
            )
    return None


def _posted(url: str | None, method: str | None) -> str:
    """Returns the address, with the method in front where it is not the one that is needed."""
    return f"{method} {url}" if url and method and method.upper() != "POST" else url or ""
