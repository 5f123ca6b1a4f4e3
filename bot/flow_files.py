"""The flow files of some folders: found, read, loaded, judged together. What is broken is told and left out; the rest goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.channels.segments import segments
from bot.engine.check import check
from bot.engine.flow import ConsentText
from bot.engine.language import Language
from bot.engine.problem import Problem, ordered
from bot.engine.source import Loaded, load, load_consents
from bot.translations import Translate
from storage.refusal import Refused

CONSENTS = "consents.yaml"

_IDENTIFIER = re.compile(r"^flow:[ \t]*['\"]?([\w.-]+)", re.MULTILINE)


class FileRefused(Refused):
    """A file that was named cannot be read."""


@dataclass(frozen=True, slots=True)
class FlowFiles:
    """What the files say, each flow by its identifier (or its file's name where it tells none).

    `good` are the flows without errors, `files` where every one was found, `problems` everything that is wrong.
    """

    good: Mapping[str, Loaded]
    files: Mapping[str, Path]
    consents: Mapping[str, ConsentText]
    problems: tuple[Problem, ...]

    def problems_of(self, flow: str) -> tuple[Problem, ...]:
        """Returns the errors of that flow's file."""
        file = str(self.files[flow])
        return tuple(problem for problem in self.problems if problem.file == file and problem.severity == "error")


def find(folders: Iterable[Path]) -> list[Path]:
    """Returns the flow files of these folders, by folder and name; of files that tell the same flow, the last folder's alone.

    So a municipality may keep its own form of a flow that ships. A folder that does not exist has no files.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        files = [file for file in sorted(folder.glob("*.yaml")) if file.name != CONSENTS]
        # two files of one folder that tell the same flow are a mistake, which the check will tell
        names = {file: identifier(_text(file), file) for file in files}
        found = {name: file for name, file in found.items() if name not in names.values()}
        found |= {f"{name}\n{file}" if list(names.values()).count(name) > 1 else name: file for file, name in names.items()}
    return list(found.values())


def identifier(text: str, file: Path) -> str:
    """Returns the flow's identifier as the text tells it at first sight, else the file's name: so a broken one has a name."""
    found = _IDENTIFIER.search(text)
    return found[1] if found else file.stem


def read(
    files: Sequence[Path], *, beside: Sequence[Path], languages: Mapping[str, Language], translate: Translate | None
) -> FlowFiles:
    """Reads, loads and judges these flow files.

    `beside` are folders whose flows may be called as parts and whose consents.yaml counts; a later one goes before a former one.
    Raises FileRefused "file.unreadable" or "file.not_utf8" for a file that is missing, not readable, or no text.
    """
    texts = {file: _text(file) for file in files}
    library = {identifier(text, file): text for file in find(beside) for text in [_text(file)]}
    library |= {identifier(text, file): text for file, text in texts.items()}
    found: list[Problem] = []
    consents: dict[str, ConsentText] = {}
    for folder in dict.fromkeys(beside):
        if (folder / CONSENTS).is_file():
            more, problems = load_consents(_text(folder / CONSENTS), str(folder / CONSENTS))
            consents |= more
            found += problems
    loaded = {file: load(text, str(file), library=library, translate=translate) for file, text in texts.items()}
    found += [problem for one in loaded.values() for problem in one.problems]
    found += check(list(loaded.values()), consents=consents, languages=languages, segments=lambda said: segments(said).count)
    wrong = {problem.file for problem in found if problem.severity == "error"}
    good = {one.flow.flow: one for file, one in loaded.items() if one.flow is not None and str(file) not in wrong}
    named = {identifier(text, file): file for file, text in texts.items()}
    return FlowFiles(good, named, consents, ordered(found))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("file.not_utf8", file=file) from error
    except OSError as error:
        raise FileRefused("file.unreadable", file=file, error=error.strerror or type(error).__name__) from error
