"""Keyboards: what of an outgoing message is buttons, and what a pressed button says.

A button carries at most 64 bytes: what it does, the number of its prompt, and the option's name, or its place where the name has
no room ("c:123:si", "C:123:4"). All else about it is in our own database, so buttons outlive restarts and never lie about order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.engine.language import Language
from bot.vocabulary import Option, Outgoing, Press

DATA = 64
"""Bytes that a button carries at most."""
UNPAGED = 20
"""Options that are shown at once; more of them are shown a page at a time."""
PAGE = 10

_TICKED, _UNTICKED = "✅ ", "▫️ "
_NARROW, _HALF = 3, 14
"""Labels of up to so many characters stand five, resp. two in a row."""

_VERBS = {"c": "choose", "t": "tick", "d": "done", "p": "page"}

Markup = Mapping[str, Any]


def markup(outgoing: Outgoing, language: Language) -> Markup | None:
    """Returns the `reply_markup` of that message, None where an edited message shall lose its buttons."""
    if outgoing.layout in ("buttons", "list"):
        return {"inline_keyboard": _rows(outgoing, language)}
    if outgoing.edits:
        return None
    match outgoing.wants if outgoing.prompt else "":
        case "geopoint" | "location":
            return _asking(language.say("telegram.location"), "request_location")
        case "phone":
            return _asking(language.say("telegram.contact"), "request_contact")
        case _:
            # a button that asked for something else must not stay; where there is none this changes nothing
            return {"remove_keyboard": True}


def pages(outgoing: Outgoing) -> int:
    """Returns on how many pages the options of that message stand."""
    count = len(outgoing.options)
    return 1 if count <= UNPAGED else -(-count // PAGE)


def pressed(data: str) -> Press:
    """Returns what a button with that data does. One that is none of ours belongs to prompt 0, which no prompt is."""
    verb, _, rest = data.partition(":")
    number, _, what = rest.partition(":")
    does = _VERBS.get(verb.lower())
    prompt = _number(number)
    if does is None or prompt is None:
        return Press(0, "")
    if verb in ("C", "T", "p"):
        index = _number(what)
        return Press(0, "") if index is None else Press(prompt, "", index, _does(verb))
    return Press(prompt, what, None, _does(verb))


def _does(verb: str) -> Any:
    return _VERBS[verb.lower()]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _asking(label: str, asks: str) -> Markup:
    return {"keyboard": [[{"text": label, asks: True}]], "resize_keyboard": True, "one_time_keyboard": True}


def _rows(outgoing: Outgoing, language: Language) -> list[list[Markup]]:
    last = pages(outgoing) - 1
    page = min(max(outgoing.page, 0), last)
    first = page * PAGE if last else 0
    shown = outgoing.options[first : first + PAGE] if last else outgoing.options
    buttons = [_button(outgoing, option, place) for place, option in enumerate(shown, first)]
    rows = _in_rows(buttons, [option.label for option in outgoing.options], several=outgoing.several)
    prompt = outgoing.prompt
    if last:
        rows.append(
            [
                {"text": "◀", "callback_data": f"p:{prompt}:{(page - 1) % (last + 1)}"},
                {"text": f"{page + 1} / {last + 1}", "callback_data": f"p:{prompt}:{page}"},
                {"text": "▶", "callback_data": f"p:{prompt}:{(page + 1) % (last + 1)}"},
            ]
        )
    if outgoing.several:
        count = f" ({len(outgoing.ticked)})" if outgoing.ticked else ""
        rows.append([{"text": language.say("telegram.done") + count, "callback_data": f"d:{prompt}:"}])
    return rows


def _button(outgoing: Outgoing, option: Option, place: int) -> Markup:
    label = option.cut or option.label
    verb = "c"
    if outgoing.several:
        verb = "t"
        label = (_TICKED if option.name in outgoing.ticked else _UNTICKED) + label
    data = f"{verb}:{outgoing.prompt}:{option.name}"
    if len(data.encode()) > DATA:
        data = f"{verb.upper()}:{outgoing.prompt}:{place}"
    return {"text": label, "callback_data": data}


def _in_rows(buttons: Sequence[Markup], labels: Sequence[str], *, several: bool) -> list[list[Markup]]:
    """Returns the buttons in rows by the longest label of all pages, so that they keep their places when a page is turned."""
    longest = max(map(len, labels), default=0) + (2 if several else 0)
    width = 5 if longest <= _NARROW else 2 if longest <= _HALF and len(buttons) > 2 else 1
    return [list(buttons[start : start + width]) for start in range(0, len(buttons), width)]
