"""The terminal of an official: in which language it speaks, how it tells and how it refuses."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import typer

from bot.engine.language import Language
from bot.translations import FIRST, load_languages

ROOT = Path(__file__).parent.parent.parent
LOCALES = ROOT / "locales"
SHIPPED = ROOT / "flows"
"""The flows that ship; they lie beside the packages in a clone and in an installed wheel alike."""

FAILED = 1
"""Exit code: what was asked for was looked at, and it is not well (a flow with errors, a doctor's finding)."""

REFUSED = 2
"""Exit code: what was asked for could not be done."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command speaks: results to `out`, everything else to `err`."""

    language: Language
    out: TextIO
    err: TextIO

    def say(self, key: str, **places: object) -> str:
        """Returns the text of that key in the terminal's language."""
        return self.language.say(key, **places)

    def tell(self, text: str = "") -> None:
        """Writes a line of the result."""
        print(text, file=self.out, flush=True)

    def note(self, text: str) -> None:
        """Writes a line that is no part of the result."""
        print(text, file=self.err, flush=True)


def language_of(environment: Mapping[str, str]) -> str:
    """Returns the language that the environment asks for, by the rules of POSIX; Spanish unless it is English."""
    wanted = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "en" if wanted.lower().startswith("en") else FIRST


def here() -> Terminal:
    """Returns the terminal of this process. What its encoding does not have shows as "?", it stops no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    code = language_of(os.environ)
    return Terminal(load_languages(LOCALES, only={code})[code], sys.stdout, sys.stderr)


def terminal_of(context: typer.Context) -> Terminal:
    """Returns the terminal that `run` handed to the command."""
    terminal = context.find_root().obj
    assert isinstance(terminal, Terminal)
    return terminal
