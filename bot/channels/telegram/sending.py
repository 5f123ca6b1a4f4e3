"""From a message of ours to the call of the Bot API that shows it. One message is one call: the renderer has parted them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.channels.stored import file_name, reference_of
from bot.channels.telegram.buttons import markup
from bot.engine.language import Language
from bot.vocabulary import Outgoing

Find = Callable[[str], Path | None]
"""Tells where the file of that name lies that a flow shows; None where there is none."""

_METHODS = {"image": ("sendPhoto", "photo"), "audio": ("sendAudio", "audio"), "video": ("sendVideo", "video")}
_DOCUMENT = ("sendDocument", "document")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its method and its fields. `file` is a file on the disk that goes into the field `place`, called `name`."""

    method: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    place: str = ""
    name: str = ""


def call_for(outgoing: Outgoing, language: Language, find: Find) -> Call | None:
    """Returns the call that shows this message; None where nothing is left of it because its only file is missing.

    Text goes as it is: nothing in it is markup.
    """
    buttons = markup(outgoing, language)
    shown: dict[str, Any] = {} if buttons is None else {"reply_markup": buttons}
    chat = {"chat_id": _chat(outgoing)}
    if outgoing.edits:
        return _edit(outgoing, chat | {"message_id": int(outgoing.edits)}, shown)
    for kind, name in outgoing.media.items():
        file = find(name)
        if file is not None:
            method, place = _METHODS.get(kind, _DOCUMENT)
            caption = {"caption": outgoing.text} if outgoing.text else {}
            return Call(method, {**chat, **caption, **shown}, file, place, file_name(name))
        if reference_of(name) and not outgoing.text.strip():
            return Call("sendMessage", {**chat, "text": language.say("request.file.gone", name=file_name(name)), **shown})
    return Call("sendMessage", {**chat, "text": outgoing.text, **shown}) if outgoing.text.strip() else None


def _edit(outgoing: Outgoing, where: Mapping[str, Any], shown: Mapping[str, Any]) -> Call:
    """Returns the call that draws a message's buttons anew, or takes them away; with them its text may change."""
    if shown or not outgoing.text:
        return Call("editMessageReplyMarkup", {**where, **shown})
    return Call("editMessageText", {**where, "text": outgoing.text})


def _chat(outgoing: Outgoing) -> int | str:
    identifier = outgoing.address.identifier
    return int(identifier) if identifier.lstrip("-").isdecimal() else identifier
