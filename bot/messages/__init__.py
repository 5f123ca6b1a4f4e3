"""`python -m bot.messages`: are the texts of the product and of its flows whole? For developers and translators.

Without arguments it brings every catalogue up to date (see `bot.messages.upkeep`) and tells how much each language covers;
`--language fr` founds the catalogue and the word list of a new language; `--flows FOLDER` looks into those flows too.
`--check` changes nothing and fails if a key that the code uses has no text in Spanish or English, if the places of a text differ
between languages, or if a key is unused.
"""

from bot.messages.command import main
from bot.messages.judging import problems, texts
from bot.messages.uses import Uses, sources, uses

__all__ = ["Uses", "main", "problems", "sources", "texts", "uses"]
