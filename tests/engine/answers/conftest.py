from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.engine.answers import Gazetteer
from bot.engine.language import Language
from bot.translations import load_languages, load_places

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def languages() -> Mapping[str, Language]:
    return load_languages(ROOT / "locales")


@pytest.fixture(scope="session")
def places() -> Gazetteer:
    return load_places(ROOT / "locales")


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Guayaquil"))
