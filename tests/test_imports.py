"""Invariant 11: nothing is built at import time, and no module keeps state."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

WATCH = """
import importlib, os, pkgutil, sys, threading
import bot, storage
# what other people's packages do when they are imported is theirs
import aiohttp.web, alembic.command, apscheduler.schedulers.asyncio, babel.messages.pofile, jinja2, phonenumbers
import prometheus_client, psycopg, pydantic_settings, sqlmodel, structlog, typer, typer.core, xlsxwriter, yaml, zoneinfo

def watch(event, arguments):
    if not importing:
        return
    if event == "open":
        path, mode, flags = arguments
        python = str(path).endswith((".py", ".pyc", ".so", ".pth")) or ".pyc." in str(path)
        if not python and not isinstance(path, int):
            found.append(f"{name}: opens {path}")
    elif event.split(".")[0] in {"socket", "sqlite3", "subprocess"} or event in {"os.mkdir", "os.fork", "os.system"}:
        found.append(f"{name}: {event}")

found, names, importing = [], [], False
sys.addaudithook(watch)
for package in (bot, storage):
    names += [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
threads = threading.active_count()
for name in names:
    if name != "storage.migrations.env":  # alembic runs it, nobody imports it
        importing = True
        importlib.import_module(name)
        importing = False
if threading.active_count() > threads:
    found.append("threads were started")
print(len(names))
print(*found, sep="\\n")
"""

CHANGES = frozenset(
    ["add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "remove", "setdefault", "update"]
)
"""Methods that change what they are called on."""


def test_importing_opens_nothing_starts_nothing_and_builds_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", WATCH], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    seen, *found = done.stdout.split("\n")
    assert int(seen) > 80
    assert [line for line in found if line] == []


def changed(code: str) -> Iterator[tuple[int, str]]:
    """Yields (line, name) where a function changes what a name of its module holds."""
    tree = ast.parse(code)
    globally = {
        name.id
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    }
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        nodes = list(ast.walk(function))
        own = {node.arg for node in nodes if isinstance(node, ast.arg)}
        own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for node in nodes:
            if isinstance(node, ast.Global):
                yield node.lineno, "global"
                continue
            target: ast.expr | None = None
            if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                target = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
                target = node.func.value
            if isinstance(target, ast.Name) and target.id in globally - own:
                yield target.lineno, target.id


def test_no_function_changes_what_its_module_holds() -> None:
    files = [file for folder in ("bot", "storage") for file in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 80
    found = [(file.name, *change) for file in files for change in changed(file.read_text(encoding="utf-8"))]
    assert found == []


def test_the_watch_sees_what_it_looks_for() -> None:
    code = """
SEEN = {}
def a(x):
    SEEN[x] = 1
def b():
    SEEN.update(c=1)
def c():
    global SEEN
def d(SEEN):
    SEEN.clear()
"""
    assert list(changed(code)) == [(4, "SEEN"), (6, "SEEN"), (8, "global")]
