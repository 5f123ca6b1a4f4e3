"""`python -m bot` is the `minga` command."""

from __future__ import annotations


def main() -> None:
    """Runs the `minga` command."""
    from bot.cli import run

    run()


if __name__ == "__main__":
    main()
