"""python tests/engine/answers/score.py [file …]: prints each labelled answer that is not read as labelled, and the rates."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.engine.answers.labelled import cases, judge, read
from bot.translations import load_languages, load_places

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Guayaquil"))


def main(names: list[str]) -> None:
    languages, places = load_languages(ROOT / "locales"), load_places(ROOT / "locales")
    for file in sorted((ROOT / "tests" / "answers").glob("*.yaml")):
        if names and file.stem not in names:
            continue
        counts: Counter[str] = Counter()
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        for case in cases(file.name, content):
            reading = read(case, languages, NOW, places)
            verdict, exact = judge(case, reading)
            counts[verdict] += 1
            counts["exact"] += exact
            counts["all"] += 1
            if not exact:
                where = f"{file.stem:16} {case.language} {case.question:9} {verdict:7}"
                line = f"{where} {case.text!r:45} want {case.expected!r:28} got {reading}"
                print(line)  # noqa: T201 because printing is what it is for
        print(file.stem, dict(counts))  # noqa: T201 because printing is what it is for


main(sys.argv[1:])
