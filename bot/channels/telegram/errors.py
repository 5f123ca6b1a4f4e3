"""What the Bot API's refusals mean to the delivery."""

from __future__ import annotations

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError

from bot.channels.channel import FateUnknown, Never, PersonStopped, PersonUnreachable, RetryAfter, RetryLater, SendError
from bot.channels.telegram.client import FailedError, FloodError, ForeignError, LostError, NotSentError, TooLargeError

_STOPPED = ("bot was blocked by the user",)
_UNREACHABLE = (
    "user is deactivated",
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "bot can't initiate conversation",
    "bot can't send messages to bots",
    "bot was kicked",
    "bot is not a member",
    "group chat was deleted",
    "not enough rights to send",
    "have no rights to send",
    "chat_write_forbidden",
)
NOTHING_TO_DO = ("message is not modified", "message to edit not found", "message can't be edited", "message_id_invalid")
"""An edit that is refused with one of these has nothing left to do: it is so already, or the message is gone."""

_KNOWN = {
    "message is too long": "too_long",
    "message text is empty": "empty",
    "message must be non-empty": "empty",
    "can't parse": "entities",
    "button_data_invalid": "button_data",
    "reply markup is too long": "keyboard_too_long",
    "wrong file identifier": "file",
    "wrong type of the web page content": "file",
    "file is too big": "file_too_large",
    "wrong file_id": "file",
    "invalid file_id": "file",
    "request entity too large": "file_too_large",
    "query is too old": "query_too_old",
}
"""Refusals that staff see by a word of ours; the others' own texts may quote what was sent."""


def nothing_to_do(error: TelegramError) -> bool:
    """Tells whether an edit was refused because there is nothing to be edited."""
    return isinstance(error, BadRequest) and _says(error, NOTHING_TO_DO)


def send_error(error: TelegramError) -> SendError:
    """Returns what this refusal means for the message that was to be sent."""
    match error:
        case FloodError():
            return RetryAfter(error.seconds, "429")
        case ChatMigrated():
            return PersonUnreachable("migrated")
        case NotSentError():
            return RetryLater("no_connection")
        case FailedError():
            return RetryLater(error.message)
        case ForeignError():
            return RetryLater(f"foreign_answer {error.message}")
        case LostError():
            return FateUnknown(error.message)
        case TooLargeError():
            return Never("file_too_large")
        case InvalidToken():
            return RetryLater("token_refused")  # until the right one is set nothing is lost
        case Conflict():
            return RetryLater("conflict")
        case Forbidden() | BadRequest() if _says(error, _UNREACHABLE):
            return PersonUnreachable(_code(error, _UNREACHABLE))
        case Forbidden() if _says(error, _STOPPED):
            return PersonStopped("blocked")
        case Forbidden():
            return Never("forbidden")
        case BadRequest():
            return Never(next((word for text, word in _KNOWN.items() if _says(error, (text,))), "bad_request"))
        case _:
            return FateUnknown(type(error).__name__)


def _says(error: TelegramError, texts: tuple[str, ...]) -> bool:
    said = error.message.lower()
    return any(text in said for text in texts)


def _code(error: TelegramError, texts: tuple[str, ...]) -> str:
    said = error.message.lower()
    return next(text for text in texts if text in said).replace("'", "").replace(" ", "_")
