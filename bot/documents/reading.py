"""A source of documents: a folder of files, one file, or a list."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urljoin

from bot.documents.found import LARGEST, Found, Gathering, Read, named
from bot.documents.lists import entries
from bot.documents.texts import READERS, Text
from bot.engine.loading.document import read as read_yaml
from bot.engine.problem import Problems, listed

LISTS = (".csv", ".tsv", ".json", ".yaml", ".yml")
HEADS = (".yaml", ".yml")
"""Beside a file, one of the same name with this ending says its title, link and date."""


def read(source: Path, *, base: str = "") -> Read:
    """Returns the documents of that folder, file or list.

    `base` is where the folder's files are published: a file that names no link has the one under it. Raises OSError where the
    source itself cannot be read; what is wrong inside is told with file and line.
    """
    gathering = Gathering(Problems(str(source)))
    if source.is_dir():
        _folder(source, gathering, base)
    else:
        _file(source, gathering, base)
    return gathering.read()


def _folder(folder: Path, gathering: Gathering, base: str) -> None:
    list(folder.iterdir())  # raises where nothing may be read, which a walk passes over in silence
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if not file.is_file() or any(part.startswith((".", "~$")) for part in inside.parts):
            continue
        if file.suffix.lower() in READERS:
            _document(file, inside, gathering, base)
        elif file.suffix.lower() not in HEADS or not _headed(file):
            gathering.skipped += 1
    if not gathering.found and not any(one.severity == "error" for one in (*gathering.told, *gathering.problems)):
        gathering.at(str(folder)).error(1, "document_empty", kinds=listed(READERS))


def _headed(head: Path) -> bool:
    return any(head.with_suffix(ending).is_file() for ending in READERS)


def _file(file: Path, gathering: Gathering, base: str) -> None:
    ending = file.suffix.lower()
    if ending not in READERS and ending not in LISTS:
        gathering.problems.error(1, "document_kind", kinds=listed([*READERS, *LISTS]))
        return
    content = file.read_bytes()
    found = entries(file, content, gathering)
    if found is None:
        _document(file, Path(file.name), gathering, base)
        return
    for line, fields in found:
        _entry(file, line, fields, gathering, base)
    if not found and not gathering.problems.fatal:
        gathering.problems.error(1, "document_empty", kinds=listed(READERS))


def _entry(file: Path, line: int, fields: Mapping[str, str], gathering: Gathering, base: str) -> None:
    problems = gathering.problems
    text, link, place = fields.get("text", ""), fields.get("link", ""), fields.get("link", "")
    title, wanted = fields.get("title", ""), fields.get("file", "")
    if wanted:
        beside = file.parent / wanted
        if not beside.resolve().is_relative_to(file.parent.resolve()) or not beside.is_file():
            problems.error(line, "document_no_file", file=wanted, folder=file.parent)
            return
        told = _text(beside, problems, line, wanted)
        text = "\n".join(filter(None, (text, told.text)))
        title, link = title or told.title, link or told.link or _under(base, Path(wanted))
        place = place or wanted
    gathering.take(Found(title, text or (title if wanted else ""), link, fields.get("date", ""), place or title, str(file), line))


def _document(file: Path, inside: Path, gathering: Gathering, base: str) -> None:
    problems = gathering.at(str(file))
    told = _text(file, problems, 1, inside.name)
    head = _head(told.head, problems, told.head_line - 1)
    for ending in HEADS:
        beside = file.with_suffix(ending)
        if beside.is_file():
            beside_problems = gathering.at(str(beside))
            head |= _head(beside.read_text(encoding="utf-8", errors="replace"), beside_problems, 0)
            gathering.at(str(file))
    title = head.get("title") or told.title or _spoken(file.stem)
    link = head.get("link") or told.link or _under(base, inside)
    text = "\n".join(filter(None, (head.get("text", ""), told.text)))
    gathering.take(Found(title, text or title, link, head.get("date", ""), inside.as_posix(), str(file), 1))


def _text(file: Path, problems: Problems, line: int, name: str) -> Text:
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        problems.warn(line, "document_unread", file=name, kinds=listed(READERS))
        return Text()
    try:
        if file.stat().st_size > LARGEST:
            problems.warn(line, "document_large", file=name, limit=LARGEST // 1024 // 1024)
            return Text()
        told = reader(file.read_bytes())
    except OSError as error:
        problems.error(line, "document_unreadable", file=name, error=error.strerror or type(error).__name__)
        return Text()
    if told.weak:
        problems.warn(line, told.weak, file=name, **told.places)
    return told


def _head(text: str, problems: Problems, offset: int) -> dict[str, str]:
    if not text.strip():
        return {}
    moved = Problems(problems.file)
    document = read_yaml(text, moved)
    for one in moved:
        problems.error(one.line + offset, one.code, **one.places)
    if document is None:
        return {}
    fields: dict[str, str] = {}
    for key, value in document.data.items():
        if known := named(key):
            if isinstance(value, str):
                fields[known] = value
            else:
                problems.error(document.key((key,)) + offset, "document_value", key=key)
    return fields


def _under(base: str, inside: Path) -> str:
    return urljoin(base if base.endswith("/") else f"{base}/", quote(inside.as_posix())) if base else ""


def _spoken(stem: str) -> str:
    words = " ".join(stem.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]
