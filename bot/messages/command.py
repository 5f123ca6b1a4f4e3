"""The command itself: what is asked for, what is told."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from babel.messages.catalog import Catalog

from bot.cli.grammar import help_keys
from bot.engine.language import RESIDENTS, find_code
from bot.messages.judging import problems, texts
from bot.messages.upkeep import Kept, found, keep_up, write
from bot.messages.uses import ROOT, Uses, sources, uses
from bot.messages.wanted import Wanted, wanted
from bot.translations import FIRST, NAME, codes, load_languages, read_catalogue

_CODE = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Does what the package's docstring says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.messages")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if something is wrong")
    parser.add_argument("--language", help="found the catalogue of this language: two or three letters, as in fr or qu_EC")
    parser.add_argument("--flows", action="append", type=Path, default=[], help="a further folder of flows")
    chosen = parser.parse_args(arguments)
    locales = root / "locales"
    if chosen.language:
        _found(parser, locales, chosen.language)
    catalogues = {code: read_catalogue(locales, code) for code in codes(locales)}
    first = texts(catalogues[FIRST])
    in_code = uses(sources(root), first, root)
    used = Uses(dict.fromkeys(help_keys(), "bot/cli/grammar.py") | dict(in_code.keys), in_code.prefixes)
    wrong = problems(catalogues, used)
    for line in wrong:
        print(line, file=sys.stderr)  # noqa: T201 because this is what the command is for
    asked = wanted(dict.fromkeys([root / "flows", root / "data" / "flows", *chosen.flows]), locales, root)
    for code, catalogue in catalogues.items():
        kept = Kept()
        if not chosen.check:
            kept = keep_up(code, catalogue, first, asked[code])
            if kept != Kept() or code not in (FIRST, "en"):
                write(locales / code / "LC_MESSAGES" / "bot.po", catalogue)
        print(_coverage(code, catalogue, first, asked[code], kept))  # noqa: T201 because this is what the command is for
    return 1 if chosen.check and wrong else 0


def _found(parser: argparse.ArgumentParser, locales: Path, code: str) -> None:
    if not _CODE.fullmatch(code):
        parser.error(f"--language {code}: two or three small letters, and a country where it matters: fr, jiv, qu_EC")
    known = find_code(code, codes(locales))
    if known is None:
        found(locales, code, load_languages(locales)[FIRST].words)
    elif known != code:
        parser.error(f"--language {code}: there is locales/{known} already, and a flow may write either")


def _coverage(code: str, catalogue: Catalog, first: dict[str, str], asked: Wanted, kept: Kept) -> str:
    """Returns what is told of a language: its part of all texts, of what residents read, and of each flow that declares it."""
    own = {str(m.id) for m in catalogue if m.id and m.string and not m.context and not m.fuzzy}
    read = [key for key in first if key.startswith(RESIDENTS)]
    told = (
        f"{code} ({texts(catalogue).get(NAME, code)}): {len(own & set(first))} of {len(first)} texts; "
        f"of those that residents read {_part(sum(key in own for key in read), len(read))}"
    )
    lines = [told]
    all_of, there = Counter[str](), Counter[str]()
    for (context, _), text in asked.texts.items():
        flow = context.partition(".")[0]
        all_of[flow] += 1
        there[flow] += text is not None
    lines += [f"  flow {flow}: {_part(there[flow], all_of[flow])} of what it leaves to the catalogue" for flow in sorted(all_of)]
    for number, what in (
        (kept.added, "added, empty, for the translator"),
        (kept.reviewed, "marked fuzzy, since the Spanish has changed: not said until looked at"),
        (kept.unused, "put away, since no flow asks for them"),
    ):
        if number:
            lines.append(f"  {number} {what}")
    return "\n".join(lines)


def _part(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part // whole} %)" if whole else "0 of 0"
