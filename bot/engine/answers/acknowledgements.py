"""A yes to go on: the value is True. A clear no is not understood as an answer, with a reason of its own."""

from __future__ import annotations

from bot.engine.answers.folding import sound
from bot.engine.answers.polarity import polarity
from bot.engine.answers.reading import AskBack, Candidate, NotUnderstood, Reading, Sure
from bot.engine.answers.sentence import sentence
from bot.engine.answers.words import FRILL, Lexicon

LONGEST_SLIP = 20
"""Letters of a message that may be one misspelt word of assent."""


def read_acknowledgement(text: str, words: Lexicon) -> Reading:
    """Reads the text as the wish to go on. "1" is the one button that such a question shows."""
    said = sentence(text)
    core = words.strip(said.tokens, "polite")
    whole = " ".join(core)
    plainly = " ".join(words.strip(said.tokens, FRILL))
    if words.has("read", plainly):
        return Sure(True)
    if whole == "1" or words.has("read", whole) or words.has("read", " ".join(said.tokens)):
        return Sure(True)
    saying = polarity(said, words)
    if saying is None and 4 < len(whole) <= LONGEST_SLIP and (heard := sound(whole)):
        near = {
            s for s in ("yes", "read", "no") for phrase in words.lists.get(s, ()) if len(phrase) > 4 and sound(phrase) == heard
        }
        if near and "no" not in near:  # "asepto"
            return Sure(True)
    if (
        saying is not None
        and saying.yes
        and not (saying.no or saying.unsure)
        and not words.strip(said.tokens, "yes", "read", FRILL)
    ):
        return Sure(True)  # "okey, vamos"
    if len(said.tokens) > 1 and words.has("no_labels", said.tokens[0]) and not said.breaks and not words.has("unsure", whole):
        rest = words.strip(said.tokens[1:], FRILL)
        if words.has("read", " ".join(rest)):  # "no sigo"
            return NotUnderstood("declined")
    if saying is None and not words.strip(said.tokens, FRILL) and any(words.has("yes", token) for token in said.tokens):
        return Sure(True)  # "bueno pues"
    if saying is None:
        return AskBack("unsure") if words.has("unsure", whole) else NotUnderstood()
    if saying.unsure or (saying.yes and saying.no) or (saying.story and not saying.clear):
        leaning = saying.yes and not saying.no and not saying.unsure
        return AskBack("unsure", (Candidate(True, text.strip()[:40]),) if leaning else ())
    if saying.no:
        return NotUnderstood("declined")
    said_more = said.tokens[min(said.breaks) :] if said.breaks else ()
    again = bool(said_more) and words.has("read", " ".join(words.strip(said_more, FRILL)))  # "sí, continuemos"
    return Sure(True, text.strip() if saying.story and not again else "")
