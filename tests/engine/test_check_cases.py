"""Every mistake a flow may have, as flows: the lines of tests/data/flows say what `check` must find there, and nothing else.

`#! error code` at the end of a line: that problem at that line (`code@9`: at line 9). A first line `#! 4 error code` says it for
line 4, where a comment would not do, and `#! beside other` checks the flow together with other.yaml.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.engine.check import check
from bot.engine.problem import Problem
from bot.engine.source import library, load, load_consents
from bot.translations import load_languages, read_catalogue

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "data" / "flows"
FILES = sorted(file for file in FOLDER.glob("*.yaml") if file.name != "consents.yaml")
LANGUAGES = load_languages(ROOT / "locales", ("es", "en"))
LIBRARY = library({file.name: file.read_text(encoding="utf-8") for file in FILES})
CONSENTS, _ = load_consents((FOLDER / "consents.yaml").read_text(encoding="utf-8"), "consents.yaml")

_MARK = re.compile(r"#! (?:(\d+) )?(error|warning) ([a-z_]+)(?:@(\d+))?")
_BESIDE = re.compile(r"#! beside (\w+)")

ELSEWHERE = {
    "language_borrowed",  # it needs a language that is known in part: tests/test_translations.py
    "answers_label", "answers_language", "answers_question",  # in files of labelled answers: answers/test_labelled_file.py
    "characters", "encoding", "too_big", "too_many_steps",  # files that no editor would keep: test_source.py
    "sms_segments", "sms_costly",  # they need a counter of parts: test_check_channels.py
    "law_days",  # in law.yaml, not in a flow: tests/requests/test_law.py
    "price_since",  # in prices.yaml, not in a flow: tests/test_check_command.py
    "mix_nothing",  # in the mix of a rehearsal: tests/rehearsal/test_mix.py
    "strands", "strands_removed", "strands_renamed", "strands_retyped", "strands_added", "strands_choice_removed",
    "strands_choice_renamed",  # they need somebody who answers: tests/test_check_command.py
    "unreadable",  # a file that the system does not let be read: tests/test_flow_files.py
}  # fmt: skip


def expected(text: str) -> Counter[tuple[int, str, str]]:
    found: Counter[tuple[int, str, str]] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        for first, severity, code, other in _MARK.findall(line):
            found[int(first or other or number), severity, code] += 1
    return found


def judged(file: Path) -> list[Problem]:
    text = file.read_text(encoding="utf-8")
    loaded = [load(text, file.name, library=LIBRARY)]
    beside = _BESIDE.search(text)
    if beside is not None:
        other = FOLDER / f"{beside[1]}.yaml"
        loaded.insert(0, load(other.read_text(encoding="utf-8"), other.name, library=LIBRARY))
    if "consent" not in text:
        problems = check(loaded, consents=CONSENTS, languages=LANGUAGES)
    else:
        problems = check(loaded, consents={**CONSENTS, "follow_up": CONSENTS["solo_es"]}, languages=LANGUAGES)
    return [problem for problem in problems if problem.file == file.name]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_flow_has_the_problems_that_its_lines_tell_and_no_other(file: Path) -> None:
    found = Counter((problem.line, problem.severity, problem.code) for problem in judged(file))
    assert found == expected(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_problem_is_told_in_spanish_and_english_with_its_places(file: Path) -> None:
    for problem in judged(file):
        for language in LANGUAGES.values():
            said = problem.tell(language)
            assert said == said.strip()
            assert said.endswith((".", "…")) or "expression_" in problem.code
            for place in re.findall(r"\{(\w+)\}", language.texts[f"check.{problem.code}"]):
                assert problem.places[place], (problem.code, place)


def test_every_code_with_a_text_is_shown_by_a_flow_and_has_both_languages() -> None:
    shown = {code for file in FILES for _, _, code in expected(file.read_text(encoding="utf-8"))} | ELSEWHERE
    assert len(shown) > 90
    for language in ("es", "en"):
        texts = {str(message.id) for message in read_catalogue(ROOT / "locales", language) if message.id and message.string}
        codes = {key.removeprefix("check.") for key in texts if key.startswith("check.")}
        # lists of documents and books of themes have tests of their own
        assert {code for code in codes if not code.startswith(("document_", "themes_"))} == shown


def test_the_example_of_the_documentation_is_without_a_flaw() -> None:
    file = FOLDER / "ejemplo_completo.yaml"
    loaded = load(file.read_text(encoding="utf-8"), file.name)
    assert loaded.problems == ()
    assert loaded.flow is not None
    assert [node.name for node in loaded.flow.program if hasattr(node, "name")] == [
        "note_1", "canton", "edad", "conoce", "propuesta", "herramientas", "idea", "joven", "note_2",
    ]  # fmt: skip
