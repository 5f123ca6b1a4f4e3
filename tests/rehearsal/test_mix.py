"""The file that says who takes part: read whole, and told line by line where it is wrong."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.rehearsal.mix import Chances, Mix, load_mix, only
from bot.translations import load_languages

ROOT = Path(__file__).parents[2]
LANGUAGES = load_languages(ROOT / "locales", ("es", "en"))


@pytest.mark.parametrize("name", ["README.md", "LEEME.md"])
def test_the_documented_mix_is_the_default(name: str) -> None:
    (block,) = re.findall(r"```\n(channels: .+?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    mix, problems = load_mix(block, name)
    assert problems == ()
    assert replace(mix, languages={}) == replace(Mix(), languages={})
    for chance in fields(Chances):
        assert f"  {chance.name}: " in block


def test_what_is_not_told_stays_as_it_is() -> None:
    mix, problems = load_mix("channels: {sms: 1}\nchances: {leave: 50%}\nwithin: 2h\nbursts: 7\n", "m.yaml")
    assert problems == ()
    assert dict(mix.channels) == {"sms": 1.0}
    assert mix.chances == replace(Chances(), leave=50.0)
    assert (mix.within, mix.bursts, mix.pause) == (timedelta(hours=2), 7, Mix().pause)
    assert dict(only("telegram").channels) == {"telegram": 1.0}


@pytest.mark.parametrize(
    ("text", "line", "code", "said"),
    [
        ("chanels: {sms: 1}", 1, "unknown_key", "channels"),
        ("channels:\n  smss: 1\n  sms: 1", 2, "unknown_key", "sms"),
        ("channels: sms", 1, "expected_mapping", "channels"),
        ("channels: {sms: muchos}", 1, "wrong_value", "muchos"),
        ("channels: {sms: -1}", 1, "wrong_value", "-1"),
        ("channels: {sms: nan}", 1, "wrong_value", "nan"),
        ("channels: {sms: [1]}", 1, "wrong_value", "sms"),
        ("channels: {sms: 0, telegram: 0}", 1, "mix_nothing", "channels"),
        ("channels: {}", 1, "mix_nothing", "channels"),
        ("ways: {buttons: 1}", 1, "unknown_key", "press"),
        ("chances:\n  leave: 101", 2, "wrong_value", "101"),
        ("chances:\n  leve: 1", 2, "unknown_key", "leave"),
        ("chances: 3", 1, "expected_mapping", "chances"),
        ("within: pronto", 1, "wrong_value", "14d"),
        ("bursts: 0", 1, "wrong_value", "0"),
        ("sms: 1\nsms: 2", 2, "duplicate_key", "sms"),
        ("- channels", 1, "not_mapping", ""),
        ("", 1, "empty_file", ""),
        ("channels: {sms: 1", 1, "yaml_quotes", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, code: str, said: str) -> None:
    _, problems = load_mix(text, "m.yaml")
    assert (line, code) in [(problem.line, problem.code) for problem in problems]
    for language in LANGUAGES.values():
        told = " ".join(problem.tell(language) for problem in problems)
        assert "{" not in told.replace(text, "") or code == "yaml_quotes"
        assert said in told


def test_everything_that_is_wrong_is_told_at_once() -> None:
    _, problems = load_mix("channels: {fax: 1}\nways: {press: x}\nchances: {leave: 200}\nlate: nunca\n", "m.yaml")
    assert {problem.line for problem in problems} == {1, 2, 3, 4}
