"""Twilio's REST API over a real socket, as its public OpenAPI documents and error pages describe it: as strict, and able to fail.

`await TwilioPeer().start()` listens on this machine. `messages` is what was accepted, `refused` what was not, each with its code.
`fail(...)` makes the next matching requests go wrong; `post(...)` sends a signed webhook as Twilio would; `statuses(...)` sends
the callbacks of a message in any order and number.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from aiohttp import web

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "a-token-of-tests"

FIELDS = {
    "To", "StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt", "ValidityPeriod", "ForceDelivery",
    "ContentRetention", "AddressRetention", "SmartEncoded", "PersistentAction", "TrafficType", "ShortenUrls", "ScheduleType",
    "SendAt", "SendAsMms", "ContentVariables", "RiskCheck", "From", "FallbackFrom", "MessagingServiceSid", "Body", "MediaUrl",
    "ContentSid",
}  # fmt: skip
FILTERS = {"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"}
TYPES = {
    "twilio/text": ({"body"}, {"body"}),
    "twilio/media": ({"body", "media"}, {"media"}),
    "twilio/quick-reply": ({"body", "actions"}, {"body", "actions"}),
    "twilio/list-picker": ({"body", "button", "items"}, {"body", "button", "items"}),
}
LENGTHS = {"body": 1024, "title": 20, "button": 20, "item": 24, "id": 200, "description": 72}

_ADDRESS = re.compile(r"\+[1-9][0-9]{6,14}|whatsapp:(?:\+[1-9][0-9]{6,14}|[A-Z]{2}\.[0-9A-Za-z.]{1,128})")
_PLACE = re.compile(r"\{\{([0-9A-Za-z_]+)\}\}")


class RefusalError(Exception):
    """An answer of the API that is an error."""

    def __init__(self, code: int, message: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message or f"error {code}", status


@dataclass
class Failure:
    """How a request goes wrong. `accept`: the message is taken all the same, and only the answer is bad."""

    status: int = 500
    code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    delay: float = 0.0
    drop: bool = False
    accept: bool = False


class TwilioPeer:
    def __init__(self) -> None:
        self.numbers = {"+15005550006", "whatsapp:+14155238886", "2020"}
        self.messages: list[dict[str, Any]] = []
        self.contents: dict[str, dict[str, Any]] = {}
        self.refused: list[tuple[int, dict[str, Any]]] = []
        self.requests: list[tuple[str, str]] = []
        self.media: dict[str, tuple[str, bytes]] = {}
        self.stopped: set[str] = set()
        self.landlines: set[str] = set()
        self.outside: set[str] = set()
        self.approved: set[str] = set()
        self.about: dict[str, dict[str, Any]] = {}  # what a number of the account has otherwise than a new one
        self.senders: dict[str, dict[str, Any]] = {}
        self.services: dict[str, dict[str, Any]] = {}
        self.segments = "0"  # what the first answer says with a Messaging Service
        self.cdn_auth: list[str | None] = []
        self.public = ("", "")  # webhooks for the first address are posted to the second: a proxy stands between them
        self.url = ""
        self._failures: list[tuple[str, str, Failure]] = []
        self._count = itertools.count(1)
        self._runner: web.AppRunner | None = None

    async def start(self) -> TwilioPeer:
        app = web.Application()
        app.router.add_get("/cdn/{name}", self._cdn)
        app.router.add_route("*", "/{rest:.*}", self._any)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, path: str, failure: Failure, *, method: str = "", times: int = 1) -> None:
        """The next `times` requests whose path holds that text (and whose method is that, if any) fail in that way."""
        self._failures += [(path, method, failure)] * times

    # ── webhooks, as Twilio sends them ───────────────────────────────────────────────────────────────────────────────

    def sid(self, kind: str = "SM") -> str:
        return f"{kind}{next(self._count):032x}"

    def inbound(self, sender: str, to: str, text: str = "", **more: str) -> dict[str, str]:
        """The fields of a message of a person."""
        sid = self.sid()
        form = {
            "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid, "SmsStatus": "received", "Body": text, "To": to,
            "NumSegments": "1", "MessageSid": sid, "AccountSid": SID, "From": sender, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if sender.startswith("whatsapp:+"):
            form |= {"ProfileName": "Rosa", "WaId": sender.removeprefix("whatsapp:+"), "MessageType": "text"}
        self.outside.discard(sender)
        return form | more

    async def post(self, url: str, form: Mapping[str, str], *, public: str = "", token: str = TOKEN) -> int:
        """Posts those fields, signed for the public address (the same if not given); returns the status of the answer."""
        headers = {
            "X-Twilio-Signature": signature(token, public or url, form.items()),
            "I-Twilio-Idempotency-Token": self.sid(""),
        }
        outside, inside = self.public
        if outside and url.startswith(outside):
            url = inside + url.removeprefix(outside)
        async with aiohttp.ClientSession() as session, session.post(url, data=dict(form), headers=headers) as answer:
            await answer.read()
            return answer.status

    async def statuses(self, sid: str, names: Iterable[str], *, error: str = "", url: str = "") -> list[int]:
        """Calls back with each of those statuses, in that order."""
        message = next(each for each in self.messages if each["sid"] == sid)
        answers = []
        for name in names:
            form = {
                "SmsSid": sid, "SmsStatus": name, "MessageStatus": name, "To": message["to"], "MessageSid": sid,
                "AccountSid": SID, "From": message["from"], "ApiVersion": "2010-04-01",
            }  # fmt: skip
            if error and name in {"failed", "undelivered"}:
                form["ErrorCode"] = error
            message["status"] = name
            answers.append(await self.post(url or message["callback"], form))
        return answers

    # ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _any(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append((request.method, request.path))
        failure = self._next_failure(request)
        if failure is not None:
            await asyncio.sleep(failure.delay)
            if failure.accept:
                self._answer(request, body)
            if failure.drop:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            if failure.status != 200 or failure.body is not None:
                text = failure.body
                if text is None:
                    text = json.dumps({"code": failure.code, "message": "as told", "status": failure.status})
                return web.Response(status=failure.status, text=text, headers=dict(failure.headers))
        try:
            return self._answer(request, body)
        except RefusalError as refusal:
            self.refused.append((refusal.code, dict(parse_qsl(body.decode("utf-8", "replace")))))
            return web.json_response(
                {
                    "code": refusal.code,
                    "message": refusal.message,
                    "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
                    "status": refusal.status,
                },
                status=refusal.status,
            )

    def _own_side(self, request: web.Request) -> dict[str, Any]:
        """The WhatsApp senders, or a Messaging Service."""
        name = request.path.rpartition("/")[2]
        if name != "Senders":
            if name not in self.services:
                raise RefusalError(20404, "not found", 404)
            return self.services[name]
        if request.query.get("Channel") != "whatsapp":
            raise RefusalError(20001, "Channel is required", 400)
        return {"senders": [*self.senders.values()], "meta": {"key": "senders", "next_page_url": None, "page": 0}}

    def _number(self, number: str) -> dict[str, Any]:
        about = {
            "phone_number": number, "sid": self.sid("PN"), "sms_url": "https://demo.twilio.com/welcome/sms/reply/",
            "sms_method": "POST", "sms_application_sid": "", "capabilities": {"voice": True, "sms": True, "mms": False},
        }  # fmt: skip
        return about | self.about.get(number, {})

    def _next_failure(self, request: web.Request) -> Failure | None:
        for place, (path, method, failure) in enumerate(self._failures):
            if path in request.path and method in {"", request.method}:
                del self._failures[place]
                return failure
        return None

    def _answer(self, request: web.Request, body: bytes) -> web.Response:
        expected = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != expected:
            raise RefusalError(20003, "Authenticate", 401)
        base = f"/2010-04-01/Accounts/{SID}"
        match request.method, request.path.removeprefix(base):
            case "POST", "/Messages.json":
                return web.json_response(self._create(request, body), status=201)
            case "GET", "/Messages.json":
                return web.json_response(self._list(request))
            case "GET", ".json":
                return web.json_response({"sid": SID, "status": "active", "type": "Full", "friendly_name": "Municipio"})
            case "GET", "/IncomingPhoneNumbers.json":
                own = [number for number in sorted(self.numbers) if number.startswith("+")]
                return web.json_response({"incoming_phone_numbers": [self._number(number) for number in own]})
            case "GET", path if path.startswith(("/v2/Channels/", "/v1/Services/")):
                return web.json_response(self._own_side(request))
            case "POST", "/v1/Content":
                return web.json_response(self._make(request, body), status=201)
            case "GET", "/v1/Content":
                return web.json_response(
                    {"contents": [*self.contents.values()], "meta": {"key": "contents", "next_page_url": None}}
                )
            case "GET", path if path.startswith("/Messages/") and "/Media/" in path:
                name = path.rpartition("/")[2]
                if name not in self.media:
                    raise RefusalError(20404, "not found", 404)
                return web.Response(status=307, headers={"Location": f"{self.url}/cdn/{name}"})
            case "GET", path if path.startswith("/Messages/"):
                sid = path.removeprefix("/Messages/").removesuffix(".json")
                found = [message for message in self.messages if message["sid"] == sid]
                if not found:
                    raise RefusalError(20404, "not found", 404)
                return web.json_response(_shown(found[0]) | {"price": "-0.00750", "price_unit": "USD"})
            case method, path if path.startswith("/v1/Content/"):
                return self._content(method, path.removeprefix("/v1/Content/"))
            case _:
                raise RefusalError(20404, "not found", 404)

    async def _cdn(self, request: web.Request) -> web.Response:
        self.cdn_auth.append(request.headers.get("Authorization"))
        content_type, content = self.media[request.match_info["name"]]
        return web.Response(body=content, content_type=content_type)

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _create(self, request: web.Request, body: bytes) -> dict[str, Any]:
        if request.content_type != "application/x-www-form-urlencoded":
            raise RefusalError(20001, "expected a form", 415)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        unknown = set(form) - FIELDS
        twice = [name for name in form if name != "MediaUrl" and [key for key, _ in pairs].count(name) > 1]
        if unknown or twice:
            raise RefusalError(20001, f"unknown or repeated: {sorted(unknown)} {twice}")
        media = [value for name, value in pairs if name == "MediaUrl"]
        to, sender = self._sides(form)
        shown = self._shown(form, media, to)
        if to in self.stopped:
            raise RefusalError(21610)
        if to in self.landlines:
            raise RefusalError(21614)
        now = datetime.fromtimestamp(time.time(), UTC)
        message = {
            "sid": self.sid("MM" if media else "SM"), "to": to, "from": sender, "body": shown["body"], "media": media,
            "content_sid": form.get("ContentSid"), "shown": shown, "status": "queued", "created": now,
            "callback": form.get("StatusCallback", ""), "num_segments": self.segments,
            "service": form.get("MessagingServiceSid", ""),
        }  # fmt: skip
        if to in self.outside and form.get("ContentSid") not in self.approved:
            message["fails"] = "63016"  # accepted now; only the callback tells
        self.messages.append(message)
        return _shown(message)

    def _sides(self, form: Mapping[str, str]) -> tuple[str, str]:
        to, sender = form.get("To", ""), form.get("From", "")
        if not to:
            raise RefusalError(21604)
        if not _ADDRESS.fullmatch(to):
            raise RefusalError(21211)
        if not sender and not form.get("MessagingServiceSid"):
            raise RefusalError(21603)
        if sender and sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
            raise RefusalError(21910)
        if sender and sender not in self.numbers:
            raise RefusalError(63007 if sender.startswith("whatsapp:") else 21606)
        callback = form.get("StatusCallback")
        if callback is not None and not (urlsplit(callback).scheme in {"http", "https"} and urlsplit(callback).hostname):
            raise RefusalError(21609)
        return to, sender

    def _shown(self, form: Mapping[str, str], media: list[str], to: str) -> dict[str, Any]:
        if "ContentSid" in form:
            if not to.startswith("whatsapp:"):
                raise RefusalError(63021)
            return self._filled(form["ContentSid"], form.get("ContentVariables"))
        if "ContentVariables" in form:
            raise RefusalError(21654)
        text = form.get("Body", "")
        if not text.strip() and not media:
            raise RefusalError(21602)
        if len(text.encode("utf-16-le")) // 2 > 1600:
            raise RefusalError(21617)
        if len(media) > (1 if to.startswith("whatsapp:") else 10):
            raise RefusalError(21623)
        if any(urlsplit(url).scheme not in {"http", "https"} for url in media):
            raise RefusalError(21620)
        return {"body": text}

    def _filled(self, sid: str, variables: str | None) -> dict[str, Any]:
        content = self.contents.get(sid)
        if content is None:
            raise RefusalError(21655)
        try:
            values = json.loads(variables or "{}")
        except ValueError:
            raise RefusalError(21656) from None
        if not isinstance(values, dict) or len(values) > 100:
            raise RefusalError(21656)
        if any(not isinstance(value, str) or not value.strip() for value in values.values()):
            raise RefusalError(21656)
        [(kind, template)] = content["types"].items()
        used = set(_PLACE.findall(json.dumps(template)))
        if used - set(values) or set(values) - used:
            raise RefusalError(21656, "a variable is missing or stands nowhere")
        shown = _fill(template, values)
        _measure(shown)
        rows = shown.get("actions") or shown.get("items") or []
        titles = [row.get("title") or row.get("item") for row in rows]
        if len(set(titles)) < len(titles) or len({row["id"] for row in rows}) < len(rows):
            raise RefusalError(63013, "titles and ids must differ")
        if kind == "twilio/quick-reply" and len(rows) > 3 and sid not in self.approved:
            raise RefusalError(63013, "three buttons at most without approval")
        return {"kind": kind, **shown}

    def _list(self, request: web.Request) -> dict[str, Any]:
        query = request.query
        if set(query) - FILTERS:
            raise RefusalError(20001, "unknown filter")
        after = query.get("DateSent>", "")
        found = [
            _shown(message)
            for message in reversed(self.messages)
            if query.get("To", message["to"]) == message["to"]
            and query.get("From", message["from"]) == message["from"]
            # what waits in the queue was not sent yet: a filter by that date leaves it out
            and (not after or (message["status"] != "queued" and message["created"].date().isoformat() >= after[:10]))
        ]
        size = int(query.get("PageSize", 50))
        return {"messages": found[:size], "page": 0, "page_size": size, "next_page_uri": None}

    # ── content templates ────────────────────────────────────────────────────────────────────────────────────────────

    def _make(self, request: web.Request, body: bytes) -> dict[str, Any]:
        if request.content_type != "application/json":
            raise RefusalError(20001, "expected JSON", 415)
        wanted = json.loads(body)
        if set(wanted) - {"friendly_name", "language", "variables", "types"} or not {"language", "types"} <= set(wanted):
            raise RefusalError(20001, "unknown or missing field")
        if not isinstance(wanted["types"], dict) or len(wanted["types"]) != 1:
            raise RefusalError(20001, "one type is what this server knows")
        variables = wanted.get("variables", {})
        if not all(isinstance(value, str) for value in variables.values()):
            raise RefusalError(20001, "variables: texts")
        [(kind, template)] = wanted["types"].items()
        known, needed = TYPES.get(kind, (set(), {"?"}))
        if set(template) - known or not needed <= set(template):
            raise RefusalError(20001, f"{kind}: unknown or missing field")
        for row in template.get("actions", []):
            if set(row) - {"type", "title", "id"} or "title" not in row or row.get("type", "QUICK_REPLY") != "QUICK_REPLY":
                raise RefusalError(20001, "an action")
        for row in template.get("items", []):
            if set(row) - {"id", "item", "description"} or not {"id", "item"} <= set(row):
                raise RefusalError(20001, "an item")
        rows = template.get("actions", template.get("items"))
        if rows is not None and not 1 <= len(rows) <= 10:
            raise RefusalError(20001, "1 to 10 rows")
        if set(_PLACE.findall(json.dumps(template))) - set(variables):
            raise RefusalError(20001, "a variable without sample")
        _measure(template)
        sid = self.sid("HX")
        self.contents[sid] = {"sid": sid, "account_sid": SID, **wanted}
        return self.contents[sid]

    def _content(self, method: str, path: str) -> web.Response:
        sid, _, rest = path.partition("/")
        if sid not in self.contents:
            raise RefusalError(20404, "not found", 404)
        if method == "DELETE":
            del self.contents[sid]
            return web.Response(status=204)
        if rest == "ApprovalRequests":
            status = "approved" if sid in self.approved else "unsubmitted"
            return web.json_response({"sid": sid, "account_sid": SID, "whatsapp": {"status": status}})
        return web.json_response(self.contents[sid])


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Twilio's signature, written apart from the product's."""
    text = url + "".join(name + value for name, value in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def form_body(fields: Mapping[str, str]) -> bytes:
    """The fields as the body of a post."""
    return urlencode(fields).encode()


def _shown(message: Mapping[str, Any]) -> dict[str, Any]:
    at = format_datetime(message["created"] - timedelta(microseconds=message["created"].microsecond))
    return {
        "sid": message["sid"], "account_sid": SID, "api_version": "2010-04-01", "body": message["body"], "to": message["to"],
        "from": message["from"], "status": message["status"], "direction": "outbound-api",
        "num_media": str(len(message["media"])),
        "num_segments": message["num_segments"], "price": None, "price_unit": None, "error_code": None, "error_message": None,
        "messaging_service_sid": None, "date_created": at, "date_updated": at, "date_sent": None, "subresource_uris": {},
        "uri": f"/2010-04-01/Accounts/{SID}/Messages/{message['sid']}.json",
    }  # fmt: skip


def _fill(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, dict):
        return {key: _fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_fill(value, values) for value in template]
    return _PLACE.sub(lambda match: values[match[1]], template)


def _measure(shown: Any, name: str = "") -> None:
    if isinstance(shown, dict):
        for key, value in shown.items():
            _measure(value, key)
    elif isinstance(shown, list):
        for value in shown:
            _measure(value, name)
    elif len(shown.encode("utf-16-le")) // 2 > LENGTHS.get(name, 10_000):
        raise RefusalError(21658, f"{name}: too long")
