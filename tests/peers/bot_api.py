"""A Bot API server of our own, over real sockets: strict about what it accepts, and failing when it is told to.

Written from the public documentation. `async with BotApi() as api:` runs it on a free port of this machine; `api.url` is what
MINGA_TELEGRAM_API_URL is set to. What people do is played by `writes`, `presses`, `sends`: updates wait for getUpdates, or are
posted to the webhook that was set (here plain http is allowed, which the real one refuses).

    api.fail("sendMessage", Fail(429, retry_after=3), Fail("half_open"))     # the next two, in order
    api.refused                                                              # what broke the rules: a test ends with it empty
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import aiohttp
from aiohttp import web

from tests.peers.bot_api_rules import METHODS, Refusal, judge

TOKEN = "4242:AAEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
_FOREVER = 3600.0


@dataclass(frozen=True)
class Fail:
    """One failure. A number is an HTTP status with the Bot API's own JSON; the words say what happens to the connection.

    `html`: a gateway's page with `status`; `garbage`: 200 and no JSON; `half_open`: read, never answered; `reset`: read, then
    closed; `lost`: done, then closed before the answer. `slow` waits `seconds`, then does it.
    """

    how: int | Literal["html", "garbage", "half_open", "reset", "lost", "slow"]
    description: str = ""
    retry_after: int | None = None
    migrate_to: int | None = None
    seconds: float = 0.0
    status: int = 502


@dataclass(frozen=True)
class Called:
    """One call that was accepted."""

    method: str
    fields: dict[str, Any]
    at: float


@dataclass
class Chat:
    """A chat as its people see it: messages of the bot by number, each as it looks now."""

    id: int
    type: str = "private"
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def last(self) -> dict[str, Any]:
        """The bot's last message."""
        return self.messages[max(self.messages)]

    @property
    def texts(self) -> list[str]:
        """The texts of the bot's messages, as they read now."""
        return [message.get("text", message.get("caption", "")) for message in self.messages.values()]


class BotApi:
    """The server, with everything that happened."""

    def __init__(self, token: str = TOKEN, username: str = "minga_bot") -> None:
        self.token, self.username = token, username
        self.id = int(token.split(":", maxsplit=1)[0])
        self.calls: list[Called] = []
        self.refused: list[str] = []
        self.chats: dict[int, Chat] = {}
        self.blocked: set[int] = set()
        self.deactivated: set[int] = set()
        self.unknown: set[int] = set()
        self.answered: list[str] = []
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.posted: list[tuple[int, int]] = []
        self.files: dict[str, tuple[str, bytes, int]] = {}
        self.waiting: list[dict[str, Any]] = []
        self._fails: dict[str, deque[Fail]] = defaultdict(deque)
        self._queries: set[str] = set()
        self._numbers, self._updates = itertools.count(1000), itertools.count(700_001)
        self._came = asyncio.Condition()
        self._polling = False
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # ── what tests say ───────────────────────────────────────────────────────────────────────────────────────────────

    def fail(self, method: str, *fails: Fail) -> None:
        """Makes the next calls of that method ("*": of any) fail, one after the other."""
        self._fails[method].extend(fails)

    def chat(self, identifier: int) -> Chat:
        """The chat of that number."""
        return self.chats.setdefault(identifier, Chat(identifier, "private" if identifier > 0 else "supergroup"))

    def of(self, method: str) -> list[dict[str, Any]]:
        """The fields of every accepted call of that method."""
        return [call.fields for call in self.calls if call.method == method]

    async def writes(self, person: int, text: str, **more: Any) -> int:
        """That person writes a text; returns the update's number."""
        return await self.sends(person, text=text, **more)

    async def sends(self, person: int, **content: Any) -> int:
        """That person sends a message of this content."""
        return await self.happens(message=self.message(person, **content))

    async def presses(self, person: int, label: str, *, message: int | None = None) -> int:
        """That person presses the button with that label, on the bot's last message or on one by its number."""
        chat = self.chat(person)
        shown = chat.messages[max(chat.messages) if message is None else message]
        buttons = [button for row in shown.get("reply_markup", {}).get("inline_keyboard", []) for button in row]
        [data] = [button["callback_data"] for button in buttons if button["text"].lstrip("✅▫️ ") == label.lstrip("✅▫️ ")]
        query = f"q{next(self._numbers)}"
        self._queries.add(query)
        return await self.happens(
            callback_query={"id": query, "from": self.user(person), "message": shown, "chat_instance": "1", "data": data}
        )

    async def happens(self, **update: Any) -> int:
        """An update comes into being."""
        number = next(self._updates)
        self.waiting.append({"update_id": number, **update})
        async with self._came:
            self._came.notify_all()
        return number

    def user(self, person: int) -> dict[str, Any]:
        """A user as updates tell of them."""
        return {"id": person, "is_bot": False, "first_name": "Rosa", "language_code": "es"}

    def message(self, chat: int, **content: Any) -> dict[str, Any]:
        """A message in that chat as updates tell of it."""
        about = {"id": chat, "type": "private", "first_name": "Rosa"}
        return {
            "message_id": next(self._numbers), "date": int(time.time()), "chat": about, "from": self.user(abs(chat)), **content
        }  # fmt: skip

    def keep(self, content: bytes, *, size: int | None = None) -> str:
        """A file that people sent; returns its file_id. `size` is what is told of it."""
        identifier = f"file{next(self._numbers)}"
        self.files[identifier] = (f"documents/{identifier}", content, len(content) if size is None else size)
        return identifier

    async def post_updates(self) -> None:
        """Posts what waits to the webhook, as often as it takes for each to be answered 2xx (at most five times)."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        async with aiohttp.ClientSession() as session:
            while self.waiting:
                update = self.waiting[0]
                for _ in range(5):
                    async with session.post(self.webhook["url"], json=update, headers=headers) as response:
                        self.posted.append((update["update_id"], response.status))
                        if response.ok:
                            break
                self.waiting.pop(0)

    # ── the server ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fails = self._fails[method] or self._fails["*"]
        fields = await _fields(request, method)
        fail = fails.popleft() if fails else None
        if fail is not None and fail.how == "slow":
            await asyncio.sleep(fail.seconds)
        elif fail is not None and fail.how != "lost":
            return await _failing(request, fail)
        try:
            self._admit(request.match_info["token"])
            judge(method, fields)
            result = await getattr(self, _named(method), self._send)(fields)
        except Refusal as refusal:
            if refusal.code in (400, 404) and not refusal.parameters and _ours(refusal.description):
                self.refused.append(f"{method}: {refusal.description}")
            return _json(refusal.code, refusal.description, **refusal.parameters)
        self.calls.append(Called(method, fields, time.monotonic()))
        if fail is not None:
            return await _failing(request, Fail("reset"))
        return web.json_response({"ok": True, "result": result})

    async def _file(self, request: web.Request) -> web.Response:
        for path, content, _ in self.files.values():
            if path == request.match_info["path"] and request.match_info["token"] == self.token:
                return web.Response(body=content)
        return _json(404, "Not Found")

    def _admit(self, token: str) -> None:
        if token != self.token:
            raise Refusal("Unauthorized", 401)

    def _reachable(self, chat: int) -> Chat:
        if chat in self.unknown:
            raise Refusal("Bad Request: chat not found", met=True)
        if chat in self.blocked:
            raise Refusal("Forbidden: bot was blocked by the user", 403)
        if chat in self.deactivated:
            raise Refusal("Forbidden: user is deactivated", 403)
        return self.chat(chat)

    async def _get_me(self, _: Any) -> Any:
        return {
            "id": self.id, "is_bot": True, "first_name": "Minga", "username": self.username, "can_join_groups": True,
            "can_read_all_group_messages": False, "supports_inline_queries": False,
        }  # fmt: skip

    async def _send(self, fields: dict[str, Any]) -> Any:
        chat = self._reachable(fields["chat_id"])
        message = {
            "message_id": next(self._numbers), "date": int(time.time()), "from": await self._get_me({}),
            "chat": {"id": chat.id, "type": chat.type, "first_name": "Rosa"},
        }  # fmt: skip
        for place in ("photo", "audio", "video", "document"):
            if place in fields:
                content = fields[place]
                known = content if isinstance(content, str) else self.keep(content)
                if known not in self.files:
                    raise Refusal("Bad Request: wrong file identifier/HTTP URL specified")
                told = {"file_id": known, "file_unique_id": known, "width": 9, "height": 9, "duration": 1}
                message[place] = [told] if place == "photo" else told
        message |= {key: fields[key] for key in ("text", "caption", "reply_markup") if key in fields}
        chat.messages[message["message_id"]] = message
        return {key: value for key, value in message.items() if key != "reply_markup" or "inline_keyboard" in value}

    async def _edit(self, fields: dict[str, Any]) -> Any:
        message = self._reachable(fields["chat_id"]).messages.get(fields["message_id"])
        if message is None:
            raise Refusal("Bad Request: message to edit not found", met=True)
        if "inline_keyboard" not in message.get("reply_markup", {"inline_keyboard": []}):
            raise Refusal("Bad Request: message can't be edited")
        new = {key: fields[key] for key in ("text", "caption", "reply_markup") if key in fields}
        old = {key: message[key] for key in ("text", "caption", "reply_markup") if key in message}
        changed = {**{key: value for key, value in old.items() if key != "reply_markup"}, **new}
        if changed == old:
            raise Refusal("Bad Request: message is not modified: the same as before", met=True)
        message.pop("reply_markup", None)
        message.update(new)
        return message

    _edit_message_text = _edit_message_reply_markup = _edit_message_caption = _edit

    async def _answer_callback_query(self, fields: dict[str, Any]) -> Any:
        query = fields["callback_query_id"]
        if query not in self._queries:
            raise Refusal("Bad Request: query is too old and response timeout expired or query ID is invalid", met=True)
        self._queries.remove(query)
        self.answered.append(query)
        return True

    async def _get_file(self, fields: dict[str, Any]) -> Any:
        if fields["file_id"] not in self.files:
            raise Refusal("Bad Request: invalid file_id", met=True)
        path, _, size = self.files[fields["file_id"]]
        if size > 20 * 1024 * 1024:
            raise Refusal("Bad Request: file is too big", met=True)
        return {"file_id": fields["file_id"], "file_unique_id": "u", "file_size": size, "file_path": path}

    async def _set_my_commands(self, fields: dict[str, Any]) -> Any:
        self.commands[fields.get("language_code", "")] = fields["commands"]
        return True

    async def _set_webhook(self, fields: dict[str, Any]) -> Any:
        self.webhook = fields if fields["url"] else {}
        return True

    async def _delete_webhook(self, fields: dict[str, Any]) -> Any:
        self.webhook = {}
        if fields.get("drop_pending_updates"):
            self.waiting.clear()
        return True

    async def _get_webhook_info(self, fields: dict[str, Any]) -> Any:
        return {
            "url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": len(self.waiting),
            "allowed_updates": self.webhook.get("allowed_updates", []),
        }  # fmt: skip

    async def _get_updates(self, fields: dict[str, Any]) -> Any:
        if self.webhook:
            raise Refusal("Conflict: can't use getUpdates method while webhook is active", 409)
        if self._polling:
            raise Refusal("Conflict: terminated by other getUpdates request", 409)
        offset = fields.get("offset", 0)
        self.waiting[:] = [update for update in self.waiting if update["update_id"] >= offset]
        self._polling = True
        try:
            async with self._came:
                try:
                    async with asyncio.timeout(fields.get("timeout", 0)):
                        await self._came.wait_for(lambda: self.waiting)
                except TimeoutError:
                    return []
            return self.waiting[: fields.get("limit", 100)]
        finally:
            self._polling = False


def _named(method: str) -> str:
    """The name of the function here that does this method of the Bot API."""
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", f"_{method}")


async def _fields(request: web.Request, method: str) -> dict[str, Any]:
    """The fields of a request, however they were sent; texts of forms become what the field's type says."""
    if request.content_type == "application/json" and request.can_read_body:
        return dict(json.loads(await request.read()))
    given = {**request.query, **(await request.post())}
    types = METHODS.get(method, {})
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, web.FileField):
            found[name] = value.file.read()
            continue
        plain = name in types and "String" in types[name][0] and not (name == "chat_id" and str(value).lstrip("-").isdigit())
        found[name] = value if plain else json.loads(str(value))
    return found


async def _failing(request: web.Request, fail: Fail) -> web.StreamResponse:
    match fail.how:
        case "html":
            return web.Response(status=fail.status, text="<html>Bad Gateway</html>", content_type="text/html")
        case "garbage":
            return web.Response(text="<html>¡Bienvenido al wifi del parque!</html>", content_type="text/html")
        case "half_open":
            await asyncio.sleep(_FOREVER)
        case int(code):
            told = {"retry_after": fail.retry_after, "migrate_to_chat_id": fail.migrate_to}
            return _json(code, fail.description or f"error {code}", **{k: v for k, v in told.items() if v is not None})
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _ours(description: str) -> bool:
    """Whether a refusal tells of a request that should never have been made."""
    return not description.startswith(("Unauthorized", "Conflict"))


def _json(code: int, description: str, **parameters: object) -> web.Response:
    told = {key: value for key, value in parameters.items() if key != "met"}
    answer = {"ok": False, "error_code": code, "description": description} | ({"parameters": told} if told else {})
    return web.json_response(answer, status=code)
