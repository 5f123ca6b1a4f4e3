"""What the code asks the catalogues for."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_KEY = re.compile(r"[a-z][a-z_]*(?:\.[a-z0-9_-]+)+")
_PREFIX = re.compile(r"[a-z][a-z_]*\.(?:[a-z0-9_-]+\.)*")
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
    code = [
        file for folder in ("bot", "storage") for file in sorted((root / folder).rglob("*.py")) if file.parent.name != "messages"
    ]
    pages = [file for end in ("*.html", "*.js", "*.css") for file in sorted((root / "bot" / "web").rglob(end))]
    return code + [file for file in pages if ".min." not in file.name]
