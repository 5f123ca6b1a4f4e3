"""The flow files of some folders: found, read, loaded, judged. What is broken is told and left out; the rest goes on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.channels.economy import preview
from bot.engine.check import check
from bot.engine.flow import ConsentText
from bot.engine.language import Language
from bot.engine.problem import Problem, ordered
from bot.engine.source import Loaded, load, load_consents
from bot.translations import Translate

CONSENTS = "consents.yaml"

PRICES = "prices.yaml"

NO_FLOWS = frozenset({CONSENTS, PRICES})
"""Files of the folder that hold no flow."""

_IDENTIFIER = re.compile(r"^flow:[ \t]*['\"]?([\w.-]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FlowFiles:
    """What the files say, each flow by its identifier (or its file's name where it tells none).

    `good` are the flows without errors, `files` where every one was found, `problems` everything that is wrong.
    """

    good: Mapping[str, Loaded]
    files: Mapping[str, Path]
    consents: Mapping[str, ConsentText]
    problems: tuple[Problem, ...]


def find(folders: Iterable[Path]) -> Mapping[str, Path]:
    """Returns the flow files of these folders by what flow they tell at first sight, read whole or not.

    A later folder's file goes before an earlier one's, so that a municipality may keep its own form of a flow that ships. Of two
    files of one folder that tell the same flow the second goes by its file's name. A folder that does not exist has no files.
    """
    found: dict[str, Path] = {}
    for folder in dict.fromkeys(folders):
        here: dict[str, Path] = {}
        for file in sorted(folder.glob("*.yaml")):
            if file.name not in NO_FLOWS:
                name = _identifier(file)
                here[file.name if name in here else name] = file
        found |= here
    return found


def read(
    files: Sequence[Path],
    *,
    beside: Sequence[Path],
    languages: Mapping[str, Language],
    translate: Translate | None,
    together: bool = True,
    plained: Collection[str] = (),
) -> FlowFiles:
    """Reads, loads and judges these flow files. Never raises for what they hold, nor for one that cannot be read.

    `beside` are folders whose flows may be called as parts and whose consents.yaml counts; a later one goes before a former one.
    `together` says that they are meant to be open at the same time, so that none may take another's words or links.
    `plained` are the languages whose SMS are sent without the letters that cost double (MINGA_SMS_PLAIN).
    """
    library = {name: _content(file).decode(errors="replace") for name, file in find(beside).items()}
    found: list[Problem] = []
    consents: dict[str, ConsentText] = {}
    for folder in dict.fromkeys(beside):
        if (folder / CONSENTS).is_file():
            more, problems = load_consents(_content(folder / CONSENTS), str(folder / CONSENTS))
            consents |= more
            found += problems
    loaded: dict[Path, Loaded] = {}
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            found.append(_unreadable(file, error))
            continue
        library[_identifier(file)] = content.decode(errors="replace")
        loaded[file] = load(content, str(file), library=library, translate=translate)

    def parts(text: str, language: str) -> tuple[int, str]:
        cost = preview(text, language, plained)
        return cost.count, " ".join(cost.costly)

    for group in [list(loaded.values())] if together else [[one] for one in loaded.values()]:
        found += check(group, consents=consents, languages=languages, parts=parts)
    wrong = {problem.file for problem in found if problem.severity == "error"}
    good = {one.flow.flow: one for file, one in loaded.items() if one.flow is not None and str(file) not in wrong}
    named = {_identifier(file): file for file in files} | {name: Path(one.file) for name, one in good.items()}
    return FlowFiles(good, named, consents, ordered(found))


def _identifier(file: Path) -> str:
    """Returns the flow's identifier as the file tells it at first sight, else the file's name: so a broken one has a name."""
    found = _IDENTIFIER.search(_content(file).decode(errors="replace"))
    return found[1] if found else file.stem


def _content(file: Path) -> bytes:
    """Returns the file's content, nothing where it cannot be read: it is told where the file itself is asked for."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _unreadable(file: Path, error: OSError) -> Problem:
    return Problem(str(file), 1, "error", "unreadable", {"error": error.strerror or type(error).__name__})
