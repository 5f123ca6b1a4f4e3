"""A yes to go on: the value is True. A clear no is not understood as an answer, with a reason of its own."""

from __future__ import annotations

from bot.engine.answers.polarity import polarity
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Reading, Sure
from bot.engine.answers.sentence import sentence
from bot.engine.answers.words import Lexicon


def read_acknowledgement(text: str, words: Lexicon) -> Reading:
    """Reads the text as the wish to go on. "1" is the one button that such a question shows."""
    said = sentence(text)
    core = words.strip(said.tokens, "polite")
    whole = " ".join(core)
    if whole == "1" or words.has("read", whole) or words.has("read", " ".join(said.tokens)):
        return Sure(True)
    saying = polarity(said, words)
    if saying is None:
        return AskBack("unsure") if words.has("unsure", whole) else NotUnderstood()
    if saying.unsure or (saying.yes and saying.no) or (saying.story and not saying.clear):
        leaning = saying.yes and not saying.no and not saying.unsure
        return AskBack("unsure", (Candidate(True, text.strip()[:40]),) if leaning else ())
    if saying.no:
        return NotUnderstood("declined")
    return Sure(True, text.strip() if saying.story else "")
