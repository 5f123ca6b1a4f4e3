"""Reads a form's file in a process of its own, with an end to its memory and to its time: a workbook may unpack to anything."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from bot.forms.workbook import BYTES, Row, Sheet, UnreadableError, Workbook

MEMORY = 1_000_000_000
"""Most bytes of address space that reading may take; a form of a thousand rows takes a tenth of it."""

SECONDS = 30
"""Most seconds that reading may take."""

_READER = "from bot.forms.worker import main; main()"
_NEEDED = (("openpyxl", b"PK"), ("xlrd", b"\xd0\xcf"))


def read(path: Path, *, memory: int = MEMORY, seconds: int = SECONDS) -> Workbook:
    """Returns the sheets of the form in that file.

    Raises UnreadableError for what is no form, is broken, too big, takes too long, or needs a library that is not installed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(BYTES + 1)
    except IsADirectoryError:
        raise UnreadableError("folder", file=path) from None
    except OSError as error:
        raise UnreadableError("no_file", file=path, error=error.strerror or type(error).__name__) from None
    if len(data) > BYTES:
        raise UnreadableError("file_too_big", limit=BYTES // 1_000_000)
    for library, beginning in _NEEDED:
        if data.startswith(beginning) and importlib.util.find_spec(library) is None:
            raise UnreadableError("extra", library=library)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 # because every word of the command is ours; the file goes in as data
            [sys.executable, "-c", _READER, str(memory), str(seconds)],
            input=data,
            capture_output=True,
            timeout=seconds + 10,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableError("too_long", seconds=seconds) from None
    try:
        told = json.loads(done.stdout)
    except ValueError:
        # the process was ended from outside: by its limits, or by a library that did not bear them
        raise UnreadableError("too_long" if done.returncode in (-24, -9) else "broken", seconds=seconds) from None
    if "code" in told:
        raise UnreadableError(told["code"], **told["places"])
    sheets = {
        key: Sheet(name, tuple([Row(number, tuple(cells)) for number, cells in rows]))
        for key, (name, rows) in told["sheets"].items()
    }
    formulas = tuple((sheet, row, column) for sheet, row, column in told["formulas"])
    return Workbook(sheets, tuple(told["unread"]), formulas, path.name)


def main() -> None:
    """Reads a file from the standard input and writes its sheets, or why it cannot be read, as JSON."""
    memory, seconds = (int(word) for word in sys.argv[1:3])
    _limit(memory, seconds)
    told: dict[str, object]
    try:
        from bot.forms.reading import read as read_sheets

        book = read_sheets(sys.stdin.buffer.read())
        sheets = {key: (sheet.name, [(row.number, row.cells) for row in sheet.rows]) for key, sheet in book.sheets.items()}
        told = {"sheets": sheets, "unread": book.unread, "formulas": book.formulas}
    except UnreadableError as error:
        told = {"code": error.code, "places": error.places}
    except MemoryError:
        told = {"code": "too_much", "places": {}}
    except Exception:  # noqa: BLE001 # because libraries raise anything for a file that is broken
        told = {"code": "broken", "places": {}}
    json.dump(told, sys.stdout)


def _limit(memory: int, seconds: int) -> None:
    """Ends this process before it takes more than it may. Where the system has no limits, the parent's clock is the only one."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
