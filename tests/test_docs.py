"""The documents are true: what exists is told, and what is told exists. Every walk says that it saw something."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import CollectorRegistry

from bot.cli.grammar import COMMANDS
from bot.engine.flow import StepType
from bot.engine.source import load
from bot.settings import Settings, variable
from bot.web.metrics import Metrics

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
READMES = ("README.md", "LEEME.md")
DOCUMENTS = sorted(path for path in ROOT.glob("*.md"))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_told_and_every_told_command_exists(name: str) -> None:
    told = text(name)
    assert len(COMMANDS) > 10
    for words in COMMANDS:
        assert f"`minga {words}" in told, words
    seen = 0
    for found in re.finditer(r"(?:^|/|`)minga ((?:[a-z][a-z-]* ?)+)", told, re.MULTILINE):
        seen += 1
        first, *rest = found[1].split()
        assert first in COMMANDS or f"{first} {rest[0]}" in COMMANDS, found[0]
    assert seen > len(COMMANDS)


@pytest.mark.parametrize("name", READMES)
def test_every_setting_is_told_and_every_told_setting_exists(name: str) -> None:
    settings = {variable(field) for field in Settings.model_fields}
    assert len(settings) > 10
    assert set(re.findall(r"\bMINGA_[A-Z_]+\b", text(name))) == settings


@pytest.mark.parametrize("name", [path.name for path in DOCUMENTS])
def test_no_document_tells_of_a_setting_that_there_is_not(name: str) -> None:
    assert set(re.findall(r"\bMINGA_[A-Z_]+\b", text(name))) <= {variable(field) for field in Settings.model_fields}


def test_every_type_of_step_is_told() -> None:
    types = [*get_args(StepType), "group", "call"]
    assert len(types) > 20
    for kind in types:
        assert f"`{kind}`" in text("README.md"), kind


def test_every_metric_is_told() -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    names = {metric.name + ("_total" if metric.type == "counter" else "") for metric in registry.collect()}
    assert len(names) > 5
    assert set(re.findall(r"`(minga_[a-z_]+)`", text("README.md"))) == names


@pytest.mark.parametrize("name", READMES)
def test_the_first_flow_is_a_flow(name: str) -> None:
    flows = re.findall(r"```yaml\n(.+?)```", text(name), re.DOTALL)
    assert flows
    for flow in flows:
        loaded = load(flow, name)
        assert loaded.flow is not None, loaded.problems


def test_links_between_documents_and_pictures_lead_somewhere() -> None:
    seen = 0
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                seen += 1
                assert (ROOT / target).exists(), f"{document.name}: {target}"
    assert seen > 8


def test_every_target_of_make_that_is_told_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    told = {
        target for document in DOCUMENTS for target in re.findall(r"\bmake ([a-z]+)\b(?= |`|$|\n)", document.read_text("utf-8"))
    }
    assert {"run", "test", "check", "bench", "messages"} <= targets
    assert told & targets
    for target in targets:
        assert f"make {target}" in text("Makefile").split(".DEFAULT_GOAL")[0], f"{target} is not explained at the top"


def test_files_that_the_architecture_names_exist_and_so_do_the_tests_of_its_invariants() -> None:
    told = text("ARCHITECTURE.md")
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", told)
    assert len(tests) >= 11, "eleven invariants, each with a test"
    for file, function in tests:
        assert (ROOT / file).is_file(), file
        assert not function or re.search(rf"def {function}\b", text(file)), f"{file} has no {function}"
    modules = re.findall(r"`((?:bot|storage)\.[a-z_.]+)`", told)
    assert len(modules) > 10
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_every_module_has_its_layer() -> None:
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {name for layer in layers for name in re.findall(r"[\w.]+", layer)}
    modules = {
        f"bot.{path.stem}" for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    modules -= {"bot.__init__"}
    assert len(modules) > 15
    assert modules <= placed, "say in pyproject.toml who may import it"


def test_what_is_installed_is_constrained() -> None:
    named = {re.split(r"[=;\s]", line)[0].lower() for line in text("constraints.txt").splitlines() if line}
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values()), *chain(*groups.values())]
    wanted = {re.split(r"[<>=;\[\s]", requirement)[0].lower() for requirement in asked}
    assert len(wanted) > 25
    assert wanted <= named, "run: make constraints"
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.+!]+( ; .+)?", line) for line in text("constraints.txt").splitlines())


def test_the_version_heads_the_changelog() -> None:
    found = re.search(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)
    assert found is not None
    assert found[1] == PROJECT["project"]["version"]


def test_no_word_for_a_drawer_names_a_file() -> None:
    files = [path for folder in ("bot", "storage", "tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    drawers = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "service", "services", "misc", "base"}
    assert not [path for path in files if drawers & {path.stem, path.parent.name}]
