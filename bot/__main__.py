"""`python -m bot` is the `minga` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the `minga` command; returns its exit code."""
    from bot.cli import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
