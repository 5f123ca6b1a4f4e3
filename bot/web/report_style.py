"""The style of reports for pages that have a frame of their own: its rules inside `.report`, as a file that browsers keep."""

from __future__ import annotations

import re

from bot.reports.page_style import STYLE

INSIDE = ".report"

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_WHOLE = frozenset({":root", "*", "body", "main", "header", INSIDE})
"""What only a page of its own has: the frame around a report says how that looks."""


def inside() -> str:
    """Returns the rules of a report's style, each for what is inside an element of the class `report` alone."""
    lines = [f"{INSIDE} *{{box-sizing:border-box}}"]
    for line in STYLE.splitlines():
        rule = _RULE.fullmatch(line.strip())
        if rule is None:
            lines.append(line)
        elif not line.startswith("@page"):
            lines.append(_one(*rule.groups()))
    return "\n".join(filter(None, lines)) + "\n"


def _one(selectors: str, said: str) -> str:
    kept = [f"{INSIDE} {one}" for one in selectors.split(",") if re.split("[ >]", one)[0] not in _WHOLE]
    return f"{','.join(kept)}{{{said}}}" if kept else ""
