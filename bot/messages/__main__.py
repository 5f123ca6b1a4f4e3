"""`python -m bot.messages`."""

import sys

from bot.messages.command import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
