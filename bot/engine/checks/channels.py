"""How a flow will look on each channel: labels that do not fit, messages that need more than one SMS.

Channels are data that is handed in. What is said here must follow what the renderer does; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.engine.checks.choices import lists_of
from bot.engine.language import Language
from bot.engine.loading.document import Path
from bot.engine.loading.listing import Listing
from bot.engine.loading.outline import Entry, Outline

Parts = Callable[[str, str], tuple[int, str]]
"""Counts what a text costs as SMS in a language: how many parts, and the letters that make them shorter ("" for none)."""

_PLACE = re.compile(r"\$\{[^}]*\}")
_SHOWN = "x" * 8
"""What an answer shown in a text is taken to be as long as."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How many options a channel shows, and how long their labels may be (UTF-16 units). 0: it has none of these.

    `whole` is the room for the whole label below a row whose label is cut. `several`: more than one choice can be pressed.
    """

    channel: str
    buttons: int
    button_label: int
    rows: int = 0
    row_label: int = 0
    whole: int = 0
    several: bool = False


FACTS = (
    Facts("Telegram", buttons=100, button_label=64, several=True),
    Facts("WhatsApp", buttons=3, button_label=20, rows=10, row_label=24, whole=72),
)
"""The channels with buttons that Minga speaks."""


def check_labels(outline: Outline, facts: tuple[Facts, ...] = FACTS) -> None:
    """Warns where options do not fit a channel's buttons or lists, and says what will be shown instead."""
    document = outline.document
    for entry, choices, path in lists_of(outline):
        for channel in facts:
            if entry.type == "rank" or (entry.type == "select_multiple" and not channel.several):
                continue  # these are typed there, whatever the labels
            count = len(choices) + bool(entry.data.get("other"))
            most = max(channel.buttons, channel.rows)
            if count <= most or "choice_filter" in entry.data:
                _labels(outline, entry, (choices, path), channel)
            else:
                at = document.key((*entry.path, "choices"))
                told = {"name": entry.name, "channel": channel.channel, "count": count, "most": most}
                document.problems.warn(at, "options_numbered", **told)


def _labels(outline: Outline, entry: Entry, listed: tuple[Listing, Path], channel: Facts) -> None:
    """Warns of the longest label where it does not fit. What a filter leaves may be few or many, so the wider limit counts."""
    choices, path = listed
    length, language, choice = max(
        ((units(label), code, choice) for choice in choices for code, label in choice["label"].items()),
        key=lambda found: found[0],
        default=(0, "", {}),
    )
    buttons = len(choices) + bool(entry.data.get("other")) <= channel.buttons
    limit = channel.button_label if buttons else channel.row_label
    if "choice_filter" in entry.data:
        limit = max(channel.button_label, channel.row_label)
    if length <= limit:
        return
    if length > max(channel.row_label, channel.whole):
        code = "labels_numbered"
    elif length > channel.row_label:
        code, limit = "labels_cut", channel.row_label
    else:
        code = "labels_list"
    at = outline.document.line((*path, choice["name"], "label", language))
    told = {"name": entry.name, "channel": channel.channel, "label": choice["label"][language], "length": length, "limit": limit}
    outline.document.problems.warn(at, code, **told)


def units(text: str) -> int:
    """Returns the length of a text as the providers count it."""
    return len(text.encode("utf-16-le")) // 2


# ── SMS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def prompts(outline: Outline, code: str, language: Language | None) -> Iterator[tuple[Entry, str]]:
    """Yields what is sent for each step in that language, as an SMS shows it: options are numbered below the text."""
    for entry in outline.walk():
        data = entry.data
        lines = [data.get("label", {}).get(code, ""), data.get("hint", {}).get(code, "")]
        if not lines[1] and language is not None:
            tip = {"select_multiple": "engine.tip.several", "rank": "engine.tip.rank"}.get(entry.type, "")
            lines[1] = language.texts.get(tip, "")
        labels = [choice["label"].get(code, "") for choice in data.get("choices", ())]
        if data.get("other") and language is not None:
            labels.append(language.texts.get("engine.other", ""))
        if entry.type == "acknowledge" and language is not None:
            labels = [language.texts.get("engine.agree", ""), language.texts.get("engine.disagree", "")]
        lines += [f"{number}. {label}" for number, label in enumerate(labels, 1)]
        text = "\n".join(line for line in lines if line)
        if text:
            yield entry, _PLACE.sub(_SHOWN, text)


def check_parts(outline: Outline, languages: Mapping[str, Language], parts: Parts) -> None:
    """Warns of messages that need more than one SMS, as they are sent."""
    document = outline.document
    for code in outline.languages:
        for entry, text in prompts(outline, code, languages.get(code)):
            count, costly = parts(text, code)
            if count < 2 or entry.inlined:
                continue
            at = document.line((*entry.path, "label", code))
            told = {"name": entry.name, "language": code, "segments": count, "characters": len(text)}
            if costly:
                document.problems.warn(at, "sms_costly", **told, letters=costly)
            else:
                document.problems.warn(at, "sms_segments", **told)
