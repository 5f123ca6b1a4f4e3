"""`python -m bot.messages`: are the texts of the product and of its flows whole? For developers and translators.

Without arguments it tells the coverage of each language and adds what is missing to its catalogue, empty, with the Spanish
text above it, ready for a translator; `--language qu_EC` founds the catalogue of a new language. `--check` changes nothing and
fails if a key that the code uses has no text in Spanish or English, if the places of a text differ between languages, or if a
key is unused.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.cli.grammar import help_keys
from bot.engine.source import load
from bot.translations import FIRST, codes, flow_texts, read_catalogue

ROOT = Path(__file__).parent.parent
REQUIRED = (FIRST, "en")
"""The languages that every text of the product has."""

_KEY = re.compile(r"[a-z][a-z_]*(?:\.[a-z0-9_-]+)+")
_PREFIX = re.compile(r"[a-z][a-z_]*\.(?:[a-z0-9_-]+\.)*")
_PLACE = re.compile(r"\{(\w+)\}")
_QUOTED = re.compile(r"""["']([a-z][a-z_]*(?:\.[a-z0-9_-]+)*\.?)["']""")
_SAYING = re.compile(r"say|text|\w*(Refused|Refusal|Broken)")
"""Calls whose first argument is a key."""


@dataclass(frozen=True, slots=True)
class Uses:
    """What the code asks the catalogues for: `keys` → where, and `prefixes` of keys that are put together while running."""

    keys: Mapping[str, str] = field(default_factory=dict)
    prefixes: frozenset[str] = frozenset()

    def cover(self, key: str) -> bool:
        """Tells whether the code asks for that key."""
        return key in self.keys or any(key.startswith(prefix) for prefix in self.prefixes)


def uses(files: Iterable[Path], known: Collection[str], root: Path = ROOT) -> Uses:
    """Returns what these .py, .html and .js files ask for.

    What is said or refused with is a key. Any other text may be one ("serve.lock" is not): it counts if `known` has it.
    Neither what is said nor what may be is looked for in docstrings.
    """
    keys: dict[str, str] = {}
    prefixes: set[str] = set()
    spaces = {key.split(".", 1)[0] for key in known}
    for file in files:
        content = file.read_text(encoding="utf-8")
        found = _python(content) if file.suffix == ".py" else _quoted(content)
        for line, text, sure in found:
            if _KEY.fullmatch(text) and (sure or text in known):
                keys.setdefault(text, f"{file.relative_to(root)}:{line}")
            elif _PREFIX.fullmatch(text) and text.split(".", 1)[0] in spaces:
                prefixes.add(text)
    return Uses(keys, frozenset(prefixes))


def _python(content: str) -> Iterator[tuple[int, str, bool]]:
    """Yields (line, text, whether it must be a key) for every text of a Python file that is not a docstring."""
    tree = ast.parse(content)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if _SAYING.fullmatch(name):
                said |= {id(key) for key in _either(node.args[0])}
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value, id(node) in said


def _either(node: ast.expr) -> tuple[ast.expr, ...]:
    """Returns what `a if … else b` may be; anything else is itself."""
    return (*_either(node.body), *_either(node.orelse)) if isinstance(node, ast.IfExp) else (node,)


def _quoted(content: str) -> Iterator[tuple[int, str, bool]]:
    for line, text in enumerate(content.splitlines(), 1):
        for found in _QUOTED.finditer(text):
            yield line, found[1], False


def sources(root: Path = ROOT) -> list[Path]:
    """Returns the files whose texts are looked through."""
    code = [file for folder in ("bot", "storage") for file in sorted((root / folder).rglob("*.py")) if file.name != "messages.py"]
    pages = [file for end in ("*.html", "*.js", "*.css") for file in sorted((root / "bot" / "web").rglob(end))]
    return code + [file for file in pages if ".min." not in file.name]


def texts(catalogue: Catalog) -> dict[str, str]:
    """Returns the product's own texts by key; an empty one is missing."""
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.context}


def problems(catalogues: Mapping[str, Catalog], used: Uses) -> list[str]:
    """Returns everything that `--check` refuses, a line each."""
    by_language = {code: texts(catalogue) for code, catalogue in catalogues.items()}
    first = by_language[FIRST]
    found = [
        f"{place}: the key {key!r} has no text in {code}"
        for code in REQUIRED
        for key, place in sorted(used.keys.items())
        if key not in by_language.get(code, {})
    ]
    for code, own in by_language.items():
        for key, text in sorted(own.items()):
            if key in first and set(_PLACE.findall(text)) != set(_PLACE.findall(first[key])):
                found.append(f"locales/{code}: the places of {key!r} are not those of {FIRST}: {text!r}, {first[key]!r}")
            if code in REQUIRED and not all(key in by_language.get(other, {}) for other in REQUIRED):
                found.append(f"locales/{code}: {key!r} is not in every one of {', '.join(REQUIRED)}")
    every = {key for own in by_language.values() for key in own}
    found += [f"locales: nothing uses the key {key!r}" for key in sorted(every) if not used.cover(key)]
    return found


def flow_texts_wanted(folder: Path, locales: Path) -> dict[str, dict[tuple[str, str], str | None]]:
    """Returns, by language, every text that the flows of that folder leave to the catalogues: (context, text) → translation."""
    wanted: dict[str, dict[tuple[str, str], str | None]] = {}
    translate = flow_texts(locales)

    def remember(language: str, context: str, text: str) -> str | None:
        found = translate(language, context, text)
        wanted.setdefault(language, {})[(context, text)] = found
        return found

    library = {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))}
    for name, text in library.items():
        load(text, f"{name}.yaml", library=library, translate=remember)
    return wanted


def _complete(code: str, catalogue: Catalog, first: Mapping[str, str], wanted: Mapping[tuple[str, str], str | None]) -> int:
    """Adds what is missing, empty; returns how many."""
    before = len(catalogue)
    for key, text in first.items():
        if key not in catalogue:
            catalogue.add(key, "", auto_comments=[text])
    for context, text in wanted:
        if catalogue.get(text, context) is None:
            catalogue.add(text, "", context=context)
    added = len(catalogue) - before
    if added:
        with (ROOT / "locales" / code / "LC_MESSAGES" / "bot.po").open("wb") as file:
            write_po(file, catalogue, sort_output=True, width=120)
    return added


def main(arguments: list[str]) -> int:
    """Does what the module's docstring says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.messages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if something is wrong")
    parser.add_argument("--language", help="found the catalogue of this language")
    chosen = parser.parse_args(arguments)
    locales = ROOT / "locales"
    if chosen.language and not (file := locales / chosen.language / "LC_MESSAGES" / "bot.po").exists():
        file.parent.mkdir(parents=True)
        with file.open("wb") as stream:
            write_po(stream, Catalog(project="Minga", fuzzy=False))
    catalogues = {code: read_catalogue(locales, code) for code in codes(locales)}
    first = texts(catalogues[FIRST])
    found_in_code = uses(sources(), first)
    used = Uses(dict.fromkeys(help_keys(), "bot/cli/grammar.py") | dict(found_in_code.keys), found_in_code.prefixes)
    found = problems(catalogues, used)
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201 because this is what the command is for
    wanted = flow_texts_wanted(ROOT / "flows", locales)
    for code, catalogue in catalogues.items():
        own, asked = texts(catalogue), wanted.get(code, {})
        there = sum(text is not None for text in asked.values())
        added = 0 if chosen.check or code in REQUIRED else _complete(code, catalogue, first, asked)
        note = f", {added} empty ones added for the translator" if added else ""
        print(f"{code}: {len(own)} of {len(first)} texts, {there} of {len(asked)} texts left to it by flows{note}")  # noqa: T201 because this is what the command is for
    return 1 if chosen.check and found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
