"""The `minga` command: one function a command, grouped by what an official is about to do.

Commands import what they need when they run, so that `minga check` answers at once. Every text comes from the catalogues, in the
language of LANG; help is found by the command's name (`cli.help.flow.open`, `cli.help.flow.open.file`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.cli.grammar import build, explain
from bot.cli.terminal import REFUSED, Terminal, here
from storage.refusal import Refused


def run(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 looked at and not well, 2 refused.

    `arguments` are those after `minga`; without them, the process's own. A refusal is a line on the terminal, never a traceback.
    """
    terminal = here() if terminal is None else terminal
    try:
        return build(terminal)(list(sys.argv[1:] if arguments is None else arguments))
    except Refused as refused:
        for line in explain(refused, terminal):
            terminal.note(line)
        return REFUSED
    except BrokenPipeError:
        # whoever read our output (head, a pager) has seen enough; the interpreter flushes it at exit unless it is None
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        terminal.note("")
        return 130
