"""The turn: what happens between a message that came in and the commit. `turns` is the way in, `work` what is done."""

from bot.turn.handled import Handled
from bot.turn.library import Library
from bot.turn.turns import Turns

__all__ = ["Handled", "Library", "Turns"]
