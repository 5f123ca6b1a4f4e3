"""Answers as a sheet that a person codes in a spreadsheet, and what they made of it: read back line by line, whatever saved it.

A spreadsheet saves with commas, semicolons or tabs, as UTF-8 or as Windows does, and may add columns; two columns count, by their
name: `answer`, not to be changed, and `themes`, codes or labels parted by "|" or ";" (empty: not coded; "none": of no theme).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.engine.answers.folding import fold
from bot.engine.problem import nearest
from bot.reports.themes.codebook import NONE, Codebook

HEADER = ("answer", "language", "text", "suggested", "themes")
"""The columns that are written."""

BYTES = 50_000_000
"""The largest file that is read."""

_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that somebody coded: its number in the file, the answer's name, and the codes (() for no theme)."""

    number: int
    answer: str
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line: the text's key is `themes.sheet.<code>`."""

    number: int
    code: str
    places: dict[str, object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: the lines that are coded, how many are not, and every mistake."""

    lines: tuple[Line, ...]
    empty: int
    faults: tuple[Fault, ...]


def read_sheet(content: bytes, book: Codebook) -> Sheet:
    """Reads a sheet. Never raises: what is wrong is told with its line."""
    if len(content) > BYTES:
        return Sheet((), 0, (Fault(1, "too_big", {"limit": BYTES // 1_000_000}),))
    text = _decoded(content)
    rows = _rows(text)
    head = [name.strip().lower() for name in next(rows, (0, []))[1]]
    if "answer" not in head or "themes" not in head:
        return Sheet((), 0, (Fault(1, "columns", {"found": ", ".join(filter(None, head)) or "–"}),))
    key, themes = head.index("answer"), head.index("themes")
    known = _known(book)
    lines: list[Line] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    empty = 0
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        answer, written = (row[place].strip() if place < len(row) else "" for place in (key, themes))
        if not written:
            empty += 1
            continue
        if not answer:
            faults.append(Fault(number, "no_answer", {}))
            continue
        first = seen.setdefault(answer, number)
        if first != number:
            faults.append(Fault(number, "twice", {"first": first}))
            continue
        codes, wrong = _codes(written, known)
        faults += [Fault(number, "no_theme", {"theme": word, "near": _near(word, book)}) for word in wrong]
        if NONE in codes and len(codes) > 1:
            faults.append(Fault(number, "none_and", {}))
        lines.append(Line(number, answer, book.ordered(codes)))
    return Sheet(tuple(lines), empty, tuple(faults))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows with the number of the line that each begins on."""
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell larger than any answer: the row is passed over as one without an answer
            row = []
        yield begins, row
        begins = reader.line_num + 1


def _known(book: Codebook) -> dict[str, str]:
    labels = {fold(label): theme.code for theme in book.themes for label in theme.label.values()}
    return labels | {fold(code): code for code in book.codes} | {NONE: NONE}


def _codes(written: str, known: dict[str, str]) -> tuple[list[str], list[str]]:
    # a label may hold a comma, so commas part only where the whole is no label; a spreadsheet guards some cells with '
    words = [word.strip(" '") for word in written.replace("|", ";").split(";")]
    codes: list[str] = []
    wrong: list[str] = []
    for word in filter(None, words):
        code = known.get(fold(word))
        if code is not None:
            codes.append(code)
            continue
        for part in filter(None, map(str.strip, word.split(","))):
            found = known.get(fold(part))
            (wrong if found is None else codes).append(part if found is None else found)
    return list(dict.fromkeys(codes)), wrong


def _near(word: str, book: Codebook) -> str:
    names: Sequence[str] = [*book.codes, *(label for theme in book.themes for label in theme.label.values())]
    return nearest(word, names) or ", ".join(book.codes)
