"""What an update of the Bot API means. Pure: JSON in, messages of ours out.

The library's own `Update.de_json` is not used: it refuses a whole update for a missing field that nobody needs, and costs about
ten times as much as this. What is read here is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from bot.channels.channel import UnparsableError
from bot.channels.local import kind as kind_of
from bot.channels.telegram.buttons import pressed
from bot.vocabulary import Address, Incoming, Location, Media, Press, Start, Text, Unserved

NAME = "telegram"
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that are asked for; the others do not concern us."""
GROUP = "telegram.group"
"""The text that says that groups are not served."""

Update = Mapping[str, Any]
Content = Start | Text | Press | Location | Media | Unserved
Kind = Literal["image", "audio", "video", "file"]

_SERVICE = frozenset(
    {
        "pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "users_shared", "chat_shared",
        "successful_payment", "refunded_payment", "connected_website", "proximity_alert_triggered", "boost_added",
        "chat_background_set", "passport_data", "web_app_data", "giveaway_created", "giveaway", "giveaway_winners",
        "giveaway_completed", "gift", "unique_gift", "gift_upgrade_sent", "direct_message_price_changed", "checklist_tasks_done",
        "checklist_tasks_added", "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
        "video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited",
        "suggested_post_approved", "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded",
        "suggested_post_approval_failed", "new_chat_title", "new_chat_photo", "delete_chat_photo", "migrate_to_chat_id",
        "migrate_from_chat_id", "chat_owner_left", "chat_owner_changed",
    }
)  # fmt: skip
"""Messages that tell of something instead of being written by the person."""

_FILES: tuple[tuple[str, Kind | None, str], ...] = (
    ("voice", "audio", "audio/ogg"),
    ("audio", "audio", "audio/mpeg"),
    ("video", "video", "video/mp4"),
    ("video_note", "video", "video/mp4"),
    ("animation", "video", "video/mp4"),  # an animation is repeated as a document: this one comes first
    ("document", None, "application/octet-stream"),
)


def read(update: object, *, account: str, username: str, received_at: datetime, raw: bytes) -> list[Incoming]:
    """Returns what this update says: nothing where it does not concern us. Raises UnparsableError.

    `username` is the bot's own, without @ (empty while it is not known).
    """
    match update:
        case {"update_id": int(number), **rest}:
            pass
        case _:
            raise UnparsableError("expected an object with update_id")
    reader = _Reader(account, username, received_at, raw, str(number))
    match rest:
        case {"message": {} as message}:
            return reader.message(message)
        case {"edited_message": {} as message}:
            return reader.edited(message)
        case {"callback_query": {} as query}:
            return reader.query(query)
        case {"my_chat_member": {} as change}:
            return reader.joined(change)
        case {"message": _} | {"edited_message": _} | {"callback_query": _}:
            raise UnparsableError("expected an object")
        case _:
            return []


class _Reader:
    __slots__ = ("_account", "_event", "_raw", "_received", "_username")

    def __init__(self, account: str, username: str, received: datetime, raw: bytes, event: str) -> None:
        self._account, self._username, self._received, self._raw, self._event = account, username, received, raw, event

    def message(self, message: Update) -> list[Incoming]:
        """A message: of a private chat it is heard, elsewhere it is declined if it was meant for us."""
        chat, private = _chat(message)
        if not private:
            return [self._incoming(chat, Unserved(GROUP), message)] if self._for_us(message) else []
        content = _content(message, self._username)
        return [] if content is None else [self._incoming(chat, content, message)]

    def edited(self, message: Update) -> list[Incoming]:
        """A message that was changed. Of a position that moves on nothing more is heard."""
        chat, private = _chat(message)
        text = message.get("text", message.get("caption"))
        if not private or not isinstance(text, str):
            return []
        return [self._incoming(chat, Text(text, edited=True), message)]

    def query(self, query: Update) -> list[Incoming]:
        """A pressed button."""
        match query:
            case {"data": str(data), "from": {"id": int(person)}}:
                pass
            case {"from": {"id": int()}}:
                return []  # a game, or a button of an inline message: we have none
            case _:
                raise UnparsableError("callback_query: expected from")
        message = query.get("message")
        if isinstance(message, dict) and isinstance(message.get("chat"), dict):
            chat, private = _chat(message)
            if not private:
                return []
        else:
            chat = str(person)
        number = message.get("message_id") if isinstance(message, dict) else None
        press = replace(pressed(data), message=str(number) if isinstance(number, int) else "")
        # a press tells no time of its own; the message's is that of the question
        return [self._incoming(chat, press, {"from": query["from"]})]

    def joined(self, change: Update) -> list[Incoming]:
        """The bot's own place in a chat changed: put into a group it says that it serves none."""
        chat, private = _chat(change)
        match change.get("new_chat_member"), change.get("old_chat_member"):
            case {"status": "member" | "administrator"}, {"status": "left" | "kicked"} if not private:
                return [self._incoming(chat, Unserved(GROUP), change)]
            case _:
                return []

    def _for_us(self, message: Update) -> bool:
        text = message.get("text", message.get("caption"))
        if not isinstance(text, str):
            return False
        match message.get("reply_to_message"):
            case {"from": {"id": int(writer)}} if str(writer) == self._account:
                return True
        named = f"@{self._username}".lower() if self._username else ""
        word = text.split(maxsplit=1)[0].lower() if text.strip() else ""
        command = word.startswith("/") and ("@" not in word or (named != "" and word.endswith(named)))
        return command or (named != "" and named in text.lower())

    def _incoming(self, chat: str, content: Content, about: Update) -> Incoming:
        sender, number = about.get("from"), about.get("message_id")
        language = sender.get("language_code") if isinstance(sender, dict) else None
        return Incoming(
            Address(NAME, chat, self._account),
            self._event,
            content,
            self._received,
            written_at=_time(about.get("date")) or self._received,
            raw=self._raw,
            language=language if isinstance(language, str) and len(language) <= 35 else None,
            number=_whole(number) or None,  # in a private chat both sides' messages are counted together
        )


def _chat(message: Update) -> tuple[str, bool]:
    """Returns the chat's identifier and whether it is one person's."""
    match message.get("chat"):
        case {"id": int(chat), "type": str(kind)}:
            return str(chat), kind == "private"
        case _:
            raise UnparsableError("chat: expected id and type")


def _time(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 32_503_680_000:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _content(message: Update, username: str) -> Content | None:
    """Returns what the person says by this message; None where it only tells that something happened."""
    match message:
        case {"text": str(text)}:
            return _command(text, username) if text.startswith("/") else Text(text)
        case {"venue": {"location": {} as place, **venue}}:
            return _place(place, ", ".join(str(venue[key]) for key in ("title", "address") if venue.get(key)))
        case {"location": {} as place}:
            return _place(place, None)
        case {"contact": {"phone_number": str(number)}}:
            return Text(number if number.startswith("+") or not number.isdigit() else f"+{number}")
        case {"photo": [*sizes]} if sizes:
            return _photo(sizes, message)
        case {"sticker": {} as sticker}:
            emoji = sticker.get("emoji")
            return Text(emoji if isinstance(emoji, str) else "")
    for key, kind, content_type in _FILES:
        match message.get(key):
            case {"file_id": str(), **_rest}:
                return _media(message[key], kind, content_type, message)
            case None:
                continue
            case _:
                raise UnparsableError(f"{key}: expected file_id")
    for key in ("text", "venue", "location", "contact", "photo", "sticker"):
        if key in message:
            raise UnparsableError(f"{key}: not as it should be")
    if _SERVICE & message.keys():
        return None
    # a poll, a dice, a story, whatever comes next year: the person did write, and is told that it was not understood
    return Text("")


def _command(text: str, username: str) -> Text | Start | None:
    """Returns what a command says: `/start` begins, every other one is its own words."""
    word, _, rest = text[1:].partition(" ")
    name, _, whose = word.partition("@")
    if whose and username and whose.lower() != username.lower():
        return None
    if name.lower() == "start":
        return Start(rest.strip()[:64])
    return Text(" ".join([name.replace("_", " "), rest]).strip())


def _place(place: Update, name: str | None) -> Location:
    latitude, longitude, accuracy = (place.get(key) for key in ("latitude", "longitude", "horizontal_accuracy"))
    if not _degrees(latitude, 90) or not _degrees(longitude, 180):
        raise UnparsableError("location: expected degrees")
    assert isinstance(latitude, int | float)
    assert isinstance(longitude, int | float)
    radius = float(accuracy) if isinstance(accuracy, int | float) and not isinstance(accuracy, bool) else None
    return Location(float(latitude), float(longitude), radius, name or None)


def _degrees(value: object, bound: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -bound <= value <= bound


def _photo(sizes: list[Any], message: Update) -> Media:
    """Returns the largest size of a picture."""
    known = [size for size in sizes if isinstance(size, dict) and isinstance(size.get("file_id"), str)]
    if not known:
        raise UnparsableError("photo: expected file_id")
    largest = max(known, key=lambda size: (_whole(size.get("file_size")), _whole(size.get("width"))))
    return _media(largest, "image", "image/jpeg", message)


def _media(file: Update, kind: Kind | None, content_type: str, message: Update) -> Media:
    told, name, caption = file.get("mime_type"), file.get("file_name"), message.get("caption")
    album = message.get("media_group_id")
    content_type = told if isinstance(told, str) and told else content_type
    return Media(
        kind or kind_of(content_type),
        str(file["file_id"]),
        content_type,
        sha256="",
        size=_whole(file.get("file_size")),
        name=name if isinstance(name, str) else "",
        caption=caption if isinstance(caption, str) else "",
        album=album if isinstance(album, str) else "",
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
