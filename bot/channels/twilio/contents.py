"""Buttons and lists on WhatsApp: a content template for each shape of question, made once and used again for every question.

A shape is how many buttons, or how many rows and which of them have a second line. All texts are variables, so a town hall needs
a handful of templates, whatever it asks. Where none can be made the question goes as numbered text, and no other try is made for
a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.channels.abilities import WHATSAPP
from bot.channels.channel import SendError
from bot.channels.twilio.presses import ROOM, write_press
from bot.vocabulary import Outgoing

PAUSE = 600.0
"""For how many seconds no template of a shape is tried after one could not be made."""


class Contents(Protocol):
    """Where the templates' identifiers are kept: the account's own, by shape."""

    async def find(self, shape: str) -> str | None:
        """Returns the identifier of that shape's template."""
        ...

    async def keep(self, shape: str, sid: str) -> None:
        """Keeps it; another that was kept before gives way."""
        ...

    async def forget(self, shape: str) -> None:
        """Forgets it: Twilio knows it no more."""
        ...


class ForgetfulContents:
    """Keeps them as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    async def find(self, shape: str) -> str | None:
        """Returns the identifier of that shape's template."""
        return self._kept.get(shape)

    async def keep(self, shape: str, sid: str) -> None:
        """Keeps it."""
        self._kept[shape] = sid

    async def forget(self, shape: str) -> None:
        """Forgets it."""
        self._kept.pop(shape, None)


@dataclass(frozen=True, slots=True)
class Filled:
    """A question as a template and what fills it. `types` is what Twilio makes the template of."""

    shape: str
    types: Mapping[str, Any]
    variables: Mapping[str, str]


def fill(outgoing: Outgoing, button: str) -> Filled | None:
    """Returns a question as template and variables; None where it fits none. `button` opens a list.

    Variables may not be empty and are bounded by their fields; so a question that is nothing but options has no template.
    """
    options = outgoing.options
    pressed = [write_press(outgoing.prompt, option.name) for option in options]
    if not outgoing.text.strip() or not options or any(len(text) > ROOM for text in pressed):
        return None
    if WHATSAPP.length(outgoing.text) > WHATSAPP.body:
        return None
    if outgoing.layout == "buttons" and len(options) <= WHATSAPP.buttons:
        return _buttons(outgoing, pressed)
    if outgoing.layout == "list" and len(options) <= WHATSAPP.rows:
        return _list(outgoing, pressed, button)
    return None


def _buttons(outgoing: Outgoing, pressed: list[str]) -> Filled:
    variables, actions = {"1": _safe(outgoing.text)}, []
    for option, press in zip(outgoing.options, pressed, strict=True):
        title, back = str(len(variables) + 1), str(len(variables) + 2)
        variables |= {title: _safe(option.label), back: press}
        actions.append({"type": "QUICK_REPLY", "title": f"{{{{{title}}}}}", "id": f"{{{{{back}}}}}"})
    types = {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
    return Filled(f"buttons:{len(actions)}", types, variables)


def _list(outgoing: Outgoing, pressed: list[str], button: str) -> Filled:
    variables, items, shape = {"1": _safe(outgoing.text), "2": _safe(button)}, [], ""
    for option, press in zip(outgoing.options, pressed, strict=True):
        shown = option.cut or option.label
        item, back = str(len(variables) + 1), str(len(variables) + 2)
        variables |= {item: _safe(shown), back: press}
        row = {"item": f"{{{{{item}}}}}", "id": f"{{{{{back}}}}}"}
        if shown != option.label:
            whole = str(len(variables) + 1)
            variables[whole] = _safe(option.label)
            row["description"] = f"{{{{{whole}}}}}"
        shape += "2" if shown != option.label else "1"
        items.append(row)
    types = {"twilio/list-picker": {"body": "{{1}}", "button": "{{2}}", "items": items}}
    return Filled(f"list:{shape}", types, variables)


def _safe(text: str) -> str:
    """Returns the text with printers' apostrophes: a straight one in a variable is reported to be refused (21656)."""
    return text.replace("'", "’")


class Templates:
    """Finds or makes the template of a shape. `make` makes one and returns its identifier, or raises SendError."""

    def __init__(
        self,
        contents: Contents,
        make: Callable[[Filled], Awaitable[str]],
        now: Callable[[], float],
    ) -> None:
        """`now` is a clock that never goes back, in seconds."""
        self._contents = contents
        self._make = make
        self._now = now
        self._known: dict[str, str] = {}
        self._barred: dict[str, float] = {}
        self._making: dict[str, asyncio.Lock] = {}

    async def sid(self, filled: Filled) -> str | None:
        """Returns the identifier of the template to use; None if there is none now."""
        known = self._known.get(filled.shape)
        if known is not None:
            return known
        async with self._making.setdefault(filled.shape, asyncio.Lock()):
            return self._known.get(filled.shape) or await self._find_or_make(filled)

    async def drop(self, shape: str, sid: str) -> None:
        """That template was refused: it is forgotten, and no other is made of its shape for a while."""
        if self._known.get(shape) == sid:
            del self._known[shape]
            await self._contents.forget(shape)
        self._barred[shape] = self._now() + PAUSE

    async def _find_or_make(self, filled: Filled) -> str | None:
        if self._barred.get(filled.shape, self._now()) > self._now():
            return None
        sid = await self._contents.find(filled.shape)
        if sid is None:
            try:
                sid = await self._make(filled)
            except SendError:
                self._barred[filled.shape] = self._now() + PAUSE
                return None
            self._known[filled.shape] = sid  # known also where it cannot be kept now
            await self._contents.keep(filled.shape, sid)
        self._known[filled.shape] = sid
        return sid
