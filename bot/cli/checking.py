"""`minga check` and `minga schema`: for whoever writes flows. Neither needs a database or settings; a database is looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.terminal import FAILED, LOCALES, SHIPPED, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from bot.engine.problem import Problem
    from bot.settings import Settings


class NothingNamed(Refused):
    """No file was named."""


def check(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="file")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    everything: Annotated[bool, typer.Option("--all")] = False,
    answers: Annotated[bool, typer.Option("--answers")] = False,
) -> int:
    """Judges flow files, together with the consent texts and the parts that lie beside them; or how answers are understood."""
    from bot.cli.understanding import check_answers
    from bot.flow_files import NO_FLOWS, read
    from bot.translations import flow_texts, load_languages

    terminal = terminal_of(context)
    if answers:
        return check_answers(terminal, files or (), as_json=as_json)
    if not files:
        raise NothingNamed("cli.usage.missing", name="FILE…")
    settings = _settings(terminal)
    flows = [file for file in files if file.name not in NO_FLOWS]
    beside = [SHIPPED, *dict.fromkeys(file.parent for file in files if file.parent.resolve() != SHIPPED)]
    found = read(flows, beside=beside, languages=load_languages(LOCALES), translate=flow_texts(LOCALES), plained=settings.plained)
    shown = [problem for problem in found.problems if everything or not problem.accepted]
    errors = sum(problem.severity == "error" for problem in shown)
    if as_json:
        terminal.tell(json.dumps([_row(problem, terminal) for problem in shown], ensure_ascii=False, indent=2))
        return FAILED if errors else 0
    _tell(shown, terminal)
    warnings = sum(problem.severity == "warning" and not problem.accepted for problem in shown)
    terminal.note(terminal.say("cli.check.summary", files=len(files), errors=errors, warnings=warnings))
    accepted = sum(bool(problem.accepted) for problem in found.problems)
    if accepted and not everything:
        terminal.note(terminal.say("cli.check.accepted_count", count=accepted))
    return FAILED if errors else 0


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


def _tell(problems: Sequence[Problem], terminal: Terminal) -> None:
    for problem in problems:
        text = problem.tell(terminal.language)
        if problem.accepted:
            said = terminal.say("cli.check.accepted", text=text, reason=problem.accepted)
        else:
            said = terminal.say(f"cli.check.{problem.severity}", text=text)
        terminal.tell(f"{problem.file}:{problem.line}: {said}")


def schema(context: typer.Context) -> None:
    """Prints the JSON Schema by which editors help to write flows."""
    from bot.engine.schema import flow_schema
    from bot.translations import load_languages

    terminal_of(context).tell(json.dumps(flow_schema(load_languages(LOCALES, ("es",))["es"]), ensure_ascii=False, indent=2))
