"""What the Bot API accepts, judged by its machine-readable description and its published limits: stricter than any client."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SPEC = json.loads((Path(__file__).parent.parent / "data" / "bot_api_10.1.json").read_text("utf-8"))
METHODS: Mapping[str, Mapping[str, Any]] = _SPEC["methods"]
TYPES: Mapping[str, Mapping[str, Any]] = _SPEC["types"]

_ACTIONS = frozenset(TYPES["InlineKeyboardButton"]["fields"]) - {"text", "icon_custom_emoji_id", "style"}
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_UPDATES = frozenset(
    {
        "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
        "edited_business_message", "deleted_business_messages", "message_reaction", "message_reaction_count", "inline_query",
        "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll",
        "poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost",
    }
)  # fmt: skip


class Refusal(Exception):  # noqa: N818 because it is what the server answers, not an error of ours
    """A request that the Bot API would refuse. `description` is what it would say."""

    def __init__(self, description: str, code: int = 400, **parameters: object) -> None:
        super().__init__(description)
        self.description, self.code, self.parameters = description, code, parameters


def judge(method: str, fields: Mapping[str, Any]) -> None:
    """Raises Refusal for fields that method does not take, or takes otherwise."""
    if method not in METHODS:
        raise Refusal("Not Found", 404)
    _object(fields, METHODS[method], method)
    _limits(method, fields)


def units(text: str) -> int:
    """The length of a text as Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _object(value: Mapping[str, Any], fields: Mapping[str, Any], path: str) -> None:
    for name in value:
        if name not in fields:
            raise Refusal(f"Bad Request: {path} has no field {name}")
    for name, (types, required) in fields.items():
        if name in value:
            _one_of(value[name], types, f"{path}.{name}")
        elif required:
            raise Refusal(f"Bad Request: {path}.{name} is required")


def _one_of(value: Any, types: list[str], path: str) -> None:
    problems = []
    for kind in types:
        try:
            _typed(value, kind, path)
        except Refusal as refusal:
            problems.append(refusal)
        else:
            return
    # of several objects the one that came closest tells most: that is the first whose own fields were looked into
    raise max(problems, key=lambda problem: len(problem.description))


def _typed(value: Any, kind: str, path: str) -> None:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            raise Refusal(f"Bad Request: {path}: expected an array")
        for place, item in enumerate(value):
            _typed(item, kind.removeprefix("Array of "), f"{path}[{place}]")
        return
    plain = {"Integer": int, "String": str, "Float": (int, float), "Boolean": bool, "True": bool}.get(kind)
    if plain is not None:
        if not isinstance(value, plain) or (kind not in {"Boolean", "True"} and isinstance(value, bool)):
            raise Refusal(f"Bad Request: {path}: expected {kind}")
        return
    if kind == "InputFile":
        if not isinstance(value, bytes):
            raise Refusal(f"Bad Request: {path}: expected a file")
        return
    if not isinstance(value, dict):
        raise Refusal(f"Bad Request: {path}: expected {kind}")
    about = TYPES[kind]
    if "subtypes" in about:
        _one_of(value, about["subtypes"], path)
    else:
        _object(value, about["fields"], f"{path}:{kind}")


def _limits(method: str, fields: Mapping[str, Any]) -> None:
    match fields:
        case {"text": str(text)} if method in ("sendMessage", "editMessageText"):
            if not text.strip():
                raise Refusal("Bad Request: message text is empty")
            if units(text) > 4096:
                raise Refusal("Bad Request: message is too long")
        case {"text": str(text)} if method == "answerCallbackQuery" and len(text) > 200:
            raise Refusal("Bad Request: MESSAGE_TOO_LONG")
    if units(fields.get("caption", "")) > 1024:
        raise Refusal("Bad Request: message caption is too long")
    if "parse_mode" in fields:
        raise Refusal("Bad Request: can't parse entities: this product sends plain text")
    if "inline_keyboard" in fields.get("reply_markup", {}):
        _keyboard(fields["reply_markup"]["inline_keyboard"])
    match method:
        case "setWebhook":
            _within(fields.get("max_connections", 40), 1, 100)
            if not _SECRET.fullmatch(fields.get("secret_token", "")):
                raise Refusal("Bad Request: secret token contains unallowed characters")
        case "getUpdates":
            _within(fields.get("limit", 100), 1, 100)
            _within(fields.get("timeout", 0), 0, 50)
        case "setMyCommands":
            _commands(fields)
    if unknown := set(fields.get("allowed_updates", ())) - _UPDATES:
        raise Refusal(f"Bad Request: no such kind of update: {unknown}")


def _commands(fields: Mapping[str, Any]) -> None:
    for command in fields["commands"]:
        if not _COMMAND.fullmatch(command["command"]):
            raise Refusal("Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise Refusal("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    if not re.fullmatch("|[a-z]{2}", fields.get("language_code", "")):
        raise Refusal("Bad Request: invalid language code specified")


def _keyboard(rows: list[list[dict[str, Any]]]) -> None:
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise Refusal("Bad Request: reply markup is too long")
    for button in (button for row in rows for button in row):
        if not button["text"].strip():
            raise Refusal("Bad Request: BUTTON_TEXT_EMPTY")
        if len(_ACTIONS & button.keys()) != 1:
            raise Refusal("Bad Request: text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise Refusal("Bad Request: BUTTON_DATA_INVALID")


def _within(value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Refusal(f"Bad Request: expected {least} to {most}")
