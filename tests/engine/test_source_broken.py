"""Files that editors, copies and bad luck make: each is told in words with its line, quickly, and none raises."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.engine.check import check
from bot.engine.source import load
from bot.translations import load_languages

LANGUAGES = load_languages(Path(__file__).parents[2] / "locales", ("es", "en"))
GOOD = "flow: a\ntitle: A\nsurvey:\n  - type: text\n    name: q\n    label: Hola\n  - {type: note, label: Fin}\n"
_PAIRS = zip("abcdefghijklm", "bcdefghijklmn", strict=True)
LAUGHS = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}, *{old}]\n" for old, new in _PAIRS)
STEPS = "".join(f"  - {{type: text, name: x{number}, label: L}}\n" for number in range(6_000))
LOOKS = "Hola\n    constraint: \"regex(., 'a(?=x)')\"\n"


def said(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


BROKEN: dict[str, tuple[str | bytes, int, str]] = {
    "tab": (said("    name", "\tname"), 5, "tab"),
    "quote that is not closed": (said("Hola", '"Hola'), 6, "yaml_quotes"),
    "colon in a text": (said("Hola", "Hola: di algo"), 6, "yaml_quotes"),
    "percent": (said("Hola", "%50 de rebaja"), 6, "yaml_quotes"),
    "at": (said("Hola", "@municipio"), 6, "yaml_quotes"),
    "star": (said("Hola", "*importante*"), 6, "yaml_quotes"),
    "greater": (said("Hola", ">100 dólares"), 6, "yaml_quotes"),
    "words after a quote": (said("Hola", "'Hola' mundo"), 6, "yaml_quotes"),
    "brace that is not closed": (said("Hola", "{es: Hola"), 6, "yaml_quotes"),
    "escape that there is not": (said("Hola", '"Hola \\q"'), 6, "yaml"),
    "indentation": (said("    name", "   name"), 5, "yaml"),
    "end in the middle": (GOOD[:58], 6, "yaml"),
    "key twice": (said("Hola\n", "Hola\n    label: Otra\n"), 7, "duplicate_key"),
    "anchor": (said("Hola", "&x Hola"), 6, "anchor"),
    "alias": (said("label: Fin", "label: *x"), 7, "anchor"),
    "merge key": ("b: &b {type: text}\n" + said("type: text", "<<: *b"), 5, "anchor"),
    "billion laughs": (LAUGHS + GOOD, 2, "anchor"),
    "python object": (said("Hola", "!!python/object/apply:os.system ['id']"), 6, "tag"),
    "two documents": (GOOD + "---\n" + GOOD, 8, "several_documents"),
    "latin-1": (said("Hola", "Adiós").encode("latin-1"), 6, "encoding"),
    "UTF-16": (GOOD.encode("utf-16"), 1, "encoding"),
    "half a surrogate": (GOOD.encode().replace(b"Hola", b"\xed\xa0\x80"), 6, "encoding"),
    "a character that no text has": (said("Hola", "Ho\0la"), 6, "characters"),
    "nothing": ("", 1, "empty_file"),
    "a comment": ("# nada\n", 1, "empty_file"),
    "a list": ("- a\n- b\n", 1, "not_mapping"),
    "a word": ("hola", 1, "not_mapping"),
    "list as a key": (GOOD + "? [a, b]\n: c\n", 8, "key_not_text"),
    "key of 200 kB": (GOOD + "x" * 200_000 + ": 1\n", 8, "yaml"),
    "deep lists": ("flow: " + "[" * 5_000, 1, "too_deep"),
    "deep keys": ("a:\n" + "".join("  " * depth + "b:\n" for depth in range(1, 200)), 61, "too_deep"),
    "3 MB": (b"a" * 3_000_000, 1, "too_big"),
    "steps without end": (GOOD + STEPS, 5_006, "too_many_steps"),
    "brackets without end": (said("Hola\n", f"Hola\n    relevant: {'(' * 1_500}1{')' * 1_500}\n"), 7, "expression_too_deep"),
    "an expression of 6 kB": (said("Hola\n", f"Hola\n    relevant: {'(' * 3_000}1{')' * 3_000}\n"), 7, "expression_too_long"),
    "a regular expression that looks ahead": (said("Hola\n", LOOKS), 7, "expression_look_around"),
    "steps of nothing": ("flow: a\ntitle: A\nsurvey:\n  -\n  - {}\n", 4, "expected_step"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_it_is_told_with_its_line_and_soon(name: str) -> None:
    text, line, code = BROKEN[name]
    begun = time.process_time()
    loaded = load(text, "f.yaml")
    found = check([loaded], consents={}, languages=LANGUAGES)
    assert time.process_time() - begun < 5
    errors = {(problem.line, problem.code) for problem in found if problem.severity == "error"}
    assert any(at == line and known.startswith(code) for at, known in errors), errors
    assert loaded.flow is None
    for language in LANGUAGES.values():
        for problem in found:
            told = problem.tell(language)
            assert told and "check." not in told


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        "\n\n" + GOOD + "...\n",
    ],
    ids=["BOM", "CRLF", "CR", "no last line", "end mark"],
)
def test_what_only_looks_different_is_the_same_flow(text: str | bytes) -> None:
    loaded = load(text, "f.yaml")
    assert loaded.flow is not None, loaded.problems
    assert loaded.content == load(GOOD, "f.yaml").content


def test_mistakes_of_many_kinds_are_told_at_once() -> None:
    text = """\
flow: 1 a
titel: x
languages: [es, es]
opens: ayer
survey:
  - {type: select_one, name: si, label: L, choices: {a: Sí, b: si}}
  - {type: text, name: si, label: "${nadie}", relevant: "${si} = 'z'"}
  - {type: entero, name: 2x, label: L}
  - {type: integer, name: n, label: L, constraint: ". >"}
"""
    found = check([load(text, "f.yaml")], consents={}, languages=LANGUAGES)
    told = {problem.code for problem in found if problem.severity == "error"}
    assert told >= {
        "flow_name", "missing_key", "unknown_key", "language_twice", "wrong_value", "choices_alike", "name_twice",
        "reference_unknown", "unknown_type", "name_not_identifier",
    }  # fmt: skip
    assert {problem.line for problem in found} >= {1, 2, 3, 4, 6, 7, 8, 9}


def test_thousands_of_mistakes_are_told_in_time() -> None:
    text = "flow: a\ntitle: A\nsurvey:\n" + "".join(f"  - {{type: tx, name: 1{n}, labl: x}}\n" for n in range(3_000))
    begun = time.process_time()
    assert len(check([load(text, "f.yaml")], consents={}, languages=LANGUAGES)) > 5_000
    assert time.process_time() - begun < 10
