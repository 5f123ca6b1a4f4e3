"""The column `parameters`: `randomize=true, seed=${x}`, `start=1 end=5 step=1`."""

from __future__ import annotations

import re

_PAIR = re.compile(r"([A-Za-z_-]+)\s*=\s*(\$\{[^}]*\}|\"[^\"]*\"|'[^']*'|[^\s,;]+)")


def parameters(written: str) -> dict[str, str]:
    """Returns the values by their names in small letters; blanks, commas and semicolons part them."""
    return {match[1].lower(): match[2].strip("\"'") for match in _PAIR.finditer(written)}
