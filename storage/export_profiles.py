"""Export profiles: the options of an export under a name, as JSON in the data folder: Monday's file is always the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import orjson

from storage.refusal import Refused

FOLDER = "export-profiles"
"""The folder in MINGA_DATA."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class ProfileRefused(Refused):
    """There is no such profile, its name is no name, or it cannot be read or written."""


def save(folder: Path, name: str, options: Mapping[str, object]) -> None:
    """Keeps these options under that name, instead of those that were there. Raises ProfileRefused."""
    path = _path(folder, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(orjson.dumps(options, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        unfinished.replace(path)
    except OSError as error:
        raise ProfileRefused("export.profile_unwritable", name=name, error=error.strerror or type(error).__name__) from error


def load(folder: Path, name: str) -> dict[str, object]:
    """Returns the options kept under that name. Raises ProfileRefused."""
    path = _path(folder, name)
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        known = ", ".join(names(folder)) or "–"
        raise ProfileRefused("export.no_profile", name=name, known=known) from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise ProfileRefused("export.profile_unreadable", name=name, file=path) from error
    if not isinstance(found, dict):
        raise ProfileRefused("export.profile_unreadable", name=name, file=path)
    return found


def names(folder: Path) -> list[str]:
    """Returns the names of all profiles, by name."""
    return sorted(one.stem for one in (folder / FOLDER).glob("*.json") if _NAME.fullmatch(one.stem))


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ProfileRefused("export.profile_name", name=name)
    return folder / FOLDER / f"{name}.json"
