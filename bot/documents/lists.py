"""Lists of documents: CSV, YAML, JSON with a title and a text, a file or a link each; or lines of titles with their links."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

from bot.documents.found import FIELDS, Gathering, named
from bot.documents.texts import decoded
from bot.engine.loading.document import read
from bot.engine.problem import Problems, listed

Entry = tuple[int, dict[str, str]]
"""The line of an entry, and its fields."""

_LINKED = re.compile(r"\[(?P<title>[^\]]+)\]\(\s*<?(?P<link>[^)\s>]+)>?[^)]*\)")
_LINE = re.compile(r"(?P<title>.*?)[\s|;,:–—-]*(?P<link>https?://\S+)(?P<rest>.*)")
_MARK = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_LISTS = ("documents", "documentos")


def entries(file: Path, content: bytes, gathering: Gathering) -> list[Entry] | None:
    """Returns the entries of a list, None where that file is none (a text of its own)."""
    problems = gathering.problems
    match file.suffix.lower():
        case ".csv" | ".tsv":
            return list(_csv(decoded(content), problems))
        case ".json":
            return list(_json(decoded(content), problems))
        case ".yaml" | ".yml":
            return list(_yaml(content, problems))
        case ".md" | ".txt":
            return _lines(decoded(content))
        case _:
            return None


def _csv(text: str, problems: Problems) -> Iterator[Entry]:
    head = text.lstrip("\ufeff\n").partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next(rows, [])
        fields = [named(name) for name in names]
        if "title" not in fields:
            problems.error(1, "document_columns", columns=listed(names), known=listed(FIELDS))
            return
        for name, known in zip(names, fields, strict=True):
            if name.strip() and not known:
                problems.warn(1, "document_column", column=name.strip()[:40], known=listed(FIELDS))
        line = rows.line_num + 1
        for row in rows:
            if any(cell.strip() for cell in row):
                if len(row) > len(names):
                    problems.error(line, "document_cells", cells=len(row), columns=len(names))
                else:
                    yield line, {key: cell.strip() for key, cell in zip(fields, row, strict=False) if key and cell.strip()}
            line = rows.line_num + 1
    except csv.Error as error:
        problems.error(rows.line_num or 1, "document_csv", error=error)


def _json(text: str, problems: Problems) -> Iterator[Entry]:
    decoder = json.JSONDecoder()
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        problems.error(getattr(error, "lineno", 1), "document_json", error=getattr(error, "msg", "…"))
        return
    start = 0
    if isinstance(whole, dict):
        key = next((name for name in _LISTS if isinstance(whole.get(name), list)), None)
        if key is None:
            problems.error(1, "document_list")
            return
        start = text.index("[", text.index(f'"{key}"'))
    elif not isinstance(whole, list):
        problems.error(1, "document_list")
        return
    else:
        start = text.index("[")
    place = start + 1
    while (place := _next(text, place)) < len(text) and text[place] != "]":
        item, end = decoder.raw_decode(text, place)
        yield from _item(item, text.count("\n", 0, place) + 1, problems)
        place = end


def _next(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n,":
        place += 1
    return place


def _yaml(content: bytes, problems: Problems) -> Iterator[Entry]:
    text = decoded(content)
    bare = re.match(r"(?:\s*#[^\n]*\n|\s*\n|---[ \t]*\n)*(?=- |-\n)", text)
    moved = Problems(problems.file)
    document = read(f"{_LISTS[0]}:\n{text[bare.end() :]}" if bare is not None else text, moved)
    offset = text[: bare.end()].count("\n") - 1 if bare is not None else 0
    for one in moved:
        problems.error(max(1, one.line + offset), one.code, **one.places)
    if document is None:
        return
    key = next((name for name in _LISTS if isinstance(document.data.get(name), list)), None)
    if key is None:
        problems.error(1, "document_list")
        return
    for number, item in enumerate(document.data[key]):
        yield from _item(item, document.line((key, number)) + offset, problems)


def _item(item: object, line: int, problems: Problems) -> Iterator[Entry]:
    if not isinstance(item, dict):
        problems.error(line, "document_entry")
        return
    fields: dict[str, str] = {}
    for key, value in item.items():
        known = named(str(key))
        if not known:
            problems.warn(line, "document_column", column=str(key)[:40], known=listed(FIELDS))
        elif isinstance(value, str | int | float):
            fields[known] = str(value).strip()
        elif value is not None:
            problems.error(line, "document_value", key=key)
    yield line, fields


def _lines(text: str) -> list[Entry] | None:
    """Returns titles with links, a line each, if that is all there is beside headings, comments and empty lines."""
    found: list[Entry] = []
    for number, line in enumerate(text.split("\n"), 1):
        bare = _MARK.sub("", line).strip()
        if not bare or bare.startswith("#"):
            continue
        told = _LINKED.match(bare) or _LINE.fullmatch(bare)
        if told is None:
            return None
        link = told["link"].rstrip(".,;")
        found.append((number, {"title": told["title"].strip(" |;,:–—-"), "link": link}))
    return found or None
