"""What a worker hands to whoever makes an export, and what it hears of it: apart from the making, which loads much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SCRATCH = ".job-"
"""What the name of a folder begins with in which a file is being made."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be made: an order (as JSON keeps it) of a flow, in `folder`, under the random `name`.

    `now` is in milliseconds, `language` the reader's code. `data` is MINGA_DATA; `publisher` is who publishes a package,
    `public_url` where people find this town's Minga.
    """

    flow: str
    kind: Literal["answers", "identity"]
    wanted: Mapping[str, Any]
    language: str
    now: int
    zone: str
    data: Path
    folder: Path
    name: str
    publisher: str
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why it could not be made: a text's key and what it is filled with."""

    key: str
    places: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """How far it is: `written` of `total` conversations."""

    written: int
    total: int
