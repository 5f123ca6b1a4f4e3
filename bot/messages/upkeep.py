"""Keeps a language's catalogue up with the code and the flows, so that a translator finds what is to be done, and loses nothing.

What is missing is added, empty, with the Spanish above it. What was translated and reads otherwise in Spanish now is marked
`fuzzy`: until somebody looks at it and takes the mark away, the Spanish is said. What nobody asks for any more goes to the end of
the file, where gettext keeps such things, and comes back from there.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from bot.engine.language import RESIDENTS
from bot.messages.judging import REQUIRED
from bot.messages.wanted import Wanted
from bot.translations import NAME

_ALIKE = 0.6
"""How much of a flow's text must have stayed (0 to 1) for its translation to be kept for a second look."""

_SHEET = ("yes", "no", "skip", "refuse", "control", "numbers")
"""The sections of words.yaml that a new language begins with: lists, and lists by keys."""

_NUMBERS = 11

_HEADER = """\
# Write the translation between the quotes of msgstr; above each stands the Spanish. {places} stay as they are.
# What is left empty is said in Spanish. Distributed under the same license as Minga."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was done to a catalogue: texts `added` empty, marked to be `reviewed`, and put away because they are `unused`."""

    added: int = 0
    reviewed: int = 0
    unused: int = 0


def keep_up(code: str, catalogue: Catalog, first: Mapping[str, str], wanted: Wanted) -> Kept:
    """Brings a catalogue up to date with the Spanish texts by key (`first`) and with what flows want of it."""
    product = Kept() if code in REQUIRED else _product(catalogue, first)
    flows = _flows(catalogue, wanted)
    return Kept(product.added + flows.added, product.reviewed + flows.reviewed, flows.unused)


def _product(catalogue: Catalog, first: Mapping[str, str]) -> Kept:
    added = reviewed = 0
    for key, text in first.items():
        message = catalogue.get(key)
        if message is None:
            if key == NAME or key.startswith(RESIDENTS):
                catalogue.add(key, "", auto_comments=[_line(text)])
                added += 1
            continue
        said, now = _line(" ".join(message.auto_comments)), _line(text)
        if said and said != now and message.string and not message.fuzzy:
            message.flags.add("fuzzy")
            reviewed += 1
        message.auto_comments = [now]
    return Kept(added, reviewed)


def _flows(catalogue: Catalog, wanted: Wanted) -> Kept:
    spare = {
        (message.context, str(message.id)): message
        for message in list(catalogue)
        if message.context and message.context.partition(".")[0] in wanted.flows
    }
    missing = [place for place in wanted.texts if place not in spare]
    left = {place: message for place, message in spare.items() if place not in wanted.texts}
    reviewed = 0
    for context, text in missing:
        kept = catalogue.obsolete.pop((text, context), None)
        former = None if kept is not None else _former(context, text, left)
        added = catalogue.add(text, kept.string if kept is not None else "", context=context)
        if former is not None:
            added.string, added.previous_id = left.pop(former).string, [former[1]]
            added.flags.add("fuzzy")
            catalogue.delete(former[1], former[0])
            reviewed += 1
    for (context, text), message in left.items():
        catalogue.delete(text, context)
        if message.string:
            catalogue.obsolete[text, str(context)] = message
    for (context, text), line in wanted.lines.items():
        if (asked := catalogue.get(text, context)) is not None:
            asked.locations = [line]
    return Kept(len(missing) - reviewed, reviewed, len(left))


def _former(context: str, text: str, left: Mapping[tuple[str, str], Message]) -> tuple[str, str] | None:
    """Returns the place of the text that this one probably was before: of the same step, translated, and much alike."""
    before = [known for place, known in left if place == context and left[place, known].string]
    near = difflib.get_close_matches(text, before, 1, _ALIKE)
    return (context, near[0]) if near else None


def _line(text: str) -> str:
    return " ".join(text.split())


def write(file: Path, catalogue: Catalog) -> None:
    """Writes a catalogue, sorted, in the form that all of ours have."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_po(stream, catalogue, sort_output=True, width=120)


def found(locales: Path, code: str, words: Mapping[str, object]) -> None:
    """Founds a language: an empty catalogue, and a sheet for its words with the Spanish ones (`words`) beside each line."""
    file = locales / code / "LC_MESSAGES" / "bot.po"
    write(file, Catalog(locale=code, project="Minga", version="1", header_comment=_HEADER, fuzzy=False))
    sheet = locales / code / "words.yaml"
    if sheet.exists():
        return
    lines = [
        "# What people write in this language, between the brackets, separated by commas. Case and accents never matter.",
        "# What is empty or missing here is heard in Spanish; every section of locales/es/words.yaml may stand here too.",
    ]
    for section in _SHEET:
        spanish = words[section]
        if isinstance(spanish, dict):
            lines.append(f"{_key(section)}:")
            keys = list(spanish)[:_NUMBERS] if section == "numbers" else list(spanish)
            lines += [f"  {_key(key)}: []  # {', '.join(spanish[key][:3])}" for key in keys]
        elif isinstance(spanish, list):
            lines.append(f"{_key(section)}: []  # {', '.join(spanish[:3])}")
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _key(key: str) -> str:
    """Returns a key as YAML wants it: "no" and "1" are texts."""
    return key if isinstance(yaml.safe_load(key), str) else f'"{key}"'
