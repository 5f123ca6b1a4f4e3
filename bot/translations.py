"""Reads the catalogues: what the product says (locales/*/LC_MESSAGES/bot.po) and what people may write (locales/*/words.yaml).

The .po files are read as they are at start (some milliseconds each): there is no compiled form that could be stale, and none that
loses the plural forms of a language that Babel does not know. As with gettext, a text that is marked `fuzzy` is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.engine.answers.places import Gazetteer, gazetteer
from bot.engine.language import RESIDENTS, Language, find_code

FIRST = "es"
"""The language that every other falls back to, text by text."""

NAME = "language.name"
"""The key of a language's own name."""

Translate = Callable[[str, str, str], str | None]


def codes(folder: Path) -> tuple[str, ...]:
    """Returns the codes of the languages in that folder, the first one first, the others by name.

    Raises FileNotFoundError where the folder has no catalogue of the first language.
    """
    found = sorted(file.parent.parent.name for file in folder.glob("*/LC_MESSAGES/bot.po"))
    if FIRST not in found:
        raise FileNotFoundError(f"{folder / FIRST / 'LC_MESSAGES' / 'bot.po'}: the catalogue of the first language is missing")
    return (FIRST, *(code for code in found if code != FIRST))


def load_languages(folder: Path, only: Collection[str] | None = None) -> Mapping[str, Language]:
    """Returns every language in that folder (or those of `only` that are there), the first one first, by its code.

    A text or word list that a language lacks is the first language's: half a translation is still of use to its speakers.
    Raises FileNotFoundError as `codes` does.
    """
    wanted = [code for code in codes(folder) if only is None or code in only or code == FIRST]
    first = _read(folder, FIRST)
    languages = {FIRST: first}
    for code in wanted:
        if code != FIRST:
            own = _read(folder, code)
            texts = {**first.texts, **own.texts}
            borrowed = frozenset([key for key in first.texts if key.startswith(RESIDENTS) and key not in own.texts])
            languages[code] = Language(code, own.texts.get(NAME, code), texts, {**first.words, **_filled_in(own.words)}, borrowed)
    return languages if only is None or FIRST in only else {code: languages[code] for code in wanted if code in only}


def flow_texts(folder: Path) -> Translate:
    """Returns the loader's hook that finds a flow's text in the catalogues: (language, "flow.step", text) → translation or None.

    Catalogues are read when a flow first asks for their language; "qu" is found in the folder qu_EC.
    """
    read: dict[str, Mapping[tuple[str, str], str]] = {}

    def translate(language: str, context: str, text: str) -> str | None:
        if language not in read:
            code = find_code(language, codes(folder))
            read[language] = _flow_texts(folder, code) if code is not None else {}
        return read[language].get((context, text))

    return translate


def load_places(folder: Path) -> Gazetteer:
    """Returns the places that people may name, from that folder's places.yaml; none where there is no such file.

    Raises ValueError for a file of another form.
    """
    return gazetteer(_words(folder / "places.yaml"))


def read_catalogue(folder: Path, code: str) -> Catalog:
    """Returns that language's catalogue as it stands in its file. Raises OSError, or PoFileError for a broken one."""
    # Babel knows no Shuar and no Ecuadorian Kichwa; the file itself is all that is needed
    with (folder / code / "LC_MESSAGES" / "bot.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def _read(folder: Path, code: str) -> Language:
    messages = read_catalogue(folder, code)
    texts = {m.id: m.string for m in messages if _said(m) and not m.context}
    return Language(code, str(texts.get(NAME, code)), texts, _words(folder / code / "words.yaml"))  # type: ignore[arg-type] # because _said saw to it that both are str


def _said(message: Message) -> bool:
    key, text = message.id, message.string
    return isinstance(key, str) and isinstance(text, str) and key != "" and text != "" and not message.fuzzy


def _filled_in(own: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the word lists that have words: a new language's sheet is empty where nobody has written yet."""
    kept = {key: _filled_in(words) if isinstance(words, dict) else words for key, words in own.items()}
    return {key: words for key, words in kept.items() if words}


def _flow_texts(folder: Path, code: str) -> Mapping[tuple[str, str], str]:
    messages = read_catalogue(folder, code)
    return {(m.context, str(m.id)): str(m.string) for m in messages if m.context and _said(m)}


def _words(file: Path) -> Mapping[str, Any]:
    """Every scalar stays the text it is written as: "no" is a word people say, not a truth value."""
    if not file.is_file():
        return {}
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C one is ten times faster, and not in every build
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 because BaseLoader makes only texts, lists and mappings
    if not isinstance(content, dict):
        raise ValueError(f"{file}: a mapping of sections is expected")  # noqa: TRY004 because the file's value is wrong, not a type of ours
    return content
