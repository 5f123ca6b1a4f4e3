"""`minga check` and `minga schema`: for whoever writes flows. Nothing here needs a database or settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.terminal import FAILED, LOCALES, SHIPPED, terminal_of
from storage.refusal import Refused


class NothingNamed(Refused):
    """No file was named."""


def check(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="file")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    answers: Annotated[bool, typer.Option("--answers")] = False,
) -> int:
    """Judges flow files, together with the consent texts and the parts that lie beside them; or how answers are understood."""
    from bot.cli.understanding import check_answers
    from bot.flow_files import CONSENTS, read
    from bot.translations import flow_texts, load_languages

    terminal = terminal_of(context)
    if answers:
        return check_answers(terminal, files or (), as_json=as_json)
    if not files:
        raise NothingNamed("cli.usage.missing", name="FILE…")
    flows = [file for file in files if file.name != CONSENTS]
    beside = [SHIPPED, *dict.fromkeys(file.parent for file in files if file.parent.resolve() != SHIPPED)]
    problems = read(flows, beside=beside, languages=load_languages(LOCALES), translate=flow_texts(LOCALES)).problems
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        rows = [
            {
                "file": problem.file,
                "line": problem.line,
                "severity": problem.severity,
                "code": problem.code,
                "message": problem.tell(terminal.language),
            }
            for problem in problems
        ]
        terminal.tell(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            said = terminal.say(f"cli.check.{problem.severity}", text=problem.tell(terminal.language))
            terminal.tell(f"{problem.file}:{problem.line}: {said}")
        terminal.note(terminal.say("cli.check.summary", files=len(files), errors=errors, warnings=len(problems) - errors))
    return FAILED if errors else 0


def schema(context: typer.Context) -> None:
    """Prints the JSON Schema by which editors help to write flows."""
    from bot.engine.schema import flow_schema
    from bot.translations import load_languages

    terminal_of(context).tell(json.dumps(flow_schema(load_languages(LOCALES, ("es",))["es"]), ensure_ascii=False, indent=2))
