"""`minga check --answers`: how well answers are understood, on cases that somebody labelled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.terminal import FAILED, LOCALES, ROOT, Terminal
from storage.refusal import Refused

if TYPE_CHECKING:
    from bot.engine.answers.labelled import Judged, Score
    from bot.engine.problem import Problem

OWN = ROOT / "tests" / "answers"
"""The labelled answers that come with the source tree."""


class NoCases(Refused):
    """No file was named and this installation is no source tree."""


def check_answers(terminal: Terminal, files: Sequence[Path], *, as_json: bool) -> int:
    """Reads every case as a person would be read, tells the rates by type of question, and each case not read as labelled.

    Fails where a file has a mistake, or where the cases of all files together miss a goal.
    """
    from bot.engine.answers.labelled import by_type, score

    chosen = files or sorted(OWN.glob("*.yaml"))
    if not chosen:
        raise NoCases("cli.answers.no_files")
    judged, problems = _judged(chosen)
    total = score(judged)
    scores = {kind: score(found) for kind, found in by_type(judged).items()}
    if as_json:
        terminal.tell(_as_json(terminal, judged, problems, scores, total))
    else:
        _told(terminal, judged, problems, scores, total)
    return FAILED if problems or not judged or not total.good else 0


def _judged(files: Sequence[Path]) -> tuple[list[Judged], list[Problem]]:
    from zoneinfo import ZoneInfo

    from bot.engine.answers.labelled import read
    from bot.engine.answers.labelled_file import read_labelled
    from bot.engine.problem import Problem
    from bot.translations import load_languages, load_places

    languages, places = load_languages(LOCALES), load_places(LOCALES)
    zone = ZoneInfo("America/Guayaquil")  # labels of dates hold wherever the machine stands
    judged: list[Judged] = []
    problems: list[Problem] = []
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            problems.append(Problem(str(file), 1, "error", "unreadable", {"error": error.strerror or str(error)}))
            continue
        labelled = read_labelled(content, str(file), languages)
        problems.extend(labelled.problems)
        now = labelled.now.replace(tzinfo=zone)
        judged.extend((case, read(case, languages, now, places)) for case in labelled.cases)
    return judged, problems


def _told(
    terminal: Terminal,
    judged: Sequence[Judged],
    problems: Sequence[Problem],
    scores: dict[str, Score],
    total: Score,
) -> None:
    from bot.engine.answers.labelled import AT_ONCE, SAFE, SILENT, judge

    for problem in problems:
        terminal.tell(f"{problem.file}:{problem.line}: {terminal.say('cli.check.error', text=problem.tell(terminal.language))}")
    for case, reading in judged:
        verdict, exact = judge(case, reading)
        if not exact:
            said = terminal.say(
                f"cli.answers.{verdict}", text=case.text, question=case.question, expected=case.expected, read=_said(reading)
            )
            terminal.tell(f"{case.file}:{case.line}: {said}")
    rows = [
        [
            terminal.say(f"cli.answers.column.{name}")
            for name in ("type", "cases", "at_once", "asked", "refused", "wrong", "exact")
        ]
    ]
    for kind, one in (*scores.items(), (terminal.say("cli.answers.all"), total)):
        at_once = f"{one.at_once:.1%}" if one.valued else "–"
        rows.append(
            [
                kind,
                str(one.all),
                at_once,
                *(f"{n / one.all:.1%}" if one.all else "–" for n in (one.asked, one.refused, one.wrong, one.exact)),
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        terminal.tell("  ".join((first, *rest)))
    goals = {"safe": total.safe, "silent": total.silent, "at_once": total.at_once}
    wanted = {"safe_goal": SAFE, "silent_goal": SILENT, "at_once_goal": AT_ONCE}
    shares = {name: f"{share:.1%}" for name, share in (goals | wanted).items()}
    terminal.note(terminal.say("cli.answers.met" if total.good and judged else "cli.answers.missed", **shares))


def _said(reading: object) -> str:
    """How a reading came out, in the words of the labels."""
    from bot.engine.answers.labelled import written
    from bot.engine.answers.reading import AskBack, Sure

    match reading:
        case Sure(value, comment):
            return written(value) + (" #" if comment else "")
        case AskBack(_, candidates):
            return f"? {' | '.join(written(candidate.value) for candidate in candidates)}".strip()
        case _:
            return "-"


def _as_json(
    terminal: Terminal,
    judged: Sequence[Judged],
    problems: Sequence[Problem],
    scores: dict[str, Score],
    total: Score,
) -> str:
    from bot.engine.answers.labelled import judge

    def shape(one: Score) -> dict[str, object]:
        return {
            "cases": one.all, "right": one.right, "asked": one.asked, "not_understood": one.refused, "wrong": one.wrong,
            "as_labelled": one.exact, "right_at_once": round(one.at_once, 4), "right_or_asked": round(one.safe, 4),
            "silently_wrong": round(one.silent, 4),
        }  # fmt: skip

    verdicts = ((case, reading, *judge(case, reading)) for case, reading in judged)
    failures = [
        {
            "file": case.file, "line": case.line, "language": case.language, "question": case.question, "text": case.text,
            "expected": case.expected, "read": _said(reading), "verdict": verdict,
        }
        for case, reading, verdict, exact in verdicts
        if not exact
    ]  # fmt: skip
    found = {
        "problems": [
            {"file": p.file, "line": p.line, "severity": p.severity, "code": p.code, "message": p.tell(terminal.language)}
            for p in problems
        ],
        "types": {kind: shape(one) for kind, one in scores.items()},
        "all": shape(total),
        "goals_met": bool(judged) and total.good,
        "failures": failures,
    }
    return json.dumps(found, ensure_ascii=False, indent=2)
