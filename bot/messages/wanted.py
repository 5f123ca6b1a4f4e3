"""The texts that flows leave to the catalogues: those of a language that a flow declares and does not write in line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.engine.language import find_code
from bot.engine.source import load, messages
from bot.flow_files import CONSENTS
from bot.translations import codes, flow_texts

Place = tuple[str, str]
"""Where a text stands, and the text: ("flow.step", "¿Qué le falta?")."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What flows want of one catalogue. `texts`: place → translation, None where there is none; `lines`: place → "file:line".

    `flows` are all flows that were read: what the catalogue has of them and `texts` has not is not wanted any more.
    """

    texts: Mapping[Place, str | None]
    lines: Mapping[Place, tuple[str, int]]
    flows: frozenset[str]


def wanted(folders: Iterable[Path], locales: Path, root: Path) -> dict[str, Wanted]:
    """Returns what the flows of these folders want, by catalogue. A folder that does not exist has no flows."""
    translate, known = flow_texts(locales), codes(locales)
    texts: dict[str, dict[Place, str | None]] = {code: {} for code in known}
    lines: dict[Place, tuple[str, int]] = {}
    flows: set[str] = set()
    asked: list[tuple[str, str, str]] = []

    def remember(language: str, context: str, text: str) -> str | None:
        asked.append((language, context, text))
        return translate(language, context, text)

    files = [file for folder in folders for file in sorted(folder.glob("*.yaml")) if file.name != CONSENTS]
    library = {file.stem: file.read_text(encoding="utf-8") for file in files}
    for file in files:
        shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
        for line, context, text in messages(library[file.stem], shown):
            lines.setdefault((context, text), (shown, line))
            flows.add(context.partition(".")[0])
        load(library[file.stem], shown, library=library, translate=remember)
    for language, context, text in asked:
        code = find_code(language, known)
        if code is not None:
            texts[code][context, text] = translate(code, context, text)
    return {
        code: Wanted(own, {place: lines[place] for place in own if place in lines}, frozenset(flows))
        for code, own in texts.items()
    }
