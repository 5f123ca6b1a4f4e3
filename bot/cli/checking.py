"""`minga check` and `minga schema`: for whoever writes flows. Neither needs a database or settings; a database is looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.charting import SHOW, ChartRefused, draw
from bot.cli.costing import Cost, costs_of, prices_of, rows, tell
from bot.cli.terminal import FAILED, LOCALES, SHIPPED, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from bot.engine.problem import Problem
    from bot.flow_files import FlowFiles
    from bot.prices import Prices
    from bot.settings import Settings


_LANGUAGES = re.compile(r"^languages:(.*)$", re.MULTILINE)
_LISTED = re.compile(r"\s*\[([\w, ]*)\]\s*(?:#.*)?")


class NothingNamed(Refused):
    """No file was named."""


def check(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="file")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    everything: Annotated[bool, typer.Option("--all")] = False,
    costs: Annotated[bool, typer.Option("--costs")] = False,
    graph: Annotated[str | None, typer.Option("--graph", metavar="file")] = None,
    answers: Annotated[bool, typer.Option("--answers")] = False,
) -> int:
    """Judges flow files, together with the consent texts and the parts that lie beside them; or how answers are understood."""
    from bot.cli.understanding import check_answers
    from bot.flow_files import NO_FLOWS, PRICES, read
    from bot.translations import flow_texts, load_languages

    terminal = terminal_of(context)
    if answers:
        return check_answers(terminal, files or (), as_json=as_json)
    if not files:
        raise NothingNamed("cli.usage.missing", name="FILE…")
    if graph == SHOW and as_json:
        raise ChartRefused("cli.check.graph_json")
    settings = _settings(terminal)
    flows = [file for file in files if file.name not in NO_FLOWS]
    beside = [SHIPPED, *dict.fromkeys(file.parent for file in files if file.parent.resolve() != SHIPPED)]
    languages = load_languages(LOCALES, _spoken(flows))
    found = read(flows, beside=beside, languages=languages, translate=flow_texts(LOCALES), plained=settings.plained)
    problems = [*found.problems, *_stranded(found, settings, terminal)]
    priced: tuple[list[Cost], Prices] | None = None
    if costs or any(file.name == PRICES for file in files):
        prices, wrong = prices_of(settings, [file.parent for file in files])
        problems += wrong
        priced = (costs_of(found, prices, settings), prices) if costs else None
    problems.sort(key=lambda problem: (problem.file, problem.line))
    shown = [problem for problem in problems if everything or not problem.accepted]
    errors = sum(problem.severity == "error" for problem in shown)
    if as_json:
        listed: Any = [_row(problem, terminal) for problem in shown]
        listed = {"problems": listed, "costs": rows(*priced)} if priced is not None else listed
        terminal.tell(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        _tell(shown, terminal, terminal.note if graph == SHOW else terminal.tell)
        if priced is not None:
            tell(*priced, terminal)
        _sum_up(len(files), problems, terminal, everything=everything)
    if graph is not None:
        draw(found, graph, terminal)
    return FAILED if errors else 0


def _spoken(files: Sequence[Path]) -> set[str] | None:
    """Returns the languages that these files declare, so that no other catalogue is read: each takes a tenth of a second.

    None (all of them) where a file declares them in a way that cannot be told at first sight, or one that there is not.
    """
    from bot.translations import FIRST, codes

    named = {FIRST}
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for written in _LANGUAGES.findall(text):
            listed = _LISTED.fullmatch(written)
            if listed is None:
                return None
            named |= {code.strip() for code in listed[1].split(",")}
    return named if named <= set(codes(LOCALES)) else None


def _sum_up(files: int, problems: Sequence[Problem], terminal: Terminal, *, everything: bool) -> None:
    errors = sum(problem.severity == "error" for problem in problems)
    accepted = sum(bool(problem.accepted) for problem in problems)
    warnings = len(problems) - errors - accepted
    terminal.note(terminal.say("cli.check.summary", files=files, errors=errors, warnings=warnings))
    if accepted and not everything:
        terminal.note(terminal.say("cli.check.accepted_count", count=accepted))


def _stranded(found: FlowFiles, settings: Settings, terminal: Terminal) -> list[Problem]:
    """Returns what these versions mean for whoever is answering now, where a database knows of anybody."""
    from storage.migrations import MigrationRefused
    from storage.running import running

    told: list[Problem] = []
    for name, loaded in found.good.items():
        try:
            now = running(settings.database, name)
        except (MigrationRefused, ImportError) as error:
            said = terminal.say(error.key, **error.places) if isinstance(error, MigrationRefused) else str(error)
            terminal.note(terminal.say("cli.check.no_database", error=said))
            return told
        if now is not None and now.state in {"open", "paused"}:
            from bot.stranding import stranded

            told += stranded(loaded, now)
    return told


def _settings(terminal: Terminal) -> Settings:
    """Returns the settings. Where they cannot be used that is said, and a flow is judged by the defaults: it is not to blame."""
    from bot.cli.grammar import explain
    from bot.settings import Settings, SettingsRefused, read

    try:
        return read()
    except SettingsRefused as refused:
        for line in explain(refused, terminal):
            terminal.note(line)
        return Settings.model_construct()


def _row(problem: Problem, terminal: Terminal) -> dict[str, Any]:
    row = {
        "file": problem.file,
        "line": problem.line,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.tell(terminal.language),
    }
    return {**row, "accepted": problem.accepted} if problem.accepted else row


def _tell(problems: Sequence[Problem], terminal: Terminal, write: Callable[[str], None]) -> None:
    for problem in problems:
        text = problem.tell(terminal.language)
        if problem.accepted:
            said = terminal.say("cli.check.accepted", text=text, reason=problem.accepted)
        else:
            said = terminal.say(f"cli.check.{problem.severity}", text=text)
        write(f"{problem.file}:{problem.line}: {said}")


def schema(context: typer.Context) -> None:
    """Prints the JSON Schema by which editors help to write flows."""
    from bot.engine.schema import flow_schema
    from bot.translations import load_languages

    terminal_of(context).tell(json.dumps(flow_schema(load_languages(LOCALES, ("es",))["es"]), ensure_ascii=False, indent=2))
