"""From nothing to an answer: `minga check`, a first start in a new folder, and a start after kill -9 in mid-conversation.

`make run`, once installed, is `minga serve`; what make itself takes to find that out is some hundredths of a second.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from options import Options
from served import Served, somebody
from table import Row, spread

_ROOT = Path(__file__).parent.parent
_FLOW = "derechos_informacion"


def measure(options: Options) -> list[Row]:
    """Returns the three times."""
    checks, firsts, agains = [], [], []
    for _ in range(options.runs):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "bot", "check", f"flows/{_FLOW}.yaml"], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL
        )
        checks.append(time.perf_counter() - begun)
        with tempfile.TemporaryDirectory(prefix="minga-bench-", dir=options.folder) as name:
            first, again = _killed(Path(name))
        firsts.append(first)
        agains.append(again)
    return [
        Row("minga check, one flow", f"{median(checks):.2f} s", "< 1 s", median(checks) < 1, spread(checks)),
        Row("start in a new folder → first answer", f"{median(firsts):.2f} s", "≤ 3 s", median(firsts) <= 3, spread(firsts)),
        Row("restart after kill -9 → next answer", f"{median(agains):.2f} s", "≤ 1.5 s", median(agains) <= 1.5, spread(agains)),
    ]


def _killed(folder: Path) -> tuple[float, float]:
    """Returns the seconds to the first answer, and after a kill to the next one of the same conversation."""
    person = somebody()
    server = Served(folder)
    try:
        first = server.write(person, {"start": _FLOW})
        server.write(person, {"text": "1"})
    finally:
        server.kill()
    server = Served(folder)
    try:
        return first, server.write(person, {"text": "2"})
    finally:
        server.kill()
